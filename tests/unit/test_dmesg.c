// SPDX-License-Identifier: GPL-2.0
/* Kernel logs → recoveries: every line that drivers print, in all dialects. */
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

static void assert_phases(const struct nct_recovery *r, const enum nct_phase *phases, size_t n)
{
	assert_int_equal(r->nspans, n);
	for (size_t k = 0; k < n; k++)
		assert_int_equal(r->spans[k].phase, phases[k]);
}

#define PHASES(R, ...)                                                                             \
	assert_phases(R, (const enum nct_phase[]) { __VA_ARGS__ },                                 \
		      sizeof((const enum nct_phase[]) { __VA_ARGS__ }) / sizeof(enum nct_phase))

static void test_baseline(void **state)
{
	struct imported *i = import(imported_baseline);
	const struct nct_recovery *r = only(i);

	(void)state;
	assert_int_equal(r->kind, NCT_KIND_RECOVERY);
	assert_int_equal(r->end, NCT_END_LIVE);
	assert_int_equal(r->start_ns, 10000100000ull);
	assert_int_equal(r->time_to_live_ns, 20499900000ull);
	assert_true(r->time_to_retry_ns == NCT_NONE);
	PHASES(r, NCT_PHASE_QUEUE, NCT_PHASE_BACKOFF, NCT_PHASE_CONNECT, NCT_PHASE_BACKOFF,
	       NCT_PHASE_CONNECT);
	assert_int_equal(r->total_ns[NCT_PHASE_QUEUE], 199900000);
	assert_int_equal(r->total_ns[NCT_PHASE_CONNECT], 200000 + 100000000);
	assert_int_equal(r->attempts, 2);
	assert_int_equal(r->last_status, -110);
	assert_int_equal(r->id.max_reconnects, 60);
	assert_int_equal(r->id.reconnect_delay_ms, 10000);
	assert_string_equal(r->id.transport, "tcp");
	assert_string_equal(r->trigger.reason, "io-timeout");
	assert_string_equal(r->trigger.site, "nvme_tcp_timeout");
	assert_int_equal(r->trigger.opcode, 1);
	/* No word of fencing; which kernel it is, the log does not tell. */
	assert_int_equal(r->dialect, NCT_DIALECT_UNKNOWN);
	assert_int_equal(r->fence, NCT_FENCE_UNKNOWN);
	assert_null(r->fence_reason);
	assert_true(r->notes & NCT_NOTE_MISSED_BOUNDARY);
	assert_int_equal(i->sessions[0].resolution_ns, 1000);
	assert_int_equal(i->sessions[0].start_ns, 10000000000ull);
	assert_int_equal(i->sessions[0].end_ns, 30500000000ull);
	assert_int_equal(i->stats.understood, 10);
	assert_int_equal(i->nanchors, 0);
	free(i);
}

static void test_linux_6_1(void **state)
{
	struct imported *i =
		import("[   95.602167] nvme nvme0: queue 0: timeout request 0x68 type 4\n"
		       "[   95.609672] nvme nvme0: starting error recovery\n"
		       "[   96.717803] nvme nvme0: Reconnecting in 1 seconds...\n"
		       "[   97.987670] nvme nvme0: failed to connect socket: -110\n"
		       "[   97.988168] nvme nvme0: Failed reconnect attempt 1\n"
		       "[   97.989480] nvme nvme0: Reconnecting in 1 seconds...\n"
		       "[   99.870419] nvme nvme0: Successfully reconnected (2 attempt)\n");
	const struct nct_recovery *r = only(i);

	(void)state;
	assert_int_equal(r->end, NCT_END_LIVE);
	assert_int_equal(r->attempts, 2);
	assert_int_equal(r->id.max_reconnects, NO);
	assert_string_equal(r->id.transport, "tcp");
	assert_string_equal(r->trigger.reason, "admin-timeout");
	assert_int_equal(r->trigger.opcode, NCT_OPCODE_UNKNOWN);
	free(i);
}

/* On two CPUs: the first one began it. */
static void test_two_timeouts(void **state)
{
	struct imported *i = import(
		"[   13.368351] nvme nvme0: I/O tag 1 (7001) type 4 opcode 0x18 (Admin Cmd) "
		"QID 0 timeout\n"
		"[   13.370404] nvme nvme0: I/O tag 82 (0052) type 4 opcode 0x1 (I/O Cmd) QID "
		"2 timeout\n"
		"[   13.386356] nvme nvme0: starting error recovery\n"
		"[   13.425095] nvme nvme0: Reconnecting in 1 seconds...\n"
		"[   14.493520] nvme nvme0: Successfully reconnected (attempt 1/60)\n");

	(void)state;
	assert_string_equal(only(i)->trigger.reason, "keep-alive-timeout");
	assert_int_equal(only(i)->trigger.opcode, 0x18);
	free(i);
}

