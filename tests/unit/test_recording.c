// SPDX-License-Identifier: GPL-2.0
/* What goes into a recording comes out of it: events, anchors, sessions, recoveries. */
#include "recording_fixture.h"

#include <sqlite3.h>

static const enum nct_dialect dialects[] = { NCT_DIALECT_BASELINE, NCT_DIALECT_RECOVERING,
					     NCT_DIALECT_FENCING };

static uint64_t seed = 4;

/* Now and then what is not known. */
static int32_t number(void)
{
	uint64_t what = rnd(&seed, 8);

	return what == 0   ? NCT_UNKNOWN_INT
	       : what == 1 ? INT32_MAX
	       : what == 2 ? INT32_MIN + 1
			   : (int32_t)rnd(&seed, 2000) - 1000;
}

static uint64_t duration(void)
{
	return rnd(&seed, 4) ? rnd(&seed, SEC) : rnd(&seed, 2) ? 0 : INT64_MAX;
}

/* Up to the last byte; any but NUL. */
static void word(char *buf, size_t size)
{
	size_t len = rnd(&seed, 3) ? (size_t)rnd(&seed, size) : rnd(&seed, 2) ? size - 1 : 0;

	memset(buf, 0, size);
	for (size_t i = 0; i < len; i++)
		buf[i] = (char)(1 + rnd(&seed, 255));
}

static struct nct_identity any_identity(void)
{
	struct nct_identity id = { .instance = (int32_t)rnd(&seed, 9) - 1 };

	id.cntlid = number();
	word(id.transport, sizeof(id.transport));
	word(id.address, sizeof(id.address));
	word(id.subsystem, sizeof(id.subsystem));
	id.kato_ms = number();
	id.reconnect_delay_ms = number();
	id.max_reconnects = number();
	id.ctrl_loss_tmo_ms = number();
	id.cqt_ms = number();
	return id;
}

/* The members of a union are written one by one, so that unused bytes stay 0. */
static void fill(struct nct_event *ev)
{
	switch (ev->type) {
	case NCT_EV_STATE:
		ev->state.old_state = (enum nct_state)rnd(&seed, NCT_STATE_COUNT);
		ev->state.new_state = (enum nct_state)rnd(&seed, NCT_STATE_COUNT);
		ev->state.raw_old = number();
		ev->state.raw_new = number();
		word(ev->state.site, sizeof(ev->state.site));
		break;
	case NCT_EV_ERROR:
		word(ev->error.site, sizeof(ev->error.site));
		break;
	case NCT_EV_TIMEOUT:
		ev->timeout.opcode = number();
		ev->timeout.admin = rnd(&seed, 2);
		ev->timeout.age_ns = duration();
		break;
	case NCT_EV_WORK_START:
	case NCT_EV_WORK_END:
		ev->work.work = (enum nct_work)rnd(&seed, NCT_WORK_COUNT);
		ev->work.attempt = number();
		break;
	case NCT_EV_ATTEMPT_RESULT:
		ev->result.status = number();
		break;
	case NCT_EV_CCR_START:
	case NCT_EV_CCR_END:
		ev->ccr.source = number();
		ev->ccr.status = number();
		ev->ccr.immediate = number();
		ev->ccr.ccrs = number();
		ev->ccr.timeout_ms = number();
		ev->ccr.ciu = number();
		ev->ccr.command_ns = duration();
		break;
	case NCT_EV_HOLD_START:
	case NCT_EV_HOLD_END:
		ev->hold.requested_ms = number();
		word(ev->hold.reason, sizeof(ev->hold.reason));
		break;
	case NCT_EV_RELEASE:
		ev->release.how = (enum nct_release)rnd(&seed, NCT_RELEASE_CANCEL + 1);
		ev->release.at_ns = duration();
		break;
	case NCT_EV_SNAPSHOT:
		ev->snapshot.state = (enum nct_state)rnd(&seed, NCT_STATE_COUNT);
		ev->snapshot.id = any_identity();
		break;
	case NCT_EV_IDENTITY:
		ev->identity = any_identity();
		break;
	case NCT_EV_LOST:
		ev->lost.count = rnd(&seed, 99);
		ev->lost.since_ns = duration();
		break;
	case NCT_EV_DIALECT:
		ev->dialect = dialects[rnd(&seed, 3)];
		break;
	default:
		break;
	}
}

