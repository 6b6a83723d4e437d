/* SPDX-License-Identifier: GPL-2.0 */
/* Recoveries for the rules of the audit to judge. */
#ifndef TESTS_UNIT_AUDIT_FIXTURE_H
#define TESTS_UNIT_AUDIT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../tools/recovery/audit.h"

#define MS 1000000ull

/* A hold of 7 s by KATO 2 s and CQT 1 s, requests released 50 ms later, LIVE after 9 s. */
struct sample {
	struct nct_recovery rec;
	struct nct_span spans[5];
	struct nct_ccr_attempt ccr[1];
};

static inline void span(struct sample *s, int i, enum nct_phase phase, uint64_t from_ms,
			uint64_t to_ms)
{
	s->spans[i] =
		(struct nct_span) { phase, s->rec.start_ns + from_ms * MS, (to_ms - from_ms) * MS };
	s->rec.total_ns[phase] = (to_ms - from_ms) * MS;
}

static inline void held(struct sample *s)
{
	memset(s, 0, sizeof(*s));
	s->rec = (struct nct_recovery) {
		.kind = NCT_KIND_RECOVERY,
		.dialect = NCT_DIALECT_RECOVERING,
		.id = { .instance = 1,
			.transport = "tcp",
			.kato_ms = 2000,
			.cqt_ms = 1000,
			.ccr = 1,
			.tbkas = 1,
			.reconnect_delay_ms = 1000,
			.ctrl_loss_tmo_ms = 60000 },
		.trigger = { .site = "nvme_tcp_timeout" },
		.start_ns = 1000 * MS,
		.duration_ns = 9000 * MS,
		.time_to_live_ns = 9000 * MS,
		.spans = s->spans,
		.nspans = 5,
		.ccr = s->ccr,
		.nccr = 1,
		.has_hold = true,
		.hold_requested_ms = 6000,
		.hold_reason = "ccr-timeout",
		.fence = NCT_FENCE_HOLD,
		.fence_reason = "ccr-timeout",
		.end = NCT_END_LIVE,
		.io = { .seen = true,
			.requests = 8,
			.reads = 3,
			.writes = 5,
			.failed_over = 8,
			.first_release_ns = 8050 * MS,
			.last_release_ns = 8060 * MS },
	};
	s->ccr[0] = (struct nct_ccr_attempt) { .source = 2,
					       .start_ns = 1010 * MS,
					       .duration_ns = 990 * MS,
					       .status = 0,
					       .result = NCT_CCR_TIMEOUT };
	span(s, 0, NCT_PHASE_QUEUE, 0, 10);
	span(s, 1, NCT_PHASE_CCR, 10, 1000);
	span(s, 2, NCT_PHASE_HOLD, 1000, 7000);
	span(s, 3, NCT_PHASE_TEARDOWN, 7000, 7100);
	span(s, 4, NCT_PHASE_BACKOFF, 7100, 9000);
}

/* Saved by a CCR that took 90 ms. */
static inline void fenced(struct sample *s)
{
	held(s);
	s->rec.has_hold = false;
	s->rec.hold_reason[0] = '\0';
	s->rec.fence = NCT_FENCE_CCR;
	s->rec.fence_reason = NULL;
	s->ccr[0].duration_ns = 90 * MS;
	s->ccr[0].result = NCT_CCR_SUCCESS;
	s->rec.io.first_release_ns = 1150 * MS;
	span(s, 1, NCT_PHASE_CCR, 10, 100);
	span(s, 2, NCT_PHASE_TEARDOWN, 100, 200);
	span(s, 3, NCT_PHASE_BACKOFF, 200, 1200);
	span(s, 4, NCT_PHASE_CONNECT, 1200, 9000);
}

static struct nct_finding finding;

static inline enum nct_verdict judge(const struct sample *s, enum nct_rule rule)
{
	nct_audit(&s->rec, rule, &finding);
	if (finding.verdict == NCT_VERDICT_FIRED || finding.verdict == NCT_VERDICT_UNKNOWN)
		assert_true(finding.message[0]);
	if (finding.verdict == NCT_VERDICT_FIRED)
		assert_true(finding.nevidence > 0);
	return finding.verdict;
}

#define expect(s, rule, verdict)                                                                   \
	assert_int_equal(judge((s), NCT_RULE_##rule), NCT_VERDICT_##verdict)

#endif
