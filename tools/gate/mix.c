// SPDX-License-Identifier: GPL-2.0
#include "mix.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "../stats/tests.h"

#define COLUMNS (sizeof(((struct nct_mix *)NULL)->count[0]) / sizeof(size_t))

void nct_mix_of(struct nct_mix *mix, const struct nct_stratum *baseline,
		const struct nct_stratum *candidate, bool of_ends)
{
	*mix = (struct nct_mix) { .side = { baseline, candidate }, .of_ends = of_ends, .p = 1 };
	for (int side = 0; side < 2; side++) {
		const struct nct_stratum *s = mix->side[side];

		if (s && of_ends)
			memcpy(mix->count[side], s->by_end, sizeof(s->by_end));
		else if (s)
			memcpy(mix->count[side], s->by_fence, sizeof(s->by_fence));
		for (size_t i = 0; i < COLUMNS; i++)
			mix->n[side] += mix->count[side][i];
	}
	for (size_t i = 0; i < COLUMNS; i++)
		mix->kinds += mix->count[0][i] || mix->count[1][i];
}

/* With all of one side in one column, and all of the other in another, the p of a table. */
static double least_p(const struct nct_mix *mix)
{
	double p = 1;

	for (size_t i = 1; i <= mix->n[1]; i++)
		p *= (double)i / (double)(mix->n[0] + i);
	return mix->n[0] == mix->n[1] ? fmin(1, 2 * p) : p;
}

int nct_mix_test(struct nct_mix *mix, double alpha)
{
	uint64_t a[COLUMNS], b[COLUMNS];
	int rc;

	mix->adjusted = 1;
	if (!mix->n[0] || !mix->n[1]) {
		mix->found = NCT_FOUND_NOTHING;
		return 0;
	}
	for (size_t i = 0; i < COLUMNS; i++) {
		a[i] = mix->count[0][i];
		b[i] = mix->count[1][i];
	}
	rc = nct_fisher(a, b, COLUMNS, &mix->p);
	mix->counted = !rc;
	/* One kind only: there is no choice, and nothing to test. */
	mix->testable = mix->counted && mix->kinds > 1 && least_p(mix) <= alpha;
	return rc == -ERANGE ? 0 : rc;
}

/* What an outcome is worth. CCR is safe at once, a hold is safe late, without a fence it is not
 * safe; what is not known says nothing. */
static double worth(const struct nct_mix *mix, size_t column)
{
	if (mix->of_ends)
		return column == NCT_END_LIVE;
	switch ((enum nct_fence)column) {
	case NCT_FENCE_CCR:
	case NCT_FENCE_CCR_IMMEDIATE:
		return 1;
	case NCT_FENCE_HOLD:
		return 0;
	case NCT_FENCE_UNFENCED:
		return -1;
	case NCT_FENCE_UNKNOWN:
		break;
	}
	return 0;
}

static double mean_worth(const struct nct_mix *mix, int side)
{
	double sum = 0, n = 0;

	for (size_t i = 0; i < COLUMNS; i++) {
		bool known = mix->of_ends || i != NCT_FENCE_UNKNOWN;

		sum += known ? worth(mix, i) * (double)mix->count[side][i] : 0;
		n += known ? (double)mix->count[side][i] : 0;
	}
	return n > 0 ? sum / n : NAN; /* nothing is known of this side */
}

/* Which part of the known fence outcomes is none at all. */
static double unfenced(const struct nct_mix *mix, int side)
{
	size_t known = mix->n[side] - mix->count[side][NCT_FENCE_UNKNOWN];

	return mix->of_ends || !known
		       ? 0
		       : (double)mix->count[side][NCT_FENCE_UNFENCED] / (double)known;
}

/* Nothing makes good what is not safe any more. */
static bool less_safe(const struct nct_mix *mix, double min_effect)
{
	double more = unfenced(mix, NCT_CANDIDATE) - unfenced(mix, NCT_BASELINE);

	return more > 0 && more >= min_effect;
}

void nct_mix_conclude(struct nct_mix *mix, double alpha, double min_effect)
{
	if (mix->found == NCT_FOUND_NOTHING)
		return;
	mix->change = mean_worth(mix, NCT_CANDIDATE) - mean_worth(mix, NCT_BASELINE);
	if (mix->kinds > 1 && !mix->testable && mix->leads)
		mix->found = NCT_FOUND_TOO_FEW;
	else if (!mix->testable || mix->adjusted > alpha)
		mix->found = NCT_FOUND_SAME;
	else if (less_safe(mix, min_effect) || (mix->change < 0 && mix->change <= -min_effect))
		mix->found = NCT_FOUND_WORSE;
	else if (mix->change > 0 && mix->change >= min_effect)
		mix->found = NCT_FOUND_BETTER;
	else
		mix->found = NCT_FOUND_CHANGED;
}

const char *nct_mix_word(const struct nct_mix *mix, size_t column)
{
	const char *word = mix->of_ends ? nct_end_name((enum nct_end)column)
					: nct_fence_name((enum nct_fence)column);

	return word ? word : "unknown";
}
