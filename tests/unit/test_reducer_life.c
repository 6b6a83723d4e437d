// SPDX-License-Identifier: GPL-2.0
/* Observation that begins late, ends early or loses events; reuse; rubbish. */
#include "stream.h"

static void began_inside(void **unused)
{
	static const struct {
		enum nct_state state;
		const char *phases;
	} cases[] = {
		{ NCT_STATE_RESETTING, "teardown:100 backoff:100 connect:100" },
		{ NCT_STATE_CONNECTING, "backoff:200 connect:100" },
		{ NCT_STATE_RECOVERING, "queue:50 teardown:50 backoff:100 connect:100" },
		{ NCT_STATE_FENCED, "teardown:100 backoff:100 connect:100" },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct nct_recovery *rec;
		struct seen s;

		seen_init(&s, NCT_DIALECT_UNKNOWN);
		snapshot(&s, 100, cases[i].state, "tcp", 7);
		starts(&s, 150, NCT_WORK_ERR);
		release(&s, 160);
		if (cases[i].state != NCT_STATE_CONNECTING)
			state(&s, 200, cases[i].state, NCT_STATE_CONNECTING, "");
		starts(&s, 300, NCT_WORK_RECONNECT);
		state(&s, 400, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "");
		rec = only(&s);
		assert_phases(rec, cases[i].phases);
		assert_int_equal(rec->end, NCT_END_INCOMPLETE);
		assert_string_equal(rec->end_reason, "observation-began-inside");
		assert_true(rec->notes & NCT_NOTE_STARTED_BEFORE);
		assert_true(rec->time_to_retry_ns == NCT_NONE);
		assert_null(rec->trigger.reason);
		assert_int_equal(rec->fence, NCT_FENCE_UNKNOWN);
		seen_free(&s);
	}
}

static void quiet_snapshots(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_UNKNOWN);
	for (int i = 0; i < 200; i++) {
		struct nct_event ev = make(NCT_EV_SNAPSHOT, 10);
		static const enum nct_state states[] = { NCT_STATE_NEW, NCT_STATE_LIVE,
							 NCT_STATE_DELETING, NCT_STATE_DEAD,
							 NCT_STATE_DELETING_NOIO };

		ev.ctrl = 0;
		ev.instance = i;
		ev.snapshot.state = states[i % 5];
		ev.snapshot.id = identity_of(i, "tcp", i);
		push(&s, ev);
	}
	assert_int_equal(s.nbegun, 0);
	assert_int_equal(nct_reducer_stats(s.r)->unknown_events, 0);
	seen_free(&s);
}

