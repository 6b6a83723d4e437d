// SPDX-License-Identifier: GPL-2.0
#include "rank_null.h"

#include <math.h>

#include "normal.h"

/* Both sets, merged. */
struct merged {
	uint64_t doubled_u; /* twice U: an integer with ties, too */
	double spread;	    /* nct_rank_spread() of all */
	size_t groups;
	size_t ties[2 * NCT_RANKS_EXACT]; /* if it is exact */
};

/* How many samples are equal to the value, from the first that may be. */
static size_t equal_to(const struct nct_samples *s, size_t first, uint64_t value)
{
	size_t end = first;

	while (end < s->n && s->values[end] == value)
		end++;
	return end - first;
}

static void merge(struct merged *to, const struct nct_samples *a, const struct nct_samples *b,
		  bool exact)
{
	size_t in_a, in_b;

	for (size_t i = 0, j = 0; i < a->n || j < b->n; i += in_a, j += in_b) {
		bool from_a = j == b->n || (i < a->n && a->values[i] <= b->values[j]);
		uint64_t value = from_a ? a->values[i] : b->values[j];

		in_a = equal_to(a, i, value);
		in_b = equal_to(b, j, value);
		to->doubled_u += (uint64_t)in_b * (2 * (uint64_t)i + in_a);
		to->spread += nct_rank_spread(in_a + in_b, a->n + b->n);
		if (exact)
			to->ties[to->groups] = in_a + in_b;
		to->groups++;
	}
}

static int exactly(const struct merged *merged, size_t n, size_t m, struct nct_mann_whitney *test)
{
	bool tied = merged->groups < n + m;
	struct nct_rank_null null;
	size_t u;
	int rc = nct_rank_null(&null, tied ? merged->ties : NULL, merged->groups, n, m);

	if (rc)
		return rc;
	u = merged->doubled_u / (tied ? 1 : 2);
	test->greater = nct_rank_null_between(&null, u, null.n - 1);
	test->less = nct_rank_null_between(&null, 0, u);
	nct_rank_null_free(&null);
	return 0;
}

/* U goes in steps: half a step to the side that makes it less extreme. */
static void approximately(const struct merged *merged, size_t n, size_t m,
			  struct nct_mann_whitney *test)
{
	double off = test->u - (double)n * (double)m / 2;
	double sigma = nct_rank_sigma(merged->spread, n, m);

	test->greater = test->less = 1;
	if (!(sigma > 0)) /* all are equal */
		return;
	test->greater = nct_normal_above((off - 0.5) / sigma);
	test->less = nct_normal_above(-(off + 0.5) / sigma);
}

int nct_mann_whitney(const struct nct_samples *a, const struct nct_samples *b,
		     struct nct_mann_whitney *test)
{
	struct merged merged = { 0 };

	test->exact = nct_ranks_exact(a->n, b->n);
	merge(&merged, a, b, test->exact);
	test->u = (double)merged.doubled_u / 2;
	if (test->exact)
		return exactly(&merged, a->n, b->n, test);
	approximately(&merged, a->n, b->n, test);
	return 0;
}
