// SPDX-License-Identifier: GPL-2.0
/* What a change of state means. */
#include <string.h>

#include "model.h"

/* One successful change of state, with what was seen before. */
struct edge {
	uint64_t ts_ns;
	uint32_t cpu;
	enum nct_state from; /* as told, else as seen; UNKNOWN */
	enum nct_state to;
	bool told; /* `from` is what the kernel said */
	bool gap;  /* … and it contradicts what was seen */
	char site[NCT_SITE_LEN];
};

static enum nct_state known(enum nct_state state)
{
	return (unsigned int)state < NCT_STATE_COUNT ? state : NCT_STATE_UNKNOWN;
}

bool nct_state_fences(enum nct_state state)
{
	return state == NCT_STATE_RECOVERING || state == NCT_STATE_FENCING;
}

bool nct_state_deletes(enum nct_state state)
{
	return state == NCT_STATE_DELETING || state == NCT_STATE_DELETING_NOIO ||
	       state == NCT_STATE_DEAD;
}

/* States that only a LIVE (or a new) controller gets into. */
static bool is_first(enum nct_state state)
{
	return state == NCT_STATE_RESETTING || nct_state_fences(state);
}

static void set_dialect(struct nct_open *o, enum nct_state state)
{
	enum nct_dialect dialect = nct_dialect_of_state(state);

	if (dialect != NCT_DIALECT_UNKNOWN)
		o->rec.dialect = dialect;
	if (nct_state_fences(state) || state == NCT_STATE_FENCED)
		o->may_fence = true;
}

/* The phase a recovery begins with. */
static enum nct_phase first_phase(enum nct_state state)
{
	if (state == NCT_STATE_CONNECTING)
		return NCT_PHASE_BACKOFF;
	if (nct_state_deletes(state) || state == NCT_STATE_FENCED)
		return NCT_PHASE_TEARDOWN;
	return NCT_PHASE_QUEUE;
}

/* The state tells more than the site: an error is what makes it fence. */
static enum nct_kind kind_of(enum nct_kind cause, enum nct_state to)
{
	if (nct_state_fences(to))
		return NCT_KIND_RECOVERY;
	if (nct_state_deletes(to))
		return cause == NCT_KIND_RECOVERY ? NCT_KIND_RECOVERY : NCT_KIND_DELETE;
	if (cause == NCT_KIND_DELETE)
		return NCT_KIND_RESET;
	return cause ? cause : NCT_KIND_RECOVERY;
}

static void begin(struct nct_reducer *r, struct nct_ctrl *c, const struct edge *e)
{
	struct nct_trigger trigger = { .opcode = NCT_OPCODE_UNKNOWN };
	enum nct_kind cause = nct_evidence_trigger(c, e->ts_ns, e->cpu, e->site, &trigger);
	struct nct_begin how = {
		.ts_ns = e->ts_ns,
		.kind = kind_of(cause, e->to),
		.phase = first_phase(e->to),
		.notes = e->gap ? NCT_NOTE_LOSSY : 0,
	};

	if (e->to == NCT_STATE_UNKNOWN)
		how.notes |= NCT_NOTE_UNKNOWN_STATE;
	if (!nct_open_begin(r, c, &how))
		return;
	c->open.rec.trigger = trigger;
	c->open.deleting = nct_state_deletes(e->to);
	/* A site that is not known to us is no proof that somebody asked for it. */
	c->open.kind_open = !cause && !e->site[0] && !c->open.deleting && !nct_state_fences(e->to);
	c->open.past_fence = how.phase != NCT_PHASE_QUEUE;
	set_dialect(&c->open, e->to);
	c->open.rec.leaver_unknown = nct_state_fences(e->to); /* until that is told */
	nct_open_announce(r, c);
}

/* The start was not seen. `to`: the state it is in. */
static void begin_inside(struct nct_reducer *r, struct nct_ctrl *c, enum nct_state to,
			 uint64_t ts_ns, unsigned int notes)
{
	struct nct_begin how = {
		.ts_ns = ts_ns,
		.kind = NCT_KIND_RECOVERY,
		/* RESETTING: most of that time is teardown, the queue is short. */
		.phase = to == NCT_STATE_RESETTING ? NCT_PHASE_TEARDOWN : first_phase(to),
		.notes = NCT_NOTE_STARTED_BEFORE | notes,
	};

	if (!nct_open_begin(r, c, &how))
		return;
	/* RECOVERING, FENCING: `queue`, for what comes next is not known; what
	 * the works tell then follows as in any recovery. */
	c->open.past_fence = how.phase != NCT_PHASE_QUEUE;
	set_dialect(&c->open, to);
	nct_open_announce(r, c);
}

