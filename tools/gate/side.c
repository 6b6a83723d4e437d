// SPDX-License-Identifier: GPL-2.0
#include "side.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int nct_side_times(struct nct_side *s, const struct nct_times *times, uint64_t resolution_ns)
{
	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : 64;
		struct nct_times *grown = realloc(s->times, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		s->times = grown;
		s->room = room;
	}
	s->times[s->n++] = *times;
	s->lossy += times->lossy;
	if (resolution_ns > s->resolution_ns)
		s->resolution_ns = resolution_ns;
	return 0;
}

static void judge(struct nct_side *s, const struct nct_recovery *rec)
{
	struct nct_finding finding;

	for (int rule = 0; rule < NCT_RULE_COUNT; rule++) {
		nct_audit(rec, (enum nct_rule)rule, &finding);
		s->fired[rule] += finding.verdict == NCT_VERDICT_FIRED;
	}
}

int nct_side_count(struct nct_side *s, const struct nct_recovery *rec, const char *host,
		   uint64_t resolution_ns)
{
	struct nct_times times;
	int rc;

	if (!nct_times_of(&times, rec, host, &s->left_out))
		return 0;
	rc = nct_side_times(s, &times, resolution_ns);
	return rc ? rc : nct_fingerprint_add_identity(&s->fingerprint, &rec->id);
}

int nct_side_recovery(struct nct_side *s, const struct nct_recovery *rec, const char *host,
		      uint64_t resolution_ns)
{
	judge(s, rec); /* a recovery that was cut off may have been unsafe all the same */
	return nct_side_count(s, rec, host, resolution_ns);
}

int nct_side_strata(const struct nct_side *s, unsigned int by, struct nct_strata *strata)
{
	int rc = 0;

	*strata = (struct nct_strata) { .by = by };
	for (size_t i = 0; !rc && i < s->n; i++)
		rc = nct_strata_add_times(strata, &s->times[i], s->resolution_ns);
	if (rc)
		nct_strata_free(strata);
	else
		nct_strata_sort(strata);
	return rc;
}

void nct_side_free(struct nct_side *s)
{
	free(s->times);
	nct_fingerprint_free(&s->fingerprint);
	memset(s, 0, sizeof(*s));
}
