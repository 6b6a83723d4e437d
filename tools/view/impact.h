/* SPDX-License-Identifier: GPL-2.0 */
/* What applications felt of a recovery, in words. */
#ifndef NCT_VIEW_IMPACT_H
#define NCT_VIEW_IMPACT_H

#include "../recovery/recovery.h"
#include "style.h"
#include "text.h"

/* Columns before the value of a line, as in the rest of the block. */
#define NCT_IMPACT_COLUMN 18

/* Lines of the block: the requests that were in flight and what became of them, errors, blackouts.
 * What is not known, or empty, is left out; nothing at all if nobody looked. */
void nct_impact_lines(struct nct_text *t, const struct nct_style *style,
		      const struct nct_recovery *rec);

/* "3.420 s"; "at most 3.420 s, at least 3.408 s"; "not over yet after 3.420 s". */
struct nct_word nct_blackout_text(const struct nct_recovery *rec,
				  const struct nct_blackout *blackout);

#endif
