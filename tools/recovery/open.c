// SPDX-License-Identifier: GPL-2.0
/* A recovery begins and ends. */
#include <errno.h>
#include <string.h>

#include "model.h"

/* By start; those that start at the same time in the order of their events. */
static void list_add(struct nct_reducer *r, struct nct_ctrl *c)
{
	struct nct_ctrl *after = r->last;

	while (after && after->open.rec.start_ns > c->open.rec.start_ns)
		after = after->open.prev;
	c->open.prev = after;
	c->open.next = after ? after->open.next : r->first;
	*(after ? &after->open.next : &r->first) = c;
	*(c->open.next ? &c->open.next->open.prev : &r->last) = c;
	r->stats.open++;
}

static void list_del(struct nct_reducer *r, struct nct_ctrl *c)
{
	*(c->open.prev ? &c->open.prev->open.next : &r->first) = c->open.next;
	*(c->open.next ? &c->open.next->open.prev : &r->last) = c->open.prev;
	r->stats.open--;
}

/* Empties it, but keeps its arrays for the next recovery of this controller. */
static void reset(struct nct_open *o)
{
	struct nct_span *spans = o->rec.spans;
	struct nct_ccr_attempt *ccr = o->rec.ccr;
	size_t spans_cap = o->spans_cap, ccr_cap = o->ccr_cap;

	memset(o, 0, sizeof(*o));
	o->rec.spans = spans;
	o->rec.ccr = ccr;
	o->spans_cap = spans_cap;
	o->ccr_cap = ccr_cap;
}

static void init(struct nct_reducer *r, struct nct_ctrl *c, const struct nct_begin *how)
{
	struct nct_recovery *rec = &c->open.rec;

	rec->kind = how->kind;
	rec->dialect = r->dialect;
	c->open.fencing_told = r->dialect != NCT_DIALECT_UNKNOWN;
	rec->id = c->identity;
	rec->trigger.opcode = NCT_OPCODE_UNKNOWN;
	rec->start_ns = how->ts_ns;
	rec->time_to_retry_ns = NCT_NONE;
	rec->time_to_live_ns = NCT_NONE;
	rec->hold_requested_ms = NCT_UNKNOWN_INT;
	rec->last_status = NCT_UNKNOWN_INT;
	nct_io_init(&rec->io);
	rec->notes = how->notes;
	if (r->lost && how->ts_ns <= r->lost_until_ns)
		rec->notes |= NCT_NOTE_LOSSY;
}

/* The caller sets trigger, state and flags in between, then announces it. */
bool nct_open_begin(struct nct_reducer *r, struct nct_ctrl *c, const struct nct_begin *how)
{
	reset(&c->open);
	init(r, c, how);
	if (nct_phase_open(&c->open, how->phase, how->ts_ns)) {
		r->error = -ENOMEM;
		return false;
	}
	c->open.active = true;
	list_add(r, c);
	return true;
}

void nct_open_announce(struct nct_reducer *r, struct nct_ctrl *c)
{
	if (r->ops.begin)
		r->ops.begin(r->ctx, &c->open.rec);
}

/* A work was running, and nothing told what for: by the table of phases the
 * time after `queue` and `hold` without a fence is teardown. */
static void settle(struct nct_reducer *r, struct nct_ctrl *c)
{
	struct nct_open *o = &c->open;

	if (!o->pending)
		return;
	o->pending = false;
	nct_phase_enter(r, c, NCT_PHASE_TEARDOWN, o->pending_ns);
}

void nct_open_end(struct nct_reducer *r, struct nct_ctrl *c, uint64_t ts_ns, enum nct_end end,
		  const char *reason, const char *site)
{
	struct nct_open *o = &c->open;
	struct nct_recovery *rec = &o->rec;

	if (!o->active)
		return;
	nct_fence_close(c, ts_ns);
	settle(r, c);
	nct_phase_extend(o, ts_ns);
	rec->end = end;
	rec->end_reason = reason;
	nct_copy_string(rec->end_site, site, sizeof(rec->end_site));
	if (end == NCT_END_LIVE)
		rec->time_to_live_ns = rec->duration_ns;
	nct_fence_decide(o);
	nct_io_close(rec);
	list_del(r, c);
	o->active = false;
	r->stats.finished++;
	if (r->ops.end)
		r->ops.end(r->ctx, rec);
}

/* Another controller has its name now, so it was removed, unseen. */
void nct_open_replaced(struct nct_reducer *r, struct nct_ctrl *c, uint64_t ts_ns)
{
	if (!c->open.deleting)
		c->open.rec.notes |= NCT_NOTE_LOSSY;
	nct_open_end(r, c, ts_ns, NCT_END_REMOVED, "instance-reused", "");
}
