// SPDX-License-Identifier: GPL-2.0
/*
 * Order statistics of all differences b - a without making them: as a matrix, with both sets
 * sorted, its rows and columns are in order, so how many do not exceed a value is counted along its
 * border, in n + m steps. The value is then searched for as a root: between the bounds of what is
 * known, where a straight line would have it (after Oliveira and Takahashi's ITP method, ACM TOMS
 * 47 (2020), 5), or in the middle where lines do not help. Differences are integers, so that it
 * ends after 2 × 64 counts at the latest; a dozen is usual.
 */
#include "rank_null.h"

#include <errno.h>
#include <math.h>

#include "normal.h"

/* R's qwilcox() allows so much for rounding where a sum of probabilities just reaches one. */
#define FUZZ (10 * 2.220446049250313e-16)

/* What is told of one value. */
struct split {
	uint64_t within;      /* differences that do not exceed it */
	int64_t below, above; /* the greatest of them, the least of all others */
};

/* One order statistic that is looked for: more than lo, and at most hi. */
struct search {
	uint64_t rank; /* 1: the least */
	int64_t lo, hi;
	uint64_t lo_within, hi_within; /* lo_within < rank <= hi_within */
	int64_t next;		       /* the least difference greater than hi */
	bool halve;		       /* the line was of no use the last time */
};

/*
 * Without branches that depend on the data, for which compilers need masks: which set comes next is
 * as good as random, and a branch would take twice the time. For each i the walk sees the first
 * difference beyond the value; and the greatest within it for the least i that has the same j,
 * which is the greatest of all those.
 */
static struct split split_at(const struct nct_samples *a, const struct nct_samples *b,
			     int64_t value)
{
	struct split s = { .below = INT64_MIN, .above = INT64_MAX };
	size_t i = 0, j = 0;

	while (i < a->n && j < b->n) {
		int64_t diff = (int64_t)(b->values[j] - a->values[i]);
		bool within = diff <= value;
		int64_t mask = -(int64_t)within;
		int64_t below = (diff & mask) | (INT64_MIN & ~mask);
		int64_t above = (diff & ~mask) | (INT64_MAX & mask);

		s.below = below > s.below ? below : s.below;
		s.above = above < s.above ? above : s.above;
		s.within += ~(uint64_t)mask & j;
		j += within;
		i += !within;
	}
	s.within += (uint64_t)(a->n - i) * j;
	return s;
}

/* The bounds move to differences, not just to the value: where many are equal that is far. */
static void narrow(struct search *s, const struct split *split)
{
	if (split->within < s->rank) {
		if (split->above - 1 > s->lo) {
			s->lo = split->above - 1;
			s->lo_within = split->within;
		}
	} else if (split->below < s->hi) {
		s->hi = split->below;
		s->hi_within = split->within;
		s->next = split->above;
	}
}

static uint64_t length(const struct search *s)
{
	return (uint64_t)s->hi - (uint64_t)s->lo;
}

/* A value between lo and hi, which are 2 apart at least. */
static int64_t guess(const struct search *s, uint64_t whole)
{
	double len = (double)length(s);
	double part =
		((double)(s->rank - s->lo_within) - 0.5) / (double)(s->hi_within - s->lo_within);
	/* A little towards the middle, so that the bound that is farther off moves as well. */
	double nudge = 0.2 * len / (double)whole;
	uint64_t step;

	if (fabs(part - 0.5) <= nudge || s->halve)
		part = 0.5;
	else
		part += part < 0.5 ? nudge : -nudge;
	step = length(s) - 1;
	if (part * len < (double)step)
		step = part * len < 1 ? 1 : (uint64_t)(part * len);
	return (int64_t)((uint64_t)s->lo + step);
}

static void try(const struct nct_samples *a, const struct nct_samples *b, int64_t value,
		struct search *all, size_t n)
{
	struct split split = split_at(a, b, value);

	for (size_t i = 0; i < n; i++)
		narrow(&all[i], &split);
}

/*
 * Bounds without the tails, which may be long. 72 % of b are at most b_high and 72 % of a at least
 * a_low, so 51 % of all differences are at most b_high - a_low: the median is, too. Likewise from
 * below.
 */
static void cut_tails(const struct nct_samples *a, const struct nct_samples *b, struct search *all,
		      size_t n)
{
	uint64_t a_low = nct_samples_quantile(a, 280), a_high = nct_samples_quantile(a, 720);
	uint64_t b_low = nct_samples_quantile(b, 280), b_high = nct_samples_quantile(b, 720);

	try(a, b, (int64_t)(b_low - a_high), all, n);
	try(a, b, (int64_t)(b_high - a_low), all, n);
}

