// SPDX-License-Identifier: GPL-2.0
/* Each rule of the audit: fires, does not, cannot tell. */
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

static void span(struct sample *s, int i, enum nct_phase phase, uint64_t from_ms, uint64_t to_ms)
{
	s->spans[i] =
		(struct nct_span) { phase, s->rec.start_ns + from_ms * MS, (to_ms - from_ms) * MS };
	s->rec.total_ns[phase] = (to_ms - from_ms) * MS;
}

static void held(struct sample *s)
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
static void fenced(struct sample *s)
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

static enum nct_verdict judge(const struct sample *s, enum nct_rule rule)
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

static void both_samples_are_as_they_should_be(void **unused)
{
	struct sample s;

	(void)unused;
	for (int ccr = 0; ccr < 2; ccr++) {
		(ccr ? fenced : held)(&s);
		for (int rule = 0; rule < NCT_RULE_COUNT; rule++) {
			enum nct_verdict verdict = judge(&s, rule);

			assert_true(verdict == NCT_VERDICT_CLEAN || verdict == NCT_VERDICT_NONE);
		}
	}
}

static void early_retry(void **unused)
{
	struct sample s;

	(void)unused;
	fenced(&s);
	s.rec.io.first_release_ns = s.ccr[0].start_ns + s.ccr[0].duration_ns;
	expect(&s, EARLY_RETRY, CLEAN);
	s.rec.io.first_release_ns--;
	expect(&s, EARLY_RETRY, FIRED);
	assert_int_equal(finding.evidence[1].at_ns, s.rec.io.first_release_ns);
	s.rec.io.failed_over = 0; /* nothing was retried elsewhere */
	expect(&s, EARLY_RETRY, CLEAN);
	s.rec.io.cancelled = 8;
	expect(&s, EARLY_RETRY, CLEAN);
	s.rec.fence = NCT_FENCE_UNFENCED; /* dm-multipath may have retried them */
	expect(&s, EARLY_RETRY, UNKNOWN);
	s.rec.io.failed_over = NCT_NONE;
	expect(&s, EARLY_RETRY, UNKNOWN);
	fenced(&s);
	s.rec.io.first_release_ns = NCT_NONE;
	expect(&s, EARLY_RETRY, UNKNOWN);
	held(&s);
	s.rec.nspans = 2; /* more phases than are kept: where the hold ended is not known */
	expect(&s, EARLY_RETRY, UNKNOWN);
	expect(&s, SHORT_HOLD, UNKNOWN);
	held(&s);
	s.rec.io.first_release_ns = 7999 * MS;
	expect(&s, EARLY_RETRY, FIRED);
	s.rec.notes = NCT_NOTE_MISSED_BOUNDARY; /* of the hold, perhaps */
	expect(&s, EARLY_RETRY, UNKNOWN);
	s.rec.notes = 0;
	held(&s); /* half a hold is none */
	span(&s, 2, NCT_PHASE_HOLD, 1000, 4000);
	s.rec.io.first_release_ns = 5050 * MS;
	expect(&s, EARLY_RETRY, FIRED);
	held(&s);
	s.rec.fence = NCT_FENCE_UNKNOWN;
	expect(&s, EARLY_RETRY, UNKNOWN);
	s.rec.fence = NCT_FENCE_UNFENCED;
	expect(&s, EARLY_RETRY, FIRED);
	s.rec.io.first_release_ns = NCT_NONE; /* the host could not send any of them */
	expect(&s, EARLY_RETRY, UNKNOWN);
	s.rec.io.seen = false;
	expect(&s, EARLY_RETRY, UNKNOWN);
	strcpy(s.rec.id.transport, "pcie"); /* no other controller retries */
	expect(&s, EARLY_RETRY, NONE);
}

