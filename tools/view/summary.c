// SPDX-License-Identifier: GPL-2.0
#include "summary.h"

#include <stdlib.h>
#include <string.h>

#include "timeline.h"

#define LABEL	       16 /* columns before the value of a line, as in the blocks */
#define HOST_LEN       256
#define SESSIONS_SHOWN 8
#define BUCKETS	       1024

struct samples {
	uint64_t *ns;
	size_t n, size;
	size_t unknown; /* recoveries that have none */
};

/* A controller is one number at one host, as long as it belongs to one subsystem. */
struct row {
	char host[HOST_LEN];
	struct nct_identity id; /* the latest */
	size_t kinds[NCT_KIND_DELETE + 1];
	size_t ends[NCT_END_INCOMPLETE + 1];   /* of recoveries */
	size_t fences[NCT_FENCE_UNFENCED + 1]; /* likewise */
	size_t lossy;
	struct samples retry, live;
	struct row *next; /* in its bucket */
};

struct nct_summary {
	struct row **rows;
	size_t nrows, rows_size;
	struct row *bucket[BUCKETS];
	size_t kinds[NCT_KIND_DELETE + 1];
	size_t lossy;
	struct nct_text sessions; /* the lines of the first ones */
	size_t nsessions, cut_off, lossy_sessions;
	uint64_t events, lost, unknown, out_of_order;
	size_t uncounted;
};

struct nct_summary *nct_summary_new(void)
{
	return calloc(1, sizeof(struct nct_summary));
}

void nct_summary_free(struct nct_summary *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->nrows; i++) {
		free(s->rows[i]->retry.ns);
		free(s->rows[i]->live.ns);
		free(s->rows[i]);
	}
	free(s->rows);
	nct_text_free(&s->sessions);
	free(s);
}

static void *room(void *array, size_t n, size_t *size, size_t element)
{
	size_t bigger = *size ? 2 * *size : 16;
	void *grown;

	if (n < *size)
		return array;
	grown = realloc(array, bigger * element);
	if (grown)
		*size = bigger;
	return grown;
}

/* ---- sessions ---- */

static void label(struct nct_text *t, const char *name)
{
	nct_text_add(t, "  %s", name);
	nct_text_column(t, LABEL + 2);
}

static struct nct_word moment(const struct nct_anchor *anchor, uint64_t ns)
{
	struct nct_word w = { "" };

	if (!anchor)
		return nct_time_of_day(NULL, ns);
	nct_format_local_date(nct_anchor_wall_ns(anchor, ns), w.s, sizeof(w.s));
	return w;
}

static void session_line(struct nct_text *t, size_t n, const struct nct_summary_session *session)
{
	label(t, nct_word("session %zu", n).s);
	nct_text_add(t, "%s%s%s from %s", session->source, *session->host ? " on " : "",
		     *session->host ? nct_plain(session->host).s : "",
		     moment(session->anchor, session->start_ns).s);
	nct_text_add(
		t, " for %s%s; %llu events", nct_duration(session->end_ns - session->start_ns).s,
		session->cut_off ? ", cut off" : "", (unsigned long long)session->stats->events);
	if (session->stats->lost)
		nct_text_add(t, ", %llu LOST", (unsigned long long)session->stats->lost);
	nct_text_add(t, "\n");
}

void nct_summary_session(struct nct_summary *s, const struct nct_summary_session *session)
{
	s->nsessions++;
	s->cut_off += session->cut_off;
	s->lossy_sessions += session->stats->lost != 0;
	s->events += session->stats->events;
	s->lost += session->stats->lost;
	s->unknown += session->stats->unknown_events;
	s->out_of_order += session->stats->out_of_order;
	if (s->nsessions <= SESSIONS_SHOWN)
		session_line(&s->sessions, s->nsessions, session);
}

/* ---- recoveries ---- */

static struct row **bucket_of(struct nct_summary *s, const char *host,
			      const struct nct_identity *id)
{
	uint64_t hash = (uint32_t)id->instance;

	for (const char *p = host; *p; p++)
		hash = hash * 31 + (unsigned char)*p;
	return &s->bucket[(hash * 0x9e3779b97f4a7c15ull >> 32) % BUCKETS];
}

