// SPDX-License-Identifier: GPL-2.0
/* How an audit is told: text of any width, and strings of any bytes in XML. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../tools/view/audit.h"
#include "../../tools/view/fencing.h"

static struct nct_finding findings[NCT_RULE_COUNT];
static struct nct_recovery rec;
static const struct nct_audited audited = { &rec, findings, "db1", NULL, NULL, 0 };

static int fresh(void **state)
{
	(void)state;
	memset(findings, 0, sizeof(findings));
	memset(&rec, 0, sizeof(rec));
	rec.kind = NCT_KIND_RECOVERY;
	rec.id.instance = 3;
	rec.start_ns = 5000000000;
	return 0;
}

static void fire(enum nct_rule rule, const char *message)
{
	findings[rule].verdict = NCT_VERDICT_FIRED;
	snprintf(findings[rule].message, sizeof(findings[rule].message), "%s", message);
	findings[rule].evidence[0] = (struct nct_evidence) { "left LIVE", rec.start_ns };
	findings[rule].evidence[1] =
		(struct nct_evidence) { "released", rec.start_ns + 1500000000 };
	findings[rule].nevidence = 2;
}

static void nothing_found_says_nothing(void **state)
{
	const struct nct_style style = { .width = 80 };
	struct nct_text t = { 0 };

	(void)state;
	findings[0].verdict = NCT_VERDICT_UNKNOWN;
	findings[1].verdict = NCT_VERDICT_CLEAN;
	nct_audit_text(&t, &style, &audited);
	assert_int_equal(t.len, 0);
	nct_text_free(&t);
}

static void a_finding_has_its_moments(void **state)
{
	const struct nct_style style = { .width = 40 };
	struct nct_text t = { 0 };

	(void)state;
	fire(NCT_RULE_EARLY_RETRY, "eight requests were retried, and nothing had made that safe");
	nct_audit_text(&t, &style, &audited);
	assert_non_null(strstr(t.buf, "nvme3 of db1 recovery"));
	assert_non_null(strstr(t.buf, "violation early-retry"));
	assert_non_null(strstr(t.buf, "+0          left LIVE"));
	assert_non_null(strstr(t.buf, "+1.500 s    released"));
	for (char *line = strtok(strstr(t.buf, "eight"), "\n"); line; line = strtok(NULL, "\n"))
		assert_true(strlen(line) <= 40);
	nct_text_free(&t);
}

/* Sites are names of the kernel, and in a recording anything. */
static void no_finding_steers_the_terminal(void **state)
{
	const struct nct_style style = { .width = 80 };
	struct nct_text t = { 0 };

	(void)state;
	fire(NCT_RULE_RESET_DURING_FENCING, "by x\x1b[2Jy\xff");
	strcpy(rec.id.subsystem, "nqn\x1b[1m");
	strcpy(rec.trigger.site, "site\x1b");
	nct_audit_text(&t, &style, &audited);
	assert_null(strchr(t.buf, 0x1b));
	assert_non_null(strstr(t.buf, "by x?[2Jy?"));
	nct_text_free(&t);
}

/* Recordings go over many days. */
static void the_day_is_told(void **state)
{
	const struct nct_anchor anchor = { 0, 0, 1795327843000000000ull };
	const struct nct_audited dated = { &rec, findings, "", &anchor, NULL, 0 };
	const struct nct_style style = { .width = 80 };
	struct nct_text t = { 0 };
	struct nct_junit j = { 0 };

	(void)state;
	fire(NCT_RULE_LONG_HOLD, "late");
	nct_audit_text(&t, &style, &dated);
	assert_non_null(strstr(t.buf, "2026-11-22T06:10:48.000000000Z"));
	nct_junit_add(&j, &dated);
	assert_non_null(strstr(j.cases.buf, "long-hold at 2026-11-22T06:10:48.000000000Z"));
	assert_non_null(strstr(j.cases.buf, "2026-11-22T06:10:49.500000000Z released"));
	nct_junit_free(&j);
	nct_text_free(&t);
}

/* Two logs without wall time may well begin at the same second. */
static void cases_of_two_files_have_two_names(void **state)
{
	struct nct_audited of = audited;
	struct nct_junit j = { 0 };

	(void)state;
	fire(NCT_RULE_LONG_HOLD, "late");
	of.file = "a.nct";
	nct_junit_add(&j, &of);
	of.file = "b.nct";
	nct_junit_add(&j, &of);
	assert_non_null(strstr(j.cases.buf, " in a.nct\""));
	assert_non_null(strstr(j.cases.buf, " in b.nct\""));
	nct_junit_free(&j);
}

