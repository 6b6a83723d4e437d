// SPDX-License-Identifier: GPL-2.0
/* The gate: what is a difference, what is none, and when it cannot tell. */
#include "gate_fixture.h"

static const struct nct_comparison *of(const struct fixture *f, enum nct_fence fence,
				       const char *transport)
{
	for (size_t i = 0; i < f->gate.compared.ntimes; i++) {
		const struct nct_comparison *t = &f->gate.compared.times[i];
		const struct nct_stratum *s = t->side[0] ? t->side[0] : t->side[1];

		if (t->metric == NCT_METRIC_RETRY && s->fence == fence &&
		    !strcmp(s->transport, transport))
			return t;
	}
	fail();
	return NULL;
}

/* ---- times ------------------------------------------------------------------------------ */

static void slower_is_a_regression(void **state)
{
	struct fixture *f = *state;

	add(&f->side[0], 30, NCT_FENCE_CCR, "tcp", 100);
	add(&f->side[1], 30, NCT_FENCE_CCR, "tcp", 120);
	assert_int_equal(judge(f), NCT_GATE_REGRESSION);
	assert_int_equal(nct_gate_exit(f->gate.verdict), 1);
	assert_int_equal(of(f, NCT_FENCE_CCR, "tcp")->found, NCT_FOUND_WORSE);
	assert_true(of(f, NCT_FENCE_CCR, "tcp")->shift.estimate > 19 * MS);
	assert_true(of(f, NCT_FENCE_CCR, "tcp")->worse < 1e-6);
	assert_true(of(f, NCT_FENCE_CCR, "tcp")->better > 0.99);
}

static void faster_is_an_improvement(void **state)
{
	struct fixture *f = *state;

	add(&f->side[0], 30, NCT_FENCE_CCR, "tcp", 120);
	add(&f->side[1], 30, NCT_FENCE_CCR, "tcp", 100);
	assert_int_equal(judge(f), NCT_GATE_IMPROVED);
	assert_int_equal(nct_gate_exit(f->gate.verdict), 0);
	assert_int_equal(of(f, NCT_FENCE_CCR, "tcp")->found, NCT_FOUND_BETTER);
}

static void the_same_passes(void **state)
{
	struct fixture *f = *state;

	add(&f->side[0], 30, NCT_FENCE_CCR, "tcp", 100);
	add(&f->side[1], 30, NCT_FENCE_CCR, "tcp", 100);
	assert_int_equal(judge(f), NCT_GATE_PASS);
	assert_int_equal(nct_gate_exit(f->gate.verdict), 0);
	assert_int_equal(of(f, NCT_FENCE_CCR, "tcp")->needed, 5);
}

/* 3 % are significant here, and do not matter. */
static void what_is_too_small_does_not_matter(void **state)
{
	struct fixture *f = *state;

	add(&f->side[0], 50, NCT_FENCE_CCR, "tcp", 100);
	add(&f->side[1], 50, NCT_FENCE_CCR, "tcp", 103);
	assert_int_equal(judge(f), NCT_GATE_PASS);
	assert_true(of(f, NCT_FENCE_CCR, "tcp")->worse < 0.001);
	f->opts.compare.min_effect = 0.02;
	assert_int_equal(judge(f), NCT_GATE_REGRESSION);
	f->opts.compare.min_effect_ns = 4 * MS;
	assert_int_equal(judge(f), NCT_GATE_PASS);
	f->opts.compare.min_effect_ns = 2 * MS;
	assert_int_equal(judge(f), NCT_GATE_REGRESSION);
}

/* What the time stamps cannot tell apart is none. */
static void what_is_below_the_resolution_does_not_matter(void **state)
{
	struct fixture *f = *state;
	struct nct_times coarse = times(NCT_FENCE_CCR, "tcp", 100 * MS);

	add(&f->side[0], 30, NCT_FENCE_CCR, "tcp", 100);
	add(&f->side[1], 30, NCT_FENCE_CCR, "tcp", 120);
	assert_int_equal(nct_side_times(&f->side[1], &coarse, 1000 * MS), 0);
	assert_int_equal(judge(f), NCT_GATE_PASS);
}

