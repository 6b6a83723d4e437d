// SPDX-License-Identifier: GPL-2.0
#include "toll.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tally.h"

#define GROUPS_SHOWN  5
#define LONGEST_SHOWN 5

/* Room for one more of size bytes: NULL when out of memory, else the array. */
static void *room(void *array, size_t n, size_t *capacity, size_t size)
{
	size_t bigger = *capacity ? 2 * *capacity : 16;
	void *grown;

	if (n < *capacity)
		return array;
	grown = realloc(array, bigger * size);
	if (grown)
		*capacity = bigger;
	return grown;
}

static bool belongs(const struct nct_toll_group *g, const struct nct_recovery *rec)
{
	const char *reason = rec->trigger.reason;
	bool same = g->reason == reason || (g->reason && reason && !strcmp(g->reason, reason));

	return same && g->kind == rec->kind && !strcmp(g->subsystem, rec->id.subsystem);
}

/* The index of its group, or -ENOMEM. */
static long group_of(struct nct_toll *toll, const struct nct_recovery *rec)
{
	struct nct_toll_group *g;

	for (size_t i = 0; i < toll->ngroups; i++)
		if (belongs(&toll->group[i], rec))
			return (long)i;
	g = room(toll->group, toll->ngroups, &toll->groups_size, sizeof(*g));
	if (!g)
		return -ENOMEM;
	toll->group = g;
	g += toll->ngroups;
	g->kind = rec->kind;
	g->reason = rec->trigger.reason;
	g->n = 0;
	memcpy(g->subsystem, rec->id.subsystem, sizeof(g->subsystem));
	return (long)toll->ngroups++;
}

int nct_toll_add(struct nct_toll *toll, const struct nct_recovery *rec)
{
	struct nct_toll_entry *e = room(toll->entry, toll->n, &toll->size, sizeof(*e));
	long group = e ? group_of(toll, rec) : -ENOMEM;

	if (e)
		toll->entry = e;
	if (group < 0)
		return -ENOMEM;
	toll->group[group].n++;
	toll->entry[toll->n++] = (struct nct_toll_entry) {
		.group = (size_t)group,
		.instance = rec->id.instance,
		.end = rec->end,
		.fence = rec->fence,
		.fences = nct_fence_applies(rec) && rec->dialect != NCT_DIALECT_BASELINE,
		.start_ns = rec->start_ns,
		.duration_ns = rec->duration_ns,
		.time_to_retry_ns = rec->time_to_retry_ns,
		.time_to_live_ns = rec->time_to_live_ns,
		.lossy = (rec->notes & NCT_NOTE_LOSSY) != 0,
	};
	return 0;
}

/* Entries in a row that are told together. */
struct slice {
	struct nct_toll_entry *entry;
	size_t n;
};

static size_t count_end(const struct slice *s, enum nct_end end)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->entry[i].end == end;
	return n;
}

static size_t count_lossy(const struct slice *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->entry[i].lossy;
	return n;
}

size_t nct_toll_ended(const struct nct_toll *toll, enum nct_end end)
{
	struct slice all = { toll->entry, toll->n };

	return count_end(&all, end);
}

static void add_outcomes(struct nct_text *t, const struct slice *s)
{
	size_t lossy = count_lossy(s);

	nct_text_add(t, "%zu live, %zu removed, %zu incomplete", count_end(s, NCT_END_LIVE),
		     count_end(s, NCT_END_REMOVED), count_end(s, NCT_END_INCOMPLETE));
	if (lossy)
		nct_text_add(t, "; %zu lossy: events were lost", lossy);
	nct_text_add(t, "\n");
}

static int by_number(uint64_t x, uint64_t y)
{
	return (x > y) - (x < y);
}

static int by_group(const void *a, const void *b)
{
	const struct nct_toll_entry *x = a, *y = b;

	return by_number(x->group, y->group);
}

static int by_retry(const void *a, const void *b)
{
	const struct nct_toll_entry *x = a, *y = b;

	return by_number(x->time_to_retry_ns, y->time_to_retry_ns);
}

