/* SPDX-License-Identifier: GPL-2.0 */
/* A storm as it goes on: all open recoveries told in one line. */
#ifndef NCT_VIEW_STORM_H
#define NCT_VIEW_STORM_H

#include "../recovery/recovery.h"
#include "../sys/clock.h"
#include "tally.h"
#include "text.h"
#include "toll.h"

/* What is open at one moment. All zero is the valid empty state. */
struct nct_storm_view {
	size_t open;
	size_t kinds[NCT_KIND_DELETE + 1];
	size_t phases[NCT_PHASE_COUNT];
	uint64_t oldest_ns;
	struct nct_tally transports;
	struct nct_tally reasons;
	uint64_t *subsystems; /* hashes of the names */
	size_t nsubsystems;
	size_t size;
	bool failed; /* out of memory: the number of subsystems is not known */
};

void nct_storm_clear(struct nct_storm_view *view);
void nct_storm_count(struct nct_storm_view *view, const struct nct_recovery *rec);
void nct_storm_line(struct nct_text *t, struct nct_storm_view *view, const struct nct_toll *toll,
		    const struct nct_anchor *anchor, uint64_t now_ns);
void nct_storm_free(struct nct_storm_view *view);

#endif
