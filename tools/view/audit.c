// SPDX-License-Identifier: GPL-2.0
#include "audit.h"

#include <string.h>

#include "jsonbuild.h"
#include "timeline.h"

#define COLUMN_RULE	2
#define COLUMN_NUMBERS	28
#define INDENT_MESSAGE	8
#define INDENT_EVIDENCE 10

/* ---- text ------------------------------------------------------------------------------ */

static enum nct_paint paint_of(enum nct_severity severity)
{
	switch (severity) {
	case NCT_SEVERITY_VIOLATION:
		return NCT_PAINT_BAD;
	case NCT_SEVERITY_WARNING:
		return NCT_PAINT_WARN;
	default:
		return NCT_PAINT_NONE;
	}
}

/* Whether the verdict is told of one by one. */
static bool listed(const struct nct_audited *a, int rule)
{
	enum nct_verdict verdict = a->findings[rule].verdict;

	return verdict == NCT_VERDICT_FIRED ||
	       (verdict == NCT_VERDICT_UNKNOWN && a->strict & 1u << rule);
}

static bool any_listed(const struct nct_audited *a)
{
	for (int rule = 0; rule < NCT_RULE_COUNT; rule++)
		if (listed(a, rule))
			return true;
	return false;
}

static void add_heading(struct nct_text *t, const struct nct_style *style,
			const struct nct_audited *a)
{
	struct nct_word name = nct_controller(&a->rec->id);
	struct nct_word when = nct_time_of_day(a->anchor, a->rec->start_ns);
	struct nct_phrase what = nct_phrase(
		"%s%s%s %s that left LIVE at %s", name.s, a->host[0] ? " of " : "",
		a->host[0] ? nct_plain(a->host).s : "",
		a->rec->kind == NCT_KIND_RECOVERY ? "recovery" : nct_kind_name(a->rec->kind),
		when.s);

	nct_text_add(t, "%s", nct_paint(style, NCT_PAINT_STRONG));
	nct_text_repeat(t, style->unicode ? "─" : "-", 2);
	nct_text_add(t, " %s ", what.s);
	nct_text_repeat(t, style->unicode ? "─" : "-", style->width - (int)strlen(what.s) - 4);
	nct_text_add(t, "%s\n", nct_paint(style, NCT_PAINT_NONE));
}

/* Recordings go over many days, and report is where to look further. */
static void add_subject(struct nct_text *t, const struct nct_audited *a)
{
	char utc[32];

	nct_text_repeat(t, " ", COLUMN_RULE);
	if (a->anchor) {
		nct_format_utc(nct_anchor_wall_ns(a->anchor, a->rec->start_ns), utc, sizeof(utc));
		nct_text_add(t, "%s, ", utc);
	}
	nct_text_add(t, "%s\n", nct_cause_text(&a->rec->trigger).s);
	nct_text_repeat(t, " ", COLUMN_RULE);
	nct_text_add(t, "%s\n", nct_plain(a->rec->id.subsystem).s);
}

static void add_evidence(struct nct_text *t, const struct nct_style *style,
			 const struct nct_audited *a, const struct nct_evidence *e)
{
	const int column = INDENT_EVIDENCE + 12;
	uint64_t start_ns = a->rec->start_ns;

	nct_text_repeat(t, " ", INDENT_EVIDENCE);
	if (e->at_ns < start_ns)
		nct_text_add(t, "-%s", nct_duration(start_ns - e->at_ns).s);
	else
		nct_text_add(t, "+%s",
			     e->at_ns == start_ns ? "0" : nct_duration(e->at_ns - start_ns).s);
	nct_text_column(t, column);
	nct_text_wrapped(t, style->width, column, column,
			 nct_phrase("%s, %s", e->what, nct_time_of_day(a->anchor, e->at_ns).s).s);
}

static void add_finding(struct nct_text *t, const struct nct_style *style,
			const struct nct_audited *a, enum nct_rule rule)
{
	const struct nct_finding *f = &a->findings[rule];
	const struct nct_rule_info *info = &nct_rules[rule];

	if (f->verdict == NCT_VERDICT_FIRED)
		nct_text_add(t, "  %s%s%s %s\n", nct_paint(style, paint_of(info->severity)),
			     nct_severity_name(info->severity), nct_paint(style, NCT_PAINT_NONE),
			     info->id);
	else
		nct_text_add(t, "  cannot tell %s\n", info->id);
	nct_text_repeat(t, " ", INDENT_MESSAGE);
	nct_text_wrapped(t, style->width, INDENT_MESSAGE, INDENT_MESSAGE, nct_plain(f->message).s);
	for (size_t i = 0; i < f->nevidence; i++)
		add_evidence(t, style, a, &f->evidence[i]);
}

