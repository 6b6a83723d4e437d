// SPDX-License-Identifier: GPL-2.0
/* The files: what is not ours stays untouched, what is damaged is said to be, sessions are
 * appended, and new files are begun. */
#include "recording_fixture.h"

static int try_open(const char *path, struct nct_error *err)
{
	const struct nct_recorder_opts opts = { .path = path };
	struct nct_recorder *r;
	int rc = nct_recorder_open(&r, &opts, err);

	assert_true((rc == 0) == (r != NULL));
	nct_recorder_close(r, NCT_NONE, NULL);
	return rc;
}

/* Both ways: to append, and to read. */
static void assert_refused(const char *path, const char *says)
{
	struct nct_error err = { 0 };
	struct stat before, after;
	size_t len = 0, len_after = 0;
	char *bytes = NULL, *bytes_after;
	struct told t;

	assert_int_equal(stat(path, &before), 0);
	if (S_ISREG(before.st_mode))
		bytes = slurp(path, &len);
	assert_int_equal(try_open(path, &err), -1);
	assert_int_equal(err.code, NCT_EXIT_USAGE);
	if (!strstr(err.text, says) || !strstr(err.text, path))
		fail_msg("\"%s\" does not say \"%s\"", err.text, says);
	assert_int_equal(replay_into(&t, path, &err), -1);
	assert_int_equal(err.code, NCT_EXIT_USAGE);
	assert_int_equal(t.sessions, 0);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	assert_int_equal(before.st_ino, after.st_ino);
	if (!bytes)
		return;
	bytes_after = slurp(path, &len_after);
	assert_int_equal(len, len_after);
	assert_memory_equal(bytes, bytes_after, len);
	free(bytes);
	free(bytes_after);
}

static void not_ours(void **state)
{
	const char *path = in_dir("foreign");
	char zeros[8192] = { 0 };

	(void)state;
	spill(path, "{\"schema\":1}\n", 13);
	assert_refused(path, "is not a recording");
	spill(path, zeros, sizeof(zeros));
	assert_refused(path, "is not a recording");
	spill(path, "SQLite format 3", 16);
	assert_refused(path, "is not a recording");
	unlink(path);
	execute(path, "CREATE TABLE event (id INTEGER PRIMARY KEY); PRAGMA user_version = 1");
	assert_refused(path, "another kind of SQLite file");
	assert_refused(dir, "not a plain file");
	assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
	assert_refused(in_dir("fifo"), "not a plain file");
}

static void newer_schema(void **state)
{
	const char *path = in_dir("newer");
	struct feed f = make_feed(1, NCT_DIALECT_BASELINE, 1);

	(void)state;
	record_feed(path, &f, NCT_DIALECT_BASELINE);
	execute(path, "PRAGMA user_version = 2");
	assert_refused(path, "newer version");
	free(f.ev);
}

static void no_file(void **state)
{
	struct nct_error err = { 0 };
	struct told t;

	(void)state;
	assert_int_equal(replay_into(&t, in_dir("none"), &err), -1);
	assert_int_equal(err.code, NCT_EXIT_USAGE);
	assert_non_null(strstr(err.text, "there is no file"));
	assert_int_equal(try_open(in_dir("no/where"), &err), -1);
	assert_int_equal(err.code, NCT_EXIT_SYSTEM);
	assert_non_null(strstr(err.text, "No such file or directory"));
}

/* mktemp makes such a file: it is filled, and stays as private as it was. */
static void empty_file(void **state)
{
	const char *path = in_dir("empty");
	struct feed f = make_feed(1, NCT_DIALECT_BASELINE, 1);
	struct nct_error err;
	struct told t;
	struct stat st;

	(void)state;
	spill(path, "", 0);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(replay_into(&t, path, &err), -1);
	assert_int_equal(err.code, NCT_EXIT_USAGE);
	record_feed(path, &f, NCT_DIALECT_BASELINE);
	replay_ok(&t, path);
	assert_int_equal(t.events.n, f.n);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	free(f.ev);
	free(t.events.ev);
}

