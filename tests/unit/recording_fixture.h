/* SPDX-License-Identifier: GPL-2.0 */
/* For tests of recordings: streams of a simulated host, a directory to record into, and what
 * a replay tells, to be compared. */
#ifndef NCT_TESTS_RECORDING_FIXTURE_H
#define NCT_TESTS_RECORDING_FIXTURE_H

#include "simulate.h"

#include <dirent.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../tools/cmd/replay.h"
#include "../../tools/recording/recording.h"
#include "../../tools/sys/anchors.h"
#include "../../tools/view/json.h"

/* ---- a directory, in memory where there is such a place: a test makes many fsyncs ---- */

static char dir[64];

static inline int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "%s/nct-test-XXXXXX",
		 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	return mkdtemp(dir) ? 0 : -1;
}

static inline int remove_dir(void **state)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[400];

	(void)state;
	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (e->d_name[0] != '.')
			remove(path);
	}
	if (d)
		closedir(d);
	return rmdir(dir);
}

/* The name of a file there; valid until the fourth call after this one. */
static inline const char *in_dir(const char *name)
{
	static char names[4][128];
	static unsigned int n;
	char *to = names[n++ % 4];

	snprintf(to, sizeof(names[0]), "%s/%s", dir, name);
	return to;
}

static inline char *slurp(const char *path, size_t *len)
{
	FILE *f = fopen(path, "r");
	struct stat st;
	char *buf;

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	buf = malloc((size_t)st.st_size + 1);
	assert_non_null(buf);
	*len = fread(buf, 1, (size_t)st.st_size, f);
	assert_int_equal(*len, st.st_size);
	fclose(f);
	return buf;
}

static inline void spill(const char *path, const void *buf, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(buf, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static inline void execute(const char *path, const char *sql)
{
	sqlite3 *db;
	char *why = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &why))
		fail_msg("%s: %s", sql, why);
	sqlite3_close(db);
}

static inline sqlite3 *database(const char *path)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	return db;
}

static inline sqlite3_stmt *query(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL))
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	return stmt;
}

static inline int64_t value(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt = query(db, sql);
	int64_t n;

	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	n = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return n;
}

/* ---- streams ---- */

struct feed {
	struct nct_event *ev;
	size_t n;
};

static inline void feed_add(struct feed *f, const struct nct_event *ev)
{
	if (!(f->n & (f->n + 1))) {
		f->ev = realloc(f->ev, (2 * f->n + 2) * sizeof(*f->ev));
		assert_non_null(f->ev);
	}
	f->ev[f->n++] = *ev;
}

/* Several controllers that fail at random, in the order of the clock; with_io: events of I/O, too.
 */
static inline struct feed simulate_feed(uint64_t seed, enum nct_dialect dialect, size_t controllers,
					bool with_io)
{
	struct sim *sims = calloc(controllers, sizeof(*sims));
	size_t *at = calloc(controllers, sizeof(*at));
	struct feed f = { NULL, 0 };

	assert_true(sims && at);
	for (size_t i = 0; i < controllers; i++) {
		sims[i].seed = seed * 1000 + i;
		sims[i].now = 1000 * SEC;
		sims[i].id = 0xffff888000000000ull + i * 4096;
		sims[i].instance = (int)i;
		sims[i].dialect = dialect;
		simulate(&sims[i]);
		if (with_io)
			sim_impact(&sims[i]);
	}
	for (;;) {
		size_t first = controllers;

		for (size_t i = 0; i < controllers; i++)
			if (at[i] < sims[i].nevents &&
			    (first == controllers ||
			     sims[i].events[at[i]].ts_ns < sims[first].events[at[first]].ts_ns))
				first = i;
		if (first == controllers)
			break;
		feed_add(&f, &sims[first].events[at[first]++]);
	}
	for (size_t i = 0; i < controllers; i++)
		free(sims[i].events);
	free(sims);
	free(at);
	return f;
}

static inline struct feed make_feed(uint64_t seed, enum nct_dialect dialect, size_t controllers)
{
	return simulate_feed(seed, dialect, controllers, false);
}

static inline struct feed make_feed_io(uint64_t seed, enum nct_dialect dialect, size_t controllers)
{
	return simulate_feed(seed, dialect, controllers, true);
}

