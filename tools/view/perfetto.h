/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recoveries as a trace for ui.perfetto.dev: a process for each subsystem of each host,
 * in it a track for each controller, on it a slice for each recovery, and inside that
 * its phases, and in those the CCR attempts; an instant where requests were released.
 */
#ifndef NCT_VIEW_PERFETTO_H
#define NCT_VIEW_PERFETTO_H

#include <stdio.h>

#include "../recovery/recovery.h"
#include "../sys/clock.h"

struct nct_perfetto;

/*
 * Begins a trace. Its clock is the BOOTTIME of base, into which wall times of other boots
 * and hosts are converted: base has to be the anchor with the earliest boot of all that
 * are used, or times before it become 0. NULL: wall time is known of no recovery.
 * NULL when out of memory.
 */
struct nct_perfetto *nct_perfetto_new(FILE *out, const struct nct_anchor *base);

/* Whether a tells of an earlier boot than b. */
bool nct_perfetto_earlier_boot(const struct nct_anchor *a, const struct nct_anchor *b);

/*
 * Adds one; those of a controller in the order of their ends. host: what the
 * process is named after; NULL or "" if not known. anchor NULL: wall time is not known; it is then
 * shown at the time of the log's own clock, in a process of its own. Returns 0, -ENOMEM or -errno.
 */
int nct_perfetto_recovery(struct nct_perfetto *p, const struct nct_recovery *rec, const char *host,
			  const struct nct_anchor *anchor);

void nct_perfetto_free(struct nct_perfetto *p);

#endif