static void one_writer(void **state)
{
	const struct nct_recorder_opts opts = { .path = in_dir("locked") };
	struct nct_recorder *r = open_ok(&opts);
	struct nct_error err = { 0 };

	(void)state;
	assert_int_equal(try_open(opts.path, &err), -1);
	assert_int_equal(err.code, NCT_EXIT_USAGE);
	assert_non_null(strstr(err.text, "another process is recording"));
	close_ok(r, NCT_NONE);
	assert_int_equal(try_open(opts.path, &err), 0);
}

/* Closed, it is one file: nothing is left beside it. */
static void one_plain_file(void **state)
{
	struct feed f = make_feed(3, NCT_DIALECT_RECOVERING, 3);
	struct told t;

	(void)state;
	record_feed(in_dir("plain"), &f, NCT_DIALECT_RECOVERING);
	assert_int_equal(access(in_dir("plain-wal"), F_OK), -1);
	assert_int_equal(access(in_dir("plain-shm"), F_OK), -1);
	assert_int_equal(access(in_dir("plain.new"), F_OK), -1);
	assert_int_equal(chmod(in_dir("plain"), 0400), 0);
	replay_ok(&t, in_dir("plain"));
	assert_int_equal(t.events.n, f.n);
	free(f.ev);
	free(t.events.ev);
}

static void strange_names(void **state)
{
	static const char *const names[] = { "?mode=memory", "a b%20c#d", "\303\244\n'\"" };
	struct feed f = make_feed(3, NCT_DIALECT_BASELINE, 1);

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct told t;

		record_feed(in_dir(names[i]), &f, NCT_DIALECT_BASELINE);
		assert_int_equal(access(in_dir(names[i]), F_OK), 0);
		replay_ok(&t, in_dir(names[i]));
		assert_int_equal(t.events.n, f.n);
		free(t.events.ev);
	}
	free(f.ev);
}

static void appended(void **state)
{
	const char *path = in_dir("appended");
	size_t n = 0;
	struct told t;

	(void)state;
	for (uint64_t i = 0; i < 5; i++) {
		struct feed f = make_feed(i, NCT_DIALECT_FENCING, 2);

		record_feed(path, &f, NCT_DIALECT_FENCING);
		n += f.n;
		free(f.ev);
	}
	replay_ok(&t, path);
	assert_int_equal(t.sessions, 5);
	assert_int_equal(t.events.n, n);
	free(t.events.ev);
}

/* ---- damage ---- */

/* What can be read is a beginning of what was there, and the damage is said. */
static size_t replay_damaged(const char *path, const struct feed *f)
{
	struct nct_error err;
	struct told t;
	int rc = replay_into(&t, path, &err);
	size_t n = t.events.n;

	assert_true(!rc || err.code == NCT_EXIT_UNTRUSTED || err.code == NCT_EXIT_USAGE);
	if (rc && err.code == NCT_EXIT_UNTRUSTED)
		assert_non_null(strstr(err.text, "damaged"));
	assert_int_equal(t.sessions, t.ended);
	if (!rc)
		assert_int_equal(n, f->n);
	free(t.events.ev);
	return n;
}

static void truncated(void **state)
{
	const char *path = in_dir("whole"), *cut = in_dir("cut");
	struct feed f = make_feed(11, NCT_DIALECT_RECOVERING, 40);
	size_t len, most = 0;
	char *bytes;

	(void)state;
	record_feed(path, &f, NCT_DIALECT_RECOVERING);
	bytes = slurp(path, &len);
	for (size_t i = 0; i < 60; i++) {
		size_t n;

		spill(cut, bytes, len * i / 60);
		n = replay_damaged(cut, &f);
		most += i >= 30 && n > 100;
	}
	assert_true(most > 15); /* something is saved of a good half */
	free(bytes);
	free(f.ev);
}

