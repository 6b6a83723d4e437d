// SPDX-License-Identifier: GPL-2.0
#include <math.h>

#include "../gate/mix.h"
#include "gate.h"
#include "gate_words.h"
#include "jsonbuild.h"
#include "stratum.h"

/* What is infinite has no number in JSON: null. */
static void put_double(struct nct_json *b, const char *key, double value)
{
	if (isfinite(value))
		nct_json_put_made(b, key, json_object_new_double(value));
	else
		nct_json_put(b, key, NULL);
}

static void put_number(struct nct_json *b, const char *key, uint64_t n)
{
	nct_json_put_made(b, key, json_object_new_int64((int64_t)n));
}

static void put_pair(struct nct_json *b, const char *key, const size_t n[2])
{
	struct nct_json o = nct_json_object();

	put_number(&o, "baseline", n[NCT_BASELINE]);
	put_number(&o, "candidate", n[NCT_CANDIDATE]);
	nct_json_put_object(b, key, &o);
}

static const char *found_name(enum nct_found found)
{
	static const char *const names[] = { "same",	"worse", "better", "changed",
					     "too-few", NULL,	 "minor" };

	return names[found];
}

/* ---- sides --------------------------------------------------------------------------------- */

static void put_kernels(struct nct_json *b, const struct nct_side *s)
{
	const struct nct_trait *kernel = nct_fingerprint_find(&s->fingerprint, "kernel");
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; kernel && i < kernel->n; i++)
		nct_json_append_string(b, list, kernel->values[i]);
	nct_json_put_made(b, "kernels", list);
}

static void put_side(struct nct_json *b, const char *key, const struct nct_side *s)
{
	struct nct_json o;

	if (!s) {
		nct_json_put(b, key, NULL);
		return;
	}
	o = nct_json_object();
	put_number(&o, "recoveries", s->n);
	put_number(&o, "asked_for", s->left_out.asked_for);
	put_number(&o, "incomplete", s->left_out.incomplete);
	put_number(&o, "lossy", s->lossy);
	put_number(&o, "lost", s->lost);
	put_number(&o, "cut_off", s->cut_off);
	put_kernels(&o, s);
	nct_json_put_object(b, key, &o);
}

static void put_differences(struct nct_json *b, const struct nct_gate *g)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < g->ndifferences; i++) {
		const struct nct_difference *d = &g->differences[i];
		struct nct_json o = nct_json_object();

		nct_json_put_string(&o, "name", d->name);
		nct_json_put_string(&o, "baseline", d->text[NCT_BASELINE]);
		nct_json_put_string(&o, "candidate", d->text[NCT_CANDIDATE]);
		nct_json_put_bool(&o, "allowed", d->allowed);
		nct_json_append(b, list, &o);
	}
	nct_json_put_made(b, "differences", list);
}

/* ---- comparisons ------------------------------------------------------------------------------
 */

static void put_test(struct nct_json *o, const struct nct_comparison *t)
{
	put_double(o, "shift_ns", t->shift.estimate);
	put_double(o, "shift_low_ns", t->shift.low);
	put_double(o, "shift_high_ns", t->shift.high);
	put_double(o, "p_worse", t->test.greater);
	put_double(o, "p_better", t->test.less);
	put_double(o, "p_worse_adjusted", t->testable ? t->worse : INFINITY);
	put_double(o, "p_better_adjusted", t->testable ? t->better : INFINITY);
	put_number(o, "needed", t->needed);
}

static void put_times(struct nct_json *b, const struct nct_gate *g,
		      const struct nct_gate_opts *opts)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < g->compared.ntimes; i++) {
		const struct nct_comparison *t = &g->compared.times[i];
		struct nct_json o = nct_json_object();

		nct_stratum_json(&o, opts->compare.by, nct_gate_either(t->side));
		nct_json_put_string(&o, "metric", nct_metric_name(t->metric));
		put_pair(&o, "n", t->n);
		nct_json_put_ns(&o, "baseline_p50_ns", t->n[0] ? t->median_ns[0] : NCT_NONE);
		nct_json_put_ns(&o, "candidate_p50_ns", t->n[1] ? t->median_ns[1] : NCT_NONE);
		nct_json_put_string(&o, "found", found_name(t->found));
		if (t->found != NCT_FOUND_NOTHING)
			put_test(&o, t);
		nct_json_append(b, list, &o);
	}
	nct_json_put_made(b, "times", list);
}

static struct nct_json mix_counts(const struct nct_mix *mix, int side)
{
	struct nct_json o = nct_json_object();

	for (size_t i = 0; i < sizeof(mix->count[0]) / sizeof(mix->count[0][0]); i++)
		if (mix->count[0][i] || mix->count[1][i])
			put_number(&o, nct_mix_word(mix, i), mix->count[side][i]);
	return o;
}