/* Types that are not known here, too. */
static void every_type(void **state)
{
	struct feed f = { NULL, 0 };
	struct told t;

	(void)state;
	for (size_t i = 0; i < 6000; i++) {
		struct nct_event ev;

		memset(&ev, 0, sizeof(ev));
		ev.ts_ns = rnd(&seed, 1000 * SEC);
		ev.ctrl = rnd(&seed, 2) ? rnd(&seed, UINT64_MAX) : 0;
		ev.instance = (int32_t)rnd(&seed, 5) - 1;
		ev.cpu = (uint32_t)rnd(&seed, UINT32_MAX);
		ev.type = (enum nct_event_type)(i % (NCT_EV_TYPE_COUNT + 3));
		fill(&ev);
		feed_add(&f, &ev);
	}
	f.ev[f.n - 1].ts_ns = 1000 * SEC; /* a session ends after its start */
	record_feed(in_dir("types"), &f, NCT_DIALECT_FENCING);
	replay_ok(&t, in_dir("types"));
	assert_int_equal(t.events.n, f.n);
	for (size_t i = 0; i < f.n; i++)
		assert_same_event(&t.events.ev[i], &f.ev[i], i);
	free(f.ev);
	free(t.events.ev);
}

static void anchors_in_their_places(void **state)
{
	struct feed f = make_feed(1, NCT_DIALECT_RECOVERING, 5);
	struct told t;

	(void)state;
	record_feed(in_dir("places"), &f, NCT_DIALECT_RECOVERING);
	replay_ok(&t, in_dir("places"));
	assert_int_equal(t.events.n, f.n);
	assert_int_equal(t.anchors, (f.n + ANCHOR_EVERY - 1) / ANCHOR_EVERY);
	for (size_t i = 0; i < t.anchors; i++)
		assert_int_equal(t.anchor_at[i], i * ANCHOR_EVERY);
	assert_int_equal(t.end_ns, end_of(&f));
	free(f.ev);
	free(t.events.ev);
}

static void sessions(void **state)
{
	const struct nct_recorder_opts opts = { .path = in_dir("sessions") };
	struct nct_session s = session_of(NCT_DIALECT_BASELINE);
	struct nct_recorder *r = open_ok(&opts);
	struct nct_anchor a = { 5000 * SEC, 1, 2 };
	struct told t;

	(void)state;
	nct_recorder_session(r, &s);
	s.origin = NCT_ORIGIN_DMESG;
	s.dialect = NCT_DIALECT_FENCING;
	s.resolution_ns = 1000;
	s.start_ns = 3;
	memset(s.host, 'h', sizeof(s.host) - 1);
	memset(s.input, 'i', sizeof(s.input) - 1);
	nct_recorder_session(r, &s);
	nct_recorder_anchor(r, &a);
	close_ok(r, NCT_NONE);
	replay_ok(&t, opts.path);
	assert_int_equal(t.sessions, 2);
	assert_int_equal(t.cut_off, 0);
	assert_int_equal(t.end_ns, a.monotonic_ns);
	s.end_ns = a.monotonic_ns; /* of what was there last */
	assert_memory_equal(&t.session, &s, sizeof(s));
}