static void corrupted(void **state)
{
	const char *path = in_dir("whole"), *bad = in_dir("bad");
	struct feed f = make_feed(11, NCT_DIALECT_RECOVERING, 40);
	uint64_t seed = 5;
	size_t len;
	char *bytes = slurp(path, &len);

	(void)state;
	for (size_t i = 0; i < 150; i++) {
		char *copy = malloc(len);
		size_t at = (size_t)rnd(&seed, len), n = 1 + (size_t)rnd(&seed, 4096);
		struct nct_error err;
		struct told t;
		struct lines l;

		memcpy(copy, bytes, len);
		for (size_t k = at; k < len && k < at + n; k++)
			copy[k] = (char)rnd(&seed, 256);
		spill(bad, copy, len);
		/* Anything may come of it, but not a crash; and no more than there is. */
		if (!replay_into(&t, bad, &err))
			assert_int_equal(t.sessions, t.ended);
		lines_open(&l);
		replay_lines(&l, bad, &err);
		free(lines_close(&l));
		free(t.events.ev);
		free(copy);
	}
	free(bytes);
	free(f.ev);
}

/* ---- rotation ---- */

static size_t files_there(const char *path)
{
	size_t n = 0;
	char name[160];

	do
		snprintf(name, sizeof(name), n ? "%s.%zu" : "%s", path, n);
	while (!access(name, F_OK) && ++n);
	return n;
}

static void append_file(struct feed *all, const char *path, size_t *snapshots)
{
	struct told t;

	replay_ok(&t, path);
	assert_int_equal(t.sessions, 1);
	assert_int_equal(t.cut_off, 0);
	assert_true(t.anchors > 0);
	for (size_t i = 0; i < t.events.n; i++)
		if (t.events.ev[i].type == NCT_EV_SNAPSHOT)
			++*snapshots;
		else
			feed_add(all, &t.events.ev[i]);
	free(t.events.ev);
}

#define PORTION 8192 /* that many are written at once */

static const struct nct_anchor only_anchor = { 1, 2, 3 };

static void wait_committed(struct nct_recorder *r, size_t events)
{
	uint64_t deadline_ns = nct_monotonic_ns() + 60 * SEC;
	struct nct_recorder_stats stats;

	nct_recorder_stats(r, &stats);
	while (stats.events < events && nct_monotonic_ns() < deadline_ns) {
		look_again();
		nct_recorder_stats(r, &stats);
	}
	assert_true(stats.events >= events);
}

/* Records in small portions, so that there is a commit after each. */
static void record_rotating(const struct nct_recorder_opts *opts, const struct feed *f)
{
	struct nct_session s = session_of(NCT_DIALECT_RECOVERING);
	struct nct_recorder *r = open_ok(opts);

	nct_recorder_session(r, &s);
	nct_recorder_anchor(r, &only_anchor);
	for (size_t i = 0; i < f->n; i++) {
		nct_recorder_event(r, &f->ev[i]);
		if (i % PORTION == PORTION - 1)
			wait_committed(r, i - 2); /* those wait a moment for company */
	}
	close_ok(r, end_of(f));
}

static void rotated(void **state)
{
	const struct nct_recorder_opts opts = { .path = in_dir("rotated"),
						.wait = true,
						.rotate_bytes = 1 << 18 };
	struct feed f = make_feed(21, NCT_DIALECT_RECOVERING, 1000);
	struct feed all = { NULL, 0 };
	size_t files, snapshots = 0;
	char name[160];

	(void)state;
	record_rotating(&opts, &f);
	files = files_there(opts.path);
	assert_true(files >= 3);
	for (size_t i = files; i-- > 0;) {
		snprintf(name, sizeof(name), i ? "%s.%zu" : "%s", opts.path, i);
		append_file(&all, name, &snapshots);
	}
	assert_true(snapshots > 0);
	assert_int_equal(all.n, f.n);
	for (size_t i = 0; i < f.n; i++)
		assert_same_event(&all.ev[i], &f.ev[i], i);
	free(f.ev);
	free(all.ev);
}

static void kept(void **state)
{
	const struct nct_recorder_opts opts = {
		.path = in_dir("kept"), .wait = true, .rotate_bytes = 1 << 19, .keep = 2
	};
	struct feed f = make_feed(22, NCT_DIALECT_RECOVERING, 1000);
	struct feed small = make_feed(1, NCT_DIALECT_BASELINE, 1);

	(void)state;
	record_feed(in_dir("kept.1"), &small, NCT_DIALECT_BASELINE);
	record_feed(in_dir("kept.2"), &small, NCT_DIALECT_BASELINE);
	record_feed(in_dir("kept.3"), &small, NCT_DIALECT_BASELINE);
	record_rotating(&opts, &f);
	assert_int_equal(files_there(opts.path), 3);
	free(f.ev);
	free(small.ev);
}

