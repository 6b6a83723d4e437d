// SPDX-License-Identifier: GPL-2.0
/* Numbers of states, and what a trace of requests tells of changes. */
#include <string.h>

#include "ftrace_line.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Of all kernels released so far. */
static const enum nct_state released[] = {
	NCT_STATE_NEW,	    NCT_STATE_LIVE,	     NCT_STATE_RESETTING, NCT_STATE_CONNECTING,
	NCT_STATE_DELETING, NCT_STATE_DELETING_NOIO, NCT_STATE_DEAD,
};

bool nct_trace_name_state(struct nct_log_session *ls, const struct nct_line *line)
{
	struct nct_cursor c = { line->s, line->s + line->len };
	char name[NCT_STATE_NAME_LEN];
	int32_t value;

	nct_take_char(&c, '#');
	nct_skip_spaces(&c);
	if (!nct_take(&c, "state ") || !nct_take_int(&c, &value) || !nct_skip_spaces(&c) ||
	    value < 0 || (size_t)value >= COUNT(ls->numbers))
		return false;
	nct_copy_rest(c, name, sizeof(name));
	ls->numbers[value] = (int32_t)nct_state_from_name(name);
	ls->marks[NCT_TRACE_NAMED] = true;
	return true;
}

static void name_states(struct nct_log_session *ls)
{
	if (ls->marks[NCT_TRACE_NAMED] || !ls->marks[NCT_TRACE_RELEASED] ||
	    ls->marks[NCT_TRACE_CCR])
		return;
	for (size_t i = 0; i < COUNT(released); i++)
		ls->numbers[i] = (int32_t)released[i];
	ls->marks[NCT_TRACE_NAMED] = true;
}

/* Where all names are known, none of CCR's among them tells that it is an older kernel. */
static enum nct_dialect dialect_of(const struct nct_log_session *ls)
{
	bool live = false;

	for (size_t i = 0; i < COUNT(ls->numbers); i++) {
		enum nct_dialect d = nct_dialect_of_state((enum nct_state)ls->numbers[i]);

		if (d != NCT_DIALECT_UNKNOWN)
			return d;
		live |= ls->numbers[i] == NCT_STATE_LIVE;
	}
	return live ? NCT_DIALECT_BASELINE : NCT_DIALECT_UNKNOWN;
}

void nct_trace_opening(struct nct_log_session *ls)
{
	if (ls->marks[NCT_TRACE_NUMBERED]) {
		name_states(ls);
		ls->s.dialect = dialect_of(ls);
	}
	/* With that it would follow from silence that nothing was fenced. */
	if (ls->s.dialect != NCT_DIALECT_BASELINE && !ls->marks[NCT_TRACE_FENCE])
		ls->s.dialect = NCT_DIALECT_UNKNOWN;
	else if (ls->s.dialect == NCT_DIALECT_UNKNOWN)
		ls->s.dialect = NCT_DIALECT_RECOVERING; /* who else has our tracepoints */
}

static enum nct_state named(const struct nct_log_session *ls, int32_t number)
{
	return number >= 0 && (size_t)number < COUNT(ls->numbers)
		       ? (enum nct_state)ls->numbers[number]
		       : NCT_STATE_UNKNOWN;
}

/* What nvme_change_ctrl_state() grants, in all dialects. */
static bool allowed(enum nct_state from, enum nct_state to)
{
	switch (to) {
	case NCT_STATE_LIVE:
		return from == NCT_STATE_NEW || from == NCT_STATE_RESETTING ||
		       from == NCT_STATE_CONNECTING;
	case NCT_STATE_RESETTING:
		return from == NCT_STATE_NEW || from == NCT_STATE_LIVE || from == NCT_STATE_FENCED;
	case NCT_STATE_CONNECTING:
		return from == NCT_STATE_NEW || from == NCT_STATE_RESETTING;
	case NCT_STATE_RECOVERING:
	case NCT_STATE_FENCING:
		return from == NCT_STATE_LIVE;
	case NCT_STATE_FENCED:
		return from == NCT_STATE_FENCING;
	case NCT_STATE_DELETING:
		return from == NCT_STATE_LIVE || from == NCT_STATE_RESETTING ||
		       from == NCT_STATE_CONNECTING || from == NCT_STATE_FENCED;
	case NCT_STATE_DELETING_NOIO:
		return from == NCT_STATE_DELETING || from == NCT_STATE_DEAD;
	case NCT_STATE_DEAD:
		return from == NCT_STATE_DELETING;
	default:
		return false;
	}
}

