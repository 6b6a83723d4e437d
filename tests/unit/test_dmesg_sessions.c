// SPDX-License-Identifier: GPL-2.0
/* Kernel logs: what is missing in them, and whose they are: hosts, boots, clocks. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "imported.h"

#define MS 1000000ull
#define NO NCT_UNKNOWN_INT

static struct imported *import(const char *text)
{
	return import_all_of(nct_dmesg_import, text);
}

/* ---- what is missing -------------------------------------------------------------- */

static void test_wrapped(void **state)
{
	static const char *const lines[] = {
		"attempting CCR, timeout 15000ms",
		"CCR succeeded using nvme2",
		"CCR failed with error -110",
		"CCR reached timeout, call it done",
		"CCR failed, switch to time-based recovery, timeout = 15000ms",
		"Time-based recovery finished",
		"Reconnecting in 10 seconds...",
		"Failed reconnect attempt 3/60",
	};

	(void)state;
	for (size_t k = 0; k < sizeof(lines) / sizeof(lines[0]); k++) {
		struct imported *i;
		char text[512];

		snprintf(text, sizeof(text),
			 "[   10.000000] nvme nvme0: %s\n"
			 "[   11.000000] nvme nvme0: Reconnecting in 10 seconds...\n"
			 "[   21.000000] nvme nvme0: Successfully reconnected (attempt 4/60)\n",
			 lines[k]);
		print_message("# %s\n", lines[k]);
		i = import(text);
		assert_int_equal(only(i)->end, NCT_END_INCOMPLETE);
		assert_string_equal(only(i)->end_reason, "observation-began-inside");
		assert_true(only(i)->notes & NCT_NOTE_STARTED_BEFORE);
		assert_int_equal(only(i)->start_ns, 10000 * MS);
		assert_int_equal(only(i)->duration_ns, 11000 * MS);
		assert_true(only(i)->time_to_live_ns == NCT_NONE);
		free(i);
	}
}

static void test_cut_short(void **state)
{
	struct imported *i = import("[   10.000000] nvme nvme0: starting error recovery\n"
				    "[   11.000000] usb 1-1: something else\n");

	(void)state;
	assert_int_equal(only(i)->end, NCT_END_INCOMPLETE);
	assert_true(only(i)->notes & NCT_NOTE_CUT_SHORT);
	assert_int_equal(only(i)->duration_ns, 1000 * MS);
	free(i);
}

/* Its LIVE line is missing: two recoveries, not one. */
static void test_lost_end(void **state)
{
	struct imported *i = import("[   10.000000] nvme nvme0: starting error recovery\n"
				    "[   11.000000] nvme nvme0: Reconnecting in 10 seconds...\n"
				    "[   50.000000] nvme nvme0: starting error recovery\n");

	(void)state;
	assert_int_equal(i->nrecs, 2);
	assert_string_equal(i->recs[0].r.end_reason, "events-lost");
	assert_true(i->recs[1].r.notes & NCT_NOTE_LOSSY);
	free(i);
}

static bool lossy_after(const char *notice)
{
	struct imported *i;
	char text[512];
	bool lossy;

	snprintf(text, sizeof(text),
		 "[   10.000000] nvme nvme0: starting error recovery\n"
		 "[   10.500000] %s\n"
		 "[   11.000000] nvme nvme0: Reconnecting in 10 seconds...\n",
		 notice);
	i = import(text);
	lossy = only(i)->notes & NCT_NOTE_LOSSY;
	assert_int_equal(i->stats.lossy, lossy);
	assert_int_equal(i->stats.missing + i->stats.suppressed, 12);
	free(i);
	return lossy;
}

static void test_suppressed(void **state)
{
	(void)state;
	assert_true(lossy_after("net_ratelimit: 12 callbacks suppressed"));
	assert_true(lossy_after("__ratelimit: 12 callbacks suppressed"));
	assert_true(lossy_after("nvme_tcp_timeout: 12 callbacks suppressed"));
	assert_true(lossy_after("nvme nvme0: 12 callbacks suppressed"));
	assert_true(lossy_after("** 12 printk messages dropped **"));
	/* No line of a recovery goes through these. */
	assert_false(lossy_after("blk_print_req_error: 12 callbacks suppressed"));
	assert_false(lossy_after("audit_printk_skb: 12 callbacks suppressed"));
}

static void test_journald_missed(void **state)
{
	struct imported *i =
		import("Nov 22 16:42:38 a kernel: nvme nvme0: starting error recovery\n"
		       "Nov 22 16:42:39 a systemd-journald[99]: Missed 7 kernel messages\n"
		       "Nov 22 16:42:40 a kernel: nvme nvme0: Reconnecting in 10 seconds...\n");

	(void)state;
	assert_true(only(i)->notes & NCT_NOTE_LOSSY);
	assert_int_equal(i->stats.missing, 7);
	free(i);
}