static void what_cannot_be_told_is_listed_if_strict(void **state)
{
	const struct nct_style style = { .width = 80 };
	struct nct_audited strict = audited;
	struct nct_text t = { 0 };
	struct nct_junit j = { 0 };

	(void)state;
	strict.strict = 1u << NCT_RULE_EARLY_RETRY;
	findings[NCT_RULE_EARLY_RETRY].verdict = NCT_VERDICT_UNKNOWN;
	findings[NCT_RULE_STUCK].verdict = NCT_VERDICT_UNKNOWN;
	strcpy(findings[NCT_RULE_EARLY_RETRY].message, "not watched");
	nct_audit_text(&t, &style, &strict);
	assert_non_null(strstr(t.buf, "cannot tell early-retry\n        not watched\n"));
	assert_null(strstr(t.buf, "stuck"));
	nct_junit_add(&j, &strict);
	assert_int_equal(j.errors, 1);
	assert_int_equal(j.skipped, 1);
	assert_non_null(strstr(j.cases.buf, "<error message=\"not watched\"/>"));
	nct_junit_free(&j);
	nct_text_free(&t);
}

static void strict(void **state)
{
	struct nct_verdicts v = { .strict = true };
	struct nct_finding f[NCT_RULE_COUNT];

	(void)state;
	assert_int_equal(nct_verdicts_exit(&v), 4); /* there was nothing to judge */
	rec.dialect = NCT_DIALECT_BASELINE;
	strcpy(rec.id.transport, "tcp");
	rec.id.ctrl_loss_tmo_ms = 60000;
	rec.end = NCT_END_LIVE;
	rec.time_to_live_ns = rec.duration_ns = 1000000000;
	nct_verdicts_add(&v, &rec, f); /* requests were not watched */
	assert_int_equal(v.judged, 1);
	assert_int_equal(nct_verdicts_exit(&v), 4);
	v = (struct nct_verdicts) { .strict = true, .rules = 1u << NCT_RULE_STUCK };
	nct_verdicts_add(&v, &rec, f);
	assert_int_equal(nct_verdicts_exit(&v), 0);
	v.lost = 1;
	assert_int_equal(nct_verdicts_exit(&v), 5);
	v.lost = 0;
	rec.id.ctrl_loss_tmo_ms = NCT_UNKNOWN_INT; /* no violation, but it was chosen */
	nct_verdicts_add(&v, &rec, f);
	assert_int_equal(nct_verdicts_exit(&v), 4);
	v.strict = false;
	assert_int_equal(nct_verdicts_exit(&v), 0);
}

