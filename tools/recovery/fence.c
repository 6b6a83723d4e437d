// SPDX-License-Identifier: GPL-2.0
/* CCR attempts, the hold, and whether the retry was made safe. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

/* A delayed work may run up to one tick early: 10 ms with HZ=100. */
#define HOLD_SLACK_NS 10000000ull

#define NS_PER_MS 1000000ull

static struct nct_ccr_attempt *last_attempt(struct nct_open *o)
{
	return &o->rec.ccr[o->rec.nccr - 1];
}

/* NULL: no room. */
static struct nct_ccr_attempt *add_attempt(struct nct_reducer *r, struct nct_open *o,
					   int32_t source, uint64_t start_ns)
{
	if (o->rec.nccr >= NCT_MAX_SPANS) {
		o->rec.notes |= NCT_NOTE_SPANS_COALESCED;
		return NULL;
	}
	if (o->rec.nccr == o->ccr_cap) {
		size_t cap = o->ccr_cap ? 2 * o->ccr_cap : 4;
		struct nct_ccr_attempt *ccr = realloc(o->rec.ccr, cap * sizeof(*ccr));

		if (!ccr) {
			r->error = -ENOMEM;
			return NULL;
		}
		o->rec.ccr = ccr;
		o->ccr_cap = cap;
	}
	o->rec.nccr++;
	*last_attempt(o) = (struct nct_ccr_attempt) {
		.source = source,
		.start_ns = start_ns,
		.command_ns = NCT_NONE,
		.status = NCT_UNKNOWN_INT,
		.immediate = NCT_UNKNOWN_INT,
		.ccrs = NCT_UNKNOWN_INT,
		.timeout_ms = NCT_UNKNOWN_INT,
		.ciu = NCT_UNKNOWN_INT,
	};
	return last_attempt(o);
}

/* The last attempt is over, but its end was not seen. */
static void abandon_attempt(struct nct_open *o, uint64_t ts_ns)
{
	if (!o->ccr_running)
		return;
	o->ccr_running = false;
	o->rec.notes |= NCT_NOTE_MISSED_BOUNDARY;
	last_attempt(o)->duration_ns = ts_ns - last_attempt(o)->start_ns;
	o->mark = true;
	o->mark_ns = ts_ns;
}

/* Where the phase before a fencing step ends: the work's start, if it was seen. */
static uint64_t step_start(struct nct_open *o, uint64_t ts_ns)
{
	enum nct_phase now = nct_phase_now(o);

	if (o->pending) {
		o->pending = false;
		return o->pending_ns;
	}
	if (now == NCT_PHASE_QUEUE)
		o->rec.notes |= NCT_NOTE_MISSED_BOUNDARY;
	return o->mark && now != NCT_PHASE_QUEUE ? o->mark_ns : ts_ns;
}

/* False: too late for it, the controller is reconnecting. */
static bool may_fence(struct nct_open *o)
{
	return o->active && !o->deleting && nct_phase_now(o) < NCT_PHASE_BACKOFF;
}

/* False: too late for it, as above. */
static bool note_fencing(struct nct_open *o)
{
	if (!may_fence(o))
		return false;
	o->may_fence = true;
	o->kind_open = false;
	return true;
}

static bool ccr_start(struct nct_reducer *r, struct nct_ctrl *c, const struct nct_event *ev,
		      uint64_t ts_ns)
{
	struct nct_open *o = &c->open;
	struct nct_ccr_attempt *a;

	if (!note_fencing(o))
		return false;
	abandon_attempt(o, ts_ns);
	a = add_attempt(r, o, ev->ccr.source, ts_ns); /* told with the phase */
	o->ccr_running = a != NULL;
	if (a) {
		a->timeout_ms = ev->ccr.timeout_ms;
		a->ciu = ev->ccr.ciu;
	}
	if (nct_phase_now(o) != NCT_PHASE_CCR)
		nct_phase_enter(r, c, NCT_PHASE_CCR, step_start(o, ts_ns));
	o->pending = false;
	o->mark = false;
	return true;
}

/*
 * status < 0 is the host's own error: the command was not completed. No log
 * entry, or one that still says "in progress": the wait ended without an answer,
 * which is only called a timeout if the wait was as long as was allowed.
 */
