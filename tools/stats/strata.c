// SPDX-License-Identifier: GPL-2.0
#include "strata.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The members by which strata differ, and no others. */
static struct nct_stratum key_of(unsigned int by, const struct nct_times *times)
{
	struct nct_stratum key = { .fence = NCT_FENCE_UNKNOWN };

	if (by & NCT_BY_FENCE) {
		key.fence = times->fence;
		key.no_fence = times->no_fence;
	}
	if (by & NCT_BY_TRANSPORT)
		memcpy(key.transport, times->transport, sizeof(key.transport));
	if (by & NCT_BY_CONTROLLER) {
		key.instance = times->instance;
		memcpy(key.host, times->host, sizeof(key.host));
	}
	return key;
}

/* What is not told comes last: as unsigned, 0 - 1 is the greatest. */
static unsigned int fence_order(const struct nct_stratum *s)
{
	return (unsigned int)s->fence - 1;
}

int nct_stratum_compare(const struct nct_stratum *a, const struct nct_stratum *b)
{
	int order = (fence_order(a) > fence_order(b)) - (fence_order(a) < fence_order(b));

	if (!order)
		order = a->no_fence - b->no_fence;
	if (!order)
		order = strcmp(a->transport, b->transport);
	if (!order)
		order = strcmp(a->host, b->host);
	return order ? order : (a->instance > b->instance) - (a->instance < b->instance);
}

static int compare(const void *a, const void *b)
{
	return nct_stratum_compare(a, b);
}

static struct nct_stratum *stratum_of(struct nct_strata *s, const struct nct_stratum *key)
{
	struct nct_stratum *grown;

	for (size_t i = 0; i < s->n; i++)
		if (!nct_stratum_compare(&s->list[i], key))
			return &s->list[i];
	grown = realloc(s->list, (s->n + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	s->list = grown;
	grown[s->n] = *key;
	return &grown[s->n++];
}

static int add_samples(struct nct_stratum *to, const struct nct_times *times)
{
	int rc = 0;

	for (int m = 0; !rc && m < NCT_METRIC_COUNT; m++)
		if (times->ns[m] != NCT_NONE)
			rc = nct_samples_add(&to->samples[m], times->ns[m]);
	if (!rc && times->blackout_at_least)
		rc = nct_samples_add(&to->at_least, times->ns[NCT_METRIC_BLACKOUT]);
	return rc;
}

int nct_strata_add_times(struct nct_strata *s, const struct nct_times *times,
			 uint64_t resolution_ns)
{
	struct nct_stratum key = key_of(s->by, times);
	struct nct_stratum *to = stratum_of(s, &key);

	if (!to)
		return -ENOMEM;
	if (resolution_ns > to->resolution_ns)
		to->resolution_ns = resolution_ns;
	to->n++;
	to->unfenceable += times->no_fence;
	to->by_fence[times->fence] += !times->no_fence;
	to->by_end[times->end]++;
	s->counted++;
	s->lossy += times->lossy;
	s->missed_boundary += times->missed_boundary;
	return add_samples(to, times);
}

int nct_strata_add(struct nct_strata *s, const struct nct_recovery *rec, const char *host,
		   uint64_t resolution_ns)
{
	struct nct_times times;

	if (!nct_times_of(&times, rec, host, &s->left_out))
		return 0;
	return nct_strata_add_times(s, &times, resolution_ns);
}

bool nct_strata_hosts(const struct nct_strata *s)
{
	for (size_t i = 1; i < s->n; i++)
		if (strcmp(s->list[i].host, s->list[0].host))
			return true;
	return false;
}

void nct_strata_sort(struct nct_strata *s)
{
	if (s->n)
		qsort(s->list, s->n, sizeof(*s->list), compare);
	for (size_t i = 0; i < s->n; i++) {
		for (int m = 0; m < NCT_METRIC_COUNT; m++)
			nct_samples_sort(&s->list[i].samples[m]);
		nct_samples_sort(&s->list[i].at_least);
	}
}

void nct_strata_free(struct nct_strata *s)
{
	for (size_t i = 0; i < s->n; i++) {
		for (int m = 0; m < NCT_METRIC_COUNT; m++)
			nct_samples_free(&s->list[i].samples[m]);
		nct_samples_free(&s->list[i].at_least);
	}
	free(s->list);
	*s = (struct nct_strata) { .by = s->by };
}
