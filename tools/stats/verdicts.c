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

bool nct_verdicts_by(const struct nct_verdicts *v, enum nct_rule rule)
{
	return !v->rules || v->rules & 1u << rule;
}

void nct_verdicts_add(struct nct_verdicts *v, const struct nct_recovery *rec,
		      struct nct_finding *findings)
{
	bool lossy = (rec->notes & NCT_NOTE_LOSSY) != 0;

	v->recoveries += rec->kind == NCT_KIND_RECOVERY;
	for (int rule = 0; rule < NCT_RULE_COUNT; rule++) {
		findings[rule].verdict = NCT_VERDICT_NONE;
		if (!nct_verdicts_by(v, (enum nct_rule)rule))
			continue;
		nct_audit(rec, (enum nct_rule)rule, &findings[rule]);
		count(v, (enum nct_rule)rule, &findings[rule]);
		if (findings[rule].verdict == NCT_VERDICT_FIRED && !lossy &&
		    nct_rules[rule].severity == NCT_SEVERITY_VIOLATION)
			v->trusted_violations++;
	}
}

int nct_verdicts_exit(const struct nct_verdicts *v)
{
	if (v->trusted_violations)
		return NCT_EXIT_NO;
	return v->rule[NCT_RULE_LOSSY].fired || v->lost || v->damaged ? NCT_EXIT_UNTRUSTED
								      : NCT_EXIT_OK;
}