static void test_kmsg_gap(void **state)
{
	struct imported *i = import("4,1,1000000,-;nvme nvme0: starting error recovery\n"
				    "4,9,2000000,-;nvme nvme0: Reconnecting in 10 seconds...\n");

	(void)state;
	assert_true(only(i)->notes & NCT_NOTE_LOSSY);
	assert_int_equal(i->stats.missing, 7);
	free(i);
}

/* A number that may have lost digits is none. */
static void test_truncated(void **state)
{
	struct imported *i = import("[    1.000000] nvme nvme0: starting error recovery\n"
				    "[    1.100000] nvme nvme0: attempting CCR, timeout 9000ms\n"
				    "[    1.200000] nvme nvme0: CCR failed with error -1");

	(void)state;
	assert_int_equal(only(i)->nccr, 1);
	assert_int_equal(only(i)->ccr[0].status, NO);
	assert_int_equal(i->stats.cut, 1);
	free(i);
	i = import("[    1.000000] nvme nvme0: starting error recovery\n"
		   "[    1.100000] nvme nvme0: attempting CCR, timeout 9000ms\n"
		   "[    1.200000] nvme nvme0: CCR succeeded using nvme1");
	assert_int_equal(only(i)->ccr[0].source, NO);
	assert_int_equal(only(i)->ccr[0].result, NCT_CCR_SUCCESS);
	free(i);
}

/* Every prefix of a log is a log. */
static void test_every_prefix(void **state)
{
	char text[sizeof(imported_baseline)];

	(void)state;
	for (size_t n = 0; n < sizeof(imported_baseline); n++) {
		struct imported *i;

		memcpy(text, imported_baseline, n);
		text[n] = '\0';
		i = import(text);
		assert_true(i->nrecs <= 1);
		free(i);
	}
}

static void test_undated(void **state)
{
	struct imported *i = import("nvme nvme0: starting error recovery\n"
				    "nvme nvme0: Reconnecting in 10 seconds...\n");

	(void)state;
	assert_int_equal(i->nrecs, 0);
	assert_int_equal(i->nsessions, 0);
	assert_int_equal(i->stats.undated, 2);
	assert_false(i->stats.dated);
	free(i);
}

static void test_foreign(void **state)
{
	struct imported *i = import(
		"[    1.000000] nvmet: ctrl 1 keep-alive timer (5 seconds) expired!\n"
		"[    1.100000] nvmet: ctrl 1 fatal error occurred!\n"
		"[    1.200000] nvmet_tcp: enabling port 4420 (127.0.0.1:4420)\n"
		"[    1.300000] nvme nvme0: I/O tag 1 (0001) opcode 0x2 (I/O Cmd) QID 3 timeout, "
		"aborting req_op:READ(0) size:4096\n"
		"[    1.400000] nvme nvme0: something new in this kernel\n"
		"[    1.500000] nvme nvme: starting error recovery\n"
		"[    1.600000] nvme nvme99999999999: starting error recovery\n");

	(void)state;
	assert_int_equal(i->nrecs, 0);
	assert_int_equal(i->stats.lines, 7);
	free(i);
}

/* ---- sessions --------------------------------------------------------------------- */

static void test_interleaved(void **state)
{
	char text[8192] = "";
	size_t n = 0;
	struct imported *i;

	(void)state;
	for (unsigned int step = 0; step < 3; step++)
		for (unsigned int c = 0; c < 20; c++)
			n += (size_t)snprintf(
				text + n, sizeof(text) - n, "[%5u.%06u] nvme nvme%u: %s\n",
				step + 1, c, (c * 7) % 20,
				(const char *const[]) {
					"starting error recovery", "Reconnecting in 1 seconds...",
					"Successfully reconnected (attempt 1/60)" }[step]);
	i = import(text);
	assert_int_equal(i->nrecs, 20);
	for (unsigned int c = 0; c < 20; c++) {
		assert_int_equal(i->recs[c].r.end, NCT_END_LIVE);
		assert_int_equal(i->recs[c].r.duration_ns, 2000 * MS);
	}
	free(i);
}

static void test_boots(void **state)
{
	static const char second[] = "[    5.000000] nvme nvme0: starting error recovery\n";
	static const char *const marks[] = {
		"[    0.000000] Linux version 6.12.1-x (a@b) #1 SMP\n",
		"[    0.000000] Command line: x\n", /* time goes back */
		"-- Boot 0123456789abcdef0123456789abcdef --\n",
		"-- Reboot --\n",
	};

	(void)state;
	for (size_t k = 0; k < sizeof(marks) / sizeof(marks[0]); k++) {
		struct imported *i;
		char text[512];

		snprintf(text, sizeof(text),
			 "[    3.000000] nvme nvme0: starting error recovery\n%s%s", marks[k],
			 second);
		i = import(text);
		assert_int_equal(i->nsessions, 2);
		assert_int_equal(i->nrecs, 2);
		assert_int_equal(i->recs[0].session, 0);
		assert_int_equal(i->recs[1].session, 1);
		assert_int_equal(i->recs[0].r.end, NCT_END_INCOMPLETE);
		assert_string_equal(i->sessions[1].kernel, k ? "" : "6.12.1-x");
		free(i);
	}
}

