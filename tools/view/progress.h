/* SPDX-License-Identifier: GPL-2.0 */
/* Lines about a recovery that is under way. */
#ifndef NCT_VIEW_PROGRESS_H
#define NCT_VIEW_PROGRESS_H

#include <stdbool.h>

#include "../recovery/recovery.h"
#include "../sys/clock.h"
#include "text.h"

/* That it began, and why: the line carries the time of its start. */
void nct_progress_begin(struct nct_text *t, const struct nct_recovery *rec,
			const struct nct_anchor *anchor);

/* That its last phase has begun. */
void nct_progress_phase(struct nct_text *t, const struct nct_recovery *rec,
			const struct nct_anchor *anchor);

/* That it goes on: rec->duration_ns is up to now. */
void nct_progress_reminder(struct nct_text *t, const struct nct_recovery *rec,
			   const struct nct_anchor *anchor);

/* False for a phase of a late attempt: reminders stand for those. */
bool nct_progress_wanted(const struct nct_recovery *rec);

/* The age at which the next reminder is due: after 10 s, 30 s, 1 min, then each
 * minute. */
uint64_t nct_progress_next_age(uint64_t age_ns);

#endif
