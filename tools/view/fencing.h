/* SPDX-License-Identifier: GPL-2.0 */
/* What made a retry safe, in words: CCR attempts, the hold, the outcome. */
#ifndef NCT_VIEW_FENCING_H
#define NCT_VIEW_FENCING_H

#include "../recovery/recovery.h"
#include "style.h"
#include "text.h"

/* "by nvme1: success after 49.8 ms (command 1.20 ms, then waited 48.6 ms)" */
void nct_fencing_attempt(struct nct_text *t, const struct nct_ccr_attempt *a);

/* "9.102 s held, 9 s asked for" */
void nct_fencing_hold(struct nct_text *t, const struct nct_recovery *rec);

/* "ccr: another controller reset this one, the retry was safe", and the reason. */
void nct_fencing_outcome(struct nct_text *t, const struct nct_style *style,
			 const struct nct_recovery *rec);

/* Whether the retry was safe, as far as can be told: 1, 0, or NCT_UNKNOWN_INT. */
int32_t nct_fencing_retry_safe(const struct nct_recovery *rec);

/* Lines of the block: what got in the way while requests were held; mostly none. */
void nct_fencing_disturbances(struct nct_text *t, const struct nct_style *style,
			      const struct nct_recovery *rec);

/* "retry safe: ccr", "retry NOT safe: no-ccr-no-cqt", while it goes on; adds nothing when
 * that is not known yet, or never otherwise on this kernel. */
void nct_fencing_verdict(struct nct_text *t, const struct nct_recovery *rec);

#endif
