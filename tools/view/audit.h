/* SPDX-License-Identifier: GPL-2.0 */
/* The findings of an audit: text, JSON lines, JUnit XML. */
#ifndef NCT_VIEW_AUDIT_H
#define NCT_VIEW_AUDIT_H

#include <stdio.h>

#include "../recovery/audit.h"
#include "../stats/verdicts.h"
#include "style.h"
#include "text.h"

#define NCT_JSON_AUDIT_SCHEMA	      "nvme-ccr-trace/audit/1"
#define NCT_JSON_AUDIT_SUMMARY_SCHEMA "nvme-ccr-trace/audit-summary/1"

/* One recovery, judged: findings has NCT_RULE_COUNT entries. */
struct nct_audited {
	const struct nct_recovery *rec;
	const struct nct_finding *findings;
	const char *host;		 /* "": not known */
	const struct nct_anchor *anchor; /* NULL: wall time is not known */
	const char *file;		 /* NULL: none, it was watched live */
	unsigned int strict;		 /* 1 << rule: tell what it cannot tell, too */
};

/* What was found, each with its evidence; nothing if nothing was. */
void nct_audit_text(struct nct_text *t, const struct nct_style *style, const struct nct_audited *a);

/* The table of rules. */
void nct_audit_text_summary(struct nct_text *t, const struct nct_style *style,
			    const struct nct_verdicts *v);

/* One line for each finding. Both return 0, -ENOMEM or -errno. */
int nct_audit_json(FILE *out, const struct nct_audited *a);
int nct_audit_json_summary(FILE *out, const struct nct_verdicts *v);

/* Cases are collected, for the totals stand at the head of the file. */
struct nct_junit {
	struct nct_text cases;
	uint64_t tests, failures, errors, skipped;
};

void nct_junit_add(struct nct_junit *j, const struct nct_audited *a);
/* At the end: a case that tells whether all was seen, and could be read. */
void nct_junit_trust(struct nct_junit *j, const struct nct_verdicts *v);
/* Returns 0, -ENOMEM or -errno. */
int nct_junit_write(struct nct_junit *j, FILE *out);
void nct_junit_free(struct nct_junit *j);

#endif
