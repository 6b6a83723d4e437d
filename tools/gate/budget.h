/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Budgets: limits that the candidate has to keep by itself, whatever the baseline did. Ranks say
 * nothing of rare tails; these do.
 */
#ifndef NCT_GATE_BUDGET_H
#define NCT_GATE_BUDGET_H

#include "side.h"

#define NCT_BUDGET_LEN 96

enum nct_budget_kind {
	NCT_BUDGET_TIME = 0,   /* a quantile of a time: "hold.max<=15s" */
	NCT_BUDGET_FENCE = 1,  /* how many were fenced so: "fence.unfenced==0" */
	NCT_BUDGET_END = 2,    /* how many ended so: "end.removed<1%" */
	NCT_BUDGET_AUDIT = 3,  /* how often rules fired: "audit.violations==0" */
	NCT_BUDGET_NUMBER = 4, /* of recoveries: "recoveries>=30" */
};

enum nct_budget_op { NCT_OP_LT, NCT_OP_LE, NCT_OP_EQ, NCT_OP_GE, NCT_OP_GT };

enum nct_kept {
	NCT_BUDGET_KEPT = 0,
	NCT_BUDGET_BROKEN = 1,
	NCT_BUDGET_UNKNOWN = 2, /* it takes what was not seen */
};

struct nct_budget {
	char text[NCT_BUDGET_LEN]; /* as it was given */
	enum nct_budget_kind kind;
	enum nct_budget_op op;
	enum nct_metric metric; /* TIME */
	unsigned int permille;	/* TIME: 0 least, 1000 greatest */
	unsigned int column;	/* FENCE, END: the enum; AUDIT: first rule severity, or rule */
	bool one_rule;		/* AUDIT: column is an nct_rule */
	bool part;		/* the limit is a part of all recoveries, in millionths */
	uint64_t limit;		/* ns, a number, or millionths */
	/* once it was judged: */
	enum nct_kept kept;
	bool seen;	 /* actual is valid */
	bool at_least;	 /* TIME: it is no less than actual */
	uint64_t actual; /* in the unit of the limit */
	size_t n;	 /* TIME: samples */
};

/* Returns 0; else -EINVAL and *why, a static string. */
int nct_budget_parse(struct nct_budget *b, const char *text, const char **why);

/* Whether it limits how often this rule fires. */
bool nct_budget_is_of_rule(const struct nct_budget *b, enum nct_rule rule);

/* strata: of the candidate, all together and sorted. */
void nct_budget_judge(struct nct_budget *b, const struct nct_side *candidate,
		      const struct nct_strata *all);

#endif