/* While somebody reads, the file cannot be closed: it grows, and is left once they are done. */
static void readers_first(void **state)
{
	const struct nct_recorder_opts opts = { .path = in_dir("read"),
						.wait = true,
						.rotate_bytes = 1 << 18 };
	struct feed f = make_feed(23, NCT_DIALECT_RECOVERING, 600), all = { NULL, 0 };
	struct nct_session s = session_of(NCT_DIALECT_RECOVERING);
	struct nct_recorder *r = open_ok(&opts);
	struct nct_recorder_stats stats;
	size_t snapshots = 0, files;
	char name[160];
	sqlite3 *db;

	(void)state;
	nct_recorder_session(r, &s);
	nct_recorder_anchor(r, &only_anchor);
	assert_int_equal(sqlite3_open(opts.path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN; SELECT count(*) FROM event", NULL, NULL, NULL),
			 SQLITE_OK);
	for (size_t i = 0; i < f.n; i++) {
		if (i == f.n - PORTION) {
			wait_committed(r, i);
			nct_recorder_stats(r, &stats);
			assert_int_equal(stats.rotations, 0);
			sqlite3_close(db);
		}
		nct_recorder_event(r, &f.ev[i]);
	}
	wait_committed(r, f.n);
	close_ok(r, end_of(&f));
	files = files_there(opts.path);
	assert_true(files >= 2);
	for (size_t i = files; i-- > 0;) {
		snprintf(name, sizeof(name), i ? "%s.%zu" : "%s", opts.path, i);
		append_file(&all, name, &snapshots);
	}
	assert_int_equal(all.n, f.n);
	free(f.ev);
	free(all.ev);
}

/* A recovery is in one file, whole, as long as there are moments without any. */
static void not_torn(void **state)
{
	const struct nct_recorder_opts opts = { .path = in_dir("torn"),
						.wait = true,
						.rotate_bytes = 800 << 10 };
	struct feed f = { NULL, 0 };
	struct lines straight, replayed;
	struct nct_error err;
	char name[160], *a, *b;
	size_t files;

	(void)state;
	for (uint64_t i = 0; i < 1200; i++) { /* one after the other */
		struct feed one = make_feed(1000 + i, NCT_DIALECT_RECOVERING, 1);

		for (size_t k = 0; k < one.n; k++) {
			one.ev[k].ts_ns += i * 1000 * SEC;
			one.ev[k].instance = (int32_t)i;
			if (one.ev[k].type == NCT_EV_IDENTITY)
				one.ev[k].identity.instance = (int32_t)i;
			one.ev[k].ctrl = one.ev[k].ctrl ? one.ev[k].ctrl + i * 65536 : 0;
			feed_add(&f, &one.ev[k]);
		}
		free(one.ev);
	}
	lines_open(&straight);
	straight.fixed = &only_anchor;
	reduce_straight(&straight, &f, NCT_DIALECT_RECOVERING);
	record_rotating(&opts, &f);
	files = files_there(opts.path);
	assert_true(files >= 2);
	lines_open(&replayed);
	for (size_t i = files; i-- > 0;) {
		snprintf(name, sizeof(name), i ? "%s.%zu" : "%s", opts.path, i);
		assert_int_equal(replay_lines(&replayed, name, &err), 0);
	}
	a = lines_close(&straight);
	b = lines_close(&replayed);
	assert_same_lines(a, b);
	free(f.ev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(not_ours),	 cmocka_unit_test(newer_schema),
		cmocka_unit_test(no_file),	 cmocka_unit_test(empty_file),
		cmocka_unit_test(one_writer),	 cmocka_unit_test(one_plain_file),
		cmocka_unit_test(strange_names), cmocka_unit_test(appended),
		cmocka_unit_test(truncated),	 cmocka_unit_test(corrupted),
		cmocka_unit_test(rotated),	 cmocka_unit_test(kept),
		cmocka_unit_test(not_torn),	 cmocka_unit_test(readers_first),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
