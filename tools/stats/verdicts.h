/* SPDX-License-Identifier: GPL-2.0 */
/* How an audit of many recoveries came out. */
#ifndef NCT_STATS_VERDICTS_H
#define NCT_STATS_VERDICTS_H

#include "../recovery/audit.h"

struct nct_verdicts {
	unsigned int rules; /* 1 << enum nct_rule, those to judge by; 0: all */
	bool strict;	    /* what cannot be told does not pass */
	uint64_t recoveries;
	uint64_t judged; /* of these, by one rule at least */
	struct {
		uint64_t checked; /* it could be judged: clean, or fired */
		uint64_t fired;
		uint64_t unknown;
		char why[NCT_FINDING_LEN]; /* the first that could not be judged; "" */
	} rule[NCT_RULE_COUNT];
	uint64_t by_severity[NCT_SEVERITY_VIOLATION + 1]; /* findings */
	uint64_t trusted_violations;			  /* in recoveries that are not lossy */
	uint64_t lost;					  /* events, of all that was read */
	bool damaged;					  /* not all could be read */
};

/* Whether this rule has to be able to tell: if strict, those that were chosen; if none was, the
 * violations. */
bool nct_verdicts_strict(const struct nct_verdicts *v, enum nct_rule rule);

/* Strict, and something was not told: by such a rule, or no recovery could be judged at all. */
bool nct_verdicts_too_little(const struct nct_verdicts *v);

/* Whether recoveries are judged by this rule. */
bool nct_verdicts_by(const struct nct_verdicts *v, enum nct_rule rule);

/* One recovery judged by these rules; findings[NCT_RULE_COUNT] is filled, the others with NONE. */
void nct_verdicts_add(struct nct_verdicts *v, const struct nct_recovery *rec,
		      struct nct_finding *findings);

/* NCT_EXIT_NO: a violation that can be trusted; NCT_EXIT_UNTRUSTED: none, but events were lost, or
 * not all could be read; NCT_EXIT_TOO_LITTLE: strict, and not all could be told; NCT_EXIT_OK. */
int nct_verdicts_exit(const struct nct_verdicts *v);

#endif
