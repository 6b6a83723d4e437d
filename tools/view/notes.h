/* SPDX-License-Identifier: GPL-2.0 */
/* The notes of a recovery: one name and one sentence for each bit. */
#ifndef NCT_VIEW_NOTES_H
#define NCT_VIEW_NOTES_H

#include <stddef.h>

#include "../recovery/recovery.h"

struct nct_note_text {
	unsigned int bit; /* enum nct_note */
	const char *name; /* in JSON */
	const char *sentence;
};

/* All there are, in the order of their bits; *n: how many. */
const struct nct_note_text *nct_note_texts(size_t *n);

#endif