static struct row *new_row(struct nct_summary *s, const char *host, struct row **bucket)
{
	struct row **grown = room(s->rows, s->nrows, &s->rows_size, sizeof(*grown));
	struct row *row = grown ? calloc(1, sizeof(*row)) : NULL;

	if (grown)
		s->rows = grown;
	if (!row)
		return NULL;
	snprintf(row->host, sizeof(row->host), "%s", host);
	row->next = *bucket;
	*bucket = row;
	s->rows[s->nrows++] = row;
	return row;
}

static struct row *row_of(struct nct_summary *s, const char *host, const struct nct_identity *id)
{
	struct row **bucket = bucket_of(s, host, id);

	for (struct row *row = *bucket; row; row = row->next)
		if (row->id.instance == id->instance && !strcmp(row->host, host) &&
		    !strcmp(row->id.subsystem, id->subsystem))
			return row;
	return new_row(s, host, bucket);
}

/* False: out of memory. */
static bool add_sample(struct samples *to, uint64_t ns)
{
	uint64_t *grown;

	if (ns == NCT_NONE) {
		to->unknown++;
		return true;
	}
	grown = room(to->ns, to->n, &to->size, sizeof(*grown));
	if (!grown)
		return false;
	to->ns = grown;
	to->ns[to->n++] = ns;
	return true;
}

void nct_summary_recovery(struct nct_summary *s, const char *host, const struct nct_recovery *rec)
{
	struct row *row = row_of(s, host ? host : "", &rec->id);

	s->kinds[rec->kind]++;
	s->lossy += (rec->notes & NCT_NOTE_LOSSY) != 0;
	if (!row) {
		s->uncounted++;
		return;
	}
	row->id = rec->id;
	row->kinds[rec->kind]++;
	if (rec->kind != NCT_KIND_RECOVERY)
		return;
	row->ends[rec->end]++;
	row->fences[rec->fence]++;
	row->lossy += (rec->notes & NCT_NOTE_LOSSY) != 0;
	if (!add_sample(&row->retry, rec->time_to_retry_ns) ||
	    !add_sample(&row->live, rec->time_to_live_ns))
		s->uncounted++;
}

/* ---- the text ---- */

