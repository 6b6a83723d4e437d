/* SPDX-License-Identifier: GPL-2.0 */
/* One side of a comparison: the recoveries of one or more recordings, and how far they can be
 * trusted. */
#ifndef NCT_GATE_SIDE_H
#define NCT_GATE_SIDE_H

#include "../recovery/audit.h"
#include "../stats/strata.h"
#include "fingerprint.h"

/* All zero is the valid empty state. */
struct nct_side {
	struct nct_times *times; /* owned; of the recoveries that count */
	size_t n, room;
	uint64_t resolution_ns; /* the coarsest of all; 0, 1: exact */
	struct nct_left_out left_out;
	uint64_t lossy;	    /* of those that count */
	uint64_t lost;	    /* events, of all sessions */
	uint64_t cut_off;   /* sessions that did not end cleanly */
	uint64_t unaudited; /* recoveries whose rules were not judged: not from a recording */
	uint64_t fired[NCT_RULE_COUNT];
	bool unjudged[NCT_RULE_COUNT]; /* by an older program, which did not have the rule */
	struct nct_fingerprint fingerprint;
};

/* A recovery that ended, one of a recording. host: "" if it is not known. Returns 0 or -ENOMEM. */
int nct_side_recovery(struct nct_side *s, const struct nct_recovery *rec, const char *host,
		      uint64_t resolution_ns);

/* The same, but its rules are not judged: there is not enough of it. */
int nct_side_count(struct nct_side *s, const struct nct_recovery *rec, const char *host,
		   uint64_t resolution_ns);

/* Times of one that counts. Returns 0 or -ENOMEM. */
int nct_side_times(struct nct_side *s, const struct nct_times *times, uint64_t resolution_ns);

/* Its strata, sorted. by: enum nct_by. Returns 0 (to be freed) or -ENOMEM. */
int nct_side_strata(const struct nct_side *s, unsigned int by, struct nct_strata *strata);

void nct_side_free(struct nct_side *s);

#endif
