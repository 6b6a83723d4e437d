/* SPDX-License-Identifier: GPL-2.0 */
/* What an input is, and what its reader has to be told of it. */
#ifndef NCT_CMD_IMPORT_INPUT_H
#define NCT_CMD_IMPORT_INPUT_H

#include "../source/logsession.h"
#include "options.h"

/* Before it is read: 0; -1 and *err if it is a kind of file that another program turns into
 * text. */
int nct_import_text(struct nct_lines *lines, const char *name, enum nct_from from,
		    struct nct_error *err);
/* What came of it, on standard error. */
void nct_import_summary(const char *name, const struct nct_import_stats *s);
/* What the user has to know before trusting it: 0; -1 and *err. */
int nct_import_judge(const char *name, const struct nct_import_stats *s, enum nct_from from,
		     struct nct_error *err);

#endif