/* What is learned on the way to one helps the others. */
static void search(const struct nct_samples *a, const struct nct_samples *b, struct search *all,
		   size_t n)
{
	cut_tails(a, b, all, n);
	for (size_t i = 0; i < n; i++) {
		uint64_t whole = length(&all[i]);

		while (length(&all[i]) > 1) {
			uint64_t before = length(&all[i]);

			try(a, b, guess(&all[i], whole), &all[i], n - i);
			all[i].halve = length(&all[i]) > before / 2 && !all[i].halve;
		}
	}
}

/* R's choice (wilcox.test): the quantile of U for samples that all differ. It is conservative where
 * some do not. Returns 0: there is no such bound. */
static int exact_rank(size_t n, size_t m, double tail, uint64_t *rank)
{
	struct nct_rank_null null;
	double sum = 0;
	int rc = nct_rank_null(&null, NULL, n + m, n, m);

	if (rc)
		return rc;
	*rank = 0;
	while (*rank < null.n) {
		sum += null.weight[*rank];
		if (sum / null.total >= tail - FUZZ)
			break;
		++*rank;
	}
	nct_rank_null_free(&null);
	return 0;
}

static double spread_within(const struct nct_samples *s, size_t all)
{
	double spread = 0;
	size_t end;

	for (size_t i = 0; i < s->n; i = end) {
		for (end = i + 1; end < s->n && s->values[end] == s->values[i];)
			end++;
		spread += nct_rank_spread(end - i, all);
	}
	return spread;
}

/* The same quantile of the normal approximation. Only ties inside a set count: those between the
 * sets are others for each shift that the interval is to hold. */
static uint64_t approximate_rank(const struct nct_samples *a, const struct nct_samples *b,
				 double tail)
{
	double spread = spread_within(a, a->n + b->n) + spread_within(b, a->n + b->n);
	double rank = (double)a->n * (double)b->n / 2 -
		      nct_normal_exceeded(tail) * nct_rank_sigma(spread, a->n, b->n);

	rank = ceil(rank - 0.5);
	return rank >= 1 ? (uint64_t)rank : 0;
}

static int rank_of_low(const struct nct_samples *a, const struct nct_samples *b, double confidence,
		       uint64_t *rank)
{
	double tail = (1 - confidence) / 2;

	*rank = 0;
	if (!(tail <= 0.5)) /* that is no confidence */
		return 0;
	if (nct_ranks_exact(a->n, b->n))
		return exact_rank(a->n, b->n, tail, rank);
	*rank = approximate_rank(a, b, tail);
	return 0;
}

static bool differences_fit(const struct nct_samples *a, const struct nct_samples *b)
{
	uint64_t a_least = a->values[0], a_most = a->values[a->n - 1];
	uint64_t b_least = b->values[0], b_most = b->values[b->n - 1];

	return (b_most < a_least || b_most - a_least <= INT64_MAX) &&
	       (a_most < b_least || a_most - b_least <= INT64_MAX);
}

int nct_hodges_lehmann(const struct nct_samples *a, const struct nct_samples *b, double confidence,
		       struct nct_shift *shift)
{
	uint64_t pairs = (uint64_t)a->n * b->n, rank;
	struct search all = { .hi_within = pairs, .next = INT64_MAX };
	/* in this order: the median is the best start for the others */
	struct search at[3];
	int rc;

	if (!differences_fit(a, b))
		return -ERANGE;
	rc = rank_of_low(a, b, confidence, &rank);
	if (rc)
		return rc;
	all.hi = (int64_t)(b->values[b->n - 1] - a->values[0]);
	all.lo = (int64_t)(b->values[0] - a->values[a->n - 1]) - 1;
	at[0] = at[1] = at[2] = all;
	at[0].rank = (pairs + 1) / 2;
	at[1].rank = rank ? rank : 1;
	at[2].rank = pairs + 1 - at[1].rank;
	search(a, b, at, rank ? 3 : 1);
	shift->estimate = (double)at[0].hi;
	if (pairs % 2 == 0 && at[0].hi_within == at[0].rank) /* the next one is another value */
		shift->estimate = ((double)at[0].hi + (double)at[0].next) / 2;
	shift->low = rank ? (double)at[1].hi : -INFINITY;
	shift->high = rank ? (double)at[2].hi : INFINITY;
	return 0;
}