/* What is certain stays so, whatever was lost elsewhere. */
static void how_far_the_result_goes(void **state)
{
	const struct nct_style style = { .width = 80 };
	const struct {
		struct nct_verdicts v;
		const char *says;
	} cases[] = {
		{ { .lost = 1 }, "; events were lost: not to be trusted\n" },
		{ { .lost = 1, .trusted_violations = 1 },
		  "; events were lost: there may be more\n" },
		{ { .damaged = true }, "; not all could be read: not to be trusted\n" },
		{ { .damaged = true, .trusted_violations = 1 },
		  "; not all could be read: there may be more\n" },
		{ { .strict = true }, "; nothing could be judged\n" },
		{ { .strict = true, .judged = 1, .rule[0].unknown = 1 },
		  "; not all could be told\n" },
		{ { .strict = true, .judged = 1 }, " 0 infos\n" },
		{ { .rule[0].unknown = 1 }, " 0 infos\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nct_text t = { 0 };

		nct_audit_text_summary(&t, &style, &cases[i].v);
		assert_non_null(strstr(t.buf, cases[i].says));
		nct_text_free(&t);
	}
}

static void counts(void **state)
{
	struct nct_verdicts v = { 0 };
	struct nct_finding f[NCT_RULE_COUNT];

	(void)state;
	assert_int_equal(nct_verdicts_exit(&v), 0);
	rec.notes = NCT_NOTE_LOSSY;
	nct_verdicts_add(&v, &rec, f);
	assert_int_equal(v.rule[NCT_RULE_LOSSY].fired, 1);
	assert_int_equal(nct_verdicts_exit(&v), 5);
	rec.notes = 0;
	rec.dialect = NCT_DIALECT_RECOVERING;
	strcpy(rec.id.transport, "tcp");
	rec.intruder_ns = rec.start_ns;
	nct_verdicts_add(&v, &rec, f);
	assert_int_equal(v.recoveries, 2);
	assert_int_equal(v.by_severity[NCT_SEVERITY_VIOLATION], 1);
	assert_true(v.rule[NCT_RULE_EARLY_RETRY].unknown > 0);
	assert_true(v.rule[NCT_RULE_EARLY_RETRY].why[0]);
	assert_int_equal(nct_verdicts_exit(&v), 1);
}

static void xml_takes_any_bytes(void **state)
{
	struct nct_junit j = { 0 };
	char *buf = NULL;
	size_t size;
	FILE *out = open_memstream(&buf, &size);

	(void)state;
	strcpy(rec.id.subsystem, "a\x01<b>&\xff\xfe\"c\x7f\xef\xbf\xbf!\xef\xbf\xbe!");
	fire(NCT_RULE_EARLY_RETRY, "x < y & \"z\"");
	fire(NCT_RULE_LONG_HOLD, "late");
	fire(NCT_RULE_LOSSY, "lost");
	findings[NCT_RULE_STUCK].verdict = NCT_VERDICT_UNKNOWN;
	nct_junit_add(&j, &audited);
	assert_int_equal(nct_junit_write(&j, out), 0);
	nct_junit_free(&j);
	fclose(out);
	assert_non_null(strstr(buf, "tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\""));
	assert_non_null(strstr(buf, "x &lt; y &amp; &quot;z&quot;"));
	assert_non_null(strstr(buf, "a?&lt;b&gt;&amp;\xef\xbf\xbd"));
	assert_null(strchr(buf, 0x01));
	assert_null(strchr(buf, 0x7f));
	assert_non_null(strstr(buf, "&quot;c?"
				    "?!?!")); /* U+FFFF, U+FFFE */
	assert_non_null(strstr(buf, "<system-out>warning: late"));
	free(buf);
}

static void outcome_is(const char *wanted, int32_t safe)
{
	const struct nct_style style = { .width = 80 };
	struct nct_text t = { 0 };

	nct_fencing_outcome(&t, &style, &rec);
	assert_string_equal(t.buf, wanted);
	assert_int_equal(nct_fencing_retry_safe(&rec), safe);
	nct_text_free(&t);
}

/* KATO and CQT say how long it has to be. */
static void a_hold_of_unknown_length_is_not_called_safe(void **state)
{
	struct nct_text t = { 0 };

	(void)state;
	strcpy(rec.id.transport, "tcp");
	rec.dialect = NCT_DIALECT_RECOVERING;
	rec.fence = NCT_FENCE_HOLD;
	rec.id.kato_ms = 2000;
	outcome_is("hold: whether it was as long as it has to be is not known", NCT_UNKNOWN_INT);
	nct_fencing_verdict(&t, &rec);
	assert_string_equal(t.buf, ", held, retry not known to be safe");
	nct_text_clear(&t);
	rec.id.cqt_ms = 1000;
	nct_fencing_verdict(&t, &rec);
	assert_string_equal(t.buf, ", retry safe: hold");
	nct_text_free(&t);
}

/* A CCR that took 100 ms, and requests that were released after 50 ms. */
static void what_did_not_wait_for_its_fence_is_not_safe(void **state)
{
	struct nct_ccr_attempt ccr = { .source = 2,
				       .start_ns = rec.start_ns,
				       .duration_ns = 100000000,
				       .result = NCT_CCR_SUCCESS };
	struct nct_span span = { NCT_PHASE_CCR, rec.start_ns, 100000000 };

	(void)state;
	strcpy(rec.id.transport, "tcp");
	rec.dialect = NCT_DIALECT_RECOVERING;
	rec.ccr = &ccr;
	rec.spans = &span;
	rec.nccr = rec.nspans = 1;
	outcome_is("unknown", NCT_UNKNOWN_INT);
	rec.fence = NCT_FENCE_CCR;
	rec.io = (struct nct_io) { .seen = true,
				   .requests = 8,
				   .writes = 8,
				   .failed_over = 8,
				   .first_release_ns = rec.start_ns + 150000000,
				   .last_release_ns = rec.start_ns + 150000000 };
	outcome_is("ccr: another controller reset this one, the retry was safe", 1);
	rec.io.first_release_ns = rec.start_ns + 50000000;
	outcome_is("ccr: another controller reset this one, after the retry (audit)", 0);
	rec.fence = NCT_FENCE_UNFENCED;
	outcome_is("unfenced: nothing made the retry safe", 0);
	rec.io.writes = 0;
	outcome_is("unfenced, and no retry that could do harm", NCT_UNKNOWN_INT);
	rec.io.requests = rec.io.failed_over = 0;
	outcome_is("unfenced, and no retry that could do harm", NCT_UNKNOWN_INT);
	rec.io.seen = false; /* nobody looked */
	outcome_is("unfenced: nothing made the retry safe", 0);
	rec.kind = NCT_KIND_RESET;
	assert_int_equal(nct_fencing_retry_safe(&rec), NCT_UNKNOWN_INT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nothing_found_says_nothing, fresh),
		cmocka_unit_test_setup(a_finding_has_its_moments, fresh),
		cmocka_unit_test_setup(no_finding_steers_the_terminal, fresh),
		cmocka_unit_test_setup(the_day_is_told, fresh),
		cmocka_unit_test_setup(counts, fresh),
		cmocka_unit_test_setup(cases_of_two_files_have_two_names, fresh),
		cmocka_unit_test_setup(what_cannot_be_told_is_listed_if_strict, fresh),
		cmocka_unit_test_setup(strict, fresh),
		cmocka_unit_test_setup(how_far_the_result_goes, fresh),
		cmocka_unit_test_setup(a_hold_of_unknown_length_is_not_called_safe, fresh),
		cmocka_unit_test_setup(what_did_not_wait_for_its_fence_is_not_safe, fresh),
		cmocka_unit_test_setup(xml_takes_any_bytes, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
