// SPDX-License-Identifier: GPL-2.0
/* Kernel logs → recoveries: every line that drivers print, all dialects, and bad weather. */
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
	struct imported *i = import_with(nct_dmesg_import, text);

	assert_int_equal(i->rc, 0);
	return i;
}

static const struct nct_recovery *only(const struct imported *i)
{
	assert_int_equal(i->nrecs, 1);
	return &i->recs[0].r;
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

static const char baseline[] =
	"[   10.000000] nvme nvme1: I/O tag 23 (2017) type 4 opcode 0x1 (I/O Cmd) QID 2 timeout\n"
	"[   10.000100] nvme nvme1: starting error recovery\n"
	"[   10.100000] nvme nvme1: failed nvme_keep_alive_end_io error=10\n"
	"[   10.200000] nvme nvme1: Reconnecting in 10 seconds...\n"
	"[   20.300000] nvme nvme1: failed to connect socket: -110\n"
	"[   20.300100] nvme nvme1: Failed reconnect attempt 1/60\n"
	"[   20.300200] nvme nvme1: Reconnecting in 10 seconds...\n"
	"[   30.400000] nvme nvme1: creating 8 I/O queues.\n"
	"[   30.410000] nvme nvme1: mapped 8/0/0 default/read/poll queues.\n"
	"[   30.500000] nvme nvme1: Successfully reconnected (attempt 2/60)\n";

static void test_baseline(void **state)
{
	struct imported *i = import(baseline);
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
	assert_int_equal(r->fence, NCT_FENCE_UNFENCED);
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

static void test_rdma(void **state)
{
	struct imported *i = import(
		"[   24.900000] nvme nvme0: I/O tag 3 (0003) opcode 0x18 (Keep Alive) QID 0 timeout\n"
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
	assert_int_equal(r->ccr[0].timeout_ms, 30000);
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
	struct imported *i =
		import("[  189.800988] nvme nvme0: starting error recovery\n"
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
	struct imported *i =
		import("[  1.000000] nvme nvme0: starting error recovery\n"
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
	struct imported *i =
		import("[  1.000000] nvme nvme0: starting error recovery\n"
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
	struct imported *i =
		import("[ 100.000000] nvme nvme1: starting controller fencing\n"
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
		"[   58.550875] nvme nvme1: NVME-FC{1}: create association : host wwpn 0x2  rport wwpn "
		"0x3: NQN \"nqn.x:s1\"\n"
		"[   58.551930] nvme nvme1: NVME-FC{1}: reset: Reconnect attempt failed (-6)\n"
		"[   58.552110] nvme nvme1: NVME-FC{1}: Reconnect attempt in 1 seconds\n"
		"[   59.578400] nvme nvme1: NVME-FC{1}: create association : host wwpn 0x2  rport wwpn "
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
	struct imported *i =
		import("[  372.787083] nvme nvme1: starting error recovery\n"
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
	struct imported *i =
		import("[    1.000000] nvme nvme1: new ctrl: NQN \"nqn.x:s1\", addr 127.0.0.1:4421, "
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
	char text[sizeof(baseline)];

	(void)state;
	for (size_t n = 0; n < sizeof(baseline); n++) {
		struct imported *i;

		memcpy(text, baseline, n);
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
				text + n, sizeof(text) - n, "[%5u.%06u] nvme nvme%u: %s\n", step + 1,
				c, (c * 7) % 20,
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

		snprintf(text, sizeof(text), "[    3.000000] nvme nvme0: starting error recovery\n%s%s",
			 marks[k], second);
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
		"2026-11-22T16:42:41.000000Z a kernel: nvme nvme0: Successfully reconnected (attempt "
		"1/60)\n"
		"2026-11-22T16:42:44.000000Z b kernel: nvme nvme0: Successfully reconnected (attempt "
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
		"2026-11-22T16:42:39.000200Z a kernel: [   11.000000] nvme nvme0: Reconnecting in 1 "
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
	struct imported *i = import(
		"{\"__MONOTONIC_TIMESTAMP\":\"5000000\",\"_BOOT_ID\":\"0\",\"_TRANSPORT\":\"kernel\","
		"\"MESSAGE\":\"nvme nvme0: starting error recovery\"}\n"
		"{\"__MONOTONIC_TIMESTAMP\":\"6000000\",\"_BOOT_ID\":\"1\",\"_TRANSPORT\":\"kernel\","
		"\"MESSAGE\":\"nvme nvme0: starting error recovery\"}\n");

	(void)state;
	assert_int_equal(i->nsessions, 2);
	free(i);
}

static void test_noise(void **state)
{
	struct imported *i = import("\r\n\xff\xfe[   10.000000] nvme nvme0: starting error recovery\n"
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
		cmocka_unit_test(test_baseline),      cmocka_unit_test(test_linux_6_1),
		cmocka_unit_test(test_rdma),	      cmocka_unit_test(test_recovering_ccr),
		cmocka_unit_test(test_hold),	      cmocka_unit_test(test_rfc_timeout),
		cmocka_unit_test(test_no_source),     cmocka_unit_test(test_fencing),
		cmocka_unit_test(test_fencing_hold),  cmocka_unit_test(test_fc),
		cmocka_unit_test(test_removed),	      cmocka_unit_test(test_identity),
		cmocka_unit_test(test_reused),	      cmocka_unit_test(test_wrapped),
		cmocka_unit_test(test_cut_short),     cmocka_unit_test(test_lost_end),
		cmocka_unit_test(test_suppressed),    cmocka_unit_test(test_journald_missed),
		cmocka_unit_test(test_kmsg_gap),      cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_every_prefix),  cmocka_unit_test(test_undated),
		cmocka_unit_test(test_foreign),	      cmocka_unit_test(test_interleaved),
		cmocka_unit_test(test_boots),	      cmocka_unit_test(test_one_boot),
		cmocka_unit_test(test_hosts),	      cmocka_unit_test(test_anchored),
		cmocka_unit_test(test_boot_ids),      cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests_name("kernel logs", tests, NULL, NULL);
}
