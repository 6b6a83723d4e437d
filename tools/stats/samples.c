// SPDX-License-Identifier: GPL-2.0
#include "samples.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int nct_samples_add(struct nct_samples *s, uint64_t value)
{
	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : 64;
		uint64_t *grown = realloc(s->values, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		s->values = grown;
		s->room = room;
	}
	s->values[s->n++] = value;
	s->sorted = false;
	return 0;
}

static int ascending(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void nct_samples_sort(struct nct_samples *s)
{
	if (s->n && !s->sorted)
		qsort(s->values, s->n, sizeof(*s->values), ascending);
	s->sorted = true;
}

/* From 0 on. */
static size_t rank_of(size_t n, unsigned int permille)
{
	/* ceil(n × permille / 1000), in two parts so that it cannot overflow */
	size_t rank = n / 1000 * permille + (n % 1000 * permille + 999) / 1000;

	return rank ? rank - 1 : 0;
}

uint64_t nct_samples_quantile(const struct nct_samples *s, unsigned int permille)
{
	return s->values[rank_of(s->n, permille)];
}

uint64_t nct_samples_quantile_at_most(const struct nct_samples *s,
				      const struct nct_samples *at_least, unsigned int permille)
{
	size_t rank = rank_of(s->n, permille), skipped = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (skipped < at_least->n && at_least->values[skipped] == s->values[i])
			skipped++;
		else if (i - skipped == rank)
			return s->values[i];
	}
	return UINT64_MAX;
}

void nct_samples_free(struct nct_samples *s)
{
	free(s->values);
	memset(s, 0, sizeof(*s));
}
