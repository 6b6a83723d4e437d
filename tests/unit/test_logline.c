// SPDX-License-Identifier: GPL-2.0
/* Lines of logs, and every form of time stamp in front of them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../tools/source/logline.h"

#define S  1000000000ull
#define US 1000ull
/* 2026-11-22T16:42:38Z */
#define WALL 1795365758ull
/* Nov 22 16:42:38 of the year that stands for all that do not tell theirs. */
#define NOVEMBER 1006447358ull

struct parsed {
	struct nct_logparser parser;
	struct nct_logline line;
};

static void parse(struct parsed *p, const char *text)
{
	struct nct_line line = { text, strlen(text), false };

	nct_logline_parse(&p->parser, &line, &p->line);
}

static void assert_msg(const struct nct_logline *l, const char *msg)
{
	assert_int_equal(l->msg.end - l->msg.p, strlen(msg));
	assert_memory_equal(l->msg.p, msg, strlen(msg));
}

struct form {
	const char *text;
	enum nct_clock clock;
	uint64_t ns, resolution_ns;
	const char *host; /* NULL: "" */
};

/* All of them say the same. */
static const struct form forms[] = {
	{ "[   12.345678] ", NCT_CLOCK_UPTIME, 12345678 * US, US, NULL },
	{ "[12345.000001] ", NCT_CLOCK_UPTIME, 12345 * S + US, US, NULL },
	{ "<6>[   12.345678] ", NCT_CLOCK_UPTIME, 12345678 * US, US, NULL },
	{ "kern  :warn  : [   12.345678] ", NCT_CLOCK_UPTIME, 12345678 * US, US, NULL },
	{ "[   12.345678][  T123] ", NCT_CLOCK_UPTIME, 12345678 * US, US, NULL },
	{ "[   12.345678] [   C1] ", NCT_CLOCK_UPTIME, 12345678 * US, US, NULL },
	{ "[   12.345678 <    0.000123>] ", NCT_CLOCK_UPTIME, 12345678 * US, US, NULL },
	{ "6,339,12345678,-;", NCT_CLOCK_UPTIME, 12345678 * US, US, NULL },
	{ "6,339,12345678,-,caller=T1;", NCT_CLOCK_UPTIME, 12345678 * US, US, NULL },
	{ "[Sun Nov 22 16:42:38 2026] ", NCT_CLOCK_LOCAL, WALL *S, S, NULL },
	{ "kern  :info  : [Sun Nov 22 16:42:38 2026] ", NCT_CLOCK_LOCAL, WALL *S, S, NULL },
	{ "[Sun Nov 22 16:42:38 2026 <    0.000004>] ", NCT_CLOCK_LOCAL, WALL *S, S, NULL },
	{ "2026-11-22T16:42:38,123456+00:00 ", NCT_CLOCK_UTC, WALL *S + 123456 * US, US, NULL },
	{ "kern  :warn  : 2026-11-22T17:42:38,123456+01:00 ", NCT_CLOCK_UTC, WALL *S + 123456 * US,
	  US, NULL },
	{ "[Nov22 16:42] ", NCT_CLOCK_LOCAL, (NOVEMBER - 38) * S, 60 * S, NULL },
	{ "[  +1.000123] ", NCT_CLOCK_LOCAL, S + 123 * US, 60 * S, NULL },
	{ "[<    1.000123>] ", NCT_CLOCK_LOCAL, S + 123 * US, US, NULL },
	{ "Nov 22 16:42:38 alpha kernel: ", NCT_CLOCK_LOCAL, NOVEMBER *S, S, "alpha" },
	{ "Nov 22 16:42:38.123456 alpha kernel: ", NCT_CLOCK_LOCAL, NOVEMBER *S + 123456 * US, US,
	  "alpha" },
	{ "Nov 22 16:42:38 kernel: ", NCT_CLOCK_LOCAL, NOVEMBER *S, S, NULL },
	{ "Nov 22 16:42:38 alpha kernel[0]: ", NCT_CLOCK_LOCAL, NOVEMBER *S, S, "alpha" },
	{ "2026-11-22T16:42:38+0000 alpha kernel: ", NCT_CLOCK_UTC, WALL *S, S, "alpha" },
	{ "2026-11-22T11:12:38.123456-0530 alpha kernel: ", NCT_CLOCK_UTC, WALL *S + 123456 * US,
	  US, "alpha" },
	{ "2026-11-22T16:42:38.123Z alpha kernel: ", NCT_CLOCK_UTC, WALL *S + 123000 * US,
	  1000 * US, "alpha" },
	{ "2026-11-22T16:42:38.123456789Z alpha kernel: ", NCT_CLOCK_UTC, WALL *S + 123456789, 1,
	  "alpha" },
	{ "2026-11-22 16:42:38 alpha kernel: ", NCT_CLOCK_LOCAL, WALL *S, S, "alpha" },
	{ "Sun 2026-11-22 16:42:38 UTC alpha kernel: ", NCT_CLOCK_UTC, WALL *S, S, "alpha" },
	{ "Sun 2026-11-22 16:42:38 CET alpha kernel: ", NCT_CLOCK_LOCAL, WALL *S, S, "alpha" },
	{ "1795365758.123456 alpha kernel: ", NCT_CLOCK_UTC, WALL *S + 123456 * US, US, "alpha" },
	{ "Sun 2026-11-22 19:42:38 +03 alpha kernel: ", NCT_CLOCK_UTC, WALL *S, S, "alpha" },
	{ "[   12.345678] alpha kernel: ", NCT_CLOCK_UPTIME, 12345678 * US, US, "alpha" },
};

