// SPDX-License-Identifier: GPL-2.0
/* The derived tables are what a fresh reduction gives. */
#include "recording_fixture.h"

#include "../../tools/recording/known.h"

static const enum nct_dialect dialects[] = { NCT_DIALECT_BASELINE, NCT_DIALECT_RECOVERING,
					     NCT_DIALECT_FENCING };

struct derived {
	sqlite3 *db;
	sqlite3_stmt *recovery, *phase, *ccr, *io, *path, *waited, *blackout;
	size_t n, phases, attempts, late, intruders, ios, paths, buckets, blackouts;
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

/* 0 is how the model says that there is none. */
static uint64_t or_null(uint64_t n)
{
	return n ? n : NCT_NONE;
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
		assert_column_ns(d->ccr, 3, or_null(rec->ccr[i].late_ns));
		d->late += rec->ccr[i].late_ns != 0;
	}
}

static void next_row(sqlite3_stmt *stmt, size_t recovery)
{
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int64(stmt, 0), recovery);
}

static void compare_io(struct derived *d, const struct nct_io *io)
{
	bool known = io->requests != NCT_NONE;

	d->ios++;
	next_row(d->io, d->n);
	assert_column_ns(d->io, 1, io->requests);
	assert_column_ns(d->io, 2, io->reads);
	assert_column_ns(d->io, 3, io->writes);
	assert_column_ns(d->io, 4, io->bytes);
	assert_column_ns(d->io, 5, io->oldest_ns);
	assert_column_ns(d->io, 6, known ? io->partial : NCT_NONE);
	assert_column_ns(d->io, 7, io->failed_over);
	assert_column_ns(d->io, 8, io->cancelled);
	assert_column_ns(d->io, 9, io->completed_late);
	assert_column_ns(d->io, 10, io->first_release_ns);
	assert_column_ns(d->io, 11, io->last_release_ns);
	assert_column_ns(d->io, 12, io->errors);
}

static void compare_paths(struct derived *d, const struct nct_io *io)
{
	char name[32];

	for (size_t i = 0; i < io->npaths; i++, d->paths++) {
		snprintf(name, sizeof(name), "nvme%d", io->paths[i].to);
		next_row(d->path, d->n);
		assert_column_text(d->path, 1, io->paths[i].to >= 0 ? name : NULL);
		assert_column_ns(d->path, 2, io->paths[i].bios);
	}
}

static void compare_waited(struct derived *d, const struct nct_io *io)
{
	for (unsigned int i = 0; i < NCT_WAITED_BUCKETS; i++) {
		if (!io->waited[i])
			continue;
		d->buckets++;
		next_row(d->waited, d->n);
		assert_column_ns(d->waited, 1, nct_waited_from_ns(i));
		assert_column_ns(d->waited, 2, nct_waited_to_ns(i));
		assert_column_ns(d->waited, 3, io->waited[i]);
	}
}

static void compare_blackouts(struct derived *d, const struct nct_io *io)
{
	for (size_t i = 0; i < io->nblackouts; i++, d->blackouts++) {
		const struct nct_blackout *b = &io->blackouts[i];
		bool over = b->until_ns != NCT_NONE;

		next_row(d->blackout, d->n);
		assert_column_text(d->blackout, 1, b->device);
		assert_column_ns(d->blackout, 2, b->since_ns);
		assert_column_ns(d->blackout, 3, b->until_ns);
		assert_column_ns(d->blackout, 4, over ? b->until_ns - b->since_ns : NCT_NONE);
		assert_column_ns(d->blackout, 5, over ? b->uncertain_ns : NCT_NONE);
	}
}