static int by_live(const void *a, const void *b)
{
	const struct nct_toll_entry *x = a, *y = b;

	return by_number(x->time_to_live_ns, y->time_to_live_ns);
}

/* The longest first; the same every time. */
static int by_duration(const void *a, const void *b)
{
	const struct nct_toll_entry *x = a, *y = b;
	int order = by_number(y->duration_ns, x->duration_ns);

	return order ? order : by_number((uint32_t)x->instance, (uint32_t)y->instance);
}

static uint64_t retry_of(const struct nct_toll_entry *e)
{
	return e->time_to_retry_ns;
}

static uint64_t live_of(const struct nct_toll_entry *e)
{
	return e->time_to_live_ns;
}

struct headline {
	const char *name;
	const char *none; /* what it is called when there is none */
	uint64_t (*get)(const struct nct_toll_entry *e);
	int (*order)(const void *a, const void *b);
};

static void add_headline(struct nct_text *t, const struct slice *s, const struct headline *h)
{
	size_t known = 0;

	qsort(s->entry, s->n, sizeof(s->entry[0]), h->order); /* NCT_NONE sorts last */
	while (known < s->n && h->get(&s->entry[known]) != NCT_NONE)
		known++;
	nct_text_add(t, "    %-14s", h->name);
	if (known) {
		nct_text_add(t, "min %s", nct_duration(h->get(&s->entry[0])).s);
		nct_text_add(t, ", median %s", nct_duration(h->get(&s->entry[(known - 1) / 2])).s);
		nct_text_add(t, ", max %s", nct_duration(h->get(&s->entry[known - 1])).s);
	}
	if (known < s->n)
		nct_text_add(t, "%s%zu %s", known ? "; " : "", s->n - known, h->none);
	nct_text_add(t, "\n");
}

static void add_longest(struct nct_text *t, const struct slice *s)
{
	const char *comma = "";

	qsort(s->entry, s->n, sizeof(s->entry[0]), by_duration);
	nct_text_add(t, "    %-14s", "longest");
	for (size_t i = 0; i < s->n && i < LONGEST_SHOWN; i++) {
		const struct nct_toll_entry *e = &s->entry[i];

		nct_text_add(t, "%snvme%d %s", comma, e->instance, nct_duration(e->duration_ns).s);
		if (e->end != NCT_END_LIVE)
			nct_text_add(t, " %s", nct_end_name(e->end));
		comma = ", ";
	}
	nct_text_add(t, "\n");
}

/* Where it could have been otherwise: how many retries were made safe, and how. */
static void add_fences(struct nct_text *t, const struct slice *s)
{
	struct nct_tally tally = { 0 };

	for (size_t i = 0; i < s->n; i++)
		if (s->entry[i].fences)
			nct_tally_count(&tally, nct_fence_name(s->entry[i].fence));
	if (!tally.names)
		return;
	nct_text_add(t, "    %-14s", "fence");
	nct_tally_print(t, &tally);
	nct_text_add(t, "\n");
}

static const char *plural(enum nct_kind kind, size_t n)
{
	static const char *const names[] = { "?",      "recovery", "recoveries", "reset",
					     "resets", "delete",   "deletes" };

	return kind <= NCT_KIND_DELETE && kind ? names[2 * kind - (n == 1)] : names[0];
}

static void add_group(struct nct_text *t, const struct nct_toll_group *g, const struct slice *s)
{
	static const struct headline retry = { "time to retry", "not seen", retry_of, by_retry };
	static const struct headline live = { "time to live", "never", live_of, by_live };

	nct_text_add(t, "  %s, ", nct_plain(g->subsystem).s);
	nct_text_add(t, "%s: %zu %s: ", g->reason ? g->reason : "cause not known", s->n,
		     plural(g->kind, s->n));
	add_outcomes(t, s);
	add_headline(t, s, &retry);
	add_headline(t, s, &live);
	add_fences(t, s);
	add_longest(t, s);
}

/* The biggest group that is smaller than the last one shown, or later of the same
 * size; ngroups if there is none. */
