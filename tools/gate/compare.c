// SPDX-License-Identifier: GPL-2.0
#include "compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../stats/tests.h"
#include "mix.h"

#define CONFIDENCE   0.95
#define LEADING_PART 10	    /* a stratum with a tenth of one side's recoveries has to be judged */
#define MOST_NS	     0x1p61 /* times that are made up must not overflow */

/* ---- what is compared with what ------------------------------------------------------ */

typedef int (*pair_fn)(struct nct_compared *c, const struct nct_stratum *baseline,
		       const struct nct_stratum *candidate);

/* Calls pair for each stratum of either side, which are sorted. */
static int each_pair(struct nct_compared *c, const struct nct_strata strata[2], pair_fn pair)
{
	size_t i = 0, j = 0;
	int rc = 0;

	while (!rc && (i < strata[0].n || j < strata[1].n)) {
		const struct nct_stratum *a = i < strata[0].n ? &strata[0].list[i] : NULL;
		const struct nct_stratum *b = j < strata[1].n ? &strata[1].list[j] : NULL;
		int order = !a ? 1 : !b ? -1 : nct_stratum_compare(a, b);

		rc = pair(c, order <= 0 ? a : NULL, order >= 0 ? b : NULL);
		i += order <= 0;
		j += order >= 0;
	}
	return rc;
}

static const struct nct_samples *samples_of(const struct nct_comparison *t, int side)
{
	return &t->side[side]->samples[t->metric];
}

static bool is_greatest(size_t n, const struct nct_strata *of)
{
	for (size_t i = 0; i < of->n; i++)
		if (of->list[i].n > n)
			return false;
	return true;
}

/* n recoveries of a side. Where there are many small strata, the greatest has to be judged. */
static bool is_much(size_t n, const struct nct_strata *of)
{
	return n && (n * LEADING_PART >= of->counted || is_greatest(n, of));
}

static bool either_is_much(const struct nct_stratum *const side[2], const struct nct_strata of[2])
{
	return (side[0] && is_much(side[0]->n, &of[0])) || (side[1] && is_much(side[1]->n, &of[1]));
}

/* What one side does not have at all has to be much of the other, and not of a few that differ. */
static bool leads(const struct nct_compared *c, const struct nct_comparison *t)
{
	if (t->metric != NCT_METRIC_RETRY && t->metric != NCT_METRIC_LIVE)
		return false;
	if (t->found == NCT_FOUND_NOTHING)
		return is_much(t->n[0], &c->strata[0]) || is_much(t->n[1], &c->strata[1]);
	return either_is_much(t->side, c->strata);
}

