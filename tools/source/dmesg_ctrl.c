// SPDX-License-Identifier: GPL-2.0
/* What a log says of one controller, as events. */
#include "dmesg_ctrl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define EVIDENCE_NS 1000000000ull

struct nct_event nct_dmesg_event(const struct nct_dmesg_line *l, enum nct_event_type type)
{
	return (struct nct_event) { .type = type, .instance = l->instance };
}

void nct_dmesg_put(struct nct_dmesg_line *l, struct nct_event *ev)
{
	nct_log_add(l->all, l->ls, ev, 0);
}

static void put_state(struct nct_dmesg_line *l, enum nct_state from, enum nct_state to,
		      const char *site)
{
	struct nct_event ev = nct_dmesg_event(l, NCT_EV_STATE);

	ev.state.old_state = from;
	ev.state.new_state = to;
	ev.state.raw_old = NCT_UNKNOWN_INT;
	ev.state.raw_new = NCT_UNKNOWN_INT;
	snprintf(ev.state.site, sizeof(ev.state.site), "%s", site);
	nct_dmesg_put(l, &ev);
}

static void put_work(struct nct_dmesg_line *l, enum nct_event_type type)
{
	struct nct_event ev = nct_dmesg_event(l, type);

	ev.work.work = NCT_WORK_RECONNECT;
	ev.work.attempt = NCT_UNKNOWN_INT;
	nct_dmesg_put(l, &ev);
}

static struct nct_event identity(const struct nct_dmesg_line *l)
{
	struct nct_event ev = nct_dmesg_event(l, NCT_EV_IDENTITY);

	nct_identity_init(&ev.identity, l->instance);
	return ev;
}

/* The log begins in the middle of it. */
static void found(struct nct_dmesg_line *l, enum nct_state state)
{
	struct nct_event ev = nct_dmesg_event(l, NCT_EV_SNAPSHOT);

	nct_identity_init(&ev.snapshot.id, l->instance);
	ev.snapshot.state = state;
	nct_dmesg_put(l, &ev);
}

void nct_dmesg_transport(struct nct_dmesg_line *l, const char *name, bool *told)
{
	struct nct_event ev = identity(l);

	if (*told)
		return;
	*told = true;
	snprintf(ev.identity.transport, sizeof(ev.identity.transport), "%s", name);
	nct_dmesg_put(l, &ev);
}

void nct_dmesg_max_reconnects(struct nct_dmesg_line *l, int32_t max)
{
	struct nct_event ev = identity(l);

	if (max == l->c->max_reconnects || (max <= 0 && max != -1))
		return;
	l->c->max_reconnects = max;
	ev.identity.max_reconnects = max;
	nct_dmesg_put(l, &ev);
}

static void delay(struct nct_dmesg_line *l, int32_t ms)
{
	struct nct_event ev = identity(l);

	if (ms == NCT_UNKNOWN_INT || ms == l->c->delay_ms)
		return;
	l->c->delay_ms = ms;
	ev.identity.reconnect_delay_ms = ms;
	nct_dmesg_put(l, &ev);
}

static void reset(struct nct_dmesg_ctrl *c, enum nct_dmesg_step step)
{
	c->step = step;
	c->attempt_ns = 0;
	c->announced_ns = 0;
	c->ccr_running = false;
	c->fencing = false;
	c->connecting = false;
	c->timeout_site = NULL;
}

/* nvme_*_timeout() says so, and then has the controller recover: nothing comes between. */
static const char *site_of(const struct nct_dmesg_line *l)
{
	const struct nct_dmesg_ctrl *c = l->c;

	if (c->timeout_site && l->ls->now_ns - c->timeout_ns <= EVIDENCE_NS)
		return c->timeout_site;
	return "";
}

void nct_dmesg_down(struct nct_dmesg_line *l, enum nct_state to, const char *site)
{
	/* Dialect fencing: what was begun goes on. */
	if (l->c->step == NCT_STEP_DOWN && l->c->fencing && to != NCT_STATE_FENCING) {
		put_state(l, NCT_STATE_FENCED, NCT_STATE_RESETTING, "");
		return;
	}
	put_state(l, NCT_STATE_LIVE, to, site ?: site_of(l));
	reset(l->c, NCT_STEP_DOWN);
	l->c->fencing = to == NCT_STATE_FENCING;
}

/* CONNECTING follows RESETTING in every kernel: where nothing was told of this recovery,
 * that is known of its past. Where it was told, when RESETTING began may not be known. */
void nct_dmesg_backoff(struct nct_dmesg_line *l, int32_t delay_ms)
{
	struct nct_dmesg_ctrl *c = l->c;

	delay(l, delay_ms);
	if (c->step != NCT_STEP_CONNECTING) {
		put_state(l, c->step == NCT_STEP_DOWN ? NCT_STATE_UNKNOWN : NCT_STATE_RESETTING,
			  NCT_STATE_CONNECTING, "");
		reset(c, NCT_STEP_CONNECTING);
		return;
	}
	/* An attempt failed, even if it printed nothing. */
	nct_dmesg_connects(l);
	put_work(l, NCT_EV_WORK_END);
	c->connecting = false;
}

void nct_dmesg_connects(struct nct_dmesg_line *l)
{
	if (l->c->step == NCT_STEP_UNKNOWN) {
		found(l, NCT_STATE_CONNECTING);
		reset(l->c, NCT_STEP_CONNECTING);
	}
	if (l->c->step != NCT_STEP_CONNECTING || l->c->connecting)
		return;
	put_work(l, NCT_EV_WORK_START);
	l->c->connecting = true;
}