/* A request that reads the state, and has to wait for the lock, waits no longer. */
#define STALE_NS 100000000ull

/* Where the answer was not traced: it follows from the rules, and from the answers before.
 * Two may have found the same state, of which the second is refused. */
static bool granted(const struct nct_trace_ctrl *c, const struct nct_event *ev, unsigned int mark)
{
	enum nct_state from = ev->state.old_state;

	if (mark == NCT_TRACE_GRANTED || mark == NCT_TRACE_TOLD)
		return true;
	if (mark == NCT_TRACE_REFUSED || !allowed(from, ev->state.new_state))
		return false;
	return c->state == from || c->before != from || ev->ts_ns - c->changed_ns > STALE_NS;
}

static bool leaves(const struct nct_event *ev)
{
	return ev->state.old_state == NCT_STATE_LIVE || ev->state.new_state == NCT_STATE_DELETING ||
	       ev->state.new_state == NCT_STATE_DELETING_NOIO ||
	       ev->state.new_state == NCT_STATE_DEAD;
}

/* The teardown is over: what was in flight is released by now. */
static int tell_release(struct nct_log_sessions *all, struct nct_trace_ctrl *c,
			const struct nct_event *state)
{
	struct nct_event ev = {
		.type = NCT_EV_RELEASE,
		.ts_ns = state->ts_ns,
		.instance = state->instance,
		.cpu = state->cpu,
	};

	if (!c->released_ns || (state->state.new_state != NCT_STATE_CONNECTING &&
				state->state.new_state != NCT_STATE_DELETING))
		return 0;
	ev.release.how = c->failed_over ? NCT_RELEASE_FAILOVER : NCT_RELEASE_CANCEL;
	ev.release.at_ns = c->released_ns;
	return nct_log_tell(all, &ev);
}

static int finish_state(struct nct_log_sessions *all, struct nct_log_session *ls,
			struct nct_trace_ctrl *c, struct nct_event *ev, unsigned int mark)
{
	int rc;

	if (mark != NCT_TRACE_TOLD) {
		if (!ls->marks[NCT_TRACE_NAMED]) {
			all->stats->unnamed_states = true;
			return 0;
		}
		ev->state.old_state = named(ls, ev->state.raw_old);
		ev->state.new_state = named(ls, ev->state.raw_new);
	}
	if (!granted(c, ev, mark))
		return 0;
	if (!leaves(ev))
		ev->state.site[0] = '\0';
	rc = tell_release(all, c, ev);
	if (leaves(ev)) {
		c->released_ns = 0;
		c->failed_over = false;
	}
	c->before = ev->state.old_state;
	c->changed_ns = ev->ts_ns;
	c->state = ev->state.new_state;
	return rc ? rc : nct_log_tell(all, ev);
}

int nct_trace_finish(struct nct_log_sessions *all, struct nct_log_session *ls, struct nct_event *ev,
		     unsigned int mark)
{
	struct nct_trace_ctrl *c =
		ev->instance >= 0 ? nct_slots_find(&ls->ctrls, (uint64_t)ev->instance) : NULL;

	if (c && mark == NCT_TRACE_RELEASE) {
		/* Of a healthy controller it is a path error. */
		if (c->state == NCT_STATE_LIVE)
			return 0;
		if (ev->ts_ns > c->released_ns)
			c->released_ns = ev->ts_ns;
		c->failed_over |= ev->release.how == NCT_RELEASE_FAILOVER;
		return 0;
	}
	if (c && ev->type == NCT_EV_STATE)
		return finish_state(all, ls, c, ev, mark);
	return nct_log_tell(all, ev);
}
