// SPDX-License-Identifier: GPL-2.0
#include "gate_words.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "../gate/mix.h"
#include "stratum.h"

__attribute__((format(printf, 1, 2))) static struct nct_reason reason(const char *fmt, ...)
{
	struct nct_reason r;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r.s, sizeof(r.s), fmt, ap);
	va_end(ap);
	return r;
}

/* ---- numbers ----------------------------------------------------------------------------- */

struct nct_word nct_signed_duration(double ns)
{
	double size = fabs(ns);

	if (size < 1)
		return nct_word("0");
	return nct_word("%c%s", ns < 0 ? '-' : '+', nct_duration((uint64_t)size).s);
}

struct nct_word nct_relative(const struct nct_comparison *t)
{
	double median = (double)t->median_ns[NCT_BASELINE];

	if (!(median > 0))
		return nct_word("%s", "");
	return nct_word("%+.1f %%", 100 * t->shift.estimate / median);
}

struct nct_word nct_probability(double p)
{
	return p < 0.0001 ? nct_word("<0.0001") : nct_word("%.2g", p);
}

struct nct_word nct_budget_actual(const struct nct_budget *b)
{
	if (!b->seen)
		return nct_word("none");
	if (b->part)
		return nct_word("%g %%", (double)b->actual / 1e4);
	if (b->kind == NCT_BUDGET_TIME)
		return nct_word("%s%s", b->at_least ? "at least " : "", nct_duration(b->actual).s);
	return nct_word("%llu", (unsigned long long)b->actual);
}

/* ---- names --------------------------------------------------------------------------------- */

const char *nct_found_word(enum nct_found found, bool of_time)
{
	switch (found) {
	case NCT_FOUND_WORSE:
		return of_time ? "slower" : "worse";
	case NCT_FOUND_BETTER:
		return of_time ? "faster" : "better";
	case NCT_FOUND_CHANGED:
		return "changed";
	case NCT_FOUND_TOO_FEW:
		return "too few";
	case NCT_FOUND_MINOR:
		return "minor";
	case NCT_FOUND_SAME:
	case NCT_FOUND_NOTHING:
		break;
	}
	return "";
}

bool nct_gate_hosts(const struct nct_gate *g)
{
	return nct_strata_hosts(&g->compared.strata[0]) || nct_strata_hosts(&g->compared.strata[1]);
}

const struct nct_stratum *nct_gate_either(const struct nct_stratum *const side[2])
{
	return side[NCT_BASELINE] ? side[NCT_BASELINE] : side[NCT_CANDIDATE];
}

struct nct_phrase nct_gate_time_stratum(const struct nct_comparison *t,
					const struct nct_gate_opts *opts, bool hosts)
{
	return nct_stratum_words(opts->compare.by, nct_gate_either(t->side), hosts);
}

struct nct_phrase nct_gate_mix_group(const struct nct_mix *mix, const struct nct_gate_opts *opts,
				     bool hosts)
{
	unsigned int by = opts->compare.by & ~(unsigned int)NCT_BY_FENCE;

	return nct_phrase("%s, %.200s", mix->of_ends ? "ends" : "fences",
			  nct_stratum_words(by, nct_gate_either(mix->side), hosts).s);
}

/* ---- reasons ----------------------------------------------------------------------------------
 */

static struct nct_reason shift_reason(const char *stratum, const struct nct_comparison *t)
{
	bool slower = t->shift.estimate > 0;
	struct nct_word relative = nct_relative(t);

	return reason("%s: %s is %s by %s%s%s%s, p %s%s", stratum, nct_metric_name(t->metric),
		      slower ? "slower" : "faster",
		      nct_duration((uint64_t)fabs(t->shift.estimate)).s, *relative.s ? " (" : "",
		      relative.s, *relative.s ? ")" : "",
		      nct_probability(fmin(t->worse, t->better)).s,
		      t->found == NCT_FOUND_MINOR ? ": less than what matters" : "");
}

static struct nct_reason no_counterpart(const char *stratum, const struct nct_comparison *t)
{
	int has = t->n[NCT_BASELINE] ? NCT_BASELINE : NCT_CANDIDATE;

	return reason("%s: %s: only the %s has it, in %zu recoveries, so they are compared with "
		      "nothing: see the mixes; --by tells what is kept apart",
		      stratum, nct_metric_name(t->metric),
		      has == NCT_BASELINE ? "baseline" : "candidate", t->n[has]);
}

