// SPDX-License-Identifier: GPL-2.0
/* A recording that is moved or removed while it is written, or cannot be moved aside: what was
 * observed is in one of the files all the same. */
#include "recording_fixture.h"

#include <sys/wait.h>

/* New files cannot be created: they are opened under another name first. */
static bool no_new_files;
static sqlite3_vfs layer;
static int (*real_open)(sqlite3_vfs *, const char *, sqlite3_file *, int, int *);

static int refusing_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	const char *dot = name ? strrchr(name, '.') : NULL;

	if (no_new_files && dot && strlen(dot) == 7) {
		f->pMethods = NULL;
		return SQLITE_FULL;
	}
	return real_open(vfs, name, f, flags, out);
}

static void install_layer(void)
{
	layer = *sqlite3_vfs_find(NULL);
	real_open = layer.xOpen;
	layer.xOpen = refusing_open;
	layer.zName = "refusing";
	assert_int_equal(sqlite3_vfs_register(&layer, 1), SQLITE_OK);
}

static struct nct_recorder *start(const char *path, uint64_t rotate_bytes)
{
	const struct nct_recorder_opts opts = { .path = path,
						.rotate_bytes = rotate_bytes,
						.say = hear };
	struct nct_session s = session_of(NCT_DIALECT_BASELINE);
	struct nct_recorder *r = open_ok(&opts);

	memset(&said, 0, sizeof(said));
	nct_recorder_session(r, &s);
	nct_recorder_anchor(r, &(struct nct_anchor) { 1, 2, 3 });
	return r;
}

/* The numbers from .. to, in so many sessions, all of which ended. */
static void assert_numbers(const char *path, uint32_t from, uint32_t to, size_t sessions)
{
	struct told t;

	replay_ok(&t, path);
	assert_int_equal(t.sessions, sessions);
	assert_int_equal(t.cut_off, 0);
	assert_int_equal(t.anchors, sessions);
	assert_int_equal(t.lost, 0);
	assert_int_equal(t.events.n, to - from);
	for (uint32_t i = from; i < to; i++)
		assert_int_equal(t.events.ev[i - from].cpu, i);
	free(t.events.ev);
}

static void assert_said(const char *what)
{
	assert_int_equal(said.lines, 1);
	if (!strstr(said.text[0], what))
		fail_msg("\"%s\" does not say \"%s\"", said.text[0], what);
}

static void removed(void **state)
{
	const char *path = in_dir("removed");
	struct nct_recorder *r = start(path, 0);

	(void)state;
	put_numbered(r, 0, 100);
	wait_events(r, 100);
	assert_int_equal(unlink(path), 0);
	put_numbered(r, 100, 200);
	wait_events(r, 200);
	close_ok(r, NCT_NONE);
	assert_numbers(path, 100, 200, 1);
	assert_said("was removed");
}

/* Nothing but the end comes after that. */
static void removed_at_the_end(void **state)
{
	const char *path = in_dir("removed");
	struct nct_recorder *r = start(path, 0);

	(void)state;
	put_numbered(r, 0, 100);
	wait_events(r, 100);
	assert_int_equal(unlink(path), 0);
	close_ok(r, NCT_NONE);
	assert_numbers(path, 0, 0, 1);
	assert_said("was removed");
}

/* As logrotate does it: what was in the log of the old one is in the old one. */
static void moved(void **state)
{
	const char *path = in_dir("moved"), *old = in_dir("moved.1"), *older = in_dir("moved.2");
	struct nct_recorder *r = start(path, 0);

	(void)state;
	put_numbered(r, 0, 100);
	wait_events(r, 100);
	assert_int_equal(rename(path, old), 0);
	put_numbered(r, 100, 200);
	wait_events(r, 200);
	assert_said("was moved");
	assert_int_equal(rename(old, older), 0);
	assert_int_equal(rename(path, old), 0);
	put_numbered(r, 200, 300);
	wait_events(r, 300);
	assert_int_equal(said.lines, 2);
	close_ok(r, NCT_NONE);
	assert_numbers(older, 0, 100, 1);
	assert_numbers(old, 100, 200, 1);
	assert_numbers(path, 200, 300, 1);
}

/* While somebody reads the moved one, its log cannot be put into it: that is waited for. */
static void moved_and_read(void **state)
{
	const char *path = in_dir("seen"), *old = in_dir("seen.1");
	struct nct_recorder *r = start(path, 0);
	sqlite3 *db;

	(void)state;
	put_numbered(r, 0, 100);
	wait_events(r, 100);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN; SELECT count(*) FROM event", NULL, NULL, NULL),
			 SQLITE_OK);
	put_numbered(r, 100, 200);
	wait_events(r, 200);
	assert_int_equal(rename(path, old), 0);
	put_numbered(r, 200, 300);
	wait_failures(r, 1);
	assert_said("was moved, and its log");
	sqlite3_close(db);
	wait_events(r, 300);
	close_ok(r, NCT_NONE);
	assert_numbers(old, 0, 200, 1);
	assert_numbers(path, 200, 300, 1);
}

