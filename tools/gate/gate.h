/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The gate: did this change make recovery slower, or less safe? Yes, no, or "cannot tell". Pure: no
 * I/O, no clock.
 */
#ifndef NCT_GATE_GATE_H
#define NCT_GATE_GATE_H

#include "../sys/error.h"
#include "budget.h"
#include "compare.h"

/* In ascending order of precedence. */
enum nct_gate_verdict {
	NCT_GATE_PASS = 0,
	NCT_GATE_IMPROVED = 1,
	NCT_GATE_INCONCLUSIVE = 2,
	NCT_GATE_REGRESSION = 3,
	NCT_GATE_INVALID = 4,
};

#define NCT_DIFFERENCE_TEXT 200

/* Why both sides, or one of them, cannot be compared. */
struct nct_difference {
	char name[NCT_TRAIT_NAME];	   /* as --allow-diff takes it */
	char text[2][NCT_DIFFERENCE_TEXT]; /* what each side has; "" where only the other matters */
	bool allowed;
};

/* All zero: nothing was asked for. Strings are borrowed. */
struct nct_gate_opts {
	struct nct_compare_opts compare;
	const char *const *allowed; /* names of differences */
	size_t nallowed;
};

struct nct_gate {
	const struct nct_side *sides[2]; /* borrowed; [0] NULL: budgets only */
	struct nct_compared compared;	 /* empty without a baseline */
	struct nct_budget *budgets;	 /* borrowed */
	size_t nbudgets;
	struct nct_difference *differences; /* owned */
	size_t ndifferences;
	enum nct_gate_verdict verdict;
};

/*
 * Judges. baseline NULL: by budgets alone. The budgets are judged in place. Returns 0 (to be
 * freed), -ENOMEM or -ERANGE, and *verdict is then INVALID: nothing that fails can pass.
 */
int nct_gate_judge(struct nct_gate *g, const struct nct_side *baseline,
		   const struct nct_side *candidate, struct nct_budget *budgets, size_t nbudgets,
		   const struct nct_gate_opts *opts);

void nct_gate_free(struct nct_gate *g);

/* The candidate broke a rule that the baseline, as far as it tells, never broke, and no budget says
 * how often it may. */
bool nct_gate_new_violation(const struct nct_gate *g, enum nct_rule rule);

/* A time that leads, and only one side has it. */
bool nct_gate_has_no_counterpart(const struct nct_comparison *t);

/* Of the times that lead none was compared: the sides have no stratum in common. False without a
 * baseline. */
bool nct_gate_nothing_compared(const struct nct_gate *g);

/* "pass", "improved", "inconclusive", "regression", "invalid". */
const char *nct_gate_verdict_name(enum nct_gate_verdict verdict);
enum nct_exit nct_gate_exit(enum nct_gate_verdict verdict);

#endif
