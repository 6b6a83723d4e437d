/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The audit: was a recovery safe, and was it as short as it could be?
 *
 * Rules look at one recovery that has ended (docs/audit.md explains each). A rule says that it
 * fired, that it did not, that it is not about this recovery, or that it cannot tell, because what
 * it has to know was not seen; that is never taken for good news. Pure: no I/O, no clock.
 */
#ifndef NCT_RECOVERY_AUDIT_H
#define NCT_RECOVERY_AUDIT_H

#include "recovery.h"

/* The numbers are the order in which findings are told. */
enum nct_rule {
	NCT_RULE_EARLY_RETRY = 0,
	NCT_RULE_UNFENCED_CAPABLE = 1,
	NCT_RULE_SHORT_HOLD = 2,
	NCT_RULE_RESET_DURING_FENCING = 3,
	NCT_RULE_KEEPALIVE_IN_RECOVERY = 4,
	NCT_RULE_LONG_HOLD = 5,
	NCT_RULE_CCR_GAVE_UP_EARLY = 6,
	NCT_RULE_CCR_OVER_LIMIT = 7,
	NCT_RULE_NO_SOURCE = 8,
	NCT_RULE_STUCK = 9,
	NCT_RULE_RECONNECT_DOMINATES = 10,
	NCT_RULE_LOSSY = 11,
	NCT_RULE_COUNT
};

enum nct_severity {
	NCT_SEVERITY_INFO = 0,
	NCT_SEVERITY_WARNING = 1,
	NCT_SEVERITY_VIOLATION = 2,
};

enum nct_verdict {
	NCT_VERDICT_NONE = 0, /* the rule is not about such a recovery */
	NCT_VERDICT_CLEAN = 1,
	NCT_VERDICT_FIRED = 2,
	NCT_VERDICT_UNKNOWN = 3, /* what it takes was not seen */
};

#define NCT_MAX_EVIDENCE 4
#define NCT_FINDING_LEN	 240

/* A moment that shows it. */
struct nct_evidence {
	const char *what; /* static string */
	uint64_t at_ns;	  /* CLOCK_MONOTONIC, as in the recovery */
};

struct nct_finding {
	enum nct_verdict verdict;
	char message[NCT_FINDING_LEN]; /* FIRED: one line with figures; UNKNOWN: what is missing */
	struct nct_evidence evidence[NCT_MAX_EVIDENCE];
	size_t nevidence;
};

struct nct_rule_info {
	const char *id; /* stable: "early-retry" */
	enum nct_severity severity;
	const char *summary; /* what it means that it fired */
};

extern const struct nct_rule_info nct_rules[NCT_RULE_COUNT];

/* "violation", "warning", "info". */
const char *nct_severity_name(enum nct_severity severity);

/* Judges one recovery by one rule. Resets and deletes are no recoveries: NONE. */
void nct_audit(const struct nct_recovery *rec, enum nct_rule rule, struct nct_finding *finding);

#endif
