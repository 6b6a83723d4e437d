/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two sets of samples compared by rank: no assumption about how recovery times are distributed,
 * which have several modes and long tails.
 */
#ifndef NCT_STATS_RANKS_H
#define NCT_STATS_RANKS_H

#include "samples.h"

/* Up to so many samples on each side the distribution is the exact one, with ties. */
#define NCT_RANKS_EXACT 50

struct nct_mann_whitney {
	double u;	/* pairs in which b is greater than a; those that are equal count half */
	double greater; /* one-sided p: as extreme, were b not greater than a */
	double less;	/* likewise: were b not less than a */
	bool exact;	/* else: normal approximation, corrected for ties and continuity */
};

/* Mann-Whitney's (Wilcoxon's rank sum) test. Both sets are sorted and hold something.
 * Returns 0 or -ENOMEM. */
int nct_mann_whitney(const struct nct_samples *a, const struct nct_samples *b,
		     struct nct_mann_whitney *test);

/* By how much b is greater than a, in the unit of the samples; negative if it is less. */
struct nct_shift {
	double estimate;  /* Hodges-Lehmann: the median of all differences b - a */
	double low, high; /* its confidence interval, two-sided; infinite if there are too few */
};

/* confidence: e.g. 0.95. Both sets are sorted and hold something. O((n + m) log (n + m)): no
 * difference is stored. Returns 0; -ENOMEM; -ERANGE: a difference exceeds 2^63 - 1. */
int nct_hodges_lehmann(const struct nct_samples *a, const struct nct_samples *b, double confidence,
		       struct nct_shift *shift);

#endif