static void test_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const struct form *f = &forms[i];
		struct parsed p = { 0 };
		const struct nct_stamp *stamp;
		char text[256];

		snprintf(text, sizeof(text), "%snvme nvme0: starting error recovery", f->text);
		parse(&p, text);
		print_message("# %s\n", text);
		stamp = f->clock == NCT_CLOCK_UPTIME ? &p.line.uptime : &p.line.wall;
		assert_int_equal(stamp->clock, f->clock);
		assert_int_equal(stamp->ns, f->ns);
		assert_int_equal(stamp->resolution_ns, f->resolution_ns);
		assert_true(p.line.kernel);
		assert_int_equal(p.line.host_len, f->host ? strlen(f->host) : 0);
		if (f->host)
			assert_memory_equal(p.line.host, f->host, p.line.host_len);
		assert_msg(&p.line, "nvme nvme0: starting error recovery");
		nct_logparser_free(&p.parser);
	}
}

/* syslog's time says when, the kernel's own says how long. */
static void test_both_stamps(void **state)
{
	struct parsed p = { 0 };

	(void)state;
	parse(&p, "2026-11-22T16:42:38.5Z alpha kernel: [   12.345678][  T9] nvme nvme0: x");
	assert_int_equal(p.line.uptime.ns, 12345678 * US);
	assert_int_equal(p.line.wall.ns, WALL * S + S / 2);
	assert_msg(&p.line, "nvme nvme0: x");
}

static void test_other_programs(void **state)
{
	static const char *const lines[] = {
		"Nov 22 16:42:38 alpha app[12]: nvme nvme0: starting error recovery",
		"2026-11-22T16:42:38Z alpha kernelx: nvme nvme0: starting error recovery",
		"Nov 22 16:42:38 alpha: nvme nvme0: starting error recovery",
		"{\"MESSAGE\":\"nvme nvme0: x\",\"_TRANSPORT\":\"stdout\","
		"\"SYSLOG_IDENTIFIER\":\"kernel\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct parsed p = { 0 };

		parse(&p, lines[i]);
		assert_false(p.line.kernel);
		nct_logparser_free(&p.parser);
	}
}