static void end_live(struct nct_reducer *r, struct nct_ctrl *c, const struct edge *e)
{
	struct nct_open *o = &c->open;
	enum nct_phase now = nct_phase_now(o);

	if (o->deleting) {
		o->rec.notes |= NCT_NOTE_LOSSY;
		nct_open_end(r, c, e->ts_ns, NCT_END_INCOMPLETE, "events-lost", e->site);
		return;
	}
	if (now != NCT_PHASE_CONNECT)
		o->rec.notes |= NCT_NOTE_MISSED_BOUNDARY;
	if (o->rec.notes & NCT_NOTE_STARTED_BEFORE)
		nct_open_end(r, c, e->ts_ns, NCT_END_INCOMPLETE, "observation-began-inside",
			     e->site);
	else
		nct_open_end(r, c, e->ts_ns, NCT_END_LIVE, NULL, e->site);
}

/* RESETTING or FENCED: nothing keeps the work from tearing down any more. */
static void go_on(struct nct_reducer *r, struct nct_ctrl *c, const struct edge *e)
{
	struct nct_open *o = &c->open;

	if (nct_phase_now(o) == NCT_PHASE_TEARDOWN)
		return;
	if (o->may_fence || nct_phase_now(o) != NCT_PHASE_QUEUE)
		nct_fence_leave(r, c, e->ts_ns);
}

/* Tail calls may have left no trace of a work that gave up: then it is still running. */
static const char *removal_reason(const struct nct_ctrl *c, const char *site)
{
	const char *reason = nct_end_reason_of(site);

	if (reason || !c->works)
		return reason;
	return strcmp(c->identity.transport, "pcie") ? "reconnect-limit" : "reset-failed";
}

/* While requests are held, nothing but the end of fencing may let the controller go on. */
static void note_intruder(struct nct_ctrl *c, const struct edge *e)
{
	struct nct_recovery *rec = &c->open.rec;
	bool goes_on = e->to == NCT_STATE_RESETTING || nct_state_deletes(e->to);

	if (!nct_state_fences(e->from) || nct_state_fences(e->to))
		return;
	rec->leaver_unknown = !e->site[0];
	if (!goes_on || !nct_cause_of(e->site) || rec->intruder_ns)
		return;
	/* The old state was read before the lock was taken, and the fencing was over in between. */
	if (e->gap)
		return;
	rec->intruder_ns = e->ts_ns;
	nct_copy_string(rec->intruder_site, e->site, sizeof(rec->intruder_site));
}

static void inside(struct nct_reducer *r, struct nct_ctrl *c, const struct edge *e)
{
	if (e->to == NCT_STATE_LIVE) {
		end_live(r, c, e);
	} else if (c->open.deleting) {
		return;
	} else if (nct_state_deletes(e->to)) {
		nct_open_end(r, c, e->ts_ns, NCT_END_REMOVED, removal_reason(c, e->site), e->site);
	} else if (e->to == NCT_STATE_CONNECTING) {
		nct_connecting(r, c, e->ts_ns);
	} else if (e->to == NCT_STATE_RESETTING || e->to == NCT_STATE_FENCED) {
		go_on(r, c, e);
	}
}

/* Past the first edge of a recovery that we know nothing of. */
static bool is_inner(const struct nct_ctrl *c, const struct edge *e)
{
	bool from = is_first(e->from) || e->from == NCT_STATE_FENCED;
	bool to = e->to == NCT_STATE_RESETTING || e->to == NCT_STATE_FENCED ||
		  e->to == NCT_STATE_CONNECTING;

	return from && to && (!c->state_seen || e->gap);
}

static bool opens(const struct edge *e)
{
	if (e->from == NCT_STATE_LIVE)
		return e->to != NCT_STATE_LIVE;
	return e->from == NCT_STATE_UNKNOWN && is_first(e->to);
}

static void outside(struct nct_reducer *r, struct nct_ctrl *c, const struct edge *e)
{
	if (opens(e))
		begin(r, c, e);
	else if (is_inner(c, e))
		begin_inside(r, c, e->to, e->ts_ns, e->gap ? NCT_NOTE_LOSSY : 0);
	else
		r->stats.stray_events++;
}

/* It must have been LIVE in between: two recoveries, never one. */
static bool is_next_recovery(const struct nct_ctrl *c, const struct edge *e)
{
	if (e->to == NCT_STATE_LIVE)
		return false;
	if (e->from == NCT_STATE_LIVE)
		return true;
	return !e->told && c->state == NCT_STATE_CONNECTING && is_first(e->to);
}

static bool is_new_controller(const struct nct_ctrl *c, const struct edge *e)
{
	if (e->to == NCT_STATE_NEW)
		return c->state_seen && c->state != NCT_STATE_NEW;
	return e->from == NCT_STATE_NEW && c->state_seen && c->state != NCT_STATE_NEW;
}

/* Its identity may have been told before its first change of state. */
static void restart(struct nct_reducer *r, struct nct_ctrl *c, struct edge *e)
{
	nct_open_replaced(r, c, e->ts_ns);
	if (!c->identity_fresh)
		nct_identity_init(&c->identity, c->instance);
	nct_evidence_forget(c);
	c->state = NCT_STATE_NEW;
	c->works = 0;
	e->gap = false;
}

