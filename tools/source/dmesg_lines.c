// SPDX-License-Identifier: GPL-2.0
/* The words of nvme's host drivers, "nvme nvmeN: " being taken off. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dmesg_ctrl.h"

static bool at_end(const struct nct_dmesg_line *l)
{
	return l->rest.p == l->rest.end;
}

/* A number that the input may have cut off is none. */
static bool last_int(struct nct_dmesg_line *l, int32_t *n)
{
	if (!nct_take_int(&l->rest, n))
		return false;
	if (at_end(l) && l->cut)
		*n = NCT_UNKNOWN_INT;
	return true;
}

static bool starts_recovery(struct nct_dmesg_line *l)
{
	/* RESETTING or RECOVERING: the session tells, when it is over. */
	nct_dmesg_down(l, NCT_STATE_UNKNOWN, NULL);
	return true;
}

static bool starts_fencing(struct nct_dmesg_line *l)
{
	l->ls->marks[NCT_DMESG_CCR] = true;
	l->ls->marks[NCT_DMESG_FENCING] = true;
	nct_dmesg_down(l, NCT_STATE_FENCING, NULL);
	return true;
}

static bool attempts_ccr(struct nct_dmesg_line *l)
{
	int32_t ms;

	if (!nct_take_int(&l->rest, &ms) || !nct_take(&l->rest, "ms"))
		return false;
	nct_dmesg_ccr_announced(l);
	return true;
}

static bool ccr_succeeded(struct nct_dmesg_line *l)
{
	int32_t source;

	if (!nct_take(&l->rest, "nvme") || !last_int(l, &source) || source < 0)
		source = NCT_UNKNOWN_INT;
	nct_dmesg_ccr_end(l, source, 0);
	return true;
}

static bool ccr_failed(struct nct_dmesg_line *l)
{
	int32_t status;

	if (!last_int(l, &status))
		return false;
	nct_dmesg_ccr_end(l, NCT_UNKNOWN_INT, status);
	return true;
}

static bool ccr_timed_out(struct nct_dmesg_line *l)
{
	nct_dmesg_ccr_end(l, NCT_UNKNOWN_INT, -ETIMEDOUT);
	return true;
}

static bool holds(struct nct_dmesg_line *l)
{
	int32_t ms;

	if (!nct_take_int(&l->rest, &ms) || !nct_take(&l->rest, "ms"))
		ms = NCT_UNKNOWN_INT;
	nct_dmesg_hold_start(l, ms);
	return true;
}

static bool retries_at_once(struct nct_dmesg_line *l)
{
	l->ls->marks[NCT_DMESG_CCR] = true;
	return true;
}

static bool held(struct nct_dmesg_line *l)
{
	l->ls->marks[NCT_DMESG_CCR] = true;
	nct_dmesg_hold_end(l);
	return true;
}

/* An opcode, and whether it is one of the admin queue. */
static void timed_out(struct nct_dmesg_line *l, int32_t opcode, bool admin, const char *site)
{
	struct nct_event ev = nct_dmesg_event(l, NCT_EV_TIMEOUT);

	ev.timeout.opcode = opcode;
	ev.timeout.admin = admin;
	l->timeout = true;
	/* In a recovery it explains nothing: requests that are held time out, too. */
	if (l->c->step == NCT_STEP_DOWN || l->c->step == NCT_STEP_CONNECTING)
		return;
	/* Of several that follow each other the first one began the recovery: those of tcp and rdma
	 * all do, and what comes second finds it begun. */
	if (site && l->c->timeout_site)
		return;
	nct_dmesg_put(l, &ev);
	l->c->timeout_ns = l->ls->now_ns;
	l->c->timeout_site = site;
}

static bool take_hex(struct nct_cursor *c, int32_t *n)
{
	static const char digits[] = "0123456789abcdef";
	unsigned int count = 0;

	*n = 0;
	nct_take(c, "0x");
	for (; c->p < c->end && *c->p && strchr(digits, *c->p) && count < 7; c->p++, count++)
		*n = *n * 16 + (int32_t)(strchr(digits, *c->p) - digits);
	return count > 0;
}

/* " 12 (000c) type 4 opcode 0x1 (I/O Cmd) QID 2 timeout": tcp; rdma has no type. PCIe says
 * what it does about it behind that. */
