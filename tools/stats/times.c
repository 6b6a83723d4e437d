// SPDX-License-Identifier: GPL-2.0
#include "times.h"

#include <stdio.h>
#include <string.h>

static void measure(struct nct_times *times, const struct nct_recovery *rec)
{
	struct nct_longest blackout = nct_longest_blackout(rec);

	for (int m = 0; m < NCT_METRIC_COUNT; m++)
		times->ns[m] = NCT_NONE;
	times->ns[NCT_METRIC_RETRY] = rec->time_to_retry_ns;
	times->ns[NCT_METRIC_LIVE] = rec->time_to_live_ns;
	times->ns[NCT_METRIC_BLACKOUT] = blackout.ns;
	times->blackout_at_least = blackout.of && blackout.at_least;
	/* A phase that did not happen took no time at all, not 0. */
	for (size_t i = 0; i < rec->nspans; i++)
		times->ns[NCT_METRIC_PHASE + rec->spans[i].phase] =
			rec->total_ns[rec->spans[i].phase];
}

bool nct_times_of(struct nct_times *times, const struct nct_recovery *rec, const char *host,
		  struct nct_left_out *out)
{
	bool asked_for = rec->kind != NCT_KIND_RECOVERY;

	if (asked_for || rec->end == NCT_END_INCOMPLETE || (rec->notes & NCT_NOTE_STARTED_BEFORE)) {
		out->asked_for += asked_for;
		out->incomplete += !asked_for;
		return false;
	}
	memset(times, 0, sizeof(*times));
	times->fence = rec->fence;
	times->no_fence = !rec->fence && !nct_fence_applies(rec);
	times->end = rec->end;
	times->lossy = (rec->notes & NCT_NOTE_LOSSY) != 0;
	times->missed_boundary = (rec->notes & NCT_NOTE_MISSED_BOUNDARY) != 0;
	times->instance = rec->id.instance;
	snprintf(times->transport, sizeof(times->transport), "%s", rec->id.transport);
	snprintf(times->host, sizeof(times->host), "%s", host ? host : "");
	measure(times, rec);
	return true;
}

const char *nct_metric_name(enum nct_metric metric)
{
	if (metric == NCT_METRIC_RETRY)
		return "time_to_retry";
	if (metric == NCT_METRIC_LIVE)
		return "time_to_live";
	if (metric == NCT_METRIC_BLACKOUT)
		return "blackout";
	return nct_phase_name((enum nct_phase)(metric - NCT_METRIC_PHASE));
}

enum nct_metric nct_metric_from_name(const char *name)
{
	for (int m = 0; m < NCT_METRIC_COUNT; m++)
		if (!strcmp(name, nct_metric_name((enum nct_metric)m)))
			return (enum nct_metric)m;
	return NCT_METRIC_COUNT;
}
