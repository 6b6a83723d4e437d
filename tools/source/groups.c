// SPDX-License-Identifier: GPL-2.0
#include "groups.h"

#include <stdio.h>
#include <string.h>

#include "../sys/inventory.h"

_Static_assert((int)NCT_GROUP_COUNT <= NCT_LIFE_GROUPS, "raise NCT_LIFE_GROUPS");

#define GRACE_NS     3000000000ull /* from loading a module to its first controller */
#define RETRY_NS     50000000ull   /* a module is announced before it can be hooked */
#define DEFAULT_RING (2u << 20)	   /* 4,000 state changes, 20,000 other records */

void nct_groups_init(struct nct_group_set *g, const struct nct_bpf_opts *opts)
{
	memset(g, 0, sizeof(*g));
	g->opts = *opts;
	if (!g->opts.ring_bytes)
		g->opts.ring_bytes = DEFAULT_RING;
	g->ladder.rungs = nct_attach_rungs(opts->attach);
	nct_maps_init(&g->maps);
	for (size_t i = 0; i < nct_hook_count; i++) {
		const struct nct_hook *hook = &nct_hooks[i];
		const char *module = nct_groups[hook->group].module;

		g->status[i] = (struct nct_hook_status) {
			.name = hook->name,
			.function = nct_hook_target(hook, NCT_RUNG_NONE),
			.module = module ? module : "vmlinux",
			.serves = hook->serves,
			.needed = hook->needed,
		};
	}
}

void nct_groups_free(struct nct_group_set *g)
{
	for (size_t i = 0; i < NCT_MAX_OBJECTS; i++)
		nct_object_free(g->objects[i]);
	nct_maps_close(&g->maps);
	memset(g->objects, 0, sizeof(g->objects));
}

void nct_groups_review(struct nct_group_set *g)
{
	g->review_ns = 0;
}

enum nct_group nct_group_of(const char *transport)
{
	for (int group = NCT_GROUP_TCP; group < NCT_GROUP_COUNT; group++)
		if (!strcmp(nct_groups[group].transport, transport))
			return group;
	return NCT_GROUP_MODULES;
}

static void set_rung(struct nct_group_set *g, size_t i, enum nct_rung rung)
{
	g->status[i].rung = rung;
	g->status[i].function = nct_hook_target(&nct_hooks[i], rung);
}

static void set_reason(struct nct_group_set *g, enum nct_group group, const char *fmt)
{
	for (size_t i = 0; i < nct_hook_count; i++) {
		const struct nct_hook *hook = &nct_hooks[i];

		if (hook->group != group)
			continue;
		set_rung(g, i, NCT_RUNG_NONE);
		g->status[i].module_present = g->group[group].present;
		g->status[i].idle = g->group[group].present && !g->group[group].held;
		g->status[i].spare =
			!hook->function || !nct_hook_in_dialect(hook, g->states.dialect);
		snprintf(g->status[i].reason, sizeof(g->status[i].reason), fmt,
			 g->status[i].module);
	}
}

/* No tracepoint serves any hook any more. */
static void forget_tracepoints(struct nct_group_set *g)
{
	for (size_t i = 0; i < nct_hook_count; i++)
		if (nct_hooks[i].group != NCT_GROUP_MODULES)
			g->ladder.traced[i] = false;
}

static void release(struct nct_group_set *g, enum nct_group group, const char *why)
{
	for (size_t i = 0; i < NCT_MAX_OBJECTS; i++) {
		if (!g->objects[i] || nct_object_release(g->objects[i], group))
			continue;
		nct_object_free(g->objects[i]);
		g->objects[i] = NULL;
	}
	if (group == NCT_GROUP_CORE)
		forget_tracepoints(g);
	g->group[group].held = false;
	g->generation++;
	set_reason(g, group, why);
}

void nct_groups_module(struct nct_group_set *g, const char *module, bool loaded, uint64_t now_ns)
{
	for (int group = NCT_GROUP_CORE; group < NCT_GROUP_COUNT; group++) {
		if (strcmp(nct_groups[group].module, module))
			continue;
		if (loaded)
			g->group[group].keep_until_ns = now_ns + GRACE_NS;
		else if (g->group[group].held)
			release(g, group, "%s was unloaded");
		/* A later build of the module may number its states otherwise. */
		if (group == NCT_GROUP_CORE)
			g->states.dialect = NCT_DIALECT_UNKNOWN;
	}
	nct_groups_review(g);
}

/* Whether a group should be held; kprobes pin nothing, so they may stay. */
static bool wanted(struct nct_group_set *g, const struct nct_lives *lives, enum nct_group group,
		   uint64_t now_ns)
{
	struct nct_group_state *s = &g->group[group];

	if (group == NCT_GROUP_MODULES)
		return true;
	s->present = nct_module_present(nct_groups[group].module);
	if (!s->present)
		return false;
	if (g->opts.attach == NCT_ATTACH_KPROBE || now_ns < s->keep_until_ns)
		return true;
	if (group == NCT_GROUP_CORE)
		return nct_module_used(nct_groups[group].module);
	return lives->in_group[group] > 0;
}

static int add_object(struct nct_group_set *g, struct nct_object *o, struct nct_error *err)
{
	for (size_t i = 0; i < NCT_MAX_OBJECTS; i++) {
		if (g->objects[i])
			continue;
		g->objects[i] = o;
		return 0;
	}
	nct_object_free(o);
	return nct_fail(err, NCT_EXIT_SYSTEM, "more than %d BPF objects", NCT_MAX_OBJECTS);
}