/* Over FC a request that times out is aborted before the controller leaves LIVE. */
static void the_request_that_timed_out(void **unused)
{
	struct sample s;

	(void)unused;
	held(&s);
	s.rec.trigger.reason = "io-timeout";
	s.rec.trigger.age_ns = 3600 * MS;
	s.rec.fence = NCT_FENCE_UNFENCED;
	s.rec.fence_reason = "fencing-not-attempted";
	s.rec.io.requests = s.rec.io.failed_over = s.rec.io.cancelled = 0;
	expect(&s, EARLY_RETRY, UNKNOWN);
	expect(&s, UNFENCED_CAPABLE, FIRED);
	s.rec.nccr = 0;
	expect(&s, NO_SOURCE, NONE); /* the driver does not fence: nobody was missing */
	s.rec.io.requests = 2;
	s.rec.io.oldest_ns = 2 * MS;
	expect(&s, EARLY_RETRY, UNKNOWN);
	s.rec.io.oldest_ns = 3600 * MS; /* it is among them */
	expect(&s, EARLY_RETRY, CLEAN);
	s.rec.io.requests = 0;
	s.rec.trigger.reason = "connection-lost";
	expect(&s, EARLY_RETRY, CLEAN);
	expect(&s, UNFENCED_CAPABLE, CLEAN);
}

static void unfenced_capable(void **unused)
{
	struct sample s;

	(void)unused;
	held(&s);
	s.rec.fence = NCT_FENCE_UNFENCED;
	expect(&s, UNFENCED_CAPABLE, FIRED);
	s.rec.io.requests = s.rec.io.failed_over = 0; /* as of discovery: no I/O queues */
	expect(&s, UNFENCED_CAPABLE, CLEAN);
	s.rec.io.requests = NCT_NONE;
	expect(&s, UNFENCED_CAPABLE, FIRED);
	s.rec.id.ccr = 0;
	expect(&s, UNFENCED_CAPABLE, FIRED);
	s.rec.id.cqt_ms = 0;
	expect(&s, UNFENCED_CAPABLE, NONE);
	s.rec.id.cqt_ms = NCT_UNKNOWN_INT; /* one of both is not enough to know */
	expect(&s, UNFENCED_CAPABLE, UNKNOWN);
	s.rec.id.ccr = 1;
	expect(&s, UNFENCED_CAPABLE, FIRED);
	s.rec.id.ccr = NCT_UNKNOWN_INT;
	s.rec.id.cqt_ms = NCT_UNKNOWN_INT;
	expect(&s, UNFENCED_CAPABLE, UNKNOWN);
	s.rec.id.ccr = 1;
	s.rec.fence = NCT_FENCE_UNKNOWN;
	expect(&s, UNFENCED_CAPABLE, UNKNOWN);
}

static void holds(void **unused)
{
	struct sample s;

	(void)unused;
	held(&s);
	span(&s, 2, NCT_PHASE_HOLD, 1000, 6990); /* one tick early */
	expect(&s, SHORT_HOLD, CLEAN);
	span(&s, 2, NCT_PHASE_HOLD, 1000, 6989);
	expect(&s, SHORT_HOLD, FIRED);
	s.rec.id.tbkas = 0; /* 2 x KATO is enough */
	expect(&s, SHORT_HOLD, CLEAN);
	expect(&s, LONG_HOLD, FIRED);
	s.rec.id.tbkas = NCT_UNKNOWN_INT;
	expect(&s, SHORT_HOLD, UNKNOWN);
	expect(&s, LONG_HOLD, UNKNOWN);
	held(&s);
	span(&s, 2, NCT_PHASE_HOLD, 1000, 7875);
	expect(&s, LONG_HOLD, CLEAN);
	span(&s, 2, NCT_PHASE_HOLD, 1000, 7876);
	expect(&s, LONG_HOLD, FIRED);
	s.rec.id.kato_ms = 500; /* an eighth of 2.5 s is less than half a second */
	span(&s, 2, NCT_PHASE_HOLD, 1000, 3000);
	expect(&s, LONG_HOLD, CLEAN);
	span(&s, 2, NCT_PHASE_HOLD, 1000, 3001);
	expect(&s, LONG_HOLD, FIRED);
	s.rec.notes = NCT_NOTE_MISSED_BOUNDARY; /* it may have been shorter */
	expect(&s, LONG_HOLD, UNKNOWN);
	s.rec.notes = NCT_NOTE_CUT_SHORT; /* in the backoff: the hold was over */
	expect(&s, LONG_HOLD, FIRED);
	s.rec.nspans = 3; /* in the hold */
	expect(&s, LONG_HOLD, UNKNOWN);
	expect(&s, SHORT_HOLD, UNKNOWN);
	held(&s);
	span(&s, 2, NCT_PHASE_HOLD, 1000, 3000);
	s.rec.nspans = 3;
	s.rec.end = NCT_END_REMOVED; /* which released the requests */
	expect(&s, SHORT_HOLD, FIRED);
	s.rec.notes = NCT_NOTE_STARTED_BEFORE;
	expect(&s, SHORT_HOLD, UNKNOWN);
	s.rec.id.cqt_ms = 0;
	expect(&s, SHORT_HOLD, NONE);
}

