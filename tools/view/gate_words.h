/* SPDX-License-Identifier: GPL-2.0 */
/* What the gate found, in the words that all its formats share. */
#ifndef NCT_VIEW_GATE_WORDS_H
#define NCT_VIEW_GATE_WORDS_H

#include "../gate/gate.h"
#include "text.h"

enum nct_weight { /* of a reason */
		  NCT_WEIGHT_NOTE,
		  NCT_WEIGHT_BETTER,
		  NCT_WEIGHT_TOO_FEW,
		  NCT_WEIGHT_WORSE,
		  NCT_WEIGHT_INVALID,
};

/* A sentence of any length. */
struct nct_reason {
	char s[640];
};

/* Calls tell for each thing that speaks for the verdict, or has to be known of it, the gravest
 * first. */
void nct_gate_reasons(const struct nct_gate *g, const struct nct_gate_opts *opts,
		      void (*tell)(void *ctx, enum nct_weight weight, const char *reason),
		      void *ctx);

/* What is to be said of one of them; "" if nothing is. */
struct nct_reason nct_gate_time_reason(const struct nct_comparison *t,
				       const struct nct_gate_opts *opts, bool hosts);
struct nct_reason nct_gate_mix_reason(const struct nct_mix *mix, const struct nct_gate_opts *opts,
				      bool hosts);
struct nct_reason nct_gate_rule_reason(const struct nct_gate *g, enum nct_rule rule);
struct nct_reason nct_gate_budget_reason(const struct nct_budget *b);
struct nct_reason nct_gate_difference_reason(const struct nct_difference *d);

/* Both sides' strata are the same but for their samples, and one side may have none. */
const struct nct_stratum *nct_gate_either(const struct nct_stratum *const side[2]);

/* Whether strata are of several hosts, so that they have to be named. */
bool nct_gate_hosts(const struct nct_gate *g);

/* "fence ccr, transport tcp" */
struct nct_phrase nct_gate_time_stratum(const struct nct_comparison *t,
					const struct nct_gate_opts *opts, bool hosts);
/* "fences, transport tcp" */
struct nct_phrase nct_gate_mix_group(const struct nct_mix *mix, const struct nct_gate_opts *opts,
				     bool hosts);

/* "slower", "worse", "too few"; "" if it is the same. */
const char *nct_found_word(enum nct_found found, bool of_time);

/* "+30.1 ms", "-1.20 s"; "0" */
struct nct_word nct_signed_duration(double ns);
/* "+73.1 %" of the baseline's median; "" where that is 0. */
struct nct_word nct_relative(const struct nct_comparison *t);
/* "<0.0001", "0.032", "1" */
struct nct_word nct_probability(double p);
/* What a budget limits, as it is: "1.20 s", "3", "2.5 %", "none". */
struct nct_word nct_budget_actual(const struct nct_budget *b);

#endif
