/* SPDX-License-Identifier: GPL-2.0 */
/* Recoveries as CSV: one row each, for spreadsheets and statistics programs. */
#ifndef NCT_VIEW_CSV_H
#define NCT_VIEW_CSV_H

#include "../recovery/recovery.h"
#include "../sys/clock.h"
#include "json.h"
#include "text.h"

/*
 * The names of the columns, which are those of the JSON; columns are only ever added, at
 * the end. Fields are quoted as RFC 4180 says, where they need to be; lines end with a
 * newline alone, so that awk and cut see no carriage return in the last field. Text that a
 * spreadsheet would take for a formula has an apostrophe in front, control characters are "?".
 */
void nct_csv_header(struct nct_text *t);

/* What is not known is empty. anchor NULL: wall time is not known. origin as for
 * nct_json_recovery. */
void nct_csv_row(struct nct_text *t, const struct nct_recovery *rec,
		 const struct nct_anchor *anchor, const struct nct_json_origin *origin);

#endif
