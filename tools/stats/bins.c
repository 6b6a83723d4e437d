// SPDX-License-Identifier: GPL-2.0
#include "bins.h"

#include <stdbool.h>
#include <string.h>

#define SEC  1000000000ull
#define HOUR (3600 * SEC)

/* Where a series starts again; those below 60 s are decades. Below the first there is one
 * bin from 0 on; the last is 11 years. */
static const uint64_t units[] = {
	10,	  100,	     1000,	 10000,	      100000,	    1000000,
	10000000, 100000000, SEC,	 10 * SEC,    60 * SEC,	    600 * SEC,
	HOUR,	  10 * HOUR, 100 * HOUR, 1000 * HOUR, 10000 * HOUR, 100000 * HOUR,
};

/* Tenths of a unit, up to the next one; from fine to coarse. */
static const unsigned int grains[][11] = {
	{ 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 0 },
	{ 10, 15, 20, 30, 50, 70, 0 },
	{ 10, 20, 50, 0 },
	{ 10, 30, 0 },
	{ 10, 0 },
};

#define NUNITS	(sizeof(units) / sizeof(units[0]))
#define NGRAINS (sizeof(grains) / sizeof(grains[0]))

/* Adds a bound above the others; false: no bound above it is needed, or there is no room. */
static bool add_bound(struct nct_bins *bins, uint64_t bound, uint64_t min_ns, uint64_t max_ns)
{
	if (bound <= min_ns) { /* so far, what lies below holds nothing */
		bins->bound[0] = bound;
		return true;
	}
	if (bins->n == NCT_MAX_BINS)
		return false;
	bins->bound[++bins->n] = bound;
	return bound <= max_ns;
}

static void fill(struct nct_bins *bins, const unsigned int *grain, uint64_t min_ns, uint64_t max_ns)
{
	memset(bins, 0, sizeof(*bins));
	for (size_t u = 0; u < NUNITS; u++) {
		uint64_t next = u + 1 < NUNITS ? units[u + 1] : UINT64_MAX;

		for (const unsigned int *t = grain; *t && units[u] / 10 * *t < next; t++)
			if (!add_bound(bins, units[u] / 10 * *t, min_ns, max_ns))
				return;
	}
	add_bound(bins, UINT64_MAX, min_ns, max_ns);
}

void nct_bins_choose(struct nct_bins *bins, uint64_t min_ns, uint64_t max_ns, size_t limit)
{
	for (size_t i = 0; i < NGRAINS; i++) {
		fill(bins, grains[i], min_ns, max_ns);
		if (bins->bound[bins->n] > max_ns && (bins->n <= limit || i + 1 == NGRAINS))
			return;
	}
	bins->bound[bins->n] = UINT64_MAX;
}

size_t nct_bins_limit(size_t samples)
{
	size_t n = 1;

	while (n < NCT_MAX_BINS && n * n * n < 8 * samples)
		n++;
	return n;
}

void nct_bins_count(const struct nct_bins *bins, const struct nct_samples *s,
		    size_t count[NCT_MAX_BINS])
{
	size_t bin = 0;

	memset(count, 0, NCT_MAX_BINS * sizeof(*count));
	for (size_t i = 0; i < s->n; i++) {
		while (bin + 1 < bins->n && s->values[i] >= bins->bound[bin + 1])
			bin++;
		count[bin]++;
	}
}
