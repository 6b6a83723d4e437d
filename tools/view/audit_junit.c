// SPDX-License-Identifier: GPL-2.0
/* JUnit's XML, as CI systems read it: one case for each recovery and rule that is about it. */
#include "audit.h"
#include "timeline.h"
#include "xml.h"

/* With the day, and in UTC: an artifact is read anywhere. */
static struct nct_word moment(const struct nct_audited *a, uint64_t at_ns)
{
	char utc[32];

	if (!a->anchor)
		return nct_time_of_day(NULL, at_ns);
	nct_format_utc(nct_anchor_wall_ns(a->anchor, at_ns), utc, sizeof(utc));
	return nct_word("%s", utc);
}

static void open_case(struct nct_text *t, const struct nct_audited *a, enum nct_rule rule)
{
	struct nct_phrase where =
		nct_phrase("%s%s%s", nct_controller(&a->rec->id).s, a->host[0] ? "@" : "", a->host);
	/* CI systems take cases of one name for one. */
	bool of_file = !a->anchor && a->file;
	struct nct_phrase name =
		nct_phrase("%s at %s%s%s", nct_rules[rule].id, moment(a, a->rec->start_ns).s,
			   of_file ? " in " : "", of_file ? a->file : "");

	nct_text_add(t, "  <testcase");
	nct_xml_attribute(t, "classname", where.s);
	nct_xml_attribute(t, "name", name.s);
	nct_text_add(t, ">");
}

static void add_details(struct nct_text *t, const struct nct_audited *a,
			const struct nct_finding *f)
{
	nct_xml_text(t, a->rec->id.subsystem);
	for (size_t i = 0; i < f->nevidence; i++) {
		nct_text_add(t, "\n");
		nct_xml_text(t, moment(a, f->evidence[i].at_ns).s);
		nct_text_add(t, " ");
		nct_xml_text(t, f->evidence[i].what);
	}
}

static void add_outcome(struct nct_text *t, const char *element, const struct nct_audited *a,
			enum nct_rule rule)
{
	nct_text_add(t, "<%s", element);
	nct_xml_attribute(t, "message", a->findings[rule].message);
	nct_text_add(t, ">");
	add_details(t, a, &a->findings[rule]);
	nct_text_add(t, "</%s>", element);
}

/* A warning fails no build. */
static void add_fired(struct nct_junit *j, const struct nct_audited *a, enum nct_rule rule)
{
	struct nct_text *t = &j->cases;

	if (rule == NCT_RULE_LOSSY) {
		j->errors++;
		add_outcome(t, "error", a, rule);
	} else if (nct_rules[rule].severity == NCT_SEVERITY_VIOLATION) {
		j->failures++;
		add_outcome(t, "failure", a, rule);
	} else {
		nct_text_add(t, "<system-out>%s: ", nct_severity_name(nct_rules[rule].severity));
		nct_xml_text(t, a->findings[rule].message);
		nct_text_add(t, "\n");
		add_details(t, a, &a->findings[rule]);
		nct_text_add(t, "</system-out>");
	}
}

static void add_unknown(struct nct_junit *j, const struct nct_audited *a, enum nct_rule rule)
{
	bool strict = a->strict & 1u << rule;

	j->errors += strict;
	j->skipped += !strict;
	nct_text_add(&j->cases, strict ? "<error" : "<skipped");
	nct_xml_attribute(&j->cases, "message", a->findings[rule].message);
	nct_text_add(&j->cases, "/>");
}

void nct_junit_add(struct nct_junit *j, const struct nct_audited *a)
{
	for (int i = 0; i < NCT_RULE_COUNT; i++) {
		enum nct_rule rule = (enum nct_rule)i;
		const struct nct_finding *f = &a->findings[rule];

		if (f->verdict == NCT_VERDICT_NONE)
			continue;
		j->tests++;
		open_case(&j->cases, a, rule);
		if (f->verdict == NCT_VERDICT_FIRED)
			add_fired(j, a, rule);
		if (f->verdict == NCT_VERDICT_UNKNOWN)
			add_unknown(j, a, rule);
		nct_text_add(&j->cases, "</testcase>\n");
	}
}

void nct_junit_trust(struct nct_junit *j, const struct nct_verdicts *v)
{
	bool nothing = v->strict && !v->judged;

	if (!v->lost && !v->damaged && !nothing)
		return;
	j->tests++;
	j->errors++;
	nct_text_add(&j->cases,
		     "  <testcase classname=\"input\" name=\"complete\"><error message=\"%s: the "
		     "result cannot be trusted\"/></testcase>\n",
		     v->damaged ? "not all of the input could be read"
		     : v->lost	? "events were lost"
				: "no recovery could be judged");
}

int nct_junit_write(struct nct_junit *j, FILE *out)
{
	struct nct_text head = { 0 };
	int rc;

	nct_text_add(&head,
		     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		     "<testsuite name=\"nvme-ccr-trace audit\" tests=\"%llu\" failures=\"%llu\" "
		     "errors=\"%llu\" skipped=\"%llu\">\n",
		     (unsigned long long)j->tests, (unsigned long long)j->failures,
		     (unsigned long long)j->errors, (unsigned long long)j->skipped);
	rc = nct_text_write(&head, out);
	nct_text_free(&head);
	nct_text_add(&j->cases, "</testsuite>\n");
	return rc ? rc : nct_text_write(&j->cases, out);
}

void nct_junit_free(struct nct_junit *j)
{
	nct_text_free(&j->cases);
}
