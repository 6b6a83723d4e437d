// SPDX-License-Identifier: GPL-2.0
/* Which rung serves which hook: our tracepoints, functions by fentry or by kprobe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../tools/source/ladder.h"

#define BIT(rung) NCT_RUNG_BIT(NCT_RUNG_##rung)

static size_t hook(const char *name)
{
	size_t i = nct_hook_index(name);

	assert_string_equal(nct_hooks[i].name, name);
	return i;
}

/* A kernel that has all functions, and the tracepoints that are named. */
static struct nct_found kernel_with(const char *const tracepoints[])
{
	struct nct_found found = { 0 };

	for (size_t i = 0; i < nct_hook_count; i++) {
		const struct nct_hook *h = &nct_hooks[i];

		found.function[i] = h->function != NULL;
		for (size_t k = 0; tracepoints[k]; k++) {
			found.tracepoint[i] |=
				h->tracepoint && !strcmp(h->tracepoint, tracepoints[k]);
			found.witness[i] |= h->witness && !strcmp(h->witness, tracepoints[k]);
		}
	}
	return found;
}

#define KERNEL_WITH(...) kernel_with((const char *const[]) { __VA_ARGS__, NULL })

static struct nct_todo todo; /* too large for some stacks */

static void plan(const struct nct_ladder *l, enum nct_group group, const struct nct_found *found)
{
	memset(&todo, 0, sizeof(todo));
	nct_ladder_plan(l, group, found, &todo);
}

static void assert_rungs(const char *name, unsigned int bits)
{
	assert_int_equal(todo.now.rungs[hook(name)], bits);
}

static void options_choose_rungs(void **unused)
{
	(void)unused;
	assert_int_equal(nct_attach_rungs(NCT_ATTACH_AUTO),
			 BIT(TRACEPOINT) | BIT(FENTRY) | BIT(KPROBE));
	assert_int_equal(nct_attach_rungs(NCT_ATTACH_TRACEPOINT), BIT(TRACEPOINT));
	assert_int_equal(nct_attach_rungs(NCT_ATTACH_FUNCTION), BIT(FENTRY) | BIT(KPROBE));
	assert_int_equal(nct_attach_rungs(NCT_ATTACH_FENTRY), BIT(FENTRY));
	assert_int_equal(nct_attach_rungs(NCT_ATTACH_KPROBE), BIT(KPROBE));
	assert_int_equal(nct_best_rung(BIT(KPROBE) | BIT(TRACEPOINT)), NCT_RUNG_TRACEPOINT);
	assert_int_equal(nct_best_rung(BIT(KPROBE) | BIT(FENTRY)), NCT_RUNG_FENTRY);
	assert_int_equal(nct_best_rung(0), NCT_RUNG_NONE);
}

/* A stock kernel: functions only, and nothing of CCR. */
static void functions_where_there_is_no_tracepoint(void **unused)
{
	const struct nct_ladder l = { nct_attach_rungs(NCT_ATTACH_AUTO),
				      NCT_DIALECT_BASELINE,
				      { 0 } };
	struct nct_found found = KERNEL_WITH("none");

	(void)unused;
	found.function[hook("core.failover")] = false;
	plan(&l, NCT_GROUP_CORE, &found);
	assert_rungs("core.state", BIT(FENTRY) | BIT(KPROBE));
	assert_rungs("core.failover", 0);
	assert_rungs("core.error", 0);
	assert_rungs("core.ccr.start", 0);
	assert_rungs("core.recovery_end", 0);
	assert_rungs("tcp.err_work.start", 0); /* of another group */
	assert_int_equal(todo.substitutes.rungs[hook("core.ccr.submit")], 0);
	assert_string_equal(nct_ladder_absence(&l, hook("core.failover"), &found),
			    "%s has no such function (renamed or inlined)");
	assert_string_equal(nct_ladder_absence(&l, hook("core.error"), &found),
			    "%s has no such tracepoint");
	assert_string_equal(nct_ladder_absence(&l, hook("core.ccr.start"), &found),
			    "%s speaks another dialect");
}

/* They come with nvme_core, and serve the hooks of transports. */
static void tracepoints_are_the_first_rung(void **unused)
{
	struct nct_ladder l = { nct_attach_rungs(NCT_ATTACH_AUTO), NCT_DIALECT_RECOVERING, { 0 } };
	struct nct_found found =
		KERNEL_WITH("nvme_ctrl_state_change", "nvme_err_work_start", "nvme_hold_start");

	(void)unused;
	plan(&l, NCT_GROUP_CORE, &found);
	assert_rungs("core.state", BIT(TRACEPOINT) | BIT(FENTRY) | BIT(KPROBE));
	assert_rungs("core.gone", BIT(FENTRY) | BIT(KPROBE));
	assert_rungs("core.ccr.start", BIT(FENTRY) | BIT(KPROBE));
	assert_rungs("tcp.err_work.start", BIT(TRACEPOINT));
	assert_rungs("tcp.err_work.end", 0);
	assert_int_equal(todo.substitutes.rungs[hook("core.ccr.submit")],
			 BIT(FENTRY) | BIT(KPROBE));
	/* now nvme_tcp is to be held, too */
	nct_ladder_plan(&l, NCT_GROUP_TCP, &found, &todo);
	assert_rungs("tcp.err_work.start", BIT(TRACEPOINT) | BIT(FENTRY) | BIT(KPROBE));
	assert_rungs("tcp.err_work.end", BIT(FENTRY) | BIT(KPROBE));
	assert_rungs("tcp.fencing_work.start", 0);
	assert_rungs("rdma.err_work.start", BIT(TRACEPOINT));
	/* or later, when the tracepoint is attached already */
	l.traced[hook("tcp.err_work.start")] = true;
	plan(&l, NCT_GROUP_TCP, &found);
	assert_rungs("tcp.err_work.start", 0);
	assert_rungs("tcp.err_work.end", BIT(FENTRY) | BIT(KPROBE));
	assert_int_equal(
		nct_hook_group(&nct_hooks[hook("tcp.err_work.start")], NCT_RUNG_TRACEPOINT),
		NCT_GROUP_CORE);
	assert_string_equal(
		nct_hook_target(&nct_hooks[hook("tcp.err_work.start")], NCT_RUNG_TRACEPOINT),
		"nvme_err_work_start");
}

