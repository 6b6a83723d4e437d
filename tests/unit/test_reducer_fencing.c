// SPDX-License-Identifier: GPL-2.0
/* Kernels that fence: CCR, the hold, and what made the retry safe. */
#include "stream.h"

#define NO NCT_UNKNOWN_INT

static void recovering_ccr_succeeds_by_notice(void **unused)
{
	const struct nct_recovery *rec;
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_RECOVERING);
	fails(&s, NCT_STATE_RECOVERING, 5000);
	starts(&s, 150, NCT_WORK_ERR);
	ccr_start(&s, 170, 0);
	ccr_end(&s, 400, 0, 0, 0, 1);
	state(&s, 410, NCT_STATE_RECOVERING, NCT_STATE_RESETTING, "");
	release(&s, 450);
	reconnects(&s, 500);
	rec = only(&s);
	assert_phases(rec, "queue:50 ccr:250 teardown:200 backoff:100 connect:100");
	assert_int_equal(rec->fence, NCT_FENCE_CCR);
	assert_int_equal(rec->time_to_retry_ns, 350);
	assert_int_equal(rec->nccr, 1);
	assert_int_equal(rec->ccr[0].source, 0);
	assert_int_equal(rec->ccr[0].start_ns, 170);
	assert_int_equal(rec->ccr[0].duration_ns, 230);
	assert_int_equal(rec->ccr[0].result, NCT_CCR_SUCCESS);
	assert_int_equal(rec->notes, 0);
	assert_int_equal(rec->end, NCT_END_LIVE);
	assert_false(rec->has_hold);
	seen_free(&s);
}

static void recovering_ccr_succeeds_at_once(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_UNKNOWN);
	fails(&s, NCT_STATE_RECOVERING, 0);
	starts(&s, 150, NCT_WORK_ERR);
	ccr_start(&s, 170, 3);
	ccr_end(&s, 200, 3, 0, 1, NO);
	state(&s, 200, NCT_STATE_RECOVERING, NCT_STATE_RESETTING, "");
	reconnects(&s, 200);
	assert_int_equal(only(&s)->fence, NCT_FENCE_CCR_IMMEDIATE);
	assert_int_equal(only(&s)->ccr[0].immediate, 1);
	assert_int_equal(only(&s)->dialect, NCT_DIALECT_RECOVERING);
	seen_free(&s);
}

static void rejected_then_another_source(void **unused)
{
	const struct nct_recovery *rec;
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_RECOVERING);
	fails(&s, NCT_STATE_RECOVERING, 5000);
	starts(&s, 150, NCT_WORK_ERR);
	ccr_start(&s, 160, 0);
	ccr_end(&s, 200, 0, 0x4141, NO, NO);
	ccr_start(&s, 250, 2);
	ccr_end(&s, 300, 2, 0, 0, 1);
	state(&s, 320, NCT_STATE_RECOVERING, NCT_STATE_RESETTING, "");
	reconnects(&s, 400);
	rec = only(&s);
	/* the time between two attempts belongs to ccr */
	assert_phases(rec, "queue:50 ccr:150 teardown:200 backoff:100 connect:100");
	assert_int_equal(rec->nccr, 2);
	assert_int_equal(rec->ccr[0].result, NCT_CCR_REJECTED);
	assert_int_equal(rec->ccr[0].status, 0x4141);
	assert_int_equal(rec->ccr[1].result, NCT_CCR_SUCCESS);
	assert_int_equal(rec->ccr[1].source, 2);
	assert_int_equal(rec->fence, NCT_FENCE_CCR);
	seen_free(&s);
}

static void times_out_then_holds(void **unused)
{
	const struct nct_recovery *rec;
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_RECOVERING);
	fails(&s, NCT_STATE_RECOVERING, 5000);
	starts(&s, 1 * MS, NCT_WORK_ERR);
	ccr_start(&s, 2 * MS, 0);
	ccr_end(&s, 10 * MS, 0, 0, 0, 0);
	hold(&s, NCT_EV_HOLD_START, 11 * MS, 500);
	ends(&s, 12 * MS, NCT_WORK_ERR);
	starts(&s, 515 * MS, NCT_WORK_ERR);
	hold(&s, NCT_EV_HOLD_END, 516 * MS, 500);
	state(&s, 517 * MS, NCT_STATE_RECOVERING, NCT_STATE_RESETTING, "");
	release(&s, 518 * MS);
	reconnects(&s, 520 * MS);
	rec = only(&s);
	assert_phases(rec, "queue:999900 ccr:9000000 hold:505000000 teardown:5000100 "
			   "backoff:100 connect:100");
	assert_int_equal(rec->ccr[0].result, NCT_CCR_TIMEOUT);
	assert_int_equal(rec->fence, NCT_FENCE_HOLD);
	assert_true(rec->has_hold);
	assert_int_equal(rec->hold_requested_ms, 500);
	assert_string_equal(rec->hold_reason, "ccr-failed");
	assert_int_equal(rec->notes, 0);
	seen_free(&s);
}

