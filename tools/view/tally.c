// SPDX-License-Identifier: GPL-2.0
#include "tally.h"

#include <stdlib.h>
#include <string.h>

void nct_tally_count(struct nct_tally *tally, const char *name)
{
	struct nct_word word = nct_word("%s", name && *name ? name : "unknown");

	for (size_t i = 0; i < tally->names; i++)
		if (!strcmp(tally->item[i].name.s, word.s)) {
			tally->item[i].n++;
			return;
		}
	if (tally->names == NCT_TALLY_NAMES) {
		tally->other++;
		return;
	}
	tally->item[tally->names++] = (struct nct_tally_item) { word, 1 };
}

static int by_count(const void *a, const void *b)
{
	const struct nct_tally_item *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? 1 : -1;
	return strcmp(x->name.s, y->name.s);
}

void nct_tally_print(struct nct_text *t, struct nct_tally *tally)
{
	const char *comma = "";

	qsort(tally->item, tally->names, sizeof(tally->item[0]), by_count);
	for (size_t i = 0; i < tally->names; i++) {
		nct_text_add(t, "%s%s %zu", comma, nct_plain(tally->item[i].name.s).s,
			     tally->item[i].n);
		comma = ", ";
	}
	if (tally->other)
		nct_text_add(t, "%sother %zu", comma, tally->other);
}