/* Only the first patch: on a CCR-capable kernel it does not tell of a hold, nor of the
 * helper's state change. */
static void half_the_tracepoints(void **unused)
{
	struct nct_ladder l = { .rungs = nct_attach_rungs(NCT_ATTACH_AUTO) };
	struct nct_found found =
		KERNEL_WITH("nvme_ctrl_state_change", "nvme_err_work_start", "nvme_err_work_end");

	(void)unused;
	l.dialect = NCT_DIALECT_RECOVERING;
	plan(&l, NCT_GROUP_CORE, &found);
	assert_rungs("core.state", BIT(TRACEPOINT) | BIT(FENTRY) | BIT(KPROBE));
	assert_rungs("core.recovery_end", BIT(FENTRY) | BIT(KPROBE));
	assert_rungs("tcp.err_work.end", 0);
	nct_ladder_plan(&l, NCT_GROUP_TCP, &found, &todo);
	assert_rungs("tcp.err_work.end", BIT(FENTRY) | BIT(KPROBE));
	l.dialect = NCT_DIALECT_BASELINE;
	plan(&l, NCT_GROUP_CORE, &found);
	assert_rungs("core.recovery_end", 0);
	assert_rungs("tcp.err_work.end", BIT(TRACEPOINT));
}

static void a_rung_may_be_forced(void **unused)
{
	struct nct_ladder l = { nct_attach_rungs(NCT_ATTACH_TRACEPOINT),
				NCT_DIALECT_BASELINE,
				{ 0 } };
	struct nct_found found = KERNEL_WITH("nvme_ctrl_state_change", "module_load");

	(void)unused;
	plan(&l, NCT_GROUP_CORE, &found);
	assert_rungs("core.state", BIT(TRACEPOINT));
	assert_rungs("core.gone", 0);
	assert_string_equal(nct_ladder_absence(&l, hook("core.gone"), &found),
			    "%s has it, but --attach leaves it out");
	l.rungs = nct_attach_rungs(NCT_ATTACH_KPROBE);
	plan(&l, NCT_GROUP_CORE, &found);
	assert_rungs("core.state", BIT(KPROBE));
	/* nothing else tells of modules */
	plan(&l, NCT_GROUP_MODULES, &found);
	assert_rungs("module.load", BIT(TRACEPOINT));
	assert_rungs("module.free", 0);
	assert_rungs("core.state", 0);
}

static void down_the_ladder(void **unused)
{
	const struct nct_ladder l = { nct_attach_rungs(NCT_ATTACH_AUTO),
				      NCT_DIALECT_BASELINE,
				      { 0 } };
	struct nct_found found = KERNEL_WITH("nvme_ctrl_state_change");
	size_t state = hook("core.state"), gone = hook("core.gone");

	(void)unused;
	plan(&l, NCT_GROUP_CORE, &found);
	assert_int_equal(nct_plan_rung(&todo.now, state), NCT_RUNG_TRACEPOINT);
	nct_plan_step_down(&todo.now, state, "attach", "Operation not permitted");
	assert_int_equal(nct_plan_rung(&todo.now, state), NCT_RUNG_FENTRY);
	assert_string_equal(todo.now.reason[state], "attach refused: Operation not permitted");
	nct_plan_done(&todo.now, state);
	assert_int_equal(nct_plan_rung(&todo.now, state), NCT_RUNG_NONE);
	assert_int_equal(todo.now.done[state], NCT_RUNG_FENTRY);
	nct_plan_step_down(&todo.now, gone, "load", "no");
	nct_plan_step_down(&todo.now, gone, "load", "no");
	assert_int_equal(todo.now.rungs[gone], 0);
	assert_int_equal(todo.now.done[gone], NCT_RUNG_NONE);
	assert_true(nct_plan_any(&todo.now));
	for (size_t i = 0; i < nct_hook_count; i++)
		todo.now.rungs[i] = 0;
	assert_false(nct_plan_any(&todo.now));
}

/* The table's names of other hooks and of witnesses are names of something. */
static void the_table_is_sound(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < nct_hook_count; i++) {
		const struct nct_hook *h = &nct_hooks[i];
		bool witness = !h->witness, other = !h->instead_of;

		assert_int_equal(h->kind == NCT_HOOK_EVENT, !h->function);
		for (size_t k = 0; k < nct_hook_count; k++) {
			witness |= h->witness && nct_hooks[k].tracepoint &&
				   !strcmp(h->witness, nct_hooks[k].tracepoint);
			other |= h->instead_of && !strcmp(h->instead_of, nct_hooks[k].name);
			assert_true(i == k || strcmp(h->name, nct_hooks[k].name));
		}
		assert_true(witness && other);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_choose_rungs),
		cmocka_unit_test(functions_where_there_is_no_tracepoint),
		cmocka_unit_test(tracepoints_are_the_first_rung),
		cmocka_unit_test(half_the_tracepoints),
		cmocka_unit_test(a_rung_may_be_forced),
		cmocka_unit_test(down_the_ladder),
		cmocka_unit_test(the_table_is_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
