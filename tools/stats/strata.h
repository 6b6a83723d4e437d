/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The times of recoveries, apart by what makes them different: recovery times have one
 * mode for each way of fencing, and a quantile of a mixture tells of none of them.
 */
#ifndef NCT_STATS_STRATA_H
#define NCT_STATS_STRATA_H

#include "../recovery/recovery.h"
#include "samples.h"

enum nct_by {
	NCT_BY_FENCE = 0,
	NCT_BY_TRANSPORT = 1,
	NCT_BY_CONTROLLER = 2,
};

/* What is measured of a recovery. Of phases, all spans of one recovery together. */
enum nct_metric {
	NCT_METRIC_RETRY = 0,
	NCT_METRIC_LIVE = 1,
	NCT_METRIC_PHASE = 1, /* + enum nct_phase */
	NCT_METRIC_COUNT = NCT_METRIC_PHASE + NCT_PHASE_COUNT
};

#define NCT_HOST_LEN 256

struct nct_stratum {
	/* what they have in common: the one of these that it is by, and with by controller
	 * the host */
	enum nct_fence fence;
	char transport[NCT_TRANSPORT_LEN]; /* "": not known */
	int32_t instance;
	char host[NCT_HOST_LEN]; /* "": this one, or not known */

	struct nct_samples samples[NCT_METRIC_COUNT]; /* nanoseconds */
};

/* All zero but for by is the valid empty state. */
struct nct_strata {
	enum nct_by by;
	struct nct_stratum *list; /* owned */
	size_t n;
	size_t counted;		/* recoveries whose times are in */
	size_t asked_for;	/* resets and deletes: left out */
	size_t incomplete;	/* recoveries without a beginning or an end: left out */
	size_t lossy;		/* of those counted: events were lost */
	size_t missed_boundary; /* of those counted: a phase holds the time of another */
};

/* host: NULL or "" if it is this one, or not known. Returns 0 or -ENOMEM: some of its times
 * are missing then. */
int nct_strata_add(struct nct_strata *s, const struct nct_recovery *rec, const char *host);

/* Sorts the strata (fence outcomes in the order of their enum, what is not told last; names
 * by alphabet, controllers by number) and the samples of each. */
void nct_strata_sort(struct nct_strata *s);

/* "time_to_retry", "time_to_live", or the name of a phase. */
const char *nct_metric_name(enum nct_metric metric);

void nct_strata_free(struct nct_strata *s);

#endif
