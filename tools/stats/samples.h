/* SPDX-License-Identifier: GPL-2.0 */
/* A set of samples, all of them kept: what is told of it is exact. */
#ifndef NCT_STATS_SAMPLES_H
#define NCT_STATS_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero is the valid empty set. The unit is the caller's. */
struct nct_samples {
	uint64_t *values; /* owned */
	size_t n;
	size_t room;
	bool sorted;
};

/* Returns 0 or -ENOMEM (the set is as before). */
int nct_samples_add(struct nct_samples *s, uint64_t value);

/* Puts the values in ascending order. */
void nct_samples_sort(struct nct_samples *s);

/*
 * The smallest sample that at least permille thousandths of all samples do not exceed
 * (nearest rank; Hyndman and Fan's definition 1): always one that was measured, never a
 * mean of two, which between two modes would be a time that nothing ever took. 0 gives
 * the least, 1000 the greatest. The set must be sorted and hold something.
 */
uint64_t nct_samples_quantile(const struct nct_samples *s, unsigned int permille);

/*
 * The same if those in at_least, which are in s, too, had been endless: what the sample would be,
 * at most. UINT64_MAX: it has no bound. Both must be sorted.
 */
uint64_t nct_samples_quantile_at_most(const struct nct_samples *s,
				      const struct nct_samples *at_least, unsigned int permille);

void nct_samples_free(struct nct_samples *s);

#endif
