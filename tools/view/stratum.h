/* SPDX-License-Identifier: GPL-2.0 */
/* What recoveries that are kept apart have in common, in words. */
#ifndef NCT_VIEW_STRATUM_H
#define NCT_VIEW_STRATUM_H

#include "../stats/strata.h"
#include "jsonbuild.h"
#include "text.h"

/* "fence ccr, transport tcp"; "all recoveries" if by is 0. hosts: there are several, it tells
 * which. */
struct nct_phrase nct_stratum_words(unsigned int by, const struct nct_stratum *s, bool hosts);

/* "by" and "group", and with controllers "host". */
void nct_stratum_json(struct nct_json *b, unsigned int by, const struct nct_stratum *s);

#endif