static void put_mixes(struct nct_json *b, const struct nct_gate *g,
		      const struct nct_gate_opts *opts)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < g->compared.nmixes; i++) {
		const struct nct_mix *mix = &g->compared.mixes[i];
		struct nct_json o = nct_json_object(), baseline = mix_counts(mix, NCT_BASELINE);
		struct nct_json candidate = mix_counts(mix, NCT_CANDIDATE);

		nct_stratum_json(&o, opts->compare.by & ~(unsigned int)NCT_BY_FENCE,
				 nct_gate_either(mix->side));
		nct_json_put_string(&o, "of", mix->of_ends ? "ends" : "fences");
		nct_json_put_object(&o, "baseline", &baseline);
		nct_json_put_object(&o, "candidate", &candidate);
		put_double(&o, "p", mix->counted ? mix->p : INFINITY);
		put_double(&o, "p_adjusted", mix->testable ? mix->adjusted : INFINITY);
		nct_json_put_string(&o, "found", found_name(mix->found));
		nct_json_append(b, list, &o);
	}
	nct_json_put_made(b, "mixes", list);
}

static void put_budgets(struct nct_json *b, const struct nct_gate *g)
{
	static const char *const kept[] = { "kept", "broken", "unknown" };
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < g->nbudgets; i++) {
		const struct nct_budget *budget = &g->budgets[i];
		struct nct_json o = nct_json_object();
		bool time = budget->kind == NCT_BUDGET_TIME;
		double unit = budget->part ? 1e6 : 1;

		nct_json_put_string(&o, "budget", budget->text);
		nct_json_put_string(&o, "unit", time ? "ns" : budget->part ? "part" : "number");
		put_double(&o, "limit", (double)budget->limit / unit);
		put_double(&o, "actual", budget->seen ? (double)budget->actual / unit : INFINITY);
		if (budget->at_least)
			nct_json_put_bool(&o, "at_least", true);
		nct_json_put_string(&o, "found", kept[budget->kept]);
		nct_json_append(b, list, &o);
	}
	nct_json_put_made(b, "budgets", list);
}

/* What audit found on either side; a side that was not audited, and rules it did not have: null. */
static void put_fired(struct nct_json *o, const char *key, const struct nct_side *s, int rule)
{
	if (!s || s->unaudited || s->unjudged[rule])
		nct_json_put(o, key, NULL);
	else
		put_number(o, key, s->fired[rule]);
}

static void put_rules(struct nct_json *b, const struct nct_gate *g)
{
	struct json_object *list = json_object_new_array();

	for (int rule = 0; rule < NCT_RULE_COUNT; rule++) {
		const struct nct_side *a = g->sides[NCT_BASELINE];
		struct nct_json o;

		if (!g->sides[NCT_CANDIDATE]->fired[rule] && !(a && a->fired[rule]))
			continue;
		o = nct_json_object();
		nct_json_put_string(&o, "rule", nct_rules[rule].id);
		nct_json_put_string(&o, "severity", nct_severity_name(nct_rules[rule].severity));
		put_fired(&o, "baseline", a, rule);
		put_fired(&o, "candidate", g->sides[NCT_CANDIDATE], rule);
		nct_json_append(b, list, &o);
	}
	nct_json_put_made(b, "audit", list);
}

/* ---- all of it ---------------------------------------------------------------------------------
 */

struct reasons {
	struct nct_json *b;
	struct json_object *list;
};

static void add_reason(void *ctx, enum nct_weight weight, const char *reason)
{
	struct reasons *r = ctx;

	(void)weight;
	nct_json_append_string(r->b, r->list, reason);
}

static void put_reasons(struct nct_json *b, const struct nct_gate *g,
			const struct nct_gate_opts *opts)
{
	struct reasons r = { b, json_object_new_array() };

	nct_gate_reasons(g, opts, add_reason, &r);
	nct_json_put_made(b, "reasons", r.list);
}

int nct_gate_json(FILE *out, const struct nct_gate *g, const struct nct_gate_opts *opts)
{
	struct nct_json b = nct_json_object();

	nct_json_put_string(&b, "schema", NCT_GATE_SCHEMA);
	nct_json_put_string(&b, "verdict", nct_gate_verdict_name(g->verdict));
	put_number(&b, "exit", nct_gate_exit(g->verdict));
	put_reasons(&b, g, opts);
	put_double(&b, "alpha", opts->compare.alpha);
	put_double(&b, "min_effect", opts->compare.min_effect);
	put_number(&b, "min_effect_ns", opts->compare.min_effect_ns);
	put_double(&b, "detect", opts->compare.detect);
	put_double(&b, "power", opts->compare.power);
	put_number(&b, "tests", g->compared.family);
	put_side(&b, "baseline", g->sides[NCT_BASELINE]);
	put_side(&b, "candidate", g->sides[NCT_CANDIDATE]);
	put_differences(&b, g);
	put_times(&b, g, opts);
	put_mixes(&b, g, opts);
	put_rules(&b, g);
	put_budgets(&b, g);
	return nct_json_line(out, &b);
}
