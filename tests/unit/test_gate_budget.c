// SPDX-License-Identifier: GPL-2.0
/* Budgets of the gate: what is kept, what is broken, and what cannot be judged. */
#include "gate_fixture.h"

static enum nct_kept kept(struct fixture *f, const char *text)
{
	struct nct_budget b;
	const char *why = "";

	if (nct_budget_parse(&b, text, &why))
		fail_msg("%s: %s", text, why);
	assert_int_equal(nct_gate_judge(&f->gate, NULL, &f->side[1], &b, 1, &f->opts), 0);
	switch (b.kept) {
	case NCT_BUDGET_KEPT:
		assert_int_equal(f->gate.verdict, NCT_GATE_PASS);
		break;
	case NCT_BUDGET_BROKEN:
		assert_int_equal(f->gate.verdict, NCT_GATE_REGRESSION);
		break;
	case NCT_BUDGET_UNKNOWN:
		assert_int_equal(f->gate.verdict, NCT_GATE_INCONCLUSIVE);
		break;
	}
	nct_gate_free(&f->gate);
	return b.kept;
}

static void budgets_limit_times(void **state)
{
	struct fixture *f = *state;
	struct nct_times t;

	for (uint64_t ms = 1; ms <= 1000; ms++) {
		t = times(NCT_FENCE_CCR, "tcp", ms * MS);
		t.ns[NCT_METRIC_PHASE + NCT_PHASE_HOLD] = 5 * MS;
		assert_int_equal(nct_side_times(&f->side[1], &t, 1), 0);
	}
	assert_int_equal(kept(f, "time_to_retry.p99<=990ms"), NCT_BUDGET_KEPT);
	assert_int_equal(kept(f, "time_to_retry.p99<990ms"), NCT_BUDGET_BROKEN);
	assert_int_equal(kept(f, "time_to_retry.p99 < 991 ms"), NCT_BUDGET_KEPT);
	assert_int_equal(kept(f, "time_to_retry.p99.9==999ms"), NCT_BUDGET_KEPT);
	assert_int_equal(kept(f, "time_to_retry.p50==501ms"), NCT_BUDGET_BROKEN);
	assert_int_equal(kept(f, "time_to_retry.min>=1ms"), NCT_BUDGET_KEPT);
	assert_int_equal(kept(f, "time_to_retry.min>1ms"), NCT_BUDGET_BROKEN);
	assert_int_equal(kept(f, "time_to_retry.max<=1s"), NCT_BUDGET_KEPT);
	assert_int_equal(kept(f, "hold.max<=5ms"), NCT_BUDGET_KEPT);
	assert_int_equal(kept(f, "hold.max<=4ms"), NCT_BUDGET_BROKEN);
}

/* 10 ms to 100 ms, of which the one of 30 ms and the one of 100 ms were not over. */
static void budgets_of_what_may_have_been_longer(void **state)
{
	struct fixture *f = *state;
	struct nct_times t;

	for (uint64_t ms = 10; ms <= 100; ms += 10) {
		t = times(NCT_FENCE_CCR, "tcp", ms * MS);
		t.ns[NCT_METRIC_BLACKOUT] = ms * MS;
		t.blackout_at_least = ms == 30 || ms == 100;
		assert_int_equal(nct_side_times(&f->side[1], &t, 1), 0);
	}
	assert_int_equal(kept(f, "blackout.max<=99ms"), NCT_BUDGET_BROKEN);
	assert_int_equal(kept(f, "blackout.max<=1h"), NCT_BUDGET_UNKNOWN);
	assert_int_equal(kept(f, "blackout.max>=100ms"), NCT_BUDGET_KEPT);
	assert_int_equal(kept(f, "blackout.max>1h"), NCT_BUDGET_UNKNOWN);
	assert_int_equal(kept(f, "blackout.max==100ms"), NCT_BUDGET_UNKNOWN);
	assert_int_equal(kept(f, "blackout.max==99ms"), NCT_BUDGET_BROKEN);
	/* The fifth is 50 ms or, if that of 30 ms was longer, 60 ms. */
	assert_int_equal(kept(f, "blackout.p50<=60ms"), NCT_BUDGET_KEPT);
	assert_int_equal(kept(f, "blackout.p50<=59ms"), NCT_BUDGET_UNKNOWN);
	assert_int_equal(kept(f, "blackout.p50<=49ms"), NCT_BUDGET_BROKEN);
	/* Below both it is exact. */
	assert_int_equal(kept(f, "blackout.p20==20ms"), NCT_BUDGET_KEPT);
	assert_int_equal(kept(f, "time_to_retry.max<=100ms"), NCT_BUDGET_KEPT);
}

/* A phase that never was took no time; that no retry was seen says nothing. */
static void budgets_of_what_was_not_seen(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(kept(f, "hold.max<=5ms"), NCT_BUDGET_UNKNOWN);
	assert_int_equal(kept(f, "fence.unfenced==0"), NCT_BUDGET_UNKNOWN);
	assert_int_equal(kept(f, "audit.violations==0"), NCT_BUDGET_UNKNOWN);
	assert_int_equal(kept(f, "recoveries>=1"), NCT_BUDGET_BROKEN);
	add(&f->side[1], 3, NCT_FENCE_CCR, "tcp", 100);
	assert_int_equal(kept(f, "hold.max<=5ms"), NCT_BUDGET_KEPT);
	assert_int_equal(kept(f, "time_to_live.max<=5ms"), NCT_BUDGET_UNKNOWN);
	assert_int_equal(kept(f, "blackout.max<=5ms"), NCT_BUDGET_UNKNOWN);
	assert_int_equal(kept(f, "audit.violations==0"), NCT_BUDGET_KEPT);
	f->side[1].unaudited = 1;
	assert_int_equal(kept(f, "audit.violations==0"), NCT_BUDGET_UNKNOWN);
}