/* journalctl -o short-monotonic; dmesg, which names no host, has words of this shape, too. */
static void test_monotonic(void **state)
{
	struct parsed p = { 0 };

	(void)state;
	parse(&p, "[  101.000000] alpha sshd[12]: nvme nvme0: starting error recovery");
	assert_false(p.line.kernel);
	assert_int_equal(p.line.host_len, 5);
	parse(&p, "[  101.000000] nvme nvme0: starting error recovery");
	assert_true(p.line.kernel);
	parse(&p, "[  101.000000] systemd[1]: nvme nvme0: x");
	assert_true(p.line.kernel);
	assert_msg(&p.line, "systemd[1]: nvme nvme0: x");
	parse(&p, "[  101.000000] alpha app: nvme nvme0: x");
	assert_true(p.line.kernel);
	parse(&p, "[  102.000000] alpha kernel: nvme nvme0: x");
	assert_true(p.line.kernel);
	parse(&p, "[  103.000000] alpha app: nvme nvme0: x");
	assert_false(p.line.kernel);
	parse(&p, "[  103.000000] nvme nvme0: x");
	assert_true(p.line.kernel);
}

static void test_json(void **state)
{
	struct parsed p = { 0 };

	(void)state;
	parse(&p, "{\"__REALTIME_TIMESTAMP\":\"1795365758123456\",\"__MONOTONIC_TIMESTAMP\":"
		  "\"12400000\",\"_SOURCE_MONOTONIC_TIMESTAMP\":\"12345678\",\"_BOOT_ID\":"
		  "\"0123456789abcdef0123456789abcdef\",\"_HOSTNAME\":\"alpha\",\"_TRANSPORT\":"
		  "\"kernel\",\"MESSAGE\":\"nvme nvme0: \\u0041\"}");
	assert_true(p.line.kernel);
	assert_int_equal(p.line.uptime.ns, 12345678 * US);
	assert_int_equal(p.line.wall.ns, WALL * S + 123456 * US);
	assert_string_equal(p.line.boot_id, "0123456789abcdef0123456789abcdef");
	assert_int_equal(p.line.host_len, 5);
	assert_msg(&p.line, "nvme nvme0: A");
	parse(&p, "{\"MESSAGE\":[110,118,109,101,255],\"SYSLOG_IDENTIFIER\":\"kernel\"}");
	assert_true(p.line.kernel);
	assert_msg(&p.line, "nvme\xff");
	parse(&p, "{\"MESSAGE\":null,\"SYSLOG_IDENTIFIER\":\"kernel\"}");
	assert_msg(&p.line, "");
	nct_logparser_free(&p.parser);
}

/* A stamp without a year, or whose zone is a name only: how much later is the second? */
static int64_t seconds_between(const char *first, const char *between, const char *second)
{
	const char *const stamps[] = { first, between, second };
	struct parsed p = { 0 };
	uint64_t from = 0;

	for (size_t i = 0; i < 3; i++) {
		char text[128];

		if (!stamps[i])
			continue;
		snprintf(text, sizeof(text), "%s a kernel: x", stamps[i]);
		parse(&p, text);
		assert_int_equal(p.line.wall.clock, NCT_CLOCK_LOCAL);
		from = i ? from : p.line.wall.ns;
	}
	return ((int64_t)(p.line.wall.ns - from)) / (int64_t)S;
}

static void test_no_year(void **state)
{
	const int64_t day = 86400;

	(void)state;
	assert_int_equal(seconds_between("Feb 28 23:59:59", NULL, "Mar  1 00:00:01"), 2);
	assert_int_equal(seconds_between("Feb 28 23:59:59", "Feb 29 00:00:01", "Mar  1 00:00:01"),
			 day + 2);
	assert_int_equal(seconds_between("Dec 31 00:00:00", NULL, "Jan  1 00:00:00"), day);
	assert_int_equal(seconds_between("Nov 30 00:00:00", NULL, "Jan  1 00:00:00"), 32 * day);
	assert_int_equal(seconds_between("Dec 31 00:00:00", "Feb 29 00:00:00", "Mar  1 00:00:00"),
			 (1 + 31 + 29) * day);
	assert_int_equal(seconds_between("Feb 29 00:00:00", "Dec 31 00:00:00", "Jan  1 00:00:00"),
			 307 * day);
	/* Late by a second, across New Year. */
	assert_int_equal(seconds_between("Dec 31 23:59:59", "Jan  1 00:00:00", "Dec 31 23:59:59"),
			 0);
}

