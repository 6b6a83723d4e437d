// SPDX-License-Identifier: GPL-2.0
#include "budget.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sys/duration.h"

#define MILLION 1000000ull

/* ---- what is limited --------------------------------------------------------------------- */

/* "min", "max", "p50", "p99.9". */
static bool read_quantile(const char *word, unsigned int *permille)
{
	char *end;
	unsigned long whole, tenth = 0;

	if (!strcmp(word, "min") || !strcmp(word, "max")) {
		*permille = word[1] == 'a' ? 1000 : 0;
		return true;
	}
	if (word[0] != 'p' || word[1] < '0' || word[1] > '9')
		return false;
	whole = strtoul(word + 1, &end, 10);
	if (end[0] == '.' && end[1] >= '0' && end[1] <= '9') {
		tenth = (unsigned long)(end[1] - '0');
		end += 2;
	}
	*permille = (unsigned int)(whole * 10 + tenth);
	return !*end && whole <= 100 && *permille <= 1000;
}

static bool read_fence(const char *word, unsigned int *column)
{
	for (*column = NCT_FENCE_CCR; *column < NCT_FENCES; (*column)++)
		if (!strcmp(word, nct_fence_name((enum nct_fence) * column)))
			return true;
	*column = NCT_FENCE_UNKNOWN;
	return !strcmp(word, "unknown");
}

static bool read_end(const char *word, unsigned int *column)
{
	*column = !strcmp(word, "live") ? NCT_END_LIVE : NCT_END_REMOVED;
	return *column == NCT_END_LIVE || !strcmp(word, "removed");
}

/* "violations", "warnings", or a rule. */
static bool read_rule(struct nct_budget *b, const char *word)
{
	b->one_rule = false;
	b->column = !strcmp(word, "violations") ? NCT_SEVERITY_VIOLATION : NCT_SEVERITY_WARNING;
	if (b->column == NCT_SEVERITY_VIOLATION || !strcmp(word, "warnings"))
		return true;
	b->one_rule = true;
	for (b->column = 0; b->column < NCT_RULE_COUNT; b->column++)
		if (!strcmp(word, nct_rules[b->column].id))
			return true;
	return false;
}

/* left: what stands before the operator; it is cut into pieces. NULL: it is understood. */
static const char *read_subject(struct nct_budget *b, char *left)
{
	char *dot = strchr(left, '.');

	if (!dot) {
		b->kind = NCT_BUDGET_NUMBER;
		return strcmp(left, "recoveries") ? "before the operator there has to be METRIC."
						    "QUANTILE, fence.OUTCOME, end.END, audit.RULE "
						    "or recoveries"
						  : NULL;
	}
	*dot++ = '\0';
	b->metric = nct_metric_from_name(left);
	if (b->metric != NCT_METRIC_COUNT) {
		b->kind = NCT_BUDGET_TIME;
		return read_quantile(dot, &b->permille) ? NULL
							: "of a time there is min, max, p50, p99.9";
	}
	b->kind = !strcmp(left, "fence") ? NCT_BUDGET_FENCE
		  : !strcmp(left, "end") ? NCT_BUDGET_END
					 : NCT_BUDGET_AUDIT;
	if (b->kind == NCT_BUDGET_FENCE)
		return read_fence(dot, &b->column)
			       ? NULL
			       : "fences are ccr, ccr-immediate, hold, unfenced, unknown";
	if (b->kind == NCT_BUDGET_END)
		return read_end(dot, &b->column) ? NULL : "ends are live and removed";
	if (strcmp(left, "audit") != 0)
		return "there is no such metric; fence.OUTCOME, end.END and audit.RULE can be "
		       "limited, too";
	return read_rule(b, dot) ? NULL
				 : "of audit there are violations, warnings, and the rules by name";
}

/* ---- the limit ----------------------------------------------------------------------------- */

static const char *read_op(struct nct_budget *b, const char **at)
{
	static const struct {
		const char *word;
		enum nct_budget_op op;
	} ops[] = { { "<=", NCT_OP_LE },
		    { ">=", NCT_OP_GE },
		    { "==", NCT_OP_EQ },
		    { "<", NCT_OP_LT },
		    { ">", NCT_OP_GT } };

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (!strncmp(*at, ops[i].word, strlen(ops[i].word))) {
			b->op = ops[i].op;
			*at += strlen(ops[i].word);
			return NULL;
		}
	return "the operator is one of < <= == >= >";
}

/* "12", or "2.5%" as millionths. */
static const char *read_number(struct nct_budget *b, const char *word)
{
	char *end;
	double value = strtod(word, &end);

	if (word[0] < '0' || word[0] > '9' || value > 1e15)
		return "the limit has to be a number, or a part such as 2.5%";
	b->part = !strcmp(end, "%");
	if (b->part && value <= 100 && b->kind != NCT_BUDGET_NUMBER) {
		b->limit = (uint64_t)(value * 1e4 + 0.5);
		return NULL;
	}
	b->limit = strtoull(word, &end, 10);
	return *end ? "the limit has to be a whole number, or a part up to 100%" : NULL;
}

