// SPDX-License-Identifier: GPL-2.0
/* What goes into a recording comes out of it: events, anchors, sessions, recoveries. */
#include "recording_fixture.h"

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

static uint64_t maybe(void)
{
	return rnd(&seed, 3) ? duration() : NCT_NONE;
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
	id.ccr = number();
	id.tbkas = number();
	return id;
}

static void fill_io(struct nct_event *ev)
{
	switch (ev->type) {
	case NCT_EV_IN_FLIGHT:
		ev->in_flight.requests = maybe();
		ev->in_flight.reads = maybe();
		ev->in_flight.writes = maybe();
		ev->in_flight.bytes = maybe();
		ev->in_flight.oldest_ns = maybe();
		ev->in_flight.partial = rnd(&seed, 2);
		break;
	case NCT_EV_IO_RELEASED:
		ev->io_released.failed_over = maybe();
		ev->io_released.cancelled = maybe();
		ev->io_released.first_ns = maybe();
		ev->io_released.last_ns = maybe();
		ev->io_released.errors = maybe();
		break;
	case NCT_EV_IO_PATH:
		ev->io_path.to = number();
		ev->io_path.bios = duration();
		break;
	case NCT_EV_IO_WAITED:
		ev->io_waited.bucket = number();
		ev->io_waited.requests = duration();
		break;
	case NCT_EV_BLACKOUT:
		word(ev->blackout.device, sizeof(ev->blackout.device));
		ev->blackout.since_ns = duration();
		ev->blackout.until_ns = duration();
		ev->blackout.uncertain_ns = duration();
		break;
	default:
		break;
	}
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
		fill_io(ev);
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

/* Each of what makes an identity makes another one. */
static void identities_differ(void **state)
{
	struct feed f = { NULL, 0 };
	struct told t;

	(void)state;
	for (int n = 0; n < 18; n++) {
		struct nct_event ev = make(NCT_EV_IDENTITY, 1000 * SEC);
		int i = n % 2 ? 0 : n / 2; /* between two there is the plain one */

		ev.identity = identity_of(1, i == 1 ? "rdma" : "tcp", i == 2);
		ev.identity.kato_ms = i == 3;
		ev.identity.reconnect_delay_ms = i == 4;
		ev.identity.max_reconnects = i == 5;
		ev.identity.cqt_ms = i == 6;
		ev.identity.ccr = i == 7;
		ev.identity.tbkas = i == 8;
		feed_add(&f, &ev);
	}
	record_feed(in_dir("identities"), &f, NCT_DIALECT_FENCING);
	replay_ok(&t, in_dir("identities"));
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
		struct feed f = make_feed_io(100 + i, dialects[i % 3], 1 + i % 7);

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
		cmocka_unit_test(every_type),
		cmocka_unit_test(identities_differ),
		cmocka_unit_test(anchors_in_their_places),
		cmocka_unit_test(sessions),
		cmocka_unit_test(same_json),
		cmocka_unit_test(other_tables),
		cmocka_unit_test(read_while_recording),
		cmocka_unit_test(without_anchors),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
