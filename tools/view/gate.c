// SPDX-License-Identifier: GPL-2.0
#include "gate.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "../gate/mix.h"
#include "gate_words.h"
#include "table.h"

/* Where it goes: lines for a terminal, or Markdown. */
struct page {
	struct nct_text *t;
	const struct nct_style *style; /* NULL: Markdown */
	const struct nct_gate *g;
	const struct nct_gate_opts *opts;
	bool hosts;
};

static void put_table(const struct page *p, struct nct_table *table)
{
	if (p->style)
		nct_table_text(p->t, p->style, table);
	else
		nct_table_markdown(p->t, table);
}

static void put_title(const struct page *p, const char *title)
{
	if (p->style)
		nct_text_add(p->t, "\n%s%s%s\n", nct_paint(p->style, NCT_PAINT_STRONG), title,
			     nct_paint(p->style, NCT_PAINT_NONE));
	else
		nct_text_add(p->t, "\n**%s**\n\n", title);
}

static enum nct_paint paint_of(enum nct_found found)
{
	switch (found) {
	case NCT_FOUND_WORSE:
		return NCT_PAINT_BAD;
	case NCT_FOUND_BETTER:
		return NCT_PAINT_GOOD;
	case NCT_FOUND_TOO_FEW:
	case NCT_FOUND_CHANGED:
		return NCT_PAINT_WARN;
	default:
		return NCT_PAINT_NONE;
	}
}

/* A word for Markdown stands out by itself. */
static struct nct_word found_word(const struct page *p, enum nct_found found, bool of_time)
{
	const char *word = nct_found_word(found, of_time);

	return *word && !p->style ? nct_word("**%s**", word) : nct_word("%s", word);
}

/* ---- who is compared ------------------------------------------------------------------ */

static void add_kernels(struct nct_text *line, const struct nct_side *s)
{
	const struct nct_trait *kernel = nct_fingerprint_find(&s->fingerprint, "kernel");

	for (size_t i = 0; kernel && i < kernel->n; i++)
		nct_text_add(line, "%s%s", i ? ", " : " of ", nct_plain(kernel->values[i]).s);
}

static void put_side(const struct page *p, const char *name, const struct nct_side *s)
{
	struct nct_text line = { 0 };

	nct_text_add(&line, "%s: %zu recover%s", name, s->n, s->n == 1 ? "y" : "ies");
	add_kernels(&line, s);
	if (s->left_out.incomplete || s->left_out.asked_for)
		nct_text_add(&line, "; not counted: %llu incomplete, %llu resets or deletes",
			     (unsigned long long)s->left_out.incomplete,
			     (unsigned long long)s->left_out.asked_for);
	if (!line.failed && p->style)
		nct_text_wrapped(p->t, p->style->width, 0, 2, line.buf);
	else if (!line.failed)
		nct_text_add(p->t, "- %s\n", line.buf);
	p->t->failed |= line.failed;
	nct_text_free(&line);
}

static void put_sides(const struct page *p)
{
	if (p->g->sides[NCT_BASELINE])
		put_side(p, "baseline", p->g->sides[NCT_BASELINE]);
	put_side(p, "candidate", p->g->sides[NCT_CANDIDATE]);
}

/* ---- times -------------------------------------------------------------------------------- */

static struct nct_word median_of(const struct nct_comparison *t, int side)
{
	return t->n[side] ? nct_duration(t->median_ns[side]) : nct_word("-");
}

/* Too wide for terminals: for Markdown only. */
static struct nct_word interval_of(const struct nct_comparison *t)
{
	if (isinf(t->shift.low) || isinf(t->shift.high))
		return nct_word("any");
	return nct_word("%.28s to %.28s", nct_signed_duration(t->shift.low).s,
			nct_signed_duration(t->shift.high).s);
}

static void add_time_head(struct nct_table *table, bool markdown)
{
	static const char *const titles[] = { "median of",     "n",	"baseline",
					      "candidate",     "shift", "",
					      "95 % interval", "p",	"" };
	struct nct_table_row *row;
	size_t c = 0;

	table->columns = markdown ? 9 : 8;
	row = nct_table_add(table);
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (markdown || i != 6)
			row->cell[c++] = nct_word("%s", titles[i]);
}

static void add_time(const struct page *p, struct nct_table *table, const struct nct_comparison *t)
{
	bool compared = t->found != NCT_FOUND_NOTHING;
	struct nct_table_row *row = nct_table_add(table);
	size_t c = 0;

	row->cell[c++] = nct_word("%s", nct_metric_name(t->metric));
	row->cell[c++] = nct_word("%zu/%zu", t->n[0], t->n[1]);
	row->cell[c++] = median_of(t, NCT_BASELINE);
	row->cell[c++] = median_of(t, NCT_CANDIDATE);
	if (compared) {
		row->cell[c++] = nct_signed_duration(t->shift.estimate);
		row->cell[c++] = nct_relative(t);
		if (!p->style)
			row->cell[c++] = interval_of(t);
		row->cell[c] = nct_probability(fmin(t->worse, t->better));
	}
	row->cell[table->columns - 1] = found_word(p, t->found, true);
	row->paint = paint_of(t->found);
}

/* Comparisons of one stratum follow each other. */
static void put_times(const struct page *p)
{
	const struct nct_compared *c = &p->g->compared;

	for (size_t i = 0; i < c->ntimes;) {
		struct nct_phrase title = nct_gate_time_stratum(&c->times[i], p->opts, p->hosts);
		size_t first = i;
		struct nct_table table = { 0 };

		add_time_head(&table, !p->style);
		for (; i < c->ntimes && c->times[i].side[0] == c->times[first].side[0] &&
		       c->times[i].side[1] == c->times[first].side[1];
		     i++)
			add_time(p, &table, &c->times[i]);
		put_title(p, title.s);
		put_table(p, &table);
	}
}

