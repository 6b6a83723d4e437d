// SPDX-License-Identifier: GPL-2.0
/*
 * kprobe events: "(nvme_change_ctrl_state+0x4/0x190) inst=1 old=1 new=2 caller=…" at the
 * entry, "(CALLER+0x… <- nvme_change_ctrl_state) ok=1" at the return. Their names are their
 * maker's; what counts is the function.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../recovery/trigger.h"
#include "ftrace_line.h"

struct probe {
	struct nct_trace *t;
	struct nct_trace_task *task;
	char function[NCT_SITE_LEN];
	char caller[NCT_SITE_LEN]; /* of a return; "" */
	bool returned;
	bool unreadable; /* a value is nothing that was expected */
	struct nct_cursor args;
};

/* What a probe prints that was not given a type: "0x3". The arguments are 32 bits wide at
 * most; what a register has above them is left over from something else. */
static bool take_hex(struct nct_cursor *c, int32_t *n)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t value = 0;
	unsigned int count = 0;

	for (; c->p < c->end && *c->p && strchr(digits, *c->p); c->p++, count++)
		value = value << 4 | (uint64_t)(strchr(digits, *c->p) - digits);
	*n = (int32_t)(uint32_t)value;
	return count > 0 && count <= 16;
}

static bool take_value(struct nct_cursor value, int32_t *n)
{
	bool taken = nct_take(&value, "0x") ? take_hex(&value, n) : nct_take_int(&value, n);

	return taken && value.p == value.end;
}

static bool int_argument(struct probe *p, const char *key, int32_t *n)
{
	struct nct_cursor value;
	int32_t number;

	if (!nct_trace_argument(p->args, key, &value))
		return false;
	if (!take_value(value, &number)) {
		p->unreadable = true;
		return false;
	}
	*n = number;
	return true;
}

static void copy_symbol(struct nct_cursor from, char *to, size_t size)
{
	nct_copy_rest(from, to, size);
	nct_symbol_clean(to);
}

static void caller_argument(const struct probe *p, char *to, size_t size)
{
	struct nct_cursor value = { "", NULL };

	value.end = value.p;
	nct_trace_argument(p->args, "caller", &value);
	copy_symbol(value, to, size);
}

/* ---- changes of state ------------------------------------------------------------------- */

/* Who decided: from what is known of the callers, innermost first. */
static void choose_site(char *site, size_t size, const char *const frames[], int n)
{
	int chosen = nct_trigger_frame(frames, n);

	snprintf(site, size, "%s", chosen >= 0 ? frames[chosen] : "");
}

/* The oldest one gives way: its return was missed. */
static void push_asked(struct nct_trace_task *task, size_t at)
{
	if (task->nasked == NCT_TRACE_DEPTH) {
		memmove(task->asked, task->asked + 1,
			(NCT_TRACE_DEPTH - 1) * sizeof(task->asked[0]));
		task->nasked--;
	}
	task->asked[task->nasked++] = at;
}

static bool state_asked(struct probe *p)
{
	struct nct_event ev = nct_trace_event(p->t, NCT_EV_STATE, 0);
	char caller[NCT_SITE_LEN];
	const char *frames[] = { caller, p->task->reset_site, p->task->work_site };
	struct nct_log_session *ls = p->t->ls;
	size_t at;

	if (!int_argument(p, "inst", &ev.instance) || ev.instance < 0 ||
	    !int_argument(p, "old", &ev.state.raw_old) ||
	    !int_argument(p, "new", &ev.state.raw_new)) {
		push_asked(p->task, NCT_SPOOL_NONE);
		return false;
	}
	caller_argument(p, caller, sizeof(caller));
	choose_site(ev.state.site, sizeof(ev.state.site), frames, 3);
	ls->marks[NCT_TRACE_NUMBERED] = true;
	if (ev.state.raw_old == 3 && ev.state.raw_new == 1)
		ls->marks[NCT_TRACE_RELEASED] = true;
	at = nct_trace_put(p->t, &ev, NCT_TRACE_ASKED);
	p->task->reset_site[0] = '\0';
	push_asked(p->task, at);
	return true;
}

static bool state_answered(struct probe *p)
{
	struct nct_spool *spool = &p->t->ls->spool;
	int32_t ok;
	size_t at;

	if (!p->task->nasked)
		return true;
	at = p->task->asked[--p->task->nasked];
	if (at == NCT_SPOOL_NONE || (!int_argument(p, "ok", &ok) && !int_argument(p, "ret", &ok)))
		return true;
	nct_spool_mark(spool, at, ok & 0xff ? NCT_TRACE_GRANTED : NCT_TRACE_REFUSED);
	/* A return probe puts its own address in the place of the caller's. */
	if (p->caller[0]) {
		struct nct_event *ev = nct_spool_at(spool, at);
		const char *frames[] = { p->caller, ev->state.site };
		char site[NCT_SITE_LEN];

		choose_site(site, sizeof(site), frames, 2);
		memcpy(ev->state.site, site, sizeof(site));
	}
	return true;
}