/* What live prints is what report prints: to the byte, session by session. */
static void same_json(void **state)
{
	const char *path = in_dir("json");
	struct lines straight, replayed;
	struct nct_error err = { 0 };
	char *a, *b;

	(void)state;
	lines_open(&straight);
	for (uint64_t i = 0; i < 24; i++) {
		struct feed f = make_feed(100 + i, dialects[i % 3], 1 + i % 7);

		f.n -= i % 5; /* some are open at the end */
		reduce_straight(&straight, &f, dialects[i % 3]);
		record_feed(path, &f, dialects[i % 3]);
		free(f.ev);
	}
	lines_open(&replayed);
	assert_int_equal(replay_lines(&replayed, path, &err), 0);
	a = lines_close(&straight);
	b = lines_close(&replayed);
	assert_true(strlen(a) > 10000);
	assert_same_lines(a, b);
}

/* ---- derived tables ---- */

static sqlite3 *database(const char *path)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	return db;
}

static int64_t value(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt;
	int64_t n;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL))
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	n = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return n;
}

struct derived {
	sqlite3 *db;
	sqlite3_stmt *recovery, *phase, *ccr;
	size_t n, phases, attempts;
};

static void assert_column_ns(sqlite3_stmt *stmt, int column, uint64_t ns)
{
	if (ns == NCT_NONE)
		assert_int_equal(sqlite3_column_type(stmt, column), SQLITE_NULL);
	else
		assert_int_equal(sqlite3_column_int64(stmt, column), ns);
}

static void assert_column_text(sqlite3_stmt *stmt, int column, const char *text)
{
	const char *there = (const char *)sqlite3_column_text(stmt, column);

	if (!text || !*text)
		assert_null(there);
	else
		assert_string_equal(there ? there : "", text);
}

static void compare_phases(struct derived *d, const struct nct_recovery *rec)
{
	for (size_t i = 0; i < rec->nspans; i++, d->phases++) {
		assert_int_equal(sqlite3_step(d->phase), SQLITE_ROW);
		assert_int_equal(sqlite3_column_int64(d->phase, 0), d->n);
		assert_column_text(d->phase, 1, nct_phase_name(rec->spans[i].phase));
		assert_column_ns(d->phase, 2, rec->spans[i].start_ns);
		assert_column_ns(d->phase, 3, rec->spans[i].duration_ns);
	}
	for (size_t i = 0; i < rec->nccr; i++, d->attempts++) {
		assert_int_equal(sqlite3_step(d->ccr), SQLITE_ROW);
		assert_int_equal(sqlite3_column_int64(d->ccr, 0), d->n);
		assert_column_ns(d->ccr, 1, rec->ccr[i].duration_ns);
		assert_column_ns(d->ccr, 2, nct_ccr_wait_ns(&rec->ccr[i]));
	}
}

static void compare(void *ctx, const struct nct_recovery *rec)
{
	struct derived *d = ctx;
	sqlite3_stmt *s = d->recovery;
	char name[32];

	d->n++;
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	snprintf(name, sizeof(name), "nvme%d", rec->id.instance);
	assert_int_equal(sqlite3_column_int64(s, 0), d->n);
	assert_column_text(s, 1, name);
	assert_column_text(s, 2, nct_kind_name(rec->kind));
	assert_column_text(s, 3, rec->trigger.reason);
	assert_column_ns(s, 4, rec->start_ns);
	assert_column_ns(s, 5, rec->duration_ns);
	assert_column_ns(s, 6, rec->time_to_retry_ns);
	assert_column_ns(s, 7, rec->time_to_live_ns);
	assert_column_text(s, 8,
			   rec->kind == NCT_KIND_RECOVERY ? nct_fence_name(rec->fence) : NULL);
	assert_column_text(s, 9, nct_end_name(rec->end));
	assert_int_equal(sqlite3_column_int64(s, 10), rec->attempts);
	assert_int_equal(sqlite3_column_int64(s, 11), rec->notes);
	assert_column_text(s, 12, rec->id.transport);
	compare_phases(d, rec);
}

static sqlite3_stmt *query(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL))
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	return stmt;
}