/* A stock front end sees the works only. */
static void holds_without_hold_events(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_RECOVERING);
	fails(&s, NCT_STATE_RECOVERING, 5000);
	starts(&s, 150, NCT_WORK_ERR);
	ends(&s, 170, NCT_WORK_ERR);
	starts(&s, 970, NCT_WORK_ERR);
	state(&s, 980, NCT_STATE_RECOVERING, NCT_STATE_RESETTING, "");
	reconnects(&s, 1000);
	assert_phases(only(&s), "queue:50 hold:820 teardown:130 backoff:100 connect:100");
	assert_int_equal(only(&s)->fence, NCT_FENCE_HOLD);
	assert_true(only(&s)->has_hold);
	assert_int_equal(only(&s)->hold_requested_ms, NCT_UNKNOWN_INT);
	seen_free(&s);
}

/* The kernel's log has no works: the hold's end is the boundary. */
static void holds_without_works(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_RECOVERING);
	fails(&s, NCT_STATE_RECOVERING, 5000);
	ccr_start(&s, 200, NO);
	ccr_end(&s, 300, NO, -5, NO, NO);
	hold(&s, NCT_EV_HOLD_START, 300, 100);
	hold(&s, NCT_EV_HOLD_END, 300 + 100 * MS, 100);
	state(&s, 400 + 100 * MS, NCT_STATE_RECOVERING, NCT_STATE_RESETTING, "");
	reconnects(&s, 500 + 100 * MS);
	assert_phases(only(&s),
		      "queue:100 ccr:100 hold:100000000 teardown:300 backoff:100 connect:100");
	assert_int_equal(only(&s)->fence, NCT_FENCE_HOLD);
	assert_int_equal(only(&s)->notes, NCT_NOTE_MISSED_BOUNDARY);
	assert_int_equal(only(&s)->ccr[0].result, NCT_CCR_FAILED);
	seen_free(&s);
}

static void hold_cut_short(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_RECOVERING);
	fails(&s, NCT_STATE_RECOVERING, 5000);
	starts(&s, 150, NCT_WORK_ERR);
	hold(&s, NCT_EV_HOLD_START, 160, 15000);
	ends(&s, 170, NCT_WORK_ERR);
	starts(&s, 2 * SEC, NCT_WORK_ERR);
	state(&s, 2 * SEC, NCT_STATE_RECOVERING, NCT_STATE_RESETTING, "");
	reconnects(&s, 3 * SEC);
	assert_int_equal(only(&s)->fence, NCT_FENCE_UNFENCED);
	assert_string_equal(only(&s)->fence_reason, "hold-cut-short");
	seen_free(&s);
}

static void deleted_while_holding(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_RECOVERING);
	fails(&s, NCT_STATE_RECOVERING, 5000);
	starts(&s, 150, NCT_WORK_ERR);
	hold(&s, NCT_EV_HOLD_START, 160, 15000);
	ends(&s, 170, NCT_WORK_ERR);
	state(&s, 500, NCT_STATE_RECOVERING, NCT_STATE_DELETING, "nvme_tcp_cleanup_module");
	assert_phases(only(&s), "queue:50 hold:350");
	assert_string_equal(only(&s)->end_reason, "module-unload");
	assert_string_equal(only(&s)->fence_reason, "hold-cut-short");
	seen_free(&s);
}

static void assert_unfenced(int attempts, int cqt_ms, const char *reason, const char *phases)
{
	struct seen s;

	seen_init(&s, NCT_DIALECT_RECOVERING);
	fails(&s, NCT_STATE_RECOVERING, cqt_ms);
	starts(&s, 150, NCT_WORK_ERR);
	for (int i = 0; i < attempts; i++) {
		ccr_start(&s, 200, i);
		ccr_end(&s, 300, i, 0, 0, 2);
	}
	state(&s, 400, NCT_STATE_RECOVERING, NCT_STATE_RESETTING, "");
	reconnects(&s, 500);
	assert_int_equal(only(&s)->fence, NCT_FENCE_UNFENCED);
	assert_string_equal(only(&s)->fence_reason, reason);
	assert_phases(only(&s), phases);
	seen_free(&s);
}