static void test_rdma(void **state)
{
	struct imported *i = import(
		"[   24.900000] nvme nvme0: I/O tag 3 (0003) opcode 0x18 (Keep Alive) QID 0 "
		"timeout\n"
		"[   24.919672] nvme nvme0: starting error recovery\n"
		"[   25.084034] nvme nvme0: Reconnecting in 1 seconds...\n"
		"[   26.120477] nvme nvme0: Connect rejected: status 8 (invalid service ID).\n"
		"[   26.124335] nvme nvme0: rdma connection establishment failed (-104)\n"
		"[   26.130982] nvme nvme0: Failed reconnect attempt 1/60\n"
		"[   26.131293] nvme nvme0: Reconnecting in 1 seconds...\n"
		"[   27.615533] nvme nvme0: Successfully reconnected (2 attempts)\n");
	const struct nct_recovery *r = only(i);

	(void)state;
	assert_string_equal(r->id.transport, "rdma");
	assert_string_equal(r->trigger.site, "nvme_rdma_timeout");
	assert_string_equal(r->trigger.reason, "keep-alive-timeout");
	assert_int_equal(r->last_status, -104);
	assert_int_equal(r->attempts, 2);
	free(i);
}

static void test_recovering_ccr(void **state)
{
	struct imported *i =
		import("[  235.399533] nvme nvme0: starting error recovery\n"
		       "[  235.403551] nvme nvme0: attempting CCR, timeout 30000ms\n"
		       "[  235.572358] nvme nvme0: CCR failed with error -67\n"
		       "[  235.678605] nvme nvme0: CCR succeeded using nvme2\n"
		       "[  235.692713] nvme nvme0: Reconnecting in 1 seconds...\n"
		       "[  236.903107] nvme nvme0: Successfully reconnected (attempt 1/60)\n");
	const struct nct_recovery *r = only(i);

	(void)state;
	assert_int_equal(r->dialect, NCT_DIALECT_RECOVERING);
	assert_int_equal(i->sessions[0].dialect, NCT_DIALECT_RECOVERING);
	assert_int_equal(r->fence, NCT_FENCE_CCR);
	PHASES(r, NCT_PHASE_QUEUE, NCT_PHASE_CCR, NCT_PHASE_TEARDOWN, NCT_PHASE_BACKOFF,
	       NCT_PHASE_CONNECT);
	assert_int_equal(r->total_ns[NCT_PHASE_CCR], 235678605000ull - 235403551000ull);
	assert_int_equal(r->nccr, 2);
	assert_int_equal(r->ccr[0].source, NO);
	assert_int_equal(r->ccr[0].status, -67);
	assert_int_equal(r->ccr[0].timeout_ms, NCT_UNKNOWN_INT); /* 30 s are for all of it */
	assert_int_equal(r->ccr[0].start_ns, 235403551000ull);
	assert_int_equal(r->ccr[1].source, 2);
	assert_int_equal(r->ccr[1].start_ns, 235572358000ull);
	assert_int_equal(r->ccr[1].result, NCT_CCR_SUCCESS);
	/* How it succeeded, the log does not tell. */
	assert_int_equal(r->ccr[1].immediate, NO);
	assert_int_equal(r->ccr[1].ccrs, NO);
	free(i);
}