/* Another recorder was there first: what is observed waits until it is done. */
static void replaced(void **state)
{
	const char *path = in_dir("replaced"), *old = in_dir("replaced.1");
	struct nct_recorder *r = start(path, 0), *other;
	const struct nct_recorder_opts opts = { .path = path };

	(void)state;
	put_numbered(r, 0, 100);
	wait_events(r, 100);
	assert_int_equal(rename(path, old), 0);
	other = open_ok(&opts);
	put_numbered(r, 100, 200);
	wait_failures(r, 1);
	close_ok(other, NCT_NONE);
	wait_events(r, 200);
	close_ok(r, NCT_NONE);
	assert_numbers(old, 0, 100, 1);
	assert_numbers(path, 100, 200, 1);
}

/* An import says that it is all in vain. */
static void import_removed(void **state)
{
	const struct nct_recorder_opts opts = { .path = in_dir("import"), .wait = true };
	struct nct_session s = session_of(NCT_DIALECT_BASELINE);
	struct nct_recorder *r = open_ok(&opts);
	struct nct_error err = { 0 };

	(void)state;
	nct_recorder_session(r, &s);
	put_numbered(r, 0, 100);
	wait_events(r, 100);
	assert_int_equal(unlink(opts.path), 0);
	put_numbered(r, 100, 200);
	assert_int_equal(nct_recorder_close(r, NCT_NONE, &err), -1);
	assert_int_equal(err.code, NCT_EXIT_SYSTEM);
	assert_non_null(strstr(err.text, "removed while it was written"));
}

/* ---- what cannot be moved aside ---- */

#define LIMIT	(256 << 10)
#define PORTION 2000
#define NUMBERS (20 * PORTION)

static uint32_t put_portions(struct nct_recorder *r, uint32_t from, uint32_t to)
{
	for (; from < to; from += PORTION) {
		put_numbered(r, from, from + PORTION);
		wait_events(r, from + PORTION);
	}
	return from;
}

/* All in one file, and said once; returns its sessions. */
static size_t assert_stayed(const char *path, uint32_t n)
{
	struct told t;

	replay_ok(&t, path);
	assert_true(t.sessions > 1);
	assert_int_equal(t.cut_off, 0);
	assert_int_equal(t.events.n, n);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(t.events.ev[i].cpu, i);
	free(t.events.ev);
	return t.sessions;
}

static void stays(const char *name, const char *says)
{
	const char *path = in_dir(name);
	struct nct_recorder *r = start(path, LIMIT);
	struct nct_recorder_stats stats;

	put_portions(r, 0, NUMBERS);
	nct_recorder_stats(r, &stats);
	assert_int_equal(stats.rotations, 0);
	assert_false(stats.failing);
	close_ok(r, NCT_NONE);
	assert_true(assert_stayed(path, NUMBERS) < NUMBERS / PORTION / 2);
	assert_said(says);
}

static void directory_in_the_way(void **state)
{
	(void)state;
	assert_int_equal(mkdir(in_dir("dir.1"), 0700), 0);
	stays("dir", "dir.1 is not a recording");
}

/* Of somebody else's nothing is renamed or deleted. */
static void foreign_in_the_way(void **state)
{
	char *text;
	size_t len;

	(void)state;
	spill(in_dir("text.1"), "letter", 6);
	stays("text", "text.1 is not a recording");
	text = slurp(in_dir("text.1"), &len);
	assert_int_equal(len, 6);
	assert_memory_equal(text, "letter", 6);
	free(text);
	assert_int_equal(access(in_dir("text.2"), F_OK), -1);
}

/* The old one takes its name again; a new one comes when that is possible. */
static void no_new_file(void **state)
{
	const char *path = in_dir("nonew");
	struct nct_recorder *r = start(path, LIMIT);
	struct nct_recorder_stats stats;
	uint32_t n;

	(void)state;
	no_new_files = true;
	n = put_portions(r, 0, NUMBERS);
	assert_said("No space left on device");
	assert_int_equal(access(in_dir("nonew.1"), F_OK), -1);
	no_new_files = false;
	put_portions(r, n, n + NUMBERS);
	nct_recorder_stats(r, &stats);
	assert_true(stats.rotations >= 1);
	close_ok(r, NCT_NONE);
	assert_int_equal(said.lines, 1);
	assert_int_equal(access(in_dir("nonew.1"), F_OK), 0);
}

/* Somebody moved it away just when it was to be moved aside, too. */
static void moved_and_rotated(void **state)
{
	const char *path = in_dir("both"), *away = in_dir("both.away");
	struct nct_recorder *r = start(path, LIMIT);
	struct nct_recorder_stats stats;

	(void)state;
	put_numbered(r, 0, PORTION);
	wait_events(r, PORTION);
	assert_int_equal(rename(path, away), 0);
	put_portions(r, PORTION, NUMBERS);
	nct_recorder_stats(r, &stats);
	assert_true(stats.rotations > 1);
	close_ok(r, NCT_NONE);
	assert_numbers(away, 0, PORTION, 1);
	assert_said("was moved");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(removed),
		cmocka_unit_test(removed_at_the_end),
		cmocka_unit_test(moved),
		cmocka_unit_test(replaced),
		cmocka_unit_test(import_removed),
		cmocka_unit_test(directory_in_the_way),
		cmocka_unit_test(foreign_in_the_way),
		cmocka_unit_test(no_new_file),
		cmocka_unit_test(moved_and_rotated),
		cmocka_unit_test(moved_and_read),
	};

	install_layer();
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