static void budgets_limit_counts(void **state)
{
	struct fixture *f = *state;

	add(&f->side[1], 30, NCT_FENCE_CCR, "tcp", 100);
	add(&f->side[1], 9, NCT_FENCE_HOLD, "tcp", 100);
	add(&f->side[1], 1, NCT_FENCE_UNFENCED, "tcp", 100);
	assert_int_equal(kept(f, "fence.unfenced==0"), NCT_BUDGET_BROKEN);
	assert_int_equal(kept(f, "fence.unfenced<=1"), NCT_BUDGET_KEPT);
	assert_int_equal(kept(f, "fence.unfenced<2.5%"), NCT_BUDGET_BROKEN);
	assert_int_equal(kept(f, "fence.unfenced<=2.5%"), NCT_BUDGET_KEPT);
	assert_int_equal(kept(f, "fence.ccr>=75%"), NCT_BUDGET_KEPT);
	assert_int_equal(kept(f, "fence.ccr>75%"), NCT_BUDGET_BROKEN);
	assert_int_equal(kept(f, "fence.unknown==0"), NCT_BUDGET_KEPT);
	assert_int_equal(kept(f, "end.removed==0"), NCT_BUDGET_KEPT);
	assert_int_equal(kept(f, "end.live==40"), NCT_BUDGET_KEPT);
	assert_int_equal(kept(f, "recoveries>=41"), NCT_BUDGET_BROKEN);
	f->side[1].fired[NCT_RULE_SHORT_HOLD] = 2;
	f->side[1].fired[NCT_RULE_LONG_HOLD] = 1;
	assert_int_equal(kept(f, "audit.violations==2"), NCT_BUDGET_KEPT);
	assert_int_equal(kept(f, "audit.warnings==1"), NCT_BUDGET_KEPT);
	assert_int_equal(kept(f, "audit.short-hold==0"), NCT_BUDGET_BROKEN);
	assert_int_equal(kept(f, "audit.early-retry==0"), NCT_BUDGET_KEPT);
}

static void budgets_that_cannot_be_meant(void **state)
{
	static const char *const bad[] = {
		"",
		"hold",
		"hold.max",
		"hold.max<",
		"hold.max=5s",
		"hold.max!=5s",
		"hold.max<5x",
		"hold.max<-5s",
		"hold.p101<5s",
		"hold.p99.99<5s",
		"hold.p100.1<5s",
		"hold.median<5s",
		"hold.p<5s",
		"time.max<5s",
		"fence.foo==0",
		"fence.ccr==1.5",
		"fence.ccr<101%",
		"fence.ccr<-1",
		"end.incomplete<1",
		"audit.foo==0",
		"recoveries>=50%",
		"recoveries.n>=50",
		"hold.max<<5s",
		"hold.max<5s<6s",
		"audit.violations==0x",
		"fence.ccr==1s",
		"<5s",
	};
	struct nct_budget b;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (nct_budget_parse(&b, bad[i], &why) != -EINVAL)
			fail_msg("accepted: %s", bad[i]);
		assert_non_null(why);
	}
}

/* A tail that no test of ranks sees. */
static void tails_are_for_budgets(void **state)
{
	struct nct_budget b;
	const char *why;
	struct fixture *f = *state;

	add(&f->side[0], 99, NCT_FENCE_CCR, "tcp", 100);
	add(&f->side[1], 99, NCT_FENCE_CCR, "tcp", 100);
	add(&f->side[1], 1, NCT_FENCE_CCR, "tcp", 30000);
	assert_int_equal(judge(f), NCT_GATE_PASS);
	assert_int_equal(nct_budget_parse(&b, "time_to_retry.max<2s", &why), 0);
	assert_int_equal(judge_with(f, &b, 1), NCT_GATE_REGRESSION);
	assert_int_equal(b.actual / MS > 20000, 1);
}

/* A broken budget outweighs too few, and what is invalid outweighs both. */
static void verdicts_have_an_order(void **state)
{
	struct nct_budget b[2];
	const char *why;
	struct fixture *f = *state;

	add(&f->side[0], 3, NCT_FENCE_CCR, "tcp", 100);
	add(&f->side[1], 3, NCT_FENCE_CCR, "tcp", 100);
	nct_budget_parse(&b[0], "recoveries>=1", &why);
	nct_budget_parse(&b[1], "recoveries>=4", &why);
	assert_int_equal(judge_with(f, b, 1), NCT_GATE_INCONCLUSIVE);
	assert_int_equal(judge_with(f, b, 2), NCT_GATE_REGRESSION);
	f->side[0].cut_off = 1;
	assert_int_equal(judge_with(f, b, 2), NCT_GATE_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(budgets_limit_times),
		T(budgets_of_what_was_not_seen),
		T(budgets_limit_counts),
		T(budgets_that_cannot_be_meant),
		T(tails_are_for_budgets),
		T(verdicts_have_an_order),
		T(budgets_of_what_may_have_been_longer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