static void compare_impact(struct derived *d, const struct nct_recovery *rec)
{
	if (!rec->io.seen)
		return;
	compare_io(d, &rec->io);
	compare_paths(d, &rec->io);
	compare_waited(d, &rec->io);
	compare_blackouts(d, &rec->io);
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
	assert_column_ns(s, 13, or_null(rec->intruder_ns));
	assert_column_text(s, 14, rec->intruder_site);
	assert_column_ns(s, 15, or_null(rec->keep_alives));
	assert_column_ns(s, 16, or_null(rec->keep_alive_ns));
	assert_column_ns(s, 17, rec->id.ccr == NCT_UNKNOWN_INT ? NCT_NONE : (uint64_t)rec->id.ccr);
	assert_column_ns(s, 18,
			 rec->id.tbkas == NCT_UNKNOWN_INT ? NCT_NONE : (uint64_t)rec->id.tbkas);
	d->intruders += rec->intruder_ns || rec->keep_alives;
	compare_phases(d, rec);
	compare_impact(d, rec);
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

static void open_tables(struct derived *d, const char *path)
{
	d->db = database(path);
	d->recovery =
		query(d->db, "SELECT r.id, c.name, kind, reason, start_ns, duration_ns, "
			     "time_to_retry_ns, time_to_live_ns, fence, ended, attempts, notes, "
			     "c.transport, intruder_ns, intruder_site, keep_alives, keep_alive_ns, "
			     "c.ccr, c.tbkas FROM recovery r JOIN controller c "
			     "ON c.id = r.controller ORDER BY r.id");
	d->phase = query(d->db, "SELECT recovery, phase, start_ns, duration_ns FROM phase "
				"ORDER BY recovery, n");
	d->ccr = query(d->db, "SELECT recovery, duration_ns, wait_ns, late_ns FROM ccr_attempt "
			      "ORDER BY recovery, n");
	d->io = query(d->db, "SELECT recovery, requests, reads, writes, bytes, oldest_ns, partial, "
			     "failed_over, cancelled, completed_late, first_release_ns, "
			     "last_release_ns, errors FROM io ORDER BY recovery");
	d->path = query(d->db, "SELECT recovery, controller, bios FROM io_path "
			       "ORDER BY recovery, n");
	d->waited = query(d->db, "SELECT recovery, from_ns, to_ns, requests FROM io_waited "
				 "ORDER BY recovery, from_ns");
	d->blackout = query(d->db, "SELECT recovery, device, since_ns, until_ns, duration_ns, "
				   "uncertain_ns FROM blackout ORDER BY recovery, n");
}

/* There is no further row. */
static void close_table(sqlite3_stmt *stmt)
{
	assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
	sqlite3_finalize(stmt);
}

static void close_tables(struct derived *d)
{
	close_table(d->recovery);
	close_table(d->phase);
	close_table(d->ccr);
	close_table(d->io);
	close_table(d->path);
	close_table(d->waited);
	close_table(d->blackout);
	sqlite3_close(d->db);
}

static void derived_tables(void **state)
{
	const char *path = in_dir("derived");
	struct feed feeds[6];
	struct derived d = { 0 };

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		feeds[i] = make_feed_io(200 + i, dialects[i % 3], 3 + 8 * i);
		record_feed(path, &feeds[i], dialects[i % 3]);
	}
	open_tables(&d, path);
	for (size_t i = 0; i < 6; i++) {
		fresh_reduction(&d, &feeds[i], dialects[i % 3]);
		free(feeds[i].ev);
	}
	assert_true(d.n > 50 && d.attempts > 10 && d.late > 2 && d.intruders > 2);
	assert_true(d.ios > 20 && d.paths > 20 && d.buckets > 20 && d.blackouts > 20);
	assert_int_equal(value(d.db, "SELECT count(*) FROM recoveries WHERE start IS NULL"), 0);
	assert_int_equal(value(d.db, "SELECT count(*) FROM impact"), d.ios);
	assert_int_equal(value(d.db, "SELECT count(*) FROM recovery r WHERE duration_ns != "
				     "(SELECT sum(duration_ns) FROM phase WHERE recovery = r.id)"),
			 0);
	assert_int_equal(value(d.db, "SELECT count(*) FROM sessions WHERE cut_off"), 0);
	assert_int_equal(value(d.db, "SELECT sum(events) FROM session"),
			 value(d.db, "SELECT count(*) FROM events"));
	close_tables(&d);
}

static void put_blackout(struct nct_recorder *r, uint64_t ts, const char *device, uint64_t since,
			 uint64_t until, uint64_t uncertain)
{
	struct nct_event ev = make(NCT_EV_BLACKOUT, ts);

	snprintf(ev.blackout.device, sizeof(ev.blackout.device), "%s", device);
	ev.blackout.since_ns = since;
	ev.blackout.until_ns = until;
	ev.blackout.uncertain_ns = uncertain;
	nct_recorder_event(r, &ev);
}

static void put_state(struct nct_recorder *r, uint64_t ts, enum nct_state from, enum nct_state to,
		      const char *site)
{
	struct nct_event ev = state_event(ts, from, to, site);

	nct_recorder_event(r, &ev);
}

static void put_requests(struct nct_recorder *r, uint64_t ts)
{
	struct nct_event ev = make(NCT_EV_IN_FLIGHT, ts);

	ev.in_flight.requests = 10;
	ev.in_flight.writes = 9;
	ev.in_flight.bytes = 40960;
	ev.in_flight.oldest_ns = NCT_NONE;
	nct_recorder_event(r, &ev);
	ev = make(NCT_EV_IO_RELEASED, ts + SEC);
	ev.io_released.failed_over = 7;
	ev.io_released.first_ns = ts + SEC / 2;
	ev.io_released.last_ns = ts + SEC;
	ev.io_released.errors = NCT_NONE;
	nct_recorder_event(r, &ev);
	ev = make(NCT_EV_IO_WAITED, ts + SEC);
	ev.io_waited.bucket = NCT_WAITED_BUCKETS - 1;
	ev.io_waited.requests = 7;
	nct_recorder_event(r, &ev);
}

