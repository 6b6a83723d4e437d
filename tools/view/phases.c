// SPDX-License-Identifier: GPL-2.0
#include "phases.h"

#define INDENT	   2
#define COL_AT	   18
#define COL_TOOK   30
#define COL_BAR	   41
#define NOTE_WIDTH 24
#define BAR_MIN	   10
#define BAR_MAX	   60

/* Of backoff and connect: more than FOLD_OVER are folded to head, "…" and tail. */
#define FOLD_OVER 8
#define FOLD_HEAD 4
#define FOLD_TAIL 2

/* Spans [from, to) are shown as one line; from == to: none are. */
struct fold {
	size_t from;
	size_t to;
};

static bool recurs(const struct nct_span *span)
{
	return span->phase == NCT_PHASE_BACKOFF || span->phase == NCT_PHASE_CONNECT;
}

static struct fold find_fold(const struct nct_recovery *rec)
{
	size_t n = 0, seen = 0;
	struct fold fold = { 0, 0 };

	for (size_t i = 0; i < rec->nspans; i++)
		n += recurs(&rec->spans[i]);
	if (n <= FOLD_OVER)
		return fold;
	for (size_t i = 0; i < rec->nspans; i++) {
		if (!recurs(&rec->spans[i]))
			continue;
		if (seen == FOLD_HEAD)
			fold.from = i;
		if (seen == n - FOLD_TAIL)
			fold.to = i;
		seen++;
	}
	return fold;
}

static int bar_width(const struct nct_style *style)
{
	int width = style->width - COL_BAR - 2 - NOTE_WIDTH;

	if (width < BAR_MIN)
		return BAR_MIN;
	return width > BAR_MAX ? BAR_MAX : width;
}

/* The part of the whole that [at, at + took) is, drawn where it lies. */
static void add_bar(struct nct_text *t, const struct nct_style *style,
		    const struct nct_recovery *rec, uint64_t at, uint64_t took)
{
	int width = bar_width(style);
	double scale = rec->duration_ns ? width / (double)rec->duration_ns : 0;
	int from = (int)((double)at * scale);
	int to = (int)((double)(at + took) * scale + 0.5);

	if (from >= width)
		from = width - 1;
	if (to <= from)
		to = from + 1; /* what happened is seen */
	nct_text_add(t, "%*s%s", from, "", nct_paint(style, NCT_PAINT_BAR));
	nct_text_repeat(t, style->unicode ? "█" : "#", to - from);
	nct_text_add(t, "%s%*s", nct_paint(style, NCT_PAINT_NONE), width > to ? width - to : 0, "");
}

struct row {
	const char *name;
	uint64_t at;
	uint64_t took;
	const char *note;
};

static void add_row(struct nct_text *t, const struct nct_style *style,
		    const struct nct_recovery *rec, const struct row *row)
{
	nct_text_add(t, "%*s%s", INDENT, "", row->name);
	nct_text_column(t, COL_AT);
	nct_text_add(t, "+%s", row->at ? nct_duration(row->at).s : "0");
	nct_text_column(t, COL_TOOK);
	nct_text_add(t, "%s", nct_duration(row->took).s);
	nct_text_column(t, COL_BAR);
	add_bar(t, style, rec, row->at, row->took);
	if (*row->note)
		nct_text_add(t, "  %s", row->note);
	while (t->len && t->buf[t->len - 1] == ' ') /* no trailing blanks */
		t->len--;
	nct_text_add(t, "\n");
}

static struct nct_word hold_note(const struct nct_recovery *rec)
{
	if (!rec->has_hold || rec->hold_requested_ms == NCT_UNKNOWN_INT)
		return nct_word("%s", "");
	return nct_word("%s asked for", nct_config_ms(rec->hold_requested_ms).s);
}