void nct_dmesg_status(struct nct_dmesg_line *l, int32_t status)
{
	struct nct_event ev = nct_dmesg_event(l, NCT_EV_ATTEMPT_RESULT);

	if (status == NCT_UNKNOWN_INT || l->c->step != NCT_STEP_CONNECTING)
		return;
	ev.result.status = status;
	nct_dmesg_put(l, &ev);
}

void nct_dmesg_live(struct nct_dmesg_line *l)
{
	nct_dmesg_connects(l);
	put_state(l, l->c->connecting ? NCT_STATE_CONNECTING : NCT_STATE_UNKNOWN, NCT_STATE_LIVE,
		  "");
	if (l->c->connecting)
		put_work(l, NCT_EV_WORK_END);
	reset(l->c, NCT_STEP_LIVE);
}

void nct_dmesg_deleted(struct nct_dmesg_line *l)
{
	if (l->c->step == NCT_STEP_UNKNOWN) {
		found(l, NCT_STATE_CONNECTING);
		reset(l->c, NCT_STEP_CONNECTING);
	}
	put_state(l, NCT_STATE_UNKNOWN, NCT_STATE_DELETING, "");
	reset(l->c, NCT_STEP_GONE);
}

void nct_dmesg_removed(struct nct_dmesg_line *l)
{
	struct nct_event ev = nct_dmesg_event(l, NCT_EV_GONE);

	if (l->c->step == NCT_STEP_DOWN || l->c->step == NCT_STEP_CONNECTING)
		put_state(l, NCT_STATE_UNKNOWN, NCT_STATE_DELETING, "");
	else if (l->c->step != NCT_STEP_GONE)
		l->all->stats->removals++;
	nct_dmesg_put(l, &ev);
	*l->c = (struct nct_dmesg_ctrl) { .step = NCT_STEP_GONE };
}

/* The number may be another controller's by now. */
void nct_dmesg_new(struct nct_dmesg_line *l, const struct nct_identity *id)
{
	struct nct_event gone = nct_dmesg_event(l, NCT_EV_GONE), ev = identity(l);

	if (l->c->step != NCT_STEP_UNKNOWN && l->c->step != NCT_STEP_GONE) {
		nct_dmesg_put(l, &gone);
		*l->c = (struct nct_dmesg_ctrl) { 0 };
	}
	ev.identity = *id;
	nct_dmesg_put(l, &ev);
	put_state(l, NCT_STATE_UNKNOWN, NCT_STATE_LIVE, "");
	reset(l->c, NCT_STEP_LIVE);
}

/* ---- CCR and the hold ------------------------------------------------------------------ */

/* Begun before the log: UNKNOWN is named at the end of the session, by its dialect. */
static void inside(struct nct_dmesg_line *l)
{
	l->ls->marks[NCT_DMESG_CCR] = true;
	if (l->c->step != NCT_STEP_UNKNOWN)
		return;
	found(l, NCT_STATE_UNKNOWN);
	reset(l->c, NCT_STEP_DOWN);
}

static void ccr_start(struct nct_dmesg_line *l, uint64_t ts_ns)
{
	struct nct_event ev = nct_dmesg_event(l, NCT_EV_CCR_START);

	ev.ts_ns = ts_ns;
	nct_ccr_init(&ev);
	l->c->ccr_running = true;
	nct_dmesg_put(l, &ev);
}

/*
 * Dialect recovering says so before it looks for a source, and there may be none; each
 * attempt that is made has a line for its end. Dialect fencing may say nothing at the end
 * of one that fails: there the announcement is all there is. The timeout that it tells is that
 * of all the fencing, and not how long one attempt is waited for.
 */
void nct_dmesg_ccr_announced(struct nct_dmesg_line *l)
{
	inside(l);
	l->c->attempt_ns = 0;
	if (l->c->fencing) {
		ccr_start(l, l->ls->now_ns);
		return;
	}
	l->c->announced_ns = l->ls->now_ns;
}

/* One line announces all attempts: the next begins where the last one ended. */
static void ccr_begun(struct nct_dmesg_line *l)
{
	if (l->c->ccr_running)
		return;
	if (l->c->announced_ns)
		ccr_start(l, l->c->announced_ns);
	else if (l->c->attempt_ns)
		ccr_start(l, l->c->attempt_ns);
	l->c->announced_ns = 0;
}

void nct_dmesg_ccr_end(struct nct_dmesg_line *l, int32_t source, int32_t status)
{
	struct nct_event ev = nct_dmesg_event(l, NCT_EV_CCR_END);

	inside(l);
	ccr_begun(l);
	nct_ccr_init(&ev);
	ev.ccr.source = source;
	ev.ccr.status = status;
	l->c->ccr_running = false;
	l->c->attempt_ns = l->ls->now_ns;
	nct_dmesg_put(l, &ev);
}

void nct_dmesg_hold_start(struct nct_dmesg_line *l, int32_t requested_ms)
{
	struct nct_event ev = nct_dmesg_event(l, NCT_EV_HOLD_START);

	inside(l);
	ev.hold.requested_ms = requested_ms;
	l->c->ccr_running = false;
	nct_dmesg_put(l, &ev);
}

void nct_dmesg_hold_end(struct nct_dmesg_line *l)
{
	struct nct_event ev = nct_dmesg_event(l, NCT_EV_HOLD_END);

	if (l->c->step == NCT_STEP_UNKNOWN)
		nct_dmesg_hold_start(l, NCT_UNKNOWN_INT);
	ev.hold.requested_ms = NCT_UNKNOWN_INT;
	nct_dmesg_put(l, &ev);
}