static void assert_one(sqlite3 *db, const char *from_where)
{
	char sql[512];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", from_where);
	if (value(db, sql) != 1)
		fail_msg("%s: %d rows", from_where, (int)value(db, sql));
}

/* In numbers and words, without the reducer's help. */
static void impact_of_one(void **state)
{
	const struct nct_recorder_opts opts = { .path = in_dir("impact") };
	struct nct_session s = session_of(NCT_DIALECT_RECOVERING);
	struct nct_recorder *r = open_ok(&opts);
	const uint64_t ts = 1000 * SEC;
	struct nct_event ev;
	sqlite3 *db;

	(void)state;
	nct_recorder_session(r, &s);
	put_state(r, ts, NCT_STATE_LIVE, NCT_STATE_RECOVERING, "nvme_tcp_timeout");
	ev = make(NCT_EV_HOLD_START, ts + 50);
	ev.hold.requested_ms = 1000;
	nct_recorder_event(r, &ev);
	ev = make(NCT_EV_KEEP_ALIVE, ts + 100);
	nct_recorder_event(r, &ev);
	put_requests(r, ts);
	put_blackout(r, ts + 2 * SEC, "nvme0n1", ts - SEC, ts + SEC, 5);
	put_blackout(r, ts + 2 * SEC, "nvme0n2", ts, 0, 0);
	put_state(r, ts + 2 * SEC, NCT_STATE_RECOVERING, NCT_STATE_RESETTING, "nvme_sysfs_reset");
	put_state(r, ts + 3 * SEC, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "");
	close_ok(r, ts + 4 * SEC);
	db = database(opts.path);
	assert_one(db, "recovery WHERE intruder_ns = 1002000000000 AND "
		       "intruder_site = 'nvme_sysfs_reset' AND keep_alives = 1 AND "
		       "keep_alive_ns = 1000000000100");
	assert_one(db, "io WHERE requests = 10 AND reads = 0 AND writes = 9 AND bytes = 40960 AND "
		       "oldest_ns IS NULL AND partial = 0 AND failed_over = 7 AND cancelled = 0 "
		       "AND completed_late = 3 AND errors IS NULL");
	assert_one(db, "io_waited WHERE to_ns IS NULL AND from_ns > 0 AND requests = 7");
	assert_one(db, "blackout WHERE n = 1 AND device = 'nvme0n1' AND duration_ns = 2000000000 "
		       "AND uncertain_ns = 5");
	assert_one(db, "blackout WHERE n = 2 AND until_ns IS NULL AND duration_ns IS NULL AND "
		       "uncertain_ns IS NULL");
	assert_one(db, "impact WHERE host = 'db7' AND controller = 'nvme1' AND requests = 10 AND "
		       "first_release_ms = 500 AND last_release_ms = 1000 AND device = 'nvme0n2' "
		       "AND blackout_ms = 3000 AND blackout_over = 0");
	assert_int_equal(value(db, "SELECT count(DISTINCT type) FROM events WHERE type IN "
				   "('in-flight', 'io-released', 'io-waited', 'blackout', "
				   "'keep-alive')"),
			 5);
	sqlite3_close(db);
}

/* Where another file goes on, they are what they were. */
static void on_snapshot(void *ctx, const struct nct_event *ev)
{
	*(struct nct_event *)ctx = *ev;
}

static void known_controllers(void **state)
{
	struct nct_event ev = make(NCT_EV_IDENTITY, 1), told = { 0 };
	struct nct_known *known = calloc(1, sizeof(*known));

	(void)state;
	assert_non_null(known);
	ev.identity = identity_of(1, "tcp", 7);
	ev.identity.ccr = 1;
	ev.identity.tbkas = 0;
	nct_known_event(known, &ev);
	nct_known_each(known, 2, on_snapshot, &told);
	assert_int_equal(told.type, NCT_EV_SNAPSHOT);
	assert_memory_equal(&told.snapshot.id, &ev.identity, sizeof(ev.identity));
	nct_known_clear(known);
	ev = state_event(3, NCT_STATE_NEW, NCT_STATE_LIVE, "");
	nct_known_event(known, &ev);
	nct_known_each(known, 4, on_snapshot, &told);
	assert_int_equal(told.snapshot.id.ccr, NCT_UNKNOWN_INT);
	assert_int_equal(told.snapshot.id.tbkas, NCT_UNKNOWN_INT);
	nct_known_clear(known);
	free(known);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(derived_tables),
		cmocka_unit_test(filters),
		cmocka_unit_test(impact_of_one),
		cmocka_unit_test(known_controllers),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