static void unfenced(void **unused)
{
	(void)unused;
	assert_unfenced(0, 0, "no-ccr-no-cqt", "queue:50 teardown:450 backoff:100 connect:100");
	assert_unfenced(0, 9, "no-ccr-no-hold", "queue:50 teardown:450 backoff:100 connect:100");
	assert_unfenced(1, 0, "ccr-failed-no-cqt",
			"queue:50 ccr:150 teardown:300 backoff:100 connect:100");
	assert_unfenced(1, 9, "ccr-failed-no-hold",
			"queue:50 ccr:150 teardown:300 backoff:100 connect:100");
}

/* The tracepoint tells right after the change what its call site did not. */
static void the_error_tells_the_cause(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_RECOVERING);
	identity(&s, 0, "tcp", 7, 0);
	snapshot(&s, 0, NCT_STATE_LIVE, "tcp", 7);
	timeout(&s, 90, true, 0x18, 0);
	state(&s, 100, NCT_STATE_LIVE, NCT_STATE_RECOVERING, "");
	error(&s, 101, "nvme_tcp_timeout");
	starts(&s, 150, NCT_WORK_ERR);
	state(&s, 400, NCT_STATE_RECOVERING, NCT_STATE_RESETTING, "");
	reconnects(&s, 500);
	assert_string_equal(only(&s)->trigger.site, "nvme_tcp_timeout");
	assert_string_equal(only(&s)->trigger.reason, "keep-alive-timeout");
	assert_int_equal(only(&s)->trigger.opcode, 0x18);
	assert_int_equal(only(&s)->kind, NCT_KIND_RECOVERY);
	seen_free(&s);
}

/* The core's errors begin a recovery, too; only a persistent one has the work run. */
static void persistent_error_of_the_controller(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_RECOVERING);
	snapshot(&s, 0, NCT_STATE_LIVE, "tcp", 7);
	state(&s, 100, NCT_STATE_LIVE, NCT_STATE_RECOVERING, "nvme_complete_async_event");
	starts(&s, 150, NCT_WORK_ERR);
	nct_reducer_finish(s.r, 200);
	assert_int_equal(only(&s)->kind, NCT_KIND_RECOVERY);
	assert_string_equal(only(&s)->trigger.reason, "aer-persistent-error");
	seen_free(&s);
}

/* The call site told it: the same error, told once more, changes nothing. */
static void the_call_site_comes_first(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	snapshot(&s, 0, NCT_STATE_LIVE, "tcp", 7);
	state(&s, 100, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_tcp_state_change");
	error(&s, 101, "nvme_tcp_recv_skb");
	starts(&s, 150, NCT_WORK_ERR);
	nct_reducer_finish(s.r, 200);
	assert_string_equal(only(&s)->trigger.site, "nvme_tcp_state_change");
	assert_string_equal(only(&s)->trigger.reason, "connection-lost");
	seen_free(&s);
}

/* A reset work would make it a reset; whoever reports an error makes it a recovery. */
static void an_error_makes_it_a_recovery(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	snapshot(&s, 0, NCT_STATE_LIVE, "tcp", 7);
	state(&s, 100, NCT_STATE_LIVE, NCT_STATE_RESETTING, "");
	error(&s, 101, "nvme_function_of_the_future");
	starts(&s, 150, NCT_WORK_RESET);
	nct_reducer_finish(s.r, 200);
	assert_int_equal(only(&s)->kind, NCT_KIND_RECOVERY);
	assert_string_equal(only(&s)->trigger.site, "nvme_function_of_the_future");
	assert_null(only(&s)->trigger.reason);
	seen_free(&s);
}

static void waits_for_the_notice(void **unused)
{
	const struct nct_ccr_attempt *a;
	struct nct_event ev;
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_RECOVERING);
	fails(&s, NCT_STATE_RECOVERING, 0);
	starts(&s, 150, NCT_WORK_ERR);
	ev = make(NCT_EV_CCR_START, 160);
	ev.ccr.source = 2;
	ev.ccr.timeout_ms = 2000;
	ev.ccr.ciu = 77;
	push(&s, ev);
	ev = ccr_end_event(400, 2, 0, 0, 1);
	ev.ccr.command_ns = 40;
	push(&s, ev);
	state(&s, 410, NCT_STATE_RECOVERING, NCT_STATE_RESETTING, "");
	reconnects(&s, 500);
	a = &only(&s)->ccr[0];
	assert_int_equal(a->command_ns, 40);
	assert_int_equal(nct_ccr_wait_ns(a), 200);
	assert_int_equal(a->timeout_ms, 2000);
	assert_int_equal(a->ciu, 77);
	assert_int_equal(a->ccrs, 1);
	seen_free(&s);
}