void nct_audit_text(struct nct_text *t, const struct nct_style *style, const struct nct_audited *a)
{
	if (!any_listed(a))
		return;
	add_heading(t, style, a);
	add_subject(t, a);
	for (int rule = 0; rule < NCT_RULE_COUNT; rule++)
		if (listed(a, rule))
			add_finding(t, style, a, (enum nct_rule)rule);
	nct_text_add(t, "\n");
}

static void add_row(struct nct_text *t, const struct nct_verdicts *v, int rule)
{
	nct_text_add(t, "  %s", nct_rules[rule].id);
	nct_text_column(t, COLUMN_NUMBERS);
	nct_text_add(t, "%-10s %8llu %8llu %11llu\n", nct_severity_name(nct_rules[rule].severity),
		     (unsigned long long)v->rule[rule].checked,
		     (unsigned long long)v->rule[rule].fired,
		     (unsigned long long)v->rule[rule].unknown);
}

static void add_unknown(struct nct_text *t, const struct nct_style *style,
			const struct nct_verdicts *v)
{
	for (int rule = 0; rule < NCT_RULE_COUNT; rule++) {
		struct nct_phrase why;

		if (!v->rule[rule].unknown)
			continue;
		why = nct_phrase("%s cannot tell: %s", nct_rules[rule].id, v->rule[rule].why);
		nct_text_repeat(t, " ", COLUMN_RULE);
		nct_text_wrapped(t, style->width, COLUMN_RULE, COLUMN_RULE + 2, why.s);
	}
}

static struct nct_word findings(const struct nct_verdicts *v, enum nct_severity severity)
{
	unsigned long long n = v->by_severity[severity];

	return nct_word("%llu %s%s", n, nct_severity_name(severity), n == 1 ? "" : "s");
}

/* How far the result goes. */
static const char *trust(const struct nct_verdicts *v)
{
	bool lossy = v->rule[NCT_RULE_LOSSY].fired || v->lost, certain = v->trusted_violations;

	if (v->damaged)
		return certain ? "; not all could be read: there may be more"
			       : "; not all could be read: not to be trusted";
	if (lossy)
		return certain ? "; events were lost: there may be more"
			       : "; events were lost: not to be trusted";
	if (!nct_verdicts_too_little(v))
		return "";
	return v->judged ? "; not all could be told" : "; nothing could be judged";
}

/* Retries of which nothing tells whether they waited long enough. */
static struct nct_word untold(const struct nct_verdicts *v)
{
	unsigned long long n =
		v->rule[NCT_RULE_EARLY_RETRY].unknown + v->rule[NCT_RULE_SHORT_HOLD].unknown;

	return n ? nct_word(" (%llu cannot be told)", n) : nct_word("%s", "");
}

static void add_result(struct nct_text *t, const struct nct_style *style,
		       const struct nct_verdicts *v)
{
	uint64_t violations = v->by_severity[NCT_SEVERITY_VIOLATION];

	nct_text_add(t, "  %s%llu %s: %s%s, %s, %s%s%s\n",
		     nct_paint(style, violations ? NCT_PAINT_BAD : NCT_PAINT_STRONG),
		     (unsigned long long)v->recoveries,
		     v->recoveries == 1 ? "recovery" : "recoveries",
		     findings(v, NCT_SEVERITY_VIOLATION).s, untold(v).s,
		     findings(v, NCT_SEVERITY_WARNING).s, findings(v, NCT_SEVERITY_INFO).s,
		     trust(v), nct_paint(style, NCT_PAINT_NONE));
}

void nct_audit_text_summary(struct nct_text *t, const struct nct_style *style,
			    const struct nct_verdicts *v)
{
	nct_text_add(t, "  rule");
	nct_text_column(t, COLUMN_NUMBERS);
	nct_text_add(t, "%-10s %8s %8s %11s\n", "severity", "judged", "fired", "cannot tell");
	for (int rule = 0; rule < NCT_RULE_COUNT; rule++)
		if (nct_verdicts_by(v, (enum nct_rule)rule))
			add_row(t, v, rule);
	nct_text_add(t, "\n");
	add_unknown(t, style, v);
	add_result(t, style, v);
}

/* ---- JSON ------------------------------------------------------------------------------ */

