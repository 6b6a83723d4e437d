// SPDX-License-Identifier: GPL-2.0
/* Tests of ranks and counts by their definitions: all orders, all differences, all tables, for sets
 * that are small enough; and what must hold for any. */
#include "simulate.h"

#include <errno.h>
#include <math.h>

#include "../../tools/stats/normal.h"
#include "../../tools/stats/ranks.h"
#include "../../tools/stats/tests.h"

#define ROUNDS 400
#define SMALL  6

static uint64_t seed = 7;

static struct nct_samples set_of(const uint64_t *values, size_t n)
{
	struct nct_samples s = { 0 };

	for (size_t i = 0; i < n; i++)
		assert_int_equal(nct_samples_add(&s, values[i]), 0);
	nct_samples_sort(&s);
	return s;
}

static struct nct_samples random_set(size_t n, uint64_t range, uint64_t base)
{
	struct nct_samples s = { 0 };

	while (s.n < n)
		assert_int_equal(nct_samples_add(&s, base + rnd(&seed, range)), 0);
	nct_samples_sort(&s);
	return s;
}

static size_t random_size(void)
{
	static const size_t most[] = { 3, 20, NCT_RANKS_EXACT, 2 * NCT_RANKS_EXACT };

	return 1 + (size_t)rnd(&seed, most[rnd(&seed, 4)]);
}

static uint64_t random_range(void)
{
	static const uint64_t ranges[] = { 1, 2, 7, 100, 1ull << 40 };

	return ranges[rnd(&seed, 5)];
}

static void assert_near(double a, double b)
{
	if (a != b && !(fabs(a - b) <= 1e-12 * fmax(1, fabs(b))))
		fail_msg("%.17g is not %.17g", a, b);
}

/* Pairs in which b is greater, twice: those that are equal count half. */
static uint64_t doubled_u(const uint64_t *a, size_t n, const uint64_t *b, size_t m)
{
	uint64_t u = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m; j++)
			u += 2 * (b[j] > a[i]) + (b[j] == a[i]);
	return u;
}

/* All ways to deal out the samples of both: how many give b as much, and as little, as it has. */
static void all_deals(const uint64_t *all, size_t n, size_t m, double *greater, double *less)
{
	uint64_t got = doubled_u(all, n, all + n, m);
	unsigned int deals = 0, above = 0, below = 0;

	for (unsigned int to_b = 0; to_b < 1u << (n + m); to_b++) {
		uint64_t a[2 * SMALL], b[2 * SMALL], u;
		size_t in_a = 0, in_b = 0;

		if ((size_t)__builtin_popcount(to_b) != m)
			continue;
		for (size_t i = 0; i < n + m; i++)
			*(to_b >> i & 1 ? &b[in_b++] : &a[in_a++]) = all[i];
		u = doubled_u(a, n, b, m);
		deals++;
		above += u >= got;
		below += u <= got;
	}
	*greater = (double)above / deals;
	*less = (double)below / deals;
}

static void exact_p_counts_all_deals(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		size_t n = 1 + (size_t)rnd(&seed, SMALL), m = 1 + (size_t)rnd(&seed, SMALL);
		uint64_t all[2 * SMALL], range = random_range();
		struct nct_mann_whitney test;
		struct nct_samples a, b;
		double greater, less;

		for (size_t i = 0; i < n + m; i++)
			all[i] = rnd(&seed, range);
		all_deals(all, n, m, &greater, &less);
		a = set_of(all, n);
		b = set_of(all + n, m);
		assert_int_equal(nct_mann_whitney(&a, &b, &test), 0);
		assert_true(test.exact);
		assert_near(test.u, (double)doubled_u(all, n, all + n, m) / 2);
		assert_near(test.greater, greater);
		assert_near(test.less, less);
		nct_samples_free(&a);
		nct_samples_free(&b);
	}
}

