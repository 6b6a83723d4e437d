// SPDX-License-Identifier: GPL-2.0
/* The rules of the audit: was it as short as it could be? Each fires, does not, cannot tell. */
#include "audit_fixture.h"

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
	s.rec.nspans = 3; /* in the hold, which has been long enough so far */
	s.rec.duration_ns = 3000 * MS;
	expect(&s, LONG_HOLD, UNKNOWN);
	expect(&s, SHORT_HOLD, CLEAN);
	s.rec.duration_ns = 2000 * MS;
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
	expect(&s, NO_SOURCE, CLEAN); /* the reason of the hold tells of an attempt */
	s.rec.hold_reason[0] = '\0';
	s.rec.fence_reason = NULL;
	s.rec.notes = NCT_NOTE_STARTED_BEFORE;
	expect(&s, CCR_GAVE_UP_EARLY, UNKNOWN);
	expect(&s, CCR_OVER_LIMIT, UNKNOWN);
	expect(&s, NO_SOURCE, UNKNOWN);
	s.rec.notes = NCT_NOTE_LOSSY;
	expect(&s, NO_SOURCE, UNKNOWN);
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
	s.rec.hold_reason[0] = '\0';
	s.rec.fence_reason = NULL;
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
	s.rec.nspans = 3; /* it never came to reconnecting */
	expect(&s, STUCK, UNKNOWN);
	s.rec.end = NCT_END_REMOVED;
	expect(&s, STUCK, CLEAN);
	held(&s);
	s.rec.end = NCT_END_REMOVED; /* in time */
	expect(&s, STUCK, CLEAN);
}

/* A recovery that ends in this phase, which took so long; ms. */
static void hangs(struct sample *s, enum nct_phase phase, uint64_t ms)
{
	size_t i = 0;

	held(s);
	while (s->spans[i].phase != phase)
		i++;
	s->spans[i].duration_ns = ms * MS;
	s->rec.nspans = i + 1;
	s->rec.duration_ns = s->spans[i].start_ns - s->rec.start_ns + ms * MS;
	s->rec.end = NCT_END_INCOMPLETE;
	s->rec.notes = NCT_NOTE_CUT_SHORT;
	s->rec.time_to_live_ns = NCT_NONE;
}

static void what_hangs_before_it_reconnects(void **unused)
{
	/* ctrl_loss_tmo and reconnect_delay, and what KATO and CQT require; a twentieth more. */
	static const struct {
		enum nct_phase phase;
		uint64_t ms;
	} most[] = { { NCT_PHASE_QUEUE, 64050 },
		     { NCT_PHASE_CCR, 71400 },
		     { NCT_PHASE_HOLD, 71400 },
		     { NCT_PHASE_TEARDOWN, 64050 } };
	struct sample s;

	(void)unused;
	for (size_t i = 0; i < sizeof(most) / sizeof(most[0]); i++) {
		hangs(&s, most[i].phase, most[i].ms);
		expect(&s, STUCK, UNKNOWN);
		hangs(&s, most[i].phase, most[i].ms + 1);
		expect(&s, STUCK, FIRED);
		assert_non_null(strstr(finding.message, nct_phase_name(most[i].phase)));
		assert_non_null(strstr(finding.message, "so far"));
		s.rec.notes = NCT_NOTE_STARTED_BEFORE | NCT_NOTE_CUT_SHORT; /* that long at least */
		expect(&s, STUCK, FIRED);
	}
	s.rec.end = NCT_END_LIVE; /* it was over at last */
	s.rec.notes = 0;
	expect(&s, STUCK, FIRED);
	assert_null(strstr(finding.message, "so far"));
}

