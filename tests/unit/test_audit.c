// SPDX-License-Identifier: GPL-2.0
/* The rules of the audit: was it safe? Each fires, does not, cannot tell. */
#include "audit_fixture.h"

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
	s.rec.io.cancelled = 8; /* dm-multipath may have retried them */
	expect(&s, EARLY_RETRY, UNKNOWN);
	s.rec.io.first_release_ns++; /* not before that was safe */
	expect(&s, EARLY_RETRY, CLEAN);
	s.rec.fence = NCT_FENCE_UNFENCED;
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
	s.rec.io.completed_late = NCT_NONE;
	s.rec.end = NCT_END_REMOVED;
	nct_audit(&s.rec, NCT_RULE_EARLY_RETRY, &f);
	assert_int_equal(f.verdict, NCT_VERDICT_UNKNOWN);
	expect(&s, UNFENCED_CAPABLE, CLEAN);
	s.rec.fence = NCT_FENCE_UNFENCED;
	expect(&s, UNFENCED_CAPABLE, UNKNOWN);
	s.rec.io.completed_late = 8; /* after the teardown: the rest was answered */
	expect(&s, EARLY_RETRY, CLEAN);
	expect(&s, UNFENCED_CAPABLE, CLEAN);
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
	s.rec.hold_reason[0] = '\0';
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
	s.rec.io.requests = s.rec.io.failed_over = 0;
	expect(&s, UNFENCED_CAPABLE, CLEAN);
	s.rec.io.requests = NCT_NONE;
	expect(&s, UNFENCED_CAPABLE, UNKNOWN);
	s.rec.io.cancelled = 2; /* by who made them they are retried all the same */
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
	s.rec.leaver_unknown = true; /* who began it was told, who ended it was not */
	expect(&s, RESET_DURING_FENCING, UNKNOWN);
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

/* Without them there is no evidence that anything was retried. */
static void unfenced_capable_needs_to_have_seen_requests(void **unused)
{
	struct sample s;

	(void)unused;
	held(&s);
	s.rec.fence = NCT_FENCE_UNFENCED;
	s.rec.io.failed_over = s.rec.io.cancelled = NCT_NONE; /* the observation ended before */
	expect(&s, UNFENCED_CAPABLE, UNKNOWN);
	assert_non_null(strstr(finding.message, "became of"));
	expect(&s, EARLY_RETRY, UNKNOWN);
	assert_non_null(strstr(finding.message, "became of"));
	s.rec.io.seen = false; /* --io off */
	expect(&s, UNFENCED_CAPABLE, UNKNOWN);
	assert_non_null(strstr(finding.message, "not watched"));
	strcpy(s.rec.id.subsystem, "nqn.2014-08.org.nvmexpress.discovery"); /* has no I/O queues */
	expect(&s, UNFENCED_CAPABLE, CLEAN);
	expect(&s, EARLY_RETRY, CLEAN);
}

static void reads_alone_do_no_harm(void **unused)
{
	struct sample s;

	(void)unused;
	held(&s);
	s.rec.fence = NCT_FENCE_UNFENCED;
	expect(&s, EARLY_RETRY, FIRED);
	assert_non_null(strstr(finding.message, "5 writes in flight"));
	s.rec.io.reads = 8;
	s.rec.io.writes = 0;
	expect(&s, EARLY_RETRY, CLEAN);
	expect(&s, UNFENCED_CAPABLE, FIRED); /* the kernel did not do what it can */
	s.rec.io.reads = 0;		     /* flushes */
	expect(&s, EARLY_RETRY, CLEAN);
	s.rec.io.partial = true;
	expect(&s, EARLY_RETRY, FIRED);
	assert_non_null(strstr(finding.message, "how many were writes is not known"));
	s.rec.io.partial = false;
	s.rec.io.reads = 8;
	s.rec.trigger.reason = "io-timeout"; /* of one that is not among them */
	s.rec.trigger.age_ns = 3600 * MS;
	s.rec.io.oldest_ns = 2 * MS;
	expect(&s, EARLY_RETRY, FIRED);
	fenced(&s); /* a fence that was not waited for is a bug of the kernel, whatever was in
		       flight */
	s.rec.io.reads = 8;
	s.rec.io.first_release_ns = s.rec.start_ns + 1;
	expect(&s, EARLY_RETRY, FIRED);
}

/* Less than a millisecond is told as what it is. */
static void a_finding_is_never_of_nothing(void **unused)
{
	struct sample s;

	(void)unused;
	fenced(&s);
	s.rec.io.first_release_ns = s.ccr[0].start_ns + s.ccr[0].duration_ns - 12300;
	expect(&s, EARLY_RETRY, FIRED);
	assert_non_null(strstr(finding.message, " 12.3 us before"));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_samples_are_as_they_should_be),
		cmocka_unit_test(early_retry),
		cmocka_unit_test(early_retry_cannot_trust_a_hold_without_a_length),
		cmocka_unit_test(early_retry_cannot_tell_of_a_deleted_one),
		cmocka_unit_test(the_request_that_timed_out),
		cmocka_unit_test(unfenced_capable),
		cmocka_unit_test(unfenced_capable_needs_to_have_seen_requests),
		cmocka_unit_test(reads_alone_do_no_harm),
		cmocka_unit_test(a_finding_is_never_of_nothing),
		cmocka_unit_test(what_happens_while_held),
		cmocka_unit_test(losses),
		cmocka_unit_test(ids_are_stable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