static void put_evidence(struct nct_json *b, const struct nct_audited *a,
			 const struct nct_finding *f)
{
	struct json_object *evidence = json_object_new_array();

	for (size_t i = 0; i < f->nevidence; i++) {
		struct nct_json e = nct_json_object();
		int64_t after = (int64_t)(f->evidence[i].at_ns - a->rec->start_ns);

		nct_json_put_string(&e, "what", f->evidence[i].what);
		nct_json_put_ns(&e, "at_ns", f->evidence[i].at_ns);
		nct_json_put_made(&e, "after_start_ns", json_object_new_int64(after));
		nct_json_append(b, evidence, &e);
	}
	nct_json_put_made(b, "evidence", evidence);
}

static int json_finding(FILE *out, const struct nct_audited *a, enum nct_rule rule)
{
	const struct nct_recovery *rec = a->rec;
	const struct nct_finding *f = &a->findings[rule];
	struct nct_json b = nct_json_object();
	char start[32] = "";

	if (a->anchor)
		nct_format_utc(nct_anchor_wall_ns(a->anchor, rec->start_ns), start, sizeof(start));
	nct_json_put_string(&b, "schema", NCT_JSON_AUDIT_SCHEMA);
	nct_json_put_string(&b, "rule", nct_rules[rule].id);
	nct_json_put_string(&b, "severity", nct_severity_name(nct_rules[rule].severity));
	nct_json_put_string(&b, "verdict", f->verdict == NCT_VERDICT_FIRED ? "fired" : "unknown");
	nct_json_put_string(&b, "controller",
			    rec->id.instance < 0 ? NULL : nct_controller(&rec->id).s);
	nct_json_put_int(&b, "cntlid", rec->id.cntlid);
	nct_json_put_string(&b, "subsystem", rec->id.subsystem);
	nct_json_put_string(&b, "host", a->host);
	nct_json_put_string(&b, "start", start);
	nct_json_put_ns(&b, "start_ns", rec->start_ns);
	nct_json_put_bool(&b, "lossy", (rec->notes & NCT_NOTE_LOSSY) != 0);
	nct_json_put_string(&b, "message", f->message);
	put_evidence(&b, a, f);
	return nct_json_line(out, &b);
}

int nct_audit_json(FILE *out, const struct nct_audited *a)
{
	int rc = 0;

	for (int rule = 0; !rc && rule < NCT_RULE_COUNT; rule++)
		if (listed(a, rule))
			rc = json_finding(out, a, (enum nct_rule)rule);
	return rc;
}

static void put_rules(struct nct_json *b, const struct nct_verdicts *v)
{
	struct json_object *rules = json_object_new_array();

	for (int rule = 0; rule < NCT_RULE_COUNT; rule++) {
		struct nct_json r;

		if (!nct_verdicts_by(v, (enum nct_rule)rule))
			continue;
		r = nct_json_object();
		nct_json_put_string(&r, "rule", nct_rules[rule].id);
		nct_json_put_string(&r, "severity", nct_severity_name(nct_rules[rule].severity));
		nct_json_put_ns(&r, "judged", v->rule[rule].checked);
		nct_json_put_ns(&r, "fired", v->rule[rule].fired);
		nct_json_put_ns(&r, "unknown", v->rule[rule].unknown);
		nct_json_put_string(&r, "why_unknown", v->rule[rule].why);
		nct_json_append(b, rules, &r);
	}
	nct_json_put_made(b, "rules", rules);
}

int nct_audit_json_summary(FILE *out, const struct nct_verdicts *v)
{
	struct nct_json b = nct_json_object();

	nct_json_put_string(&b, "schema", NCT_JSON_AUDIT_SUMMARY_SCHEMA);
	nct_json_put_ns(&b, "recoveries", v->recoveries);
	nct_json_put_ns(&b, "violations", v->by_severity[NCT_SEVERITY_VIOLATION]);
	nct_json_put_ns(&b, "warnings", v->by_severity[NCT_SEVERITY_WARNING]);
	nct_json_put_ns(&b, "infos", v->by_severity[NCT_SEVERITY_INFO]);
	nct_json_put_bool(&b, "lossy", v->rule[NCT_RULE_LOSSY].fired || v->lost);
	nct_json_put_bool(&b, "damaged", v->damaged);
	nct_json_put_int(&b, "exit_code", nct_verdicts_exit(v));
	put_rules(&b, v);
	return nct_json_line(out, &b);
}
