// SPDX-License-Identifier: GPL-2.0
#include "strata.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The members by which strata differ, and no others. */
static struct nct_stratum key_of(enum nct_by by, const struct nct_recovery *rec, const char *host)
{
	struct nct_stratum key = { .fence = NCT_FENCE_UNKNOWN };

	if (by == NCT_BY_FENCE)
		key.fence = rec->fence;
	if (by == NCT_BY_TRANSPORT)
		snprintf(key.transport, sizeof(key.transport), "%s", rec->id.transport);
	if (by == NCT_BY_CONTROLLER) {
		key.instance = rec->id.instance;
		snprintf(key.host, sizeof(key.host), "%s", host ? host : "");
	}
	return key;
}

/* What is not told comes last: as unsigned, 0 - 1 is the greatest. */
static unsigned int fence_order(const struct nct_stratum *s)
{
	return (unsigned int)s->fence - 1;
}

static int compare(const void *a, const void *b)
{
	const struct nct_stratum *x = a, *y = b;
	int order = (fence_order(x) > fence_order(y)) - (fence_order(x) < fence_order(y));

	if (!order)
		order = strcmp(x->transport, y->transport);
	if (!order)
		order = strcmp(x->host, y->host);
	return order ? order : (x->instance > y->instance) - (x->instance < y->instance);
}

static struct nct_stratum *stratum_of(struct nct_strata *s, const struct nct_stratum *key)
{
	struct nct_stratum *grown;

	for (size_t i = 0; i < s->n; i++)
		if (!compare(&s->list[i], key))
			return &s->list[i];
	grown = realloc(s->list, (s->n + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	s->list = grown;
	grown[s->n] = *key;
	return &grown[s->n++];
}

static int add_times(struct nct_stratum *to, const struct nct_recovery *rec)
{
	bool seen[NCT_PHASE_COUNT] = { false };
	int rc = 0;

	if (rec->time_to_retry_ns != NCT_NONE)
		rc = nct_samples_add(&to->samples[NCT_METRIC_RETRY], rec->time_to_retry_ns);
	if (!rc && rec->time_to_live_ns != NCT_NONE)
		rc = nct_samples_add(&to->samples[NCT_METRIC_LIVE], rec->time_to_live_ns);
	for (size_t i = 0; i < rec->nspans; i++)
		seen[rec->spans[i].phase] = true;
	for (int phase = 1; !rc && phase < NCT_PHASE_COUNT; phase++)
		if (seen[phase]) /* a phase that did not happen took no time at all, not 0 */
			rc = nct_samples_add(&to->samples[NCT_METRIC_PHASE + phase],
					     rec->total_ns[phase]);
	return rc;
}

int nct_strata_add(struct nct_strata *s, const struct nct_recovery *rec, const char *host)
{
	struct nct_stratum key, *to;

	if (rec->kind != NCT_KIND_RECOVERY) {
		s->asked_for++;
		return 0;
	}
	if (rec->end == NCT_END_INCOMPLETE || (rec->notes & NCT_NOTE_STARTED_BEFORE)) {
		s->incomplete++;
		return 0;
	}
	key = key_of(s->by, rec, host);
	to = stratum_of(s, &key);
	if (!to)
		return -ENOMEM;
	s->counted++;
	s->lossy += (rec->notes & NCT_NOTE_LOSSY) != 0;
	s->missed_boundary += (rec->notes & NCT_NOTE_MISSED_BOUNDARY) != 0;
	return add_times(to, rec);
}

void nct_strata_sort(struct nct_strata *s)
{
	if (s->n)
		qsort(s->list, s->n, sizeof(*s->list), compare);
	for (size_t i = 0; i < s->n; i++)
		for (int m = 0; m < NCT_METRIC_COUNT; m++)
			nct_samples_sort(&s->list[i].samples[m]);
}

const char *nct_metric_name(enum nct_metric metric)
{
	if (metric == NCT_METRIC_RETRY)
		return "time_to_retry";
	if (metric == NCT_METRIC_LIVE)
		return "time_to_live";
	return nct_phase_name((enum nct_phase)(metric - NCT_METRIC_PHASE));
}

void nct_strata_free(struct nct_strata *s)
{
	for (size_t i = 0; i < s->n; i++)
		for (int m = 0; m < NCT_METRIC_COUNT; m++)
			nct_samples_free(&s->list[i].samples[m]);
	free(s->list);
	*s = (struct nct_strata) { .by = s->by };
}