/* The hour of summer time took no time. */
static void test_summer_time(void **state)
{
	static const struct {
		const char *before, *after;
	} places[] = {
		{ "CET", "CEST" },  { "EST", "EDT" }, { "GMT", "BST" },
		{ "AEST", "AEDT" }, { "XAT", "XBT" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char spring[2][64], autumn[2][64];

		snprintf(spring[0], 64, "Sun 2026-03-29 01:59:50 %s", places[i].before);
		snprintf(spring[1], 64, "Sun 2026-03-29 03:00:01 %s", places[i].after);
		assert_int_equal(seconds_between(spring[0], NULL, spring[1]), 11);
		snprintf(autumn[0], 64, "Sun 2026-10-25 02:59:50 %s", places[i].after);
		snprintf(autumn[1], 64, "Sun 2026-10-25 02:00:01 %s", places[i].before);
		assert_int_equal(seconds_between(autumn[0], NULL, autumn[1]), 11);
	}
	assert_int_equal(seconds_between("Sun 2026-03-29 01:59:50 CET",
					 "Sun 2026-03-29 03:00:01 CEST",
					 "Sun 2026-10-25 02:00:01 CET"),
			 210 * 86400 + 11);
}

/* Neither a stamp nor a fault. */
static void test_not_stamps(void **state)
{
	static const char *const lines[] = {
		"[   12.345678 nvme nvme0: x",
		"[12] x",
		"[Sun Nov 32 16:42:38 2026] x",
		"Nov 22 24:42:38 a kernel: x",
		"2026-13-22T16:42:38Z a kernel: x",
		"{\"MESSAGE\":",
		"<6",
		"[",
		"6,339,",
		"99999999999.1] x",
		"[99999999999.1] x",
		"1969-11-22T16:42:38Z a kernel: x",
		"3.3 a kernel: x",
		"Nov",
		"2026-",
		"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct parsed p = { 0 };

		parse(&p, lines[i]);
		assert_int_equal(p.line.uptime.clock, NCT_CLOCK_NONE);
		assert_int_equal(p.line.wall.clock, NCT_CLOCK_NONE);
		nct_logparser_free(&p.parser);
	}
}

static void test_new_year(void **state)
{
	struct parsed p = { 0 };
	uint64_t before;

	(void)state;
	parse(&p, "Dec 31 23:59:59 alpha kernel: x");
	before = p.line.wall.ns;
	parse(&p, "Jan  1 00:00:01 alpha kernel: x");
	assert_int_equal(p.line.wall.ns - before, 2 * S);
	parse(&p, "Feb 28 23:59:59 alpha kernel: x");
	before = p.line.wall.ns;
	parse(&p, "Mar  1 00:00:00 alpha kernel: x");
	assert_true(p.line.wall.ns > before);
}

static void test_reltime(void **state)
{
	struct parsed p = { 0 };

	(void)state;
	parse(&p, "[Nov22 16:42] x");
	parse(&p, "[  +5.000000] x");
	assert_int_equal(p.line.wall.ns, (NOVEMBER - 38 + 5) * S);
	parse(&p, "[  +0.250000] x");
	assert_int_equal(p.line.wall.ns, (NOVEMBER - 38 + 5) * S + S / 4);
	parse(&p, "[Nov22 16:43] x");
	assert_int_equal(p.line.wall.ns, (NOVEMBER - 38 + 60) * S);
}

static void test_kmsg_gap(void **state)
{
	struct parsed p = { 0 };

	(void)state;
	parse(&p, "6,339,1,-;x");
	assert_int_equal(p.line.missed, 0);
	parse(&p, "6,340,2,-;x");
	assert_int_equal(p.line.missed, 0);
	parse(&p, "6,345,3,-;x");
	assert_int_equal(p.line.missed, 4);
}

static void test_separators(void **state)
{
	struct parsed p = { 0 };

	(void)state;
	parse(&p, "-- Boot 0123456789abcdef0123456789abcdef --");
	assert_true(p.line.boot);
	parse(&p, "-- Reboot --");
	assert_true(p.line.boot);
	parse(&p, "-- No entries --");
	assert_false(p.line.boot);
}

/* ---- lines ---------------------------------------------------------------------- */

static void assert_line(struct nct_lines *l, const char *text, bool cut)
{
	struct nct_line line;

	assert_int_equal(nct_lines_next(l, &line), 1);
	assert_int_equal(line.len, strlen(text));
	assert_memory_equal(line.s, text, line.len);
	assert_int_equal(line.cut, cut);
}

static void read_all(struct nct_lines *l)
{
	struct nct_line line;

	assert_line(l, "one", false);
	assert_line(l, "two", false);
	assert_line(l, "", false);
	assert_line(l, "after NULs", false);
	assert_line(l, "cut", true);
	assert_int_equal(nct_lines_next(l, &line), 0);
	assert_int_equal(nct_lines_next(l, &line), 0);
}

static const char mixed[] = "one\r\ntwo\n\n\0\0\0after NULs\0\0\r\ncut";

static void test_lines(void **state)
{
	struct nct_lines l;
	int fds[2];

	(void)state;
	nct_lines_memory(&l, mixed, sizeof(mixed) - 1);
	read_all(&l);
	nct_lines_close(&l);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], mixed, sizeof(mixed) - 1), sizeof(mixed) - 1);
	close(fds[1]);
	assert_int_equal(nct_lines_open(&l, fds[0]), 0);
	read_all(&l);
	nct_lines_close(&l);
	close(fds[0]);
}

