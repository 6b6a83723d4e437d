// SPDX-License-Identifier: GPL-2.0
/* What the start and the end of a work mean. */
#include "model.h"

static unsigned int bit(enum nct_work work)
{
	return 1u << work;
}

static bool connects(enum nct_work work)
{
	return work == NCT_WORK_RECONNECT || work == NCT_WORK_RESET;
}

/* The work that fences while the controller is in this state. */
static bool fences(enum nct_work work, enum nct_state state)
{
	return (state == NCT_STATE_RECOVERING && work == NCT_WORK_ERR) ||
	       (state == NCT_STATE_FENCING && work == NCT_WORK_FENCING);
}

static void missed(struct nct_open *o)
{
	o->rec.notes |= NCT_NOTE_MISSED_BOUNDARY;
}

/* CONNECTING was reached: whatever came before is over. */
static void leave_teardown(struct nct_reducer *r, struct nct_ctrl *c, uint64_t ts_ns)
{
	struct nct_open *o = &c->open;
	bool boundary = o->pending || o->mark || o->ccr_running;

	if (nct_phase_now(o) < NCT_PHASE_TEARDOWN) {
		missed(o);
		if (boundary)
			nct_fence_leave(r, c, ts_ns);
	}
	o->past_fence = true;
	nct_fence_decide(o);
}

static void attempt_begins(struct nct_reducer *r, struct nct_ctrl *c, uint64_t ts_ns)
{
	c->open.rec.attempts++;
	nct_phase_enter(r, c, NCT_PHASE_CONNECT, ts_ns);
}

/* A reset work connects by itself; other works leave that to the reconnect work. */
void nct_connecting(struct nct_reducer *r, struct nct_ctrl *c, uint64_t ts_ns)
{
	struct nct_open *o = &c->open;

	if (nct_phase_now(o) >= NCT_PHASE_BACKOFF)
		return;
	if (nct_phase_now(o) == NCT_PHASE_QUEUE)
		nct_evidence_no_work(c);
	leave_teardown(r, c, ts_ns);
	if (o->works & bit(NCT_WORK_RESET))
		attempt_begins(r, c, ts_ns);
	else
		nct_phase_enter(r, c, NCT_PHASE_BACKOFF, ts_ns);
}

static void reconnect_starts(struct nct_reducer *r, struct nct_ctrl *c, bool again, uint64_t ts_ns)
{
	struct nct_open *o = &c->open;
	const struct nct_span *s = &o->rec.spans[o->rec.nspans - 1];

	if (again && s->phase == NCT_PHASE_CONNECT && s->start_ns == ts_ns)
		return; /* told twice */
	if (nct_phase_now(o) < NCT_PHASE_BACKOFF) {
		missed(o);
		leave_teardown(r, c, ts_ns);
	}
	if (again || nct_phase_now(o) == NCT_PHASE_CONNECT)
		missed(o);
	attempt_begins(r, c, ts_ns);
}

/* A work that tears down, and may have to fence first. */
static void recovery_starts(struct nct_reducer *r, struct nct_ctrl *c, enum nct_work work,
			    uint64_t ts_ns)
{
	struct nct_open *o = &c->open;
	enum nct_phase now = nct_phase_now(o);

	if (nct_state_fences(c->state)) {
		if (!fences(work, c->state) || o->pending ||
		    (now != NCT_PHASE_QUEUE && now != NCT_PHASE_HOLD))
			return;
		o->pending = true;
		o->pending_ns = ts_ns;
	} else if (now == NCT_PHASE_QUEUE) {
		o->past_fence = true;
		nct_fence_decide(o);
		nct_phase_enter(r, c, NCT_PHASE_TEARDOWN, ts_ns);
	}
}

void nct_work_start(struct nct_reducer *r, struct nct_ctrl *c, enum nct_work work, uint64_t ts_ns)
{
	struct nct_open *o = &c->open;
	bool again = o->works & bit(work);

	c->works |= bit(work);
	if (!o->active || o->deleting) {
		r->stats.stray_events++;
		return;
	}
	o->works |= bit(work);
	nct_evidence_work(c, work);
	if (work == NCT_WORK_RECONNECT)
		reconnect_starts(r, c, again, ts_ns);
	else
		recovery_starts(r, c, work, ts_ns);
}

static void attempt_ends(struct nct_reducer *r, struct nct_ctrl *c, bool started, bool earlier,
			 uint64_t ts_ns)
{
	struct nct_open *o = &c->open;
	bool other = o->works & (bit(NCT_WORK_RECONNECT) | bit(NCT_WORK_RESET));

	if (c->state != NCT_STATE_CONNECTING)
		return;
	if (!started) {
		/* Of the recovery before, or its start was not seen. */
		if (!earlier)
			missed(o);
		return;
	}
	if (nct_phase_now(o) == NCT_PHASE_CONNECT && !other)
		nct_phase_enter(r, c, NCT_PHASE_BACKOFF, ts_ns);
}

void nct_work_end(struct nct_reducer *r, struct nct_ctrl *c, enum nct_work work, uint64_t ts_ns)
{
	struct nct_open *o = &c->open;
	bool earlier = c->works & bit(work), started = o->works & bit(work);

	c->works &= ~bit(work);
	if (!o->active || o->deleting) {
		r->stats.stray_events++;
		return;
	}
	o->works &= ~bit(work);
	if (connects(work))
		attempt_ends(r, c, started, earlier, ts_ns);
	else if (fences(work, c->state) && nct_phase_now(o) < NCT_PHASE_TEARDOWN &&
		 (started || !earlier))
		nct_hold_enter(r, c, ts_ns);
}