static bool change_state(struct probe *p)
{
	return p->returned ? state_answered(p) : state_asked(p);
}

static bool reset_asked(struct probe *p)
{
	if (!p->returned)
		caller_argument(p, p->task->reset_site, sizeof(p->task->reset_site));
	return true;
}

/* Leaves RECOVERING, whatever comes. */
static bool end_recovery(struct probe *p)
{
	struct nct_event ev = nct_trace_event(p->t, NCT_EV_STATE, 0);

	p->t->ls->marks[NCT_TRACE_CCR] = true;
	if (p->returned)
		return true;
	if (!int_argument(p, "inst", &ev.instance) || ev.instance < 0)
		return false;
	ev.state.old_state = NCT_STATE_RECOVERING;
	ev.state.new_state = NCT_STATE_RESETTING;
	ev.state.raw_old = NCT_UNKNOWN_INT;
	ev.state.raw_new = NCT_UNKNOWN_INT;
	nct_trace_put(p->t, &ev, NCT_TRACE_TOLD);
	return true;
}

/* The last reference to a controller is dropped. */
static bool gone(struct probe *p)
{
	struct nct_event ev = nct_trace_event(p->t, NCT_EV_GONE, 0);

	if (p->returned)
		return true;
	if (!int_argument(p, "inst", &ev.instance) || ev.instance < 0)
		return false;
	nct_trace_put(p->t, &ev, NCT_TRACE_TOLD);
	return true;
}

static bool failover(struct probe *p)
{
	struct nct_event ev = nct_trace_event(p->t, NCT_EV_RELEASE, 0);

	if (p->returned)
		return true;
	if (!int_argument(p, "inst", &ev.instance) || ev.instance < 0)
		return false;
	ev.release.how = NCT_RELEASE_FAILOVER;
	nct_trace_put(p->t, &ev, NCT_TRACE_RELEASE);
	return true;
}

/* All that is left in flight is released by the time it returns. */
static bool cancel(struct probe *p)
{
	struct nct_event ev = nct_trace_event(p->t, NCT_EV_RELEASE, p->task->cancels - 1);

	if (!p->returned) {
		int32_t instance;

		if (!int_argument(p, "inst", &instance) || instance < 0 || instance == INT32_MAX)
			return false;
		p->task->cancels = instance + 1;
		return true;
	}
	if (!p->task->cancels)
		return true;
	p->task->cancels = 0;
	ev.release.how = NCT_RELEASE_CANCEL;
	nct_trace_put(p->t, &ev, NCT_TRACE_RELEASE);
	return true;
}

/* ---- CCR ----------------------------------------------------------------------------------- */

static bool issue_ccr(struct probe *p)
{
	struct nct_trace_task *task = p->task;
	struct nct_event ev;

	p->t->ls->marks[NCT_TRACE_CCR] = true;
	p->t->ls->marks[NCT_TRACE_FENCE] = true;
	if (p->returned && !task->ccr)
		return true;
	if (!p->returned && (!int_argument(p, "inst", &task->ccr_ctrl) || task->ccr_ctrl < 0 ||
			     !int_argument(p, "source", &task->ccr_source)))
		return false;
	task->ccr = !p->returned;
	ev = nct_trace_event(p->t, p->returned ? NCT_EV_CCR_END : NCT_EV_CCR_START, task->ccr_ctrl);
	nct_ccr_init(&ev);
	ev.ccr.source = task->ccr_source;
	if (p->returned)
		int_argument(p, "ret", &ev.ccr.status);
	nct_trace_put(p->t, &ev, NCT_TRACE_TOLD);
	return true;
}

/* ---- works ----------------------------------------------------------------------------------- */

struct function {
	const char *name;
	bool (*tell)(struct probe *p);
	enum nct_work work; /* … or a work function */
	const char *transport;
};

static bool work(struct probe *p, const struct function *f)
{
	struct nct_trace_task *task = p->task;
	struct nct_event ev;

	if (p->returned && task->work != f->work)
		return true;
	if (!p->returned && (!int_argument(p, "inst", &task->work_ctrl) || task->work_ctrl < 0))
		return false;
	task->work = p->returned ? 0 : f->work;
	snprintf(task->work_site, sizeof(task->work_site), "%s", p->returned ? "" : f->name);
	ev = nct_trace_event(p->t, p->returned ? NCT_EV_WORK_END : NCT_EV_WORK_START,
			     task->work_ctrl);
	ev.work.work = f->work;
	ev.work.attempt = NCT_UNKNOWN_INT;
	nct_trace_identity(p->t, ev.instance, f->transport, NCT_UNKNOWN_INT);
	nct_trace_put(p->t, &ev, NCT_TRACE_TOLD);
	return true;
}

