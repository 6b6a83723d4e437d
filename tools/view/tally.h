/* SPDX-License-Identifier: GPL-2.0 */
/* How often each of a few names occurred. */
#ifndef NCT_VIEW_TALLY_H
#define NCT_VIEW_TALLY_H

#include <stddef.h>

#include "text.h"

#define NCT_TALLY_NAMES 12 /* further ones are counted together, as "other" */

/* All zero is the valid empty state. */
struct nct_tally {
	struct nct_tally_item {
		struct nct_word name;
		size_t n;
	} item[NCT_TALLY_NAMES];
	size_t names;
	size_t other;
};

/* NULL and "" count as "unknown". */
void nct_tally_count(struct nct_tally *tally, const char *name);

/* "connection-lost 300, io-timeout 12": the most frequent first. */
void nct_tally_print(struct nct_text *t, struct nct_tally *tally);

#endif
