// SPDX-License-Identifier: GPL-2.0
#include "hooks.h"

#include <stdio.h>

#define CORE NCT_GROUP_CORE
#define TCP  NCT_GROUP_TCP
#define RDMA NCT_GROUP_RDMA
#define FC   NCT_GROUP_FC
#define PCI  NCT_GROUP_PCI
#define LOOP NCT_GROUP_LOOP

#define RECOVERING (1u << NCT_DIALECT_RECOVERING)
#define FENCING	   (1u << NCT_DIALECT_FENCING)

/* Further members follow as .member = value. */
#define HOOK(GROUP, NAME, KIND, FUNCTION, PROGRAM, SERVES, ...)                                    \
	{                                                                                          \
		.name = NAME, .group = GROUP, .kind = NCT_HOOK_##KIND, .function = FUNCTION,       \
		.program = PROGRAM, .serves = SERVES, __VA_ARGS__                                  \
	}

/* No function tells this. */
#define EVENT(GROUP, NAME, TRACEPOINT, SERVES, ...)                                                \
	HOOK(GROUP, NAME, EVENT, NULL, NULL, SERVES, .tracepoint = TRACEPOINT, __VA_ARGS__)

#define BOTH_ENDS(GROUP, NAME, FUNCTION, PROGRAM, SERVES, START, END, ...)                         \
	HOOK(GROUP, NAME ".start", ENTRY, FUNCTION, PROGRAM "_start", SERVES, .tracepoint = START, \
	     .needed = true, __VA_ARGS__),                                                         \
		HOOK(GROUP, NAME ".end", RETURN, FUNCTION, PROGRAM "_end", "end of that work",     \
		     .tracepoint = END, __VA_ARGS__)

#define WORK(GROUP, NAME, FUNCTION, PROGRAM, SERVES, ...)                                          \
	BOTH_ENDS(GROUP, NAME, FUNCTION, PROGRAM, SERVES, NULL, NULL, __VA_ARGS__)

/* Their tracepoints serve all transports. */
#define ERR_WORK(GROUP, NAME, FUNCTION, PROGRAM)                                                   \
	BOTH_ENDS(GROUP, NAME ".err_work", FUNCTION, PROGRAM "_err",                               \
		  "queue ends, teardown begins", "nvme_err_work_start", "nvme_err_work_end",       \
		  .witness = "nvme_hold_start")
#define RECONNECT_WORK(GROUP, NAME, FUNCTION, PROGRAM)                                             \
	BOTH_ENDS(GROUP, NAME, FUNCTION, PROGRAM "_reconnect", "backoff ends, connect begins",     \
		  "nvme_reconnect_start", "nvme_reconnect_end")

#define FENCING_WORK(GROUP, NAME, FUNCTION, PROGRAM)                                               \
	WORK(GROUP, NAME ".fencing_work", FUNCTION, PROGRAM "_fencing",                            \
	     "queue ends, fencing begins", .dialects = FENCING)

/*
 * The result hooks have no tracepoint: nvme_reconnect_end tells what came of a reconnect,
 * but not of the attempt that a reset makes.
 */
