// SPDX-License-Identifier: GPL-2.0
/* The text of traces → recoveries. */
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
	return import_all_of(nct_ftrace_import, text);
}

/* What is in front of an event, in all ways; it happens at this time. */
static const char *const columns[] = {
	"     kworker/0:1-31      [000] d..1.    %2u.%03u000: ",
	"           <...>-31      [000]          %2u.%03u000: ",
	"   a b [x] -1-31      (     12) [000] .....    %2u.%03u000: ",
	"           <...>-31      (-----) [000] .....    %2u.%03u000: ",
	"kworker/0:1-31 [000]    %2u.%03u000000: ",
	"kworker/-31         0d..1. %2u%03u000us : ",
	"  <idle>-31         0dNs2. %2u%03u000us+: ",
};

struct happening {
	unsigned int ms;
	const char *what;
};

static struct imported *import_all(const char *column, const struct happening *h, size_t n)
{
	char text[16384];
	size_t len = (size_t)snprintf(text, sizeof(text), "# tracer: nop\n#\n");

	for (size_t k = 0; k < n; k++) {
		/* Every column is one of those above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		len += (size_t)snprintf(text + len, sizeof(text) - len, column, h[k].ms / 1000,
					h[k].ms % 1000);
#pragma GCC diagnostic pop
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s\n", h[k].what);
		assert_true(len < sizeof(text));
	}
	return import(text);
}

static const struct happening tracepoints[] = {
	{ 10000, "nvme_ctrl_state_change: nvme0: live -> recovering" },
	{ 10001, "nvme_error_detected: nvme0: by nvme_tcp_timeout+0x11b/0x1b0 [nvme_tcp]" },
	{ 10010, "nvme_err_work_start: nvme0" },
	{ 10020, "nvme_ccr_start: nvme0: source nvme1, cntlid 1, ciu 134, cirn 0x48966c82e74c9f72, "
		 "timeout 2000 ms" },
	{ 10520, "nvme_ccr_end: nvme0: source nvme1, status -110, command 8979586 ns, immediate 0, "
		 "ccrs 0" },
	{ 10530, "nvme_hold_start: nvme0: 9000 ms, CCR status -110" },
	{ 10540, "nvme_err_work_end: nvme0" },
	{ 19540, "nvme_err_work_start: nvme0" },
	{ 19541, "nvme_hold_end: nvme0" },
	{ 19550, "nvme_ctrl_state_change: nvme0: recovering -> resetting" },
	{ 19600, "nvme_ctrl_state_change: nvme0: resetting -> connecting" },
	{ 19601, "nvme_err_work_end: nvme0" },
	{ 20600, "nvme_reconnect_start: nvme0: attempt 1/60" },
	{ 20700, "nvme_reconnect_end: nvme0: status -111" },
	{ 21700, "nvme_reconnect_start: nvme0: attempt 2/60" },
	{ 21800, "nvme_ctrl_state_change: nvme0: connecting -> live" },
	{ 21801, "nvme_reconnect_end: nvme0: status 0" },
};

static void test_tracepoints(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof(columns) / sizeof(columns[0]); k++) {
		struct imported *i = import_all(columns[k], tracepoints,
						sizeof(tracepoints) / sizeof(tracepoints[0]));
		const struct nct_recovery *r = only(i);

		print_message("# %s\n", columns[k]);
		assert_int_equal(r->dialect, NCT_DIALECT_RECOVERING);
		assert_int_equal(r->duration_ns, 11800 * MS);
		assert_string_equal(r->trigger.reason, "timeout");
		assert_string_equal(r->trigger.site, "nvme_tcp_timeout");
		assert_int_equal(r->total_ns[NCT_PHASE_QUEUE], 10 * MS);
		assert_int_equal(r->total_ns[NCT_PHASE_CCR], 510 * MS);
		assert_int_equal(r->total_ns[NCT_PHASE_CONNECT], 200 * MS);
		assert_int_equal(r->fence, NCT_FENCE_HOLD);
		assert_string_equal(r->fence_reason, "ccr-timeout");
		assert_int_equal(r->hold_requested_ms, 9000);
		assert_int_equal(r->ccr[0].source, 1);
		assert_int_equal(r->ccr[0].ciu, 134);
		assert_int_equal(r->ccr[0].timeout_ms, 2000);
		assert_int_equal(r->ccr[0].command_ns, 8979586);
		assert_int_equal(r->attempts, 2);
		assert_int_equal(r->last_status, -111);
		assert_int_equal(r->id.max_reconnects, 60);
		assert_int_equal(r->notes, 0);
		assert_int_equal(i->sessions[0].resolution_ns, k == 4 ? 1 : 1000);
		assert_int_equal(i->stats.understood, 17);
		free(i);
	}
}

/* ---- kprobe events --------------------------------------------------------------------- */

#define CHANGE(INST, OLD, NEW, CALLER)                                                             \
	"state: (nvme_change_ctrl_state+0x4/0x190 [nvme_core]) inst=" #INST " old=" #OLD           \
	" new=" #NEW " caller=" CALLER
#define ANSWER(OK, CALLER) "state_ret: (" CALLER " <- nvme_change_ctrl_state) ok=" #OK

static const struct happening kprobes[] = {
	{ 10000, CHANGE(0, 1, 2, "nvme_tcp_state_change+0x9d/0xd0 [nvme_tcp]") },
	{ 10005, CHANGE(0, 1, 2, "nvme_tcp_timeout+0x9d/0xd0 [nvme_tcp]") }, /* came second */
	{ 10010, "any: (nvme_tcp_error_recovery_work+0x4/0xa0 [nvme_tcp]) inst=0" },
	{ 10015, CHANGE(0, 2, 2, "nvme_tcp_state_change+0x9d/0xd0 [nvme_tcp]") }, /* refused */
	{ 10020, "failover: (nvme_failover_req+0x4/0x130 [nvme_core]) inst=0" },
	{ 10025, "failover: (nvme_failover_req+0x4/0x130 [nvme_core]) inst=0" },
	{ 10030, CHANGE(0, 2, 3, "nvme_tcp_error_recovery_work+0x6b/0xa0 [nvme_tcp]") },
	{ 10035, "any: (process_one_work+0x18d/0x3a0 <- nvme_tcp_error_recovery_work)" },
	{ 11000, "any: (nvme_tcp_reconnect_ctrl_work+0x4/0x90 [nvme_tcp]) inst=0" },
	{ 11100, CHANGE(0, 3, 1, "nvme_tcp_setup_ctrl+0x34c/0x860 [nvme_tcp]") },
	{ 11105, "any: (process_one_work+0x18d/0x3a0 <- nvme_tcp_reconnect_ctrl_work)" },
};

static void test_kprobes(void **state)
{
	struct imported *i = import_all(columns[0], kprobes, sizeof(kprobes) / sizeof(kprobes[0]));
	const struct nct_recovery *r = only(i);

	(void)state;
	assert_int_equal(r->dialect, NCT_DIALECT_BASELINE);
	assert_string_equal(r->id.transport, "tcp");
	assert_int_equal(r->duration_ns, 1100 * MS);
	assert_int_equal(r->time_to_retry_ns, 25 * MS);
	assert_string_equal(r->trigger.reason, "connection-lost");
	assert_string_equal(r->fence_reason, "kernel-without-fencing");
	assert_int_equal(r->nspans, 4);
	assert_int_equal(r->attempts, 1);
	assert_int_equal(r->notes, 0);
	free(i);
}

/* With the kernel's own answers: the first one to ask is not the one that was granted. */
static void test_answers(void **state)
{
	static const struct happening h[] = {
		{ 10000, CHANGE(0, 1, 2, "arch_rethook_trampoline+0x0/0x60") },
		{ 10001, ANSWER(0, "nvme_tcp_state_change+0x9d/0xd0 [nvme_tcp]") },
		{ 10002, CHANGE(0, 1, 2, "arch_rethook_trampoline+0x0/0x60") },
		{ 10003, ANSWER(1, "nvme_tcp_timeout+0x9d/0xd0 [nvme_tcp]") },
		{ 10010, CHANGE(0, 2, 3, "arch_rethook_trampoline+0x0/0x60") },
		{ 10011, ANSWER(1, "nvme_tcp_error_recovery_work+0x9d/0xd0 [nvme_tcp]") },
		{ 11100, CHANGE(0, 3, 1, "arch_rethook_trampoline+0x0/0x60") },
		{ 11101, ANSWER(1, "nvme_tcp_setup_ctrl+0x9d/0xd0 [nvme_tcp]") },
	};
	struct imported *i = import_all(columns[0], h, sizeof(h) / sizeof(h[0]));

	(void)state;
	assert_int_equal(only(i)->start_ns, 10002 * MS);
	assert_string_equal(only(i)->trigger.site, "nvme_tcp_timeout");
	assert_int_equal(only(i)->end, NCT_END_LIVE);
	free(i);
}

/* Who asked for the reset tells, not nvme_reset_ctrl(). */
static void test_reset(void **state)
{
	static const struct happening h[] = {
		{ 9000, CHANGE(0, 3, 1, "nvme_tcp_setup_ctrl+0x34c/0x860 [nvme_tcp]") },
		{ 10000, "r: (nvme_reset_ctrl+0x4/0x190) inst=0 caller=nvme_sysfs_reset+0x1/0x2" },
		{ 10000, CHANGE(0, 1, 2, "nvme_reset_ctrl+0x9d/0xd0 [nvme_tcp]") },
		{ 10001, "w: (nvme_reset_ctrl_work+0x4/0xa0 [nvme_tcp]) inst=0" },
		{ 10002, CHANGE(0, 2, 3, "nvme_reset_ctrl_work+0x9d/0xd0 [nvme_tcp]") },
		{ 10003, CHANGE(0, 3, 1, "nvme_tcp_setup_ctrl+0x34c/0x860 [nvme_tcp]") },
	};
	struct imported *i = import_all(columns[0], h, sizeof(h) / sizeof(h[0]));

	(void)state;
	assert_int_equal(only(i)->kind, NCT_KIND_RESET);
	assert_string_equal(only(i)->trigger.reason, "user-reset");
	assert_int_equal(only(i)->end, NCT_END_LIVE);
	free(i);
}

/* Arguments without a type are printed in hexadecimal. */
static void test_hex(void **state)
{
	static const struct happening h[] = {
		{ 9000, CHANGE(0x2, 0x3, 0x1, "nvme_tcp_setup_ctrl+0x34c/0x860") },
		{ 9001, ANSWER(0x1, "nvme_tcp_setup_ctrl+0x9d/0xd0") },
		{ 10000, CHANGE(0x2, 0x1, 0x2, "nvme_tcp_timeout+0x9d/0xd0") },
		{ 10001, ANSWER(0xffffffff81000001, "nvme_tcp_timeout+0x9d/0xd0") },
		{ 10010, CHANGE(0x2, 0x2, 0x3, "nvme_tcp_error_recovery_work+0x9d/0xd0") },
		{ 10011, ANSWER(0x1, "nvme_tcp_error_recovery_work+0x9d/0xd0") },
		{ 10020, CHANGE(2.5, 0x2, 0x3, "x") }, /* no number at all */
		{ 10021, ANSWER(0x0, "x") },	       /* its answer is not another's */
		{ 10022, "x: (nvme_tcp_error_recovery_work+0x4/0xa0) inst=0x" },
	};
	struct imported *i = import_all(columns[0], h, sizeof(h) / sizeof(h[0]));

	(void)state;
	assert_int_equal(only(i)->id.instance, 2);
	assert_int_equal(only(i)->start_ns, 10000 * MS);
	assert_int_equal(only(i)->nspans, 2);
	assert_int_equal(i->stats.unreadable, 2);
	assert_int_equal(i->stats.understood, 7);
	free(i);
}

/* clang-format off */
/* Both are in the middle of a change: each answer belongs to its CPU. */
static const char idle[] =
	"state 1 LIVE\nstate 2 RESETTING\nstate 3 CONNECTING\n"
	"<idle>-0 [000] d.s. 10.000000: " CHANGE(0, 1, 2, "nvme_tcp_timeout+0x1/0x2") "\n"
	"<idle>-0 [001] d.s. 10.000100: " CHANGE(1, 1, 2, "nvme_tcp_timeout+0x1/0x2") "\n"
	"<idle>-0 [000] d.s. 10.000200: " ANSWER(1, "a+0x1/0x2") "\n"
	"<idle>-0 [001] d.s. 10.000300: " ANSWER(0, "a+0x1/0x2") "\n";

/* Five requests whose returns were missed, and one that was refused. */
static const char missed_returns[] =
	"state 1 LIVE\nstate 2 RESETTING\n"
	"w-1 [000] d.s. 10.000000: " CHANGE(0, 2, 2, "x+0x1/0x2") "\n"
	"w-1 [000] d.s. 10.000001: " CHANGE(1, 2, 2, "x+0x1/0x2") "\n"
	"w-1 [000] d.s. 10.000002: " CHANGE(2, 2, 2, "x+0x1/0x2") "\n"
	"w-1 [000] d.s. 10.000003: " CHANGE(3, 2, 2, "x+0x1/0x2") "\n"
	"w-1 [000] d.s. 10.000004: " CHANGE(4, 2, 2, "x+0x1/0x2") "\n"
	"w-1 [000] d.s. 10.100000: " CHANGE(7, 1, 2, "x+0x1/0x2") "\n"
	"w-1 [000] d.s. 10.100100: " ANSWER(0, "x+0x1/0x2") "\n";

/* What was asked before a loss, and what is answered after it, are not one. */
static const char lost_between[] =
	"state 1 LIVE\nstate 2 RESETTING\n"
	"w-1 [000] d.s. 10.000000: " CHANGE(7, 1, 2, "x+0x1/0x2") "\n"
	"CPU:0 [LOST 3 EVENTS]\n"
	"w-1 [000] d.s. 10.100000: " ANSWER(0, "x+0x1/0x2") "\n";
/* clang-format on */

static void test_idle(void **state)
{
	struct imported *i = import(idle);

	(void)state;
	assert_int_equal(only(i)->id.instance, 0);
	free(i);
}

static void test_missed_returns(void **state)
{
	struct imported *i = import(missed_returns);

	(void)state;
	assert_int_equal(i->nrecs, 0);
	free(i);
	i = import(lost_between);
	assert_int_equal(only(i)->start_ns, 10000 * MS);
	assert_true(only(i)->notes & NCT_NOTE_LOSSY);
	free(i);
}

static const char named[] =
	"state 0 NEW\nstate 1 LIVE\n# state 2 RECOVERING\nstate 3 NVME_CTRL_RESETTING\n"
	"state 4 CONNECTING\nstate 5 DELETING\n";
/* clang-format off */
static const char ccr[] =
	"w-7 [000] .....    10.000000: " CHANGE(1, 1, 2, "nvme_tcp_timeout+0x9d/0xd0") "\n"
	"w-8 [000] .....    10.010000: x: (nvme_tcp_error_recovery_work+0x4/0xa0) inst=1\n"
	"w-8 [000] .....    10.020000: x: (nvme_issue_wait_ccr+0x4/0x470) inst=1 source=0\n"
	"w-8 [000] .....    10.520000: x: (nvme_recover_ctrl+0x3/0x6 <- nvme_issue_wait_ccr) ret=0\n"
	"w-8 [000] .....    10.521000: x: (nvme_end_ctrl_recovery+0x4/0xb0) inst=1\n"
	"w-8 [000] .....    10.530000: x: (nvme_cancel_tagset+0x4/0xb0) inst=1\n"
	"w-8 [000] .....    10.535000: x: (a+0x1/0x2 <- nvme_cancel_tagset)\n"
	"w-8 [000] .....    10.540000: " CHANGE(1, 3, 4, "nvme_tcp_error_recovery_work+0x1/0x2") "\n"
	"w-8 [000] .....    10.550000: x: (process_one_work+0x1/0x2 <- nvme_tcp_error_recovery_work)\n"
	"w-9 [000] .....    11.550000: x: (nvme_tcp_reconnect_ctrl_work+0x4/0xa0) inst=1\n"
	"w-9 [000] .....    11.600000: " CHANGE(1, 4, 1, "nvme_tcp_setup_ctrl+0x34c/0x860") "\n";
/* clang-format on */

static void test_named(void **state)
{
	char text[sizeof(named) + sizeof(ccr)];
	const struct nct_recovery *r;
	struct imported *i;

	(void)state;
	snprintf(text, sizeof(text), "%s%s", named, ccr);
	i = import(text);
	r = only(i);
	assert_int_equal(r->dialect, NCT_DIALECT_RECOVERING);
	assert_int_equal(r->fence, NCT_FENCE_CCR);
	assert_int_equal(r->ccr[0].source, 0);
	assert_int_equal(r->total_ns[NCT_PHASE_CCR], 510 * MS);
	assert_int_equal(r->time_to_retry_ns, 535 * MS);
	assert_int_equal(r->end, NCT_END_LIVE);
	assert_false(i->stats.unnamed_states);
	free(i);
}

/* The numbers of a kernel with CCR are not those of released ones: they are not guessed. */
static void test_unnamed(void **state)
{
	struct imported *i = import(ccr);

	(void)state;
	assert_true(i->stats.unnamed_states);
	for (unsigned int k = 0; k < i->nevents; k++)
		if (i->events[k].type == NCT_EV_STATE)
			assert_int_equal(i->events[k].state.old_state, NCT_STATE_RECOVERING);
	free(i);
}

/* ---- what is missing -------------------------------------------------------------------- */

static const char start[] = "w-1 [000] d..1.    10.000000: nvme_ctrl_state_change: nvme0: live -> "
			    "resetting\n";
static const char rest[] = "w-1 [000] d..1.    11.000000: nvme_ctrl_state_change: nvme0: resetting "
			   "-> connecting\n";

static void test_lost(void **state)
{
	static const char *const notices[] = {
		"CPU:1 [LOST 12 EVENTS]\n",
		"CPU:0 [12 EVENTS DROPPED]\n",
	};

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct imported *i;
		char text[512];

		snprintf(text, sizeof(text), "%s%s%s", start, notices[k], rest);
		i = import(text);
		assert_true(only(i)->notes & NCT_NOTE_LOSSY);
		assert_int_equal(i->stats.missing, 12);
		free(i);
	}
}

static void test_overwritten(void **state)
{
	struct imported *i;
	char text[512];

	(void)state;
	snprintf(text, sizeof(text), "# entries-in-buffer/entries-written: 21/30   #P:2\n%s", rest);
	i = import(text);
	assert_int_equal(i->stats.missing, 9);
	assert_int_equal(only(i)->end, NCT_END_INCOMPLETE);
	assert_true(only(i)->notes & NCT_NOTE_STARTED_BEFORE);
	free(i);
	snprintf(text, sizeof(text), "# entries-in-buffer/entries-written: 21/21   #P:2\n%s",
		 start);
	i = import(text);
	assert_int_equal(i->stats.lossy, 0);
	free(i);
}

static uint64_t notices_in(const char *format, const char *a, const char *b)
{
	struct imported *i;
	char text[512];
	uint64_t n;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof(text), format, a, b);
#pragma GCC diagnostic pop
	i = import(text);
	n = i->stats.lossy;
	assert_int_equal((only(i)->notes & NCT_NOTE_LOSSY) != 0, n != 0);
	free(i);
	return n;
}

