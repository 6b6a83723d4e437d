/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The blocks of a report, which wait until the summary is known: in memory outside the heap.
 * With them the headings of sessions, of which it is known at the end only whether they are wanted.
 */
#ifndef NCT_CMD_REPORT_BLOCKS_H
#define NCT_CMD_REPORT_BLOCKS_H

#include <stdbool.h>
#include <stdio.h>

#include "../recording/recording.h"
#include "../view/text.h"

struct nct_block_heading;

/* All zero before nct_blocks_open. */
struct nct_blocks {
	FILE *file;
	size_t size;
	struct nct_block_heading *headings; /* owned */
	size_t nheadings;
};

/* Each returns 0 or -errno. */
int nct_blocks_open(struct nct_blocks *b);

/* Adds the text, which is cleared. session, its number: what it is from. */
int nct_blocks_add(struct nct_blocks *b, struct nct_text *text, size_t number,
		   const struct nct_session *session);

/* Writes them; headings: which session they are from, where that changes. */
int nct_blocks_write(struct nct_blocks *b, FILE *out, bool headings);

void nct_blocks_free(struct nct_blocks *b);

#endif
