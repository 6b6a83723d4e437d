// SPDX-License-Identifier: GPL-2.0
/* The options that all commands share, and the filter they make. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../tools/cmd/options.h"

static const struct nct_usage all = {
	.command = "test",
	.description = "",
	.examples = "",
	.options = ~(unsigned int)NCT_OPT_GATE, /* files may follow it */
};

static int parse(struct nct_options *o, struct nct_error *err, const char *a, const char *b)
{
	char *argv[] = { (char *)"test", (char *)a, (char *)b, NULL };

	return nct_options_parse(o, &all, b ? 3 : a ? 2 : 1, argv, err);
}

static void good_durations(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} cases[] = {
		{ "0", 0 },
		{ "5", 5000000000ull },
		{ "5s", 5000000000ull },
		{ "007ms", 7000000 },
		{ "250us", 250000 },
		{ "1ns", 1 },
		{ "1.9ns", 1 },
		{ "1.5s", 1500000000ull },
		{ "0.000000001s", 1 },
		{ "0.0000000019", 1 },
		{ "1.25m", 75000000000ull },
		{ "2h", 7200000000000ull },
		{ "0.000000001h", 3600 },
		{ "2562046h", 9223365600000000000ull },
	};
	uint64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(nct_parse_duration(cases[i].text, &ns), 0);
		if (ns != cases[i].ns)
			fail_msg("%s: %llu", cases[i].text, (unsigned long long)ns);
	}
}

static void bad_durations(void **state)
{
	static const struct {
		const char *text;
		int rc;
	} cases[] = {
		{ "", -EINVAL },
		{ " 5", -EINVAL },
		{ "5 s", -EINVAL },
		{ "-5", -EINVAL },
		{ "+5", -EINVAL },
		{ "s", -EINVAL },
		{ ".5", -EINVAL },
		{ "5.", -EINVAL },
		{ "5.s", -EINVAL },
		{ "5sec", -EINVAL },
		{ "5S", -EINVAL },
		{ "1m30s", -EINVAL },
		{ "0x10", -EINVAL },
		{ "1e3", -EINVAL },
		{ "five", -EINVAL },
		{ "2562047h", -ERANGE },
		{ "9223372037s", -ERANGE },
		{ "99999999999999999999999999ns", -ERANGE },
		{ "9223372036854775807ns", -ERANGE },
	};
	uint64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (nct_parse_duration(cases[i].text, &ns) != cases[i].rc)
			fail_msg("\"%s\" was not refused as it should be", cases[i].text);
}

static void nothing_asked_for(void **state)
{
	struct nct_options o;
	struct nct_error err;

	(void)state;
	assert_int_equal(parse(&o, &err, NULL, NULL), 0);
	assert_int_equal(o.filter.ncontrollers + o.filter.nsubsystems, 0);
	assert_int_equal(o.duration_ns, 0);
	assert_int_equal(o.format, NCT_FORMAT_TEXT);
	assert_null(o.output);
	assert_int_equal(o.color, NCT_COLOR_AUTO);
	assert_int_equal(o.attach, NCT_ATTACH_AUTO);
	assert_int_equal(o.io, NCT_IO_WINDOW);
	assert_false(o.help);
	nct_options_free(&o);
}

static void values(void **state)
{
	struct nct_options o;
	struct nct_error err;

	(void)state;
	assert_int_equal(parse(&o, &err, "--format=json", "--attach=kprobe"), 0);
	assert_int_equal(o.format, NCT_FORMAT_JSON);
	assert_int_equal(o.attach, NCT_ATTACH_KPROBE);
	assert_int_equal(parse(&o, &err, "--color=never", "--output=x"), 0);
	assert_int_equal(o.color, NCT_COLOR_NEVER);
	assert_string_equal(o.output, "x");
	assert_int_equal(parse(&o, &err, "--ring=16M", "--ring=8K"), 0);
	assert_int_equal(o.ring_bytes, 8192);
	assert_int_equal(parse(&o, &err, "--min-duration", "2ms"), 0);
	assert_int_equal(o.filter.min_duration_ns, 2000000);
	assert_int_equal(parse(&o, &err, "--rotate=3K", "--rotate=2h"), 0);
	assert_int_equal(o.rotate_bytes, 3072);
	assert_int_equal(o.rotate_ns, 7200000000000ull);
	assert_int_equal(parse(&o, &err, "--live", "--keep=12"), 0);
	assert_true(o.live);
	assert_int_equal(o.keep, 12);
	assert_int_equal(parse(&o, &err, "-o", "y"), 0);
	assert_string_equal(o.output, "y");
	assert_int_equal(parse(&o, &err, "-h", NULL), 0);
	assert_true(o.help);
	assert_int_equal(parse(&o, &err, "--io=cold", NULL), 0);
	assert_int_equal(o.io, NCT_IO_COLD);
	nct_options_free(&o);
}