static void fresh_reduction(struct derived *d, const struct feed *f, enum nct_dialect dialect)
{
	static const struct nct_reducer_ops ops = { .end = compare };
	struct nct_reducer *r = nct_reducer_new(dialect, &ops, d);

	for (size_t i = 0; i < f->n; i++)
		nct_reducer_push(r, &f->ev[i]);
	nct_reducer_finish(r, end_of(f));
	nct_reducer_free(r);
}

static void derived_tables(void **state)
{
	const char *path = in_dir("derived");
	struct feed feeds[6];
	struct derived d = { 0 };

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		feeds[i] = make_feed(200 + i, dialects[i % 3], 3 + i);
		record_feed(path, &feeds[i], dialects[i % 3]);
	}
	d.db = database(path);
	d.recovery =
		query(d.db, "SELECT r.id, c.name, kind, reason, start_ns, duration_ns, "
			    "time_to_retry_ns, time_to_live_ns, fence, ended, attempts, notes, "
			    "c.transport FROM recovery r JOIN controller c "
			    "ON c.id = r.controller ORDER BY r.id");
	d.phase = query(d.db, "SELECT recovery, phase, start_ns, duration_ns FROM phase "
			      "ORDER BY recovery, n");
	d.ccr = query(d.db, "SELECT recovery, duration_ns, wait_ns FROM ccr_attempt "
			    "ORDER BY recovery, n");
	for (size_t i = 0; i < 6; i++) {
		fresh_reduction(&d, &feeds[i], dialects[i % 3]);
		free(feeds[i].ev);
	}
	assert_true(d.n > 50 && d.attempts > 10);
	assert_int_equal(value(d.db, "SELECT count(*) FROM recovery"), d.n);
	assert_int_equal(value(d.db, "SELECT count(*) FROM phase"), d.phases);
	assert_int_equal(value(d.db, "SELECT count(*) FROM ccr_attempt"), d.attempts);
	assert_int_equal(value(d.db, "SELECT count(*) FROM recoveries WHERE start IS NULL"), 0);
	assert_int_equal(value(d.db, "SELECT count(*) FROM recovery r WHERE duration_ns != "
				     "(SELECT sum(duration_ns) FROM phase WHERE recovery = r.id)"),
			 0);
	assert_int_equal(value(d.db, "SELECT count(*) FROM sessions WHERE cut_off"), 0);
	assert_int_equal(value(d.db, "SELECT sum(events) FROM session"),
			 value(d.db, "SELECT count(*) FROM events"));
	sqlite3_finalize(d.recovery);
	sqlite3_finalize(d.phase);
	sqlite3_finalize(d.ccr);
	sqlite3_close(d.db);
}

/* Hooks, losses, and the words of the views. */
static void other_tables(void **state)
{
	const struct nct_recorder_opts opts = { .path = in_dir("others") };
	struct nct_session s = session_of(NCT_DIALECT_RECOVERING);
	struct nct_event ev = make(NCT_EV_LOST, 1000 * SEC);
	struct nct_recorder *r = open_ok(&opts);
	sqlite3 *db;

	(void)state;
	ev.lost.count = 12;
	ev.lost.since_ns = 999 * SEC;
	nct_recorder_session(r, &s);
	nct_recorder_hook(r, "core.state", "fentry", "");
	nct_recorder_hook(r, "tcp.err_work", "", "no such function");
	nct_recorder_event(r, &ev);
	ev = state_event(1001 * SEC, NCT_STATE_LIVE, NCT_STATE_RECOVERING, "nvme_tcp_timeout");
	nct_recorder_event(r, &ev);
	close_ok(r, 1002 * SEC);
	db = database(opts.path);
	assert_int_equal(value(db, "SELECT count(*) FROM hook WHERE rung = 'fentry' OR "
				   "reason = 'no such function' AND rung IS NULL"),
			 2);
	assert_int_equal(value(db, "SELECT sum(count) FROM loss WHERE place = 'source'"), 12);
	assert_int_equal(value(db, "SELECT lost FROM sessions"), 12);
	assert_int_equal(value(db, "SELECT count(*) FROM events WHERE type = 'state' AND "
				   "controller = 'nvme1' AND old_state = 'LIVE' AND "
				   "state = 'RECOVERING' AND text = 'nvme_tcp_timeout'"),
			 1);
	assert_int_equal(value(db, "SELECT count(*) FROM phases"), 1);
	sqlite3_close(db);
}