static int by_difference(const void *x, const void *y)
{
	const int64_t *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

static int64_t *all_differences(const struct nct_samples *a, const struct nct_samples *b)
{
	int64_t *d = malloc(a->n * b->n * sizeof(*d));
	size_t n = 0;

	assert_non_null(d);
	for (size_t i = 0; i < a->n; i++)
		for (size_t j = 0; j < b->n; j++)
			d[n++] = (int64_t)(b->values[j] - a->values[i]);
	qsort(d, n, sizeof(*d), by_difference);
	return d;
}

/* The bounds are differences, as far from both ends; fewer are outside where less may be. */
static void check_bounds(const int64_t *d, size_t pairs, const struct nct_shift *s)
{
	size_t below = 0, above = 0;

	if (isinf(s->low)) {
		assert_true(s->low < 0 && s->high > 0 && isinf(s->high));
		return;
	}
	for (size_t i = 0; i < pairs; i++) {
		below += (double)d[i] < s->low;
		above += (double)d[i] > s->high;
	}
	assert_true(below < pairs && (double)d[below] == s->low);
	assert_true(above < pairs && (double)d[pairs - 1 - above] == s->high);
	assert_true(s->low <= s->estimate && s->estimate <= s->high);
}

static void shift_is_that_of_all_differences(void **state)
{
	static const uint64_t bases[] = { 0, 1000, (1ull << 53) - 500, 1ull << 62 };

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t range = random_range(), base = bases[rnd(&seed, 4)];
		struct nct_samples a = random_set(random_size(), range, base);
		struct nct_samples b = random_set(random_size(), range, base + rnd(&seed, 3));
		size_t pairs = a.n * b.n;
		int64_t *d = all_differences(&a, &b);
		struct nct_shift narrow, wide;

		assert_int_equal(nct_hodges_lehmann(&a, &b, 0.8, &narrow), 0);
		assert_int_equal(nct_hodges_lehmann(&a, &b, 0.99, &wide), 0);
		assert_near(wide.estimate, ((double)d[(pairs - 1) / 2] + (double)d[pairs / 2]) / 2);
		assert_near(wide.estimate, narrow.estimate);
		check_bounds(d, pairs, &narrow);
		check_bounds(d, pairs, &wide);
		assert_true(wide.low <= narrow.low && wide.high >= narrow.high);
		free(d);
		nct_samples_free(&a);
		nct_samples_free(&b);
	}
}

static void either_set_can_be_the_first(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t range = random_range();
		struct nct_samples a = random_set(random_size(), range, 0);
		struct nct_samples b = random_set(random_size(), range, rnd(&seed, 5));
		struct nct_mann_whitney ab, ba;
		struct nct_shift there, back;

		assert_int_equal(nct_mann_whitney(&a, &b, &ab), 0);
		assert_int_equal(nct_mann_whitney(&b, &a, &ba), 0);
		assert_near(ab.u + ba.u, (double)(a.n * b.n));
		assert_near(ab.greater, ba.less);
		assert_near(ab.less, ba.greater);
		assert_int_equal(nct_hodges_lehmann(&a, &b, 0.95, &there), 0);
		assert_int_equal(nct_hodges_lehmann(&b, &a, 0.95, &back), 0);
		assert_near(there.estimate, -back.estimate);
		assert_near(there.low, -back.high);
		assert_near(there.high, -back.low);
		nct_samples_free(&a);
		nct_samples_free(&b);
	}
}

static void later_by_as_much_is_all_that_changes(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t range = random_range(), by = rnd(&seed, 1ull << rnd(&seed, 50));
		struct nct_samples a = random_set(random_size(), range, 0);
		struct nct_samples b = random_set(random_size(), range, 0);
		struct nct_shift before, after;
		struct nct_mann_whitney test, same;

		assert_int_equal(nct_hodges_lehmann(&a, &b, 0.95, &before), 0);
		assert_int_equal(nct_mann_whitney(&a, &b, &test), 0);
		for (size_t i = 0; i < b.n; i++)
			b.values[i] += by;
		assert_int_equal(nct_hodges_lehmann(&a, &b, 0.95, &after), 0);
		assert_near(after.estimate, before.estimate + (double)by);
		assert_near(after.low, before.low + (double)by);
		assert_near(after.high, before.high + (double)by);
		for (size_t i = 0; i < a.n; i++)
			a.values[i] += by;
		assert_int_equal(nct_mann_whitney(&a, &b, &same), 0);
		assert_near(same.greater, test.greater);
		assert_near(same.less, test.less);
		nct_samples_free(&a);
		nct_samples_free(&b);
	}
}

