// SPDX-License-Identifier: GPL-2.0
/* Our own tracepoints, as docs/tracepoints.md describes their lines. */
#include <stdio.h>
#include <string.h>

#include "../recovery/trigger.h"
#include "ftrace_line.h"

static bool take_ctrl(struct nct_cursor *c, int32_t *instance)
{
	return nct_take(c, "nvme") && nct_take_int(c, instance) && *instance >= 0;
}

static enum nct_state take_state(struct nct_cursor *c, const char *until)
{
	size_t n = until ? strlen(until) : 0;
	const char *end = until ? memmem(c->p, (size_t)(c->end - c->p), until, n) : c->end;
	char name[NCT_STATE_NAME_LEN];

	if (!end)
		return NCT_STATE_UNKNOWN;
	nct_copy_rest((struct nct_cursor) { c->p, end }, name, sizeof(name));
	c->p = end + n;
	for (size_t len = strlen(name); len && name[len - 1] == ' '; len--)
		name[len - 1] = '\0';
	return nct_state_from_name(name);
}

static bool state_change(struct nct_trace *t, struct nct_cursor c, int32_t instance)
{
	struct nct_event ev = nct_trace_event(t, NCT_EV_STATE, instance);

	if (!nct_take(&c, ": "))
		return false;
	ev.state.old_state = take_state(&c, " -> ");
	ev.state.new_state = take_state(&c, NULL);
	ev.state.raw_old = NCT_UNKNOWN_INT;
	ev.state.raw_new = NCT_UNKNOWN_INT;
	nct_trace_put(t, &ev, NCT_TRACE_TOLD);
	return true;
}

static bool error_detected(struct nct_trace *t, struct nct_cursor c, int32_t instance)
{
	struct nct_event ev = nct_trace_event(t, NCT_EV_ERROR, instance);

	if (!nct_take(&c, ": by "))
		return false;
	nct_copy_rest(c, ev.error.site, sizeof(ev.error.site));
	nct_symbol_clean(ev.error.site);
	nct_trace_put(t, &ev, NCT_TRACE_TOLD);
	return true;
}

static bool put_work(struct nct_trace *t, int32_t instance, enum nct_event_type type,
		     enum nct_work work, int32_t attempt)
{
	struct nct_event ev = nct_trace_event(t, type, instance);

	ev.work.work = work;
	ev.work.attempt = attempt;
	nct_trace_put(t, &ev, NCT_TRACE_TOLD);
	return true;
}

static bool err_work_start(struct nct_trace *t, struct nct_cursor c, int32_t instance)
{
	(void)c;
	return put_work(t, instance, NCT_EV_WORK_START, NCT_WORK_ERR, NCT_UNKNOWN_INT);
}

static bool err_work_end(struct nct_trace *t, struct nct_cursor c, int32_t instance)
{
	(void)c;
	return put_work(t, instance, NCT_EV_WORK_END, NCT_WORK_ERR, NCT_UNKNOWN_INT);
}

static bool reconnect_start(struct nct_trace *t, struct nct_cursor c, int32_t instance)
{
	int32_t attempt = NCT_UNKNOWN_INT, max;

	if (nct_take(&c, ": attempt ") && nct_take_int(&c, &attempt) && nct_take_char(&c, '/') &&
	    nct_take_int(&c, &max))
		nct_trace_identity(t, instance, "", max);
	return put_work(t, instance, NCT_EV_WORK_START, NCT_WORK_RECONNECT, attempt);
}

static bool reconnect_end(struct nct_trace *t, struct nct_cursor c, int32_t instance)
{
	struct nct_event ev = nct_trace_event(t, NCT_EV_ATTEMPT_RESULT, instance);

	if (nct_take(&c, ": status ") && nct_take_int(&c, &ev.result.status))
		nct_trace_put(t, &ev, NCT_TRACE_TOLD);
	return put_work(t, instance, NCT_EV_WORK_END, NCT_WORK_RECONNECT, NCT_UNKNOWN_INT);
}

