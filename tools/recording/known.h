/* SPDX-License-Identifier: GPL-2.0 */
/* The controllers there are, as events told of them: what a file that is begun in the middle
 * has to know. */
#ifndef NCT_RECORDING_KNOWN_H
#define NCT_RECORDING_KNOWN_H

#include "../recovery/recovery.h"

struct nct_known_ctrl {
	uint64_t ctrl;
	int32_t instance;
	enum nct_state state;
	struct nct_identity identity;
	struct nct_known_ctrl *next;
};

#define NCT_KNOWN_BUCKETS 1024

/* All zero: none. */
struct nct_known {
	struct nct_known_ctrl *bucket[NCT_KNOWN_BUCKETS];
	size_t n;
};

/* Out of memory is no error: one is missing then. */
void nct_known_event(struct nct_known *k, const struct nct_event *ev);

/* Each as a snapshot at ts_ns, in no order. */
void nct_known_each(const struct nct_known *k, uint64_t ts_ns,
		    void (*fn)(void *ctx, const struct nct_event *ev), void *ctx);
void nct_known_clear(struct nct_known *k);

#endif