const struct nct_hook nct_hooks[] = {
	EVENT(NCT_GROUP_MODULES, "module.load", "module_load", "modules loaded later"),
	EVENT(NCT_GROUP_MODULES, "module.free", "module_free", "modules unloaded"),

	HOOK(CORE, "core.state", CALL, "nvme_change_ctrl_state", "state",
	     "every state change and its call site", .tracepoint = "nvme_ctrl_state_change",
	     .needed = true),
	HOOK(CORE, "core.recovery_end", CALL, "nvme_end_ctrl_recovery", "recovery_end",
	     "the state change from RECOVERING", .tracepoint = "nvme_ctrl_state_change",
	     .witness = "nvme_ccr_start", .dialects = RECOVERING, .needed = true),
	HOOK(CORE, "core.gone", ENTRY, "nvme_free_ctrl", "gone", "removal of a controller",
	     .needed = true),
	HOOK(CORE, "core.cancel", RETURN, "nvme_cancel_tagset", "cancel",
	     "time to retry (tcp, rdma, pcie)", .needed = true),
	HOOK(CORE, "core.failover", ENTRY, "nvme_failover_req", "failover",
	     "time to retry (multipath)", .io = true),
	HOOK(CORE, "core.cancel_request", ENTRY, "nvme_cancel_request", "cancel_request",
	     "requests that no other path can take", .io = true),
	HOOK(CORE, "core.keep_alive", ENTRY, "nvme_keep_alive_work", "keep_alive",
	     "keep-alive while requests are held", .dialects = RECOVERING | FENCING, .io = true),
	HOOK(CORE, "core.anatt", ENTRY, "nvme_anatt_timeout", "anatt",
	     "trigger: ANA transition timeout"),
	EVENT(CORE, "core.error", "nvme_error_detected", "trigger: who detected the error"),

	HOOK(CORE, "core.ccr.start", ENTRY, "nvme_issue_wait_ccr", "ccr_start",
	     "start and source of a CCR attempt", .tracepoint = "nvme_ccr_start",
	     .dialects = RECOVERING | FENCING, .needed = true),
	HOOK(CORE, "core.ccr.end", RETURN, "nvme_issue_wait_ccr", "ccr_end",
	     "end and result of a CCR attempt", .tracepoint = "nvme_ccr_end",
	     .dialects = RECOVERING | FENCING, .needed = true),
	HOOK(CORE, "core.ccr.command", ENTRY, "nvme_ccr_end_io", "ccr_command",
	     "latency of the CCR command, immediate reset", .tracepoint = "nvme_ccr_end",
	     .dialects = RECOVERING | FENCING),
	HOOK(CORE, "core.ccr.submit", ENTRY, "__nvme_submit_sync_cmd", "ccr_submit",
	     "the CCR command, where it is a synchronous one", .dialects = RECOVERING | FENCING,
	     .instead_of = "core.ccr.command"),
	HOOK(CORE, "core.ccr.submitted", RETURN, "__nvme_submit_sync_cmd", "ccr_submitted",
	     "end of that command", .dialects = RECOVERING | FENCING,
	     .instead_of = "core.ccr.command"),
	HOOK(CORE, "core.ccr.notice", ENTRY, "nvme_complete_async_event", "ccr_notice",
	     "a CCR completed after the host had given up", .dialects = RECOVERING | FENCING,
	     .io = true),
	EVENT(CORE, "core.hold.start", "nvme_hold_start", "length asked of a hold, and why",
	      .dialects = RECOVERING | FENCING),
	EVENT(CORE, "core.hold.end", "nvme_hold_end", "end of a hold",
	      .dialects = RECOVERING | FENCING),

	HOOK(TCP, "tcp.timeout", ENTRY, "nvme_tcp_timeout", "tcp_timeout",
	     "which command timed out", .io = true),
	ERR_WORK(TCP, "tcp", "nvme_tcp_error_recovery_work", "tcp"),
	FENCING_WORK(TCP, "tcp", "nvme_tcp_fencing_work", "tcp"),
	RECONNECT_WORK(TCP, "tcp.reconnect_work", "nvme_tcp_reconnect_ctrl_work", "tcp"),
	WORK(TCP, "tcp.reset_work", "nvme_reset_ctrl_work", "tcp_reset",
	     "queue ends, teardown begins (reset)"),
	HOOK(TCP, "tcp.result", RETURN, "nvme_tcp_setup_ctrl", "tcp_result",
	     "why a connect attempt failed"),

	HOOK(RDMA, "rdma.timeout", ENTRY, "nvme_rdma_timeout", "rdma_timeout",
	     "which command timed out", .io = true),
	ERR_WORK(RDMA, "rdma", "nvme_rdma_error_recovery_work", "rdma"),
	FENCING_WORK(RDMA, "rdma", "nvme_rdma_fencing_work", "rdma"),
	RECONNECT_WORK(RDMA, "rdma.reconnect_work", "nvme_rdma_reconnect_ctrl_work", "rdma"),
	WORK(RDMA, "rdma.reset_work", "nvme_rdma_reset_ctrl_work", "rdma_reset",
	     "queue ends, teardown begins (reset)"),
	HOOK(RDMA, "rdma.result", RETURN, "nvme_rdma_setup_ctrl", "rdma_result",
	     "why a connect attempt failed"),

	HOOK(FC, "fc.timeout", ENTRY, "nvme_fc_timeout", "fc_timeout", "which command timed out"),
	HOOK(FC, "fc.ioerr_work", ENTRY, "nvme_fc_ctrl_ioerr_work", "fc_ioerr",
	     "trigger: the transport's I/O errors"),
	FENCING_WORK(FC, "fc", "nvme_fc_fencing_work", "fc"),
	WORK(FC, "fc.reset_work", "nvme_fc_reset_ctrl_work", "fc_reset",
	     "queue ends, teardown begins"),
	RECONNECT_WORK(FC, "fc.connect_work", "nvme_fc_connect_ctrl_work", "fc"),
	HOOK(FC, "fc.result", ENTRY, "nvme_fc_reconnect_or_delete", "fc_result",
	     "why a connect attempt failed"),

	HOOK(PCI, "pci.timeout", ENTRY, "nvme_timeout", "pci_timeout", "which command timed out"),
	WORK(PCI, "pci.reset_work", "nvme_reset_work", "pci_reset", "queue ends, teardown begins"),

	WORK(LOOP, "loop.reset_work", "nvme_loop_reset_ctrl_work", "loop_reset",
	     "queue ends, teardown begins"),
};

