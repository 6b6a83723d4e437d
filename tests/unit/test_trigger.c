// SPDX-License-Identifier: GPL-2.0
#include "stream.h"

#define FRAME(...) frame((const char *const[]) { __VA_ARGS__, NULL })

static int frame(const char *const *frames)
{
	int n = 0;

	while (frames[n])
		n++;
	return nct_trigger_frame(frames, n);
}

static void assert_cause(const char *site, const char *reason, enum nct_kind kind)
{
	const struct nct_cause *cause = nct_cause_of(site);

	assert_non_null(cause);
	assert_string_equal(cause->reason, reason);
	assert_int_equal(cause->kind, kind);
}

static void reasons(void **unused)
{
	(void)unused;
	assert_cause("nvme_tcp_timeout", "timeout", NCT_KIND_RECOVERY);
	assert_cause("nvme_rdma_timeout", "timeout", NCT_KIND_RECOVERY);
	assert_cause("nvme_fc_timeout", "timeout", NCT_KIND_RECOVERY);
	assert_cause("nvme_timeout", "timeout", NCT_KIND_RECOVERY);
	assert_cause("nvme_tcp_state_change", "connection-lost", NCT_KIND_RECOVERY);
	assert_cause("nvme_rdma_cm_handler", "connection-lost", NCT_KIND_RECOVERY);
	assert_cause("nvme_tcp_recv_skb", "receive-error", NCT_KIND_RECOVERY);
	assert_cause("nvme_tcp_try_recv", "receive-error", NCT_KIND_RECOVERY);
	assert_cause("nvme_tcp_io_work", "receive-error", NCT_KIND_RECOVERY);
	assert_cause("nvme_rdma_send_done", "send-error", NCT_KIND_RECOVERY);
	assert_cause("nvme_rdma_wr_error", "completion-error", NCT_KIND_RECOVERY);
	assert_cause("nvme_fc_ctrl_ioerr_work", "transport-io-error", NCT_KIND_RECOVERY);
	assert_cause("nvme_fc_unregister_remoteport", "connectivity-lost", NCT_KIND_RECOVERY);
	assert_cause("nvme_fc_handle_ls_rqst_work", "disconnect-association", NCT_KIND_RECOVERY);
	assert_cause("nvme_anatt_timeout", "ana-timeout", NCT_KIND_RECOVERY);
	assert_cause("nvme_error_detected", "pci-error", NCT_KIND_RECOVERY);
	assert_cause("nvme_sysfs_reset", "user-reset", NCT_KIND_RESET);
	assert_cause("nvme_dev_ioctl", "user-reset", NCT_KIND_RESET);
	assert_cause("nvme_reset_prepare", "function-reset", NCT_KIND_RESET);
	assert_cause("nvme_suspend", "suspend", NCT_KIND_RESET);
	assert_cause("nvme_handle_aen_notice", "firmware-activation", NCT_KIND_RESET);
	assert_cause("nvme_sysfs_delete", "user-delete", NCT_KIND_DELETE);
	assert_cause("nvme_tcp_cleanup_module", "module-unload", NCT_KIND_DELETE);
}

static void sites_with_decoration(void **unused)
{
	(void)unused;
	assert_cause("nvme_tcp_timeout.cold", "timeout", NCT_KIND_RECOVERY);
	assert_cause("nvme_tcp_timeout+0x12/0x40 [nvme_tcp]", "timeout", NCT_KIND_RECOVERY);
	assert_null(nct_cause_of("nvme_tcp_timeou"));
	assert_null(nct_cause_of("nvme_tcp_timeout2"));
	assert_null(nct_cause_of("nvme_tcp_reconnect_or_remove"));
	assert_null(nct_cause_of(""));
	assert_null(nct_cause_of("+0x12"));
	assert_null(nct_cause_of(NULL));
}

static void assert_clean(const char *raw, const char *expected)
{
	char symbol[128];

	snprintf(symbol, sizeof(symbol), "%s", raw);
	nct_symbol_clean(symbol);
	assert_string_equal(symbol, expected);
}

static void cleaning(void **unused)
{
	(void)unused;
	assert_clean("nvme_timeout", "nvme_timeout");
	assert_clean("nvme_timeout [nvme]", "nvme_timeout");
	assert_clean("nvme_timeout\t[nvme]", "nvme_timeout");
	assert_clean("nvme_timeout.part.0", "nvme_timeout");
	assert_clean("nvme_timeout.constprop.0.isra.12 [nvme]", "nvme_timeout");
	assert_clean("nvme_timeout.llvm.8217398123", "nvme_timeout");
	assert_clean("nvme_timeout+0x1c/0x90 [nvme]", "nvme_timeout");
	assert_clean("0xffffffffc0a01234", "0xffffffffc0a01234");
	assert_clean("", "");
}