static bool tag_timed_out(struct nct_dmesg_line *l)
{
	struct nct_cursor *c = &l->rest;
	int32_t n, opcode, qid;
	bool tcp;

	if (!nct_take_int(c, &n) || !nct_take(c, " (") || !take_hex(c, &n) || !nct_take(c, ") "))
		return false;
	tcp = nct_take(c, "type ");
	if (tcp && (!nct_take_int(c, &n) || !nct_take_char(c, ' ')))
		return false;
	if (!nct_take(c, "opcode ") || !take_hex(c, &opcode) || !nct_take(c, " ("))
		return false;
	while (c->p < c->end && !nct_take(c, ") QID "))
		c->p++;
	if (!nct_take_int(c, &qid) || !nct_take(c, " timeout"))
		return false;
	if (at_end(l))
		nct_dmesg_transport(l, tcp ? "tcp" : "rdma", tcp ? &l->c->tcp : &l->c->rdma);
	timed_out(l, opcode, qid == 0,
		  !at_end(l) ? NULL : (tcp ? "nvme_tcp_timeout" : "nvme_rdma_timeout"));
	return true;
}

/* " 1: timeout request 0x68 type 4": tcp of Linux 6.1. */
static bool queue_timed_out(struct nct_dmesg_line *l)
{
	int32_t queue, n;

	if (!nct_take_int(&l->rest, &queue) || !nct_take(&l->rest, ": timeout request ") ||
	    !take_hex(&l->rest, &n) || !nct_take(&l->rest, " type "))
		return false;
	nct_dmesg_transport(l, "tcp", &l->c->tcp);
	timed_out(l, NCT_OPCODE_UNKNOWN, queue == 0, "nvme_tcp_timeout");
	return true;
}

static bool reconnecting(struct nct_dmesg_line *l)
{
	int32_t seconds;

	if (!nct_take_int(&l->rest, &seconds) || !nct_take(&l->rest, " second"))
		return false;
	nct_dmesg_backoff(l, seconds >= 0 && seconds <= INT32_MAX / 1000 ? seconds * 1000
									 : NCT_UNKNOWN_INT);
	return true;
}

static bool attempt_failed(struct nct_dmesg_line *l)
{
	int32_t n, max;

	if (!nct_take_int(&l->rest, &n))
		return false;
	nct_dmesg_connects(l);
	if (nct_take_char(&l->rest, '/') && nct_take_int(&l->rest, &max) && !(l->cut && at_end(l)))
		nct_dmesg_max_reconnects(l, max);
	return true;
}

/* "(attempt 1/60)": tcp; "(1 attempt)": tcp of 6.1; "(2 attempts)": rdma. */
static bool reconnected(struct nct_dmesg_line *l)
{
	struct nct_cursor *c = &l->rest;
	int32_t n, max;

	if (nct_take(c, "attempt ") && nct_take_int(c, &n) && nct_take_char(c, '/') &&
	    nct_take_int(c, &max) && nct_take_char(c, ')')) {
		nct_dmesg_max_reconnects(l, max);
		nct_dmesg_transport(l, "tcp", &l->c->tcp);
	} else if (nct_take_int(c, &n)) {
		if (nct_take(c, " attempts)"))
			nct_dmesg_transport(l, "rdma", &l->c->rdma);
		else if (nct_take(c, " attempt)"))
			nct_dmesg_transport(l, "tcp", &l->c->tcp);
	}
	nct_dmesg_live(l);
	return true;
}

static bool gives_up(struct nct_dmesg_line *l)
{
	int32_t status;

	if (nct_take(&l->rest, " (") && nct_take_int(&l->rest, &status))
		nct_dmesg_status(l, status);
	nct_dmesg_deleted(l);
	return true;
}

static bool removing(struct nct_dmesg_line *l)
{
	nct_dmesg_removed(l);
	return true;
}

/* Said within an attempt, and when a controller is created or reset. */
static bool connects(struct nct_dmesg_line *l)
{
	if (l->c->step == NCT_STEP_CONNECTING)
		nct_dmesg_connects(l);
	return true;
}

static bool connect_failed(struct nct_dmesg_line *l)
{
	int32_t status;

	connects(l);
	nct_take(&l->rest, "(");
	if (last_int(l, &status))
		nct_dmesg_status(l, status);
	return true;
}

static bool no_event(struct nct_dmesg_line *l)
{
	(void)l;
	return true;
}

/* "127.0.0.1:4420" and "[::1]:4420", as sysfs has them: "traddr=127.0.0.1,trsvcid=4420". */
static void copy_address(struct nct_cursor word, char *to, size_t size)
{
	const char *colon = memrchr(word.p, ':', (size_t)(word.end - word.p));
	struct nct_cursor host = { word.p, colon };

	if (!colon || colon == word.p || colon + 1 == word.end)
		return;
	if (*host.p == '[' && colon[-1] == ']') {
		host.p++;
		host.end--;
	}
	snprintf(to, size, "traddr=%.*s,trsvcid=%.*s", (int)(host.end - host.p), host.p,
		 (int)(word.end - colon - 1), colon + 1);
}