/* It can be read while it is written to: up to the last commit. */
static void read_while_recording(void **state)
{
	const struct nct_recorder_opts opts = { .path = in_dir("growing") };
	struct feed f = make_feed(7, NCT_DIALECT_FENCING, 4);
	struct nct_session s = session_of(NCT_DIALECT_FENCING);
	struct nct_recorder *r = open_ok(&opts);
	struct nct_recorder_stats stats = { 0 };
	uint64_t deadline_ns = nct_monotonic_ns() + 20 * SEC;
	struct told t;

	(void)state;
	nct_recorder_session(r, &s);
	put_feed(r, &f);
	while (stats.events < f.n && nct_monotonic_ns() < deadline_ns) {
		look_again();
		nct_recorder_stats(r, &stats);
	}
	assert_int_equal(stats.events, f.n);
	replay_ok(&t, opts.path);
	assert_int_equal(t.events.n, f.n);
	assert_int_equal(t.cut_off, 1);
	assert_int_equal(t.end_ns, f.ev[f.n - 1].ts_ns);
	close_ok(r, end_of(&f));
	free(f.ev);
	free(t.events.ev);
}

static struct nct_filter only_removed = { .ends = 1u << NCT_END_REMOVED };

static void count_removed(void *ctx, const struct nct_recovery *rec,
			  const struct nct_origin *origin)
{
	assert_int_equal(rec->end, NCT_END_REMOVED);
	assert_non_null(origin->anchor);
	++*(int64_t *)ctx;
}

static void filters(void **state)
{
	int64_t n = 0;
	const struct nct_replay replay = { .filter = only_removed,
					   .recovery = count_removed,
					   .ctx = &n };
	char *files[] = { (char *)in_dir("derived") };
	struct nct_error err;
	sqlite3 *db = database(files[0]);

	(void)state;
	assert_int_equal(nct_replay_files(files, 1, &replay, &err), 0);
	assert_true(n > 0);
	assert_int_equal(n, value(db, "SELECT count(*) FROM recovery WHERE ended = 'removed'"));
	sqlite3_close(db);
}

/* Without anchors wall time is not known, and what it starts with is not made up. */
static void without_anchors(void **state)
{
	const struct nct_recorder_opts opts = { .path = in_dir("clockless") };
	struct feed f = make_feed(9, NCT_DIALECT_BASELINE, 1);
	struct nct_session s = session_of(NCT_DIALECT_BASELINE);
	struct nct_recorder *r = open_ok(&opts);
	struct nct_error err;
	struct lines l;

	(void)state;
	s.origin = NCT_ORIGIN_DMESG;
	s.resolution_ns = 1000;
	nct_recorder_session(r, &s);
	for (size_t i = 0; i < f.n; i++)
		nct_recorder_event(r, &f.ev[i]);
	close_ok(r, NCT_NONE);
	lines_open(&l);
	assert_int_equal(replay_lines(&l, opts.path, &err), 0);
	free(f.ev);
	assert_non_null(strstr(lines_close(&l), "\"start\":null"));
	assert_non_null(strstr(l.buf, "\"host\":\"db7\",\"resolution_ns\":1000}"));
	free(l.buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type),	   cmocka_unit_test(anchors_in_their_places),
		cmocka_unit_test(sessions),	   cmocka_unit_test(same_json),
		cmocka_unit_test(derived_tables),  cmocka_unit_test(other_tables),
		cmocka_unit_test(filters),	   cmocka_unit_test(read_while_recording),
		cmocka_unit_test(without_anchors),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
