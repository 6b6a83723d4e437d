/* SPDX-License-Identifier: GPL-2.0 */
/* The recoveries of an import, printed as each of its sessions is told. */
#ifndef NCT_CMD_IMPORT_REPORT_H
#define NCT_CMD_IMPORT_REPORT_H

#include <stdio.h>

#include "../recording/recording.h"
#include "options.h"

struct nct_import_report;

/* Filter, format and colour are the options'; both must outlive it. NULL: out of memory. */
struct nct_import_report *nct_import_report_new(FILE *out, const struct nct_options *options);
/* 0, or -errno of the first write that failed. */
int nct_import_report_error(const struct nct_import_report *r);
void nct_import_report_free(struct nct_import_report *r);

/* Their ctx is the report. */
extern const struct nct_replay_ops nct_import_report_ops;

#endif