static struct nct_event ccr_event(struct nct_trace *t, enum nct_event_type type, int32_t instance)
{
	struct nct_event ev = nct_trace_event(t, type, instance);

	t->ls->marks[NCT_TRACE_FENCE] = true;
	nct_ccr_init(&ev);
	return ev;
}

/* The number behind a word, wherever that stands: fields may be added. */
static void field(struct nct_cursor c, const char *word, int32_t *n)
{
	const char *at = memmem(c.p, (size_t)(c.end - c.p), word, strlen(word));
	int32_t value;

	if (!at)
		return;
	c.p = at + strlen(word);
	if (nct_take_int(&c, &value))
		*n = value;
}

static bool ccr_start(struct nct_trace *t, struct nct_cursor c, int32_t instance)
{
	struct nct_event ev = ccr_event(t, NCT_EV_CCR_START, instance);

	field(c, ": source nvme", &ev.ccr.source);
	field(c, ", ciu ", &ev.ccr.ciu);
	field(c, ", timeout ", &ev.ccr.timeout_ms);
	nct_trace_put(t, &ev, NCT_TRACE_TOLD);
	return true;
}

static bool ccr_end(struct nct_trace *t, struct nct_cursor c, int32_t instance)
{
	struct nct_event ev = ccr_event(t, NCT_EV_CCR_END, instance);
	const char *command = memmem(c.p, (size_t)(c.end - c.p), ", command ", 10);

	field(c, ": source nvme", &ev.ccr.source);
	field(c, ", status ", &ev.ccr.status);
	field(c, ", immediate ", &ev.ccr.immediate);
	field(c, ", ccrs ", &ev.ccr.ccrs);
	if (command) {
		c.p = command + 10;
		if (!nct_take_number(&c, 18, &ev.ccr.command_ns))
			ev.ccr.command_ns = 0;
	}
	nct_trace_put(t, &ev, NCT_TRACE_TOLD);
	return true;
}

static struct nct_event hold_event(struct nct_trace *t, enum nct_event_type type, int32_t instance)
{
	struct nct_event ev = nct_trace_event(t, type, instance);

	t->ls->marks[NCT_TRACE_FENCE] = true;
	ev.hold.requested_ms = NCT_UNKNOWN_INT;
	return ev;
}

static bool hold_start(struct nct_trace *t, struct nct_cursor c, int32_t instance)
{
	struct nct_event ev = hold_event(t, NCT_EV_HOLD_START, instance);
	int32_t why = 0;

	field(c, ": ", &ev.hold.requested_ms);
	field(c, ", CCR status ", &why);
	snprintf(ev.hold.reason, sizeof(ev.hold.reason), "%s", nct_hold_reason(why));
	nct_trace_put(t, &ev, NCT_TRACE_TOLD);
	return true;
}

static bool hold_end(struct nct_trace *t, struct nct_cursor c, int32_t instance)
{
	struct nct_event ev = hold_event(t, NCT_EV_HOLD_END, instance);

	(void)c;
	nct_trace_put(t, &ev, NCT_TRACE_TOLD);
	return true;
}

bool nct_trace_tracepoint(struct nct_trace *t)
{
	static const struct {
		const char *name;
		bool (*tell)(struct nct_trace *t, struct nct_cursor c, int32_t instance);
	} events[] = {
		{ "ctrl_state_change", state_change },
		{ "error_detected", error_detected },
		{ "err_work_start", err_work_start },
		{ "err_work_end", err_work_end },
		{ "reconnect_start", reconnect_start },
		{ "reconnect_end", reconnect_end },
		{ "ccr_start", ccr_start },
		{ "ccr_end", ccr_end },
		{ "hold_start", hold_start },
		{ "hold_end", hold_end },
	};
	struct nct_cursor name = t->line->event, body = t->line->body;
	int32_t instance;

	if (!nct_take(&name, "nvme_"))
		return false;
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if ((size_t)(name.end - name.p) == strlen(events[i].name) &&
		    !memcmp(name.p, events[i].name, strlen(events[i].name)))
			return take_ctrl(&body, &instance) && events[i].tell(t, body, instance);
	return false;
}