static void test_hold(void **state)
{
	struct imported *i = import(
		"[  189.800988] nvme nvme0: starting error recovery\n"
		"[  189.804541] nvme nvme0: attempting CCR, timeout 8000ms\n"
		"[  191.828554] nvme nvme0: CCR failed with error 16703\n"
		"[  191.828797] nvme nvme0: CCR failed, switch to time-based recovery, "
		"timeout = 5980ms\n"
		"[  193.000000] nvme nvme0: I/O tag 23 (2017) type 4 opcode 0x1 (I/O Cmd) QID "
		"2 timeout\n"
		"[  198.069155] nvme nvme0: Time-based recovery finished\n"
		"[  198.108264] nvme nvme0: Reconnecting in 1 seconds...\n"
		"[  199.163909] nvme nvme0: Successfully reconnected (attempt 1/60)\n");
	const struct nct_recovery *r = only(i);

	(void)state;
	assert_int_equal(r->fence, NCT_FENCE_HOLD);
	assert_string_equal(r->fence_reason, "ccr-rejected");
	assert_true(r->has_hold);
	assert_int_equal(r->hold_requested_ms, 5980);
	PHASES(r, NCT_PHASE_QUEUE, NCT_PHASE_CCR, NCT_PHASE_HOLD, NCT_PHASE_TEARDOWN,
	       NCT_PHASE_BACKOFF, NCT_PHASE_CONNECT);
	/* From the end of the last attempt. */
	assert_int_equal(r->total_ns[NCT_PHASE_HOLD], 198069155000ull - 191828554000ull);
	assert_int_equal(r->ccr[0].result, NCT_CCR_REJECTED);
	free(i);
}

static void test_rfc_timeout(void **state)
{
	struct imported *i = import(
		"[  1.000000] nvme nvme0: starting error recovery\n"
		"[  1.100000] nvme nvme0: attempting CCR, timeout 15000ms\n"
		"[ 16.100000] nvme nvme0: CCR reached timeout, call it done\n"
		"[ 16.200000] nvme nvme0: CCR failed, switch to time-based recovery, timeout = "
		"15000ms\n"
		"[ 31.200000] nvme nvme0: Time-based recovery finished\n"
		"[ 31.300000] nvme nvme0: Reconnecting in 10 seconds...\n");
	const struct nct_recovery *r = only(i);

	(void)state;
	assert_int_equal(r->ccr[0].result, NCT_CCR_TIMEOUT);
	assert_int_equal(r->fence, NCT_FENCE_HOLD);
	assert_string_equal(r->fence_reason, "ccr-timeout");
	assert_int_equal(r->end, NCT_END_INCOMPLETE);
	free(i);
}

/* It says that it attempts before it looks for a source. */
static void test_no_source(void **state)
{
	struct imported *i = import(
		"[  1.000000] nvme nvme0: starting error recovery\n"
		"[  1.100000] nvme nvme0: attempting CCR, timeout 15000ms\n"
		"[  1.100100] nvme nvme0: CCR failed and CQT is not supported, retrying I/O at "
		"once\n"
		"[  1.200000] nvme nvme0: Reconnecting in 10 seconds...\n"
		"[ 11.300000] nvme nvme0: Successfully reconnected (attempt 1/60)\n");
	const struct nct_recovery *r = only(i);

	(void)state;
	assert_int_equal(r->nccr, 0);
	assert_int_equal(r->fence, NCT_FENCE_UNFENCED);
	assert_int_equal(r->dialect, NCT_DIALECT_RECOVERING);
	free(i);
}

/* Lines that a limit swallowed may have told of CCR; elsewhere the log does. */
static void test_silence(void **state)
{
	static const struct {
		const char *between;
		enum nct_fence fence;
	} cases[] = {
		{ "[  2.500000] nvme nvme0: creating 8 I/O queues.\n", NCT_FENCE_UNFENCED },
		{ "[  2.500000] nvme_ccr: 12 callbacks suppressed\n", NCT_FENCE_UNKNOWN },
	};

	(void)state;
	for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		struct imported *i;
		char text[512];

		snprintf(text, sizeof(text),
			 "[  1.000000] nvme nvme1: CCR succeeded using nvme2\n"
			 "[  2.000000] nvme nvme0: starting error recovery\n%s"
			 "[  3.000000] nvme nvme0: Reconnecting in 10 seconds...\n"
			 "[ 13.000000] nvme nvme0: Successfully reconnected (attempt 1/60)\n",
			 cases[k].between);
		i = import(text);
		assert_int_equal(i->nrecs, 2);
		assert_int_equal(i->recs[0].r.id.instance, 0);
		assert_int_equal(i->recs[0].r.fence, cases[k].fence);
		free(i);
	}
}

/* The line that a hold ended is missing, which is no proof that it was cut short. */
static void test_hold_end_lost(void **state)
{
	static const char *const between[] = { "[  3.500000] usb 1-1: x\n",
					       "[  3.500000] ** 3 printk messages dropped **\n" };

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct imported *i;
		char text[512];

		snprintf(text, sizeof(text),
			 "[  1.000000] nvme nvme0: starting error recovery\n"
			 "[  2.000000] nvme nvme0: CCR failed with error 16703\n"
			 "[  2.100000] nvme nvme0: CCR failed, switch to time-based recovery, "
			 "timeout = 5980ms\n%s"
			 "[  8.200000] nvme nvme0: Reconnecting in 10 seconds...\n"
			 "[ 18.300000] nvme nvme0: Successfully reconnected (attempt 1/60)\n",
			 between[k]);
		i = import(text);
		assert_int_equal(only(i)->fence, k ? NCT_FENCE_UNKNOWN : NCT_FENCE_UNFENCED);
		free(i);
	}
}

