// SPDX-License-Identifier: GPL-2.0
/*
 * A disk that stalls, is full, or fails: a layer between SQLite and the files plays it. No
 * event is lost while the queue holds, then every loss is counted, and it is said once.
 */
#include "recording_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <sys/mount.h>

#include "../../tools/recording/queue.h"

/* ---- the layer ---- */

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stalls; /* writes and syncs wait */
	int refuses; /* SQLite's code for them; 0: none */
	unsigned int waiting;
} disk = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

/* The methods of files: those of databases and of logs differ. */
static struct methods {
	sqlite3_io_methods faulty; /* first: a file points here */
	const sqlite3_io_methods *real;
} methods[4];

static sqlite3_vfs layer;
static int (*real_open)(sqlite3_vfs *, const char *, sqlite3_file *, int, int *);

static int pass(void)
{
	int rc;

	pthread_mutex_lock(&disk.lock);
	disk.waiting++;
	pthread_cond_broadcast(&disk.changed);
	while (disk.stalls)
		pthread_cond_wait(&disk.changed, &disk.lock);
	disk.waiting--;
	rc = disk.refuses;
	pthread_mutex_unlock(&disk.lock);
	return rc;
}

static const sqlite3_io_methods *real_of(sqlite3_file *f)
{
	return ((const struct methods *)f->pMethods)->real;
}

static int faulty_write(sqlite3_file *f, const void *buf, int n, sqlite3_int64 at)
{
	int rc = pass();

	return rc ? rc : real_of(f)->xWrite(f, buf, n, at);
}

static int faulty_sync(sqlite3_file *f, int flags)
{
	int rc = pass();

	return rc ? rc : real_of(f)->xSync(f, flags);
}

static int faulty_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	int rc = real_open(vfs, name, f, flags, out);
	struct methods *m = methods;

	if (rc || !f->pMethods)
		return rc;
	while (m->real && m->real != f->pMethods)
		assert_true(++m < methods + 4);
	if (!m->real) {
		m->faulty = *f->pMethods;
		m->faulty.xWrite = faulty_write;
		m->faulty.xSync = faulty_sync;
		m->real = f->pMethods;
	}
	f->pMethods = &m->faulty;
	return rc;
}

static void install_layer(void)
{
	layer = *sqlite3_vfs_find(NULL);
	real_open = layer.xOpen;
	layer.xOpen = faulty_open;
	layer.zName = "faulty";
	assert_int_equal(sqlite3_vfs_register(&layer, 1), SQLITE_OK);
}

static void set_disk(bool stalls, int refuses)
{
	pthread_mutex_lock(&disk.lock);
	disk.stalls = stalls;
	disk.refuses = refuses;
	pthread_cond_broadcast(&disk.changed);
	pthread_mutex_unlock(&disk.lock);
}

/* Until the writer hangs in a write. */
static void wait_stalled(void)
{
	pthread_mutex_lock(&disk.lock);
	while (!disk.waiting)
		pthread_cond_wait(&disk.changed, &disk.lock);
	pthread_mutex_unlock(&disk.lock);
}

static struct nct_recorder *start(const char *name, struct nct_recorder_opts *opts)
{
	struct nct_session s = session_of(NCT_DIALECT_BASELINE);
	struct nct_recorder *r;

	memset(&said, 0, sizeof(said));
	opts->path = in_dir(name);
	opts->say = hear;
	r = open_ok(opts);
	nct_recorder_session(r, &s);
	return r;
}

/* Each number is there, or is one of a told loss in its place. */
static uint64_t assert_accounted(const char *path, uint32_t n)
{
	struct told t;
	uint32_t next = 0;
	uint64_t lost = 0;

	replay_ok(&t, path);
	for (size_t i = 0; i < t.events.n; i++) {
		const struct nct_event *ev = &t.events.ev[i];

		if (ev->type == NCT_EV_LOST) {
			assert_int_equal(ev->lost.since_ns, 1000 * SEC + next);
			next += (uint32_t)ev->lost.count;
			assert_int_equal(ev->ts_ns, 1000 * SEC + next - 1);
			lost += ev->lost.count;
			continue;
		}
		assert_int_equal(ev->cpu, next);
		next++;
	}
	assert_int_equal(next, n);
	free(t.events.ev);
	return lost;
}

/* ---- tests ---- */

/* A write that hangs: the observer does not notice, and nothing is lost while there is room. */
static void stalled(void **state)
{
	struct nct_recorder_opts opts = { 0 };
	struct nct_recorder *r = start("stalled", &opts);
	uint64_t began_ns;

	(void)state;
	set_disk(true, 0);
	put_numbered(r, 0, 1);
	wait_stalled();
	began_ns = nct_monotonic_ns();
	put_numbered(r, 1, NCT_QUEUE_EVENTS - 2);
	assert_true(nct_monotonic_ns() - began_ns < 5 * SEC);
	assert_int_equal(stats_of(r).lost, 0);
	assert_int_equal(stats_of(r).events, 0);
	set_disk(false, 0);
	close_ok(r, NCT_NONE);
	assert_int_equal(assert_accounted(opts.path, NCT_QUEUE_EVENTS - 2), 0);
	assert_int_equal(said.lines, 0);
}

