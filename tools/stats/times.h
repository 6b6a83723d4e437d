/* SPDX-License-Identifier: GPL-2.0 */
/* What is counted and compared of one recovery: its times, and what it has in common with others.
 */
#ifndef NCT_STATS_TIMES_H
#define NCT_STATS_TIMES_H

#include "../recovery/recovery.h"

/* What is measured of a recovery. Of phases, all spans of one recovery together. */
enum nct_metric {
	NCT_METRIC_RETRY = 0,
	NCT_METRIC_LIVE = 1,
	NCT_METRIC_BLACKOUT = 2, /* the longest of all devices */
	NCT_METRIC_PHASE = 2,	 /* + enum nct_phase */
	NCT_METRIC_COUNT = NCT_METRIC_PHASE + NCT_PHASE_COUNT
};

#define NCT_FENCES   (NCT_FENCE_UNFENCED + 1)
#define NCT_ENDS     (NCT_END_INCOMPLETE + 1)
#define NCT_HOST_LEN 256

struct nct_times {
	enum nct_fence fence;
	bool no_fence; /* it is not unknown: there is nothing to fence */
	enum nct_end end;
	bool lossy;		/* events were lost */
	bool missed_boundary;	/* a phase holds the time of another */
	bool blackout_at_least; /* it was longer, or as long: see struct nct_longest */
	int32_t instance;
	char transport[NCT_TRANSPORT_LEN]; /* "": not known */
	char host[NCT_HOST_LEN];	   /* likewise */
	uint64_t ns[NCT_METRIC_COUNT];	   /* NCT_NONE: did not happen, or was not seen */
};

/* How many do not count. */
struct nct_left_out {
	uint64_t asked_for;  /* resets and deletes, whose times say other things */
	uint64_t incomplete; /* recoveries whose beginning or end was not seen */
};

/* Fills *times if the recovery counts; else false, and it is added to *out. host: NULL or "" if it
 * is not known. */
bool nct_times_of(struct nct_times *times, const struct nct_recovery *rec, const char *host,
		  struct nct_left_out *out);

/* "time_to_retry", "time_to_live", "blackout", or the name of a phase. */
const char *nct_metric_name(enum nct_metric metric);

/* NCT_METRIC_COUNT: it is the name of none. */
enum nct_metric nct_metric_from_name(const char *name);

#endif
