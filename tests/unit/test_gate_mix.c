// SPDX-License-Identifier: GPL-2.0
/* The gate: how often what happened, on either side. */
#include "../../tools/gate/mix.h"
#include "gate_fixture.h"

static const struct nct_mix *mix_of(const struct fixture *f, bool of_ends)
{
	for (size_t i = 0; i < f->gate.compared.nmixes; i++)
		if (f->gate.compared.mixes[i].of_ends == of_ends)
			return &f->gate.compared.mixes[i];
	fail();
	return NULL;
}

static enum nct_found mix_found(struct fixture *f, enum nct_fence from, enum nct_fence to)
{
	add(&f->side[0], 60, from, "tcp", 100);
	add(&f->side[1], 30, from, "tcp", 100);
	add(&f->side[1], 30, to, "tcp", 100);
	judge(f);
	nct_side_free(&f->side[0]);
	nct_side_free(&f->side[1]);
	return mix_of(f, false)->found;
}

static void fences_have_a_direction(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mix_found(f, NCT_FENCE_CCR, NCT_FENCE_HOLD), NCT_FOUND_WORSE);
	assert_int_equal(f->gate.verdict, NCT_GATE_REGRESSION);
	assert_int_equal(mix_found(f, NCT_FENCE_HOLD, NCT_FENCE_UNFENCED), NCT_FOUND_WORSE);
	assert_int_equal(mix_found(f, NCT_FENCE_HOLD, NCT_FENCE_CCR), NCT_FOUND_BETTER);
	assert_int_equal(f->gate.verdict, NCT_GATE_INCONCLUSIVE); /* the times with CCR are new */
	assert_int_equal(mix_found(f, NCT_FENCE_UNFENCED, NCT_FENCE_HOLD), NCT_FOUND_BETTER);
	assert_int_equal(mix_found(f, NCT_FENCE_CCR, NCT_FENCE_CCR_IMMEDIATE), NCT_FOUND_CHANGED);
	assert_int_equal(mix_found(f, NCT_FENCE_CCR, NCT_FENCE_UNKNOWN), NCT_FOUND_CHANGED);
	assert_int_equal(mix_found(f, NCT_FENCE_CCR, NCT_FENCE_CCR), NCT_FOUND_SAME);
}

/* More CCRs make nothing good. */
static void unfenced_is_not_outweighed(void **state)
{
	struct fixture *f = *state;

	add(&f->side[0], 60, NCT_FENCE_HOLD, "tcp", 100);
	add(&f->side[1], 16, NCT_FENCE_HOLD, "tcp", 100);
	add(&f->side[1], 24, NCT_FENCE_CCR, "tcp", 100);
	add(&f->side[1], 20, NCT_FENCE_UNFENCED, "tcp", 100);
	assert_int_equal(judge(f), NCT_GATE_REGRESSION);
	assert_int_equal(mix_of(f, false)->found, NCT_FOUND_WORSE);
}

/* Nothing is known of the candidate's; and what counts at all may be set to 0. */
static void what_is_not_known_has_no_direction(void **state)
{
	struct fixture *f = *state;

	f->opts.compare.min_effect = 0;
	add(&f->side[0], 30, NCT_FENCE_CCR, "tcp", 100);
	add(&f->side[1], 30, NCT_FENCE_UNKNOWN, "tcp", 100);
	judge(f);
	assert_int_equal(mix_of(f, false)->found, NCT_FOUND_CHANGED);
	nct_side_free(&f->side[1]);
	add(&f->side[1], 30, NCT_FENCE_CCR_IMMEDIATE, "tcp", 100);
	judge(f);
	assert_int_equal(mix_of(f, false)->found, NCT_FOUND_CHANGED);
}

static void a_few_other_fences_may_be_chance(void **state)
{
	struct fixture *f = *state;

	add(&f->side[0], 30, NCT_FENCE_CCR, "tcp", 100);
	add(&f->side[1], 28, NCT_FENCE_CCR, "tcp", 100);
	add(&f->side[1], 2, NCT_FENCE_HOLD, "tcp", 100);
	assert_int_equal(judge(f), NCT_GATE_PASS);
	assert_int_equal(mix_of(f, false)->found, NCT_FOUND_SAME);
}

