/* SPDX-License-Identifier: GPL-2.0 */
/* The toll of a storm: many recoveries that have ended, told in one block. */
#ifndef NCT_VIEW_TOLL_H
#define NCT_VIEW_TOLL_H

#include "../recovery/recovery.h"
#include "../sys/clock.h"
#include "style.h"
#include "text.h"

#define NCT_TOLL_MAX 10000 /* entries; who counts more prints and clears before */

/* What is kept of one recovery. */
struct nct_toll_entry {
	size_t group;
	int32_t instance;
	enum nct_end end;
	enum nct_fence fence;
	bool fences; /* its kernel knows how to make a retry safe */
	uint64_t start_ns;
	uint64_t duration_ns;
	uint64_t time_to_retry_ns;
	uint64_t time_to_live_ns;
	bool lossy;
};

/* Recoveries of one kind, subsystem and cause are told together. */
struct nct_toll_group {
	enum nct_kind kind;
	const char *reason; /* static, or NULL */
	char subsystem[NCT_NQN_LEN];
	size_t n;
};

/* All zero is the valid empty state. */
struct nct_toll {
	struct nct_toll_entry *entry;
	size_t n;
	size_t size;
	struct nct_toll_group *group;
	size_t ngroups;
	size_t groups_size;
	size_t too_short; /* not counted in, see --min-duration */
};

/* 0 or -ENOMEM: it is not counted in. */
int nct_toll_add(struct nct_toll *toll, const struct nct_recovery *rec);

/* The block and an empty line; at most some 30 lines, whose counts add up. The
 * groups are put in order. */
void nct_toll_block(struct nct_text *t, const struct nct_style *style, struct nct_toll *toll,
		    const struct nct_anchor *anchor);

/* How many ended so. */
size_t nct_toll_ended(const struct nct_toll *toll, enum nct_end end);

void nct_toll_clear(struct nct_toll *toll);
void nct_toll_free(struct nct_toll *toll);

#endif
