// SPDX-License-Identifier: GPL-2.0
/* Sample sets, bins and strata: quantiles against a brute-force reference. */
#include "view_fixture.h"

#include "../../tools/stats/bins.h"
#include "../../tools/stats/strata.h"

static uint64_t seed = 42;

/* xorshift64 */
static uint64_t rnd(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

/* By the definition, word by word: the smallest sample that at least this share of all
 * do not exceed. */
static uint64_t brute_force(const uint64_t *v, size_t n, unsigned int permille)
{
	uint64_t best = UINT64_MAX;

	for (size_t i = 0; i < n; i++) {
		size_t below = 0;

		for (size_t j = 0; j < n; j++)
			below += v[j] <= v[i];
		if (below * 1000 >= n * permille && v[i] < best)
			best = v[i];
	}
	return best;
}

static void quantiles_are_those_of_the_definition(void **state)
{
	static const unsigned int permilles[] = { 0, 1, 100, 250, 500, 900, 990, 999, 1000 };
	uint64_t values[1200];

	(void)state;
	for (int round = 0; round < 60; round++) {
		size_t n = 1 + rnd(round < 50 ? 40 : 1200);
		uint64_t range = rnd(2) ? 5 : 1 + rnd(10 * SEC); /* with and without ties */
		struct nct_samples s = { 0 };

		for (size_t i = 0; i < n; i++) {
			values[i] = rnd(range);
			assert_int_equal(nct_samples_add(&s, values[i]), 0);
		}
		nct_samples_sort(&s);
		for (size_t q = 0; q < sizeof(permilles) / sizeof(permilles[0]); q++)
			assert_int_equal(nct_samples_quantile(&s, permilles[q]),
					 brute_force(values, n, permilles[q]));
		nct_samples_free(&s);
	}
}

static void quantiles_of_few(void **state)
{
	struct nct_samples s = { 0 };

	(void)state;
	assert_int_equal(nct_samples_add(&s, 7), 0);
	nct_samples_sort(&s);
	assert_int_equal(nct_samples_quantile(&s, 0), 7);
	assert_int_equal(nct_samples_quantile(&s, 500), 7);
	assert_int_equal(nct_samples_quantile(&s, 1000), 7);
	/* between two modes nothing was ever measured: the lower one, no mean */
	assert_int_equal(nct_samples_add(&s, 7000), 0);
	nct_samples_sort(&s);
	assert_int_equal(nct_samples_quantile(&s, 500), 7);
	assert_int_equal(nct_samples_quantile(&s, 501), 7000);
	nct_samples_free(&s);
}

static void check_bins(const struct nct_bins *bins, uint64_t min, uint64_t max)
{
	assert_in_range(bins->n, 1, NCT_MAX_BINS);
	assert_true(bins->bound[0] <= min);
	assert_true(bins->bound[bins->n] > max || bins->bound[bins->n] == UINT64_MAX);
	assert_true(bins->bound[1] > min); /* neither end is empty for nothing */
	if (bins->n > 1)
		assert_true(bins->bound[bins->n - 1] <= max);
	for (size_t i = 0; i < bins->n; i++)
		assert_true(bins->bound[i] < bins->bound[i + 1]);
}

static void bins_cover_any_range(void **state)
{
	struct nct_bins bins;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint64_t a = rnd(UINT64_MAX - 1) >> rnd(64), b = rnd(UINT64_MAX - 1) >> rnd(64);

		nct_bins_choose(&bins, a < b ? a : b, a < b ? b : a, rnd(20));
		check_bins(&bins, a < b ? a : b, a < b ? b : a);
	}
	nct_bins_choose(&bins, 0, 0, 1);
	check_bins(&bins, 0, 0);
	assert_int_equal(bins.n, 1);
}

static void assert_bounds(uint64_t min, uint64_t max, const uint64_t *bounds, size_t n)
{
	struct nct_bins bins;

	nct_bins_choose(&bins, min, max, NCT_MAX_BINS);
	assert_int_equal(bins.n, n - 1);
	assert_memory_equal(bins.bound, bounds, n * sizeof(*bounds));
}

static void bounds_are_readable(void **state)
{
	static const uint64_t fine[] = { 100 * MS, 120 * MS, 150 * MS };
	static const uint64_t minutes[] = { 40 * SEC, 50 * SEC, 60 * SEC, 72 * SEC };
	static const uint64_t coarse[] = { 10 * MS,  20 * MS,  50 * MS, 100 * MS, 200 * MS,
					   500 * MS, SEC,      2 * SEC, 5 * SEC,  10 * SEC,
					   20 * SEC, 50 * SEC, 60 * SEC };

	(void)state;
	assert_bounds(101 * MS, 130 * MS, fine, 3);
	assert_bounds(45 * SEC, 61 * SEC, minutes, 4);
	assert_bounds(11 * MS, 59 * SEC, coarse, 13);
}

