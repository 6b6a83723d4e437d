/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Clock anchors of the last hours: wall time stays right across suspends and
 * clock steps, because each instant is converted by the anchor nearest to it.
 */
#ifndef NCT_SYS_ANCHORS_H
#define NCT_SYS_ANCHORS_H

#include "clock.h"

#define NCT_ANCHORS_KEPT     256 /* four hours, one a minute */
#define NCT_ANCHOR_PERIOD_NS 60000000000ull

/* All zero is the valid empty state. */
struct nct_anchors {
	struct nct_anchor ring[NCT_ANCHORS_KEPT];
	size_t added; /* ever */
};

void nct_anchors_add(struct nct_anchors *a, const struct nct_anchor *anchor);

/* Takes an anchor when there is none yet or the last one is a minute old.
 * now_ns: CLOCK_MONOTONIC. */
void nct_anchors_refresh(struct nct_anchors *a, uint64_t now_ns);

/* The one nearest to a CLOCK_MONOTONIC instant; owned by a, valid until the next
 * anchor is added. At least one must have been added. */
const struct nct_anchor *nct_anchors_near(const struct nct_anchors *a, uint64_t monotonic_ns);

#endif