/* Buffers of CPUs that were overwritten begin at different times. */
static void test_wrapped(void **state)
{
	(void)state;
	assert_int_equal(notices_in("%s##### CPU 1 buffer started ####\n%s", start, rest), 1);
	assert_int_equal(
		notices_in("# latency: 0 us, #21/30, CPU#0 | (M:server VP:0)\n%s%s", start, rest),
		1);
	assert_int_equal(
		notices_in("# latency: 0 us, #30/30, CPU#0 | (M:server VP:0)\n%s%s", start, rest),
		0);
	/* Behind the last event. */
	assert_int_equal(notices_in("%s%sCPU:1 [LOST 12 EVENTS]\n", start, rest), 1);
}

static void test_cut(void **state)
{
	struct imported *i =
		import("w-1 [000] d..1.    10.000000: nvme_ctrl_state_change: nvme0: "
		       "live -> resetting\n"
		       "w-1 [000] d..1.    10.100000: nvme_reconnect_end: nvme0: status -1");

	(void)state;
	assert_int_equal(only(i)->last_status, NO);
	assert_int_equal(i->stats.cut, 1);
	free(i);
}

static void test_states(void **state)
{
	struct imported *i = import(
		"w-1 [000] d..1.    10.000000: nvme_ctrl_state_change: nvme0: live -> dozing\n"
		"w-1 [000] d..1.    10.100000: nvme_ctrl_state_change: nvme0: deleting -> deleting "
		"(no IO)\n"
		"w-1 [000] d..1.    10.200000: nvme_ctrl_state_change: nvme: live -> dead\n");

	(void)state;
	assert_int_equal(i->nevents, 2);
	assert_int_equal(i->events[0].state.new_state, NCT_STATE_UNKNOWN);
	assert_int_equal(i->events[1].state.new_state, NCT_STATE_DELETING_NOIO);
	free(i);
}

