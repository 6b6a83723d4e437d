// SPDX-License-Identifier: GPL-2.0
/* A trace, line by line. */
#include "ftrace.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ftrace_line.h"

struct importer {
	struct nct_log_sessions all; /* the first member: what is handed back is the importer */
	uint64_t lost;		     /* events, told by a notice: they lie before the next event */
	bool lossy;
	struct nct_log_session names; /* states named before the first event */
};

static struct nct_trace_ctrl *ctrl_of(struct nct_trace *t, int32_t instance)
{
	struct nct_trace_ctrl *c = nct_slots_get(&t->ls->ctrls, (uint64_t)instance);

	if (!c)
		t->all->error = -ENOMEM;
	return c;
}

struct nct_event nct_trace_event(const struct nct_trace *t, enum nct_event_type type,
				 int32_t instance)
{
	return (struct nct_event) { .type = type, .instance = instance, .cpu = t->line->cpu };
}

size_t nct_trace_put(struct nct_trace *t, struct nct_event *ev, enum nct_trace_mark mark)
{
	return ctrl_of(t, ev->instance) ? nct_log_add(t->all, t->ls, ev, mark) : NCT_SPOOL_NONE;
}

void nct_trace_identity(struct nct_trace *t, int32_t instance, const char *transport,
			int32_t max_reconnects)
{
	struct nct_trace_ctrl *c = ctrl_of(t, instance);
	struct nct_event ev = nct_trace_event(t, NCT_EV_IDENTITY, instance);
	bool max = max_reconnects != NCT_UNKNOWN_INT && c && c->max_reconnects != max_reconnects;

	if (!c || !(max || (*transport && !c->transport)))
		return;
	nct_identity_init(&ev.identity, instance);
	ev.identity.max_reconnects = max_reconnects;
	snprintf(ev.identity.transport, sizeof(ev.identity.transport), "%s", transport);
	c->transport |= *transport != '\0';
	if (max)
		c->max_reconnects = max_reconnects;
	nct_log_add(t->all, t->ls, &ev, NCT_TRACE_TOLD);
}

static bool has(const struct nct_line *line, const char *text)
{
	return memmem(line->s, line->len, text, strlen(text)) != NULL;
}

static void lost(struct importer *imp, uint64_t count)
{
	imp->lost += count;
	imp->lossy = true;
}

/* "CPU:1 [LOST 12 EVENTS]", "CPU:1 [EVENTS DROPPED]" */
static bool notice(struct importer *imp, const struct nct_line *line)
{
	struct nct_cursor c = { line->s, line->s + line->len }, skipped;
	uint64_t n = 0;

	if (!nct_take(&c, "CPU:") || !nct_take_until(&c, "[", &skipped))
		return false;
	if (!has(line, "LOST") && !has(line, "DROPPED"))
		return false;
	nct_take_char(&c, '[');
	nct_take(&c, "LOST ");
	if (!nct_take_number(&c, 18, &n))
		n = 0;
	lost(imp, n);
	return true;
}

/* What stands behind a text, if that is somewhere in the line. */
static bool behind(const struct nct_line *line, const char *text, struct nct_cursor *c)
{
	const char *at = memmem(line->s, line->len, text, strlen(text));

	if (at)
		*c = (struct nct_cursor) { at + strlen(text), line->s + line->len };
	return at != NULL;
}

/*
 * "# entries-in-buffer/entries-written: 21/30", and "# latency: 0 us, #21/30, CPU#0 …": nine
 * were overwritten. "##### CPU 1 buffer started ####" is said only of such a buffer, where
 * what is left of it begins: what that CPU did before is lost.
 */
static void header(struct importer *imp, const struct nct_line *line)
{
	struct nct_cursor c;
	uint64_t kept, written;

	if (behind(line, "##### CPU ", &c) && has(line, " buffer started")) {
		lost(imp, 0);
		return;
	}
	if (!behind(line, "entries-in-buffer/entries-written: ", &c) &&
	    !(has(line, "latency: ") && behind(line, ", #", &c)))
		return;
	if (nct_take_number(&c, 18, &kept) && nct_take_char(&c, '/') &&
	    nct_take_number(&c, 18, &written) && written > kept)
		lost(imp, written - kept);
}

/* Those named before the first event are the first session's, and of what follows it. */
static void take_names(struct importer *imp, struct nct_log_session *ls)
{
	if (ls->marks[NCT_TRACE_NAMED] || !imp->names.marks[NCT_TRACE_NAMED])
		return;
	memcpy(ls->numbers, imp->names.numbers, sizeof(ls->numbers));
	ls->marks[NCT_TRACE_NAMED] = true;
}

/* What a task had asked for may have been answered, and it may have asked again. */
static void forget_asked(struct nct_log_session *ls)
{
	struct nct_trace_task *task;
	size_t at = 0;

	while ((task = nct_slots_next(&ls->tasks, &at))) {
		task->nasked = 0;
		task->cancels = 0;
		task->reset_site[0] = '\0';
	}
}

/* Notices stand where what is missing was: in front of an event, or behind the last one. */
static void tell_lost(struct importer *imp, struct nct_log_session *ls)
{
	if (!imp->lossy)
		return;
	forget_asked(ls);
	nct_log_lost(&imp->all, ls, imp->lost);
	imp->lossy = false;
	imp->lost = 0;
}

static void event(struct importer *imp, const struct nct_trace_line *line)
{
	struct nct_logline at = { .uptime = line->stamp, .host = "", .kernel = true };
	struct nct_trace t = { .all = &imp->all, .line = line };

	t.ls = nct_log_session_at(&imp->all, &at);
	if (!t.ls)
		return;
	take_names(imp, t.ls);
	tell_lost(imp, t.ls);
	if (nct_trace_tracepoint(&t) || nct_trace_kprobe(&t))
		imp->all.stats->understood++;
}

static void one_line(struct nct_log_sessions *all, const struct nct_line *line)
{
	struct importer *imp = (struct importer *)all;
	struct nct_trace_line parsed;

	if (nct_trace_name_state(&imp->names, line))
		return;
	/* A number at the end that lost digits is another number. */
	if (!line->len || line->cut)
		return;
	if (line->s[0] == '#')
		header(imp, line);
	else if (nct_trace_line_parse(line, &parsed))
		event(imp, &parsed);
	else
		notice(imp, line);
}

static void over(struct nct_log_sessions *all)
{
	if (all->last_used)
		tell_lost((struct importer *)all, all->last_used);
}

int nct_ftrace_import(struct nct_lines *lines, const struct nct_session *model,
		      const struct nct_replay_ops *ops, void *ctx, struct nct_import_stats *stats)
{
	struct importer imp = {
		.all = {
			.ops = ops,
			.ctx = ctx,
			.stats = stats,
			.line = one_line,
			.over = over,
			.finish = nct_trace_finish,
			.opening = nct_trace_opening,
			.model = *model,
			.ctrl_size = sizeof(struct nct_trace_ctrl),
			.task_size = sizeof(struct nct_trace_task),
		},
	};

	imp.all.model.origin = NCT_ORIGIN_FTRACE;
	return nct_log_import(&imp.all, lines);
}
