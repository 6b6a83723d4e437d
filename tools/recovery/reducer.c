// SPDX-License-Identifier: GPL-2.0
/* The reducer: which controller an event is about, and who understands it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

struct nct_reducer *nct_reducer_new(enum nct_dialect dialect, const struct nct_reducer_ops *ops,
				    void *ctx)
{
	struct nct_reducer *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->dialect = dialect;
	if (ops)
		r->ops = *ops;
	r->ctx = ctx;
	return r;
}

void nct_reducer_free(struct nct_reducer *r)
{
	if (!r)
		return;
	nct_ctrl_tables_free(r);
	free(r);
}

const struct nct_reducer_stats *nct_reducer_stats(const struct nct_reducer *r)
{
	return &r->stats;
}

static void mark_lossy(struct nct_reducer *r)
{
	for (struct nct_ctrl *c = r->first; c; c = c->open.next)
		c->open.rec.notes |= NCT_NOTE_LOSSY;
}

/* What ended before is told already; what begins by then is still marked. */
static void lost(struct nct_reducer *r, const struct nct_event *ev)
{
	r->stats.lost += ev->lost.count;
	if (!r->lost || ev->ts_ns > r->lost_until_ns)
		r->lost_until_ns = ev->ts_ns;
	r->lost = true;
	mark_lossy(r);
}

/* nvme_core may be loaded long after observation began. */
static void dialect(struct nct_reducer *r, unsigned int which)
{
	if (which > NCT_DIALECT_FENCING)
		r->stats.unknown_events++;
	else
		r->dialect = which;
}

/* Events that are enough to know that there is such a controller. The others
 * may be the last ones of a controller that is gone. */
static bool introduces(enum nct_event_type type)
{
	return type == NCT_EV_STATE || type == NCT_EV_SNAPSHOT || type == NCT_EV_IDENTITY ||
	       type == NCT_EV_TIMEOUT || type == NCT_EV_ERROR;
}

static struct nct_ctrl *controller_of(struct nct_reducer *r, const struct nct_event *ev)
{
	struct nct_ctrl *c = nct_ctrl_find(r, ev->ctrl, ev->instance);

	if (c) {
		nct_ctrl_name(r, c, ev->ctrl, ev->instance);
		return c;
	}
	if (!introduces(ev->type) || (!ev->ctrl && ev->instance < 0)) {
		r->stats.stray_events++;
		return NULL;
	}
	c = nct_ctrl_new(r, ev->ctrl, ev->instance);
	if (!c)
		r->error = -ENOMEM;
	return c;
}

static uint64_t in_order(struct nct_reducer *r, struct nct_ctrl *c, uint64_t ts_ns)
{
	if (ts_ns < c->last_ns)
		r->stats.out_of_order++;
	else
		c->last_ns = ts_ns;
	return c->last_ns;
}

/* A reconnect gives a new cntlid: until then it is that of the start. */
static void identity(struct nct_ctrl *c, const struct nct_identity *id)
{
	struct nct_open *o = &c->open;

	nct_identity_update(&c->identity, id);
	c->identity_fresh = true;
	if (o->active)
		nct_identity_fill(&o->rec.id, id, !o->rec.attempts);
}

static void snapshot(struct nct_reducer *r, struct nct_ctrl *c, const struct nct_event *ev,
		     uint64_t ts_ns)
{
	identity(c, &ev->snapshot.id);
	nct_state_snapshot(r, c, ev->snapshot.state, ts_ns);
}

static void work(struct nct_reducer *r, struct nct_ctrl *c, const struct nct_event *ev,
		 uint64_t ts_ns)
{
	unsigned int which = ev->work.work;

	if (which == NCT_WORK_UNKNOWN || which >= NCT_WORK_COUNT)
		r->stats.unknown_events++;
	else if (ev->type == NCT_EV_WORK_START)
		nct_work_start(r, c, ev->work.work, ts_ns);
	else
		nct_work_end(r, c, ev->work.work, ts_ns);
}

static void attempt_result(struct nct_reducer *r, struct nct_ctrl *c, int32_t status)
{
	if (!c->open.active)
		r->stats.stray_events++;
	else if (status && status != NCT_UNKNOWN_INT)
		c->open.rec.last_status = status;
}

/* The teardown tells the first one; attempts to connect that fail release requests too. */
static void release(struct nct_reducer *r, struct nct_ctrl *c, const struct nct_event *ev,
		    uint64_t ts_ns)
{
	struct nct_recovery *rec = &c->open.rec;
	uint64_t at_ns = ev->release.at_ns;

	if (!at_ns || at_ns > ts_ns)
		at_ns = ts_ns;
	if (!c->open.active || at_ns < rec->start_ns)
		r->stats.stray_events++;
	else if (rec->time_to_retry_ns == NCT_NONE && rec->kind != NCT_KIND_DELETE &&
		 !(rec->notes & NCT_NOTE_STARTED_BEFORE))
		rec->time_to_retry_ns = at_ns - rec->start_ns;
}

