// SPDX-License-Identifier: GPL-2.0
/* The block of one recovery, against golden texts, and the words it is made of. */
#include "view_fixture.h"

#include "../../tools/view/fencing.h"
#include "../../tools/view/text.h"
#include "../../tools/view/timeline.h"

static const struct nct_style ascii = { .width = 80 };

static void check_style(const struct nct_recovery *rec, const struct nct_style *style,
			const char *name)
{
	struct nct_text t = { 0 };

	nct_timeline_block(&t, style, rec, &anchor);
	assert_false(t.failed);
	assert_golden(t.buf, name);
	nct_text_free(&t);
}

static void check(const struct nct_recovery *rec, const char *name)
{
	check_style(rec, &ascii, name);
}

static const struct span_spec one_attempt[] = {
	{ NCT_PHASE_QUEUE, 120 * US },
	{ NCT_PHASE_TEARDOWN, 42 * MS },
	{ NCT_PHASE_BACKOFF, 10 * SEC },
	{ NCT_PHASE_CONNECT, 270 * MS },
};

static void plain(void **state)
{
	struct nct_span spans[MAX_SPANS];
	struct nct_recovery rec = plain_recovery();
	struct nct_style wide = { .color = true, .unicode = true, .width = 120 };

	(void)state;
	add_spans(&rec, spans, one_attempt, 4);
	end_live(&rec);
	check(&rec, "plain.txt");
	check_style(&rec, &wide, "plain-color.txt");
}

static void failing_attempts(void **state)
{
	struct nct_span spans[MAX_SPANS];
	struct nct_recovery rec = plain_recovery();

	(void)state;
	add_spans(&rec, spans, one_attempt, 4);
	add_spans(&rec, spans, one_attempt + 2, 2);
	rec.last_status = -111;
	rec.trigger = (struct nct_trigger) { "keep-alive-timeout", "nvme_tcp_timeout", 0x18, 0 };
	end_live(&rec);
	check(&rec, "failing.txt");
}

/* count failed attempts after the first backoff. */
static void add_outage(struct nct_recovery *rec, struct nct_span *spans, int count)
{
	add_spans(rec, spans, one_attempt, 2);
	for (int i = 0; i < count; i++) {
		add_span(rec, spans, NCT_PHASE_BACKOFF, 10 * SEC);
		add_span(rec, spans, NCT_PHASE_CONNECT, 3 * MS);
	}
	rec->last_status = -110;
}

static void removal(void **state)
{
	struct nct_span spans[MAX_SPANS];
	struct nct_recovery rec = plain_recovery();

	(void)state;
	add_outage(&rec, spans, 60);
	rec.end = NCT_END_REMOVED;
	rec.end_reason = "reconnect-limit";
	snprintf(rec.end_site, sizeof(rec.end_site), "nvme_tcp_reconnect_or_remove");
	check(&rec, "removal.txt");
}

static void folded_outage(void **state)
{
	struct nct_span spans[MAX_SPANS];
	struct nct_recovery rec = plain_recovery();

	(void)state;
	rec.id.max_reconnects = -1;
	rec.id.ctrl_loss_tmo_ms = -1;
	add_outage(&rec, spans, 100);
	end_live(&rec);
	check(&rec, "long-outage.txt");
}

static void incomplete(void **state)
{
	struct nct_span spans[MAX_SPANS];
	struct nct_recovery rec = plain_recovery();

	(void)state;
	rec.trigger = (struct nct_trigger) { .opcode = NCT_OPCODE_UNKNOWN };
	rec.id.cntlid = NCT_UNKNOWN_INT;
	rec.id.transport[0] = rec.id.address[0] = rec.id.subsystem[0] = '\0';
	rec.time_to_retry_ns = NCT_NONE;
	rec.fence = NCT_FENCE_UNKNOWN;
	rec.fence_reason = NULL;
	add_span(&rec, spans, NCT_PHASE_BACKOFF, 700 * MS);
	add_span(&rec, spans, NCT_PHASE_CONNECT, 3 * MS);
	rec.end = NCT_END_INCOMPLETE;
	rec.end_reason = "observation-ended";
	rec.notes = NCT_NOTE_STARTED_BEFORE | NCT_NOTE_CUT_SHORT | NCT_NOTE_LOSSY;
	check(&rec, "incomplete.txt");
}

static void user_reset(void **state)
{
	static const struct span_spec reset[] = {
		{ NCT_PHASE_QUEUE, 100 * US },
		{ NCT_PHASE_TEARDOWN, 40 * MS },
		{ NCT_PHASE_CONNECT, 200 * MS },
	};
	struct nct_span spans[MAX_SPANS];
	struct nct_recovery rec = plain_recovery();

	(void)state;
	rec.kind = NCT_KIND_RESET;
	rec.fence = NCT_FENCE_UNKNOWN;
	rec.fence_reason = NULL;
	rec.trigger =
		(struct nct_trigger) { "user-reset", "nvme_sysfs_reset", NCT_OPCODE_UNKNOWN, 0 };
	add_spans(&rec, spans, reset, 3);
	end_live(&rec);
	check(&rec, "user-reset.txt");
}

