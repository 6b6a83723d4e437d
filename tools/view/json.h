/* SPDX-License-Identifier: GPL-2.0 */
/* Recoveries as JSON, schema nvme-ccr-trace/recovery/1. */
#ifndef NCT_VIEW_JSON_H
#define NCT_VIEW_JSON_H

#include <stdio.h>

#include "../recovery/recovery.h"
#include "../sys/clock.h"

#define NCT_JSON_SCHEMA "nvme-ccr-trace/recovery/1"

/*
 * Writes one recovery as one line and flushes. What is not known is null. The
 * same recovery and anchor give the same bytes. Returns 0 or -errno.
 */
int nct_json_recovery(FILE *out, const struct nct_recovery *rec, const struct nct_anchor *anchor);

#endif
