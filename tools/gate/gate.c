// SPDX-License-Identifier: GPL-2.0
#include "gate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what makes both incomparable --------------------------------------------------------- */

static bool is_allowed(const struct nct_gate_opts *opts, const char *name)
{
	for (size_t i = 0; i < opts->nallowed; i++)
		if (!strcmp(opts->allowed[i], name))
			return true;
	return false;
}

/* NULL: out of memory. */
static struct nct_difference *add_difference(struct nct_gate *g, const struct nct_gate_opts *opts,
					     const char *name)
{
	struct nct_difference *grown =
		realloc(g->differences, (g->ndifferences + 1) * sizeof(*grown));

	if (!grown)
		return NULL;
	g->differences = grown;
	grown += g->ndifferences++;
	memset(grown, 0, sizeof(*grown));
	snprintf(grown->name, sizeof(grown->name), "%s", name);
	grown->allowed = is_allowed(opts, name);
	return grown;
}

static void list_values(char *text, size_t size, const struct nct_trait *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n && n < size; i++)
		n += (size_t)snprintf(text + n, size - n, "%s%s", i ? ", " : "", t->values[i]);
	if (t->more && n < size)
		snprintf(text + n, size - n, ", ...");
}

static int compare_traits(struct nct_gate *g, const struct nct_gate_opts *opts)
{
	const struct nct_fingerprint *a = &g->sides[NCT_BASELINE]->fingerprint;
	const struct nct_fingerprint *b = &g->sides[NCT_CANDIDATE]->fingerprint;

	for (size_t i = 0; i < a->n; i++) {
		const struct nct_trait *x = &a->list[i];
		const struct nct_trait *y = nct_fingerprint_find(b, x->name);
		struct nct_difference *d;

		if (!nct_trait_differs(x, y))
			continue;
		d = add_difference(g, opts, x->name);
		if (!d)
			return -ENOMEM;
		list_values(d->text[NCT_BASELINE], sizeof(d->text[0]), x);
		list_values(d->text[NCT_CANDIDATE], sizeof(d->text[0]), y);
	}
	return 0;
}

/* One thing that each side may have some of, and should have none of. */
static int distrust(struct nct_gate *g, const struct nct_gate_opts *opts, const char *name,
		    const uint64_t n[2], const char *what)
{
	struct nct_difference *d;

	if (!n[0] && !n[1])
		return 0;
	d = add_difference(g, opts, name);
	if (!d)
		return -ENOMEM;
	for (int side = 0; side < 2; side++)
		if (n[side])
			snprintf(d->text[side], sizeof(d->text[side]), "%llu %s",
				 (unsigned long long)n[side], what);
	return 0;
}

/* Many that did not come to an end are no accident of when observation ended. */
static int look_for_incomplete(struct nct_gate *g, const struct nct_gate_opts *opts)
{
	uint64_t n[2] = { 0 };

	for (int i = 0; i < 2; i++)
		if (g->sides[i] && g->sides[i]->left_out.incomplete > g->sides[i]->n / 10)
			n[i] = g->sides[i]->left_out.incomplete;
	return distrust(g, opts, "incomplete", n, "recoveries without a beginning or an end");
}

static int look_for_damage(struct nct_gate *g, const struct nct_gate_opts *opts)
{
	uint64_t lost[2] = { 0 }, lossy[2] = { 0 }, cut[2] = { 0 };
	int rc;

	for (int i = 0; i < 2; i++)
		if (g->sides[i]) {
			lost[i] = g->sides[i]->lost;
			lossy[i] = g->sides[i]->lossy;
			cut[i] = g->sides[i]->cut_off;
		}
	rc = distrust(g, opts, "lossy", lossy, "recoveries may lack events that were lost");
	if (!rc && !lossy[0] && !lossy[1])
		rc = distrust(g, opts, "lossy", lost, "events were lost");
	if (!rc)
		rc = distrust(g, opts, "truncated", cut, "sessions did not end cleanly");
	return rc ? rc : look_for_incomplete(g, opts);
}

/* ---- the verdict --------------------------------------------------------------------------- */

static bool found_time(const struct nct_gate *g, enum nct_found found)
{
	for (size_t i = 0; i < g->compared.ntimes; i++)
		if (g->compared.times[i].found == found)
			return true;
	return false;
}

static bool found(const struct nct_gate *g, enum nct_found found)
{
	for (size_t i = 0; i < g->compared.nmixes; i++)
		if (g->compared.mixes[i].found == found)
			return true;
	return found_time(g, found);
}

static bool any_budget(const struct nct_gate *g, enum nct_kept kept)
{
	for (size_t i = 0; i < g->nbudgets; i++)
		if (g->budgets[i].kept == kept)
			return true;
	return false;
}

