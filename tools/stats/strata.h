/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The times of recoveries, apart by what makes them different: recovery times have one
 * mode for each way of fencing, and a quantile of a mixture tells of none of them.
 */
#ifndef NCT_STATS_STRATA_H
#define NCT_STATS_STRATA_H

#include "samples.h"
#include "times.h"

/* Bits: what is kept apart. */
enum nct_by {
	NCT_BY_FENCE = 1u << 0,
	NCT_BY_TRANSPORT = 1u << 1,
	NCT_BY_CONTROLLER = 1u << 2, /* of a host */
};

struct nct_stratum {
	/* what they have in common: those of these that it is by */
	enum nct_fence fence;
	bool no_fence;			   /* it is not unknown: there is nothing to fence */
	char transport[NCT_TRANSPORT_LEN]; /* "": not known */
	int32_t instance;
	char host[NCT_HOST_LEN]; /* "": not known */

	size_t n;		     /* recoveries */
	size_t unfenceable;	     /* of these: there is nothing to fence */
	size_t by_fence[NCT_FENCES]; /* the others */
	size_t by_end[NCT_ENDS];
	uint64_t resolution_ns; /* the coarsest of its recoveries' times; 0, 1: exact */
	struct nct_samples samples[NCT_METRIC_COUNT]; /* nanoseconds */
	struct nct_samples at_least; /* those of the blackouts that may have been longer */
};

/* All zero but for by is the valid empty state. */
struct nct_strata {
	unsigned int by;	  /* enum nct_by; 0: all together */
	struct nct_stratum *list; /* owned */
	size_t n;
	size_t counted; /* recoveries whose times are in */
	struct nct_left_out left_out;
	size_t lossy;		/* of those counted: events were lost */
	size_t missed_boundary; /* of those counted: a phase holds the time of another */
};

/* resolution_ns: how exact the times are. Returns 0 or -ENOMEM: some are missing then. */
int nct_strata_add_times(struct nct_strata *s, const struct nct_times *times,
			 uint64_t resolution_ns);

/* Counts those that do not count, too. host: NULL or "" if it is not known. Returns likewise. */
int nct_strata_add(struct nct_strata *s, const struct nct_recovery *rec, const char *host,
		   uint64_t resolution_ns);

/* Whether it is by several hosts. Sorted. */
bool nct_strata_hosts(const struct nct_strata *s);

/* The order of strata by what they are by: fence outcomes in the order of their enum, then what is
 * not told, then where there is none; names by alphabet, controllers by number. */
int nct_stratum_compare(const struct nct_stratum *a, const struct nct_stratum *b);

/* Sorts the strata and the samples of each. */
void nct_strata_sort(struct nct_strata *s);

void nct_strata_free(struct nct_strata *s);

#endif