/* Longer than any buffer at the start, at the limit, and past it. */
static void test_long_lines(void **state)
{
	static const size_t sizes[] = { 300000, NCT_LINE_MAX, NCT_LINE_MAX + 1, 5000000 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		FILE *f = tmpfile();
		struct nct_lines l;
		struct nct_line line;
		bool cut = sizes[i] > NCT_LINE_MAX;

		assert_non_null(f);
		for (size_t n = 0; n < sizes[i]; n++)
			putc('x', f);
		fputs("\nnext\n", f);
		rewind(f);
		assert_int_equal(nct_lines_open(&l, fileno(f)), 0);
		assert_int_equal(nct_lines_next(&l, &line), 1);
		assert_int_equal(line.len, cut ? NCT_LINE_MAX : sizes[i]);
		assert_int_equal(line.cut, cut);
		assert_line(&l, "next", false);
		nct_lines_close(&l);
		fclose(f);
	}
}

static void test_read_error(void **state)
{
	struct nct_lines l;
	struct nct_line line;

	(void)state;
	assert_int_equal(nct_lines_open(&l, -1), 0);
	assert_int_equal(nct_lines_next(&l, &line), -EBADF);
	nct_lines_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),	       cmocka_unit_test(test_both_stamps),
		cmocka_unit_test(test_other_programs), cmocka_unit_test(test_json),
		cmocka_unit_test(test_not_stamps),     cmocka_unit_test(test_new_year),
		cmocka_unit_test(test_reltime),	       cmocka_unit_test(test_kmsg_gap),
		cmocka_unit_test(test_separators),     cmocka_unit_test(test_lines),
		cmocka_unit_test(test_long_lines),     cmocka_unit_test(test_read_error),
		cmocka_unit_test(test_monotonic),      cmocka_unit_test(test_no_year),
		cmocka_unit_test(test_summer_time),
	};

	return cmocka_run_group_tests_name("lines of logs", tests, NULL, NULL);
}