/* attempt: the number of the connect attempt that the span is. */
static struct nct_word note_of(const struct nct_recovery *rec, enum nct_phase phase, size_t attempt)
{
	switch (phase) {
	case NCT_PHASE_BACKOFF:
		return nct_configured_backoff(rec);
	case NCT_PHASE_CONNECT:
		return nct_attempt(rec, attempt);
	case NCT_PHASE_HOLD:
		return hold_note(rec);
	default:
		return nct_word("%s", "");
	}
}

static void add_span(struct nct_text *t, const struct nct_style *style,
		     const struct nct_recovery *rec, const struct nct_span *span, size_t attempt)
{
	struct nct_word note = note_of(rec, span->phase, attempt);
	struct row row = {
		.name = nct_phase_name(span->phase),
		.at = span->start_ns - rec->start_ns,
		.took = span->duration_ns,
		.note = note.s,
	};

	add_row(t, style, rec, &row);
}

static size_t connects_in(const struct nct_recovery *rec, size_t from, size_t to)
{
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		n += rec->spans[i].phase == NCT_PHASE_CONNECT;
	return n;
}

static void add_fold(struct nct_text *t, const struct nct_style *style,
		     const struct nct_recovery *rec, const struct fold *fold)
{
	const struct nct_span *first = &rec->spans[fold->from], *after = &rec->spans[fold->to];
	size_t n = connects_in(rec, fold->from, fold->to);
	struct nct_word note = nct_word("%zu more attempt%s", n, n == 1 ? "" : "s");
	struct row row = {
		.name = style->unicode ? "…" : "...",
		.at = first->start_ns - rec->start_ns,
		.took = after->start_ns - first->start_ns,
		.note = note.s,
	};

	add_row(t, style, rec, &row);
}

static void add_whole(struct nct_text *t, const struct nct_style *style,
		      const struct nct_recovery *rec)
{
	struct nct_word note =
		nct_word("ctrl_loss_tmo %s", nct_config_ms(rec->id.ctrl_loss_tmo_ms).s);
	bool known = rec->id.ctrl_loss_tmo_ms != NCT_UNKNOWN_INT;
	struct row row = { .name = "whole", .took = rec->duration_ns, .note = known ? note.s : "" };

	add_row(t, style, rec, &row);
}

static void add_totals(struct nct_text *t, const struct nct_recovery *rec)
{
	size_t waits = 0, connects = connects_in(rec, 0, rec->nspans);

	for (size_t i = 0; i < rec->nspans; i++)
		waits += rec->spans[i].phase == NCT_PHASE_BACKOFF;
	nct_text_add(t, "%*sin all", INDENT, "");
	nct_text_column(t, COL_AT);
	nct_text_add(t, "backoff %s in %zu waits", nct_duration(rec->total_ns[NCT_PHASE_BACKOFF]).s,
		     waits);
	nct_text_add(t, ", connect %s in %zu attempts\n",
		     nct_duration(rec->total_ns[NCT_PHASE_CONNECT]).s, connects);
}

void nct_phases_table(struct nct_text *t, const struct nct_style *style,
		      const struct nct_recovery *rec)
{
	struct fold fold = find_fold(rec);
	size_t attempt = 0;

	nct_text_add(t, "%*sphase", INDENT, "");
	nct_text_column(t, COL_AT);
	nct_text_add(t, "at");
	nct_text_column(t, COL_TOOK);
	nct_text_add(t, "took");
	nct_text_column(t, COL_BAR + bar_width(style) + 2);
	nct_text_add(t, "configured\n");
	for (size_t i = 0; i < rec->nspans; i++) {
		attempt += rec->spans[i].phase == NCT_PHASE_CONNECT;
		if (i < fold.from || i >= fold.to)
			add_span(t, style, rec, &rec->spans[i], attempt);
		else if (i == fold.from)
			add_fold(t, style, rec, &fold);
	}
	add_whole(t, style, rec);
	if (fold.to > fold.from)
		add_totals(t, rec);
}