static enum nct_ccr_result result_of(const struct nct_event *ev, const struct nct_ccr_attempt *a)
{
	int32_t status = ev->ccr.status, timeout_ms = a->timeout_ms;

	if (status == -ETIMEDOUT || status == -ETIME)
		return NCT_CCR_TIMEOUT;
	if (status != NCT_UNKNOWN_INT && status < 0)
		return NCT_CCR_FAILED;
	if (status > 0)
		return NCT_CCR_REJECTED;
	if (ev->ccr.immediate == 1 || ev->ccr.ccrs == 1)
		return NCT_CCR_SUCCESS;
	/* A log says that it succeeded, not how. */
	if (status == 0 && ev->ccr.immediate == NCT_UNKNOWN_INT && ev->ccr.ccrs == NCT_UNKNOWN_INT)
		return NCT_CCR_SUCCESS;
	if (ev->ccr.ccrs != NCT_UNKNOWN_INT && ev->ccr.ccrs != 0)
		return NCT_CCR_FAILED;
	if (ev->ccr.ccrs == 0)
		return NCT_CCR_TIMEOUT;
	if (timeout_ms > 0 && a->duration_ns + HOLD_SLACK_NS >= (uint64_t)timeout_ms * NS_PER_MS)
		return NCT_CCR_TIMEOUT;
	return NCT_CCR_UNKNOWN;
}

/* The attempt that this event ends. */
static struct nct_ccr_attempt *ended_attempt(struct nct_reducer *r, struct nct_ctrl *c,
					     const struct nct_event *ev, uint64_t ts_ns)
{
	struct nct_open *o = &c->open;
	int32_t source = ev->ccr.source;
	uint64_t start_ns;

	if (o->ccr_running) {
		struct nct_ccr_attempt *a = last_attempt(o);

		/* The kernel's log names the source at the end only. */
		if (a->source == NCT_UNKNOWN_INT)
			a->source = source;
		if (a->source == source || source == NCT_UNKNOWN_INT)
			return a;
		abandon_attempt(o, ts_ns);
	}
	o->rec.notes |= NCT_NOTE_MISSED_BOUNDARY;
	start_ns = o->pending ? o->pending_ns : ts_ns;
	if (nct_phase_now(o) != NCT_PHASE_CCR)
		nct_phase_enter(r, c, NCT_PHASE_CCR, step_start(o, ts_ns));
	o->pending = false;
	return add_attempt(r, o, source, start_ns);
}

/*
 * A source that has no credit after all is not asked: nvme_issue_wait_ccr() of our series returns
 * at once, without a word in the log and without an event. Only who hooks the function sees it,
 * begin and end.
 */
static bool never_asked(struct nct_open *o, const struct nct_event *ev)
{
	return ev->ccr.status == -EBUSY && o->ccr_running && ev->ccr.source != NCT_UNKNOWN_INT &&
	       last_attempt(o)->source == ev->ccr.source;
}

static void drop_attempt(struct nct_open *o, uint64_t ts_ns)
{
	o->rec.nccr--;
	o->no_credit = true;
	o->ccr_running = false;
	o->mark = true;
	o->mark_ns = ts_ns;
}

static bool ccr_end(struct nct_reducer *r, struct nct_ctrl *c, const struct nct_event *ev,
		    uint64_t ts_ns)
{
	struct nct_open *o = &c->open;
	struct nct_ccr_attempt *a;

	if (!note_fencing(o))
		return false;
	if (never_asked(o, ev)) {
		drop_attempt(o, ts_ns);
		return true;
	}
	a = ended_attempt(r, c, ev, ts_ns);
	o->ccr_running = false;
	o->mark = true;
	o->mark_ns = ts_ns;
	if (!a)
		return true;
	a->duration_ns = ts_ns - a->start_ns;
	a->command_ns = ev->ccr.command_ns ? ev->ccr.command_ns : NCT_NONE;
	a->status = ev->ccr.status;
	a->immediate = ev->ccr.immediate;
	a->ccrs = ev->ccr.ccrs;
	if (ev->ccr.timeout_ms != NCT_UNKNOWN_INT)
		a->timeout_ms = ev->ccr.timeout_ms;
	a->result = result_of(ev, a);
	nct_fence_decide(o);
	return true;
}

