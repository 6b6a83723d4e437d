/* SPDX-License-Identifier: GPL-2.0 */
/* How Mann-Whitney's U is distributed when two sets do not differ: what the test and the interval
 * of the shift have in common. */
#ifndef NCT_STATS_RANK_NULL_H
#define NCT_STATS_RANK_NULL_H

#include "ranks.h"

/* Sets of which the distribution is enumerated, not approximated. */
static inline bool nct_ranks_exact(size_t n, size_t m)
{
	return n <= NCT_RANKS_EXACT && m <= NCT_RANKS_EXACT;
}

struct nct_rank_null {
	double *weight;	   /* owned; of U = i / unit, by their total: the probability */
	double total;	   /* choose(n + m, m), which is up to 1e29 and so not exact */
	size_t n;	   /* weights: unit × n × m + 1 */
	unsigned int unit; /* 2 where ties make U a multiple of a half, else 1 */
};

/*
 * The exact distribution, given which values are equal: ties[i] samples of both sets together have
 * the i-th value, in ascending order. ties = NULL: all differ, and groups is n + m. Returns 0 or
 * -ENOMEM.
 */
int nct_rank_null(struct nct_rank_null *null, const size_t *ties, size_t groups, size_t n,
		  size_t m);

/* The probability of U in [from, to] / unit. */
double nct_rank_null_between(const struct nct_rank_null *null, size_t from, size_t to);

void nct_rank_null_free(struct nct_rank_null *null);

/*
 * The part of one group of `tied` equal samples in the spread of the ranks of all, N^3 - N less
 * t^3 - t of each group. In this form all parts are positive: nothing cancels when nearly all
 * samples are equal.
 */
static inline double nct_rank_spread(size_t tied, size_t all)
{
	return (double)tied * (double)(all - tied) * (double)(all + tied);
}

/* The standard deviation of U, from the sum of the spreads. */
double nct_rank_sigma(double spread, size_t n, size_t m);

#endif
