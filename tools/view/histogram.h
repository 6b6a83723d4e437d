/* SPDX-License-Identifier: GPL-2.0 */
/* How recovery times are distributed: quantiles and bars for people, lines of JSON. */
#ifndef NCT_VIEW_HISTOGRAM_H
#define NCT_VIEW_HISTOGRAM_H

#include <stdio.h>

#include "../stats/strata.h"
#include "style.h"
#include "text.h"

#define NCT_HIST_SCHEMA "nvme-ccr-trace/hist/1"

/*
 * Adds a section for each metric that has samples, in it a part for each stratum that has
 * some. No line is longer than style->width (40 at least). The strata must be sorted;
 * the same ones and the same style give the same bytes.
 */
void nct_histogram_text(struct nct_text *t, const struct nct_style *style,
			const struct nct_strata *strata);

/* Writes a line for each metric and stratum that have samples. Returns 0 or -errno. */
int nct_histogram_json(FILE *out, const struct nct_strata *strata);

/* A duration without more digits than it has: "0", "250 ms", "1.5 s", "2 min". */
struct nct_word nct_round_duration(uint64_t ns);

#endif