/* Great, and by chance: the samples overlap too much. */
static void what_may_be_chance_is_none(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < 30; i++) {
		struct nct_times a = times(NCT_FENCE_CCR, "tcp", (10 + i * 10) * MS);
		struct nct_times b = times(NCT_FENCE_CCR, "tcp", (25 + i * 10) * MS);

		assert_int_equal(nct_side_times(&f->side[0], &a, 1), 0);
		assert_int_equal(nct_side_times(&f->side[1], &b, 1), 0);
	}
	f->opts.compare.detect = 3;
	assert_int_equal(judge(f), NCT_GATE_PASS);
	assert_true(of(f, NCT_FENCE_CCR, "tcp")->worse > 0.05);
	f->opts.compare.alpha = 0.4;
	assert_int_equal(judge(f), NCT_GATE_REGRESSION);
}

/* ---- strata ------------------------------------------------------------------------------- */

/* All holds are slower, which the many CCRs would hide. */
static void each_stratum_is_looked_at(void **state)
{
	static const struct {
		enum nct_fence fence;
		const char *transport;
	} slow[] = { { NCT_FENCE_CCR, "rdma" },
		     { NCT_FENCE_CCR, "tcp" },
		     { NCT_FENCE_HOLD, "tcp" } };
	struct fixture *f = *state;

	for (size_t which = 0; which < 3; which++) {
		for (size_t i = 0; i < 3; i++) {
			add(&f->side[0], 30, slow[i].fence, slow[i].transport,
			    100 + 50.0 * (double)i);
			add(&f->side[1], 30, slow[i].fence, slow[i].transport,
			    (100 + 50.0 * (double)i) * (i == which ? 1.2 : 1));
		}
		assert_int_equal(judge(f), NCT_GATE_REGRESSION);
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(of(f, slow[i].fence, slow[i].transport)->found,
					 i == which ? NCT_FOUND_WORSE : NCT_FOUND_SAME);
		nct_side_free(&f->side[0]);
		nct_side_free(&f->side[1]);
	}
}

/* One stratum became faster, another slower. */
static void a_regression_outweighs_an_improvement(void **state)
{
	struct fixture *f = *state;

	add(&f->side[0], 30, NCT_FENCE_CCR, "tcp", 100);
	add(&f->side[1], 30, NCT_FENCE_CCR, "tcp", 50);
	add(&f->side[0], 30, NCT_FENCE_HOLD, "tcp", 1000);
	add(&f->side[1], 30, NCT_FENCE_HOLD, "tcp", 1200);
	assert_int_equal(judge(f), NCT_GATE_REGRESSION);
}

static void strata_are_by_what_is_asked_for(void **state)
{
	struct fixture *f = *state;

	add(&f->side[0], 30, NCT_FENCE_CCR, "tcp", 100);
	add(&f->side[1], 30, NCT_FENCE_HOLD, "rdma", 100);
	assert_int_equal(judge(f), NCT_GATE_INCONCLUSIVE);
	assert_true(nct_gate_nothing_compared(&f->gate));
	f->opts.compare.by = NCT_BY_CONTROLLER;
	assert_int_equal(judge(f), NCT_GATE_REGRESSION); /* the mix: CCR is gone */
	assert_int_equal(f->gate.compared.times[0].found, NCT_FOUND_SAME);
	f->opts.compare.by = 0;
	assert_int_equal(judge(f), NCT_GATE_REGRESSION);
	assert_int_equal(f->gate.compared.ntimes, 1);
}

/* ---- too few --------------------------------------------------------------------------------- */

static void too_few_is_no_pass(void **state)
{
	struct fixture *f = *state;

	add(&f->side[0], 30, NCT_FENCE_CCR, "tcp", 100);
	add(&f->side[1], 3, NCT_FENCE_CCR, "tcp", 100);
	assert_int_equal(judge(f), NCT_GATE_INCONCLUSIVE);
	assert_int_equal(nct_gate_exit(f->gate.verdict), 4);
	assert_int_equal(of(f, NCT_FENCE_CCR, "tcp")->found, NCT_FOUND_TOO_FEW);
	assert_int_equal(of(f, NCT_FENCE_CCR, "tcp")->needed, 5);
	add(&f->side[1], 2, NCT_FENCE_CCR, "tcp", 100);
	assert_int_equal(judge(f), NCT_GATE_PASS);
}

