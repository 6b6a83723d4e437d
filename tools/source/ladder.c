// SPDX-License-Identifier: GPL-2.0
#include "ladder.h"

#include <stdio.h>
#include <string.h>

bool nct_plan_any(const struct nct_plan *plan)
{
	for (size_t i = 0; i < nct_hook_count; i++)
		if (plan->rungs[i])
			return true;
	return false;
}

enum nct_rung nct_plan_rung(const struct nct_plan *plan, size_t hook)
{
	return nct_best_rung(plan->rungs[hook]);
}

void nct_plan_step_down(struct nct_plan *plan, size_t hook, const char *what, const char *why)
{
	plan->rungs[hook] &= ~NCT_RUNG_BIT(nct_plan_rung(plan, hook));
	snprintf(plan->reason[hook], sizeof(plan->reason[hook]), "%s refused: %.130s", what, why);
}

void nct_plan_done(struct nct_plan *plan, size_t hook)
{
	plan->done[hook] = nct_plan_rung(plan, hook);
	plan->rungs[hook] = 0;
}

/* Whether the tracepoint tells, on this kernel, all that the hook is for. */
static bool tells(const struct nct_ladder *l, size_t hook, const struct nct_found *found)
{
	bool enough = !nct_hooks[hook].witness || found->witness[hook] ||
		      l->dialect == NCT_DIALECT_BASELINE;

	return found->tracepoint[hook] && enough &&
	       nct_hook_in_dialect(&nct_hooks[hook], l->dialect);
}

static void plan_tracepoints(const struct nct_ladder *l, enum nct_group group,
			     const struct nct_found *found, struct nct_plan *plan)
{
	unsigned int rung = NCT_RUNG_BIT(NCT_RUNG_TRACEPOINT);

	if (group != NCT_GROUP_MODULES) /* nothing else tells of those */
		rung &= l->rungs;
	for (size_t i = 0; i < nct_hook_count; i++)
		if (nct_hook_group(&nct_hooks[i], NCT_RUNG_TRACEPOINT) == group &&
		    tells(l, i, found))
			plan->rungs[i] |= rung;
}

static void plan_functions(const struct nct_ladder *l, enum nct_group group,
			   const struct nct_found *found, struct nct_todo *todo)
{
	for (size_t i = 0; i < nct_hook_count; i++) {
		const struct nct_hook *hook = &nct_hooks[i];
		struct nct_plan *plan = hook->instead_of ? &todo->substitutes : &todo->now;

		if (hook->group == group && found->function[i] && !l->traced[i] &&
		    nct_hook_in_dialect(hook, l->dialect))
			plan->rungs[i] |= l->rungs & NCT_FUNCTION_RUNGS;
	}
}

void nct_ladder_plan(const struct nct_ladder *l, enum nct_group group,
		     const struct nct_found *found, struct nct_todo *todo)
{
	plan_tracepoints(l, group, found, &todo->now);
	plan_functions(l, group, found, todo);
}

const char *nct_ladder_absence(const struct nct_ladder *l, size_t hook,
			       const struct nct_found *found)
{
	if (!nct_hook_in_dialect(&nct_hooks[hook], l->dialect))
		return "%s speaks another dialect";
	if (found->function[hook] || found->tracepoint[hook])
		return "%s has it, but --attach leaves it out";
	return nct_hooks[hook].function ? "%s has no such function (renamed or inlined)"
					: "%s has no such tracepoint";
}

size_t nct_hook_index(const char *name)
{
	size_t i = 0;

	while (strcmp(nct_hooks[i].name, name))
		i++;
	return i;
}