static int add_time(struct nct_compared *c, const struct nct_comparison *t)
{
	struct nct_comparison *grown = realloc(c->times, (c->ntimes + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	c->times = grown;
	grown[c->ntimes++] = *t;
	return 0;
}

static int pair_times(struct nct_compared *c, const struct nct_stratum *a,
		      const struct nct_stratum *b)
{
	int rc = 0;

	for (int m = 0; !rc && m < NCT_METRIC_COUNT; m++) {
		struct nct_comparison t = { .side = { a, b }, .metric = (enum nct_metric)m };

		for (int side = 0; side < 2; side++) {
			t.n[side] = t.side[side] ? samples_of(&t, side)->n : 0;
			if (t.n[side])
				t.median_ns[side] = nct_samples_quantile(samples_of(&t, side), 500);
		}
		t.found = t.n[0] && t.n[1] ? NCT_FOUND_SAME : NCT_FOUND_NOTHING;
		t.leads = leads(c, &t);
		if (t.n[0] || t.n[1])
			rc = add_time(c, &t);
	}
	return rc;
}

static int pair_mixes(struct nct_compared *c, const struct nct_stratum *a,
		      const struct nct_stratum *b)
{
	struct nct_mix *grown = realloc(c->mixes, (c->nmixes + 2) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	c->mixes = grown;
	grown += c->nmixes;
	for (int of_ends = 0; of_ends < 2; of_ends++) {
		nct_mix_of(&grown[of_ends], a, b, of_ends);
		grown[of_ends].leads = either_is_much(grown[of_ends].side, c->groups);
	}
	c->nmixes += 2;
	return 0;
}

/* ---- the tests -------------------------------------------------------------------------- */

/* Whether the most extreme order of all would be significant: 1 / choose(n + m, n). What
 * cannot be is left out of the family, where it would cost the others. */
static bool could_show(size_t n, size_t m, double alpha)
{
	double p = 1;

	for (size_t i = 1; i <= m && p > alpha; i++)
		p *= (double)i / (double)(n + i);
	return p <= alpha;
}

static int test_time(struct nct_comparison *t, const struct nct_compare_opts *opts)
{
	int rc;

	if (t->found == NCT_FOUND_NOTHING)
		return 0;
	rc = nct_mann_whitney(samples_of(t, 0), samples_of(t, 1), &t->test);
	if (!rc)
		rc = nct_hodges_lehmann(samples_of(t, 0), samples_of(t, 1), CONFIDENCE, &t->shift);
	t->testable = could_show(t->n[0], t->n[1], opts->alpha);
	t->worse = t->better = 1;
	return rc;
}

static int test_all(struct nct_compared *c, const struct nct_compare_opts *opts)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < c->ntimes; i++)
		rc = test_time(&c->times[i], opts);
	for (size_t i = 0; !rc && i < c->nmixes; i++)
		rc = nct_mix_test(&c->mixes[i], opts->alpha);
	return rc;
}

/* ---- all of them together ------------------------------------------------------------------ */

/* One direction at a time: who asks whether anything got worse does not pay for having asked
 * whether anything got better. The mixes are in both families. */
static int adjust(struct nct_compared *c, double *p, bool better)
{
	size_t n = 0, i;
	int rc;

	for (i = 0; i < c->ntimes; i++)
		if (c->times[i].testable)
			p[n++] = better ? c->times[i].test.less : c->times[i].test.greater;
	for (i = 0; i < c->nmixes; i++)
		if (c->mixes[i].testable)
			p[n++] = c->mixes[i].p;
	rc = nct_holm(p, n);
	c->family = n;
	for (i = n = 0; i < c->ntimes; i++)
		if (c->times[i].testable)
			*(better ? &c->times[i].better : &c->times[i].worse) = p[n++];
	for (i = 0; i < c->nmixes; i++)
		if (c->mixes[i].testable) /* the later one wins: that of worse */
			c->mixes[i].adjusted = p[n++];
	return rc;
}

static int adjust_all(struct nct_compared *c)
{
	double *p = calloc(c->ntimes + c->nmixes + 1, sizeof(*p));
	int rc = p ? adjust(c, p, true) : -ENOMEM;

	if (!rc)
		rc = adjust(c, p, false);
	free(p);
	return rc;
}

/* ---- what is found -------------------------------------------------------------------------- */

/* A part of the baseline's median, if that is a shift that counts: nothing below what the time
 * stamps can tell does. ns. */
static double shift_of(const struct nct_comparison *t, double part,
		       const struct nct_compare_opts *opts)
{
	double shift = fmax(part * (double)t->median_ns[NCT_BASELINE], (double)opts->min_effect_ns);

	for (int side = 0; side < 2; side++)
		if (t->side[side]->resolution_ns > 1)
			shift = fmax(shift, (double)t->side[side]->resolution_ns);
	return fmin(shift, MOST_NS);
}

static bool matters(const struct nct_comparison *t, double shift_ns,
		    const struct nct_compare_opts *opts)
{
	return shift_ns > 0 && shift_ns >= shift_of(t, opts->min_effect, opts);
}

/* How many samples it takes to find the slow-down asked for, if it is one of the baseline as it is.
 */
static int samples_needed(struct nct_comparison *t, const struct nct_compare_opts *opts,
			  size_t family)
{
	const struct nct_samples *a = samples_of(t, NCT_BASELINE);
	struct nct_samples slower = { .n = a->n, .sorted = true };
	double pairs = (double)a->n * (double)a->n;
	struct nct_mann_whitney test;
	int rc;

	slower.values = malloc(a->n * sizeof(*slower.values));
	if (!slower.values)
		return -ENOMEM;
	for (size_t i = 0; i < a->n; i++)
		slower.values[i] = a->values[i] + (uint64_t)shift_of(t, opts->detect, opts);
	rc = nct_mann_whitney(a, &slower, &test);
	if (!rc)
		t->needed = nct_samples_needed(opts->alpha / (double)(family ? family : 1),
					       opts->power, test.u / pairs);
	free(slower.values);
	return rc;
}

static int conclude_time(struct nct_comparison *t, const struct nct_compare_opts *opts,
			 size_t family)
{
	bool worse = t->testable && t->worse <= opts->alpha;
	bool better = t->testable && t->better <= opts->alpha;
	int rc;

	if (t->found == NCT_FOUND_NOTHING)
		return 0;
	if (worse && matters(t, t->shift.estimate, opts))
		t->found = NCT_FOUND_WORSE;
	else if (better && matters(t, -t->shift.estimate, opts))
		t->found = NCT_FOUND_BETTER;
	else if (worse || better)
		t->found = NCT_FOUND_MINOR;
	if (!t->leads || t->found == NCT_FOUND_WORSE || t->found == NCT_FOUND_BETTER)
		return 0;
	rc = samples_needed(t, opts, family);
	if (t->n[0] < t->needed || t->n[1] < t->needed)
		t->found = NCT_FOUND_TOO_FEW;
	return rc;
}

static int conclude(struct nct_compared *c, const struct nct_compare_opts *opts)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < c->ntimes; i++)
		rc = conclude_time(&c->times[i], opts, c->family);
	for (size_t i = 0; i < c->nmixes; i++)
		nct_mix_conclude(&c->mixes[i], opts->alpha, opts->min_effect);
	return rc;
}

static int build(const struct nct_side *const sides[2], unsigned int by, struct nct_compared *c)
{
	int rc = 0;

	for (int side = 0; !rc && side < 2; side++)
		rc = nct_side_strata(sides[side], by, &c->strata[side]);
	for (int side = 0; !rc && side < 2; side++)
		rc = nct_side_strata(sides[side], by & ~(unsigned int)NCT_BY_FENCE,
				     &c->groups[side]);
	if (!rc)
		rc = each_pair(c, c->strata, pair_times);
	return rc ? rc : each_pair(c, c->groups, pair_mixes);
}

int nct_compare(const struct nct_side *baseline, const struct nct_side *candidate,
		const struct nct_compare_opts *opts, struct nct_compared *c)
{
	const struct nct_side *const sides[2] = { baseline, candidate };
	int rc;

	memset(c, 0, sizeof(*c));
	rc = build(sides, opts->by, c);
	if (!rc)
		rc = test_all(c, opts);
	if (!rc)
		rc = adjust_all(c);
	if (!rc)
		rc = conclude(c, opts);
	if (rc)
		nct_compared_free(c);
	return rc;
}

void nct_compared_free(struct nct_compared *c)
{
	for (int side = 0; side < 2; side++) {
		nct_strata_free(&c->strata[side]);
		nct_strata_free(&c->groups[side]);
	}
	free(c->times);
	free(c->mixes);
	memset(c, 0, sizeof(*c));
}
