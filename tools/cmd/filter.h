/* SPDX-License-Identifier: GPL-2.0 */
/* Which recoveries the user wants to see. */
#ifndef NCT_CMD_FILTER_H
#define NCT_CMD_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "../recovery/recovery.h"

/* All zero: everything. Several values of one kind are alternatives. */
struct nct_filter {
	int32_t *controllers; /* instance numbers; owned */
	size_t ncontrollers;
	const char **subsystems; /* NQNs or shell patterns; the array is owned */
	size_t nsubsystems;
	uint64_t min_duration_ns;
	bool has_since, has_until;
	uint64_t since_ns, until_ns; /* CLOCK_REALTIME, if there is one */
	unsigned int fences;	     /* bits 1u << enum nct_fence; 0: any */
	unsigned int ends;	     /* bits 1u << enum nct_end; 0: any */
};

/* Adds "nvme1", "1" or a comma list of them. 0, -EINVAL (nothing is added) or
 * -ENOMEM. */
int nct_filter_add_controllers(struct nct_filter *f, const char *list);

/* Adds an NQN or shell pattern, which must outlive f. 0, -EINVAL or -ENOMEM. */
int nct_filter_add_subsystem(struct nct_filter *f, const char *pattern);

/* Each adds the names of a comma list, as JSON has them; "unknown" is a fence, too.
 * 0 or -EINVAL (nothing is added). */
int nct_filter_add_fences(struct nct_filter *f, const char *list);
int nct_filter_add_ends(struct nct_filter *f, const char *list);

/* By controller and subsystem. A subsystem that is not known matches no pattern. */
bool nct_filter_match(const struct nct_filter *f, const struct nct_recovery *rec);

/* By what it has lasted so far. */
bool nct_filter_long_enough(const struct nct_filter *f, const struct nct_recovery *rec);

/*
 * By everything there is, once it has ended. start_wall_ns: when it began, in
 * CLOCK_REALTIME; NCT_NONE: not known, which matches no since or until. since matches
 * what ends then or later, until what begins before: an outage that was under way at
 * one of both is part of what happened between them.
 */
bool nct_filter_ended(const struct nct_filter *f, const struct nct_recovery *rec,
		      uint64_t start_wall_ns);

/* Whether it is left out for its time alone, which is not known. */
bool nct_filter_untimed(const struct nct_filter *f, const struct nct_recovery *rec,
			uint64_t start_wall_ns);

void nct_filter_free(struct nct_filter *f);

#endif