static void test_noise(void **state)
{
	struct imported *i = import(
		"version = 7\ncpus=2\n"
		"##### CPU 1 buffer started ####\n"
		"w-1 [000] d..1.    10.000000: nvme_setup_cmd: nvme0: disk=nvme0c0n1, qid=1, "
		"cmdid=1\n"
		"w-1 [000] d..1.    10.000000: sched_switch: prev_comm=a [120] ==> next_comm=b\n"
		"w-1 [000] d..1.    10.000000: nvme_ctrl_state_change: nvme-1: live -> resetting\n"
		"w-1 [000] d..1.    10.000000: x: (nvme_change_ctrl_state+0x1/0x2) inst=0 old=1\n"
		"w-1 [000] d..1.    10.000000: x: (process_one_work <- "
		"nvme_tcp_error_recovery_work)\n"
		"w-1 [000] d..1.    x: y\n[000]\n- [1] 1.: \n");

	(void)state;
	assert_int_equal(i->nrecs, 0);
	assert_int_equal(i->stats.lines, 11);
	free(i);
}

/* Two traces in one file. */
static void test_back_in_time(void **state)
{
	struct imported *i;
	char text[512];

	(void)state;
	snprintf(text, sizeof(text), "%s%s%s", start, rest, start + 0);
	i = import(text);
	assert_int_equal(i->nsessions, 1); /* one second is no boot */
	free(i);
	snprintf(text, sizeof(text), "%s%s%s", start, rest,
		 "w-1 [000] d..1.    9.900000: nvme_ctrl_state_change: nvme0: live -> resetting\n");
	i = import(text);
	assert_int_equal(i->nsessions, 2);
	free(i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tracepoints), cmocka_unit_test(test_kprobes),
		cmocka_unit_test(test_answers),	    cmocka_unit_test(test_reset),
		cmocka_unit_test(test_named),	    cmocka_unit_test(test_unnamed),
		cmocka_unit_test(test_lost),	    cmocka_unit_test(test_overwritten),
		cmocka_unit_test(test_cut),	    cmocka_unit_test(test_states),
		cmocka_unit_test(test_hex),	    cmocka_unit_test(test_idle),
		cmocka_unit_test(test_wrapped),	    cmocka_unit_test(test_missed_returns),
		cmocka_unit_test(test_noise),	    cmocka_unit_test(test_back_in_time),
	};

	return cmocka_run_group_tests_name("traces", tests, NULL, NULL);
}