static void what_happens_while_held(void **unused)
{
	struct sample s;

	(void)unused;
	held(&s);
	s.rec.intruder_ns = 3000 * MS;
	strcpy(s.rec.intruder_site, "nvme_sysfs_reset");
	s.rec.keep_alives = 2;
	s.rec.keep_alive_ns = 2000 * MS;
	expect(&s, RESET_DURING_FENCING, FIRED);
	assert_non_null(strstr(finding.message, "nvme_sysfs_reset"));
	expect(&s, KEEPALIVE_IN_RECOVERY, FIRED);
	s.rec.dialect = NCT_DIALECT_BASELINE; /* holds nothing */
	expect(&s, RESET_DURING_FENCING, NONE);
	expect(&s, KEEPALIVE_IN_RECOVERY, NONE);
	held(&s);
	s.rec.io.seen = false;
	s.rec.trigger.site[0] = '\0';
	expect(&s, RESET_DURING_FENCING, UNKNOWN);
	expect(&s, KEEPALIVE_IN_RECOVERY, UNKNOWN);
	held(&s);
	s.rec.notes = NCT_NOTE_CUT_SHORT;
	expect(&s, RESET_DURING_FENCING, CLEAN); /* fencing was over */
	expect(&s, KEEPALIVE_IN_RECOVERY, CLEAN);
	s.rec.nspans = 3;
	expect(&s, RESET_DURING_FENCING, UNKNOWN);
	expect(&s, KEEPALIVE_IN_RECOVERY, UNKNOWN);
	held(&s);
	s.rec.notes = NCT_NOTE_STARTED_BEFORE;
	expect(&s, KEEPALIVE_IN_RECOVERY, UNKNOWN);
}

/* What came before the observation, or would have come after it. */
static void attempts_not_seen(void **unused)
{
	struct sample s;

	(void)unused;
	held(&s);
	s.rec.nspans = 3;
	s.rec.notes = NCT_NOTE_CUT_SHORT;
	expect(&s, CCR_GAVE_UP_EARLY, UNKNOWN);
	held(&s);
	s.ccr[0].result = NCT_CCR_UNKNOWN;
	expect(&s, CCR_GAVE_UP_EARLY, UNKNOWN);
	s.rec.nccr = 0;
	s.rec.notes = NCT_NOTE_STARTED_BEFORE;
	expect(&s, CCR_GAVE_UP_EARLY, UNKNOWN);
	expect(&s, CCR_OVER_LIMIT, UNKNOWN);
	expect(&s, NO_SOURCE, UNKNOWN);
	s.rec.notes = NCT_NOTE_LOSSY;
	expect(&s, CCR_OVER_LIMIT, UNKNOWN);
	s.rec.dialect = NCT_DIALECT_BASELINE; /* has no CCR to miss */
	expect(&s, CCR_OVER_LIMIT, NONE);
}

