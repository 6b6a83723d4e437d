// SPDX-License-Identifier: GPL-2.0
#include "storm.h"

#include <stdlib.h>
#include <string.h>

static uint64_t hash(const char *s)
{
	uint64_t h = 0xcbf29ce484222325ull; /* FNV-1a */

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3ull;
	return h;
}

void nct_storm_clear(struct nct_storm_view *view)
{
	uint64_t *subsystems = view->subsystems;
	size_t size = view->size;

	memset(view, 0, sizeof(*view));
	view->subsystems = subsystems;
	view->size = size;
}

static void count_subsystem(struct nct_storm_view *view, const char *name)
{
	if (view->nsubsystems == view->size) {
		size_t size = view->size ? 2 * view->size : 64;
		uint64_t *grown = realloc(view->subsystems, size * sizeof(*grown));

		if (!grown) {
			view->failed = true;
			return;
		}
		view->subsystems = grown;
		view->size = size;
	}
	view->subsystems[view->nsubsystems++] = hash(name);
}

void nct_storm_count(struct nct_storm_view *view, const struct nct_recovery *rec)
{
	view->open++;
	if (rec->kind <= NCT_KIND_DELETE)
		view->kinds[rec->kind]++;
	if (rec->nspans)
		view->phases[rec->spans[rec->nspans - 1].phase]++;
	if (rec->duration_ns > view->oldest_ns)
		view->oldest_ns = rec->duration_ns;
	nct_tally_count(&view->transports, rec->id.transport);
	nct_tally_count(&view->reasons, rec->trigger.reason);
	count_subsystem(view, rec->id.subsystem);
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static size_t distinct(uint64_t *values, size_t n)
{
	size_t found = n != 0;

	qsort(values, n, sizeof(*values), by_value);
	for (size_t i = 1; i < n; i++)
		found += values[i] != values[i - 1];
	return found;
}

static void add_kinds(struct nct_text *t, const struct nct_storm_view *view)
{
	if (view->kinds[NCT_KIND_RECOVERY] == view->open)
		nct_text_add(t, "%zu controllers recovering", view->open);
	else
		nct_text_add(t, "%zu controllers not LIVE: %zu recoveries, %zu resets, %zu deletes",
			     view->open, view->kinds[NCT_KIND_RECOVERY],
			     view->kinds[NCT_KIND_RESET], view->kinds[NCT_KIND_DELETE]);
}

static void add_phases(struct nct_text *t, const struct nct_storm_view *view)
{
	const char *comma = ": ";

	for (int i = 1; i < NCT_PHASE_COUNT; i++) {
		if (!view->phases[i])
			continue;
		nct_text_add(t, "%s%zu %s", comma, view->phases[i],
			     nct_phase_name((enum nct_phase)i));
		comma = ", ";
	}
}

static void add_open(struct nct_text *t, struct nct_storm_view *view)
{
	nct_text_add(t, " (");
	nct_tally_print(t, &view->transports);
	nct_text_add(t, ")");
	add_phases(t, view);
	nct_text_add(t, "; oldest %s; subsystems: ", nct_duration(view->oldest_ns).s);
	if (view->failed)
		nct_text_add(t, "?");
	else
		nct_text_add(t, "%zu", distinct(view->subsystems, view->nsubsystems));
	nct_text_add(t, "; triggers: ");
	nct_tally_print(t, &view->reasons);
}

void nct_storm_line(struct nct_text *t, struct nct_storm_view *view, const struct nct_toll *toll,
		    const struct nct_anchor *anchor, uint64_t now_ns)
{
	nct_text_add(t, "%s storm: ", nct_time_of_day(anchor, now_ns).s);
	add_kinds(t, view);
	if (view->open)
		add_open(t, view);
	if (toll->n)
		nct_text_add(t, "; ended: %zu (%zu live, %zu removed, %zu incomplete)", toll->n,
			     nct_toll_ended(toll, NCT_END_LIVE),
			     nct_toll_ended(toll, NCT_END_REMOVED),
			     nct_toll_ended(toll, NCT_END_INCOMPLETE));
	nct_text_add(t, "\n");
}

void nct_storm_free(struct nct_storm_view *view)
{
	free(view->subsystems);
	memset(view, 0, sizeof(*view));
}