static void a_mix_of_few_leaves_it_open(void **state)
{
	struct fixture *f = *state;

	f->opts.compare.by = 0;
	f->opts.compare.alpha = 0.4;
	add(&f->side[0], 1, NCT_FENCE_CCR, "tcp", 100);
	add(&f->side[1], 1, NCT_FENCE_HOLD, "tcp", 100);
	assert_int_equal(judge(f), NCT_GATE_INCONCLUSIVE);
	assert_int_equal(mix_of(f, false)->found, NCT_FOUND_TOO_FEW);
}

static void more_removed_is_worse(void **state)
{
	struct fixture *f = *state;
	struct nct_times gone = times(NCT_FENCE_CCR, "tcp", 100 * MS);

	gone.end = NCT_END_REMOVED;
	add(&f->side[0], 30, NCT_FENCE_CCR, "tcp", 100);
	add(&f->side[1], 20, NCT_FENCE_CCR, "tcp", 100);
	for (int i = 0; i < 10; i++)
		assert_int_equal(nct_side_times(&f->side[1], &gone, 1), 0);
	assert_int_equal(judge(f), NCT_GATE_REGRESSION);
	assert_int_equal(mix_of(f, true)->found, NCT_FOUND_WORSE);
	assert_int_equal(mix_of(f, false)->found, NCT_FOUND_SAME);
}

/* Both sides have both outcomes, so that all times are compared with something. */
static void a_better_mix_is_an_improvement(void **state)
{
	struct fixture *f = *state;

	for (int side = 0; side < 2; side++) {
		add(&f->side[side], side ? 20 : 50, NCT_FENCE_HOLD, "tcp", 5000);
		add(&f->side[side], side ? 50 : 20, NCT_FENCE_CCR, "tcp", 100);
	}
	assert_int_equal(judge(f), NCT_GATE_IMPROVED);
	assert_int_equal(mix_of(f, false)->found, NCT_FOUND_BETTER);
}

/* 2 recoveries of another transport, one of which found no source. */
static void a_rare_mix_leaves_nothing_open(void **state)
{
	struct fixture *f = *state;

	for (int side = 0; side < 2; side++) {
		add(&f->side[side], 60, NCT_FENCE_CCR, "tcp", 100);
		add(&f->side[side], 1, NCT_FENCE_CCR, "rdma", 100);
		add(&f->side[side], 1, NCT_FENCE_UNFENCED, "rdma", 100);
	}
	assert_int_equal(judge(f), NCT_GATE_PASS);
}

/* More tables than can be counted: that is no pass. */
static void what_cannot_be_counted_is_open(void **state)
{
	const size_t many = 30000;
	struct nct_stratum a = { .n = 5 * many }, b = { .n = 5 * many };
	struct nct_mix mix;

	(void)state;
	for (size_t i = 0; i < NCT_FENCES; i++) {
		a.by_fence[i] = many + i;
		b.by_fence[i] = many - i;
	}
	nct_mix_of(&mix, &a, &b, false);
	mix.leads = true;
	assert_int_equal(nct_mix_test(&mix, 0.05), 0);
	assert_false(mix.counted);
	assert_false(mix.testable);
	nct_mix_conclude(&mix, 0.05, 0.05);
	assert_int_equal(mix.found, NCT_FOUND_TOO_FEW);
}

/* Where there is nothing to fence there is no mix of fences. */
static void without_a_fence_there_is_no_mix(void **state)
{
	struct fixture *f = *state;
	struct nct_times t = times(NCT_FENCE_UNKNOWN, "pcie", 100 * MS);

	t.no_fence = true;
	for (int i = 0; i < 30; i++) {
		assert_int_equal(nct_side_times(&f->side[0], &t, 1), 0);
		assert_int_equal(nct_side_times(&f->side[1], &t, 1), 0);
	}
	assert_int_equal(judge(f), NCT_GATE_PASS);
	assert_int_equal(mix_of(f, false)->found, NCT_FOUND_NOTHING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_better_mix_is_an_improvement),
		T(a_rare_mix_leaves_nothing_open),
		T(fences_have_a_direction),
		T(unfenced_is_not_outweighed),
		T(what_is_not_known_has_no_direction),
		T(a_few_other_fences_may_be_chance),
		T(a_mix_of_few_leaves_it_open),
		T(more_removed_is_worse),
		T(what_cannot_be_counted_is_open),
		T(without_a_fence_there_is_no_mix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
