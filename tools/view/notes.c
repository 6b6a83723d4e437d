// SPDX-License-Identifier: GPL-2.0
#include "notes.h"

static const struct nct_note_text texts[] = {
	{ NCT_NOTE_LOSSY, "lossy", "events were lost during it: times and phases may be wrong" },
	{ NCT_NOTE_STARTED_BEFORE, "started-before",
	  "it was under way when the observation began: its true start is not known" },
	{ NCT_NOTE_CUT_SHORT, "cut-short", "it was not over when the observation ended" },
	{ NCT_NOTE_MISSED_BOUNDARY, "missed-boundary",
	  "the start of a phase was not seen: its time is counted in the phase before" },
	{ NCT_NOTE_UNKNOWN_STATE, "unknown-state",
	  "it passed through a controller state that is not known to this version" },
	{ NCT_NOTE_SPANS_COALESCED, "spans-coalesced",
	  "it had more phases than are kept one by one: some are merged, the totals are exact" },
};

const struct nct_note_text *nct_note_texts(size_t *n)
{
	*n = sizeof(texts) / sizeof(texts[0]);
	return texts;
}
