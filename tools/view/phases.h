/* SPDX-License-Identifier: GPL-2.0 */
/* The table of a recovery's phases, the configured values beside the measured. */
#ifndef NCT_VIEW_PHASES_H
#define NCT_VIEW_PHASES_H

#include "../recovery/recovery.h"
#include "style.h"
#include "text.h"

/* A line for each phase, and one for the whole. A long row of backoff and connect
 * is folded into one line in its middle, which says what it stands for. */
void nct_phases_table(struct nct_text *t, const struct nct_style *style,
		      const struct nct_recovery *rec);

#endif
