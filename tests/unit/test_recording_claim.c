// SPDX-License-Identifier: GPL-2.0
/* The name of a recording: who gets it, what is beside it, what it leads to. */
#include "recording_fixture.h"

#include <signal.h>
#include <sys/wait.h>

static int try_open(const char *path, struct nct_error *err)
{
	const struct nct_recorder_opts opts = { .path = path };
	struct nct_recorder *r;
	int rc = nct_recorder_open(&r, &opts, err);

	nct_recorder_close(r, NCT_NONE, NULL);
	return rc;
}

/* How many names in the directory begin like that. */
static size_t names(const char *prefix)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	size_t n = 0;

	assert_non_null(d);
	while ((e = readdir(d)))
		n += !strncmp(e->d_name, prefix, strlen(prefix));
	closedir(d);
	return n;
}

static void assert_holds(const char *path, size_t sessions, size_t events)
{
	struct told t;

	replay_ok(&t, path);
	assert_int_equal(t.sessions, sessions);
	assert_int_equal(t.events.n, events);
	free(t.events.ev);
}

/* Records f and dies, with all of it in the log. */
static void record_and_die(const char *path, const struct feed *f)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		const struct nct_recorder_opts opts = { .path = path, .wait = true };
		struct nct_session s = session_of(NCT_DIALECT_BASELINE);
		struct nct_recorder *r = open_ok(&opts);
		struct nct_recorder_stats stats;

		nct_recorder_session(r, &s);
		put_feed(r, f);
		do
			nct_recorder_stats(r, &stats);
		while (stats.events < f->n);
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

/* ---- what is beside it ---- */

static void left_over(void **state)
{
	struct feed old = make_feed(3, NCT_DIALECT_BASELINE, 4);
	struct feed f = make_feed(5, NCT_DIALECT_BASELINE, 1);
	const char *path = in_dir("left");

	(void)state;
	record_and_die(path, &old);
	assert_int_equal(access(in_dir("left-wal"), F_OK), 0);
	assert_int_equal(unlink(path), 0);
	record_feed(path, &f, NCT_DIALECT_BASELINE);
	assert_holds(path, 1, f.n);
	record_and_die(path, &old);
	spill(path, "", 0);
	record_feed(path, &f, NCT_DIALECT_BASELINE);
	assert_holds(path, 1, f.n);
	assert_int_equal(names("left"), 1);
	free(old.ev);
	free(f.ev);
}

/* A journal, too, would be rolled back into the new file. */
static void left_over_journal(void **state)
{
	struct feed f = make_feed(5, NCT_DIALECT_BASELINE, 1);
	const char *path = in_dir("journal");
	struct nct_error err = { 0 };

	(void)state;
	spill(in_dir("journal-journal"), "x", 1);
	record_feed(path, &f, NCT_DIALECT_BASELINE);
	assert_holds(path, 1, f.n);
	assert_int_equal(names("journal"), 1);
	unlink(path);
	assert_int_equal(mkdir(in_dir("journal-wal"), 0700), 0);
	assert_int_equal(try_open(path, &err), -1);
	assert_int_equal(err.code, NCT_EXIT_SYSTEM);
	assert_non_null(strstr(err.text, "journal-wal"));
	assert_int_equal(names("journal"), 1);
	assert_int_equal(rmdir(in_dir("journal-wal")), 0);
	free(f.ev);
}

/* ---- who gets it ---- */

#define RACERS 6

