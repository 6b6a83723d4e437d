// SPDX-License-Identifier: GPL-2.0
#include "rank_null.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/*
 * The groups of equal values are dealt out to both sets one by one, in ascending order. A row
 * holds, for one number of samples that b got, in how many ways each U came about. All terms are
 * positive: the relative error stays near that of one addition times the number of groups.
 */
struct deal {
	double *ways; /* (m + 1) rows */
	size_t width;
	size_t n, m, dealt;
	size_t unit;
};

/* `to_b` of the next group's samples go to b, which has `had` already, the others to a. */
static void deal_group(struct deal *d, size_t tied, size_t to_b, size_t had, double choices)
{
	size_t below = d->dealt - had; /* samples of a */
	size_t shift = to_b * (d->unit * below + (tied - to_b) * d->unit / 2);
	const double *from = &d->ways[had * d->width];
	double *to = &d->ways[(had + to_b) * d->width + shift];
	size_t greatest = d->unit * had * below;

	for (size_t u = 0; u <= greatest; u++)
		to[u] += choices * from[u];
}

static void deal(struct deal *d, size_t tied)
{
	size_t most = d->dealt + tied < d->m ? d->dealt + tied : d->m;

	/* Downwards: the rows that this one takes from are still those before the group. What b
	 * gets nothing of leaves its row as it is. */
	for (size_t has = most; has > 0; has--) {
		double choices = 1;

		for (size_t to_b = 1; to_b <= tied && to_b <= has; to_b++) {
			size_t had = has - to_b;

			choices *= (double)(tied - to_b + 1) / (double)to_b;
			if (had <= d->dealt && d->dealt + tied - has <= d->n)
				deal_group(d, tied, to_b, had, choices);
		}
	}
	d->dealt += tied;
}

int nct_rank_null(struct nct_rank_null *null, const size_t *ties, size_t groups, size_t n, size_t m)
{
	struct deal d = { .n = n, .m = m, .unit = ties ? 2 : 1 };

	d.width = d.unit * n * m + 1;
	d.ways = calloc(m + 1, d.width * sizeof(*d.ways));
	null->weight = malloc(d.width * sizeof(*null->weight));
	if (!d.ways || !null->weight) {
		free(d.ways);
		free(null->weight);
		return -ENOMEM;
	}
	d.ways[0] = 1;
	for (size_t i = 0; i < groups; i++)
		deal(&d, ties ? ties[i] : 1);
	null->n = d.width;
	null->unit = (unsigned int)d.unit;
	null->total = 0;
	for (size_t u = 0; u < d.width; u++) {
		null->weight[u] = d.ways[m * d.width + u];
		null->total += null->weight[u];
	}
	free(d.ways);
	return 0;
}

double nct_rank_null_between(const struct nct_rank_null *null, size_t from, size_t to)
{
	double sum = 0;

	for (size_t u = from; u <= to; u++)
		sum += null->weight[u];
	return fmin(sum / null->total, 1);
}

void nct_rank_null_free(struct nct_rank_null *null)
{
	free(null->weight);
	null->weight = NULL;
}

double nct_rank_sigma(double spread, size_t n, size_t m)
{
	double all = (double)n + (double)m;

	return sqrt((double)n * (double)m / 12 * (spread / (all * (all - 1))));
}