static void test_one_boot(void **state)
{
	struct imported *i = import("[    0.000000] microcode: updated early\n"
				    "[    0.000000] Linux version 6.12.1-x (a@b) #1 SMP\n"
				    "[    3.000100] nvme nvme0: starting error recovery\n"
				    "[    3.000000] usb: another CPU's\n"
				    "[    4.000000] nvme nvme0: Reconnecting in 1 seconds...\n");

	(void)state;
	assert_int_equal(i->nsessions, 1);
	assert_int_equal(i->nrecs, 1);
	free(i);
}

static void test_hosts(void **state)
{
	struct imported *i = import(
		"2026-11-22T16:42:38.000000Z a kernel: nvme nvme0: starting error recovery\n"
		"2026-11-22T16:42:38.100000Z b kernel: nvme nvme0: starting error recovery\n"
		"2026-11-22T16:42:39.000000Z a kernel: nvme nvme0: Reconnecting in 1 seconds...\n"
		"2026-11-22T16:42:39.500000Z c app: nvme nvme0: Reconnecting in 1 seconds...\n"
		"2026-11-22T16:42:40.000000Z b kernel: nvme nvme0: Reconnecting in 1 seconds...\n"
		"2026-11-22T16:42:41.000000Z a kernel: nvme nvme0: Successfully reconnected "
		"(attempt "
		"1/60)\n"
		"2026-11-22T16:42:44.000000Z b kernel: nvme nvme0: Successfully reconnected "
		"(attempt "
		"1/60)\n");

	(void)state;
	assert_int_equal(i->nsessions, 2);
	assert_string_equal(i->sessions[0].host, "a");
	assert_string_equal(i->sessions[1].host, "b");
	assert_int_equal(i->nrecs, 2);
	assert_int_equal(i->recs[0].r.duration_ns, 3000 * MS);
	assert_int_equal(i->recs[1].r.duration_ns, 5900 * MS);
	assert_int_equal(i->nanchors, 2);
	assert_int_equal(i->anchors[0].realtime_ns, 1795365758000000000ull);
	free(i);
}

/* The kernel's stamp counts; syslog's says what time that was. */
static void test_anchored(void **state)
{
	struct imported *i = import(
		"2026-11-22T16:42:38.000000Z a kernel: [   10.000000] nvme nvme0: starting error "
		"recovery\n"
		"2026-11-22T16:42:39.000200Z a kernel: [   11.000000] nvme nvme0: Reconnecting in "
		"1 "
		"seconds...\n"
		"2026-11-22T18:42:41.000000Z a kernel: [   13.000000] nvme nvme0: Successfully "
		"reconnected (attempt 1/60)\n");

	(void)state;
	assert_int_equal(only(i)->start_ns, 10000 * MS);
	assert_int_equal(only(i)->duration_ns, 3000 * MS);
	assert_int_equal(i->nanchors, 2); /* the machine slept in between */
	assert_int_equal(i->anchors[0].monotonic_ns, 10000 * MS);
	assert_int_equal(i->anchors[0].realtime_ns, 1795365758000000000ull);
	free(i);
}

static void test_boot_ids(void **state)
{
	struct imported *i = import("{\"__MONOTONIC_TIMESTAMP\":\"5000000\",\"_BOOT_ID\":\"0\",\"_"
				    "TRANSPORT\":\"kernel\","
				    "\"MESSAGE\":\"nvme nvme0: starting error recovery\"}\n"
				    "{\"__MONOTONIC_TIMESTAMP\":\"6000000\",\"_BOOT_ID\":\"1\",\"_"
				    "TRANSPORT\":\"kernel\","
				    "\"MESSAGE\":\"nvme nvme0: starting error recovery\"}\n");

	(void)state;
	assert_int_equal(i->nsessions, 2);
	free(i);
}

#define JSON(US, BOOT, TRANSPORT, MESSAGE)                                                         \
	"{\"_HOSTNAME\":\"a\",\"__MONOTONIC_TIMESTAMP\":\"" US "\",\"_BOOT_ID\":\"" BOOT           \
	"\",\"_TRANSPORT\":\"" TRANSPORT "\",\"MESSAGE\":\"" MESSAGE "\"}\n"

