// SPDX-License-Identifier: GPL-2.0
/*
 * From a kernel function to a reason.
 *
 * All call sites of nvme_change_ctrl_state, nvme_reset_ctrl, nvme_delete_ctrl
 * and *_error_recovery of Linux 6.1 and 6.12 and of the CCR series. A site is
 * listed under each function that may be the first one visible: the compiler
 * inlines the inner ones differently from kernel to kernel.
 */
#include <stdlib.h>
#include <string.h>

#include "model.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Sorted by site, as strcmp does. */
static const struct nct_cause causes[] = {
	{ "apple_nvme_probe", "probe", NCT_KIND_RESET },
	{ "apple_nvme_remove", "device-removed", NCT_KIND_DELETE },
	{ "apple_nvme_resume", "resume", NCT_KIND_RESET },
	{ "apple_nvme_rtkit_crashed", "controller-fatal", NCT_KIND_RECOVERY },
	{ "apple_nvme_timeout", "timeout", NCT_KIND_RECOVERY },
	{ "nvme_anatt_timeout", "ana-timeout", NCT_KIND_RECOVERY },
	{ "nvme_complete_async_event", "async-event", NCT_KIND_RECOVERY },
	{ "nvme_dev_ioctl", "user-reset", NCT_KIND_RESET },
	{ "nvme_disable_prepare_reset", "function-reset", NCT_KIND_RESET },
	{ "nvme_error_detected", "pci-error", NCT_KIND_RECOVERY },
	{ "nvme_fc_ctrl_connectivity_loss", "connectivity-lost", NCT_KIND_RECOVERY },
	{ "nvme_fc_ctrl_ioerr_work", "transport-io-error", NCT_KIND_RECOVERY },
	{ "nvme_fc_delete_controllers", "module-unload", NCT_KIND_DELETE },
	/* What is left of nvme_fc_ctrl_ioerr_work when it calls this last (a tail call). */
	{ "nvme_fc_error_recovery", "transport-io-error", NCT_KIND_RECOVERY },
	{ "nvme_fc_exit_module", "module-unload", NCT_KIND_DELETE },
	{ "nvme_fc_fcpio_done", "transport-io-error", NCT_KIND_RECOVERY },
	{ "nvme_fc_handle_ls_rqst", "disconnect-association", NCT_KIND_RECOVERY },
	{ "nvme_fc_handle_ls_rqst_work", "disconnect-association", NCT_KIND_RECOVERY },
	{ "nvme_fc_ls_disconnect_assoc", "disconnect-association", NCT_KIND_RECOVERY },
	{ "nvme_fc_timeout", "timeout", NCT_KIND_RECOVERY },
	{ "nvme_fc_unregister_remoteport", "connectivity-lost", NCT_KIND_RECOVERY },
	{ "nvme_handle_aen_notice", "firmware-activation", NCT_KIND_RESET },
	{ "nvme_handle_aer_persistent_error", "aer-persistent-error", NCT_KIND_RECOVERY },
	{ "nvme_keep_alive_work", "keep-alive-failed", NCT_KIND_RECOVERY },
	{ "nvme_loop_cleanup_module", "module-unload", NCT_KIND_DELETE },
	{ "nvme_loop_delete_ctrl", "port-removed", NCT_KIND_DELETE },
	{ "nvme_loop_remove_port", "port-removed", NCT_KIND_DELETE },
	{ "nvme_pci_subsystem_reset", "subsystem-reset", NCT_KIND_RESET },
	{ "nvme_rdma_cleanup_module", "module-unload", NCT_KIND_DELETE },
	{ "nvme_rdma_cm_handler", "connection-lost", NCT_KIND_RECOVERY },
	{ "nvme_rdma_inv_rkey_done", "completion-error", NCT_KIND_RECOVERY },
	{ "nvme_rdma_memreg_done", "completion-error", NCT_KIND_RECOVERY },
	{ "nvme_rdma_process_nvme_rsp", "receive-error", NCT_KIND_RECOVERY },
	{ "nvme_rdma_recv_done", "receive-error", NCT_KIND_RECOVERY },
	{ "nvme_rdma_remove_one", "device-removed", NCT_KIND_DELETE },
	{ "nvme_rdma_send_done", "send-error", NCT_KIND_RECOVERY },
	{ "nvme_rdma_sig_done", "completion-error", NCT_KIND_RECOVERY },
	{ "nvme_rdma_timeout", "timeout", NCT_KIND_RECOVERY },
	{ "nvme_rdma_wr_error", "completion-error", NCT_KIND_RECOVERY },
	{ "nvme_remove", "device-removed", NCT_KIND_DELETE },
	{ "nvme_reset_prepare", "function-reset", NCT_KIND_RESET },
	{ "nvme_shutdown", "shutdown", NCT_KIND_RESET },
	{ "nvme_simple_suspend", "suspend", NCT_KIND_RESET },
	{ "nvme_slot_reset", "pci-error", NCT_KIND_RECOVERY },
	{ "nvme_suspend", "suspend", NCT_KIND_RESET },
	{ "nvme_sysfs_delete", "user-delete", NCT_KIND_DELETE },
	{ "nvme_sysfs_reset", "user-reset", NCT_KIND_RESET },
	{ "nvme_tcp_cleanup_module", "module-unload", NCT_KIND_DELETE },
	{ "nvme_tcp_handle_c2h_data", "receive-error", NCT_KIND_RECOVERY },
	{ "nvme_tcp_handle_comp", "receive-error", NCT_KIND_RECOVERY },
	{ "nvme_tcp_io_work", "receive-error", NCT_KIND_RECOVERY },
	{ "nvme_tcp_poll", "receive-error", NCT_KIND_RECOVERY },
	{ "nvme_tcp_process_nvme_cqe", "receive-error", NCT_KIND_RECOVERY },
	{ "nvme_tcp_recv_data", "receive-error", NCT_KIND_RECOVERY },
	{ "nvme_tcp_recv_ddgst", "receive-error", NCT_KIND_RECOVERY },
	{ "nvme_tcp_recv_pdu", "receive-error", NCT_KIND_RECOVERY },
	{ "nvme_tcp_recv_skb", "receive-error", NCT_KIND_RECOVERY },
	{ "nvme_tcp_state_change", "connection-lost", NCT_KIND_RECOVERY },
	{ "nvme_tcp_timeout", "timeout", NCT_KIND_RECOVERY },
	{ "nvme_tcp_try_recv", "receive-error", NCT_KIND_RECOVERY },
	{ "nvme_timeout", "timeout", NCT_KIND_RECOVERY },
	{ "nvmf_subsystem_reset", "subsystem-reset", NCT_KIND_RESET },
};