static void events_are_newer_than_a_snapshot(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	state(&s, 100, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_tcp_timeout");
	snapshot(&s, 200, NCT_STATE_LIVE, "tcp", 7);
	snapshot(&s, 210, NCT_STATE_CONNECTING, "tcp", 7);
	assert_int_equal(s.nended, 0);
	state(&s, 300, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "");
	nct_reducer_finish(s.r, 400);
	assert_string_equal(only(&s)->id.transport, "tcp");
	assert_int_equal(only(&s)->id.cntlid, 7);
	assert_int_equal(only(&s)->notes & NCT_NOTE_LOSSY, 0);
	seen_free(&s);
}

/* sysfs knows no id: it is the same controller all the same. */
static void a_snapshot_without_an_id(void **unused)
{
	struct nct_event ev = make(NCT_EV_SNAPSHOT, 10);
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	ev.ctrl = 0;
	ev.snapshot.state = NCT_STATE_LIVE;
	ev.snapshot.id = identity_of(1, "rdma", 3);
	push(&s, ev);
	state(&s, 100, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_rdma_timeout");
	nct_reducer_finish(s.r, 400);
	assert_string_equal(only(&s)->id.transport, "rdma");
	assert_int_equal(only(&s)->notes, NCT_NOTE_CUT_SHORT);
	seen_free(&s);
}

static void ended_inside(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	state(&s, 100, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_tcp_timeout");
	starts(&s, 150, NCT_WORK_ERR);
	nct_reducer_finish(s.r, 120); /* a clock that lags: never back in time */
	assert_phases(only(&s), "queue:50 teardown:0");
	assert_int_equal(only(&s)->end, NCT_END_INCOMPLETE);
	assert_string_equal(only(&s)->end_reason, "observation-ended");
	assert_int_equal(only(&s)->notes, NCT_NOTE_CUT_SHORT);
	assert_int_equal(nct_reducer_stats(s.r)->open, 0);
	seen_free(&s);
}

static void an_instance_number_is_reused(void **unused)
{
	struct nct_event ev;
	struct seen s;

	(void)unused;
	/* told by another id */
	seen_init(&s, NCT_DIALECT_BASELINE);
	state(&s, 100, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_tcp_timeout");
	starts(&s, 150, NCT_WORK_ERR);
	ev = state_event(500, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_tcp_timeout");
	ev.ctrl = 0x2000;
	push(&s, ev);
	starts(&s, 600, NCT_WORK_ERR); /* of the old one, late: nobody's */
	nct_reducer_finish(s.r, 700);
	assert_int_equal(s.nended, 2);
	assert_phases(&s.ended[0], "queue:50 teardown:0");
	assert_int_equal(s.ended[0].end, NCT_END_REMOVED);
	assert_string_equal(s.ended[0].end_reason, "instance-reused");
	assert_int_equal(s.ended[0].notes, NCT_NOTE_LOSSY);
	assert_phases(&s.ended[1], "queue:200");
	assert_int_equal(s.ended[1].notes, NCT_NOTE_CUT_SHORT);
	seen_free(&s);

	/* told by the state NEW */
	seen_init(&s, NCT_DIALECT_BASELINE);
	identity(&s, 50, "tcp", 7, 0);
	state(&s, 100, NCT_STATE_LIVE, NCT_STATE_DELETING, "nvme_sysfs_delete");
	state(&s, 500, NCT_STATE_NEW, NCT_STATE_CONNECTING, "");
	state(&s, 600, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "");
	state(&s, 700, NCT_STATE_LIVE, NCT_STATE_RESETTING, "");
	nct_reducer_finish(s.r, 800);
	assert_int_equal(s.nended, 2);
	assert_int_equal(s.ended[0].end, NCT_END_REMOVED);
	assert_int_equal(s.ended[0].notes, 0);
	assert_string_equal(s.ended[1].id.transport, "");
	assert_int_equal(s.ended[1].notes, NCT_NOTE_CUT_SHORT);
	seen_free(&s);
}

static void gone_and_back(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	state(&s, 100, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_tcp_timeout");
	gone(&s, 200);
	assert_int_equal(only(&s)->end, NCT_END_REMOVED);
	assert_int_equal(only(&s)->notes, NCT_NOTE_LOSSY);
	gone(&s, 210);
	ends(&s, 220, NCT_WORK_ERR);
	assert_int_equal(nct_reducer_stats(s.r)->stray_events, 2);
	seen_free(&s);
}

static void lost(struct seen *s, uint64_t since, uint64_t ts)
{
	struct nct_event ev = make(NCT_EV_LOST, ts);

	ev.ctrl = 0;
	ev.instance = -1;
	ev.lost.count = 3;
	ev.lost.since_ns = since;
	push(s, ev);
}

static void lost_events(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	state(&s, 100, NCT_STATE_LIVE, NCT_STATE_RESETTING, "");
	lost(&s, 90, 200);
	state(&s, 300, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "");
	state(&s, 400, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "");
	/* began when the loss was not over */
	lost(&s, 390, 600);
	state(&s, 600, NCT_STATE_LIVE, NCT_STATE_RESETTING, "");
	state(&s, 650, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "");
	state(&s, 700, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "");
	/* out of its reach */
	state(&s, 800, NCT_STATE_LIVE, NCT_STATE_RESETTING, "");
	nct_reducer_finish(s.r, 900);
	assert_int_equal(s.nended, 3);
	assert_true(s.ended[0].notes & NCT_NOTE_LOSSY);
	assert_int_equal(s.ended[0].end, NCT_END_LIVE);
	assert_true(s.ended[1].notes & NCT_NOTE_LOSSY);
	assert_false(s.ended[2].notes & NCT_NOTE_LOSSY);
	assert_int_equal(nct_reducer_stats(s.r)->lost, 6);
	seen_free(&s);
}

static void gaps_that_nobody_reported(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	snapshot(&s, 0, NCT_STATE_LIVE, "tcp", 7);
	/* the first edge is missing */
	state(&s, 100, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "");
	state(&s, 200, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "");
	assert_phases(&s.ended[0], "backoff:100");
	assert_int_equal(s.ended[0].end, NCT_END_INCOMPLETE);
	assert_true(s.ended[0].notes & NCT_NOTE_LOSSY);
	assert_true(s.ended[0].notes & NCT_NOTE_STARTED_BEFORE);
	/* the end of one and the start of the next */
	state(&s, 300, NCT_STATE_LIVE, NCT_STATE_RESETTING, "");
	state(&s, 500, NCT_STATE_LIVE, NCT_STATE_RESETTING, "");
	assert_int_equal(s.nended, 2);
	assert_int_equal(s.ended[1].end, NCT_END_INCOMPLETE);
	assert_string_equal(s.ended[1].end_reason, "events-lost");
	assert_true(s.ended[1].notes & NCT_NOTE_LOSSY);
	/* an edge in the middle */
	state(&s, 600, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "");
	assert_int_equal(s.nended, 3);
	assert_int_equal(s.ended[2].end, NCT_END_LIVE);
	assert_true(s.ended[2].notes & NCT_NOTE_LOSSY);
	seen_free(&s);
}

static void an_edge_in_the_middle_is_missing(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	state(&s, 100, NCT_STATE_LIVE, NCT_STATE_RESETTING, "");
	state(&s, 200, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "");
	assert_int_equal(only(&s)->end, NCT_END_LIVE);
	assert_int_equal(only(&s)->notes, NCT_NOTE_LOSSY | NCT_NOTE_MISSED_BOUNDARY);
	assert_phases(only(&s), "queue:100");
	seen_free(&s);
}

static void an_attempt_whose_start_was_not_seen(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	snapshot(&s, 100, NCT_STATE_CONNECTING, "tcp", 7);
	ends(&s, 150, NCT_WORK_RECONNECT);
	starts(&s, 200, NCT_WORK_RECONNECT);
	nct_reducer_finish(s.r, 300);
	assert_phases(only(&s), "backoff:100 connect:100");
	assert_int_equal(only(&s)->notes,
			 NCT_NOTE_STARTED_BEFORE | NCT_NOTE_MISSED_BOUNDARY | NCT_NOTE_CUT_SHORT);
	seen_free(&s);
}

static void old_states_that_are_not_told(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	for (uint64_t t = 0; t < 2000; t += 1000) {
		state(&s, t + 100, NCT_STATE_UNKNOWN, NCT_STATE_RESETTING, "");
		state(&s, t + 200, NCT_STATE_UNKNOWN, NCT_STATE_CONNECTING, "");
		state(&s, t + 300, NCT_STATE_UNKNOWN, NCT_STATE_LIVE, "");
	}
	assert_int_equal(s.nended, 2);
	assert_phases(&s.ended[1], "queue:100 backoff:100");
	assert_int_equal(s.ended[1].notes, NCT_NOTE_MISSED_BOUNDARY);
	/* CONNECTING, then RESETTING: it was LIVE in between */
	state(&s, 3100, NCT_STATE_UNKNOWN, NCT_STATE_RESETTING, "");
	state(&s, 3200, NCT_STATE_UNKNOWN, NCT_STATE_CONNECTING, "");
	state(&s, 3300, NCT_STATE_UNKNOWN, NCT_STATE_RESETTING, "");
	assert_int_equal(s.nended, 3);
	assert_string_equal(s.ended[2].end_reason, "events-lost");
	assert_int_equal(s.nbegun, 4);
	seen_free(&s);
}

static void twice_the_same(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	for (int i = 0; i < 2; i++)
		state(&s, 100, NCT_STATE_LIVE, NCT_STATE_RESETTING, "");
	for (int i = 0; i < 2; i++)
		state(&s, 200, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "");
	for (int i = 0; i < 2; i++)
		starts(&s, 300, NCT_WORK_RECONNECT);
	for (int i = 0; i < 2; i++)
		state(&s, 400, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "");
	assert_phases(only(&s), "queue:100 backoff:100 connect:100");
	assert_int_equal(only(&s)->attempts, 1);
	assert_int_equal(only(&s)->notes & NCT_NOTE_LOSSY, 0);
	seen_free(&s);
}

static void states_of_the_future(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_UNKNOWN);
	state(&s, 100, NCT_STATE_LIVE, (enum nct_state)77, "nvme_tcp_timeout");
	state(&s, 200, (enum nct_state)77, NCT_STATE_RESETTING, "");
	starts(&s, 250, NCT_WORK_ERR);
	state(&s, 300, NCT_STATE_RESETTING, NCT_STATE_UNKNOWN, "");
	state(&s, 400, NCT_STATE_UNKNOWN, NCT_STATE_CONNECTING, "");
	state(&s, 500, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "");
	assert_phases(only(&s), "queue:150 teardown:150 backoff:100");
	assert_true(only(&s)->notes & NCT_NOTE_UNKNOWN_STATE);
	assert_int_equal(only(&s)->end, NCT_END_LIVE);
	assert_int_equal(nct_reducer_stats(s.r)->unknown_events, 2);
	seen_free(&s);
}

static void rubbish_is_counted(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_UNKNOWN);
	push(&s, make(NCT_EV_NONE, 1));
	push(&s, make((enum nct_event_type)99, 1));
	push(&s, make((enum nct_event_type) - 1, 1));
	state(&s, 100, NCT_STATE_LIVE, NCT_STATE_RESETTING, "");
	starts(&s, 110, (enum nct_work) - 5);
	starts(&s, 110, NCT_WORK_COUNT);
	ends(&s, 110, NCT_WORK_UNKNOWN);
	assert_int_equal(nct_reducer_stats(s.r)->unknown_events, 6);
	state(&s, 90, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "");
	assert_int_equal(nct_reducer_stats(s.r)->out_of_order, 1);
	nct_reducer_finish(s.r, 200);
	assert_phases(only(&s), "queue:10 backoff:90");
	seen_free(&s);
}

struct listed {
	int n;
	int32_t instance[8];
	uint64_t duration[8];
};

static void list(void *ctx, const struct nct_recovery *rec)
{
	struct listed *l = ctx;

	check_recovery(rec);
	l->instance[l->n] = rec->id.instance;
	l->duration[l->n++] = rec->duration_ns;
}

static void open_ones_by_their_start(void **unused)
{
	static const uint64_t at[] = { 300, 100, 200, 100 };
	struct listed l = { 0 };
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	for (int i = 0; i < 4; i++) {
		struct nct_event ev = state_event(at[i], NCT_STATE_LIVE, NCT_STATE_RESETTING, "");

		ev.ctrl = 0x1000 + (uint64_t)i;
		ev.instance = i;
		push(&s, ev);
	}
	nct_reducer_each_open(s.r, 1000, list, &l);
	assert_int_equal(l.n, 4);
	assert_int_equal(l.instance[0], 1);
	assert_int_equal(l.instance[1], 3);
	assert_int_equal(l.instance[2], 2);
	assert_int_equal(l.instance[3], 0);
	assert_int_equal(l.duration[0], 900);
	assert_int_equal(nct_reducer_stats(s.r)->open, 4);
	nct_reducer_finish(s.r, 500); /* looking does not change what is found */
	assert_int_equal(s.ended[0].duration_ns, 400);
	assert_int_equal(s.ended[3].id.instance, 0);
	seen_free(&s);
}

static void more_spans_than_are_kept(void **unused)
{
	const struct nct_recovery *rec;
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	s.coalesces = true;
	state(&s, 1, NCT_STATE_LIVE, NCT_STATE_RESETTING, "");
	state(&s, 2, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "");
	for (uint64_t i = 0; i < 33000; i++) {
		starts(&s, 10 + 4 * i, NCT_WORK_RECONNECT);
		ends(&s, 12 + 4 * i, NCT_WORK_RECONNECT);
	}
	state(&s, 1000000, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "");
	rec = only(&s);
	assert_int_equal(rec->nspans, 65536);
	assert_true(rec->notes & NCT_NOTE_SPANS_COALESCED);
	assert_int_equal(rec->attempts, 33000);
	assert_int_equal(rec->duration_ns, 999999);
	seen_free(&s);
}

static void without_anybody_listening(void **unused)
{
	struct nct_reducer *r = nct_reducer_new(NCT_DIALECT_BASELINE, NULL, NULL);
	struct nct_event ev = state_event(1, NCT_STATE_LIVE, NCT_STATE_RESETTING, "");

	(void)unused;
	assert_non_null(r);
	assert_int_equal(nct_reducer_push(r, &ev), 0);
	nct_reducer_finish(r, 5);
	assert_int_equal(nct_reducer_stats(r)->finished, 1);
	nct_reducer_free(r);
	nct_reducer_free(NULL);
}

static void the_dialect_becomes_known_later(void **unused)
{
	struct nct_event ev = make(NCT_EV_DIALECT, 0);
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_UNKNOWN);
	ev.dialect = NCT_DIALECT_BASELINE;
	push(&s, ev);
	ev.dialect = (enum nct_dialect)99;
	push(&s, ev);
	state(&s, 100, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_tcp_timeout");
	nct_reducer_finish(s.r, 200);
	assert_int_equal(only(&s)->dialect, NCT_DIALECT_BASELINE);
	assert_int_equal(nct_reducer_stats(s.r)->unknown_events, 1);
	seen_free(&s);
}

/* A hook reads the old state before the lock is taken: another CPU was faster. */
static void an_old_state_that_was_read_too_early(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	snapshot(&s, 0, NCT_STATE_CONNECTING, "tcp", 7);
	state(&s, 100, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "");
	state(&s, 200, NCT_STATE_CONNECTING, NCT_STATE_RESETTING, "nvme_tcp_state_change");
	starts(&s, 250, NCT_WORK_ERR);
	state(&s, 300, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "");
	starts(&s, 400, NCT_WORK_RECONNECT);
	state(&s, 500, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "");
	assert_int_equal(s.nended, 2);
	assert_phases(&s.ended[1], "queue:50 teardown:50 backoff:100 connect:100");
	assert_string_equal(s.ended[1].trigger.reason, "connection-lost");
	assert_int_equal(s.ended[1].notes, 0);
	seen_free(&s);
}

static void a_site_we_do_not_know_is_no_user(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	snapshot(&s, 0, NCT_STATE_LIVE, "tcp", 7);
	state(&s, 100, NCT_STATE_LIVE, NCT_STATE_RESETTING, "call_timer_fn");
	starts(&s, 150, NCT_WORK_RESET);
	nct_reducer_finish(s.r, 200);
	assert_int_equal(only(&s)->kind, NCT_KIND_RECOVERY);
	assert_null(only(&s)->trigger.reason);
	seen_free(&s);
}

static void a_work_that_gave_up_left_no_site(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	snapshot(&s, 0, NCT_STATE_LIVE, "tcp", 7);
	state(&s, 100, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_tcp_state_change");
	starts(&s, 150, NCT_WORK_ERR);
	state(&s, 200, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "");
	ends(&s, 210, NCT_WORK_ERR);
	starts(&s, 300, NCT_WORK_RECONNECT);
	state(&s, 400, NCT_STATE_CONNECTING, NCT_STATE_DELETING, "process_one_work");
	assert_int_equal(only(&s)->end, NCT_END_REMOVED);
	assert_string_equal(only(&s)->end_reason, "reconnect-limit");
	seen_free(&s);
}

/* PCIe before 6.2: probing resets a controller that was never LIVE. */
static void a_new_controller_is_no_recovery(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	state(&s, 100, NCT_STATE_NEW, NCT_STATE_RESETTING, "nvme_probe");
	starts(&s, 150, NCT_WORK_RESET);
	state(&s, 200, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "");
	state(&s, 300, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "");
	assert_int_equal(s.nbegun, 0);
	seen_free(&s);
}

/* Why it held is what the last attempt came to; a source without a credit was none. */
static void no_credit_is_not_the_reason(void **unused)
{
	for (int asked = 0; asked < 2; asked++) {
		struct seen s;

		(void)unused;
		seen_init(&s, NCT_DIALECT_RECOVERING);
		fails(&s, NCT_STATE_RECOVERING, 5000);
		starts(&s, 150, NCT_WORK_ERR);
		ccr_start(&s, 160, 0);
		ccr_end(&s, 170, 0, -16, NCT_UNKNOWN_INT, NCT_UNKNOWN_INT);
		if (asked) {
			ccr_start(&s, 180, 2);
			ccr_end(&s, 190, 2, -110, NCT_UNKNOWN_INT, NCT_UNKNOWN_INT);
		}
		ends(&s, 200, NCT_WORK_ERR);
		starts(&s, 900, NCT_WORK_ERR);
		state(&s, 920, NCT_STATE_RECOVERING, NCT_STATE_RESETTING, "");
		reconnects(&s, 1000);
		assert_int_equal(only(&s)->fence, NCT_FENCE_HOLD);
		assert_string_equal(only(&s)->fence_reason, asked ? "ccr-timeout" : "no-credit");
		seen_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_credit_is_not_the_reason),
		cmocka_unit_test(began_inside),
		cmocka_unit_test(quiet_snapshots),
		cmocka_unit_test(events_are_newer_than_a_snapshot),
		cmocka_unit_test(a_snapshot_without_an_id),
		cmocka_unit_test(ended_inside),
		cmocka_unit_test(an_instance_number_is_reused),
		cmocka_unit_test(gone_and_back),
		cmocka_unit_test(lost_events),
		cmocka_unit_test(gaps_that_nobody_reported),
		cmocka_unit_test(an_edge_in_the_middle_is_missing),
		cmocka_unit_test(an_attempt_whose_start_was_not_seen),
		cmocka_unit_test(old_states_that_are_not_told),
		cmocka_unit_test(twice_the_same),
		cmocka_unit_test(states_of_the_future),
		cmocka_unit_test(rubbish_is_counted),
		cmocka_unit_test(open_ones_by_their_start),
		cmocka_unit_test(more_spans_than_are_kept),
		cmocka_unit_test(without_anybody_listening),
		cmocka_unit_test(the_dialect_becomes_known_later),
		cmocka_unit_test(an_old_state_that_was_read_too_early),
		cmocka_unit_test(a_site_we_do_not_know_is_no_user),
		cmocka_unit_test(a_work_that_gave_up_left_no_site),
		cmocka_unit_test(a_new_controller_is_no_recovery),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