/* 0: recorded; 2: another one did; 1: anything else. */
static int race(const char *path, int start, const struct feed *f)
{
	const struct nct_recorder_opts opts = { .path = path, .wait = true };
	struct nct_session s = session_of(NCT_DIALECT_BASELINE);
	struct nct_error err = { 0 };
	struct nct_recorder *r;
	char go;

	if (read(start, &go, 1) != 0)
		return 1;
	if (nct_recorder_open(&r, &opts, &err)) {
		if (strstr(err.text, "another process is recording"))
			return 2;
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	nct_recorder_session(r, &s);
	put_feed(r, f);
	if (!nct_recorder_close(r, end_of(f), &err))
		return 0;
	fprintf(stderr, "%s\n", err.text);
	return 1;
}

/* Several at once: how many have recorded. */
static size_t race_all(const char *path, const struct feed *f)
{
	pid_t pid[RACERS];
	size_t recorded = 0;
	int start[2], status;

	assert_int_equal(pipe(start), 0);
	for (size_t i = 0; i < RACERS; i++) {
		pid[i] = fork();
		assert_true(pid[i] >= 0);
		if (!pid[i]) {
			close(start[1]);
			_exit(race(path, start[0], f));
		}
	}
	close(start[0]);
	close(start[1]);
	for (size_t i = 0; i < RACERS; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 1);
		recorded += !WEXITSTATUS(status);
	}
	return recorded;
}

/* All but those that are told so have their session in the file that bears the name. */
static void raced(void **state)
{
	struct feed f = make_feed(7, NCT_DIALECT_BASELINE, 1);
	const char *path = in_dir("raced");

	(void)state;
	for (int i = 0; i < 40; i++) {
		size_t recorded;

		unlink(path);
		if (i % 2)
			spill(path, "", 0);
		recorded = race_all(path, &f);
		assert_true(recorded >= 1);
		assert_holds(path, recorded, recorded * f.n);
		assert_int_equal(names("raced"), 1);
	}
	free(f.ev);
}

/* ---- who reads it ---- */

/* A process that reads the closed recording until it is killed, or for so long. */
static pid_t read_for(const char *path, unsigned int ms)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		sqlite3 *db;

		if (sqlite3_open(path, &db) ||
		    sqlite3_exec(db, "BEGIN; SELECT count(*) FROM event", NULL, NULL, NULL) ||
		    write(ready[1], "x", 1) != 1)
			_exit(1);
		usleep(ms * 1000);
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

/* Who reads is waited for, and named when it takes too long. */
static void read_meanwhile(void **state)
{
	struct feed f = make_feed(7, NCT_DIALECT_BASELINE, 1);
	const char *path = in_dir("read");
	struct nct_error err = { 0 };
	int status;
	pid_t pid;

	(void)state;
	record_feed(path, &f, NCT_DIALECT_BASELINE);
	pid = read_for(path, 700);
	record_feed(path, &f, NCT_DIALECT_BASELINE);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_holds(path, 2, 2 * f.n);
	pid = read_for(path, 120000);
	assert_int_equal(try_open(path, &err), -1);
	assert_int_equal(err.code, NCT_EXIT_SYSTEM);
	assert_non_null(strstr(err.text, "perhaps to read it"));
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	free(f.ev);
}

/* ---- links ---- */

static void assert_link(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
}

/* What it leads to is the recording, be it there, empty or not. */
static void through_links(void **state)
{
	struct feed f = make_feed(7, NCT_DIALECT_BASELINE, 1);
	char path[128], middle[128], target[128];

	(void)state;
	snprintf(path, sizeof(path), "%s", in_dir("link"));
	snprintf(middle, sizeof(middle), "%s", in_dir("middle"));
	snprintf(target, sizeof(target), "%s", in_dir("target"));
	assert_int_equal(symlink("middle", path), 0);
	assert_int_equal(symlink(target, middle), 0);
	for (size_t i = 1; i <= 2; i++) {
		record_feed(path, &f, NCT_DIALECT_BASELINE);
		assert_link(path);
		assert_link(middle);
		assert_holds(target, i, i * f.n);
	}
	spill(target, "", 0);
	record_feed(path, &f, NCT_DIALECT_BASELINE);
	assert_link(path);
	assert_holds(target, 1, f.n);
	free(f.ev);
}

/* Not the link: what it leads to. */
static void rotated_through_a_link(void **state)
{
	const struct nct_recorder_opts opts = { .path = in_dir("way"), .rotate_bytes = 1 << 17 };
	struct nct_session s = session_of(NCT_DIALECT_BASELINE);
	struct nct_recorder *r;

	(void)state;
	assert_int_equal(symlink("way-target", opts.path), 0);
	r = open_ok(&opts);
	nct_recorder_session(r, &s);
	for (uint32_t n = 0; n < 10; n++) {
		put_numbered(r, 1000 * n, 1000 * (n + 1));
		wait_events(r, 1000 * (n + 1));
	}
	close_ok(r, NCT_NONE);
	assert_link(in_dir("way"));
	assert_int_equal(access(in_dir("way.1"), F_OK), -1);
	assert_int_equal(access(in_dir("way-target.1"), F_OK), 0);
}