/* The work ended, or said, to go on later: in-flight requests are held. */
void nct_hold_enter(struct nct_reducer *r, struct nct_ctrl *c, uint64_t ts_ns)
{
	struct nct_open *o = &c->open;

	abandon_attempt(o, ts_ns);
	if (nct_phase_now(o) != NCT_PHASE_HOLD || o->pending)
		o->hold_since_ns = ts_ns;
	o->rec.has_hold = true;
	o->hold_done = false;
	if (nct_phase_now(o) != NCT_PHASE_HOLD)
		nct_phase_enter(r, c, NCT_PHASE_HOLD, step_start(o, ts_ns));
	o->pending = false;
	o->mark = false;
}

static void hold_told(struct nct_recovery *rec, const struct nct_event *ev)
{
	if (ev->hold.requested_ms != NCT_UNKNOWN_INT)
		rec->hold_requested_ms = ev->hold.requested_ms;
	if (ev->hold.reason[0])
		nct_copy_string(rec->hold_reason, ev->hold.reason, sizeof(rec->hold_reason));
}

static bool hold_start(struct nct_reducer *r, struct nct_ctrl *c, const struct nct_event *ev,
		       uint64_t ts_ns)
{
	if (!note_fencing(&c->open))
		return false;
	hold_told(&c->open.rec, ev); /* told with the phase */
	nct_hold_enter(r, c, ts_ns);
	return true;
}

static bool waited_enough(const struct nct_open *o, uint64_t at_ns)
{
	int32_t ms = o->rec.hold_requested_ms;

	return ms == NCT_UNKNOWN_INT || ms <= 0 ||
	       at_ns - o->hold_since_ns + HOLD_SLACK_NS >= (uint64_t)ms * NS_PER_MS;
}

static bool hold_end(struct nct_ctrl *c, const struct nct_event *ev, uint64_t ts_ns)
{
	struct nct_open *o = &c->open;

	if (!may_fence(o) || nct_phase_now(o) != NCT_PHASE_HOLD)
		return false;
	hold_told(&o->rec, ev);
	o->hold_done = waited_enough(o, ts_ns);
	o->mark = true;
	o->mark_ns = ts_ns;
	return true;
}

/* True: the event belonged to a recovery. */
bool nct_fence_event(struct nct_reducer *r, struct nct_ctrl *c, const struct nct_event *ev,
		     uint64_t ts_ns)
{
	switch (ev->type) {
	case NCT_EV_CCR_START:
		return ccr_start(r, c, ev, ts_ns);
	case NCT_EV_CCR_END:
		return ccr_end(r, c, ev, ts_ns);
	case NCT_EV_HOLD_START:
		return hold_start(r, c, ev, ts_ns);
	case NCT_EV_HOLD_END:
		return hold_end(c, ev, ts_ns);
	default:
		return false;
	}
}

/* When the hold was over: its own end tells best, then the work that ran again. */
static void judge_hold(struct nct_open *o, uint64_t ts_ns)
{
	if (o->mark)
		o->hold_done = waited_enough(o, o->mark_ns);
	else if (o->pending)
		o->hold_done = waited_enough(o, o->pending_ns);
	else
		o->hold_done = waited_enough(o, ts_ns);
	if (!o->mark && !o->pending)
		o->rec.notes |= NCT_NOTE_MISSED_BOUNDARY;
}

/* Fencing is over, done or not: what follows is teardown. */
void nct_fence_leave(struct nct_reducer *r, struct nct_ctrl *c, uint64_t ts_ns)
{
	struct nct_open *o = &c->open;
	uint64_t start_ns;

	abandon_attempt(o, ts_ns);
	if (nct_phase_now(o) == NCT_PHASE_HOLD)
		judge_hold(o, ts_ns);
	start_ns = step_start(o, ts_ns);
	o->mark = false;
	o->past_fence = true;
	nct_fence_decide(o); /* told with the phase that follows */
	nct_phase_enter(r, c, NCT_PHASE_TEARDOWN, start_ns);
}

/* The recovery ends in the middle of an attempt. */
void nct_fence_close(struct nct_ctrl *c, uint64_t ts_ns)
{
	struct nct_open *o = &c->open;

	if (o->ccr_running)
		last_attempt(o)->duration_ns = ts_ns - last_attempt(o)->start_ns;
	o->ccr_running = false;
}