struct nct_reason nct_gate_time_reason(const struct nct_comparison *t,
				       const struct nct_gate_opts *opts, bool hosts)
{
	struct nct_phrase stratum = nct_gate_time_stratum(t, opts, hosts);

	if (nct_gate_has_no_counterpart(t))
		return no_counterpart(stratum.s, t);
	if (t->found == NCT_FOUND_WORSE || t->found == NCT_FOUND_BETTER ||
	    t->found == NCT_FOUND_MINOR)
		return shift_reason(stratum.s, t);
	if (t->found == NCT_FOUND_TOO_FEW)
		return reason("%s: %s: %zu against %zu recoveries; %llu on each side are needed to "
			      "find a slow-down of %g %% with probability %g",
			      stratum.s, nct_metric_name(t->metric), t->n[0], t->n[1],
			      (unsigned long long)t->needed, 100 * opts->compare.detect,
			      opts->compare.power);
	return reason("%s", "");
}

/* "ccr 21, hold 9" */
static struct nct_phrase counts(const struct nct_mix *mix, int side)
{
	struct nct_phrase p = nct_phrase("%s", "");

	for (size_t i = 0; i < sizeof(mix->count[0]) / sizeof(mix->count[0][0]); i++)
		if (mix->count[side][i])
			p = nct_phrase("%.180s%s%s %zu", p.s, *p.s ? ", " : "",
				       nct_mix_word(mix, i), mix->count[side][i]);
	return p;
}

struct nct_reason nct_gate_mix_reason(const struct nct_mix *mix, const struct nct_gate_opts *opts,
				      bool hosts)
{
	struct nct_phrase group = nct_gate_mix_group(mix, opts, hosts);

	if (mix->found == NCT_FOUND_SAME || mix->found == NCT_FOUND_NOTHING)
		return reason("%s", "");
	if (mix->found == NCT_FOUND_TOO_FEW)
		return reason("%s: %s against %s: too %s to be compared", group.s, counts(mix, 0).s,
			      counts(mix, 1).s, mix->counted ? "few" : "many kinds");
	return reason("%s: %s: %s against %s, p %s", group.s, nct_found_word(mix->found, false),
		      counts(mix, 0).s, counts(mix, 1).s, nct_probability(mix->adjusted).s);
}

struct nct_reason nct_gate_rule_reason(const struct nct_gate *g, enum nct_rule rule)
{
	const struct nct_side *a = g->sides[NCT_BASELINE], *b = g->sides[NCT_CANDIDATE];
	const struct nct_rule_info *text = &nct_rules[rule];

	if (!a || text->severity != NCT_SEVERITY_VIOLATION || !b->fired[rule])
		return reason("%s", "");
	if (!nct_gate_new_violation(g, rule))
		return reason("audit: %s %llu times in the candidate, %llu in the baseline: told, "
			      "not compared",
			      text->id, (unsigned long long)b->fired[rule],
			      (unsigned long long)a->fired[rule]);
	return reason("audit: %s %llu times in the candidate, %s: look at them with audit, or "
		      "set a limit, such as --budget 'audit.%s==0'",
		      text->id, (unsigned long long)b->fired[rule],
		      a->unaudited || a->unjudged[rule] ? "the baseline does not tell"
							: "never in the baseline",
		      text->id);
}

struct nct_reason nct_gate_budget_reason(const struct nct_budget *b)
{
	if (b->kept == NCT_BUDGET_KEPT)
		return reason("%s", "");
	if (b->kept == NCT_BUDGET_BROKEN)
		return reason("budget %s: it is %s", b->text, nct_budget_actual(b).s);
	if (b->at_least)
		return reason(
			"budget %s: it cannot be judged: it is at least %s, for some were not over "
			"when the recovery was",
			b->text, nct_duration(b->actual).s);
	return reason("budget %s: it cannot be judged: %s", b->text,
		      b->kind == NCT_BUDGET_AUDIT
			      ? "only recordings, and baselines made of them, tell what audit found"
			      : "nothing of the kind was seen");
}

struct nct_reason nct_gate_difference_reason(const struct nct_difference *d)
{
	const char *a = d->text[NCT_BASELINE], *b = d->text[NCT_CANDIDATE];

	if (!*a || !*b)
		return reason("%s: %s%s%s", nct_plain(d->name).s,
			      *a ? "baseline: " : "candidate: ", nct_plain(*a ? a : b).s,
			      d->allowed ? " (allowed)" : "");
	return reason("%s: %s against %s%s", nct_plain(d->name).s, nct_plain(a).s, nct_plain(b).s,
		      d->allowed ? " (allowed)" : "");
}

/* ---- all of them --------------------------------------------------------------------------------
 */

struct telling {
	const struct nct_gate *g;
	const struct nct_gate_opts *opts;
	void (*tell)(void *ctx, enum nct_weight weight, const char *reason);
	void *ctx;
};

static enum nct_weight weight_of(enum nct_found found)
{
	switch (found) {
	case NCT_FOUND_WORSE:
		return NCT_WEIGHT_WORSE;
	case NCT_FOUND_BETTER:
		return NCT_WEIGHT_BETTER;
	case NCT_FOUND_TOO_FEW:
	case NCT_FOUND_NOTHING: /* if it is told at all */
		return NCT_WEIGHT_TOO_FEW;
	default:
		return NCT_WEIGHT_NOTE;
	}
}

