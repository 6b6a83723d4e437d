/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hooks of the function front end: which kernel function each one watches,
 * which programs of bpf/function.bpf.c serve it, and what it is for.
 */
#ifndef NCT_SOURCE_HOOKS_H
#define NCT_SOURCE_HOOKS_H

#include "bpf.h"

/* Hooks of one kernel module are loaded and released together. */
enum nct_group {
	NCT_GROUP_MODULES = 0, /* coming and going of modules; always held */
	NCT_GROUP_CORE = 1,
	NCT_GROUP_TCP = 2,
	NCT_GROUP_RDMA = 3,
	NCT_GROUP_FC = 4,
	NCT_GROUP_PCI = 5,
	NCT_GROUP_LOOP = 6,
	NCT_GROUP_COUNT
};

enum nct_hook_kind {
	NCT_HOOK_ENTRY = 1,  /* fentry | kprobe */
	NCT_HOOK_RETURN = 2, /* fexit | kprobe + kretprobe */
	NCT_HOOK_TP_BTF = 3, /* tracepoint by BTF */
	NCT_HOOK_CALL = 4,   /* fentry + fexit | kprobe + kretprobe */
};

struct nct_hook {
	const char *name;
	const char *program; /* name without its rung's prefix */
	const char *function;
	enum nct_group group;
	enum nct_hook_kind kind;
	bool needed;
	const char *serves;
};

struct nct_group_info {
	const char *module;    /* as in /sys/module */
	const char *transport; /* as in sysfs `transport`; NULL: all */
};

#define NCT_MAX_HOOKS 64

extern const struct nct_hook nct_hooks[];
extern const size_t nct_hook_count;
extern const struct nct_group_info nct_groups[NCT_GROUP_COUNT];

/* The program that serves a hook at entry (or the only one), and the one at return
 * of a pair. Writes "" when the rung needs no such program. */
void nct_hook_programs(const struct nct_hook *hook, enum nct_rung rung, char *entry, char *ret,
		       size_t size);

#endif