/* Files may stand before, between and after options. */
static void files(void **state)
{
	const struct nct_usage reader = { .command = "reader",
					  .options = NCT_OPT_FORMAT,
					  .files = "FILE..." };
	char *argv[] = { (char *)"reader", (char *)"a",	 (char *)"--format", (char *)"json",
			 (char *)"b",	   (char *)"--", (char *)"--c",	     NULL };
	struct nct_options o;
	struct nct_error err;

	(void)state;
	assert_int_equal(nct_options_parse(&o, &reader, 7, argv, &err), 0);
	assert_int_equal(o.nfiles, 3);
	assert_string_equal(o.files[0], "a");
	assert_string_equal(o.files[1], "b");
	assert_string_equal(o.files[2], "--c");
	assert_int_equal(nct_options_parse(&o, &reader, 1, argv, &err), -1);
	assert_int_equal(err.code, NCT_EXIT_USAGE);
	assert_non_null(strstr(err.text, "FILE..."));
}

#define NOW_NS 1795327848500000000ull /* 2026-11-22T06:10:48.5Z */

static void times(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} cases[] = {
		{ "2026-11-22T06:10:48Z", 1795327848000000000ull },
		{ "2026-11-22T06:10:48.25Z", 1795327848250000000ull },
		{ "2026-11-22T06:10:48.1234567899Z", 1795327848123456789ull },
		{ "2026-11-22T07:10:48+01:00", 1795327848000000000ull },
		{ "2026-11-22 00:40-05:30", 1795327800000000000ull },
		{ "2026-11-22 07:10:48", 1795327848000000000ull }, /* TZ below */
		{ "2026-11-22 07:10", 1795327800000000000ull },
		{ "2026-11-22", 1795302000000000000ull },
		{ "07:10", 1795327800000000000ull },
		{ "07:10:48.5", NOW_NS },
		{ "@1795327848.5", NOW_NS },
		{ "@0", 0 },
		{ "2024-02-29", 1709161200000000000ull },
		{ "90m", NOW_NS - 5400000000000ull },
		{ "1ns", NOW_NS - 1 },
	};
	uint64_t ns;

	(void)state;
	setenv("TZ", "XYZ-1", 1); /* an hour east of Greenwich */
	tzset();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (nct_parse_time(cases[i].text, NOW_NS, &ns))
			fail_msg("%s: refused", cases[i].text);
		if (ns != cases[i].ns)
			fail_msg("%s: %llu", cases[i].text, (unsigned long long)ns);
	}
}

static void bad_times(void **state)
{
	static const char *const cases[] = {
		"",
		" 06:10",
		"yesterday",
		"5",
		"06",
		"06:10 ",
		"06:60",
		"25:00",
		"06:10x",
		"2026-13-01",
		"2026-11-22T",
		"2026-11-22T06:10:48+1",
		"@",
		"@-1",
		"@1x",
		"-5m",
		"+5m",
		"1960-01-01",
		"2300-01-01",
		"@99999999999999999999",
		"99999h",
		"06:10Zx",
		"2026-11-22 x",
		"2026-11-22T06:10:48+01:0",
		"2026-02-30",
		"2025-02-29",
		"2026-04-31 06:10",
		"2026-02-30T06:10:48Z",
	};
	uint64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (!nct_parse_time(cases[i], 86400ull * 1000000000, &ns))
			fail_msg("\"%s\" was taken", cases[i]);
}

