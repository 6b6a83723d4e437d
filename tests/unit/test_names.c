// SPDX-License-Identifier: GPL-2.0
#include "stream.h"

static void states_by_all_their_names(void **unused)
{
	(void)unused;
	for (int i = NCT_STATE_NEW; i < NCT_STATE_COUNT; i++) {
		char prefixed[64];

		snprintf(prefixed, sizeof(prefixed), "NVME_CTRL_%s", nct_state_name(i));
		assert_int_equal(nct_state_from_name(nct_state_name(i)), i);
		assert_int_equal(nct_state_from_name(prefixed), i);
	}
	assert_int_equal(nct_state_from_name("NVME_CTRL_LIVE"), NCT_STATE_LIVE);
	assert_int_equal(nct_state_from_name("live"), NCT_STATE_LIVE);
	assert_int_equal(nct_state_from_name("deleting"), NCT_STATE_DELETING);
	assert_int_equal(nct_state_from_name("deleting (no IO)"), NCT_STATE_DELETING_NOIO);
	assert_int_equal(nct_state_from_name("DELETING_NOIO"), NCT_STATE_DELETING_NOIO);
	assert_int_equal(nct_state_from_name("fenced"), NCT_STATE_FENCED);
	assert_int_equal(nct_state_from_name("NVME_CTRL_RECOVERING"), NCT_STATE_RECOVERING);
}

static void unknown_states(void **unused)
{
	static const char *const names[] = { "",	"NVME_CTRL_", "live ",
					     "unknown", "LIVELY",     "NVME_CTRL_ADMIN_ONLY" };

	(void)unused;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(nct_state_from_name(names[i]), NCT_STATE_UNKNOWN);
	assert_int_equal(nct_state_from_name(NULL), NCT_STATE_UNKNOWN);
	assert_string_equal(nct_state_name(NCT_STATE_COUNT), "UNKNOWN");
	assert_string_equal(nct_state_name((enum nct_state) - 1), "UNKNOWN");
}

static void words_of_the_vocabulary(void **unused)
{
	static const char *const phases[] = { "queue",	  "ccr",     "hold",
					      "teardown", "backoff", "connect" };

	(void)unused;
	for (int i = NCT_PHASE_QUEUE; i < NCT_PHASE_COUNT; i++)
		assert_string_equal(nct_phase_name(i), phases[i - 1]);
	assert_string_equal(nct_kind_name(NCT_KIND_RECOVERY), "recovery");
	assert_string_equal(nct_kind_name(NCT_KIND_RESET), "reset");
	assert_string_equal(nct_kind_name(NCT_KIND_DELETE), "delete");
	assert_string_equal(nct_fence_name(NCT_FENCE_CCR), "ccr");
	assert_string_equal(nct_fence_name(NCT_FENCE_CCR_IMMEDIATE), "ccr-immediate");
	assert_string_equal(nct_fence_name(NCT_FENCE_HOLD), "hold");
	assert_string_equal(nct_fence_name(NCT_FENCE_UNFENCED), "unfenced");
	assert_null(nct_fence_name(NCT_FENCE_UNKNOWN));
	assert_string_equal(nct_end_name(NCT_END_LIVE), "live");
	assert_string_equal(nct_end_name(NCT_END_REMOVED), "removed");
	assert_string_equal(nct_end_name(NCT_END_INCOMPLETE), "incomplete");
	assert_string_equal(nct_ccr_result_name(NCT_CCR_TIMEOUT), "timeout");
	assert_string_equal(nct_ccr_result_name(NCT_CCR_REJECTED), "rejected");
	assert_string_equal(nct_dialect_name(NCT_DIALECT_FENCING), "fencing");
}

static void reasons_of_holds(void **unused)
{
	static const int32_t whys[] = {
		-95, -19, -16, -114, -67, -4, -110, -62, -121, 0x4141, -12
	};

	(void)unused;
	assert_string_equal(nct_hold_reason(-95), "ccr-not-supported");
	assert_string_equal(nct_hold_reason(-19), "no-source");
	assert_string_equal(nct_hold_reason(-110), "ccr-timeout");
	assert_string_equal(nct_hold_reason(-4), "source-lost");
	assert_string_equal(nct_hold_reason(0x13f), "ccr-rejected");
	assert_string_equal(nct_hold_reason(-12), "ccr-error");
	assert_string_equal(nct_hold_reason(0), "");
	assert_string_equal(nct_hold_reason(NCT_UNKNOWN_INT), "");
	for (size_t i = 0; i < sizeof(whys) / sizeof(whys[0]); i++)
		assert_string_equal(nct_hold_reason_known(nct_hold_reason(whys[i])),
				    nct_hold_reason(whys[i]));
	assert_null(nct_hold_reason_known(""));
	assert_null(nct_hold_reason_known("ccr-fail"));
}

static void names_are_never_null(void **unused)
{
	(void)unused;
	for (int i = -2; i < 100; i++) {
		assert_non_null(nct_state_name(i));
		assert_non_null(nct_phase_name(i));
		assert_non_null(nct_kind_name(i));
		assert_non_null(nct_end_name(i));
		assert_non_null(nct_ccr_result_name(i));
		assert_non_null(nct_dialect_name(i));
	}
}

static void dialects_of_states(void **unused)
{
	(void)unused;
	assert_int_equal(nct_dialect_of_state(NCT_STATE_RECOVERING), NCT_DIALECT_RECOVERING);
	assert_int_equal(nct_dialect_of_state(NCT_STATE_FENCING), NCT_DIALECT_FENCING);
	assert_int_equal(nct_dialect_of_state(NCT_STATE_FENCED), NCT_DIALECT_FENCING);
	assert_int_equal(nct_dialect_of_state(NCT_STATE_RESETTING), NCT_DIALECT_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_by_all_their_names), cmocka_unit_test(unknown_states),
		cmocka_unit_test(words_of_the_vocabulary),   cmocka_unit_test(names_are_never_null),
		cmocka_unit_test(dialects_of_states),	     cmocka_unit_test(reasons_of_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
