// SPDX-License-Identifier: GPL-2.0
/* What became of the requests in flight, and who disturbed the fencing. */
#include "stream.h"

static struct nct_event in_flight(uint64_t ts, uint64_t requests)
{
	struct nct_event ev = make(NCT_EV_IN_FLIGHT, ts);

	ev.in_flight.requests = requests;
	ev.in_flight.reads = 1;
	ev.in_flight.writes = requests - 1;
	ev.in_flight.bytes = 4096 * requests;
	ev.in_flight.oldest_ns = 50;
	return ev;
}

static struct nct_event released(uint64_t ts, uint64_t failed_over, uint64_t first, uint64_t last)
{
	struct nct_event ev = make(NCT_EV_IO_RELEASED, ts);

	ev.io_released.failed_over = failed_over;
	ev.io_released.first_ns = first;
	ev.io_released.last_ns = last;
	ev.io_released.errors = NCT_NONE;
	return ev;
}

static void io_of_a_recovery(void **unused)
{
	struct nct_event ev = make(NCT_EV_IO_WAITED, 260);
	const struct nct_io *io;
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	fails(&s, NCT_STATE_RESETTING, 0);
	push(&s, in_flight(100, 10));
	starts(&s, 150, NCT_WORK_ERR);
	push(&s, released(250, 7, 210, 240));
	ev.io_waited.bucket = 3;
	ev.io_waited.requests = 7;
	push(&s, ev);
	ev = make(NCT_EV_IO_PATH, 270);
	ev.io_path.to = 5;
	ev.io_path.bios = 9;
	push(&s, ev);
	ev.io_path.bios = 11; /* told in full each time */
	push(&s, ev);
	ev = make(NCT_EV_BLACKOUT, 280);
	snprintf(ev.blackout.device, sizeof(ev.blackout.device), "nvme0n1");
	ev.blackout.since_ns = 50;
	push(&s, ev);
	reconnects(&s, 1000);
	io = &only(&s)->io;
	assert_true(io->seen);
	assert_int_equal(io->requests, 10);
	assert_int_equal(io->reads, 1);
	assert_int_equal(io->writes, 9);
	assert_int_equal(io->failed_over, 7);
	assert_int_equal(io->completed_late, 3);
	assert_int_equal(io->first_release_ns, 210);
	assert_true(io->errors == NCT_NONE);
	assert_int_equal(io->waited[3], 7);
	assert_int_equal(io->npaths, 1);
	assert_int_equal(io->paths[0].bios, 11);
	assert_int_equal(io->nblackouts, 1);
	assert_true(io->blackouts[0].until_ns == NCT_NONE);
	assert_false(io->more_blackouts);
	assert_int_equal(nct_reducer_stats(s.r)->stray_events, 0);
	seen_free(&s);
}

/* What is not released by then is counted no more; whether it was answered is not known. */
static void of_a_deleted_controller(void **unused)
{
	(void)unused;
	for (int torn_down = 0; torn_down < 2; torn_down++) {
		struct seen s;

		seen_init(&s, NCT_DIALECT_BASELINE);
		fails(&s, NCT_STATE_RESETTING, 0);
		push(&s, in_flight(100, 10));
		starts(&s, 150, NCT_WORK_ERR);
		push(&s, released(250, 7, 210, 240));
		if (torn_down)
			state(&s, 260, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "");
		state(&s, 300, torn_down ? NCT_STATE_CONNECTING : NCT_STATE_RESETTING,
		      NCT_STATE_DELETING, "nvme_delete_ctrl");
		gone(&s, 400);
		assert_int_equal(only(&s)->end, NCT_END_REMOVED);
		assert_int_equal(only(&s)->io.failed_over, 7);
		if (torn_down)
			assert_int_equal(only(&s)->io.completed_late, 3);
		else
			assert_true(only(&s)->io.completed_late == NCT_NONE);
		seen_free(&s);
	}
}

/* By a timeout of its own, before the work began: it is not among those that were counted. */
static void one_that_was_released_before_they_were_counted(void **unused)
{
	(void)unused;
	for (int first = 90; first <= 110; first += 20) {
		struct seen s;

		seen_init(&s, NCT_DIALECT_BASELINE);
		fails(&s, NCT_STATE_RESETTING, 0);
		push(&s, in_flight(100, 10));
		starts(&s, 150, NCT_WORK_ERR);
		push(&s, released(250, 7, first, 240));
		reconnects(&s, 1000);
		assert_int_equal(only(&s)->io.requests, 10);
		assert_int_equal(only(&s)->io.partial, first < 100);
		assert_true(only(&s)->io.completed_late == (first < 100 ? NCT_NONE : 3));
		seen_free(&s);
	}
}