/* clang-format off */
static const char other_programs[] =
	JSON("5000000", "0", "kernel", "nvme nvme0: starting error recovery")
	JSON("9000000", "0", "syslog", "something")
	JSON("5200000", "0", "kernel", "nvme nvme0: Reconnecting in 1 seconds...")
	JSON("9100000", "0", "driver", "Missed 7 kernel messages")
	JSON("6300000", "0", "kernel", "nvme nvme0: Successfully reconnected (attempt 1/60)");

static const char came_late[] =
	JSON("5000000", "0", "kernel", "nvme nvme0: starting error recovery")
	JSON("9000000", "0", "kernel", "nvme nvme0: Reconnecting in 1 seconds...")
	JSON("7000000", "0", "kernel", "usb 1-1: late")
	JSON("9300000", "0", "kernel", "nvme nvme0: Successfully reconnected (attempt 1/60)");
/* clang-format on */

/* The journal received them when it came to it, which says nothing of the kernel's lines. */
static void test_other_programs_time(void **state)
{
	struct imported *i = import(other_programs);

	(void)state;
	assert_int_equal(i->nsessions, 1);
	assert_int_equal(only(i)->duration_ns, 1300 * MS);
	assert_int_equal(only(i)->total_ns[NCT_PHASE_QUEUE], 200 * MS);
	assert_true(only(i)->notes & NCT_NOTE_LOSSY);
	free(i);
}

/* One that came late by seconds is no other boot. */
static void test_same_boot_id(void **state)
{
	struct imported *i = import(came_late);

	(void)state;
	assert_int_equal(i->nsessions, 1);
	assert_int_equal(only(i)->duration_ns, 4300 * MS);
	free(i);
}

/* Which host a line is from is found at once, however many there are. */
static void test_many_hosts(void **state)
{
	const unsigned int hosts = 20000;
	const size_t size = hosts * 3 * 64ul;
	char *text = malloc(size);
	struct nct_import_stats stats = { 0 };
	const struct nct_session model = { .resolution_ns = 1 };
	struct check check = { 0 };
	struct nct_lines lines;
	size_t n = 0;

	(void)state;
	assert_non_null(text);
	for (unsigned int k = 0; k < 3 * hosts; k++)
		n += (size_t)snprintf(text + n, size - n,
				      "Nov 22 16:42:3%u h%u kernel: usb 1-1: x\n", k / hosts,
				      k * 7919 % hosts);
	nct_lines_memory(&lines, text, n);
	assert_int_equal(nct_dmesg_import(&lines, &model, &check_ops, &check, &stats), 0);
	assert_int_equal(stats.sessions, hosts);
	assert_int_equal(stats.forward, 2 * hosts);
	assert_int_equal(stats.backward, 0);
	free(text);
}

static void test_backwards(void **state)
{
	struct imported *i =
		import("Nov 22 16:42:50 a kernel: nvme nvme0: Reconnecting in 10 seconds...\n"
		       "Nov 22 16:42:49 a kernel: nvme nvme0: starting error recovery\n"
		       "Nov 22 16:42:45 a kernel: usb 1-1: x\n");

	(void)state;
	assert_int_equal(i->stats.forward, 0);
	assert_int_equal(i->stats.backward, 2);
	free(i);
}

static void test_noise(void **state)
{
	struct imported *i =
		import("\r\n\xff\xfe[   10.000000] nvme nvme0: starting error recovery\n"
		       "[   10.000000] nvme nvme0: starting error recovery\r\n"
		       "garbage [   10.5 nvme nvme0\n"
		       "[   10.600000] nvme nvme0: Reconnecting in 1 seconds...\r\n"
		       "[   10.700000] nvme nvme0: Reconnecting in x seconds...\n"
		       "[   12.000000] nvme nvme0: Successfully reconnected (attempt "
		       "1/60)\r\n");

	(void)state;
	assert_int_equal(only(i)->end, NCT_END_LIVE);
	assert_int_equal(only(i)->duration_ns, 2000 * MS);
	free(i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrapped),		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_lost_end),	cmocka_unit_test(test_suppressed),
		cmocka_unit_test(test_journald_missed), cmocka_unit_test(test_kmsg_gap),
		cmocka_unit_test(test_truncated),	cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_undated),		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_interleaved),	cmocka_unit_test(test_boots),
		cmocka_unit_test(test_one_boot),	cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_anchored),	cmocka_unit_test(test_boot_ids),
		cmocka_unit_test(test_many_hosts),	cmocka_unit_test(test_backwards),
		cmocka_unit_test(test_noise),		cmocka_unit_test(test_other_programs_time),
		cmocka_unit_test(test_same_boot_id),
	};

	return cmocka_run_group_tests_name("kernel logs: gaps, hosts, boots", tests, NULL, NULL);
}
