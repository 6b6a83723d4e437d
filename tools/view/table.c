// SPDX-License-Identifier: GPL-2.0
#include "table.h"

#include <stdlib.h>
#include <string.h>

#define INDENT 2
#define GAP    2

struct nct_table_row *nct_table_add(struct nct_table *t)
{
	static struct nct_table_row nowhere;
	struct nct_table_row *grown = realloc(t->rows, (t->n + 1) * sizeof(*grown));

	if (!grown) {
		t->failed = true;
		return &nowhere;
	}
	t->rows = grown;
	grown += t->n++;
	memset(grown, 0, sizeof(*grown));
	return grown;
}

static void finish(struct nct_text *out, struct nct_table *t)
{
	out->failed |= t->failed;
	free(t->rows);
	*t = (struct nct_table) { .columns = t->columns };
}

static int width_of(const struct nct_table *t, size_t column)
{
	int width = 0;

	for (size_t i = 0; i < t->n; i++)
		if ((int)strlen(t->rows[i].cell[column].s) > width)
			width = (int)strlen(t->rows[i].cell[column].s);
	return width;
}

static void add_row(struct nct_text *out, const struct nct_style *style, const struct nct_table *t,
		    const struct nct_table_row *row)
{
	size_t last = t->columns - 1;

	nct_text_add(out, "%*s%-*s", INDENT, "", width_of(t, 0), row->cell[0].s);
	for (size_t i = 1; i < last; i++)
		nct_text_add(out, "%*s%*s", GAP, "", width_of(t, i), row->cell[i].s);
	if (*row->cell[last].s)
		nct_text_add(out, "%*s%s%s%s", GAP, "", nct_paint(style, row->paint),
			     row->cell[last].s, row->paint ? nct_paint(style, NCT_PAINT_NONE) : "");
	while (out->len && out->buf[out->len - 1] == ' ')
		out->len--;
	nct_text_add(out, "\n");
}

void nct_table_text(struct nct_text *out, const struct nct_style *style, struct nct_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		add_row(out, style, t, &t->rows[i]);
	finish(out, t);
}

/* A bar would end the cell. */
static void add_cell(struct nct_text *out, const char *s)
{
	nct_text_add(out, " ");
	for (; *s; s++)
		nct_text_add(out, *s == '|' ? "\\%c" : "%c", *s);
	nct_text_add(out, " |");
}

void nct_table_markdown(struct nct_text *out, struct nct_table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		nct_text_add(out, "|");
		for (size_t c = 0; c < t->columns; c++)
			add_cell(out, t->rows[i].cell[c].s);
		nct_text_add(out, "\n");
		if (i)
			continue;
		nct_text_add(out, "|");
		for (size_t c = 0; c < t->columns; c++)
			nct_text_add(out, c && c + 1 < t->columns ? " ---: |" : " --- |");
		nct_text_add(out, "\n");
	}
	finish(out, t);
}
