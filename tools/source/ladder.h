/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ladder: which rungs each hook may use on this kernel, and down to which one it has
 * come. Pure; what the kernel has is told, what it refuses is learnt by trying.
 */
#ifndef NCT_SOURCE_LADDER_H
#define NCT_SOURCE_LADDER_H

#include "kernel_btf.h"

/* What is to become of each hook, and what became of it; arrays are indexed as nct_hooks. */
struct nct_plan {
	unsigned int rungs[NCT_MAX_HOOKS]; /* to be tried, as bits; 0: not wanted */
	enum nct_rung done[NCT_MAX_HOOKS]; /* attached on this one */
	char reason[NCT_MAX_HOOKS][160];   /* why not, or why not higher */
};

/* Whether any hook is still to be attached. */
bool nct_plan_any(const struct nct_plan *plan);

/* The rung that a hook is on: the best of those to be tried; NONE if there are none. */
enum nct_rung nct_plan_rung(const struct nct_plan *plan, size_t hook);

/* It was refused there: down to the next one, if it has one. */
void nct_plan_step_down(struct nct_plan *plan, size_t hook, const char *what, const char *why);

/* It is attached there. */
void nct_plan_done(struct nct_plan *plan, size_t hook);

struct nct_ladder {
	unsigned int rungs; /* that may be used, as bits */
	enum nct_dialect dialect;
	bool traced[NCT_MAX_HOOKS]; /* served by a tracepoint, whether its group is held or not */
};

/* What there is to attach. */
struct nct_todo {
	struct nct_plan now;
	struct nct_plan substitutes; /* after that, if what they stand in for is not served */
};

/*
 * Adds the hooks of a group that is to be held. With nvme_core's group come the tracepoints
 * that serve the others.
 */
void nct_ladder_plan(const struct nct_ladder *l, enum nct_group group,
		     const struct nct_found *found, struct nct_todo *todo);

/* Why a hook that was not planned was not: to be completed by its module's name. */
const char *nct_ladder_absence(const struct nct_ladder *l, size_t hook,
			       const struct nct_found *found);

/* The hook of that name. */
size_t nct_hook_index(const char *name);

#endif