static bool is_invalid(const struct nct_gate *g)
{
	for (size_t i = 0; i < g->ndifferences; i++)
		if (!g->differences[i].allowed)
			return true;
	return false;
}

bool nct_gate_new_violation(const struct nct_gate *g, enum nct_rule rule)
{
	const struct nct_side *a = g->sides[NCT_BASELINE], *b = g->sides[NCT_CANDIDATE];

	for (size_t i = 0; i < g->nbudgets; i++)
		if (nct_budget_is_of_rule(&g->budgets[i], rule))
			return false;
	return a && nct_rules[rule].severity == NCT_SEVERITY_VIOLATION && b->fired[rule] &&
	       !a->fired[rule];
}

static bool any_new_violation(const struct nct_gate *g)
{
	for (int rule = 0; rule < NCT_RULE_COUNT; rule++)
		if (nct_gate_new_violation(g, (enum nct_rule)rule))
			return true;
	return false;
}

/* Much of one side, and nothing of the other: the times of most recoveries were compared with
 * nothing. */
bool nct_gate_has_no_counterpart(const struct nct_comparison *t)
{
	return t->leads && t->found == NCT_FOUND_NOTHING;
}

static bool any_without_counterpart(const struct nct_gate *g)
{
	for (size_t i = 0; i < g->compared.ntimes; i++)
		if (nct_gate_has_no_counterpart(&g->compared.times[i]))
			return true;
	return false;
}

bool nct_gate_nothing_compared(const struct nct_gate *g)
{
	for (size_t i = 0; i < g->compared.ntimes; i++)
		if (g->compared.times[i].leads && g->compared.times[i].found != NCT_FOUND_NOTHING)
			return false;
	return g->sides[NCT_BASELINE] != NULL;
}

static enum nct_gate_verdict verdict_of(const struct nct_gate *g)
{
	if (is_invalid(g))
		return NCT_GATE_INVALID;
	if (found(g, NCT_FOUND_WORSE) || any_budget(g, NCT_BUDGET_BROKEN))
		return NCT_GATE_REGRESSION;
	if (found(g, NCT_FOUND_TOO_FEW) || any_budget(g, NCT_BUDGET_UNKNOWN) ||
	    nct_gate_nothing_compared(g) || any_without_counterpart(g) || any_new_violation(g))
		return NCT_GATE_INCONCLUSIVE;
	return found(g, NCT_FOUND_BETTER) ? NCT_GATE_IMPROVED : NCT_GATE_PASS;
}

static int judge_budgets(struct nct_gate *g)
{
	struct nct_strata all;
	int rc = g->nbudgets ? nct_side_strata(g->sides[NCT_CANDIDATE], 0, &all) : 0;

	if (rc || !g->nbudgets)
		return rc;
	for (size_t i = 0; i < g->nbudgets; i++)
		nct_budget_judge(&g->budgets[i], g->sides[NCT_CANDIDATE], &all);
	nct_strata_free(&all);
	return 0;
}

int nct_gate_judge(struct nct_gate *g, const struct nct_side *baseline,
		   const struct nct_side *candidate, struct nct_budget *budgets, size_t nbudgets,
		   const struct nct_gate_opts *opts)
{
	int rc = 0;

	*g = (struct nct_gate) {
		.sides = { baseline, candidate },
		.budgets = budgets,
		.nbudgets = nbudgets,
		.verdict = NCT_GATE_INVALID,
	};
	if (baseline)
		rc = compare_traits(g, opts);
	if (!rc)
		rc = look_for_damage(g, opts);
	if (!rc && baseline)
		rc = nct_compare(baseline, candidate, &opts->compare, &g->compared);
	if (!rc)
		rc = judge_budgets(g);
	if (rc)
		nct_gate_free(g);
	else
		g->verdict = verdict_of(g);
	return rc;
}

void nct_gate_free(struct nct_gate *g)
{
	nct_compared_free(&g->compared);
	free(g->differences);
	*g = (struct nct_gate) { .verdict = NCT_GATE_INVALID };
}

const char *nct_gate_verdict_name(enum nct_gate_verdict verdict)
{
	static const char *const names[] = { "pass", "improved", "inconclusive", "regression",
					     "invalid" };

	return names[verdict];
}

enum nct_exit nct_gate_exit(enum nct_gate_verdict verdict)
{
	switch (verdict) {
	case NCT_GATE_PASS:
	case NCT_GATE_IMPROVED:
		return NCT_EXIT_OK;
	case NCT_GATE_REGRESSION:
		return NCT_EXIT_NO;
	case NCT_GATE_INCONCLUSIVE:
		return NCT_EXIT_TOO_LITTLE;
	case NCT_GATE_INVALID:
		break;
	}
	return NCT_EXIT_UNTRUSTED;
}