/* Told again, and less of it is known: what followed from it is not known any more. */
static void what_is_not_known_any_more(void **unused)
{
	struct nct_event more = in_flight(300, 10);
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	fails(&s, NCT_STATE_RESETTING, 0);
	push(&s, in_flight(100, 10));
	starts(&s, 150, NCT_WORK_ERR);
	push(&s, released(250, 7, 210, 240));
	more.in_flight.partial = true;
	push(&s, more);
	reconnects(&s, 1000);
	assert_true(only(&s)->io.completed_late == NCT_NONE);
	seen_free(&s);
}

static void nothing_is_known_without_events(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	push(&s, in_flight(50, 3)); /* of a recovery that was not seen */
	fails(&s, NCT_STATE_RESETTING, 0);
	starts(&s, 150, NCT_WORK_ERR);
	reconnects(&s, 1000);
	assert_false(only(&s)->io.seen);
	assert_true(only(&s)->io.requests == NCT_NONE);
	seen_free(&s);
}

/* The kernel side has no place for them: which one was the longest is not known. */
static void devices_without_a_place(void **unused)
{
	struct nct_event ev = make(NCT_EV_BLACKOUT, 400);
	struct nct_longest longest;
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	fails(&s, NCT_STATE_RESETTING, 0);
	push(&s, in_flight(100, 10));
	snprintf(ev.blackout.device, sizeof(ev.blackout.device), "nvme0n1");
	ev.blackout.since_ns = 50;
	ev.blackout.until_ns = 390;
	push(&s, ev);
	ev.blackout.device[0] = '\0';
	push(&s, ev);
	reconnects(&s, 1000);
	assert_int_equal(only(&s)->io.nblackouts, 1);
	assert_true(only(&s)->io.more_blackouts);
	longest = nct_longest_blackout(only(&s));
	assert_int_equal(longest.ns, 340);
	assert_true(longest.at_least);
	seen_free(&s);
}

static void buckets_are_contiguous(void **unused)
{
	(void)unused;
	assert_int_equal(nct_waited_from_ns(0), 0);
	assert_int_equal(nct_waited_from_ns(1), 1 << 20);
	for (unsigned int i = 0; i + 1 < NCT_WAITED_BUCKETS; i++) {
		assert_true(nct_waited_from_ns(i) < nct_waited_to_ns(i));
		assert_true(nct_waited_to_ns(i) == nct_waited_from_ns(i + 1));
	}
	assert_true(nct_waited_to_ns(NCT_WAITED_BUCKETS - 1) == NCT_NONE);
}

/* It read RECOVERING before it got the lock, and by then the fencing was over. */
static void a_reset_that_came_after(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_RECOVERING);
	fails(&s, NCT_STATE_RECOVERING, 5000);
	starts(&s, 150, NCT_WORK_ERR);
	ends(&s, 200, NCT_WORK_ERR);
	state(&s, 300, NCT_STATE_RECOVERING, NCT_STATE_RESETTING, "nvme_tcp_error_recovery_work");
	state(&s, 301, NCT_STATE_RECOVERING, NCT_STATE_DELETING, "nvme_sysfs_delete");
	assert_int_equal(only(&s)->intruder_ns, 0);
	seen_free(&s);
}

/* The deletion, or reset, of a user must wait until the requests are terminated. */
static void a_reset_while_held(void **unused)
{
	struct seen s;

	(void)unused;
	for (int legal = 0; legal < 2; legal++) {
		seen_init(&s, NCT_DIALECT_RECOVERING);
		fails(&s, NCT_STATE_RECOVERING, 5000);
		starts(&s, 150, NCT_WORK_ERR);
		ends(&s, 200, NCT_WORK_ERR);
		state(&s, 300, NCT_STATE_RECOVERING, NCT_STATE_RESETTING,
		      legal ? "nvme_tcp_error_recovery_work" : "nvme_sysfs_reset");
		reconnects(&s, 1000);
		assert_int_equal(only(&s)->intruder_ns, legal ? 0 : 300);
		assert_string_equal(only(&s)->intruder_site, legal ? "" : "nvme_sysfs_reset");
		assert_false(only(&s)->leaver_unknown);
		seen_free(&s);
	}
	seen_init(&s, NCT_DIALECT_RECOVERING);
	fails(&s, NCT_STATE_RECOVERING, 5000);
	state(&s, 300, NCT_STATE_RECOVERING, NCT_STATE_RESETTING, ""); /* by whom was not told */
	reconnects(&s, 1000);
	assert_true(only(&s)->leaver_unknown);
	seen_free(&s);
	seen_init(&s, NCT_DIALECT_RECOVERING);
	fails(&s, NCT_STATE_RECOVERING, 5000);
	state(&s, 300, NCT_STATE_RECOVERING, NCT_STATE_CONNECTING, ""); /* as a log has it */
	reconnects(&s, 1000);
	assert_true(only(&s)->leaver_unknown);
	seen_free(&s);
}