/* More than the queue holds: the rest is counted, and told where it is missing. */
static void overflow(void **state)
{
	struct nct_recorder_opts opts = { 0 };
	struct nct_recorder *r = start("overflow", &opts);
	uint64_t deadline_ns = nct_monotonic_ns() + 30 * SEC;
	uint32_t n = 3 * NCT_QUEUE_EVENTS;
	sqlite3 *db;
	uint64_t lost;

	(void)state;
	set_disk(true, 0);
	put_numbered(r, 0, 1);
	wait_stalled();
	put_numbered(r, 1, n);
	lost = stats_of(r).lost;
	assert_true(lost >= n - NCT_QUEUE_EVENTS && lost <= n - NCT_QUEUE_EVENTS + 4);
	set_disk(false, 0);
	while (stats_of(r).events + lost < n && nct_monotonic_ns() < deadline_ns)
		look_again();
	put_numbered(r, n, n + 100);
	assert_int_equal(stats_of(r).lost, lost);
	close_ok(r, NCT_NONE);
	assert_int_equal(assert_accounted(opts.path, n + 100), lost);
	assert_int_equal(sqlite3_open(opts.path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "SELECT 1 / (count(*) = 1 AND place = 'queue') FROM loss",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(db);
}

/* Lost at the very end, when no event follows any more. */
static void overflow_at_the_end(void **state)
{
	struct nct_recorder_opts opts = { 0 };
	struct nct_recorder *r = start("end", &opts);

	(void)state;
	set_disk(true, 0);
	put_numbered(r, 0, 1);
	wait_stalled();
	put_numbered(r, 1, NCT_QUEUE_EVENTS + 50);
	set_disk(false, 0);
	close_ok(r, NCT_NONE);
	assert_true(assert_accounted(opts.path, NCT_QUEUE_EVENTS + 50) >= 50);
}

/* Said once, however often it is tried; said again when it works; all is there. */
static void refuses(int code, const char *name, const char *why)
{
	struct nct_recorder_opts opts = { 0 };
	struct nct_recorder *r = start(name, &opts);

	put_numbered(r, 0, 100);
	wait_events(r, 100);
	set_disk(false, code);
	put_numbered(r, 100, 200);
	wait_failures(r, 2);
	assert_true(stats_of(r).failing);
	put_numbered(r, 200, 300);
	set_disk(false, 0);
	wait_events(r, 300);
	assert_false(stats_of(r).failing);
	close_ok(r, NCT_NONE);
	assert_int_equal(said.lines, 2);
	if (!strstr(said.text[0], why) || !strstr(said.text[0], opts.path))
		fail_msg("\"%s\" does not say \"%s\"", said.text[0], why);
	assert_non_null(strstr(said.text[1], "written to again"));
	assert_int_equal(assert_accounted(opts.path, 300), 0);
}

static void full(void **state)
{
	(void)state;
	refuses(SQLITE_FULL, "full", "No space left on device");
}

static void failing(void **state)
{
	(void)state;
	refuses(SQLITE_IOERR_FSYNC, "failing", "disk I/O error");
}

/* Recoveries that end while the disk refuses are in the tables all the same, once. */
static void derived_survive(void **state)
{
	struct nct_recorder_opts opts = { 0 };
	struct nct_recorder *r = start("derived", &opts);
	struct feed f = make_feed(31, NCT_DIALECT_RECOVERING, 20);
	struct lines straight, replayed;
	struct nct_error err;
	sqlite3 *db;

	(void)state;
	set_disk(false, SQLITE_FULL);
	put_feed(r, &f);
	wait_failures(r, 1);
	set_disk(false, 0);
	close_ok(r, end_of(&f));
	lines_open(&straight);
	reduce_straight(&straight, &f, NCT_DIALECT_BASELINE);
	lines_open(&replayed);
	assert_int_equal(replay_lines(&replayed, opts.path, &err), 0);
	assert_int_equal(sqlite3_open(opts.path, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db, "SELECT 1 / (count(*) > 20) FROM recovery", NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
	assert_same_lines(lines_close(&straight), lines_close(&replayed));
	free(f.ev);
}

/* The file is removed, or moved, because the disk is full: what waited is in the next one. */
static void refused_and_gone(const char *name, const char *to)
{
	struct nct_recorder_opts opts = { 0 };
	struct nct_recorder *r = start(name, &opts);
	struct told t;

	put_numbered(r, 0, 100);
	wait_events(r, 100);
	set_disk(false, SQLITE_FULL);
	put_numbered(r, 100, 200);
	wait_failures(r, 1);
	assert_int_equal(to ? rename(opts.path, to) : unlink(opts.path), 0);
	put_numbered(r, 200, 300);
	wait_failures(r, 2);
	set_disk(false, 0);
	wait_events(r, 300);
	close_ok(r, NCT_NONE);
	replay_ok(&t, opts.path);
	assert_int_equal(t.sessions, 1);
	assert_int_equal(t.events.n, 200);
	for (uint32_t i = 0; i < 200; i++)
		assert_int_equal(t.events.ev[i].cpu, 100 + i);
	free(t.events.ev);
	if (to)
		assert_int_equal(assert_accounted(to, 100), 0);
}

static void full_and_gone(void **state)
{
	(void)state;
	refused_and_gone("full-removed", NULL);
	refused_and_gone("full-moved", in_dir("away"));
}

/* It refuses to the end: that is an error, which says how much is missing. */
static void never_again(void **state)
{
	struct nct_recorder_opts opts = { 0 };
	struct nct_recorder *r = start("never", &opts);
	struct nct_error err = { 0 };

	(void)state;
	put_numbered(r, 0, 50);
	wait_events(r, 50);
	set_disk(false, SQLITE_FULL);
	put_numbered(r, 50, 120);
	assert_int_equal(nct_recorder_close(r, NCT_NONE, &err), -1);
	set_disk(false, 0);
	assert_int_equal(err.code, NCT_EXIT_SYSTEM);
	assert_non_null(strstr(err.text, "No space left on device"));
	assert_non_null(strstr(err.text, "events not recorded: 70"));
	assert_int_equal(assert_accounted(opts.path, 50), 0);
}

/* An import waits for room instead, and gives up at the first failure. */
static void import_waits(void **state)
{
	struct nct_recorder_opts opts = { .wait = true };
	struct nct_recorder *r = start("waits", &opts);
	struct nct_error err = { 0 };

	(void)state;
	put_numbered(r, 0, 5 * NCT_QUEUE_EVENTS);
	assert_int_equal(stats_of(r).lost, 0);
	close_ok(r, NCT_NONE);
	assert_int_equal(assert_accounted(opts.path, 5 * NCT_QUEUE_EVENTS), 0);
	r = start("gives-up", &opts);
	set_disk(false, SQLITE_FULL);
	put_numbered(r, 0, 3 * NCT_QUEUE_EVENTS);
	assert_int_equal(nct_recorder_close(r, NCT_NONE, &err), -1);
	set_disk(false, 0);
	assert_non_null(strstr(err.text, "events not recorded: 49152"));
	assert_int_equal(said.lines, 0);
}

/* A real small filesystem, if we may mount one. */
static void small_filesystem(void **state)
{
	char path[128];
	struct nct_recorder_opts opts = { .path = path, .say = hear };
	struct nct_session s = session_of(NCT_DIALECT_BASELINE);
	struct nct_recorder *r;
	uint32_t n = 0;

	(void)state;
	snprintf(path, sizeof(path), "%s/mnt", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	if (mount("none", path, "tmpfs", 0, "size=1m")) {
		print_message("skipped: cannot mount a tmpfs: %s\n", strerror(errno));
		rmdir(path);
		skip();
	}
	snprintf(path, sizeof(path), "%s/mnt/r", dir);
	memset(&said, 0, sizeof(said));
	r = open_ok(&opts);
	nct_recorder_session(r, &s);
	for (; !stats_of(r).failing && n < 100000; n += 500) {
		put_numbered(r, n, n + 500);
		while (!stats_of(r).failing && stats_of(r).events + 4000 < n)
			look_again();
	}
	assert_true(stats_of(r).failing);
	snprintf(path, sizeof(path), "%s/mnt", dir);
	assert_int_equal(mount("none", path, "tmpfs", MS_REMOUNT, "size=64m"), 0);
	snprintf(path, sizeof(path), "%s/mnt/r", dir);
	wait_events(r, n);
	close_ok(r, NCT_NONE);
	assert_int_equal(said.lines, 2);
	assert_int_equal(assert_accounted(path, n), 0);
	snprintf(path, sizeof(path), "%s/mnt", dir);
	assert_int_equal(umount(path), 0);
	rmdir(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stalled),
		cmocka_unit_test(overflow),
		cmocka_unit_test(overflow_at_the_end),
		cmocka_unit_test(full),
		cmocka_unit_test(failing),
		cmocka_unit_test(derived_survive),
		cmocka_unit_test(full_and_gone),
		cmocka_unit_test(never_again),
		cmocka_unit_test(import_waits),
		cmocka_unit_test(small_filesystem),
	};

	install_layer();
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