static const char *read_limit(struct nct_budget *b, const char *word)
{
	if (b->kind != NCT_BUDGET_TIME)
		return read_number(b, word);
	return nct_parse_duration(word, &b->limit)
		       ? "the limit has to be a time: a number with ns, us, ms, s, m or h"
		       : NULL;
}

/* Without blanks. False: too long. */
static bool squeeze(char *to, size_t size, const char *from)
{
	size_t n = 0;

	for (; *from; from++)
		if (*from != ' ' && *from != '\t') {
			if (n + 1 == size)
				return false;
			to[n++] = *from;
		}
	to[n] = '\0';
	return true;
}

int nct_budget_parse(struct nct_budget *b, const char *text, const char **why)
{
	char left[NCT_BUDGET_LEN];
	const char *at;

	memset(b, 0, sizeof(*b));
	*why = "it is too long";
	if (!squeeze(b->text, sizeof(b->text), text))
		return -EINVAL;
	at = b->text + strcspn(b->text, "<>=");
	snprintf(left, sizeof(left), "%.*s", (int)(at - b->text), b->text);
	*why = read_op(b, &at);
	if (!*why)
		*why = read_subject(b, left);
	if (!*why)
		*why = read_limit(b, at);
	return *why ? -EINVAL : 0;
}

/* ---- the verdict --------------------------------------------------------------------------- */

static bool keeps(enum nct_budget_op op, uint64_t actual, uint64_t limit)
{
	switch (op) {
	case NCT_OP_LT:
		return actual < limit;
	case NCT_OP_LE:
		return actual <= limit;
	case NCT_OP_EQ:
		return actual == limit;
	case NCT_OP_GE:
		return actual >= limit;
	case NCT_OP_GT:
		return actual > limit;
	}
	return false;
}

static void judge_number(struct nct_budget *b, uint64_t actual, size_t of)
{
	if (b->part && !of)
		return; /* a part of nothing */
	/* Rounded up: 1 of 3,000,000 is more than 0 %. */
	b->actual = b->part ? (actual * MILLION + of - 1) / of : actual;
	b->seen = true;
	b->kept = keeps(b->op, b->actual, b->limit) ? NCT_BUDGET_KEPT : NCT_BUDGET_BROKEN;
}

/* Of what is known to be at least actual, and at most so much. */
static enum nct_kept judge_between(const struct nct_budget *b, uint64_t most)
{
	bool least_keeps = keeps(b->op, b->actual, b->limit);

	if (most != b->actual && (b->op == NCT_OP_EQ ? b->actual <= b->limit && b->limit <= most
						     : least_keeps != keeps(b->op, most, b->limit)))
		return NCT_BUDGET_UNKNOWN;
	return least_keeps ? NCT_BUDGET_KEPT : NCT_BUDGET_BROKEN;
}

/* A phase that never happened took no time. That a retry was never seen says nothing. */
static void judge_time(struct nct_budget *b, const struct nct_stratum *all)
{
	bool phase = b->metric > NCT_METRIC_PHASE;
	uint64_t most;

	b->n = all ? all->samples[b->metric].n : 0;
	if (!b->n && (!phase || !all))
		return;
	b->seen = b->n != 0;
	b->actual = b->n ? nct_samples_quantile(&all->samples[b->metric], b->permille) : 0;
	most = b->actual;
	if (b->metric == NCT_METRIC_BLACKOUT)
		most = nct_samples_quantile_at_most(&all->samples[b->metric], &all->at_least,
						    b->permille);
	b->at_least = most != b->actual;
	b->kept = judge_between(b, most);
}

bool nct_budget_is_of_rule(const struct nct_budget *b, enum nct_rule rule)
{
	if (b->kind != NCT_BUDGET_AUDIT)
		return false;
	return b->one_rule ? rule == b->column : nct_rules[rule].severity == b->column;
}

static void judge_audit(struct nct_budget *b, const struct nct_side *s)
{
	uint64_t n = 0;

	if (s->unaudited)
		return;
	for (int rule = 0; rule < NCT_RULE_COUNT; rule++) {
		if (!nct_budget_is_of_rule(b, (enum nct_rule)rule))
			continue;
		if (s->unjudged[rule])
			return;
		n += s->fired[rule];
	}
	judge_number(b, n, s->n);
}

void nct_budget_judge(struct nct_budget *b, const struct nct_side *s, const struct nct_strata *all)
{
	const struct nct_stratum *stratum = all->n ? &all->list[0] : NULL;

	b->kept = NCT_BUDGET_UNKNOWN;
	b->seen = false;
	switch (b->kind) {
	case NCT_BUDGET_TIME:
		judge_time(b, stratum);
		break;
	case NCT_BUDGET_FENCE:
		if (stratum)
			judge_number(b, stratum->by_fence[b->column], stratum->n);
		break;
	case NCT_BUDGET_END:
		if (stratum)
			judge_number(b, stratum->by_end[b->column], stratum->n);
		break;
	case NCT_BUDGET_AUDIT:
		if (stratum)
			judge_audit(b, s);
		break;
	case NCT_BUDGET_NUMBER:
		judge_number(b, s->n, 0);
		break;
	}
}