static void few_samples_get_few_bins(void **state)
{
	static const uint64_t coarse[] = { 10 * MS, 30 * MS, 100 * MS, 300 * MS, SEC };
	struct nct_bins bins;

	(void)state;
	assert_int_equal(nct_bins_limit(2), 3);
	assert_int_equal(nct_bins_limit(11), 5);
	assert_int_equal(nct_bins_limit(1000), NCT_MAX_BINS);
	nct_bins_choose(&bins, 11 * MS, 999 * MS, nct_bins_limit(11));
	assert_int_equal(bins.n, 4);
	assert_memory_equal(bins.bound, coarse, sizeof(coarse));
	/* but modes that lie far apart stay apart */
	nct_bins_choose(&bins, 11 * US, 11 * SEC, nct_bins_limit(2));
	assert_int_equal(bins.n, 7);
}

static void bins_count_every_sample_once(void **state)
{
	size_t count[NCT_MAX_BINS], sum = 0;
	struct nct_samples s = { 0 };
	struct nct_bins bins;

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(nct_samples_add(&s, rnd(1ull << rnd(40))), 0);
	nct_samples_sort(&s);
	nct_bins_choose(&bins, s.values[0], s.values[s.n - 1], NCT_MAX_BINS);
	nct_bins_count(&bins, &s, count);
	for (size_t i = 0; i < bins.n; i++) {
		size_t inside = 0;

		for (size_t j = 0; j < s.n; j++)
			inside += s.values[j] >= bins.bound[i] && s.values[j] < bins.bound[i + 1];
		assert_int_equal(count[i], inside);
		sum += count[i];
	}
	assert_int_equal(sum, s.n);
	nct_samples_free(&s);
}

static const struct span_spec short_one[] = {
	{ NCT_PHASE_QUEUE, 1 * MS },	{ NCT_PHASE_TEARDOWN, 40 * MS },
	{ NCT_PHASE_BACKOFF, 1 * SEC }, { NCT_PHASE_CONNECT, 9 * MS },
	{ NCT_PHASE_BACKOFF, 2 * SEC }, { NCT_PHASE_CONNECT, 1 * MS }
};

static void add(struct nct_strata *s, int instance, enum nct_fence fence, const char *host)
{
	struct nct_span spans[MAX_SPANS];
	struct nct_recovery rec = plain_recovery();

	rec.id.instance = instance;
	rec.fence = fence;
	rec.time_to_retry_ns = fence == NCT_FENCE_HOLD ? 7 * SEC : 41 * MS;
	add_spans(&rec, spans, short_one, 6);
	end_live(&rec);
	assert_int_equal(nct_strata_add(s, &rec, host, 1), 0);
}

static void modes_are_kept_apart(void **state)
{
	struct nct_strata s = { .by = NCT_BY_FENCE };
	const struct nct_samples *hold, *not ;

	(void)state;
	for (int i = 0; i < 30; i++)
		add(&s, i % 3, i % 3 ? NCT_FENCE_UNFENCED : NCT_FENCE_HOLD, "");
	add(&s, 1, NCT_FENCE_UNKNOWN, "");
	nct_strata_sort(&s);
	assert_int_equal(s.n, 3);
	assert_int_equal(s.counted, 31);
	assert_int_equal(s.list[2].fence, NCT_FENCE_UNKNOWN);
	assert_int_equal(s.list[0].fence, NCT_FENCE_HOLD);
	hold = &s.list[0].samples[NCT_METRIC_RETRY];
	not = &s.list[1].samples[NCT_METRIC_RETRY];
	assert_int_equal(hold->n, 10);
	assert_int_equal(not ->n, 20);
	assert_int_equal(nct_samples_quantile(hold, 0), 7 * SEC);
	assert_int_equal(nct_samples_quantile(not, 1000), 41 * MS);
	nct_strata_free(&s);
}