/* The order seen in the field. */
static void test_fencing(void **state)
{
	struct imported *i =
		import("[  99.900000] nvme nvme1: I/O tag 0 (a000) type 4 opcode 0x18 (Keep Alive) "
		       "QID 0 timeout\n"
		       "[ 100.000000] nvme nvme1: starting controller fencing\n"
		       "[ 100.100000] nvme nvme1: attempting CCR, timeout 15000ms\n"
		       "[ 102.100000] nvme nvme1: CCR succeeded using nvme3\n"
		       "[ 102.200000] nvme nvme1: failed nvme_keep_alive_end_io error=10\n"
		       "[ 102.300000] nvme nvme1: Reconnecting in 10 seconds...\n"
		       "[ 112.400000] nvme nvme1: creating 8 I/O queues.\n"
		       "[ 112.500000] nvme nvme1: mapped 8/0/0 default/read/poll queues.\n"
		       "[ 112.600000] nvme nvme1: Successfully reconnected (attempt 1/60)\n");
	const struct nct_recovery *r = only(i);

	(void)state;
	assert_int_equal(r->dialect, NCT_DIALECT_FENCING);
	assert_int_equal(r->fence, NCT_FENCE_CCR);
	assert_string_equal(r->trigger.reason, "keep-alive-timeout");
	assert_int_equal(r->ccr[0].source, 3);
	assert_int_equal(r->total_ns[NCT_PHASE_CCR], 2000 * MS);
	PHASES(r, NCT_PHASE_QUEUE, NCT_PHASE_CCR, NCT_PHASE_TEARDOWN, NCT_PHASE_BACKOFF,
	       NCT_PHASE_CONNECT);
	free(i);
}

/* … and there, an attempt that fails may have no line of its own. */
static void test_fencing_hold(void **state)
{
	struct imported *i = import(
		"[ 100.000000] nvme nvme1: starting controller fencing\n"
		"[ 100.100000] nvme nvme1: attempting CCR, timeout 15000ms\n"
		"[ 110.100000] nvme nvme1: CCR failed, switch to time-based recovery, timeout "
		"= 5000ms\n"
		"[ 110.200000] nvme nvme1: failed nvme_keep_alive_end_io error=5\n"
		"[ 115.200000] nvme nvme1: Time-based recovery finished\n"
		"[ 115.300000] nvme nvme1: Reconnecting in 10 seconds...\n"
		"[ 125.600000] nvme nvme1: Successfully reconnected (attempt 1/60)\n");
	const struct nct_recovery *r = only(i);

	(void)state;
	assert_int_equal(r->nccr, 1);
	assert_int_equal(r->ccr[0].result, NCT_CCR_UNKNOWN);
	assert_int_equal(r->fence, NCT_FENCE_HOLD);
	assert_string_equal(r->fence_reason, "ccr-result-not-seen");
	assert_int_equal(r->total_ns[NCT_PHASE_CCR], 10000 * MS);
	assert_int_equal(r->total_ns[NCT_PHASE_HOLD], 5100 * MS);
	free(i);
}

static void test_fc(void **state)
{
	struct imported *i = import(
		"[   58.512888] nvme nvme1: NVME-FC{1}: transport association event: transport "
		"detected io error\n"
		"[   58.513097] nvme nvme1: NVME-FC{1}: resetting controller\n"
		"[   58.550875] nvme nvme1: NVME-FC{1}: create association : host wwpn 0x2  rport "
		"wwpn "
		"0x3: NQN \"nqn.x:s1\"\n"
		"[   58.551930] nvme nvme1: NVME-FC{1}: reset: Reconnect attempt failed (-6)\n"
		"[   58.552110] nvme nvme1: NVME-FC{1}: Reconnect attempt in 1 seconds\n"
		"[   59.578400] nvme nvme1: NVME-FC{1}: create association : host wwpn 0x2  rport "
		"wwpn "
		"0x3: NQN \"nqn.x:s1\"\n"
		"[   59.593836] nvme nvme1: NVME-FC{1}: controller connect complete\n"
		"[   70.000000] nvme nvme1: NVME-FC{1}: starting controller fencing io timeout\n");
	const struct nct_recovery *r = &i->recs[0].r;

	(void)state;
	assert_int_equal(i->nrecs, 2);
	assert_string_equal(r->id.transport, "fc");
	assert_int_equal(r->end, NCT_END_LIVE);
	assert_int_equal(r->attempts, 2);
	assert_int_equal(r->last_status, -6);
	assert_int_equal(r->time_to_live_ns, 59593836000ull - 58512888000ull);
	assert_int_equal(i->recs[1].r.dialect, NCT_DIALECT_FENCING);
	free(i);
}

