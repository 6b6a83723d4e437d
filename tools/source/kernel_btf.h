/* SPDX-License-Identifier: GPL-2.0 */
/* What the running kernel's BTF says: functions, controller states, dialect. */
#ifndef NCT_SOURCE_KERNEL_BTF_H
#define NCT_SOURCE_KERNEL_BTF_H

#include "hooks.h"

#define NCT_MAX_RAW_STATES 32

/* The kernel's numbers for controller states → ours; NCT_STATE_UNKNOWN where a
 * number has no name known here. */
struct nct_states {
	enum nct_state map[NCT_MAX_RAW_STATES];
	enum nct_dialect dialect; /* UNKNOWN until nvme_core is present */
};

struct nct_kernel_btf; /* keeps vmlinux' BTF parsed between calls */

/* Returns NULL and *err (NCT_EXIT_SYSTEM) when the kernel has no BTF. */
struct nct_kernel_btf *nct_kernel_btf_open(struct nct_error *err);
void nct_kernel_btf_close(struct nct_kernel_btf *k);

/* What is there for a hook; indexed as nct_hooks. */
struct nct_found {
	bool function[NCT_MAX_HOOKS];
	bool tracepoint[NCT_MAX_HOOKS];
	bool witness[NCT_MAX_HOOKS];
};

/*
 * Notes what the BTF of the group's module, or of vmlinux where the module is built in,
 * has for the group's hooks: functions, and from nvme_core the tracepoints of all groups.
 * Returns 0, or -1 when the module is loaded without BTF.
 */
int nct_kernel_btf_find(struct nct_kernel_btf *k, enum nct_group group, struct nct_found *found);

/* Reads enum nvme_ctrl_state. Returns 0, or -1 when it is nowhere (no nvme_core). */
int nct_kernel_btf_states(struct nct_kernel_btf *k, struct nct_states *states);

#endif