static void differences_must_fit(void **state)
{
	static const struct {
		uint64_t a, b;
		int rc;
	} cases[] = {
		{ 0, INT64_MAX, 0 },
		{ INT64_MAX, 0, 0 },
		{ UINT64_MAX, INT64_MAX, -ERANGE },
		{ UINT64_MAX, (uint64_t)INT64_MAX + 1, 0 },
		{ 0, UINT64_MAX, -ERANGE },
		{ UINT64_MAX, 0, -ERANGE },
		{ UINT64_MAX, UINT64_MAX, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nct_samples a = set_of(&cases[i].a, 1), b = set_of(&cases[i].b, 1);
		struct nct_shift shift;
		int rc = nct_hodges_lehmann(&a, &b, 0.95, &shift);

		assert_int_equal(rc, cases[i].rc);
		if (!rc)
			assert_near(shift.estimate, (double)(int64_t)(cases[i].b - cases[i].a));
		nct_samples_free(&a);
		nct_samples_free(&b);
	}
}

static void any_confidence_has_an_interval(void **state)
{
	static const uint64_t values[] = { 1, 2, 4, 8, 16, 32, 64, 128 };
	static const double all[] = { 1, 2, -0.1, NAN };
	struct nct_samples a = set_of(values, 8), b = set_of(values, 7);
	struct nct_shift shift;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_int_equal(nct_hodges_lehmann(&a, &b, all[i], &shift), 0);
		assert_true(isinf(shift.low) && isinf(shift.high));
	}
	assert_int_equal(nct_hodges_lehmann(&a, &b, 0, &shift), 0); /* the middle two of 56 */
	assert_true(shift.low <= shift.estimate && shift.estimate <= shift.high);
	assert_near(shift.low + shift.high, 2 * shift.estimate);
	nct_samples_free(&a);
	nct_samples_free(&b);
}

/* ---- Fisher ---- */

#define MAX_COLUMNS 4

struct tables {
	uint64_t total[MAX_COLUMNS], row;
	size_t n;
	double limit, sum, counted;
};

static double choose(uint64_t n, uint64_t k)
{
	double c = 1;

	for (uint64_t i = 0; i < k; i++)
		c = c * (double)(n - i) / (double)(i + 1);
	return round(c);
}

/* Weights are integers: products of binomial coefficients. */
static void all_tables(struct tables *t, size_t k, uint64_t left, double weight)
{
	if (k == t->n) {
		if (left)
			return;
		t->sum += weight;
		if (weight <= t->limit)
			t->counted += weight;
		return;
	}
	for (uint64_t x = 0; x <= t->total[k] && x <= left; x++)
		all_tables(t, k + 1, left - x, weight * choose(t->total[k], x));
}

static void fisher_counts_all_tables(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t a[MAX_COLUMNS], b[MAX_COLUMNS], most = 2 + rnd(&seed, 7);
		struct tables t = { .n = 1 + (size_t)rnd(&seed, MAX_COLUMNS), .limit = 1 };
		double p, swapped;

		for (size_t i = 0; i < t.n; i++) {
			a[i] = rnd(&seed, most);
			b[i] = rnd(&seed, most);
			t.total[i] = a[i] + b[i];
			t.row += a[i];
			t.limit *= choose(t.total[i], a[i]);
		}
		all_tables(&t, 0, t.row, 1);
		assert_int_equal(nct_fisher(a, b, t.n, &p), 0);
		assert_near(p, t.counted / t.sum);
		assert_int_equal(nct_fisher(b, a, t.n, &swapped), 0);
		assert_near(p, swapped);
	}
}