static void test_removed(void **state)
{
	struct imported *i = import(
		"[  372.787083] nvme nvme1: starting error recovery\n"
		"[  372.825868] nvme nvme1: Reconnecting in 1 seconds...\n"
		"[  373.861421] nvme nvme1: Failed reconnect attempt 1/1\n"
		"[  375.923151] nvme nvme1: Removing controller (-111)...\n"
		"[  375.925405] nvme nvme1: Removing ctrl: NQN \"nqn.x:s1\"\n"
		"[  375.953355] nvme nvme1: Property Set error: 880, offset 0x14\n"
		"[  380.291727] nvme nvme1: new ctrl: NQN \"nqn.x:s1\", addr 127.0.0.1:4421, "
		"hostnqn: nqn.x:host\n"
		"[  390.000000] nvme nvme1: Removing ctrl: NQN \"nqn.x:s1\"\n");
	const struct nct_recovery *r = only(i);

	(void)state;
	assert_int_equal(r->end, NCT_END_REMOVED);
	assert_string_equal(r->end_reason, "reconnect-limit");
	assert_int_equal(r->last_status, -111);
	assert_int_equal(r->duration_ns, 375923151000ull - 372787083000ull);
	assert_int_equal(i->stats.removals, 1);
	free(i);
}

static void test_identity(void **state)
{
	struct imported *i = import(
		"[    1.000000] nvme nvme1: new ctrl: NQN \"nqn.x:s1\", addr 127.0.0.1:4421, "
		"hostnqn: nqn.x:host\n"
		"[    1.100000] nvme nvme2: new ctrl: NQN \"nqn.x:s2\", addr [fe80::1%eth0]:4420\n"
		"[    2.000000] nvme nvme1: starting error recovery\n"
		"[    2.000000] nvme nvme2: starting error recovery\n");

	(void)state;
	assert_int_equal(i->nrecs, 2);
	assert_string_equal(i->recs[0].r.id.subsystem, "nqn.x:s1");
	assert_string_equal(i->recs[0].r.id.address, "traddr=127.0.0.1,trsvcid=4421");
	assert_string_equal(i->recs[1].r.id.address, "traddr=fe80::1%eth0,trsvcid=4420");
	assert_int_equal(i->recs[0].r.id.cntlid, NO);
	assert_string_equal(i->recs[0].r.id.transport, "");
	free(i);
}

/* Another controller has the number now, and its removal was not logged. */
static void test_reused(void **state)
{
	struct imported *i = import("[    1.000000] nvme nvme1: starting error recovery\n"
				    "[    9.000000] nvme nvme1: new ctrl: NQN \"nqn.x:s2\", addr "
				    "127.0.0.1:4421\n");

	(void)state;
	assert_int_equal(only(i)->end, NCT_END_REMOVED);
	assert_string_equal(only(i)->id.subsystem, "");
	free(i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_baseline),      cmocka_unit_test(test_linux_6_1),
		cmocka_unit_test(test_two_timeouts),  cmocka_unit_test(test_recovering_ccr),
		cmocka_unit_test(test_rdma),	      cmocka_unit_test(test_recovering_ccr),
		cmocka_unit_test(test_hold),	      cmocka_unit_test(test_rfc_timeout),
		cmocka_unit_test(test_no_source),     cmocka_unit_test(test_fencing),
		cmocka_unit_test(test_fencing_hold),  cmocka_unit_test(test_fc),
		cmocka_unit_test(test_removed),	      cmocka_unit_test(test_identity),
		cmocka_unit_test(test_reused),	      cmocka_unit_test(test_silence),
		cmocka_unit_test(test_hold_end_lost),
	};

	return cmocka_run_group_tests_name("kernel logs", tests, NULL, NULL);
}