static void fenced(void **state)
{
	static const struct span_spec phases[] = {
		{ NCT_PHASE_QUEUE, 120 * US },	 { NCT_PHASE_CCR, 4 * SEC },
		{ NCT_PHASE_HOLD, 11 * SEC },	 { NCT_PHASE_TEARDOWN, 42 * MS },
		{ NCT_PHASE_BACKOFF, 10 * SEC }, { NCT_PHASE_CONNECT, 270 * MS },
	};
	struct nct_ccr_attempt ccr[] = {
		ccr_attempt(0, 3 * MS, 3 * MS, 0x4141, NCT_CCR_REJECTED),
		ccr_attempt(3, 4 * SEC - 3 * MS, 2 * MS, -110, NCT_CCR_TIMEOUT),
	};
	struct nct_span spans[MAX_SPANS];
	struct nct_recovery rec = plain_recovery();

	(void)state;
	rec.dialect = NCT_DIALECT_RECOVERING;
	rec.fence = NCT_FENCE_HOLD;
	rec.fence_reason = "ccr-timeout";
	rec.id.cqt_ms = 5000;
	rec.ccr = ccr;
	rec.nccr = 2;
	rec.has_hold = true;
	rec.hold_requested_ms = 11000;
	snprintf(rec.hold_reason, sizeof(rec.hold_reason), "ccr-timeout");
	rec.time_to_retry_ns = 15041 * MS;
	add_spans(&rec, spans, phases, 6);
	end_live(&rec);
	check(&rec, "fenced.txt");
}

static void assert_attempt(const struct nct_ccr_attempt a, const char *expected)
{
	struct nct_text t = { 0 };

	nct_fencing_attempt(&t, &a);
	assert_string_equal(t.buf, expected);
	nct_text_free(&t);
}

static void attempts(void **state)
{
	struct nct_ccr_attempt a = ccr_attempt(3, 49 * MS, 8 * MS, 0, NCT_CCR_SUCCESS);

	(void)state;
	assert_attempt(a, "by nvme3: success after 49.0 ms (command 8.00 ms, then waited 41.0 ms)");
	a.immediate = 1;
	assert_attempt(a, "by nvme3: success after 49.0 ms (command 8.00 ms, reset at once)");
	a.command_ns = NCT_NONE;
	a.source = NCT_UNKNOWN_INT;
	assert_attempt(a, "success after 49.0 ms");
	assert_attempt(ccr_attempt(0, 9 * MS, NCT_NONE, -67, NCT_CCR_FAILED),
		       "by nvme0: failed after 9.00 ms: the source failed itself, "
		       "Link has been severed (-67)");
	assert_attempt(ccr_attempt(0, 9 * MS, 1 * MS, -121, NCT_CCR_FAILED),
		       "by nvme0: failed after 9.00 ms (command 1.00 ms, then waited 8.00 ms): "
		       "the source could not reset it, Remote I/O error (-121)");
	assert_attempt(ccr_attempt(0, 9 * MS, 1 * MS, 0x4002, NCT_CCR_REJECTED),
		       "by nvme0: rejected after 9.00 ms (command 1.00 ms): "
		       "NVMe status 0h/02h, do not retry");
	assert_attempt(ccr_attempt(0, 9 * MS, NCT_NONE, NCT_UNKNOWN_INT, NCT_CCR_UNKNOWN),
		       "by nvme0: result not seen after 9.00 ms");
}

static void durations(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
		{ 0, "0 ns" },		 { 999, "999 ns" },	     { 1000, "1.00 us" },
		{ 12345, "12.3 us" },	 { 999999, "999 us" },	     { 41 * MS, "41.0 ms" },
		{ 999999999, "999 ms" }, { 1312 * MS, "1.312 s" },   { 60 * SEC - 1, "59.999 s" },
		{ 130 * SEC, "2m10s" },	 { 3723 * SEC, "1h02m03s" }, { NCT_NONE, "not seen" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(nct_duration(cases[i].ns).s, cases[i].text);
}

static void words(void **state)
{
	(void)state;
	assert_string_equal(nct_config_ms(5000).s, "5 s");
	assert_string_equal(nct_config_ms(1500).s, "1500 ms");
	assert_string_equal(nct_config_ms(-1).s, "unlimited");
	assert_string_equal(nct_config_ms(NCT_UNKNOWN_INT).s, "?");
	assert_string_equal(nct_status(-111).s, "Connection refused (-111)");
	assert_string_equal(nct_status(0x4182).s, "NVMe status 1h/82h, do not retry");
	assert_string_equal(nct_status(NCT_UNKNOWN_INT).s, "status not known");
	assert_string_equal(nct_plain("a\033[2Jb\xc3").s, "a?[2Jb?");
	assert_string_equal(nct_plain("").s, "?");
	assert_string_equal(nct_short_address("traddr=::1,trsvcid=4420,src_addr=::1").s,
			    "[::1]:4420");
	assert_string_equal(nct_short_address("traddr=10.0.0.1,trsvcid=4420").s, "10.0.0.1:4420");
	assert_string_equal(nct_short_address("0000:01:00.0").s, "0000:01:00.0");
	assert_string_equal(nct_short_address("").s, "?");
	assert_string_equal(nct_time_of_day(NULL, 12345678999).s, "[   12.345678]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain),      cmocka_unit_test(failing_attempts),
		cmocka_unit_test(removal),    cmocka_unit_test(folded_outage),
		cmocka_unit_test(incomplete), cmocka_unit_test(user_reset),
		cmocka_unit_test(fenced),     cmocka_unit_test(attempts),
		cmocka_unit_test(durations),  cmocka_unit_test(words),
	};

	fixed_time_zone();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