/* Only nvme-loop removes a controller without deleting it: its reset failed. */
static void gone(struct nct_reducer *r, struct nct_ctrl *c, uint64_t ts_ns)
{
	struct nct_open *o = &c->open;
	bool loop = !strcmp(c->identity.transport, "loop") && c->state == NCT_STATE_CONNECTING;

	if (o->active && o->deleting) {
		nct_open_end(r, c, ts_ns, NCT_END_REMOVED, o->rec.trigger.reason,
			     o->rec.trigger.site);
	} else if (o->active) {
		if (!loop)
			o->rec.notes |= NCT_NOTE_LOSSY;
		nct_open_end(r, c, ts_ns, NCT_END_REMOVED, loop ? "reset-failed" : NULL, "");
	}
	nct_ctrl_forget(r, c);
}

static void fence(struct nct_reducer *r, struct nct_ctrl *c, const struct nct_event *ev,
		  uint64_t ts_ns)
{
	if (!nct_fence_event(r, c, ev, ts_ns))
		r->stats.stray_events++;
}

static void io(struct nct_reducer *r, struct nct_ctrl *c, const struct nct_event *ev,
	       uint64_t ts_ns)
{
	if (!nct_io_event(c, ev, ts_ns))
		r->stats.stray_events++;
}

static void notice(struct nct_reducer *r, const struct nct_ctrl *c, uint64_t ts_ns)
{
	if (!nct_io_notice(r, c->instance, ts_ns))
		r->stats.stray_events++;
}

static void dispatch(struct nct_reducer *r, struct nct_ctrl *c, const struct nct_event *ev,
		     uint64_t ts_ns)
{
	switch (ev->type) {
	case NCT_EV_STATE:
		nct_state_event(r, c, ev, ts_ns);
		break;
	case NCT_EV_ERROR:
		nct_evidence_error(c, ev, ts_ns);
		break;
	case NCT_EV_TIMEOUT:
		nct_evidence_timeout(c, ev, ts_ns);
		break;
	case NCT_EV_WORK_START:
	case NCT_EV_WORK_END:
		work(r, c, ev, ts_ns);
		break;
	case NCT_EV_ATTEMPT_RESULT:
		attempt_result(r, c, ev->result.status);
		break;
	case NCT_EV_RELEASE:
		release(r, c, ev, ts_ns);
		break;
	case NCT_EV_GONE:
		gone(r, c, ts_ns);
		break;
	case NCT_EV_SNAPSHOT:
		snapshot(r, c, ev, ts_ns);
		break;
	case NCT_EV_IDENTITY:
		identity(c, &ev->identity);
		break;
	case NCT_EV_IN_FLIGHT:
	case NCT_EV_IO_RELEASED:
	case NCT_EV_IO_PATH:
	case NCT_EV_IO_WAITED:
	case NCT_EV_BLACKOUT:
	case NCT_EV_KEEP_ALIVE:
		io(r, c, ev, ts_ns);
		break;
	case NCT_EV_CCR_NOTICE:
		notice(r, c, ts_ns);
		break;
	default:
		fence(r, c, ev, ts_ns);
	}
}

int nct_reducer_push(struct nct_reducer *r, const struct nct_event *ev)
{
	unsigned int type = ev->type;
	struct nct_ctrl *c;

	r->stats.events++;
	r->error = 0;
	if (type == NCT_EV_NONE || type >= NCT_EV_TYPE_COUNT) {
		r->stats.unknown_events++;
		return 0;
	}
	if (type == NCT_EV_LOST) {
		lost(r, ev);
		return 0;
	}
	if (type == NCT_EV_DIALECT) {
		dialect(r, ev->dialect);
		return 0;
	}
	c = controller_of(r, ev);
	if (c)
		dispatch(r, c, ev, in_order(r, c, ev->ts_ns));
	if (r->error) {
		r->stats.lost++;
		mark_lossy(r);
	}
	return r->error;
}

static uint64_t not_before(const struct nct_ctrl *c, uint64_t ts_ns)
{
	return ts_ns < c->last_ns ? c->last_ns : ts_ns;
}

void nct_reducer_finish(struct nct_reducer *r, uint64_t ts_ns)
{
	while (r->first) {
		struct nct_ctrl *c = r->first;
		uint64_t end_ns = not_before(c, ts_ns);

		c->last_ns = end_ns;
		c->open.rec.notes |= NCT_NOTE_CUT_SHORT;
		nct_open_end(r, c, end_ns, NCT_END_INCOMPLETE, "observation-ended", "");
	}
}

void nct_reducer_each_open(struct nct_reducer *r, uint64_t now_ns,
			   void (*fn)(void *ctx, const struct nct_recovery *rec), void *ctx)
{
	for (struct nct_ctrl *c = r->first; c; c = c->open.next) {
		nct_phase_extend(&c->open, not_before(c, now_ns));
		fn(ctx, &c->open.rec);
	}
}
