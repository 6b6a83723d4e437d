// SPDX-License-Identifier: GPL-2.0
/* Where a recording lies: what SQLite left beside an older one, symbolic links, two who create
 * the same, and a file that somebody moves or removes while it is recorded to. */
#include "recording_fixture.h"

#include <glob.h>
#include <pthread.h>
#include <sys/wait.h>

/* Events that a reader of path is told of. */
static size_t events_in(const char *path)
{
	struct told t;

	replay_ok(&t, path);
	free(t.events.ev);
	return t.events.n;
}

static bool there(const char *name)
{
	return !access(in_dir(name), F_OK);
}

/* A recorder that is killed: its log stays beside the file. */
static void record_and_die(const char *path, const struct feed *f)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		const struct nct_recorder_opts opts = { .path = path };
		struct nct_session s = session_of(NCT_DIALECT_BASELINE);
		struct nct_recorder_stats stats = { .events = 0 };
		struct nct_recorder *r;
		struct nct_error err;

		if (nct_recorder_open(&r, &opts, &err))
			_exit(1);
		nct_recorder_session(r, &s);
		for (size_t i = 0; i < f->n; i++)
			nct_recorder_event(r, &f->ev[i]);
		while (stats.events < f->n)
			nct_recorder_stats(r, &stats);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void the_log_of_a_removed_file(void **state)
{
	struct feed old = make_feed(1, NCT_DIALECT_BASELINE, 20);
	struct feed f = make_feed(2, NCT_DIALECT_BASELINE, 1);
	const char *path = in_dir("again");

	(void)state;
	record_and_die(path, &old);
	assert_true(there("again-wal"));
	assert_int_equal(unlink(path), 0);
	record_feed(path, &f, NCT_DIALECT_BASELINE);
	assert_int_equal(events_in(path), f.n);
	free(old.ev);
	free(f.ev);
}

static void a_link_leads_to_the_log(void **state)
{
	struct feed f = make_feed(3, NCT_DIALECT_BASELINE, 20);

	(void)state;
	record_and_die(in_dir("target"), &f);
	assert_true(there("target-wal"));
	assert_int_equal(symlink("target", in_dir("link")), 0);
	assert_int_equal(events_in(in_dir("link")), f.n);
	free(f.ev);
}