/* What became of the hooks in the plan. */
static void note_outcome(struct nct_group_set *g, const struct nct_plan *plan)
{
	for (size_t i = 0; i < nct_hook_count; i++) {
		if (plan->done[i] == NCT_RUNG_TRACEPOINT)
			g->ladder.traced[i] = true;
		if (!g->group[nct_hooks[i].group].held)
			continue;
		if (plan->done[i])
			set_rung(g, i, plan->done[i]);
		if (plan->reason[i][0])
			snprintf(g->status[i].reason, sizeof(g->status[i].reason), "%s",
				 plan->reason[i]);
	}
}

/* Down the ladder, until each hook in the plan is served, or out of rungs. */
static int attach(struct nct_group_set *g, struct nct_plan *plan, struct nct_error *err)
{
	struct nct_object *o;

	while (nct_plan_any(plan))
		if (nct_object_attach(&o, plan, &g->maps, g->opts.ring_bytes, err) ||
		    (o && add_object(g, o, err)))
			return -1;
	note_outcome(g, plan);
	return 0;
}

/* The rungs that this kernel has for a group's hooks. */
static void plan_group(struct nct_group_set *g, struct nct_kernel_btf *btf, enum nct_group group,
		       struct nct_todo *todo)
{
	struct nct_found found;

	if (nct_kernel_btf_find(btf, group, &found)) {
		set_reason(g, group,
			   "%s has no BTF: the kernel needs CONFIG_DEBUG_INFO_BTF_MODULES=y");
		return;
	}
	set_reason(g, group, "");
	nct_ladder_plan(&g->ladder, group, &found, todo);
	for (size_t i = 0; i < nct_hook_count; i++) {
		struct nct_hook_status *s = &g->status[i];

		if (nct_hooks[i].group != group)
			continue;
		s->reason[0] = '\0';
		if (g->ladder.traced[i])
			set_rung(g, i, NCT_RUNG_TRACEPOINT);
		if (g->ladder.traced[i] || todo->now.rungs[i] || todo->substitutes.rungs[i])
			s->spare = false;
		else
			snprintf(s->reason, sizeof(s->reason),
				 nct_ladder_absence(&g->ladder, i, &found), s->module);
	}
}

/* Those that others make superfluous are left out. */
static void drop_substitutes(struct nct_group_set *g, struct nct_plan *plan)
{
	for (size_t i = 0; i < nct_hook_count; i++) {
		const char *other = nct_hooks[i].instead_of;

		if (!plan->rungs[i] || !g->status[nct_hook_index(other)].rung)
			continue;
		plan->rungs[i] = 0;
		g->status[i].spare = true;
		snprintf(g->status[i].reason, sizeof(g->status[i].reason), "%s tells it", other);
	}
}

/* Nobody misses what they stand in for. */
static void note_substitutes(struct nct_group_set *g, const struct nct_plan *plan)
{
	for (size_t i = 0; i < nct_hook_count; i++)
		if (plan->done[i])
			g->status[nct_hook_index(nct_hooks[i].instead_of)].spare = true;
}

static int attach_groups(struct nct_group_set *g, const bool want[NCT_GROUP_COUNT],
			 struct nct_error *err)
{
	struct nct_kernel_btf *btf = nct_kernel_btf_open(err);
	struct nct_todo todo = { 0 };

	if (!btf)
		return -1;
	if (g->states.dialect == NCT_DIALECT_UNKNOWN && want[NCT_GROUP_CORE])
		nct_kernel_btf_states(btf, &g->states);
	g->ladder.dialect = g->states.dialect;
	for (int group = 0; group < NCT_GROUP_COUNT; group++) {
		if (!want[group] || g->group[group].held)
			continue;
		g->group[group].held = true;
		plan_group(g, btf, group, &todo);
	}
	g->generation++;
	nct_kernel_btf_close(btf); /* before libbpf parses it once more */
	if (attach(g, &todo.now, err))
		return -1;
	drop_substitutes(g, &todo.substitutes);
	if (attach(g, &todo.substitutes, err))
		return -1;
	note_substitutes(g, &todo.substitutes);
	return 0;
}

/* When to look again without being told to: a grace ends, or an announced module should
 * be there by now. */
static void plan_review(struct nct_group_set *g, uint64_t now_ns)
{
	g->review_ns = UINT64_MAX;
	for (int group = NCT_GROUP_CORE; group < NCT_GROUP_COUNT; group++) {
		const struct nct_group_state *s = &g->group[group];
		uint64_t next = s->present ? s->keep_until_ns : now_ns + RETRY_NS;

		if (now_ns < s->keep_until_ns && next < g->review_ns)
			g->review_ns = next;
	}
}

static void release_unwanted(struct nct_group_set *g, const bool want[NCT_GROUP_COUNT])
{
	for (int group = 0; group < NCT_GROUP_COUNT; group++) {
		if (want[group])
			continue;
		if (g->group[group].held)
			release(g, group, "released: no controller needs %s");
		else
			set_reason(g, group,
				   g->group[group].present ? "idle: %s has no controller"
							   : "%s is not loaded");
	}
}

int nct_groups_update(struct nct_group_set *g, const struct nct_lives *lives, uint64_t now_ns,
		      bool *core_attached, struct nct_error *err)
{
	bool want[NCT_GROUP_COUNT], attach_any = false;
	bool had_core = g->group[NCT_GROUP_CORE].held;

	*core_attached = false;
	if (now_ns < g->review_ns)
		return 0;
	for (int group = 0; group < NCT_GROUP_COUNT; group++) {
		want[group] = wanted(g, lives, group, now_ns);
		attach_any |= want[group] && !g->group[group].held;
	}
	release_unwanted(g, want);
	if (attach_any && attach_groups(g, want, err))
		return -1;
	*core_attached = !had_core && g->group[NCT_GROUP_CORE].held;
	plan_review(g, now_ns);
	return 0;
}