static void fisher_of_too_much_is_refused(void **state)
{
	static const uint64_t many[] = { 25000, 25000, 25000, 25000, 25000 };
	static const uint64_t huge[] = { UINT64_MAX, 1 }, large[] = { 1ull << 52, 1ull << 52 };
	double p = -1;

	(void)state;
	assert_int_equal(nct_fisher(many, many, 5, &p), -ERANGE);
	assert_int_equal(nct_fisher(huge, huge, 2, &p), -ERANGE);
	assert_int_equal(nct_fisher(large, large, 2, &p), -ERANGE);
	assert_true(p == -1);
	assert_int_equal(nct_fisher(NULL, NULL, 0, &p), 0);
	assert_true(p == 1);
}

/* ---- families, sizes ---- */

static void holm_is_no_less_than_p(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		double p[40], adjusted[40];
		size_t n = 1 + (size_t)rnd(&seed, 40);

		for (size_t i = 0; i < n; i++)
			p[i] = adjusted[i] = (double)rnd(&seed, 1001) / 1000;
		assert_int_equal(nct_holm(adjusted, n), 0);
		for (size_t i = 0; i < n; i++) {
			assert_true(adjusted[i] >= p[i] && adjusted[i] <= 1);
			assert_true(adjusted[i] <= (double)n * p[i]);
			for (size_t k = 0; k < n; k++) /* the order stays */
				assert_true(p[i] > p[k] || adjusted[i] <= adjusted[k]);
		}
	}
	assert_int_equal(nct_holm(NULL, 0), 0);
}

static void no_number_of_samples_does_what_cannot_be(void **state)
{
	(void)state;
	assert_int_equal(nct_samples_needed(0.05, 0.8, 0.5), 0);
	assert_int_equal(nct_samples_needed(0.05, 0.8, 0.2), 0);
	assert_int_equal(nct_samples_needed(0.05, 1, 0.9), 0);
	assert_int_equal(nct_samples_needed(0, 0.8, 0.9), 0);
	assert_int_equal(nct_samples_needed(NAN, 0.8, 0.9), 0);
	assert_int_equal(nct_samples_needed(0.05, 0.8, NAN), 0);
	assert_int_equal(nct_samples_needed(0.05, 0.8, 0.5 + 1e-12), 0);
	/* of three against three, one order in twenty is as extreme */
	assert_int_equal(nct_samples_needed(0.05, 0.1, 1), 3);
	assert_int_equal(nct_samples_needed(0.0499, 0.1, 1), 4);
}

static void normal_quantiles_are_those_of_the_tail(void **state)
{
	(void)state;
	for (double z = -8; z < 38; z += 0.125) {
		double p = nct_normal_above(z);

		if (z > -2) /* before, p is too near 1 to tell z */
			assert_near(nct_normal_exceeded(p), z);
		assert_near(p + nct_normal_above(-z), 1);
	}
	assert_true(nct_normal_exceeded(0.5) == 0);
	assert_true(nct_normal_exceeded(0) == INFINITY && nct_normal_exceeded(-1) == INFINITY);
	assert_true(nct_normal_exceeded(1) == -INFINITY && nct_normal_exceeded(NAN) == INFINITY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_p_counts_all_deals),
		cmocka_unit_test(shift_is_that_of_all_differences),
		cmocka_unit_test(either_set_can_be_the_first),
		cmocka_unit_test(later_by_as_much_is_all_that_changes),
		cmocka_unit_test(differences_must_fit),
		cmocka_unit_test(any_confidence_has_an_interval),
		cmocka_unit_test(fisher_counts_all_tables),
		cmocka_unit_test(fisher_of_too_much_is_refused),
		cmocka_unit_test(holm_is_no_less_than_p),
		cmocka_unit_test(normal_quantiles_are_those_of_the_tail),
		cmocka_unit_test(no_number_of_samples_does_what_cannot_be),
	};

	return cmocka_run_group_tests_name("stats ranks", tests, NULL, NULL);
}
