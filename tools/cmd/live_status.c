// SPDX-License-Identifier: GPL-2.0
#include "live_status.h"

#include <stdio.h>

#include "cmd.h"

#define HOOKS_NAMED 4 /* doctor tells the others */

void nct_live_count_end(struct nct_live_count *count, const struct nct_recovery *rec, bool shown,
			bool output_failed)
{
	if (rec->kind == NCT_KIND_RESET)
		count->resets++;
	else if (rec->kind == NCT_KIND_DELETE)
		count->deletes++;
	else
		count->recoveries[rec->end]++;
	count->hidden += !shown;
	count->unwritten += shown && output_failed;
}

/* Its module is there, it is needed, and it is not attached. */
static bool missing(const struct nct_hook_status *hook)
{
	return hook->module_present && hook->needed && !hook->idle && !hook->spare &&
	       hook->rung == NCT_RUNG_NONE;
}

static void print_missing(const struct nct_hook_status *hooks, size_t n, const char *intro)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		if (!missing(&hooks[i]))
			continue;
		if (found++ < HOOKS_NAMED)
			fprintf(stderr, "%s%s (%s)", found == 1 ? intro : ", ", hooks[i].name,
				hooks[i].reason[0] ? hooks[i].reason : "reason not known");
	}
	if (found > HOOKS_NAMED)
		fprintf(stderr, " and %zu more, see " NCT_PROGRAM " doctor", found - HOOKS_NAMED);
}

void nct_live_banner(struct nct_bpf *source)
{
	size_t n, attached = 0, absent = 0;
	const struct nct_hook_status *hooks = nct_bpf_hooks(source, &n);
	size_t controllers = nct_bpf_controllers(source);

	for (size_t i = 0; i < n; i++) {
		attached += hooks[i].rung != NCT_RUNG_NONE;
		absent += missing(&hooks[i]);
	}
	if (!nct_bpf_nvme_present(source)) {
		fprintf(stderr, NCT_PROGRAM ": no nvme module is loaded; waiting for one\n");
		return;
	}
	if (!controllers) {
		fprintf(stderr, NCT_PROGRAM ": there is no nvme controller; waiting for one\n");
		return;
	}
	fprintf(stderr,
		NCT_PROGRAM ": watching %zu controller%s, dialect %s, %zu of %zu hooks attached",
		controllers, controllers == 1 ? "" : "s", nct_dialect_name(nct_bpf_dialect(source)),
		attached, attached + absent);
	print_missing(hooks, n, "; degraded: ");
	fprintf(stderr, "\n");
}

static void print_events(const struct nct_reducer_stats *stats)
{
	fprintf(stderr, "; %llu events, %llu lost", (unsigned long long)stats->events,
		(unsigned long long)stats->lost);
	if (stats->unknown_events)
		fprintf(stderr, ", %llu not understood", (unsigned long long)stats->unknown_events);
	if (stats->out_of_order)
		fprintf(stderr, ", %llu out of order", (unsigned long long)stats->out_of_order);
}

void nct_live_summary(const struct nct_live_count *count, const struct nct_reducer_stats *stats,
		      struct nct_bpf *source)
{
	const uint64_t *by_end = count->recoveries;
	uint64_t all = by_end[NCT_END_LIVE] + by_end[NCT_END_REMOVED] + by_end[NCT_END_INCOMPLETE];
	size_t n;
	const struct nct_hook_status *hooks = nct_bpf_hooks(source, &n);

	fprintf(stderr,
		NCT_PROGRAM ": recoveries: %llu (%llu live, %llu removed, %llu incomplete), "
			    "resets: %llu, deletes: %llu",
		(unsigned long long)all, (unsigned long long)by_end[NCT_END_LIVE],
		(unsigned long long)by_end[NCT_END_REMOVED],
		(unsigned long long)by_end[NCT_END_INCOMPLETE], (unsigned long long)count->resets,
		(unsigned long long)count->deletes);
	if (count->hidden)
		fprintf(stderr, "; hidden by filters: %llu", (unsigned long long)count->hidden);
	print_events(stats);
	print_missing(hooks, n, "; hooks missing: ");
	fprintf(stderr, "\n");
}
