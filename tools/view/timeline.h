/* SPDX-License-Identifier: GPL-2.0 */
/* One recovery that has ended, for people: a block of lines. */
#ifndef NCT_VIEW_TIMELINE_H
#define NCT_VIEW_TIMELINE_H

#include "../recovery/recovery.h"
#include "../sys/clock.h"
#include "style.h"
#include "text.h"

/* Adds the block, and an empty line after it. The same recovery, style, anchor and
 * time zone give the same bytes. anchor NULL: wall time is not known. */
void nct_timeline_block(struct nct_text *t, const struct nct_style *style,
			const struct nct_recovery *rec, const struct nct_anchor *anchor);

/* "nvme1", "a controller" when its number is not known. */
struct nct_word nct_controller(const struct nct_identity *id);

/* Why it began: "io-timeout at nvme_tcp_timeout", "cause not known". */
struct nct_phrase nct_cause_text(const struct nct_trigger *trigger);

#endif