/* ---- mixes ---------------------------------------------------------------------------------- */

static void add_counts(struct nct_table *table, const struct nct_mix *mix, int side)
{
	static const char *const names[] = { "baseline", "candidate" };
	struct nct_table_row *row = nct_table_add(table);
	size_t c = 0;

	row->cell[c++] = nct_word("%s", names[side]);
	for (size_t i = 0; i < sizeof(mix->count[0]) / sizeof(mix->count[0][0]); i++)
		if (mix->count[0][i] || mix->count[1][i])
			row->cell[c++] = nct_word("%zu", mix->count[side][i]);
}

static void put_mix(const struct page *p, const struct nct_mix *mix)
{
	struct nct_table table = { .columns = mix->kinds + 3 };
	struct nct_table_row *head = nct_table_add(&table);
	struct nct_table_row *last;
	size_t c = 1;

	for (size_t i = 0; i < sizeof(mix->count[0]) / sizeof(mix->count[0][0]); i++)
		if (mix->count[0][i] || mix->count[1][i])
			head->cell[c++] = nct_word("%s", nct_mix_word(mix, i));
	head->cell[c] = nct_word("p");
	add_counts(&table, mix, NCT_BASELINE);
	add_counts(&table, mix, NCT_CANDIDATE);
	last = table.failed ? head : &table.rows[table.n - 1];
	last->cell[c++] = mix->counted ? nct_probability(mix->adjusted) : nct_word("?");
	last->cell[c] = found_word(p, mix->found, false);
	last->paint = paint_of(mix->found);
	put_title(p, nct_gate_mix_group(mix, p->opts, p->hosts).s);
	put_table(p, &table);
}

/* Where all is of one kind, the tables of times have said so. */
static void put_mixes(const struct page *p)
{
	for (size_t i = 0; i < p->g->compared.nmixes; i++) {
		const struct nct_mix *mix = &p->g->compared.mixes[i];

		if (mix->kinds > 1 && mix->found != NCT_FOUND_NOTHING)
			put_mix(p, mix);
	}
}

/* ---- budgets --------------------------------------------------------------------------------- */

static void put_budgets(const struct page *p)
{
	static const char *const words[] = { "kept", "broken", "unknown" };
	static const enum nct_paint paints[] = { NCT_PAINT_NONE, NCT_PAINT_BAD, NCT_PAINT_WARN };
	struct nct_table table = { .columns = 3 };
	struct nct_table_row *row;

	if (!p->g->nbudgets)
		return;
	row = nct_table_add(&table);
	row->cell[0] = nct_word("limit");
	row->cell[1] = nct_word("candidate");
	for (size_t i = 0; i < p->g->nbudgets; i++) {
		const struct nct_budget *b = &p->g->budgets[i];

		row = nct_table_add(&table);
		row->cell[0] = nct_word("%.60s", b->text);
		row->cell[1] = nct_budget_actual(b);
		row->cell[2] = nct_word("%s", words[b->kept]);
		row->paint = paints[b->kept];
	}
	put_title(p, "budgets");
	put_table(p, &table);
}

/* ---- the verdict -------------------------------------------------------------------------------
 */

static void put_reason(void *ctx, enum nct_weight weight, const char *reason)
{
	const struct page *p = ctx;

	(void)weight;
	nct_text_add(p->t, "- ");
	if (p->style)
		nct_text_wrapped(p->t, p->style->width, 2, 2, reason);
	else
		nct_text_add(p->t, "%s\n", reason);
}

static void put_verdict(const struct page *p)
{
	static const enum nct_paint paints[] = { NCT_PAINT_GOOD, NCT_PAINT_GOOD, NCT_PAINT_WARN,
						 NCT_PAINT_BAD, NCT_PAINT_BAD };
	const char *name = nct_gate_verdict_name(p->g->verdict);

	if (p->style)
		nct_text_add(p->t, "\n%s%c", nct_paint(p->style, paints[p->g->verdict]),
			     toupper(name[0]));
	else
		nct_text_add(p->t, "### Recovery gate: %c", name[0]);
	nct_text_add(p->t, "%s%s\n%s", name + 1,
		     p->style ? nct_paint(p->style, NCT_PAINT_NONE) : "", p->style ? "" : "\n");
	nct_gate_reasons(p->g, p->opts, put_reason, (void *)p);
}

/* How to read the tables. */
static void put_legend(const struct page *p)
{
	struct nct_phrase legend = nct_phrase(
		"p: of the test, adjusted for all %zu of them; below %g, and with a shift of at "
		"least what matters, it is a difference",
		p->g->compared.family, p->opts->compare.alpha);

	if (!p->g->sides[NCT_BASELINE])
		return;
	nct_text_add(p->t, "\n");
	if (p->style)
		nct_text_wrapped(p->t, p->style->width, 0, 0, legend.s);
	else
		nct_text_add(p->t, "%s\n", legend.s);
}

void nct_gate_text(struct nct_text *t, const struct nct_style *style, const struct nct_gate *g,
		   const struct nct_gate_opts *opts)
{
	const struct page p = { t, style, g, opts, nct_gate_hosts(g) };

	put_sides(&p);
	put_times(&p);
	put_mixes(&p);
	put_budgets(&p);
	put_legend(&p);
	put_verdict(&p);
}

void nct_gate_markdown(struct nct_text *t, const struct nct_gate *g,
		       const struct nct_gate_opts *opts)
{
	const struct page p = { t, NULL, g, opts, nct_gate_hosts(g) };

	put_verdict(&p);
	nct_text_add(t, "\n");
	put_sides(&p);
	put_times(&p);
	put_mixes(&p);
	put_budgets(&p);
	put_legend(&p);
}
