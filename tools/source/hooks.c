// SPDX-License-Identifier: GPL-2.0
#include "hooks.h"

#include <stdio.h>

#define CORE NCT_GROUP_CORE
#define TCP  NCT_GROUP_TCP
#define RDMA NCT_GROUP_RDMA
#define FC   NCT_GROUP_FC
#define PCI  NCT_GROUP_PCI
#define LOOP NCT_GROUP_LOOP

#define WORK(group, name, program, function, phases)                                               \
	{ name ".start", program "_start", function, group, NCT_HOOK_ENTRY, true, phases },        \
	{                                                                                          \
		name ".end", program "_end", function, group, NCT_HOOK_RETURN, false,              \
			"end of that work"                                                         \
	}

const struct nct_hook nct_hooks[] = {
	{ "module.load", "module_load", "module_load", NCT_GROUP_MODULES, NCT_HOOK_TP_BTF, false,
	  "modules loaded later" },
	{ "module.free", "module_free", "module_free", NCT_GROUP_MODULES, NCT_HOOK_TP_BTF, false,
	  "modules unloaded" },

	{ "core.state", "state", "nvme_change_ctrl_state", CORE, NCT_HOOK_CALL, true,
	  "every state change and its call site" },
	{ "core.gone", "gone", "nvme_free_ctrl", CORE, NCT_HOOK_ENTRY, true,
	  "removal of a controller" },
	{ "core.cancel", "cancel", "nvme_cancel_tagset", CORE, NCT_HOOK_RETURN, true,
	  "time to retry (tcp, rdma, pcie)" },
	{ "core.failover", "failover", "nvme_failover_req", CORE, NCT_HOOK_ENTRY, false,
	  "time to retry (multipath)" },

	{ "core.anatt", "anatt", "nvme_anatt_timeout", CORE, NCT_HOOK_ENTRY, false,
	  "trigger: ANA transition timeout" },

	{ "tcp.timeout", "tcp_timeout", "nvme_tcp_timeout", TCP, NCT_HOOK_ENTRY, false,
	  "which command timed out" },
	WORK(TCP, "tcp.err_work", "tcp_err", "nvme_tcp_error_recovery_work",
	     "queue ends, teardown begins"),
	WORK(TCP, "tcp.reconnect_work", "tcp_reconnect", "nvme_tcp_reconnect_ctrl_work",
	     "backoff ends, connect begins"),
	WORK(TCP, "tcp.reset_work", "tcp_reset", "nvme_reset_ctrl_work",
	     "queue ends, teardown begins (reset)"),
	{ "tcp.result", "tcp_result", "nvme_tcp_setup_ctrl", TCP, NCT_HOOK_RETURN, false,
	  "why a connect attempt failed" },

	{ "rdma.timeout", "rdma_timeout", "nvme_rdma_timeout", RDMA, NCT_HOOK_ENTRY, false,
	  "which command timed out" },
	WORK(RDMA, "rdma.err_work", "rdma_err", "nvme_rdma_error_recovery_work",
	     "queue ends, teardown begins"),
	WORK(RDMA, "rdma.reconnect_work", "rdma_reconnect", "nvme_rdma_reconnect_ctrl_work",
	     "backoff ends, connect begins"),
	WORK(RDMA, "rdma.reset_work", "rdma_reset", "nvme_rdma_reset_ctrl_work",
	     "queue ends, teardown begins (reset)"),
	{ "rdma.result", "rdma_result", "nvme_rdma_setup_ctrl", RDMA, NCT_HOOK_RETURN, false,
	  "why a connect attempt failed" },

	{ "fc.timeout", "fc_timeout", "nvme_fc_timeout", FC, NCT_HOOK_ENTRY, false,
	  "which command timed out" },
	{ "fc.ioerr_work", "fc_ioerr", "nvme_fc_ctrl_ioerr_work", FC, NCT_HOOK_ENTRY, false,
	  "trigger: the transport's I/O errors" },
	WORK(FC, "fc.reset_work", "fc_reset", "nvme_fc_reset_ctrl_work",
	     "queue ends, teardown begins"),
	WORK(FC, "fc.connect_work", "fc_reconnect", "nvme_fc_connect_ctrl_work",
	     "backoff ends, connect begins"),
	{ "fc.result", "fc_result", "nvme_fc_reconnect_or_delete", FC, NCT_HOOK_ENTRY, false,
	  "why a connect attempt failed" },

	{ "pci.timeout", "pci_timeout", "nvme_timeout", PCI, NCT_HOOK_ENTRY, false,
	  "which command timed out" },
	WORK(PCI, "pci.reset_work", "pci_reset", "nvme_reset_work", "queue ends, teardown begins"),

	WORK(LOOP, "loop.reset_work", "loop_reset", "nvme_loop_reset_ctrl_work",
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

void nct_hook_programs(const struct nct_hook *hook, enum nct_rung rung, char *entry, char *ret,
		       size_t size)
{
	bool fentry = rung == NCT_RUNG_FENTRY;

	entry[0] = ret[0] = '\0';
	if (rung != NCT_RUNG_FENTRY && rung != NCT_RUNG_KPROBE)
		return;
	if (hook->kind == NCT_HOOK_TP_BTF)
		snprintf(entry, size, "tp__%s", hook->program);
	else if (hook->kind == NCT_HOOK_RETURN && fentry)
		snprintf(entry, size, "fexit__%s", hook->program);
	else
		snprintf(entry, size, "%s__%s", fentry ? "fentry" : "kprobe", hook->program);
	if (hook->kind == NCT_HOOK_CALL || (hook->kind == NCT_HOOK_RETURN && !fentry))
		snprintf(ret, size, "%s__%s", fentry ? "fexit" : "kretprobe", hook->program);
}