static void attempts(void **unused)
{
	struct sample s;

	(void)unused;
	held(&s);
	s.ccr[0].late_ns = 500 * MS; /* 2.5 s on the clock; the hold ends at 8 s */
	expect(&s, CCR_GAVE_UP_EARLY, FIRED);
	assert_non_null(strstr(finding.message, "5.500 s"));
	s.ccr[0].late_ns = 0;
	s.rec.io.seen = false;
	expect(&s, CCR_GAVE_UP_EARLY, UNKNOWN);
	s.ccr[0].result = NCT_CCR_REJECTED;
	s.ccr[0].status = 0x4141; /* do not retry */
	expect(&s, CCR_GAVE_UP_EARLY, CLEAN);
	expect(&s, CCR_OVER_LIMIT, FIRED);
	s.ccr[0].status = 0x413f;
	expect(&s, CCR_OVER_LIMIT, CLEAN);
	s.ccr[0].status = -110;
	expect(&s, CCR_OVER_LIMIT, CLEAN);
	s.ccr[0].status = NCT_UNKNOWN_INT;
	expect(&s, CCR_OVER_LIMIT, UNKNOWN);
	s.rec.nccr = 0;
	expect(&s, CCR_OVER_LIMIT, NONE);
	expect(&s, CCR_GAVE_UP_EARLY, NONE);
	expect(&s, NO_SOURCE, FIRED); /* it has CCR, and nobody was asked */
	s.rec.id.ccr = NCT_UNKNOWN_INT;
	expect(&s, NO_SOURCE, UNKNOWN);
	strcpy(s.rec.hold_reason, "no-source");
	expect(&s, NO_SOURCE, FIRED);
	strcpy(s.rec.hold_reason, "no-credit");
	expect(&s, NO_SOURCE, FIRED);
	s.rec.hold_reason[0] = '\0';
	s.rec.id.ccr = 0;
	expect(&s, NO_SOURCE, NONE);
}

static void reconnecting(void **unused)
{
	struct sample s;

	(void)unused;
	held(&s);
	s.rec.duration_ns = (7100 + 61000 + 3050) * MS;
	expect(&s, STUCK, CLEAN);
	s.rec.duration_ns++;
	expect(&s, STUCK, FIRED);
	s.rec.id.ctrl_loss_tmo_ms = NCT_UNKNOWN_INT;
	expect(&s, STUCK, UNKNOWN);
	s.rec.id.ctrl_loss_tmo_ms = -1;
	expect(&s, STUCK, NONE);
	s.rec.total_ns[NCT_PHASE_BACKOFF] = 4500 * MS;
	expect(&s, RECONNECT_DOMINATES, CLEAN);
	s.rec.total_ns[NCT_PHASE_BACKOFF]++;
	expect(&s, RECONNECT_DOMINATES, FIRED);
	s.rec.end = NCT_END_REMOVED;
	expect(&s, RECONNECT_DOMINATES, NONE);
	s.rec.end = NCT_END_INCOMPLETE;
	expect(&s, RECONNECT_DOMINATES, UNKNOWN);
}

static void not_back_when_the_observation_ends(void **unused)
{
	struct sample s;

	(void)unused;
	held(&s);
	s.rec.end = NCT_END_INCOMPLETE;
	expect(&s, STUCK, UNKNOWN); /* not yet */
	s.rec.duration_ns = (7100 + 61000 + 3051) * MS;
	expect(&s, STUCK, FIRED);
	s.rec.nspans = 3; /* it never came to reconnecting, for so long had it to be held */
	expect(&s, STUCK, UNKNOWN);
	s.rec.end = NCT_END_REMOVED;
	expect(&s, STUCK, NONE);
	held(&s);
	s.rec.nspans = 4; /* the teardown hangs */
	s.rec.end = NCT_END_INCOMPLETE;
	s.rec.duration_ns = (7000 + 61000 + 3050) * MS;
	expect(&s, STUCK, UNKNOWN);
	s.rec.duration_ns++;
	expect(&s, STUCK, FIRED);
	s.rec.nspans = 1; /* the work does not even start */
	expect(&s, STUCK, FIRED);
	s.rec.notes = NCT_NOTE_STARTED_BEFORE;
	expect(&s, STUCK, UNKNOWN);
	held(&s);
	s.rec.end = NCT_END_REMOVED; /* in time */
	expect(&s, STUCK, CLEAN);
}

