// SPDX-License-Identifier: GPL-2.0
#include "summary.h"

#include <stdlib.h>
#include <string.h>

#include "../stats/samples.h"
#include "histogram.h"
#include "timeline.h"

#define LABEL	       16 /* columns before the value of a line, as in the blocks */
#define HOST_LEN       256
#define SESSIONS_SHOWN 8
#define BUCKETS	       1024

/* Exact enough for every time that is shown. */
#define EXACT_NS 1000

struct times {
	struct nct_samples known;
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
	struct times retry, live;
	struct nct_blackout blackout; /* the worst; device "": none was seen */
	uint64_t blackout_ns;	      /* how long it was */
	size_t blackouts_longer;      /* recoveries whose longest may have been longer */
	struct row *next;	      /* in its bucket */
};

struct nct_summary {
	struct row **rows;
	size_t nrows, rows_size;
	struct row *bucket[BUCKETS];
	size_t kinds[NCT_KIND_DELETE + 1];
	size_t lossy;
	struct nct_text sessions; /* the lines of the first ones */
	size_t nsessions, cut_off, lossy_sessions;
	char first_host[HOST_LEN];
	bool several_hosts;
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
		nct_samples_free(&s->rows[i]->retry.known);
		nct_samples_free(&s->rows[i]->live.known);
		free(s->rows[i]);
	}
	free(s->rows);
	nct_text_free(&s->sessions);
	free(s);
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

static void session_place(struct nct_text *t, const struct nct_summary_session *session)
{
	bool file = *session->file, input = *session->input;

	if (!file && !input)
		return;
	label(t, "");
	if (file)
		nct_text_add(t, "in %s%s", nct_plain(session->file).s, input ? ", " : "");
	if (input)
		nct_text_add(t, "imported from %s", nct_plain(session->input).s);
	nct_text_add(t, "\n");
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
	if (session->resolution_ns > EXACT_NS)
		nct_text_add(t, "; times exact to %s",
			     nct_round_duration(session->resolution_ns).s);
	nct_text_add(t, "\n");
	session_place(t, session);
}

/* A session whose host is not told may be of another one than that of the rest. */
static void note_host(struct nct_summary *s, const char *host)
{
	if (!s->nsessions)
		snprintf(s->first_host, sizeof(s->first_host), "%s", host);
	else if (strncmp(s->first_host, host, sizeof(s->first_host) - 1))
		s->several_hosts = true;
}

void nct_summary_session(struct nct_summary *s, const struct nct_summary_session *session)
{
	note_host(s, session->host);
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

bool nct_summary_several_hosts(const struct nct_summary *s)
{
	return s->several_hosts;
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

static bool room_for_row(struct nct_summary *s)
{
	size_t bigger = s->rows_size ? 2 * s->rows_size : 16;
	struct row **grown;

	if (s->nrows < s->rows_size)
		return true;
	grown = realloc(s->rows, bigger * sizeof(*grown));
	if (!grown)
		return false;
	s->rows = grown;
	s->rows_size = bigger;
	return true;
}

static struct row *new_row(struct nct_summary *s, const char *host, struct row **bucket)
{
	struct row *row;

	if (!room_for_row(s))
		return NULL;
	row = calloc(1, sizeof(*row));
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
static bool add_time(struct times *to, uint64_t ns)
{
	if (ns != NCT_NONE)
		return !nct_samples_add(&to->known, ns);
	to->unknown++;
	return true;
}

static void note_blackout(struct row *row, const struct nct_recovery *rec)
{
	struct nct_longest longest = nct_longest_blackout(rec);

	row->blackouts_longer += longest.at_least;
	if (!longest.of || (*row->blackout.device && longest.ns <= row->blackout_ns))
		return;
	row->blackout = *longest.of;
	row->blackout_ns = longest.ns;
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
	if (rec->fence || nct_fence_applies(rec))
		row->fences[rec->fence]++;
	row->lossy += (rec->notes & NCT_NOTE_LOSSY) != 0;
	note_blackout(row, rec);
	if (!add_time(&row->retry, rec->time_to_retry_ns) ||
	    !add_time(&row->live, rec->time_to_live_ns))
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

/* The median is one that was measured, never a mean of two: times have several modes. */
static void add_times(struct nct_text *t, const char *name, struct times *of, const char *unknown)
{
	label(t, name);
	if (of->known.n) {
		nct_samples_sort(&of->known);
		nct_text_add(t, "worst %s, ",
			     nct_duration(nct_samples_quantile(&of->known, 1000)).s);
		nct_text_add(t, "median %s", nct_duration(nct_samples_quantile(&of->known, 500)).s);
	}
	if (of->unknown)
		nct_text_add(t, "%s%zu %s", of->known.n ? "; " : "", of->unknown, unknown);
	nct_text_add(t, "\n");
}

static void add_blackout(struct nct_text *t, const struct row *row)
{
	const struct nct_blackout *b = &row->blackout;
	bool seen = *b->device, over = b->until_ns != NCT_NONE;

	if (!seen && !row->blackouts_longer)
		return;
	label(t, "blackout");
	if (seen)
		nct_text_add(t, "worst %s%s, of %s",
			     !over	       ? "at least "
			     : b->uncertain_ns ? "at most "
					       : "",
			     nct_duration(row->blackout_ns).s, nct_plain(b->device).s);
	if (row->blackouts_longer)
		nct_text_add(t, "%s%zu not over, or not known of all", seen ? "; " : "",
			     row->blackouts_longer);
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
			     name ? name : "unknown", row->fences[i],
			     nct_paint(style, NCT_PAINT_NONE));
		separator = ", ";
	}
	nct_text_add(t, "%s\n", *separator ? "" : "none applies");
}

static void add_asked_for(struct nct_text *t, const struct row *row)
{
	size_t resets = row->kinds[NCT_KIND_RESET], deletes = row->kinds[NCT_KIND_DELETE];

	if (!resets && !deletes)
		return;
	label(t, "asked for");
	nct_text_add(t, "%zu resets, %zu deletes\n", resets, deletes);
}

static void add_row(struct nct_text *t, const struct nct_style *style, struct row *row,
		    bool tell_host)
{
	size_t n = row->kinds[NCT_KIND_RECOVERY];

	tell_host = tell_host && *row->host;
	nct_text_add(t, "  %s%s%s", nct_paint(style, NCT_PAINT_STRONG), nct_controller(&row->id).s,
		     nct_paint(style, NCT_PAINT_NONE));
	nct_text_add(t, "%s%s, %s, %s", tell_host ? " on " : "",
		     tell_host ? nct_plain(row->host).s : "", nct_plain(row->id.transport).s,
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
		add_times(t, "time to retry", &row->retry, "not seen");
		add_times(t, "time to live", &row->live, "never, or not seen");
		add_blackout(t, row);
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
	add_title(t, style, s);
	nct_text_add(t, "%.*s", (int)s->sessions.len, s->sessions.buf ? s->sessions.buf : "");
	add_losses(t, style, s);
	if (s->nrows)
		qsort(s->rows, s->nrows, sizeof(*s->rows), by_host_and_number);
	for (size_t i = 0; i < s->nrows; i++) {
		nct_text_add(t, "\n");
		add_row(t, style, s->rows[i], s->several_hosts);
	}
	nct_text_add(t, "\n");
}
