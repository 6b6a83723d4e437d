/* SPDX-License-Identifier: GPL-2.0 */
/* Tables, for terminals and for Markdown. */
#ifndef NCT_VIEW_TABLE_H
#define NCT_VIEW_TABLE_H

#include "style.h"
#include "text.h"

#define NCT_TABLE_COLUMNS 9

struct nct_table_row {
	struct nct_word cell[NCT_TABLE_COLUMNS];
	enum nct_paint paint; /* of the last cell */
};

/* All zero but for columns is the valid empty table. The first row is the head; all columns but
 * the first and the last are flush right. */
struct nct_table {
	size_t columns;
	struct nct_table_row *rows; /* owned */
	size_t n;
	bool failed; /* out of memory: a row is missing */
};

/* A new row, all cells empty; valid until the next one. */
struct nct_table_row *nct_table_add(struct nct_table *t);

/* Adds it, and frees it. Columns are as wide as they have to be. */
void nct_table_text(struct nct_text *out, const struct nct_style *style, struct nct_table *t);
void nct_table_markdown(struct nct_text *out, struct nct_table *t);

#endif