static void tell(const struct telling *t, enum nct_weight weight, enum nct_weight wanted,
		 const struct nct_reason *r)
{
	if (weight == wanted && *r->s)
		t->tell(t->ctx, weight, r->s);
}

static void tell_found(const struct telling *t, enum nct_weight wanted)
{
	bool hosts = nct_gate_hosts(t->g);

	for (size_t i = 0; i < t->g->compared.ntimes; i++) {
		const struct nct_comparison *c = &t->g->compared.times[i];
		struct nct_reason r = nct_gate_time_reason(c, t->opts, hosts);

		tell(t, weight_of(c->found), wanted, &r);
	}
	for (size_t i = 0; i < t->g->compared.nmixes; i++) {
		const struct nct_mix *m = &t->g->compared.mixes[i];
		struct nct_reason r = nct_gate_mix_reason(m, t->opts, hosts);

		tell(t, weight_of(m->found), wanted, &r);
	}
}

static void tell_budgets(const struct telling *t, enum nct_weight wanted)
{
	for (size_t i = 0; i < t->g->nbudgets; i++) {
		const struct nct_budget *b = &t->g->budgets[i];
		struct nct_reason r = nct_gate_budget_reason(b);

		tell(t, b->kept == NCT_BUDGET_BROKEN ? NCT_WEIGHT_WORSE : NCT_WEIGHT_TOO_FEW,
		     wanted, &r);
	}
}

static void tell_differences(const struct telling *t, enum nct_weight wanted)
{
	for (size_t i = 0; i < t->g->ndifferences; i++) {
		const struct nct_difference *d = &t->g->differences[i];
		struct nct_reason r = nct_gate_difference_reason(d);

		tell(t, d->allowed ? NCT_WEIGHT_NOTE : NCT_WEIGHT_INVALID, wanted, &r);
	}
}

static void tell_rules(const struct telling *t, enum nct_weight wanted)
{
	for (int i = 0; i < NCT_RULE_COUNT; i++) {
		enum nct_rule rule = (enum nct_rule)i;
		struct nct_reason r = nct_gate_rule_reason(t->g, rule);

		tell(t, nct_gate_new_violation(t->g, rule) ? NCT_WEIGHT_TOO_FEW : NCT_WEIGHT_NOTE,
		     wanted, &r);
	}
}

/* A name that is not that of a difference may be a slip of the pen. */
static void tell_unused(const struct telling *t, enum nct_weight wanted)
{
	for (size_t i = 0; i < t->opts->nallowed; i++) {
		const char *name = t->opts->allowed[i];
		struct nct_reason r = reason("%s: nothing of this name differs, --allow-diff was "
					     "not needed",
					     nct_plain(name).s);
		bool used = false;

		for (size_t d = 0; d < t->g->ndifferences; d++)
			used |= !strcmp(t->g->differences[d].name, name);
		if (!used)
			tell(t, NCT_WEIGHT_NOTE, wanted, &r);
	}
}

static void tell_nothing_in_common(const struct telling *t, enum nct_weight wanted)
{
	const struct nct_reason r =
		reason("no time to retry and no time to live in what both sides have in common: "
		       "look at the strata, or use --by");

	if (nct_gate_nothing_compared(t->g))
		tell(t, NCT_WEIGHT_TOO_FEW, wanted, &r);
}

/* Blackouts that may have been longer than they are counted. */
static void tell_at_least(const struct telling *t, enum nct_weight wanted)
{
	static const char *const names[] = { "baseline", "candidate" };

	for (int i = 0; i < 2; i++) {
		const struct nct_side *s = t->g->sides[i];
		struct nct_reason r;
		size_t n = 0;

		for (size_t k = 0; s && k < s->n; k++)
			n += s->times[k].blackout_at_least;
		r = reason("%zu of the %s's blackouts: not over when the recovery was, or not "
			   "known of all "
			   "devices; they count as long as they were seen",
			   n, names[i]);
		if (n)
			tell(t, NCT_WEIGHT_NOTE, wanted, &r);
	}
}

void nct_gate_reasons(const struct nct_gate *g, const struct nct_gate_opts *opts,
		      void (*tell_one)(void *ctx, enum nct_weight weight, const char *reason),
		      void *ctx)
{
	const struct telling t = { g, opts, tell_one, ctx };

	for (int weight = NCT_WEIGHT_INVALID; weight >= NCT_WEIGHT_NOTE; weight--) {
		tell_differences(&t, (enum nct_weight)weight);
		tell_found(&t, (enum nct_weight)weight);
		tell_budgets(&t, (enum nct_weight)weight);
		tell_at_least(&t, (enum nct_weight)weight);
		tell_rules(&t, (enum nct_weight)weight);
		tell_nothing_in_common(&t, (enum nct_weight)weight);
		tell_unused(&t, (enum nct_weight)weight);
	}
}
