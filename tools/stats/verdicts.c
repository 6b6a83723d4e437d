// SPDX-License-Identifier: GPL-2.0
#include "verdicts.h"

#include <string.h>

#include "../sys/error.h"

static void count(struct nct_verdicts *v, enum nct_rule rule, const struct nct_finding *f)
{
	if (f->verdict == NCT_VERDICT_FIRED) {
		v->rule[rule].fired++;
		v->by_severity[nct_rules[rule].severity]++;
	}
	if (f->verdict == NCT_VERDICT_FIRED || f->verdict == NCT_VERDICT_CLEAN)
		v->rule[rule].checked++;
	if (f->verdict != NCT_VERDICT_UNKNOWN)
		return;
	if (!v->rule[rule].unknown++)
		memcpy(v->rule[rule].why, f->message, sizeof(v->rule[rule].why));
}

/* That no event was lost is nothing about a recovery, unless that is what was asked. */
static bool tells(const struct nct_verdicts *v, const struct nct_recovery *rec, int rule,
		  const struct nct_finding *f)
{
	return rec->kind == NCT_KIND_RECOVERY && (v->rules || rule != NCT_RULE_LOSSY) &&
	       (f->verdict == NCT_VERDICT_FIRED || f->verdict == NCT_VERDICT_CLEAN);
}

bool nct_verdicts_by(const struct nct_verdicts *v, enum nct_rule rule)
{
	return !v->rules || v->rules & 1u << rule;
}

bool nct_verdicts_strict(const struct nct_verdicts *v, enum nct_rule rule)
{
	return v->strict && (v->rules ? nct_verdicts_by(v, rule)
				      : nct_rules[rule].severity == NCT_SEVERITY_VIOLATION);
}

bool nct_verdicts_too_little(const struct nct_verdicts *v)
{
	if (v->strict && !v->judged)
		return true;
	for (int rule = 0; rule < NCT_RULE_COUNT; rule++)
		if (nct_verdicts_strict(v, (enum nct_rule)rule) && v->rule[rule].unknown)
			return true;
	return false;
}

void nct_verdicts_add(struct nct_verdicts *v, const struct nct_recovery *rec,
		      struct nct_finding *findings)
{
	bool lossy = (rec->notes & NCT_NOTE_LOSSY) != 0, judged = false;

	v->recoveries += rec->kind == NCT_KIND_RECOVERY;
	for (int rule = 0; rule < NCT_RULE_COUNT; rule++) {
		findings[rule].verdict = NCT_VERDICT_NONE;
		if (!nct_verdicts_by(v, (enum nct_rule)rule))
			continue;
		nct_audit(rec, (enum nct_rule)rule, &findings[rule]);
		count(v, (enum nct_rule)rule, &findings[rule]);
		judged |= tells(v, rec, rule, &findings[rule]);
		if (findings[rule].verdict == NCT_VERDICT_FIRED && !lossy &&
		    nct_rules[rule].severity == NCT_SEVERITY_VIOLATION)
			v->trusted_violations++;
	}
	v->judged += judged;
}

int nct_verdicts_exit(const struct nct_verdicts *v)
{
	if (v->trusted_violations)
		return NCT_EXIT_NO;
	if (v->rule[NCT_RULE_LOSSY].fired || v->lost || v->damaged)
		return NCT_EXIT_UNTRUSTED;
	return nct_verdicts_too_little(v) ? NCT_EXIT_TOO_LITTLE : NCT_EXIT_OK;
}