/* Where there was no wait, or nobody knows, none is made up. */
static void no_wait_is_made_up(void **unused)
{
	struct nct_ccr_attempt a = { .duration_ns = 100, .command_ns = 30, .immediate = 0 };

	(void)unused;
	a.result = NCT_CCR_TIMEOUT;
	assert_int_equal(nct_ccr_wait_ns(&a), 70);
	a.result = NCT_CCR_FAILED;
	assert_int_equal(nct_ccr_wait_ns(&a), 70);
	a.result = NCT_CCR_REJECTED;
	assert_true(nct_ccr_wait_ns(&a) == NCT_NONE);
	a.result = NCT_CCR_UNKNOWN;
	assert_true(nct_ccr_wait_ns(&a) == NCT_NONE);
	a.result = NCT_CCR_SUCCESS;
	a.immediate = 1;
	assert_true(nct_ccr_wait_ns(&a) == NCT_NONE);
	a.immediate = 0;
	a.command_ns = NCT_NONE;
	assert_true(nct_ccr_wait_ns(&a) == NCT_NONE);
}

static void assert_hold_reason(int status, const char *told, const char *reason)
{
	struct nct_event ev = make(NCT_EV_HOLD_START, 310);
	struct seen s;

	seen_init(&s, NCT_DIALECT_RECOVERING);
	fails(&s, NCT_STATE_RECOVERING, 5000);
	starts(&s, 150, NCT_WORK_ERR);
	if (status) {
		ccr_start(&s, 200, 0);
		ccr_end(&s, 300, 0, status, NO, NO);
	}
	ev.hold.requested_ms = NO;
	snprintf(ev.hold.reason, sizeof(ev.hold.reason), "%s", told);
	if (*told)
		push(&s, ev);
	ends(&s, 320, NCT_WORK_ERR);
	starts(&s, 15 * SEC, NCT_WORK_ERR);
	state(&s, 15 * SEC + 10, NCT_STATE_RECOVERING, NCT_STATE_RESETTING, "");
	reconnects(&s, 16 * SEC);
	assert_int_equal(only(&s)->fence, NCT_FENCE_HOLD);
	if (reason)
		assert_string_equal(only(&s)->fence_reason, reason);
	else
		assert_null(only(&s)->fence_reason);
	seen_free(&s);
}

/* What was told, else what the last attempt came to, else nothing. */
static void why_it_held(void **unused)
{
	(void)unused;
	assert_hold_reason(0, "no-source", "no-source");
	assert_hold_reason(-110, "no-credit", "no-credit");
	assert_hold_reason(-110, "", "ccr-timeout");
	assert_hold_reason(0x4141, "", "ccr-rejected");
	assert_hold_reason(-67, "", "source-lost");
	assert_hold_reason(-16, "", "no-credit");
	assert_hold_reason(-121, "", "ccr-failed");
	assert_hold_reason(-5, "", "ccr-error");
	assert_hold_reason(NO, "", "ccr-result-not-seen");
	assert_hold_reason(0, "", NULL);
	assert_hold_reason(0, "a-word-of-the-future", NULL);
}

/* Neither the log nor the tracepoints call it an attempt. */
static void no_credit_is_no_attempt(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_RECOVERING);
	fails(&s, NCT_STATE_RECOVERING, 5000);
	ccr_start(&s, 160, 0);
	ccr_end(&s, 170, 0, -16, NO, NO);
	ccr_start(&s, 250, 2);
	ccr_end(&s, 300, 2, 0, 0, 1);
	state(&s, 320, NCT_STATE_RECOVERING, NCT_STATE_RESETTING, "");
	reconnects(&s, 400);
	assert_phases(only(&s), "queue:60 ccr:140 teardown:200 backoff:100 connect:100");
	assert_int_equal(only(&s)->nccr, 1);
	assert_int_equal(only(&s)->ccr[0].source, 2);
	seen_free(&s);
}