static inline struct nct_session session_of(enum nct_dialect dialect)
{
	return (struct nct_session) {
		.origin = NCT_ORIGIN_BPF,
		.dialect = dialect,
		.resolution_ns = 1,
		.start_ns = 999 * SEC,
		.end_ns = NCT_NONE,
		.host = "db7",
		.kernel = "6.12.0 x86_64",
		.tool = "test",
	};
}

/* An anchor every so many events; the clock was set meanwhile, so that it matters which. */
#define ANCHOR_EVERY 37

static inline struct nct_anchor anchor_before(const struct feed *f, size_t i)
{
	uint64_t ns = f->ev[i].ts_ns;

	return (struct nct_anchor) { ns, ns + 5, 1795327848123456789ull + ns + i * SEC };
}

static inline struct nct_recorder *open_ok(const struct nct_recorder_opts *opts)
{
	struct nct_recorder *r;
	struct nct_error err = { 0 };

	if (nct_recorder_open(&r, opts, &err))
		fail_msg("%s", err.text);
	return r;
}

/* Between two looks at a condition that has a deadline. */
static inline void look_again(void)
{
	usleep(500);
}

static inline void close_ok(struct nct_recorder *r, uint64_t end_ns)
{
	struct nct_error err = { 0 };

	if (nct_recorder_close(r, end_ns, &err))
		fail_msg("%s", err.text);
}

static inline uint64_t end_of(const struct feed *f)
{
	return f->ev[f->n - 1].ts_ns + 7 * MS;
}

static inline void put_feed(struct nct_recorder *r, const struct feed *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct nct_anchor a = anchor_before(f, i);

		if (i % ANCHOR_EVERY == 0)
			nct_recorder_anchor(r, &a);
		nct_recorder_event(r, &f->ev[i]);
	}
}

/* Appends one session to path. */
static inline void record_feed(const char *path, const struct feed *f, enum nct_dialect dialect)
{
	const struct nct_recorder_opts opts = { .path = path, .wait = true };
	struct nct_session s = session_of(dialect);
	struct nct_recorder *r = open_ok(&opts);

	nct_recorder_session(r, &s);
	put_feed(r, f);
	close_ok(r, end_of(f));
}

/* ---- what a recorder says, and events that carry their number ---- */

static struct {
	_Atomic int lines;
	char text[8][512];
} said;

static inline void hear(void *ctx, const char *text)
{
	(void)ctx;
	snprintf(said.text[said.lines % 8], sizeof(said.text[0]), "%s", text);
	said.lines++;
}

/* Events that carry their number. */
static inline void put_numbered(struct nct_recorder *r, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++) {
		struct nct_event ev = make(NCT_EV_RELEASE, 1000 * SEC + i);

		ev.cpu = i;
		nct_recorder_event(r, &ev);
	}
}

static inline struct nct_recorder_stats stats_of(struct nct_recorder *r)
{
	struct nct_recorder_stats s;

	nct_recorder_stats(r, &s);
	return s;
}

static inline void wait_failures(struct nct_recorder *r, uint64_t n)
{
	uint64_t deadline_ns = nct_monotonic_ns() + 30 * SEC;

	while (stats_of(r).failures < n && nct_monotonic_ns() < deadline_ns)
		look_again();
	assert_true(stats_of(r).failures >= n);
}

static inline void wait_events(struct nct_recorder *r, uint64_t n)
{
	uint64_t deadline_ns = nct_monotonic_ns() + 30 * SEC;

	while (stats_of(r).events < n && nct_monotonic_ns() < deadline_ns)
		look_again();
	assert_int_equal(stats_of(r).events, n);
}

/* ---- what a replay tells ---- */

struct told {
	struct feed events;
	size_t anchors, sessions, ended, cut_off;
	uint64_t lost, end_ns, last_ns;
	struct nct_session session; /* the last one */
	char note[512];
	size_t anchor_at[4096]; /* how many events were before it */
};

static inline int told_session(void *ctx, const struct nct_session *s)
{
	struct told *t = ctx;

	t->sessions++;
	t->session = *s;
	t->cut_off += s->end_ns == NCT_NONE;
	return 0;
}

static inline int told_event(void *ctx, const struct nct_event *ev)
{
	struct told *t = ctx;

	feed_add(&t->events, ev);
	t->last_ns = ev->ts_ns;
	if (ev->type == NCT_EV_LOST)
		t->lost += ev->lost.count;
	return 0;
}