/* ---- what the reader needs ---- */

static void copy_file(const char *from, const char *to)
{
	size_t len;
	char *bytes = slurp(from, &len);

	spill(to, bytes, len);
	free(bytes);
}

/* Who may not write there reads it: the error is to say so, with these words. */
static void assert_needs_writing(const char *path, const char *says)
{
	int status;
	pid_t pid;

	assert_int_equal(chmod(dir, 0555), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		struct nct_error err = { 0 };
		struct told t;

		if (!geteuid() && setuid(65534))
			_exit(1);
		if (!replay_into(&t, path, &err) || err.code != NCT_EXIT_SYSTEM ||
		    !strstr(err.text, says)) {
			fprintf(stderr, "%zu events, \"%s\"\n", t.events.n, err.text);
			_exit(1);
		}
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(chmod(dir, 0700), 0);
	assert_int_equal(status, 0);
}

/* The log lies beside what the link leads to. */
static void beside_the_target(void **state)
{
	struct feed f = make_feed(3, NCT_DIALECT_BASELINE, 4);

	(void)state;
	record_and_die(in_dir("behind"), &f);
	assert_int_equal(unlink(in_dir("behind-shm")), 0);
	assert_int_equal(symlink("behind", in_dir("front")), 0);
	assert_needs_writing(in_dir("front"), "behind-wal");
	assert_holds(in_dir("front"), 1, f.n);
	free(f.ev);
}

/* Writes had reached the file when a transaction was cut off. */
static void make_hot(const char *path, const struct feed *f)
{
	char source[128], journal[128];
	sqlite3 *db;

	snprintf(source, sizeof(source), "%s-source", path);
	record_feed(source, f, NCT_DIALECT_RECOVERING);
	assert_int_equal(sqlite3_open(source, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
				      "PRAGMA cache_size = 2; PRAGMA cache_spill = 1; BEGIN; "
				      "DELETE FROM anchor; "
				      "UPDATE event SET text = hex(randomblob(900))",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	copy_file(source, path);
	snprintf(source, sizeof(source), "%s-source-journal", path);
	snprintf(journal, sizeof(journal), "%s-journal", path);
	copy_file(source, journal);
	sqlite3_close(db);
}

/* They are undone by who may, and told by who may not. */
static void hot_journal(void **state)
{
	struct feed f = make_feed(11, NCT_DIALECT_RECOVERING, 40);

	(void)state;
	make_hot(in_dir("hot"), &f);
	assert_needs_writing(in_dir("hot"), "hot-journal");
	assert_holds(in_dir("hot"), 1, f.n);
	assert_int_equal(access(in_dir("hot-journal"), F_OK), -1);
	free(f.ev);
}

/* A copy without the log in which all of it was. */
static void copied_without_log(void **state)
{
	struct feed f = make_feed(3, NCT_DIALECT_BASELINE, 4);
	struct told t;

	(void)state;
	record_and_die(in_dir("logged"), &f);
	copy_file(in_dir("logged"), in_dir("copied"));
	replay_ok(&t, in_dir("copied"));
	assert_int_equal(t.sessions, 0);
	assert_non_null(strstr(t.note, "no session in it"));
	assert_non_null(strstr(t.note, "copied-wal"));
	replay_ok(&t, in_dir("logged"));
	assert_string_equal(t.note, "");
	free(t.events.ev);
	free(f.ev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(left_over),
		cmocka_unit_test(left_over_journal),
		cmocka_unit_test(raced),
		cmocka_unit_test(read_meanwhile),
		cmocka_unit_test(through_links),
		cmocka_unit_test(rotated_through_a_link),
		cmocka_unit_test(beside_the_target),
		cmocka_unit_test(hot_journal),
		cmocka_unit_test(copied_without_log),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