static void straight_to_resetting(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_RECOVERING);
	snapshot(&s, 0, NCT_STATE_LIVE, "tcp", 7);
	state(&s, 100, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_anatt_timeout");
	starts(&s, 150, NCT_WORK_RESET);
	nct_reducer_finish(s.r, 200);
	assert_int_equal(only(&s)->kind, NCT_KIND_RECOVERY);
	assert_string_equal(only(&s)->fence_reason, "fencing-not-attempted");
	assert_phases(only(&s), "queue:50 teardown:50");
	seen_free(&s);
}

static void fencing_ccr(void **unused)
{
	const struct nct_recovery *rec;
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_FENCING);
	fails(&s, NCT_STATE_FENCING, 5000);
	starts(&s, 150, NCT_WORK_FENCING);
	ccr_start(&s, 170, 0);
	ccr_end(&s, 400, 0, 0, 0, 1);
	state(&s, 410, NCT_STATE_FENCING, NCT_STATE_FENCED, "nvme_tcp_fencing_work");
	state(&s, 420, NCT_STATE_FENCED, NCT_STATE_RESETTING, "nvme_tcp_fencing_work");
	ends(&s, 430, NCT_WORK_FENCING);
	starts(&s, 450, NCT_WORK_ERR);
	reconnects(&s, 500);
	rec = only(&s);
	assert_phases(rec, "queue:50 ccr:250 teardown:200 backoff:100 connect:100");
	assert_int_equal(rec->fence, NCT_FENCE_CCR);
	assert_int_equal(rec->notes, 0);
	assert_int_equal(rec->dialect, NCT_DIALECT_FENCING);
	seen_free(&s);
}

static void fencing_holds_on_fc(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_FENCING);
	fails(&s, NCT_STATE_FENCING, 5000);
	starts(&s, 150, NCT_WORK_FENCING);
	ccr_start(&s, 170, 0);
	ccr_end(&s, 400, 0, -110, NO, NO);
	hold(&s, NCT_EV_HOLD_START, 400, 1);
	ends(&s, 420, NCT_WORK_FENCING);
	starts(&s, 2 * MS, NCT_WORK_FENCING);
	state(&s, 2 * MS + 10, NCT_STATE_FENCING, NCT_STATE_FENCED, "");
	state(&s, 2 * MS + 20, NCT_STATE_FENCED, NCT_STATE_RESETTING, "");
	ends(&s, 2 * MS + 30, NCT_WORK_FENCING);
	starts(&s, 2 * MS + 40, NCT_WORK_TEARDOWN);
	state(&s, 2 * MS + 50, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "");
	starts(&s, 2 * MS + 60, NCT_WORK_RECONNECT);
	ends(&s, 2 * MS + 70, NCT_WORK_RECONNECT);
	nct_reducer_finish(s.r, 2 * MS + 80);
	assert_phases(only(&s),
		      "queue:50 ccr:250 hold:1999600 teardown:50 backoff:10 connect:10 backoff:10");
	assert_int_equal(only(&s)->ccr[0].result, NCT_CCR_TIMEOUT);
	assert_int_equal(only(&s)->fence, NCT_FENCE_HOLD);
	assert_string_equal(only(&s)->end_reason, "observation-ended");
	seen_free(&s);
}

static void results_of_attempts(void **unused)
{
	static const struct {
		int status, immediate, ccrs;
		enum nct_ccr_result result;
	} cases[] = {
		{ 0, 1, NO, NCT_CCR_SUCCESS },	  { 0, 0, 1, NCT_CCR_SUCCESS },
		{ NO, NO, 1, NCT_CCR_SUCCESS },	  { 0x41, 0, NO, NCT_CCR_REJECTED },
		{ 0x41, 0, 1, NCT_CCR_REJECTED }, { 0, 0, 2, NCT_CCR_FAILED },
		{ 0, 0, 0, NCT_CCR_TIMEOUT },	  { -110, NO, NO, NCT_CCR_TIMEOUT },
		{ -5, NO, NO, NCT_CCR_FAILED },	  { 0, 0, NO, NCT_CCR_UNKNOWN },
		{ NO, NO, NO, NCT_CCR_UNKNOWN },  { 0, NO, NO, NCT_CCR_SUCCESS },
	};
	struct nct_event ev;
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_RECOVERING);
	fails(&s, NCT_STATE_RECOVERING, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ccr_start(&s, 1000 * i, (int)i);
		ccr_end(&s, 1000 * i + 500, (int)i, cases[i].status, cases[i].immediate,
			cases[i].ccrs);
	}
	/* no answer within what was allowed */
	ccr_start(&s, SEC, 20);
	ev = ccr_end_event(2 * SEC, 20, 0, 0, NO);
	ev.ccr.timeout_ms = 1000;
	ev.ccr.command_ns = 77;
	push(&s, ev);
	nct_reducer_finish(s.r, 3 * SEC);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(only(&s)->ccr[i].result, cases[i].result);
	assert_int_equal(only(&s)->ccr[12].result, NCT_CCR_TIMEOUT);
	assert_int_equal(only(&s)->ccr[12].command_ns, 77);
	assert_true(only(&s)->ccr[0].command_ns == NCT_NONE);
	seen_free(&s);
}

