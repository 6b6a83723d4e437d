/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hooks: what each one is for, and the ladder of ways to serve it: our tracepoint,
 * else a kernel function by fentry, else that function by kprobe.
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

/* Where a hook's function is hooked. */
enum nct_hook_kind {
	NCT_HOOK_EVENT = 0,  /* nowhere: it has a tracepoint only */
	NCT_HOOK_ENTRY = 1,  /* fentry | kprobe */
	NCT_HOOK_RETURN = 2, /* fexit | kprobe + kretprobe */
	NCT_HOOK_CALL = 3,   /* fentry + fexit | kprobe + kretprobe */
};

struct nct_hook {
	const char *name;
	const char *tracepoint; /* NULL: none; may serve several hooks */
	/*
	 * Another tracepoint, which came with the patch that has the first one tell all on
	 * CCR-capable kernels, too; NULL: it always does.
	 */
	const char *witness;
	const char *function; /* NULL: none */
	const char *program;  /* of the function; name without its rung's prefix */
	enum nct_group group; /* of the function */
	enum nct_hook_kind kind;
	unsigned int dialects;	/* bit per enum nct_dialect that has it; 0: all have */
	const char *instead_of; /* of use only if that hook is not served; NULL */
	bool needed;
	bool io; /* without it nothing is told of I/O requests: what is missing would look like none
		  */
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

#define NCT_RUNG_BIT(rung) (1u << (rung))
#define NCT_FUNCTION_RUNGS (NCT_RUNG_BIT(NCT_RUNG_FENTRY) | NCT_RUNG_BIT(NCT_RUNG_KPROBE))

/* The rungs that may be used, as bits. */
unsigned int nct_attach_rungs(enum nct_attach attach);

/* The highest rung of the ladder among those bits; NONE if there is none. */
enum nct_rung nct_best_rung(unsigned int rungs);

/* The tracepoint or the function. */
const char *nct_hook_target(const struct nct_hook *hook, enum nct_rung rung);

/* Whose module is pinned, or waited for, on that rung: tracepoints are nvme_core's. */
enum nct_group nct_hook_group(const struct nct_hook *hook, enum nct_rung rung);

/* Whether a kernel of this dialect has what the hook is about. */
bool nct_hook_in_dialect(const struct nct_hook *hook, enum nct_dialect dialect);

/* The program that serves a hook at entry (or the only one), and the one at return
 * of a pair. Writes "" when the rung needs no such program. */
void nct_hook_programs(const struct nct_hook *hook, enum nct_rung rung, char *entry, char *ret,
		       size_t size);

#endif
