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
	g->maps = (struct nct_maps) { -1, -1, -1, -1 };
	for (size_t i = 0; i < nct_hook_count; i++) {
		const struct nct_hook *hook = &nct_hooks[i];
		const char *module = nct_groups[hook->group].module;

		g->status[i] = (struct nct_hook_status) {
			.name = hook->name,
			.function = hook->function,
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

static void set_reason(struct nct_group_set *g, enum nct_group group, const char *fmt)
{
	for (size_t i = 0; i < nct_hook_count; i++) {
		if (nct_hooks[i].group != group)
			continue;
		g->status[i].rung = NCT_RUNG_NONE;
		g->status[i].module_present = g->group[group].present;
		g->status[i].idle = g->group[group].present && !g->group[group].held;
		snprintf(g->status[i].reason, sizeof(g->status[i].reason), fmt,
			 g->status[i].module);
	}
}

static void release(struct nct_group_set *g, enum nct_group group, const char *why)
{
	for (size_t i = 0; i < NCT_MAX_OBJECTS; i++) {
		if (!g->objects[i] || nct_object_release(g->objects[i], group))
			continue;
		nct_object_free(g->objects[i]);
		g->objects[i] = NULL;
	}
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

/* Tries one rung for the hooks in the plan and notes the outcome of each. */
static int try_rung(struct nct_group_set *g, struct nct_plan *plan, enum nct_rung rung,
		    struct nct_error *err)
{
	struct nct_object *o;

	if (nct_object_attach(&o, plan, rung, &g->maps, g->opts.ring_bytes, err) ||
	    (o && add_object(g, o, err)))
		return -1;
	for (size_t i = 0; i < nct_hook_count; i++) {
		if (plan->done[i] && !g->status[i].rung)
			g->status[i].rung =
				nct_hooks[i].kind == NCT_HOOK_TP_BTF ? NCT_RUNG_TRACEPOINT : rung;
		if (plan->reason[i][0])
			snprintf(g->status[i].reason, sizeof(g->status[i].reason), "%s",
				 plan->reason[i]);
	}
	return 0;
}

/* What was refused on the first rung goes to the last one. */
static bool plan_second(const struct nct_group_set *g, const struct nct_plan *first,
			const bool tried[NCT_MAX_HOOKS], struct nct_plan *second)
{
	bool any = false;

	memset(second, 0, sizeof(*second));
	if (g->opts.attach != NCT_ATTACH_AUTO)
		return false;
	for (size_t i = 0; i < nct_hook_count; i++) {
		second->want[i] =
			tried[i] && !first->done[i] && nct_hooks[i].kind != NCT_HOOK_TP_BTF;
		any |= second->want[i];
	}
	return any;
}

static int attach(struct nct_group_set *g, struct nct_plan *plan, struct nct_error *err)
{
	enum nct_rung rung =
		g->opts.attach == NCT_ATTACH_KPROBE ? NCT_RUNG_KPROBE : NCT_RUNG_FENTRY;
	bool tried[NCT_MAX_HOOKS];
	struct nct_plan second;

	memcpy(tried, plan->want, sizeof(tried));
	if (try_rung(g, plan, rung, err))
		return -1;
	if (!plan_second(g, plan, tried, &second))
		return 0;
	return try_rung(g, &second, NCT_RUNG_KPROBE, err);
}

/* The hooks of a group whose functions this kernel has. */
static void plan_group(struct nct_group_set *g, struct nct_kernel_btf *btf, enum nct_group group,
		       struct nct_plan *plan)
{
	bool present[NCT_MAX_HOOKS] = { false };

	if (nct_kernel_btf_functions(btf, group, present)) {
		set_reason(g, group,
			   "%s has no BTF: the kernel needs CONFIG_DEBUG_INFO_BTF_MODULES=y");
		return;
	}
	set_reason(g, group, "%s has no such function (renamed or inlined)");
	for (size_t i = 0; i < nct_hook_count; i++) {
		if (nct_hooks[i].group != group || !present[i])
			continue;
		plan->want[i] = true;
		g->status[i].reason[0] = '\0';
	}
}

static int attach_groups(struct nct_group_set *g, const bool want[NCT_GROUP_COUNT],
			 struct nct_error *err)
{
	struct nct_kernel_btf *btf = nct_kernel_btf_open(err);
	struct nct_plan plan = { 0 };

	if (!btf)
		return -1;
	for (int group = 0; group < NCT_GROUP_COUNT; group++) {
		if (!want[group] || g->group[group].held)
			continue;
		g->group[group].held = true;
		plan_group(g, btf, group, &plan);
	}
	if (g->states.dialect == NCT_DIALECT_UNKNOWN && g->group[NCT_GROUP_CORE].held)
		nct_kernel_btf_states(btf, &g->states);
	g->generation++;
	nct_kernel_btf_close(btf); /* before libbpf parses it once more */
	return attach(g, &plan, err);
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