/* fc: it tells that an error was found; another work tears down. */
static bool fc_ioerr(struct probe *p)
{
	struct nct_event ev = nct_trace_event(p->t, NCT_EV_ERROR, 0);

	if (p->returned)
		return true;
	if (!int_argument(p, "inst", &ev.instance) || ev.instance < 0)
		return false;
	snprintf(ev.error.site, sizeof(ev.error.site), "%s", p->function);
	nct_trace_identity(p->t, ev.instance, "fc", NCT_UNKNOWN_INT);
	nct_trace_put(p->t, &ev, NCT_TRACE_TOLD);
	return true;
}

static const struct function functions[] = {
	{ "nvme_change_ctrl_state", change_state, 0, "" },
	{ "nvme_reset_ctrl", reset_asked, 0, "" },
	{ "nvme_end_ctrl_recovery", end_recovery, 0, "" },
	{ "nvme_free_ctrl", gone, 0, "" },
	{ "nvme_failover_req", failover, 0, "" },
	{ "nvme_cancel_tagset", cancel, 0, "" },
	{ "nvme_issue_wait_ccr", issue_ccr, 0, "" },
	{ "nvme_fc_ctrl_ioerr_work", fc_ioerr, 0, "" },
	{ "nvme_tcp_error_recovery_work", NULL, NCT_WORK_ERR, "tcp" },
	{ "nvme_rdma_error_recovery_work", NULL, NCT_WORK_ERR, "rdma" },
	{ "nvme_tcp_reconnect_ctrl_work", NULL, NCT_WORK_RECONNECT, "tcp" },
	{ "nvme_rdma_reconnect_ctrl_work", NULL, NCT_WORK_RECONNECT, "rdma" },
	{ "nvme_fc_connect_ctrl_work", NULL, NCT_WORK_RECONNECT, "fc" },
	{ "nvme_reset_ctrl_work", NULL, NCT_WORK_RESET, "tcp" },
	{ "nvme_rdma_reset_ctrl_work", NULL, NCT_WORK_RESET, "rdma" },
	{ "nvme_fc_reset_ctrl_work", NULL, NCT_WORK_TEARDOWN, "fc" },
	{ "nvme_reset_work", NULL, NCT_WORK_RESET, "pcie" },
	{ "nvme_tcp_fencing_work", NULL, NCT_WORK_FENCING, "tcp" },
	{ "nvme_rdma_fencing_work", NULL, NCT_WORK_FENCING, "rdma" },
	{ "nvme_fc_fencing_work", NULL, NCT_WORK_FENCING, "fc" },
};

/* "(FUNCTION+0x…)" or "(CALLER+0x… <- FUNCTION)", module names behind either. */
static bool take_place(struct probe *p)
{
	struct nct_cursor c = p->t->line->body, place, caller;
	const char *arrow;

	if (!nct_take_char(&c, '(') || !nct_take_until(&c, ")", &place) || !nct_take_char(&c, ')'))
		return false;
	arrow = memmem(place.p, (size_t)(place.end - place.p), " <- ", 4);
	if (arrow) {
		caller = (struct nct_cursor) { place.p, arrow };
		copy_symbol(caller, p->caller, sizeof(p->caller));
		p->returned = true;
		place.p = arrow + 4;
	}
	copy_symbol(place, p->function, sizeof(p->function));
	p->args = c;
	return true;
}

static bool tell(struct probe *p, const struct function *f)
{
	bool told;

	if (f->work == NCT_WORK_FENCING)
		p->t->ls->marks[NCT_TRACE_CCR] = true;
	told = f->tell ? f->tell(p) : work(p, f);
	p->t->all->stats->unreadable += !told || p->unreadable;
	return told && !p->unreadable;
}

/* The idle tasks of all CPUs have one number. */
static uint64_t task_key(const struct nct_trace_line *line)
{
	return line->pid ? line->pid : 1ull << 32 | line->cpu;
}

bool nct_trace_kprobe(struct nct_trace *t)
{
	struct probe p = { .t = t };

	if (!take_place(&p))
		return false;
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		if (strcmp(p.function, functions[i].name))
			continue;
		p.task = nct_slots_get(&t->ls->tasks, task_key(t->line));
		if (p.task)
			return tell(&p, &functions[i]);
		t->all->error = -ENOMEM;
		return false;
	}
	return false;
}