/* ctrl_loss_tmo -1 is about reconnecting; Linux gives up by itself after ten minutes else. */
static void what_hangs_without_a_limit(void **unused)
{
	struct sample s;

	(void)unused;
	hangs(&s, NCT_PHASE_TEARDOWN, 631051);
	s.rec.id.ctrl_loss_tmo_ms = NCT_UNKNOWN_INT;
	expect(&s, STUCK, UNKNOWN);
	s.rec.id.ctrl_loss_tmo_ms = -1;
	expect(&s, STUCK, FIRED);
	s.rec.notes |= NCT_NOTE_MISSED_BOUNDARY; /* it may be reconnecting */
	expect(&s, STUCK, UNKNOWN);
	hangs(&s, NCT_PHASE_TEARDOWN, 631050);
	s.rec.id.ctrl_loss_tmo_ms = -1;
	expect(&s, STUCK, UNKNOWN);
	s.rec.id.ctrl_loss_tmo_ms = NCT_UNKNOWN_INT;
	expect(&s, STUCK, UNKNOWN);
}

/* The clock of the hold starts with the failure: CCR is no reason to be late. */
static void what_is_held_for_too_long_so_far(void **unused)
{
	static const enum nct_phase phases[] = { NCT_PHASE_CCR, NCT_PHASE_HOLD };
	struct sample s;

	(void)unused;
	for (size_t i = 0; i < 2; i++) {
		hangs(&s, phases[i], 3600000);
		s.rec.has_hold = phases[i] == NCT_PHASE_HOLD;
		s.rec.fence = NCT_FENCE_UNKNOWN;
		s.rec.fence_reason = NULL;
		expect(&s, LONG_HOLD, FIRED);
		assert_non_null(strstr(finding.message, "still held"));
		expect(&s, SHORT_HOLD, CLEAN);
		s.rec.id.kato_ms = NCT_UNKNOWN_INT;
		expect(&s, LONG_HOLD, UNKNOWN);
		s.rec.id.kato_ms = 0;
		expect(&s, LONG_HOLD, NONE);
	}
	hangs(&s, NCT_PHASE_QUEUE, 3600000); /* not held by CCR nor by time */
	s.rec.has_hold = false;
	expect(&s, LONG_HOLD, NONE);
}

/* The kernel's log tells the source at the end of an attempt only. */
static void a_source_that_was_not_told(void **unused)
{
	struct sample s;

	(void)unused;
	held(&s);
	s.ccr[0].source = NCT_UNKNOWN_INT;
	s.ccr[0].late_ns = 500 * MS;
	expect(&s, CCR_GAVE_UP_EARLY, FIRED);
	assert_non_null(strstr(finding.message, "a source completed"));
	s.ccr[0].late_ns = 0;
	s.ccr[0].status = 0x4141;
	expect(&s, CCR_OVER_LIMIT, FIRED);
	assert_non_null(strstr(finding.message, "a source refused"));
}

/* Attempts to connect that failed unseen are no waits. */
static void waits_that_may_have_been_attempts(void **unused)
{
	struct sample s;

	(void)unused;
	held(&s);
	s.rec.notes = NCT_NOTE_MISSED_BOUNDARY;
	s.rec.total_ns[NCT_PHASE_BACKOFF] = 8000 * MS;
	s.rec.attempts = 5;
	expect(&s, RECONNECT_DOMINATES, FIRED); /* 5 s of them at least */
	assert_non_null(strstr(finding.message, "5.000 s of 9.000 s"));
	s.rec.attempts = 4;
	expect(&s, RECONNECT_DOMINATES, UNKNOWN);
	s.rec.attempts = 5;
	s.rec.id.reconnect_delay_ms = NCT_UNKNOWN_INT;
	expect(&s, RECONNECT_DOMINATES, UNKNOWN);
	s.rec.notes = 0;
	expect(&s, RECONNECT_DOMINATES, FIRED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds),
		cmocka_unit_test(attempts_not_seen),
		cmocka_unit_test(attempts),
		cmocka_unit_test(reconnecting),
		cmocka_unit_test(not_back_when_the_observation_ends),
		cmocka_unit_test(what_hangs_before_it_reconnects),
		cmocka_unit_test(what_hangs_without_a_limit),
		cmocka_unit_test(what_is_held_for_too_long_so_far),
		cmocka_unit_test(a_source_that_was_not_told),
		cmocka_unit_test(waits_that_may_have_been_attempts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