static void follow(struct nct_reducer *r, struct nct_ctrl *c, struct edge *e)
{
	struct nct_open *o = &c->open;

	if (is_new_controller(c, e))
		restart(r, c, e);
	if (o->active && is_next_recovery(c, e)) {
		o->rec.notes |= NCT_NOTE_LOSSY;
		nct_open_end(r, c, e->ts_ns, NCT_END_INCOMPLETE, "events-lost", "");
		e->from = NCT_STATE_LIVE;
		e->gap = true;
	}
	if (!o->active) {
		outside(r, c, e);
		return;
	}
	if (e->gap)
		o->rec.notes |= NCT_NOTE_LOSSY;
	if (e->to == NCT_STATE_UNKNOWN)
		o->rec.notes |= NCT_NOTE_UNKNOWN_STATE;
	set_dialect(o, e->to);
	note_intruder(c, e);
	inside(r, c, e);
}

/* The same change told twice, or none at all. */
static bool is_repeated(const struct nct_ctrl *c, const struct nct_event *ev, uint64_t ts_ns)
{
	bool same = c->edge.valid && c->edge.ts_ns == ts_ns &&
		    c->edge.old_state == ev->state.old_state &&
		    c->edge.new_state == ev->state.new_state;
	enum nct_state old = known(ev->state.old_state), new = known(ev->state.new_state);

	return same || (new != NCT_STATE_UNKNOWN &&new == c->state &&
			(old == NCT_STATE_UNKNOWN || old == new));
}

/* Edges that nvme_change_ctrl_state() never makes, in no kernel and no dialect. */
static bool possible(enum nct_state from, enum nct_state to)
{
	switch (to) {
	case NCT_STATE_RESETTING:
		return from != NCT_STATE_CONNECTING && !nct_state_deletes(from);
	case NCT_STATE_CONNECTING:
		return from == NCT_STATE_NEW || from == NCT_STATE_RESETTING;
	case NCT_STATE_LIVE:
		return from != NCT_STATE_LIVE && !nct_state_deletes(from);
	case NCT_STATE_RECOVERING:
	case NCT_STATE_FENCING:
		return from == NCT_STATE_LIVE;
	default:
		return true;
	}
}

/*
 * What the kernel was in before, as told. A hook reads it before the lock is taken: if
 * another CPU changed the state in between, what is told cannot lead where it went, and
 * what was seen last can.
 */
static enum nct_state told_state(const struct nct_ctrl *c, const struct nct_event *ev)
{
	enum nct_state told = known(ev->state.old_state), to = known(ev->state.new_state);

	if (told != c->state && !possible(told, to) && possible(c->state, to) &&
	    c->state != NCT_STATE_UNKNOWN)
		return c->state;
	return told;
}

void nct_state_event(struct nct_reducer *r, struct nct_ctrl *c, const struct nct_event *ev,
		     uint64_t ts_ns)
{
	enum nct_state told = told_state(c, ev);
	struct edge e = {
		.ts_ns = ts_ns,
		.cpu = ev->cpu,
		.from = told != NCT_STATE_UNKNOWN ? told : c->state,
		.to = known(ev->state.new_state),
		.told = told != NCT_STATE_UNKNOWN,
		.gap = told != NCT_STATE_UNKNOWN && c->state != NCT_STATE_UNKNOWN &&
		       told != c->state,
	};

	if (is_repeated(c, ev, ts_ns)) {
		r->stats.stray_events++;
		return;
	}
	if (e.to == NCT_STATE_UNKNOWN)
		r->stats.unknown_events++;
	nct_copy_string(e.site, ev->state.site, sizeof(e.site));
	nct_symbol_clean(e.site);
	follow(r, c, &e);
	if (e.to == NCT_STATE_LIVE)
		nct_evidence_forget(c);
	c->state = e.to;
	c->state_seen = true;
	c->identity_fresh = false;
	c->edge.valid = true;
	c->edge.ts_ns = ts_ns;
	c->edge.old_state = ev->state.old_state;
	c->edge.new_state = ev->state.new_state;
}

/*
 * The state found when observation began. CONNECTING may also be the first
 * connect of a new controller, which looks the same.
 */
void nct_state_snapshot(struct nct_reducer *r, struct nct_ctrl *c, enum nct_state state,
			uint64_t ts_ns)
{
	state = known(state);
	if (state == NCT_STATE_UNKNOWN)
		r->stats.unknown_events++;
	if (c->state_seen || state == NCT_STATE_UNKNOWN)
		return;
	c->state = state;
	c->state_seen = true;
	if (state != NCT_STATE_LIVE && state != NCT_STATE_NEW && !nct_state_deletes(state))
		begin_inside(r, c, state, ts_ns, 0);
}