static void an_unseen_result_is_not_made_up(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_RECOVERING);
	fails(&s, NCT_STATE_RECOVERING, 0);
	starts(&s, 150, NCT_WORK_ERR);
	ccr_start(&s, 160, 0);
	state(&s, 400, NCT_STATE_RECOVERING, NCT_STATE_RESETTING, "");
	reconnects(&s, 500);
	assert_int_equal(only(&s)->fence, NCT_FENCE_UNKNOWN);
	assert_string_equal(only(&s)->fence_reason, "ccr-result-not-seen");
	assert_int_equal(only(&s)->notes, NCT_NOTE_MISSED_BOUNDARY);
	assert_phases(only(&s), "queue:50 ccr:250 teardown:200 backoff:100 connect:100");
	seen_free(&s);
}

static void the_end_names_the_source(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_RECOVERING);
	fails(&s, NCT_STATE_RECOVERING, 0);
	ccr_start(&s, 160, NO);
	ccr_end(&s, 200, 3, 0, NO, 1);
	/* another one, whose start was not seen */
	ccr_end(&s, 260, 4, 0x41, NO, NO);
	nct_reducer_finish(s.r, 300);
	assert_int_equal(only(&s)->nccr, 2);
	assert_int_equal(only(&s)->ccr[0].source, 3);
	assert_int_equal(only(&s)->ccr[0].result, NCT_CCR_SUCCESS);
	assert_int_equal(only(&s)->ccr[1].source, 4);
	assert_int_equal(only(&s)->ccr[1].duration_ns, 0);
	seen_free(&s);
}

static void more_attempts_than_are_kept(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_RECOVERING);
	fails(&s, NCT_STATE_RECOVERING, 0);
	for (int i = 0; i < 65600; i++) {
		ccr_start(&s, 200 + (uint64_t)i, 1);
		ccr_end(&s, 200 + (uint64_t)i, 1, 0x41, NO, NO);
	}
	nct_reducer_finish(s.r, SEC);
	assert_int_equal(only(&s)->nccr, 65536);
	assert_true(only(&s)->notes & NCT_NOTE_SPANS_COALESCED);
	seen_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recovering_ccr_succeeds_by_notice),
		cmocka_unit_test(recovering_ccr_succeeds_at_once),
		cmocka_unit_test(rejected_then_another_source),
		cmocka_unit_test(times_out_then_holds),
		cmocka_unit_test(holds_without_hold_events),
		cmocka_unit_test(holds_without_works),
		cmocka_unit_test(hold_cut_short),
		cmocka_unit_test(deleted_while_holding),
		cmocka_unit_test(unfenced),
		cmocka_unit_test(the_error_tells_the_cause),
		cmocka_unit_test(persistent_error_of_the_controller),
		cmocka_unit_test(the_call_site_comes_first),
		cmocka_unit_test(an_error_makes_it_a_recovery),
		cmocka_unit_test(waits_for_the_notice),
		cmocka_unit_test(no_wait_is_made_up),
		cmocka_unit_test(why_it_held),
		cmocka_unit_test(no_credit_is_no_attempt),
		cmocka_unit_test(straight_to_resetting),
		cmocka_unit_test(fencing_ccr),
		cmocka_unit_test(fencing_holds_on_fc),
		cmocka_unit_test(results_of_attempts),
		cmocka_unit_test(an_unseen_result_is_not_made_up),
		cmocka_unit_test(the_end_names_the_source),
		cmocka_unit_test(more_attempts_than_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
