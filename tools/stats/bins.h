/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bins for durations: spaced by ratio, since recoveries range from microseconds to
 * hours, with bounds that people use: 1, 2, 5 ms; 10, 30 s; 2 minutes.
 */
#ifndef NCT_STATS_BINS_H
#define NCT_STATS_BINS_H

#include "samples.h"

#define NCT_MAX_BINS 16

/* Bin i holds bound[i] <= ns < bound[i + 1]. */
struct nct_bins {
	uint64_t bound[NCT_MAX_BINS + 1]; /* nanoseconds, ascending */
	size_t n;
};

/* The finest of the series of bounds that covers [min_ns, max_ns] with at most limit bins, and
 * NCT_MAX_BINS; if none does, the coarsest, which are decades: then there may be more than
 * limit, and the last one takes the rest. min_ns <= max_ns. */
void nct_bins_choose(struct nct_bins *bins, uint64_t min_ns, uint64_t max_ns, size_t limit);

/* How many bins suit so many samples: with more, most would be empty. 2 × n^(1/3), the rule
 * named after Rice University. */
size_t nct_bins_limit(size_t samples);

/* How many of the samples, which must be sorted and inside the bins, are in each of them. */
void nct_bins_count(const struct nct_bins *bins, const struct nct_samples *s,
		    size_t count[NCT_MAX_BINS]);

#endif
