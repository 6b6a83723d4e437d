// SPDX-License-Identifier: GPL-2.0
#include "anchors.h"

static size_t kept(const struct nct_anchors *a)
{
	return a->added < NCT_ANCHORS_KEPT ? a->added : NCT_ANCHORS_KEPT;
}

void nct_anchors_add(struct nct_anchors *a, const struct nct_anchor *anchor)
{
	a->ring[a->added++ % NCT_ANCHORS_KEPT] = *anchor;
}

void nct_anchors_refresh(struct nct_anchors *a, uint64_t now_ns)
{
	struct nct_anchor now;

	if (a->added) {
		uint64_t last = a->ring[(a->added - 1) % NCT_ANCHORS_KEPT].monotonic_ns;

		if (now_ns < last + NCT_ANCHOR_PERIOD_NS)
			return;
	}
	nct_anchor_now(&now);
	nct_anchors_add(a, &now);
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

const struct nct_anchor *nct_anchors_near(const struct nct_anchors *a, uint64_t monotonic_ns)
{
	const struct nct_anchor *best = &a->ring[0];

	for (size_t i = 1; i < kept(a); i++)
		if (distance(a->ring[i].monotonic_ns, monotonic_ns) <
		    distance(best->monotonic_ns, monotonic_ns))
			best = &a->ring[i];
	return best;
}