/* ` NQN "…", addr 127.0.0.1:4420, hostnqn: …`; fc tells no address. */
static bool new_ctrl(struct nct_dmesg_line *l)
{
	struct nct_cursor nqn, addr;
	struct nct_identity id;

	nct_identity_init(&id, l->instance);
	if (!nct_take_until(&l->rest, "\"", &nqn) || !nct_take_char(&l->rest, '"'))
		return false;
	if (nqn.end - nqn.p < NCT_NQN_LEN)
		nct_copy_rest(nqn, id.subsystem, sizeof(id.subsystem));
	if (nct_take(&l->rest, ", addr ") && nct_take_until(&l->rest, ", ", &addr) &&
	    !(l->cut && at_end(l)))
		copy_address(addr, id.address, sizeof(id.address));
	nct_dmesg_new(l, &id);
	return true;
}

/* ---- fc ----------------------------------------------------------------------------------- */

static bool fc_lost(struct nct_dmesg_line *l)
{
	if (l->c->step != NCT_STEP_DOWN && l->c->step != NCT_STEP_CONNECTING)
		nct_dmesg_down(l, NCT_STATE_UNKNOWN, "");
	return true;
}

/* A new association: the old one is torn down. */
static bool fc_connects(struct nct_dmesg_line *l)
{
	if (l->c->step == NCT_STEP_DOWN)
		nct_dmesg_backoff(l, NCT_UNKNOWN_INT);
	return connects(l);
}

static bool fc_failed(struct nct_dmesg_line *l)
{
	int32_t status;

	if (l->c->step != NCT_STEP_CONNECTING)
		return true;
	nct_dmesg_connects(l);
	if (nct_take_int(&l->rest, &status))
		nct_dmesg_status(l, status);
	return true;
}

static bool fc_connected(struct nct_dmesg_line *l)
{
	if (l->c->step == NCT_STEP_CONNECTING)
		nct_dmesg_live(l);
	return true;
}

struct words {
	const char *begin;
	bool (*say)(struct nct_dmesg_line *l);
};

static bool look_up(struct nct_dmesg_line *l, const struct words *w)
{
	for (; w->begin; w++)
		if (nct_take(&l->rest, w->begin))
			return w->say(l);
	return false;
}

/* "{0}: " is behind us. */
static bool fc_words(struct nct_dmesg_line *l)
{
	static const struct words words[] = {
		{ "starting controller fencing", starts_fencing },
		{ "transport association event", fc_lost },
		{ "controller connectivity lost", fc_lost },
		{ "resetting controller", fc_lost },
		{ "create association", fc_connects },
		{ "reset: Reconnect attempt failed (", fc_failed },
		{ "Reconnect attempt in ", reconnecting },
		{ "controller connect complete", fc_connected },
		{ "new ctrl: NQN \"", new_ctrl },
		{ NULL, NULL },
	};
	uint64_t port;

	if (!nct_take_number(&l->rest, 10, &port) || !nct_take(&l->rest, "}: "))
		return false;
	nct_dmesg_transport(l, "fc", &l->c->fc);
	return look_up(l, words);
}

bool nct_dmesg_words(struct nct_dmesg_line *l)
{
	static const struct words words[] = {
		{ "starting error recovery", starts_recovery },
		{ "starting controller fencing", starts_fencing },
		{ "NVME-FC{", fc_words },
		{ "attempting CCR, timeout ", attempts_ccr },
		{ "CCR succeeded using ", ccr_succeeded },
		{ "CCR reached timeout, call it done", ccr_timed_out },
		{ "CCR failed with error ", ccr_failed },
		{ "CCR failed, switch to time-based recovery, timeout = ", holds },
		{ "CCR failed and CQT is not supported", retries_at_once },
		{ "Time-based recovery finished", held },
		{ "I/O tag ", tag_timed_out },
		{ "queue ", queue_timed_out },
		{ "failed nvme_keep_alive_end_io error=", no_event },
		{ "long keepalive RTT (", no_event },
		{ "Reconnecting in ", reconnecting },
		{ "Failed reconnect attempt ", attempt_failed },
		{ "Successfully reconnected (", reconnected },
		{ "Removing controller", gives_up },
		{ "Removing ctrl: NQN ", removing },
		{ "creating ", connects },
		{ "mapped ", connects },
		{ "failed to connect socket: ", connect_failed },
		{ "rdma connection establishment failed ", connect_failed },
		{ "new ctrl: NQN \"", new_ctrl },
		{ NULL, NULL },
	};
	bool understood = look_up(l, words);

	/* A timeout explains the very next line only. */
	if (!l->timeout)
		l->c->timeout_site = NULL;
	return understood;
}