/* The other way round, and what is found is found all the same. */
static void too_few_on_either_side(void **state)
{
	struct fixture *f = *state;

	add(&f->side[0], 4, NCT_FENCE_CCR, "tcp", 100);
	add(&f->side[1], 30, NCT_FENCE_CCR, "tcp", 100);
	assert_int_equal(judge(f), NCT_GATE_INCONCLUSIVE);
	nct_side_free(&f->side[1]);
	add(&f->side[1], 30, NCT_FENCE_CCR, "tcp", 200);
	assert_int_equal(judge(f), NCT_GATE_REGRESSION);
}

/* Two of a hundred were fenced by a hold: nothing hangs on them. */
static void rare_strata_leave_nothing_open(void **state)
{
	struct fixture *f = *state;

	for (int side = 0; side < 2; side++) {
		add(&f->side[side], 98, NCT_FENCE_CCR, "tcp", 100);
		add(&f->side[side], 2, NCT_FENCE_HOLD, "tcp", 1000);
	}
	assert_int_equal(judge(f), NCT_GATE_PASS);
	assert_false(of(f, NCT_FENCE_HOLD, "tcp")->leads);
	add(&f->side[1], 9, NCT_FENCE_HOLD, "tcp", 1000);
	assert_int_equal(judge(f), NCT_GATE_INCONCLUSIVE);
	assert_true(of(f, NCT_FENCE_HOLD, "tcp")->leads);
}

static void nothing_is_no_pass(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(judge(f), NCT_GATE_INCONCLUSIVE);
	add(&f->side[0], 30, NCT_FENCE_CCR, "tcp", 100);
	assert_int_equal(judge(f), NCT_GATE_INCONCLUSIVE);
}

/* Samples that are too few to show anything are in no family. */
static void the_family_is_of_what_could_show(void **state)
{
	struct fixture *f = *state;

	add(&f->side[0], 30, NCT_FENCE_CCR, "tcp", 100);
	add(&f->side[1], 30, NCT_FENCE_CCR, "tcp", 100);
	add(&f->side[0], 1, NCT_FENCE_HOLD, "tcp", 100);
	add(&f->side[1], 2, NCT_FENCE_HOLD, "tcp", 100);
	judge(f);
	assert_true(of(f, NCT_FENCE_CCR, "tcp")->testable);
	assert_false(of(f, NCT_FENCE_HOLD, "tcp")->testable);
	assert_int_equal(f->gate.compared.family, 2); /* CCR's time, and the mix of fences */
}

/* Three slower ones of three are one chance in twenty; but there were two looks. */
static void several_looks_are_adjusted(void **state)
{
	struct fixture *f = *state;

	add(&f->side[0], 3, NCT_FENCE_CCR, "tcp", 100);
	add(&f->side[1], 3, NCT_FENCE_CCR, "tcp", 200);
	assert_int_equal(judge(f), NCT_GATE_REGRESSION);
	add(&f->side[0], 3, NCT_FENCE_CCR, "rdma", 100);
	add(&f->side[1], 3, NCT_FENCE_CCR, "rdma", 100);
	assert_int_equal(judge(f), NCT_GATE_INCONCLUSIVE);
	assert_true(of(f, NCT_FENCE_CCR, "tcp")->test.greater <= 0.05);
	assert_true(of(f, NCT_FENCE_CCR, "tcp")->worse > 0.09);
}

/* Strata of 24 transports, none with a tenth: the greatest has to be judged even so. */
static void among_many_strata_the_greatest_leads(void **state)
{
	struct fixture *f = *state;
	char transport[8];

	for (int side = 0; side < 2; side++)
		for (int i = 0; i < 24; i++) {
			snprintf(transport, sizeof(transport), "t%d", i);
			add(&f->side[side], 2 + (i == 7), NCT_FENCE_CCR, transport, 100);
		}
	assert_int_equal(judge(f), NCT_GATE_INCONCLUSIVE);
	assert_int_equal(of(f, NCT_FENCE_CCR, "t7")->found, NCT_FOUND_TOO_FEW);
	assert_int_equal(of(f, NCT_FENCE_CCR, "t6")->found, NCT_FOUND_SAME);
}