static size_t next_group(const struct nct_toll *toll, size_t last)
{
	size_t best = toll->ngroups;
	size_t bound = last < toll->ngroups ? toll->group[last].n : SIZE_MAX;

	for (size_t i = 0; i < toll->ngroups; i++) {
		size_t n = toll->group[i].n;

		if (n > bound || (n == bound && i <= last))
			continue;
		if (best == toll->ngroups || n > toll->group[best].n)
			best = i;
	}
	return best;
}

static struct slice slice_of(const struct nct_toll *toll, size_t group)
{
	struct slice s = { toll->entry, toll->group[group].n };

	while (s.entry->group != group)
		s.entry++;
	return s;
}

static void add_groups(struct nct_text *t, struct nct_toll *toll)
{
	size_t shown = 0, told = 0, group = SIZE_MAX;

	qsort(toll->entry, toll->n, sizeof(toll->entry[0]), by_group);
	for (; shown < GROUPS_SHOWN && shown < toll->ngroups; shown++) {
		struct slice s;

		group = next_group(toll, group);
		s = slice_of(toll, group);
		add_group(t, &toll->group[group], &s);
		told += s.n;
	}
	if (shown < toll->ngroups)
		nct_text_add(t, "  and %zu more, with other subsystems or triggers (%zu)\n",
			     toll->n - told, toll->ngroups - shown);
}

static size_t count_kind(const struct nct_toll *toll, enum nct_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < toll->ngroups; i++)
		if (toll->group[i].kind == kind)
			n += toll->group[i].n;
	return n;
}

static void add_span(struct nct_text *t, const struct nct_toll *toll,
		     const struct nct_anchor *anchor)
{
	uint64_t first = UINT64_MAX, last = 0;

	for (size_t i = 0; i < toll->n; i++) {
		const struct nct_toll_entry *e = &toll->entry[i];

		if (e->start_ns < first)
			first = e->start_ns;
		if (e->start_ns + e->duration_ns > last)
			last = e->start_ns + e->duration_ns;
	}
	nct_text_add(t, "between %s", nct_time_of_day(anchor, first).s);
	nct_text_add(t, " and %s", nct_time_of_day(anchor, last).s);
}

static void add_title(struct nct_text *t, const struct nct_style *style,
		      const struct nct_toll *toll, const struct nct_anchor *anchor)
{
	const char *dash = style->unicode ? "─" : "-";

	nct_text_add(t, "%s%s %sstorm: %zu ended%s ", dash, dash,
		     nct_paint(style, NCT_PAINT_STRONG), toll->n, nct_paint(style, NCT_PAINT_NONE));
	add_span(t, toll, anchor);
	nct_text_add(t, " %s%s\n", dash, dash);
}

static void add_all(struct nct_text *t, const struct nct_toll *toll)
{
	struct slice all = { toll->entry, toll->n };
	const char *comma = "  ";

	for (enum nct_kind kind = NCT_KIND_RECOVERY; kind <= NCT_KIND_DELETE; kind++) {
		size_t n = count_kind(toll, kind);

		if (!n)
			continue;
		nct_text_add(t, "%s%zu %s", comma, n, plural(kind, n));
		comma = ", ";
	}
	nct_text_add(t, ": ");
	add_outcomes(t, &all);
	if (toll->too_short)
		nct_text_add(t, "  not counted: %zu shorter than --min-duration\n",
			     toll->too_short);
}

void nct_toll_block(struct nct_text *t, const struct nct_style *style, struct nct_toll *toll,
		    const struct nct_anchor *anchor)
{
	if (!toll->n)
		return;
	add_title(t, style, toll, anchor);
	add_all(t, toll);
	add_groups(t, toll);
	nct_text_add(t, "  single ones: --controller NAME, or --format json for all of them\n\n");
}

void nct_toll_clear(struct nct_toll *toll)
{
	toll->n = 0;
	toll->ngroups = 0;
	toll->too_short = 0;
}

void nct_toll_free(struct nct_toll *toll)
{
	free(toll->entry);
	free(toll->group);
	memset(toll, 0, sizeof(*toll));
}