static void frames_of_real_stacks(void **unused)
{
	(void)unused;
	/* 6.1: helper not inlined; fexit trampoline in between */
	assert_int_equal(FRAME("bpf_prog_0a1b_nct_state", "bpf_trampoline_6442",
			       "0xffffffffc0001234", "nvme_change_ctrl_state",
			       "nvme_tcp_error_recovery [nvme_tcp]", "nvme_tcp_timeout",
			       "blk_mq_rq_timed_out"),
			 5);
	/* 6.12: inlined */
	assert_int_equal(FRAME("nvme_tcp_state_change", "tcp_fin"), 0);
	assert_int_equal(
		FRAME("nvme_tcp_error_recovery.part.0", "nvme_tcp_recv_skb", "tcp_read_sock"), 1);
	assert_int_equal(FRAME("nvme_reset_ctrl", "nvme_reset_ctrl_sync", "nvme_sysfs_reset",
			       "kernfs_fop_write_iter"),
			 2);
	assert_int_equal(FRAME("nvme_wait_reset", "nvme_disable_prepare_reset", "nvme_suspend",
			       "pci_pm_suspend"),
			 2);
	assert_int_equal(FRAME("nvme_rdma_error_recovery", "nvme_rdma_wr_error",
			       "nvme_rdma_send_done", "__ib_process_cq"),
			 2);
	assert_int_equal(FRAME("nvme_delete_ctrl", "nvme_fc_reconnect_or_delete",
			       "nvme_fc_connect_ctrl_work"),
			 1);
	assert_int_equal(FRAME("arch_rethook_trampoline", "fprobe_handler", "kprobe_ftrace_handler",
			       "ftrace_regs_caller", "nvme_anatt_timeout"),
			 4);
	/* recovery/: the core hands errors over to the transport */
	assert_int_equal(FRAME("nvme_tcp_error_recovery", "nvme_ctrl_error", "nvme_keep_alive_work",
			       "process_one_work"),
			 2);
	/* a tracepoint with several programs, and with one */
	assert_int_equal(FRAME("nvme_change_ctrl_state", "nvme_tcp_state_change", "tcp_reset"), 1);
	assert_int_equal(FRAME("__traceiter_nvme_ctrl_state_change", "nvme_change_ctrl_state",
			       "nvme_tcp_timeout"),
			 2);
}

static void frames_nobody_knows(void **unused)
{
	(void)unused;
	/* a helper of a newer kernel does not hide the site */
	assert_int_equal(
		FRAME("nvme_change_ctrl_state", "nvme_brand_new_helper", "nvme_tcp_timeout"), 2);
	/* plumbing that is a cause of its own beats what is not known at all */
	assert_int_equal(FRAME("nvme_rdma_wr_error", "my_function"), 0);
	/* nothing is known: the innermost that is no plumbing */
	assert_int_equal(FRAME("nvme_reset_ctrl", "my_driver_reset", "worker_thread"), 1);
	assert_int_equal(FRAME("nvme_reset_ctrl", "0xffffffff81000000"), -1);
	assert_int_equal(nct_trigger_frame(NULL, 0), -1);
	assert_int_equal(nct_trigger_frame((const char *const[]) { NULL, "nvme_timeout" }, 2), 1);
	assert_int_equal(FRAME(""), -1);
}

/* Every site that can be looked up is found: the tables are sorted. */
static void tables_are_sorted(void **unused)
{
	static const char *const sites[] = {
		"apple_nvme_probe",
		"apple_nvme_timeout",
		"nvme_complete_async_event",
		"nvme_fc_fcpio_done",
		"nvme_keep_alive_work",
		"nvme_pci_subsystem_reset",
		"nvme_loop_remove_port",
		"nvme_rdma_recv_done",
		"nvme_rdma_remove_one",
		"nvme_remove",
		"nvme_shutdown",
		"nvme_slot_reset",
		"nvme_tcp_handle_c2h_data",
		"nvme_tcp_handle_comp",
		"nvme_tcp_poll",
		"nvme_tcp_process_nvme_cqe",
		"nvme_tcp_recv_data",
		"nvme_tcp_recv_ddgst",
		"nvme_tcp_recv_pdu",
		"nvmf_subsystem_reset",
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(sites) / sizeof(sites[0]); i++) {
		assert_non_null(nct_cause_of(sites[i]));
		assert_string_equal(nct_cause_of(sites[i])->site, sites[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reasons),
		cmocka_unit_test(sites_with_decoration),
		cmocka_unit_test(cleaning),
		cmocka_unit_test(frames_of_real_stacks),
		cmocka_unit_test(frames_nobody_knows),
		cmocka_unit_test(tables_are_sorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