/*
 * Who deletes a controller that is not LIVE. nvme_timeout: pci, a command timed
 * out while the reset was connecting. A reconnect gives up for three reasons
 * (ctrl_loss_tmo or dev_loss_tmo, max_reconnects, a fatal status): one name.
 */
static const struct nct_end_cause {
	const char *site;
	const char *reason;
} end_causes[] = {
	{ "apple_nvme_reset_work", "reset-failed" },
	{ "nvme_fc_connect_ctrl_work", "reconnect-limit" },
	{ "nvme_fc_reconnect_or_delete", "reconnect-limit" },
	{ "nvme_fc_reset_ctrl_work", "reconnect-limit" },
	{ "nvme_rdma_error_recovery_work", "reconnect-limit" },
	{ "nvme_rdma_reconnect_ctrl_work", "reconnect-limit" },
	{ "nvme_rdma_reconnect_or_remove", "reconnect-limit" },
	{ "nvme_rdma_reset_ctrl_work", "reconnect-limit" },
	{ "nvme_remove_dead_ctrl", "reset-failed" },
	{ "nvme_reset_ctrl_work", "reconnect-limit" },
	{ "nvme_reset_work", "reset-failed" },
	{ "nvme_tcp_error_recovery_work", "reconnect-limit" },
	{ "nvme_tcp_reconnect_ctrl_work", "reconnect-limit" },
	{ "nvme_tcp_reconnect_or_remove", "reconnect-limit" },
	{ "nvme_timeout", "reset-failed" },
};

/*
 * Never the function that decided. A name that ends in '*' stands for all that
 * begin so. nvme_rdma_wr_error is here because its callers tell more; it is a
 * cause too, for when nothing else is seen, as are nvme_disable_prepare_reset
 * and nvme_fc_error_recovery.
 */