/* What was lost may be what would have fired. */
static void losses(void **unused)
{
	struct sample s;

	(void)unused;
	fenced(&s);
	s.rec.notes = NCT_NOTE_LOSSY;
	expect(&s, LOSSY, FIRED);
	expect(&s, EARLY_RETRY, UNKNOWN);
	s.rec.io.first_release_ns = s.rec.start_ns;
	expect(&s, EARLY_RETRY, FIRED);
	s.rec.kind = NCT_KIND_RESET;
	expect(&s, EARLY_RETRY, NONE);
	expect(&s, LOSSY, FIRED);
}

static void ids_are_stable(void **unused)
{
	static const char *const ids[] = { "early-retry",
					   "unfenced-capable",
					   "short-hold",
					   "reset-during-fencing",
					   "keepalive-in-recovery",
					   "long-hold",
					   "ccr-gave-up-early",
					   "ccr-over-limit",
					   "no-source",
					   "stuck",
					   "reconnect-dominates",
					   "lossy" };

	(void)unused;
	assert_int_equal(sizeof(ids) / sizeof(ids[0]), NCT_RULE_COUNT);
	for (int i = 0; i < NCT_RULE_COUNT; i++) {
		assert_string_equal(nct_rules[i].id, ids[i]);
		assert_non_null(nct_rules[i].summary);
	}
}

/* KATO 0, CQT 0, or one of them not told: a hold of any length proves nothing. */
static void early_retry_cannot_trust_a_hold_without_a_length(void **state)
{
	struct nct_finding f;
	struct sample s;

	(void)state;
	for (int i = 0; i < 4; i++) {
		held(&s);
		nct_audit(&s.rec, NCT_RULE_EARLY_RETRY, &f);
		assert_int_equal(f.verdict, NCT_VERDICT_CLEAN);
		*(i < 2 ? &s.rec.id.kato_ms : &s.rec.id.cqt_ms) = i % 2 ? 0 : NCT_UNKNOWN_INT;
		nct_audit(&s.rec, NCT_RULE_EARLY_RETRY, &f);
		assert_int_equal(f.verdict, NCT_VERDICT_UNKNOWN);
	}
}

/* What becomes of its requests after that is counted nowhere. */
static void early_retry_cannot_tell_of_a_deleted_one(void **state)
{
	struct nct_finding f;
	struct sample s;

	(void)state;
	held(&s);
	s.rec.io.failed_over = 0;
	s.rec.end = NCT_END_REMOVED;
	nct_audit(&s.rec, NCT_RULE_EARLY_RETRY, &f);
	assert_int_equal(f.verdict, NCT_VERDICT_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(early_retry_cannot_trust_a_hold_without_a_length),
		cmocka_unit_test(early_retry_cannot_tell_of_a_deleted_one),
		cmocka_unit_test(both_samples_are_as_they_should_be),
		cmocka_unit_test(the_request_that_timed_out),
		cmocka_unit_test(early_retry),
		cmocka_unit_test(unfenced_capable),
		cmocka_unit_test(holds),
		cmocka_unit_test(what_happens_while_held),
		cmocka_unit_test(attempts),
		cmocka_unit_test(attempts_not_seen),
		cmocka_unit_test(reconnecting),
		cmocka_unit_test(not_back_when_the_observation_ends),
		cmocka_unit_test(losses),
		cmocka_unit_test(ids_are_stable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