/* It has CCR, and no other path was there to ask for it. */
static void unfenced_without_a_source(void **unused)
{
	struct nct_event ev = make(NCT_EV_IDENTITY, 0);
	struct seen s;

	(void)unused;
	ev.identity = identity_of(1, "tcp", 7);
	ev.identity.cqt_ms = 0;
	ev.identity.ccr = 1;
	seen_init(&s, NCT_DIALECT_RECOVERING);
	push(&s, ev);
	state(&s, 100, NCT_STATE_LIVE, NCT_STATE_RECOVERING, "nvme_tcp_timeout");
	starts(&s, 150, NCT_WORK_ERR);
	state(&s, 400, NCT_STATE_RECOVERING, NCT_STATE_RESETTING, "");
	reconnects(&s, 500);
	assert_int_equal(only(&s)->fence, NCT_FENCE_UNFENCED);
	assert_string_equal(only(&s)->fence_reason, "no-source-no-cqt");
	seen_free(&s);
}

static void keep_alives_are_counted_while_held(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_RECOVERING);
	fails(&s, NCT_STATE_RECOVERING, 5000);
	push(&s, make(NCT_EV_KEEP_ALIVE, 120)); /* not stopped yet */
	starts(&s, 150, NCT_WORK_ERR);
	push(&s, make(NCT_EV_KEEP_ALIVE, 151)); /* just being stopped */
	ends(&s, 155, NCT_WORK_ERR);
	push(&s, make(NCT_EV_KEEP_ALIVE, 160));
	push(&s, make(NCT_EV_KEEP_ALIVE, 180));
	state(&s, 300, NCT_STATE_RECOVERING, NCT_STATE_RESETTING, "");
	push(&s, make(NCT_EV_KEEP_ALIVE, 310)); /* not held any more */
	reconnects(&s, 1000);
	assert_int_equal(only(&s)->keep_alives, 2);
	assert_int_equal(only(&s)->keep_alive_ns, 160);
	seen_free(&s);
}

/* The source answers after the host has given up. */
static void a_late_notice(void **unused)
{
	struct nct_event ev;
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_RECOVERING);
	fails(&s, NCT_STATE_RECOVERING, 5000);
	starts(&s, 150, NCT_WORK_ERR);
	ccr_start(&s, 160, 2);
	ev = make(NCT_EV_SNAPSHOT, 165);
	ev.instance = 2;
	ev.ctrl = 0x2222;
	ev.snapshot.state = NCT_STATE_LIVE;
	ev.snapshot.id = identity_of(2, "tcp", 8);
	push(&s, ev);
	ev.type = NCT_EV_CCR_NOTICE;
	ev.ts_ns = 170; /* of another one: this one is still waited for */
	push(&s, ev);
	ccr_end(&s, 190, 2, -110, NCT_UNKNOWN_INT, NCT_UNKNOWN_INT);
	ends(&s, 200, NCT_WORK_ERR);
	ev.ts_ns = 250;
	push(&s, ev);
	ev.ts_ns = 260; /* only the first one counts */
	push(&s, ev);
	starts(&s, 900, NCT_WORK_ERR);
	state(&s, 920, NCT_STATE_RECOVERING, NCT_STATE_RESETTING, "");
	reconnects(&s, 1000);
	assert_int_equal(only(&s)->nccr, 1);
	assert_int_equal(only(&s)->ccr[0].late_ns, 60);
	seen_free(&s);
}

/* 3 * KATO with traffic-based keep-alive, else 2 *, and CQT (TP4129). */
static void required_hold(void **unused)
{
	struct nct_identity id = { .kato_ms = 5000, .cqt_ms = 100, .tbkas = 1 };

	(void)unused;
	assert_int_equal(nct_hold_required_ms(&id), 15100);
	id.tbkas = 0;
	assert_int_equal(nct_hold_required_ms(&id), 10100);
	id.cqt_ms = 0;
	assert_int_equal(nct_hold_required_ms(&id), 0);
	id.cqt_ms = NCT_UNKNOWN_INT;
	assert_int_equal(nct_hold_required_ms(&id), NCT_UNKNOWN_INT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(io_of_a_recovery),
		cmocka_unit_test(of_a_deleted_controller),
		cmocka_unit_test(one_that_was_released_before_they_were_counted),
		cmocka_unit_test(what_is_not_known_any_more),
		cmocka_unit_test(nothing_is_known_without_events),
		cmocka_unit_test(devices_without_a_place),
		cmocka_unit_test(buckets_are_contiguous),
		cmocka_unit_test(a_reset_that_came_after),
		cmocka_unit_test(a_reset_while_held),
		cmocka_unit_test(unfenced_without_a_source),
		cmocka_unit_test(keep_alives_are_counted_while_held),
		cmocka_unit_test(a_late_notice),
		cmocka_unit_test(required_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