static const char *const plumbing[] = {
	"0x*",
	"__bpf_*",
	"__fentry__",
	"__ftrace_*",
	"__nvme_change_ctrl_state",
	"arch_ftrace_*",
	"arch_rethook_*",
	"bpf_*",
	"fprobe_*",
	"ftrace_*",
	"kprobe_*",
	"kretprobe_*",
	"nvme_change_ctrl_state",
	"nvme_ctrl_error",
	"nvme_delete_ctrl",
	"nvme_delete_ctrl_sync",
	"nvme_disable_prepare_reset",
	"nvme_do_delete_ctrl",
	"nvme_fc_error_recovery",
	"nvme_fc_start_ioerr_recovery",
	"nvme_rdma_error_recovery",
	"nvme_rdma_wr_error",
	"nvme_reset_ctrl",
	"nvme_reset_ctrl_sync",
	"nvme_start_recovery",
	"nvme_tcp_error_recovery",
	"nvme_try_sched_reset",
	"nvme_wait_reset",
	"rethook_*",
	"trace_call_bpf",
	"__traceiter_*",
};

/* The length of the symbol proper: without suffixes, offset and module. A C
 * identifier has no dot: from the first one on it is the compiler's. */
static size_t symbol_len(const char *symbol)
{
	return strcspn(symbol, " \t+.");
}

void nct_symbol_clean(char *symbol)
{
	symbol[symbol_len(symbol)] = '\0';
}

/* As strcmp, key being the first len bytes of a symbol. */
static int symbol_cmp(const char *key, size_t len, const char *name)
{
	int diff = strncmp(key, name, len);

	return diff ? diff : -(name[len] != '\0');
}

struct key {
	const char *name;
	size_t len;
};

static int key_cmp(const void *key, const void *entry)
{
	const struct key *k = key;

	return symbol_cmp(k->name, k->len, *(const char *const *)entry);
}

const struct nct_cause *nct_cause_of(const char *site)
{
	struct key key = { .name = site, .len = site ? symbol_len(site) : 0 };

	if (!key.len)
		return NULL;
	return bsearch(&key, causes, COUNT(causes), sizeof(causes[0]), key_cmp);
}

static const struct nct_end_cause *end_cause_of(const char *site)
{
	struct key key = { .name = site, .len = site ? symbol_len(site) : 0 };

	if (!key.len)
		return NULL;
	return bsearch(&key, end_causes, COUNT(end_causes), sizeof(end_causes[0]), key_cmp);
}

const char *nct_end_reason_of(const char *site)
{
	const struct nct_end_cause *end = end_cause_of(site);
	const struct nct_cause *cause = end ? NULL : nct_cause_of(site);

	if (end)
		return end->reason;
	return cause ? cause->reason : NULL;
}

static bool matches(const char *symbol, size_t len, const char *pattern)
{
	size_t n = strlen(pattern);

	if (pattern[n - 1] == '*')
		return len >= n - 1 && !strncmp(symbol, pattern, n - 1);
	return len == n && !strncmp(symbol, pattern, n);
}

static bool is_plumbing(const char *symbol)
{
	size_t len = symbol_len(symbol);

	for (size_t i = 0; i < COUNT(plumbing); i++)
		if (matches(symbol, len, plumbing[i]))
			return true;
	return len == 0;
}

static bool is_known(const char *symbol)
{
	return nct_cause_of(symbol) || end_cause_of(symbol);
}

/*
 * In this order: the innermost function we know, then plumbing that is a cause
 * of its own, then the innermost that is no plumbing. So a helper that a newer
 * kernel puts in between does not hide the site.
 */
int nct_trigger_frame(const char *const *frames, int nframes)
{
	int known_plumbing = -1, other = -1;

	for (int i = 0; i < nframes; i++) {
		bool known, dull;

		if (!frames[i])
			continue;
		known = is_known(frames[i]);
		dull = is_plumbing(frames[i]);
		if (known && !dull)
			return i;
		if (known && known_plumbing < 0)
			known_plumbing = i;
		if (!known && !dull && other < 0)
			other = i;
	}
	return known_plumbing >= 0 ? known_plumbing : other;
}
