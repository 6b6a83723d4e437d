/* SPDX-License-Identifier: GPL-2.0 */
/* How often what happened: fence outcomes, and ends, of two sides. */
#ifndef NCT_GATE_MIX_H
#define NCT_GATE_MIX_H

#include "compare.h"

/* Counts. NULL: that side has none. */
void nct_mix_of(struct nct_mix *mix, const struct nct_stratum *baseline,
		const struct nct_stratum *candidate, bool of_ends);

/* Returns 0 or -ENOMEM. A table too great to count is not counted, which is no error. */
int nct_mix_test(struct nct_mix *mix, double alpha);

/* After mix->adjusted is known. min_effect: the least part of all recoveries that has to have
 * changed sides. */
void nct_mix_conclude(struct nct_mix *mix, double alpha, double min_effect);

/* The name of a column: "ccr", "removed"; never NULL. */
const char *nct_mix_word(const struct nct_mix *mix, size_t column);

#endif