static void no_fence_is_not_an_unknown_one(void **state)
{
	struct nct_strata s = { .by = NCT_BY_FENCE };
	struct nct_recovery rec = plain_recovery();

	(void)state;
	rec.fence = NCT_FENCE_UNKNOWN;
	end_live(&rec);
	strcpy(rec.id.transport, "pcie");
	assert_int_equal(nct_strata_add(&s, &rec, NULL, 1), 0);
	strcpy(rec.id.transport, "tcp");
	assert_int_equal(nct_strata_add(&s, &rec, NULL, SEC), 0);
	assert_int_equal(nct_strata_add(&s, &rec, NULL, MS), 0);
	nct_strata_sort(&s);
	assert_int_equal(s.n, 2);
	assert_false(s.list[0].no_fence);
	assert_int_equal(s.list[0].resolution_ns, SEC); /* the coarsest */
	assert_true(s.list[1].no_fence);
	assert_int_equal(s.list[1].resolution_ns, 1);
	nct_strata_free(&s);
}

static void spans_of_a_phase_count_together(void **state)
{
	struct nct_strata s = { .by = NCT_BY_TRANSPORT };
	const struct nct_samples *samples;

	(void)state;
	add(&s, 1, NCT_FENCE_UNFENCED, "");
	nct_strata_sort(&s);
	samples = s.list[0].samples;
	assert_int_equal(samples[NCT_METRIC_PHASE + NCT_PHASE_BACKOFF].n, 1);
	assert_int_equal(samples[NCT_METRIC_PHASE + NCT_PHASE_BACKOFF].values[0], 3 * SEC);
	assert_int_equal(samples[NCT_METRIC_PHASE + NCT_PHASE_CONNECT].values[0], 10 * MS);
	assert_int_equal(samples[NCT_METRIC_PHASE + NCT_PHASE_CCR].n, 0); /* did not happen */
	assert_int_equal(samples[NCT_METRIC_LIVE].values[0], 3051 * MS);
	nct_strata_free(&s);
}

static void controllers_of_each_host(void **state)
{
	struct nct_strata s = { .by = NCT_BY_CONTROLLER };

	(void)state;
	add(&s, 10, NCT_FENCE_UNFENCED, "b");
	add(&s, 2, NCT_FENCE_HOLD, "b");
	add(&s, 2, NCT_FENCE_UNFENCED, "a");
	add(&s, 2, NCT_FENCE_UNFENCED, "b");
	nct_strata_sort(&s);
	assert_int_equal(s.n, 3);
	assert_string_equal(s.list[0].host, "a");
	assert_int_equal(s.list[1].instance, 2); /* by number, not by name */
	assert_int_equal(s.list[1].samples[NCT_METRIC_LIVE].n, 2);
	assert_int_equal(s.list[2].instance, 10);
	nct_strata_free(&s);
}

static void what_is_no_whole_recovery_is_left_out(void **state)
{
	struct nct_strata s = { .by = NCT_BY_FENCE };
	struct nct_span spans[MAX_SPANS];
	struct nct_recovery rec = plain_recovery();

	(void)state;
	add_spans(&rec, spans, short_one, 6);
	rec.end = NCT_END_INCOMPLETE;
	assert_int_equal(nct_strata_add(&s, &rec, NULL, 1), 0);
	end_live(&rec);
	rec.notes = NCT_NOTE_STARTED_BEFORE;
	assert_int_equal(nct_strata_add(&s, &rec, NULL, 1), 0);
	rec.notes = 0;
	rec.kind = NCT_KIND_RESET;
	assert_int_equal(nct_strata_add(&s, &rec, NULL, 1), 0);
	assert_int_equal(s.n, 0);
	assert_int_equal(s.left_out.incomplete, 2);
	assert_int_equal(s.left_out.asked_for, 1);
	rec.kind = NCT_KIND_RECOVERY;
	rec.notes = NCT_NOTE_LOSSY | NCT_NOTE_MISSED_BOUNDARY;
	assert_int_equal(nct_strata_add(&s, &rec, NULL, 1), 0);
	assert_int_equal(s.counted, 1);
	assert_int_equal(s.lossy, 1);
	assert_int_equal(s.missed_boundary, 1);
	nct_strata_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantiles_are_those_of_the_definition),
		cmocka_unit_test(quantiles_of_few),
		cmocka_unit_test(bins_cover_any_range),
		cmocka_unit_test(bounds_are_readable),
		cmocka_unit_test(few_samples_get_few_bins),
		cmocka_unit_test(bins_count_every_sample_once),
		cmocka_unit_test(modes_are_kept_apart),
		cmocka_unit_test(no_fence_is_not_an_unknown_one),
		cmocka_unit_test(spans_of_a_phase_count_together),
		cmocka_unit_test(controllers_of_each_host),
		cmocka_unit_test(what_is_no_whole_recovery_is_left_out),
	};

	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
