// SPDX-License-Identifier: GPL-2.0
/* Kernels without fencing: tcp, rdma, fc, pci and loop shapes; who is to blame. */
#include "stream.h"

/* LIVE at 0, an I/O timeout at 100, teardown from 300 to 1000. */
static void until_connecting(struct seen *s, const char *transport)
{
	snapshot(s, 0, NCT_STATE_LIVE, transport, 7);
	timeout(s, 100, false, 2, 0);
	state(s, 100, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_tcp_timeout");
	starts(s, 300, NCT_WORK_ERR);
	release(s, 450);
	release(s, 460);
	state(s, 1000, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "nvme_tcp_error_recovery_work");
	ends(s, 1001, NCT_WORK_ERR);
}

static void back_live_at_the_first_attempt(void **unused)
{
	const struct nct_recovery *rec;
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	until_connecting(&s, "tcp");
	starts(&s, 5000, NCT_WORK_RECONNECT);
	identity(&s, 5100, "tcp", 9, 0);
	state(&s, 5500, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "nvme_tcp_setup_ctrl");
	ends(&s, 5600, NCT_WORK_RECONNECT);
	rec = only(&s);
	assert_phases(rec, "queue:200 teardown:700 backoff:4000 connect:500");
	assert_int_equal(rec->kind, NCT_KIND_RECOVERY);
	assert_int_equal(rec->end, NCT_END_LIVE);
	assert_null(rec->end_reason);
	assert_int_equal(rec->start_ns, 100);
	assert_int_equal(rec->duration_ns, 5400);
	assert_int_equal(rec->time_to_live_ns, 5400);
	assert_int_equal(rec->time_to_retry_ns, 350);
	assert_int_equal(rec->attempts, 1);
	assert_int_equal(rec->last_status, NCT_UNKNOWN_INT);
	assert_int_equal(rec->id.cntlid, 7); /* of the start, not of the reconnect */
	assert_string_equal(rec->trigger.reason, "io-timeout");
	assert_string_equal(rec->trigger.site, "nvme_tcp_timeout");
	assert_int_equal(rec->trigger.opcode, 2);
	assert_int_equal(rec->fence, NCT_FENCE_UNFENCED);
	assert_string_equal(rec->fence_reason, "kernel-without-fencing");
	assert_int_equal(rec->notes, 0);
	assert_int_equal(rec->dialect, NCT_DIALECT_BASELINE);
	seen_free(&s);
}

static void failing_attempts(void **unused)
{
	const struct nct_recovery *rec;
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	until_connecting(&s, "tcp");
	starts(&s, 2000, NCT_WORK_RECONNECT);
	result(&s, 2050, -111);
	ends(&s, 2100, NCT_WORK_RECONNECT);
	starts(&s, 3100, NCT_WORK_RECONNECT);
	result(&s, 3190, -110);
	ends(&s, 3200, NCT_WORK_RECONNECT);
	starts(&s, 4200, NCT_WORK_RECONNECT);
	result(&s, 4290, 0);
	state(&s, 4300, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "");
	rec = only(&s);
	assert_phases(rec, "queue:200 teardown:700 backoff:1000 connect:100 backoff:1000 "
			   "connect:100 backoff:1000 connect:100");
	assert_int_equal(rec->total_ns[NCT_PHASE_BACKOFF], 3000);
	assert_int_equal(rec->total_ns[NCT_PHASE_CONNECT], 300);
	assert_int_equal(rec->attempts, 3);
	assert_int_equal(rec->last_status, -110);
	seen_free(&s);
}

static void given_up(void **unused)
{
	const struct nct_recovery *rec;
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	until_connecting(&s, "tcp");
	starts(&s, 2000, NCT_WORK_RECONNECT);
	state(&s, 2100, NCT_STATE_CONNECTING, NCT_STATE_DELETING,
	      "nvme_tcp_reconnect_or_remove [nvme_tcp]");
	ends(&s, 2110, NCT_WORK_RECONNECT);
	state(&s, 2200, NCT_STATE_DELETING, NCT_STATE_DELETING_NOIO, "nvme_remove_namespaces");
	gone(&s, 2300);
	rec = only(&s);
	assert_phases(rec, "queue:200 teardown:700 backoff:1000 connect:100");
	assert_int_equal(rec->end, NCT_END_REMOVED);
	assert_string_equal(rec->end_reason, "reconnect-limit");
	assert_string_equal(rec->end_site, "nvme_tcp_reconnect_or_remove");
	assert_int_equal(rec->notes, 0);
	seen_free(&s);
}

static void user_deletes_in_the_middle(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	until_connecting(&s, "tcp");
	state(&s, 2000, NCT_STATE_CONNECTING, NCT_STATE_DELETING, "nvme_sysfs_delete");
	gone(&s, 2500);
	assert_string_equal(only(&s)->end_reason, "user-delete");
	assert_phases(only(&s), "queue:200 teardown:700 backoff:1000");
	seen_free(&s);
}

static void user_resets(void **unused)
{
	const struct nct_recovery *rec;
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	snapshot(&s, 0, NCT_STATE_LIVE, "tcp", 7);
	state(&s, 100, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_sysfs_reset");
	starts(&s, 150, NCT_WORK_RESET);
	release(&s, 160);
	state(&s, 200, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "nvme_reset_ctrl_work");
	result(&s, 290, -104);
	ends(&s, 300, NCT_WORK_RESET);
	starts(&s, 400, NCT_WORK_RECONNECT);
	state(&s, 450, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "");
	rec = only(&s);
	assert_int_equal(rec->kind, NCT_KIND_RESET);
	assert_string_equal(rec->trigger.reason, "user-reset");
	assert_phases(rec, "queue:50 teardown:50 connect:100 backoff:100 connect:50");
	assert_int_equal(rec->attempts, 2);
	assert_int_equal(rec->time_to_retry_ns, 60);
	assert_int_equal(rec->fence, NCT_FENCE_UNKNOWN);
	assert_null(rec->fence_reason);
	seen_free(&s);
}

static void user_deletes_a_live_one(void **unused)
{
	const struct nct_recovery *rec;
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	snapshot(&s, 0, NCT_STATE_LIVE, "tcp", 7);
	state(&s, 100, NCT_STATE_LIVE, NCT_STATE_DELETING, "nvme_sysfs_delete");
	state(&s, 150, NCT_STATE_DELETING, NCT_STATE_DELETING_NOIO, "");
	release(&s, 160);
	gone(&s, 300);
	rec = only(&s);
	assert_int_equal(rec->kind, NCT_KIND_DELETE);
	assert_int_equal(rec->end, NCT_END_REMOVED);
	assert_string_equal(rec->end_reason, "user-delete");
	assert_phases(rec, "teardown:200");
	assert_true(rec->time_to_retry_ns == NCT_NONE);
	seen_free(&s);
}

static const char *reason_of(const char *transport, const char *site)
{
	const char *reason;
	struct seen s;

	seen_init(&s, NCT_DIALECT_BASELINE);
	snapshot(&s, 0, NCT_STATE_LIVE, transport, 7);
	timeout(&s, 10, false, 1, 3);
	timeout(&s, 20, true, 0x18, 5);
	push(&s, state_event(30, NCT_STATE_LIVE, NCT_STATE_RESETTING, site));
	nct_reducer_finish(s.r, 40);
	reason = only(&s)->trigger.reason;
	seen_free(&s);
	return reason;
}

static void which_timeout(void **unused)
{
	struct seen s;

	(void)unused;
	/* no CPU in common: the latest */
	assert_string_equal(reason_of("tcp", "nvme_tcp_timeout"), "keep-alive-timeout");
	assert_string_equal(reason_of("rdma", "nvme_rdma_timeout"), "keep-alive-timeout");
	assert_string_equal(reason_of("pcie", "nvme_timeout"), "keep-alive-timeout");
	/* a timeout explains nothing but a timeout handler */
	assert_string_equal(reason_of("tcp", "nvme_tcp_state_change"), "connection-lost");
	assert_string_equal(reason_of("tcp", "nvme_sysfs_reset"), "user-reset");
	assert_null(reason_of("tcp", "who_knows"));
	/* fc: the handler aborts, what follows is an I/O error */
	assert_string_equal(reason_of("fc", "nvme_fc_ctrl_ioerr_work"), "keep-alive-timeout");

	/* the handler of the CPU that changed the state */
	seen_init(&s, NCT_DIALECT_BASELINE);
	timeout(&s, 10, false, 1, 0);
	timeout(&s, 20, true, 0x18, 5);
	state(&s, 30, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_tcp_timeout");
	nct_reducer_finish(s.r, 40);
	assert_string_equal(only(&s)->trigger.reason, "io-timeout");
	assert_int_equal(only(&s)->trigger.opcode, 1);
	seen_free(&s);
}

static void timeouts_too_old(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	timeout(&s, 10, true, 6, 0);
	state(&s, 10 + 2 * SEC, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_tcp_timeout");
	state(&s, 3 * SEC, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "");
	state(&s, 4 * SEC, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "");
	assert_string_equal(s.ended[0].trigger.reason, "timeout");
	assert_int_equal(s.ended[0].trigger.opcode, NCT_OPCODE_UNKNOWN);
	/* fc waits for the abort, but not for one of before LIVE */
	state(&s, 5 * SEC, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_fc_ctrl_ioerr_work");
	nct_reducer_finish(s.r, 6 * SEC);
	assert_string_equal(s.ended[1].trigger.reason, "transport-io-error");
	seen_free(&s);
}

static void an_admin_command_timed_out(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	timeout(&s, 10, true, 6, 0);
	state(&s, 11, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_tcp_timeout");
	nct_reducer_finish(s.r, 20);
	assert_string_equal(only(&s)->trigger.reason, "admin-timeout");
	assert_int_equal(only(&s)->trigger.opcode, 6);
	seen_free(&s);
}

static void errors_tell_the_site(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	error(&s, 10, "nvme_tcp_state_change+0x70/0x90 [nvme_tcp]");
	state(&s, 11, NCT_STATE_LIVE, NCT_STATE_RESETTING, "");
	state(&s, 20, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "");
	state(&s, 30, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "");
	/* or just after */
	state(&s, 40, NCT_STATE_LIVE, NCT_STATE_RESETTING, "");
	error(&s, 41, "nvme_tcp_recv_skb");
	error(&s, 42, "nvme_tcp_state_change");
	nct_reducer_finish(s.r, 50);
	assert_string_equal(s.ended[0].trigger.reason, "connection-lost");
	assert_string_equal(s.ended[0].trigger.site, "nvme_tcp_state_change");
	assert_string_equal(s.ended[1].trigger.reason, "receive-error");
	seen_free(&s);
}

static enum nct_kind kind_by_work(const char *transport, enum nct_work work)
{
	enum nct_kind kind;
	struct seen s;

	seen_init(&s, NCT_DIALECT_BASELINE);
	snapshot(&s, 0, NCT_STATE_LIVE, transport, 7);
	push(&s, state_event(10, NCT_STATE_LIVE, NCT_STATE_RESETTING, ""));
	starts(&s, 20, work);
	nct_reducer_finish(s.r, 40);
	kind = only(&s)->kind;
	assert_null(only(&s)->trigger.reason);
	seen_free(&s);
	return kind;
}

static void the_first_work_tells_the_kind(void **unused)
{
	(void)unused;
	assert_int_equal(kind_by_work("tcp", NCT_WORK_ERR), NCT_KIND_RECOVERY);
	assert_int_equal(kind_by_work("tcp", NCT_WORK_RESET), NCT_KIND_RESET);
	assert_int_equal(kind_by_work("rdma", NCT_WORK_RESET), NCT_KIND_RESET);
	assert_int_equal(kind_by_work("fc", NCT_WORK_TEARDOWN), NCT_KIND_RECOVERY);
	assert_int_equal(kind_by_work("pcie", NCT_WORK_RESET), NCT_KIND_RECOVERY);
}

static void fc_reconnects_inside_its_reset(void **unused)
{
	const struct nct_recovery *rec;
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	snapshot(&s, 0, NCT_STATE_LIVE, "fc", 7);
	state(&s, 100, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_fc_ctrl_ioerr_work");
	starts(&s, 150, NCT_WORK_TEARDOWN);
	state(&s, 200, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "nvme_fc_reset_ctrl_work");
	starts(&s, 210, NCT_WORK_RECONNECT);
	result(&s, 300, 0x4180);
	ends(&s, 310, NCT_WORK_RECONNECT);
	ends(&s, 320, NCT_WORK_TEARDOWN);
	starts(&s, 400, NCT_WORK_RECONNECT);
	state(&s, 450, NCT_STATE_CONNECTING, NCT_STATE_DELETING, "nvme_fc_reconnect_or_delete");
	rec = only(&s);
	assert_phases(rec, "queue:50 teardown:50 backoff:10 connect:100 backoff:90 connect:50");
	assert_int_equal(rec->last_status, 0x4180);
	assert_string_equal(rec->trigger.reason, "transport-io-error");
	assert_string_equal(rec->end_reason, "reconnect-limit");
	seen_free(&s);
}

static void pci_reset_fails(void **unused)
{
	const struct nct_recovery *rec;
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	snapshot(&s, 0, NCT_STATE_LIVE, "pcie", 1);
	timeout(&s, 100, false, 1, 0);
	timeout(&s, 200, false, 1, 0);
	state(&s, 200, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_timeout");
	starts(&s, 250, NCT_WORK_RESET);
	state(&s, 300, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "nvme_reset_work");
	state(&s, 400, NCT_STATE_CONNECTING, NCT_STATE_DELETING, "nvme_reset_work");
	state(&s, 500, NCT_STATE_DELETING, NCT_STATE_DEAD, "nvme_reset_work");
	ends(&s, 510, NCT_WORK_RESET);
	gone(&s, 600);
	rec = only(&s);
	assert_phases(rec, "queue:50 teardown:50 connect:100");
	assert_int_equal(rec->kind, NCT_KIND_RECOVERY);
	assert_string_equal(rec->end_reason, "reset-failed");
	assert_int_equal(rec->fence, NCT_FENCE_UNKNOWN);
	assert_null(rec->fence_reason);
	assert_int_equal(rec->notes, 0);
	seen_free(&s);
}

static void loop_reset_fails(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	snapshot(&s, 0, NCT_STATE_LIVE, "loop", 1);
	state(&s, 200, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_sysfs_reset");
	state(&s, 300, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "nvme_loop_reset_ctrl_work");
	gone(&s, 600);
	assert_string_equal(only(&s)->end_reason, "reset-failed");
	assert_int_equal(only(&s)->notes, NCT_NOTE_MISSED_BOUNDARY);
	seen_free(&s);
}

static void asynchronous_events(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	snapshot(&s, 0, NCT_STATE_LIVE, "pcie", 1);
	state(&s, 10, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_complete_async_event");
	state(&s, 20, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "nvme_fw_act_work");
	state(&s, 20, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "nvme_fw_act_work");
	state(&s, 30, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_complete_async_event");
	starts(&s, 40, NCT_WORK_RESET);
	nct_reducer_finish(s.r, 50);
	assert_string_equal(s.ended[0].trigger.reason, "firmware-activation");
	assert_int_equal(s.ended[0].kind, NCT_KIND_RESET);
	assert_string_equal(s.ended[1].trigger.reason, "aer-persistent-error");
	assert_int_equal(s.ended[1].kind, NCT_KIND_RECOVERY);
	seen_free(&s);
}

static void connectivity_lost_for_good(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	snapshot(&s, 0, NCT_STATE_LIVE, "fc", 1);
	state(&s, 10, NCT_STATE_LIVE, NCT_STATE_DELETING, "nvme_fc_unregister_remoteport");
	gone(&s, 20);
	assert_int_equal(only(&s)->kind, NCT_KIND_RECOVERY);
	assert_string_equal(only(&s)->end_reason, "connectivity-lost");
	assert_phases(only(&s), "teardown:10");
	seen_free(&s);
}

static void missed_boundaries(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	/* no works at all: states only */
	state(&s, 100, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_tcp_timeout");
	state(&s, 300, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "");
	state(&s, 700, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "");
	assert_phases(only(&s), "queue:200 backoff:400");
	assert_int_equal(only(&s)->notes, NCT_NOTE_MISSED_BOUNDARY);
	assert_int_equal(only(&s)->end, NCT_END_LIVE);
	seen_free(&s);
}

static void an_earlier_work_does_not_count(void **unused)
{
	struct seen s;

	(void)unused;
	seen_init(&s, NCT_DIALECT_BASELINE);
	snapshot(&s, 0, NCT_STATE_LIVE, "tcp", 1);
	state(&s, 10, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_sysfs_reset");
	starts(&s, 20, NCT_WORK_RESET);
	state(&s, 30, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "");
	state(&s, 40, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "");
	/* the reset work has not returned yet when the controller fails again */
	state(&s, 50, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_tcp_state_change");
	starts(&s, 60, NCT_WORK_ERR);
	state(&s, 70, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "");
	ends(&s, 80, NCT_WORK_RESET);
	starts(&s, 90, NCT_WORK_RECONNECT);
	state(&s, 100, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "");
	assert_int_equal(s.nended, 2);
	assert_phases(&s.ended[1], "queue:10 teardown:10 backoff:20 connect:10");
	assert_int_equal(s.ended[1].attempts, 1);
	assert_int_equal(s.ended[1].notes, 0);
	seen_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(back_live_at_the_first_attempt),
		cmocka_unit_test(failing_attempts),
		cmocka_unit_test(given_up),
		cmocka_unit_test(user_deletes_in_the_middle),
		cmocka_unit_test(user_resets),
		cmocka_unit_test(user_deletes_a_live_one),
		cmocka_unit_test(which_timeout),
		cmocka_unit_test(timeouts_too_old),
		cmocka_unit_test(an_admin_command_timed_out),
		cmocka_unit_test(errors_tell_the_site),
		cmocka_unit_test(the_first_work_tells_the_kind),
		cmocka_unit_test(fc_reconnects_inside_its_reset),
		cmocka_unit_test(pci_reset_fails),
		cmocka_unit_test(loop_reset_fails),
		cmocka_unit_test(asynchronous_events),
		cmocka_unit_test(connectivity_lost_for_good),
		cmocka_unit_test(missed_boundaries),
		cmocka_unit_test(an_earlier_work_does_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