static inline int told_anchor(void *ctx, const struct nct_anchor *a)
{
	struct told *t = ctx;

	(void)a;
	if (t->anchors < sizeof(t->anchor_at) / sizeof(t->anchor_at[0]))
		t->anchor_at[t->anchors] = t->events.n;
	t->anchors++;
	return 0;
}

static inline int told_end(void *ctx, const struct nct_session *s, uint64_t end_ns)
{
	struct told *t = ctx;

	(void)s;
	t->ended++;
	t->end_ns = end_ns;
	return 0;
}

static inline void told_note(void *ctx, const char *text)
{
	struct told *t = ctx;

	snprintf(t->note, sizeof(t->note), "%s", text);
}

static inline int replay_into(struct told *t, const char *path, struct nct_error *err)
{
	static const struct nct_replay_ops ops = { told_session, told_event, told_anchor, told_end,
						   told_note };

	memset(t, 0, sizeof(*t));
	memset(err, 0, sizeof(*err));
	return nct_recording_replay(path, &ops, t, err);
}

static inline void replay_ok(struct told *t, const char *path)
{
	struct nct_error err;

	if (replay_into(t, path, &err))
		fail_msg("%s", err.text);
	assert_int_equal(t->sessions, t->ended);
}

static inline void assert_same_event(const struct nct_event *a, const struct nct_event *b, size_t i)
{
	if (memcmp(a, b, sizeof(*a)))
		fail_msg("event %zu of type %d differs from that of type %d at %llu", i, a->type,
			 b->type, (unsigned long long)a->ts_ns);
}

/* ---- recoveries as JSON, straight and by way of a recording ---- */

struct lines {
	FILE *out;
	char *buf;
	size_t len;
	const struct nct_anchors *anchors;
	const struct nct_anchor *fixed; /* the only anchor; NULL: as put_feed() puts them */
};

static inline void lines_open(struct lines *l)
{
	memset(l, 0, sizeof(*l));
	l->out = open_memstream(&l->buf, &l->len);
	assert_non_null(l->out);
}

static inline char *lines_close(struct lines *l)
{
	assert_int_equal(fclose(l->out), 0);
	return l->buf;
}

/* Frees both; names the first line that differs. */
static inline void assert_same_lines(char *a, char *b)
{
	char *x = a, *y = b;

	for (size_t n = 1; *x || *y; n++) {
		size_t lx = strcspn(x, "\n"), ly = strcspn(y, "\n");

		if (lx != ly || memcmp(x, y, lx)) {
			fprintf(stderr, "line %zu:\n%.*s\nis:\n%.*s\n", n, (int)lx, x, (int)ly, y);
			fail();
		}
		x += lx + (x[lx] == '\n');
		y += ly + (y[ly] == '\n');
	}
	free(a);
	free(b);
}

static inline void line_straight(void *ctx, const struct nct_recovery *rec)
{
	const struct nct_json_origin here = { .host = "db7" }; /* see session_of */
	struct lines *l = ctx;

	assert_int_equal(
		nct_json_recovery(l->out, rec, nct_anchors_near(l->anchors, rec->start_ns), &here),
		0);
}

/* As live does it. */
static inline void reduce_straight(struct lines *l, const struct feed *f, enum nct_dialect dialect)
{
	static const struct nct_reducer_ops ops = { .end = line_straight };
	struct nct_reducer *r = nct_reducer_new(dialect, &ops, l);
	struct nct_anchors anchors = { 0 };

	assert_non_null(r);
	l->anchors = &anchors;
	if (l->fixed)
		nct_anchors_add(&anchors, l->fixed);
	for (size_t i = 0; i < f->n; i++) {
		struct nct_anchor a = anchor_before(f, i);

		if (!l->fixed && i % ANCHOR_EVERY == 0)
			nct_anchors_add(&anchors, &a);
		nct_reducer_push(r, &f->ev[i]);
	}
	nct_reducer_finish(r, end_of(f));
	nct_reducer_free(r);
}

static inline void line_replayed(void *ctx, const struct nct_recovery *rec,
				 const struct nct_origin *origin)
{
	struct nct_json_origin json = nct_replay_json_origin(origin);
	struct lines *l = ctx;

	assert_int_equal(nct_json_recovery(l->out, rec, origin->anchor, &json), 0);
}

static inline int replay_lines(struct lines *l, const char *path, struct nct_error *err)
{
	const struct nct_replay replay = { .recovery = line_replayed, .ctx = l };
	char *files[] = { (char *)path };

	return nct_replay_files(files, 1, &replay, err);
}

#endif