static void much_that_is_compared_with_nothing_is_open(void **state)
{
	struct fixture *f = *state;

	add(&f->side[0], 60, NCT_FENCE_CCR, "tcp", 100);
	add(&f->side[1], 60, NCT_FENCE_CCR, "tcp", 100);
	add(&f->side[1], 4, NCT_FENCE_CCR, "rdma", 100);
	assert_int_equal(judge(f), NCT_GATE_PASS);
	assert_int_equal(of(f, NCT_FENCE_CCR, "rdma")->found, NCT_FOUND_NOTHING);
	add(&f->side[1], 20, NCT_FENCE_CCR, "rdma", 100);
	assert_int_equal(judge(f), NCT_GATE_INCONCLUSIVE);
	assert_true(nct_gate_has_no_counterpart(of(f, NCT_FENCE_CCR, "rdma")));
}

/* A median of 0: a part of it is nothing, and needs no sample; a clock tick is what can be seen. */
static void a_median_of_zero_needs_samples_all_the_same(void **state)
{
	struct fixture *f = *state;

	add(&f->side[0], 4, NCT_FENCE_CCR, "tcp", 0);
	add(&f->side[1], 4, NCT_FENCE_CCR, "tcp", 0);
	f->side[0].resolution_ns = f->side[1].resolution_ns = MS;
	assert_int_equal(judge(f), NCT_GATE_INCONCLUSIVE);
	assert_true(of(f, NCT_FENCE_CCR, "tcp")->needed > 4);
}

static void a_violation_that_is_new_is_open(void **state)
{
	struct fixture *f = *state;

	for (int side = 0; side < 2; side++)
		add(&f->side[side], 30, NCT_FENCE_CCR, "tcp", 100);
	f->side[1].fired[NCT_RULE_NO_SOURCE] = 3; /* a warning */
	assert_int_equal(judge(f), NCT_GATE_PASS);
	f->side[1].fired[NCT_RULE_EARLY_RETRY] = 1;
	assert_int_equal(judge(f), NCT_GATE_INCONCLUSIVE);
	assert_true(nct_gate_new_violation(&f->gate, NCT_RULE_EARLY_RETRY));
	assert_false(nct_gate_new_violation(&f->gate, NCT_RULE_NO_SOURCE));
	f->side[0].fired[NCT_RULE_EARLY_RETRY] = 1;
	assert_int_equal(judge(f), NCT_GATE_PASS);
}

/* ---- what cannot be compared ----------------------------------------------------------------- */

static void many_without_an_end_are_no_pass(void **state)
{
	struct fixture *f = *state;

	add(&f->side[0], 30, NCT_FENCE_CCR, "tcp", 100);
	add(&f->side[1], 30, NCT_FENCE_CCR, "tcp", 100);
	f->side[1].left_out.incomplete = 3;
	assert_int_equal(judge(f), NCT_GATE_PASS);
	f->side[1].left_out.incomplete = 4;
	assert_int_equal(judge(f), NCT_GATE_INVALID);
}

static void two_good_sides(struct fixture *f)
{
	add(&f->side[0], 30, NCT_FENCE_CCR, "tcp", 100);
	add(&f->side[1], 30, NCT_FENCE_CCR, "tcp", 130);
}

static void other_timeouts_cannot_be_compared(void **state)
{
	static const char *const allowed[] = { "hz", "kato_ms" };
	struct fixture *f = *state;

	two_good_sides(f);
	nct_fingerprint_add(&f->side[0].fingerprint, "kato_ms", "5000");
	nct_fingerprint_add(&f->side[1].fingerprint, "kato_ms", "5000");
	assert_int_equal(judge(f), NCT_GATE_REGRESSION);
	nct_fingerprint_add(&f->side[1].fingerprint, "kato_ms", "2000");
	assert_int_equal(judge(f), NCT_GATE_INVALID);
	assert_int_equal(nct_gate_exit(f->gate.verdict), 5);
	assert_string_equal(f->gate.differences[0].name, "kato_ms");
	assert_string_equal(f->gate.differences[0].text[0], "5000");
	assert_string_equal(f->gate.differences[0].text[1], "2000, 5000");
	f->opts.allowed = allowed;
	f->opts.nallowed = 1;
	assert_int_equal(judge(f), NCT_GATE_INVALID);
	f->opts.nallowed = 2;
	assert_int_equal(judge(f), NCT_GATE_REGRESSION);
	assert_true(f->gate.differences[0].allowed);
	/* One more value on either side is a difference, too. */
	nct_fingerprint_add(&f->side[0].fingerprint, "kato_ms", "2000");
	f->opts.nallowed = 0;
	assert_int_equal(judge(f), NCT_GATE_REGRESSION);
	nct_fingerprint_add(&f->side[1].fingerprint, "kato_ms", "9000");
	assert_int_equal(judge(f), NCT_GATE_INVALID);
	nct_fingerprint_add(&f->side[0].fingerprint, "kato_ms", "9000");
	nct_fingerprint_add(&f->side[0].fingerprint, "kato_ms", "9500");
	assert_int_equal(judge(f), NCT_GATE_INVALID);
}

