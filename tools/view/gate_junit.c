// SPDX-License-Identifier: GPL-2.0
/* JUnit's XML, as CI systems read it: one case for each thing that the gate judged. */
#include <string.h>

#include "gate.h"
#include "gate_words.h"
#include "xml.h"

struct cases {
	struct nct_text t;
	unsigned int tests, failures, errors;
};

/* element: NULL: it passed. */
static void add_case(struct cases *c, const char *class, const char *name, const char *element,
		     const char *reason)
{
	c->tests++;
	nct_text_add(&c->t, "  <testcase");
	nct_xml_attribute(&c->t, "classname", class);
	nct_xml_attribute(&c->t, "name", name);
	nct_text_add(&c->t, ">");
	if (element) {
		nct_text_add(&c->t, "<%s", element);
		nct_xml_attribute(&c->t, "message", reason);
		nct_text_add(&c->t, "/>");
		c->failures += !strcmp(element, "failure");
		c->errors += !strcmp(element, "error");
	}
	nct_text_add(&c->t, "</testcase>\n");
}

/* What cannot be told is no pass. */
static const char *element_of(enum nct_found found)
{
	if (found == NCT_FOUND_TOO_FEW || found == NCT_FOUND_NOTHING)
		return "error";
	return found == NCT_FOUND_WORSE ? "failure" : NULL;
}

static void add_times(struct cases *c, const struct nct_gate *g, const struct nct_gate_opts *opts)
{
	for (size_t i = 0; i < g->compared.ntimes; i++) {
		const struct nct_comparison *t = &g->compared.times[i];

		if (t->found != NCT_FOUND_NOTHING || nct_gate_has_no_counterpart(t))
			add_case(c, nct_gate_time_stratum(t, opts, nct_gate_hosts(g)).s,
				 nct_metric_name(t->metric), element_of(t->found),
				 nct_gate_time_reason(t, opts, nct_gate_hosts(g)).s);
	}
	if (nct_gate_nothing_compared(g))
		add_case(c, "gate", "in common", "error",
			 "both sides have no time to retry and no time to live in common");
}

static void add_mixes(struct cases *c, const struct nct_gate *g, const struct nct_gate_opts *opts)
{
	for (size_t i = 0; i < g->compared.nmixes; i++) {
		const struct nct_mix *m = &g->compared.mixes[i];

		if (m->found != NCT_FOUND_NOTHING)
			add_case(c, "gate", nct_gate_mix_group(m, opts, nct_gate_hosts(g)).s,
				 element_of(m->found),
				 nct_gate_mix_reason(m, opts, nct_gate_hosts(g)).s);
	}
}

static void add_budgets(struct cases *c, const struct nct_gate *g)
{
	static const char *const elements[] = { NULL, "failure", "error" };

	for (size_t i = 0; i < g->nbudgets; i++)
		add_case(c, "budget", g->budgets[i].text, elements[g->budgets[i].kept],
			 nct_gate_budget_reason(&g->budgets[i]).s);
}

/* Violations that are told only pass. */
static void add_rules(struct cases *c, const struct nct_gate *g)
{
	for (int i = 0; i < NCT_RULE_COUNT; i++) {
		enum nct_rule rule = (enum nct_rule)i;
		struct nct_reason r = nct_gate_rule_reason(g, rule);

		if (*r.s)
			add_case(c, "audit", nct_rules[rule].id,
				 nct_gate_new_violation(g, rule) ? "error" : NULL, r.s);
	}
}

static void add_differences(struct cases *c, const struct nct_gate *g)
{
	for (size_t i = 0; i < g->ndifferences; i++)
		add_case(c, "comparable", g->differences[i].name,
			 g->differences[i].allowed ? NULL : "error",
			 nct_gate_difference_reason(&g->differences[i]).s);
}

void nct_gate_junit(struct nct_text *t, const struct nct_gate *g, const struct nct_gate_opts *opts)
{
	struct cases c = { .tests = 0 };

	add_differences(&c, g);
	add_times(&c, g, opts);
	add_mixes(&c, g, opts);
	add_rules(&c, g);
	add_budgets(&c, g);
	nct_text_add(t,
		     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		     "<testsuite name=\"nvme-ccr-trace gate: %s\" tests=\"%u\" failures=\"%u\" "
		     "errors=\"%u\" skipped=\"0\">\n",
		     nct_gate_verdict_name(g->verdict), c.tests, c.failures, c.errors);
	if (c.t.len)
		nct_text_add(t, "%s", c.t.buf);
	nct_text_add(t, "</testsuite>\n");
	t->failed |= c.t.failed;
	nct_text_free(&c.t);
}
