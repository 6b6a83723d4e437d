/* SPDX-License-Identifier: GPL-2.0 */
/* What `live` says on standard error: at its start, and at its end. */
#ifndef NCT_CMD_LIVE_STATUS_H
#define NCT_CMD_LIVE_STATUS_H

#include <stdbool.h>

#include "../recovery/reducer.h"
#include "../source/bpf.h"

/* All zero at the start. */
struct nct_live_count {
	uint64_t recoveries[NCT_END_INCOMPLETE + 1]; /* by enum nct_end */
	uint64_t resets;
	uint64_t deletes;
	uint64_t hidden;    /* of all these: by the filters */
	uint64_t unwritten; /* of all these: because the output failed */
};

void nct_live_count_end(struct nct_live_count *count, const struct nct_recovery *rec, bool shown,
			bool output_failed);

/* What is watched, and what of it cannot be seen; whenever that changed. */
void nct_live_banner(struct nct_bpf *source);

void nct_live_summary(const struct nct_live_count *count, const struct nct_reducer_stats *stats,
		      struct nct_bpf *source);

#endif