/* The kernel is what may have changed; what one side does not tell does not differ. */
static void other_kernels_can_be_compared(void **state)
{
	struct fixture *f = *state;

	two_good_sides(f);
	nct_fingerprint_add(&f->side[0].fingerprint, "kernel", "6.12.1");
	nct_fingerprint_add(&f->side[1].fingerprint, "kernel", "6.12.2");
	nct_fingerprint_add(&f->side[0].fingerprint, "CONFIG_HZ", "250");
	nct_fingerprint_add(&f->side[1].fingerprint, "cpus", "");
	assert_int_equal(judge(f), NCT_GATE_REGRESSION);
	assert_int_equal(f->gate.ndifferences, 0);
}

static void what_is_lossy_cannot_be_compared(void **state)
{
	static const char *const allowed[] = { "lossy", "truncated" };
	struct nct_times lossy = times(NCT_FENCE_CCR, "tcp", 110 * MS);
	struct fixture *f = *state;

	for (int side = 0; side < 2; side++) {
		two_good_sides(f);
		f->side[side].lost = 7;
		assert_int_equal(judge(f), NCT_GATE_INVALID);
		assert_string_equal(f->gate.differences[0].name, "lossy");
		f->opts.allowed = allowed;
		f->opts.nallowed = 1;
		assert_int_equal(judge(f), NCT_GATE_REGRESSION);
		f->side[side].cut_off = 1;
		assert_int_equal(judge(f), NCT_GATE_INVALID);
		f->opts.nallowed = 2;
		assert_int_equal(judge(f), NCT_GATE_REGRESSION);
		f->opts.nallowed = 0;
		f->side[side].cut_off = f->side[side].lost = 0;
		assert_int_equal(judge(f), NCT_GATE_REGRESSION);
		lossy.lossy = true;
		assert_int_equal(nct_side_times(&f->side[side], &lossy, 1), 0);
		assert_int_equal(judge(f), NCT_GATE_INVALID);
		nct_side_free(&f->side[0]);
		nct_side_free(&f->side[1]);
	}
}

/* What fails is no verdict: the caller cannot take it for one. */
static void an_error_is_told(void **state)
{
	struct fixture *f = *state;
	struct nct_times huge = times(NCT_FENCE_CCR, "tcp", UINT64_MAX - 1);

	two_good_sides(f);
	assert_int_equal(nct_side_times(&f->side[1], &huge, 1), 0);
	assert_int_equal(nct_gate_judge(&f->gate, &f->side[0], &f->side[1], NULL, 0, &f->opts),
			 -ERANGE);
	assert_int_equal(f->gate.verdict, NCT_GATE_INVALID);
	assert_int_equal(nct_gate_exit(f->gate.verdict), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(slower_is_a_regression),
		T(faster_is_an_improvement),
		T(among_many_strata_the_greatest_leads),
		T(much_that_is_compared_with_nothing_is_open),
		T(a_median_of_zero_needs_samples_all_the_same),
		T(a_violation_that_is_new_is_open),
		T(the_same_passes),
		T(what_is_too_small_does_not_matter),
		T(what_is_below_the_resolution_does_not_matter),
		T(what_may_be_chance_is_none),
		T(each_stratum_is_looked_at),
		T(a_regression_outweighs_an_improvement),
		T(strata_are_by_what_is_asked_for),
		T(too_few_is_no_pass),
		T(too_few_on_either_side),
		T(rare_strata_leave_nothing_open),
		T(nothing_is_no_pass),
		T(the_family_is_of_what_could_show),
		T(several_looks_are_adjusted),
		T(many_without_an_end_are_no_pass),
		T(other_timeouts_cannot_be_compared),
		T(other_kernels_can_be_compared),
		T(what_is_lossy_cannot_be_compared),
		T(an_error_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