static int by_host_and_number(const void *a, const void *b)
{
	const struct row *x = *(struct row *const *)a, *y = *(struct row *const *)b;
	int hosts = strcmp(x->host, y->host);

	if (hosts)
		return hosts;
	if (x->id.instance != y->id.instance)
		return x->id.instance < y->id.instance ? -1 : 1;
	return strcmp(x->id.subsystem, y->id.subsystem);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The median is one that was measured, never a mean of two: times have several modes. */
static void add_samples(struct nct_text *t, const char *name, struct samples *of,
			const char *unknown)
{
	label(t, name);
	if (of->n) {
		qsort(of->ns, of->n, sizeof(*of->ns), by_value);
		nct_text_add(t, "worst %s, ", nct_duration(of->ns[of->n - 1]).s);
		nct_text_add(t, "median %s", nct_duration(of->ns[(of->n - 1) / 2]).s);
	}
	if (of->unknown)
		nct_text_add(t, "%s%zu %s", of->n ? "; " : "", of->unknown, unknown);
	nct_text_add(t, "\n");
}

static void add_fences(struct nct_text *t, const struct nct_style *style, const struct row *row)
{
	const char *separator = "";

	label(t, "fence");
	for (int i = NCT_FENCE_UNFENCED; i >= NCT_FENCE_UNKNOWN; i--) {
		const char *name = nct_fence_name((enum nct_fence)i);
		bool bad = i == NCT_FENCE_UNFENCED;

		if (!row->fences[i])
			continue;
		nct_text_add(t, "%s%s%s %zu%s", separator,
			     nct_paint(style, bad ? NCT_PAINT_BAD : NCT_PAINT_NONE),
			     name ? name : "not told", row->fences[i],
			     nct_paint(style, NCT_PAINT_NONE));
		separator = ", ";
	}
	nct_text_add(t, "\n");
}

static void add_asked_for(struct nct_text *t, const struct row *row)
{
	size_t resets = row->kinds[NCT_KIND_RESET], deletes = row->kinds[NCT_KIND_DELETE];

	if (!resets && !deletes)
		return;
	label(t, "asked for");
	nct_text_add(t, "%zu resets, %zu deletes\n", resets, deletes);
}

static bool several_hosts(const struct nct_summary *s)
{
	for (size_t i = 1; i < s->nrows; i++)
		if (strcmp(s->rows[i]->host, s->rows[0]->host))
			return true;
	return false;
}

static void add_row(struct nct_text *t, const struct nct_style *style, struct row *row,
		    bool with_host)
{
	size_t n = row->kinds[NCT_KIND_RECOVERY];

	nct_text_add(t, "  %s%s%s", nct_paint(style, NCT_PAINT_STRONG), nct_controller(&row->id).s,
		     nct_paint(style, NCT_PAINT_NONE));
	if (with_host)
		nct_text_add(t, " on %s", *row->host ? nct_plain(row->host).s : "an unknown host");
	nct_text_add(t, ", %s, %s", nct_plain(row->id.transport).s,
		     nct_short_address(row->id.address).s);
	nct_text_add(t, ", %s\n", nct_plain(row->id.subsystem).s);
	label(t, "recoveries");
	nct_text_add(t, "%zu: %zu live, %zu removed, %zu incomplete", n, row->ends[NCT_END_LIVE],
		     row->ends[NCT_END_REMOVED], row->ends[NCT_END_INCOMPLETE]);
	if (row->lossy)
		nct_text_add(t, "; %zu lossy", row->lossy);
	nct_text_add(t, "\n");
	if (n) {
		add_fences(t, style, row);
		add_samples(t, "time to retry", &row->retry, "not seen");
		add_samples(t, "time to live", &row->live, "never, or not seen");
	}
	add_asked_for(t, row);
}

static void add_losses(struct nct_text *t, const struct nct_style *style,
		       const struct nct_summary *s)
{
	if (s->nsessions > SESSIONS_SHOWN) {
		label(t, "");
		nct_text_add(t, "and %zu more; %zu cut off, %zu with losses, %llu events in all\n",
			     s->nsessions - SESSIONS_SHOWN, s->cut_off, s->lossy_sessions,
			     (unsigned long long)s->events);
	}
	if (s->lost) {
		label(t, "lost");
		nct_text_add(t, "%s%llu events; recoveries that this may touch are lossy: %zu%s\n",
			     nct_paint(style, NCT_PAINT_WARN), (unsigned long long)s->lost,
			     s->lossy, nct_paint(style, NCT_PAINT_NONE));
	}
	if (s->unknown || s->out_of_order) {
		label(t, "strange");
		nct_text_add(t, "%llu events not understood, %llu out of order\n",
			     (unsigned long long)s->unknown, (unsigned long long)s->out_of_order);
	}
	if (s->uncounted) {
		label(t, "note");
		nct_text_add(t, "out of memory: %zu recoveries are not counted in\n", s->uncounted);
	}
}

static void add_title(struct nct_text *t, const struct nct_style *style,
		      const struct nct_summary *s)
{
	struct nct_word what =
		nct_word("%zu recoveries, %zu resets, %zu deletes of %zu controllers",
			 s->kinds[NCT_KIND_RECOVERY], s->kinds[NCT_KIND_RESET],
			 s->kinds[NCT_KIND_DELETE], s->nrows);
	const char *dash = style->unicode ? "─" : "-";

	nct_text_add(t, "%s%s %ssummary%s: %s ", dash, dash, nct_paint(style, NCT_PAINT_STRONG),
		     nct_paint(style, NCT_PAINT_NONE), what.s);
	nct_text_repeat(t, dash, style->width - (int)(strlen("-- summary:  ") + strlen(what.s)));
	nct_text_add(t, "\n");
}

void nct_summary_print(struct nct_text *t, const struct nct_style *style, struct nct_summary *s)
{
	bool several = several_hosts(s);

	add_title(t, style, s);
	nct_text_add(t, "%.*s", (int)s->sessions.len, s->sessions.buf ? s->sessions.buf : "");
	add_losses(t, style, s);
	if (s->nrows)
		qsort(s->rows, s->nrows, sizeof(*s->rows), by_host_and_number);
	for (size_t i = 0; i < s->nrows; i++) {
		nct_text_add(t, "\n");
		add_row(t, style, s->rows[i], several);
	}
	nct_text_add(t, "\n");
}