_Static_assert(sizeof(nct_hooks) / sizeof(nct_hooks[0]) <= NCT_MAX_HOOKS, "raise NCT_MAX_HOOKS");

const size_t nct_hook_count = sizeof(nct_hooks) / sizeof(nct_hooks[0]);

const struct nct_group_info nct_groups[NCT_GROUP_COUNT] = {
	[NCT_GROUP_MODULES] = { NULL, NULL },	    [NCT_GROUP_CORE] = { "nvme_core", NULL },
	[NCT_GROUP_TCP] = { "nvme_tcp", "tcp" },    [NCT_GROUP_RDMA] = { "nvme_rdma", "rdma" },
	[NCT_GROUP_FC] = { "nvme_fc", "fc" },	    [NCT_GROUP_PCI] = { "nvme", "pcie" },
	[NCT_GROUP_LOOP] = { "nvme_loop", "loop" },
};

unsigned int nct_attach_rungs(enum nct_attach attach)
{
	switch (attach) {
	case NCT_ATTACH_TRACEPOINT:
		return NCT_RUNG_BIT(NCT_RUNG_TRACEPOINT);
	case NCT_ATTACH_FUNCTION:
		return NCT_FUNCTION_RUNGS;
	case NCT_ATTACH_FENTRY:
		return NCT_RUNG_BIT(NCT_RUNG_FENTRY);
	case NCT_ATTACH_KPROBE:
		return NCT_RUNG_BIT(NCT_RUNG_KPROBE);
	default:
		return NCT_RUNG_BIT(NCT_RUNG_TRACEPOINT) | NCT_FUNCTION_RUNGS;
	}
}

enum nct_rung nct_best_rung(unsigned int rungs)
{
	for (enum nct_rung rung = NCT_RUNG_TRACEPOINT; rung <= NCT_RUNG_KPROBE; rung++)
		if (rungs & NCT_RUNG_BIT(rung))
			return rung;
	return NCT_RUNG_NONE;
}

const char *nct_hook_target(const struct nct_hook *hook, enum nct_rung rung)
{
	if (rung == NCT_RUNG_TRACEPOINT || !hook->function)
		return hook->tracepoint;
	return hook->function;
}

enum nct_group nct_hook_group(const struct nct_hook *hook, enum nct_rung rung)
{
	if (rung == NCT_RUNG_TRACEPOINT && hook->group != NCT_GROUP_MODULES)
		return NCT_GROUP_CORE;
	return hook->group;
}

bool nct_hook_in_dialect(const struct nct_hook *hook, enum nct_dialect dialect)
{
	return !hook->dialects || (hook->dialects & (1u << dialect));
}

void nct_hook_programs(const struct nct_hook *hook, enum nct_rung rung, char *entry, char *ret,
		       size_t size)
{
	bool fentry = rung == NCT_RUNG_FENTRY, pair = hook->kind == NCT_HOOK_CALL;

	entry[0] = ret[0] = '\0';
	if (rung == NCT_RUNG_TRACEPOINT && hook->tracepoint) {
		snprintf(entry, size, "tp__%s", hook->tracepoint);
		return;
	}
	if ((!fentry && rung != NCT_RUNG_KPROBE) || !hook->function)
		return;
	if (hook->kind == NCT_HOOK_RETURN && fentry)
		snprintf(entry, size, "fexit__%s", hook->program);
	else
		snprintf(entry, size, "%s__%s", fentry ? "fentry" : "kprobe", hook->program);
	if (pair || (hook->kind == NCT_HOOK_RETURN && !fentry))
		snprintf(ret, size, "%s__%s", fentry ? "fexit" : "kretprobe", hook->program);
}