/* Each is refused, with the option, the value or what is accepted in the message. */
static void refused(void **state)
{
	static const struct {
		const char *a, *b, *says;
	} cases[] = {
		{ "--min-duration", "5x", "--min-duration \"5x\"" },
		{ "--min-duration", "5x", "ns, us, ms, s, m or h" },
		{ "--duration", "0", "more than 0" },
		{ "--duration", "99999999999h", "too large" },
		{ "--controller", "nvme", "such as nvme1" },
		{ "--controller", "nvme1n1", "--controller \"nvme1n1\"" },
		{ "--controller", "1,,2", "not accepted" },
		{ "--controller", "1,", "not accepted" },
		{ "--controller", "99999999999", "not accepted" },
		{ "--subsystem", "", "an NQN" },
		{ "--format", "yaml", "text or json" },
		{ "--output", "", "the name of a file" },
		{ "--color", "maybe", "auto, always or never" },
		{ "--io", "warm", "cold, window, always or off" },
		{ "--attach", "uprobe", "auto, tracepoint, function, fentry or kprobe" },
		{ "--ring", "0", "with K or M" },
		{ "--ring", "-1", "with K or M" },
		{ "--ring", "4KB", "with K or M" },
		{ "--ring", "1025M", "too large" },
		{ "--ring", "99999999999999999999999", "too large" },
		{ "--format", NULL, "--format needs a value" },
		{ "--help=x", NULL, "--help takes no value" },
		{ "--nonsense", NULL, "--nonsense" },
		{ "-x", NULL, "unknown option -x" },
		{ "--since", "5", "--since \"5\"" },
		{ "--until", "noon", "or 90m (ago)" },
		{ "--since=@5", "--until=@5", "--since is not before --until" },
		{ "--since=2026-11-22T06:10Z", "--until=2026-11-22T05:10Z", "date is of today" },
		{ "--fence", "ccr,none", "ccr, ccr-immediate, hold, unfenced, unknown" },
		{ "--fence", "", "not accepted" },
		{ "--end", "live,", "live, removed, incomplete" },
		{ "--rotate", "100", "a size with K, M or G" },
		{ "--rotate", "0M", "not accepted" },
		{ "--rotate", "0s", "not accepted" },
		{ "--rotate", "99999999999G", "too large" },
		{ "--keep", "0", "from 1 to" },
		{ "--keep", "3x", "from 1 to" },
		{ "--keep", "100001", "too large" },
		{ "--live=yes", NULL, "--live takes no value" },
		{ "-o", NULL, "-o needs a value" },
		{ "-o", "", "the name of a file" },
		{ "surplus", NULL, "\"surplus\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nct_options o;
		struct nct_error err;

		if (!parse(&o, &err, cases[i].a, cases[i].b))
			fail_msg("%s was accepted", cases[i].a);
		assert_int_equal(err.code, NCT_EXIT_USAGE);
		if (!strstr(err.text, cases[i].says))
			fail_msg("%s: \"%s\" does not say \"%s\"", cases[i].a, err.text,
				 cases[i].says);
	}
}

/* An option that another command takes is unknown to one that does not. */
static void not_for_this_command(void **state)
{
	const struct nct_usage few = { .command = "few", .options = NCT_OPT_FORMAT };
	char *argv[] = { (char *)"few", (char *)"--controller", (char *)"1", NULL };
	struct nct_options o;
	struct nct_error err;

	(void)state;
	assert_int_equal(nct_options_parse(&o, &few, 3, argv, &err), -1);
	assert_non_null(strstr(err.text, "--controller"));
}

static bool matches(const struct nct_filter *f, int32_t instance, const char *nqn)
{
	struct nct_recovery rec = { .id = { .instance = instance } };

	snprintf(rec.id.subsystem, sizeof(rec.id.subsystem), "%s", nqn);
	return nct_filter_match(f, &rec);
}

static void controllers(void **state)
{
	struct nct_options o;
	struct nct_error err;

	(void)state;
	assert_int_equal(parse(&o, &err, "--controller=nvme1,7", "--controller=12"), 0);
	assert_true(matches(&o.filter, 1, ""));
	assert_true(matches(&o.filter, 7, ""));
	assert_true(matches(&o.filter, 12, ""));
	assert_false(matches(&o.filter, 2, ""));
	assert_false(matches(&o.filter, -1, ""));
	nct_options_free(&o);
}

static void subsystems(void **state)
{
	struct nct_options o;
	struct nct_error err;

	(void)state;
	assert_int_equal(parse(&o, &err, "--subsystem=nqn.a:*", "--subsystem=nqn.[x]"), 0);
	assert_true(matches(&o.filter, 1, "nqn.a:1"));
	assert_true(matches(&o.filter, 1, "nqn.x"));
	assert_true(matches(&o.filter, 1, "nqn.[x]")); /* exactly */
	assert_false(matches(&o.filter, 1, "nqn.b:1"));
	assert_false(matches(&o.filter, 1, ""));
	nct_options_free(&o);
}

static bool ended(const struct nct_filter *f, enum nct_fence fence, enum nct_end end,
		  uint64_t wall_ns)
{
	struct nct_recovery rec = {
		.kind = NCT_KIND_RECOVERY,
		.fence = fence,
		.end = end,
		.duration_ns = 10,
	};

	return nct_filter_ended(f, &rec, wall_ns);
}

static void outcomes(void **state)
{
	const struct nct_recovery on_pcie = {
		.kind = NCT_KIND_RECOVERY,
		.id.transport = "pcie",
		.end = NCT_END_LIVE,
	};
	struct nct_options o;
	struct nct_error err;

	(void)state;
	assert_int_equal(parse(&o, &err, "--fence=ccr,unknown", "--end=live,removed"), 0);
	assert_true(ended(&o.filter, NCT_FENCE_CCR, NCT_END_LIVE, 1));
	assert_true(ended(&o.filter, NCT_FENCE_UNKNOWN, NCT_END_REMOVED, 1));
	assert_false(ended(&o.filter, NCT_FENCE_CCR_IMMEDIATE, NCT_END_LIVE, 1));
	assert_false(ended(&o.filter, NCT_FENCE_CCR, NCT_END_INCOMPLETE, 1));
	assert_false(nct_filter_ended(&o.filter, &on_pcie, 1)); /* none is not an unknown one */
	nct_options_free(&o);
}

/* What was under way at one of both limits belongs between them. */
static void spans_of_time(void **state)
{
	struct nct_filter f = {
		.has_since = true, .since_ns = 100, .has_until = true, .until_ns = 200
	};

	(void)state;
	assert_false(ended(&f, NCT_FENCE_CCR, NCT_END_LIVE, 89));
	assert_true(ended(&f, NCT_FENCE_CCR, NCT_END_LIVE, 90));
	assert_true(ended(&f, NCT_FENCE_CCR, NCT_END_LIVE, 199));
	assert_false(ended(&f, NCT_FENCE_CCR, NCT_END_LIVE, 200));
	assert_false(ended(&f, NCT_FENCE_CCR, NCT_END_LIVE, NCT_NONE));
	f = (struct nct_filter) { .has_until = true }; /* 1970: before all there is */
	assert_false(ended(&f, NCT_FENCE_CCR, NCT_END_LIVE, 1));
	f = (struct nct_filter) { 0 };
	assert_true(ended(&f, NCT_FENCE_CCR, NCT_END_LIVE, NCT_NONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_durations),
		cmocka_unit_test(bad_durations),
		cmocka_unit_test(nothing_asked_for),
		cmocka_unit_test(values),
		cmocka_unit_test(refused),
		cmocka_unit_test(not_for_this_command),
		cmocka_unit_test(controllers),
		cmocka_unit_test(subsystems),
		cmocka_unit_test(files),
		cmocka_unit_test(times),
		cmocka_unit_test(bad_times),
		cmocka_unit_test(outcomes),
		cmocka_unit_test(spans_of_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