/* The recording lies where the link says, which need not be there yet. */
static void recorded_through_a_link(void **state)
{
	struct feed f = make_feed(4, NCT_DIALECT_BASELINE, 1);
	struct stat st;

	(void)state;
	assert_int_equal(symlink("later", in_dir("dangling")), 0);
	record_feed(in_dir("dangling"), &f, NCT_DIALECT_BASELINE);
	assert_int_equal(lstat(in_dir("dangling"), &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(events_in(in_dir("later")), f.n);
	spill(in_dir("empty"), "", 0);
	assert_int_equal(symlink(in_dir("empty"), in_dir("to-empty")), 0);
	record_feed(in_dir("to-empty"), &f, NCT_DIALECT_BASELINE);
	assert_int_equal(events_in(in_dir("empty")), f.n);
	free(f.ev);
}

/* What a killed writer had begun to write into the file itself. */
static void a_hot_journal(void **state)
{
	struct feed f = make_feed(5, NCT_DIALECT_BASELINE, 3);
	const char *path = in_dir("hot");
	pid_t pid;
	int status;

	(void)state;
	record_feed(path, &f, NCT_DIALECT_BASELINE);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		sqlite3 *db;

		/* A cache of no size: pages go to the file before the commit. */
		_exit(sqlite3_open(path, &db) ||
		      sqlite3_exec(
			      db,
			      "PRAGMA cache_size = 1; BEGIN; DELETE FROM event; CREATE TABLE "
			      "waste AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 "
			      "FROM c LIMIT 20000) SELECT x, randomblob(64) FROM c",
			      NULL, NULL, NULL));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(there("hot-journal"));
	assert_int_equal(events_in(path), f.n);
	free(f.ev);
}

/* ---- two who create the same ---- */

static void *create_one(void *path)
{
	const struct nct_recorder_opts opts = { .path = path };
	struct nct_recorder *r;
	struct nct_error err = { 0 };

	if (!nct_recorder_open(&r, &opts, &err)) {
		nct_recorder_close(r, NCT_NONE, NULL);
		return NULL;
	}
	return err.code == NCT_EXIT_USAGE && strstr(err.text, "another process is recording")
		       ? NULL
		       : strdup(err.text);
}

static void created_by_two(void **state)
{
	char path[128];
	glob_t left;

	(void)state;
	snprintf(path, sizeof(path), "%s", in_dir("both"));
	for (int i = 0; i < 200; i++) {
		pthread_t threads[4];

		if (i % 2)
			spill(path, "", 0);
		for (int k = 0; k < 4; k++)
			assert_int_equal(pthread_create(&threads[k], NULL, create_one, path), 0);
		for (int k = 0; k < 4; k++) {
			void *why;

			assert_int_equal(pthread_join(threads[k], &why), 0);
			if (why)
				fail_msg("%s", (char *)why);
		}
		assert_int_equal(events_in(path), 0);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(glob(in_dir("both*"), 0, NULL, &left), GLOB_NOMATCH);
}

/* ---- moved or removed ---- */

static char said[1024];

static void hear(void *ctx, const char *text)
{
	(void)ctx;
	snprintf(said, sizeof(said), "%s", text);
}

static void feed_to(struct nct_recorder *r, const struct feed *f, size_t from, size_t to)
{
	struct nct_recorder_stats stats;

	for (size_t i = from; i < to; i++)
		nct_recorder_event(r, &f->ev[i]);
	do
		nct_recorder_stats(r, &stats);
	while (stats.events < to);
}

/* How many events are in path that are no snapshots, with which each file begins. */
static size_t own_events_in(const char *path)
{
	struct told t;
	size_t n = 0;

	replay_ok(&t, path);
	for (size_t i = 0; i < t.events.n; i++)
		n += t.events.ev[i].type != NCT_EV_SNAPSHOT;
	free(t.events.ev);
	return n;
}

static size_t not_snapshots(const struct feed *f, size_t from, size_t to)
{
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		n += f->ev[i].type != NCT_EV_SNAPSHOT;
	return n;
}

static void moved_or_removed(bool moved)
{
	struct feed f = make_feed(6, NCT_DIALECT_RECOVERING, 10);
	const struct nct_recorder_opts opts = { .path = in_dir("moved"), .say = hear };
	struct nct_session s = session_of(NCT_DIALECT_RECOVERING);
	struct nct_recorder *r = open_ok(&opts);
	char path[128];

	snprintf(path, sizeof(path), "%s", opts.path);
	said[0] = '\0';
	nct_recorder_session(r, &s);
	feed_to(r, &f, 0, f.n / 2);
	assert_int_equal(moved ? rename(path, in_dir("aside")) : unlink(path), 0);
	feed_to(r, &f, f.n / 2, f.n);
	close_ok(r, end_of(&f));
	assert_non_null(strstr(said, "was moved or removed"));
	assert_int_equal(own_events_in(path), not_snapshots(&f, f.n / 2, f.n));
	if (moved)
		assert_int_equal(own_events_in(in_dir("aside")), not_snapshots(&f, 0, f.n / 2));
	unlink(path);
	free(f.ev);
}

static void moved(void **state)
{
	(void)state;
	moved_or_removed(true);
}

static void removed(void **state)
{
	(void)state;
	moved_or_removed(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_log_of_a_removed_file),
		cmocka_unit_test(a_link_leads_to_the_log),
		cmocka_unit_test(recorded_through_a_link),
		cmocka_unit_test(a_hot_journal),
		cmocka_unit_test(created_by_two),
		cmocka_unit_test(moved),
		cmocka_unit_test(removed),
	};

	return cmocka_run_group_tests_name("where recordings lie", tests, make_dir, remove_dir);
}
