// SPDX-License-Identifier: GPL-2.0
#include "logsession.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A wall clock that moved by less than this is the same one: stamps to the second, and
 * slewing, make it seem to move a little. */
#define SAME_CLOCK_NS 1500000000ll

static bool of_host(const struct nct_log_session *ls, const struct nct_logline *line)
{
	return strlen(ls->s.host) == line->host_len &&
	       !memcmp(ls->s.host, line->host, line->host_len);
}

/* FNV-1a */
static uint64_t hash_of(const char *host, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)host[i]) * 0x100000001b3ull;
	return hash >> 1; /* not the one key that slots do not take */
}

/* Where the chain of open sessions with this hash begins; NULL: out of memory. */
static struct nct_log_session **chain_of(struct nct_log_sessions *all, const char *host, size_t len)
{
	struct nct_log_session **chain;

	all->hosts.value_size = sizeof(*chain);
	chain = nct_slots_get(&all->hosts, hash_of(host, len));
	if (!chain)
		all->error = -ENOMEM;
	return chain;
}

static void link_last(struct nct_log_sessions *all, struct nct_log_session *ls)
{
	ls->prev = all->last;
	if (ls->prev)
		ls->prev->next = ls;
	else
		all->first = ls;
	all->last = ls;
}

static void unlink_session(struct nct_log_sessions *all, struct nct_log_session *ls)
{
	uint64_t hash = hash_of(ls->s.host, strlen(ls->s.host));
	struct nct_log_session **at = nct_slots_find(&all->hosts, hash);

	while (at && *at != ls)
		at = &(*at)->alike;
	if (at)
		*at = ls->alike;
	*(ls->prev ? &ls->prev->next : &all->first) = ls->next;
	*(ls->next ? &ls->next->prev : &all->last) = ls->prev;
	if (all->last_used == ls)
		all->last_used = NULL;
}

static struct nct_log_session *begin(struct nct_log_sessions *all, const struct nct_logline *line)
{
	struct nct_log_session **chain = chain_of(all, line->host, line->host_len);
	struct nct_log_session *ls = chain ? calloc(1, sizeof(*ls)) : NULL;

	if (!ls) {
		all->error = -ENOMEM;
		return NULL;
	}
	ls->s = all->model;
	ls->s.start_ns = ls->s.end_ns = NCT_NONE;
	memcpy(ls->s.host, line->host, line->host_len);
	memcpy(ls->boot_id, line->boot_id, sizeof(ls->boot_id));
	ls->ctrls.value_size = all->ctrl_size;
	ls->tasks.value_size = all->task_size;
	ls->alike = *chain;
	*chain = ls;
	link_last(all, ls);
	return ls;
}

/* The open one of this host. A host name that is too long is none. */
static struct nct_log_session *find(struct nct_log_sessions *all, struct nct_logline *line)
{
	struct nct_log_session *ls = all->last_used, **chain;

	if (line->host_len >= sizeof(all->model.host) || memchr(line->host, 0, line->host_len))
		line->host_len = 0;
	if (ls && of_host(ls, line))
		return ls;
	chain = chain_of(all, line->host, line->host_len);
	for (ls = chain ? *chain : NULL; ls; ls = ls->alike)
		if (of_host(ls, line))
			return ls;
	/* Whatever other programs write may look like a host's name. */
	return chain && line->kernel ? begin(all, line) : NULL;
}

/* The clock that counts in this session, once it has seen one. Of other programs the journal
 * knows when it received their lines, which is no time of the kernel's. */
static const struct nct_stamp *stamp_of(struct nct_log_session *ls, const struct nct_logline *line)
{
	const struct nct_stamp *wall = line->wall.clock ? &line->wall : NULL;

	if (ls->clock == NCT_CLOCK_NONE)
		ls->clock = line->uptime.clock ? NCT_CLOCK_UPTIME : line->wall.clock;
	if (ls->clock == NCT_CLOCK_UPTIME)
		return line->kernel && line->uptime.clock ? &line->uptime : NULL;
	return wall && wall->clock == ls->clock ? wall : NULL;
}

static bool another_boot(const struct nct_log_session *ls, const struct nct_logline *line,
			 const struct nct_stamp *stamp)
{
	bool ids = ls->boot_id[0] && line->boot_id[0];

	if (ids && strcmp(ls->boot_id, line->boot_id))
		return true; /* and equal ones are one boot, whatever the time */
	/* What the kernel says before its version belongs to the same boot. */
	if (line->boot && (ls->spool.len || ls->now_ns - ls->s.start_ns > NCT_BACK_NS))
		return true;
	return !ids && stamp && stamp->ns < ls->now_ns && ls->now_ns - stamp->ns > NCT_BACK_NS;
}

/* What ties the log's clock to wall time, where the log tells both, or is in UTC. */
static void anchor(struct nct_log_sessions *all, struct nct_log_session *ls,
		   const struct nct_logline *line)
{
	uint64_t ahead_ns = line->wall.ns - ls->now_ns;
	int64_t moved_ns = (int64_t)(ahead_ns - ls->ahead_ns);
	struct nct_anchor a = { ls->now_ns, ls->now_ns, line->wall.ns };

	if (line->wall.clock != NCT_CLOCK_UTC ||
	    (ls->anchored && moved_ns < SAME_CLOCK_NS && moved_ns > -SAME_CLOCK_NS))
		return;
	ls->anchored = true;
	ls->ahead_ns = ahead_ns;
	if (nct_spool_anchor(&ls->spool, &a) == NCT_SPOOL_NONE)
		all->error = -ENOMEM;
}

static void advance(struct nct_log_sessions *all, struct nct_log_session *ls,
		    const struct nct_logline *line, const struct nct_stamp *stamp)
{
	if (!stamp)
		return;
	all->stats->dated = true;
	if (line->kernel)
		ls->raw_ns = stamp->ns;
	if (stamp->ns > ls->now_ns)
		ls->now_ns = stamp->ns;
	if (ls->s.start_ns == NCT_NONE)
		ls->s.start_ns = ls->now_ns;
	ls->s.end_ns = ls->now_ns;
	if (stamp->resolution_ns > ls->s.resolution_ns)
		ls->s.resolution_ns = stamp->resolution_ns;
	if (line->wall.clock == NCT_CLOCK_UTC)
		anchor(all, ls, line);
}

/* Which way the log runs: told by single lines, as sessions would hide it. */
static void count_direction(struct nct_log_sessions *all, const struct nct_log_session *ls,
			    const struct nct_stamp *stamp)
{
	if (!stamp || ls->s.start_ns == NCT_NONE)
		return;
	all->stats->forward += stamp->ns > ls->raw_ns;
	all->stats->backward += stamp->ns < ls->raw_ns;
}

struct nct_log_session *nct_log_session_at(struct nct_log_sessions *all,
					   const struct nct_logline *line)
{
	struct nct_logline copy = *line;
	struct nct_log_session *ls = find(all, &copy);
	const struct nct_stamp *stamp;

	if (!ls)
		return NULL;
	stamp = stamp_of(ls, line);
	if (line->kernel)
		count_direction(all, ls, stamp);
	if (ls->s.start_ns != NCT_NONE && another_boot(ls, line, stamp)) {
		nct_log_end(all, ls);
		ls = all->error ? NULL : begin(all, &copy);
		if (!ls)
			return NULL;
		stamp = stamp_of(ls, line);
	}
	all->last_used = ls;
	ls->used |= line->kernel;
	advance(all, ls, line, stamp);
	return ls->s.start_ns == NCT_NONE || all->error ? NULL : ls;
}

size_t nct_log_add(struct nct_log_sessions *all, struct nct_log_session *ls, struct nct_event *ev,
		   unsigned int mark)
{
	size_t at;

	ev->ts_ns = ev->ts_ns ?: ls->now_ns;
	at = nct_spool_event(&ls->spool, ev, mark);
	if (at == NCT_SPOOL_NONE)
		all->error = -ENOMEM;
	return at;
}

void nct_log_lost(struct nct_log_sessions *all, struct nct_log_session *ls, uint64_t count)
{
	struct nct_event ev = { .type = NCT_EV_LOST, .instance = -1 };

	ev.lost.count = count;
	ev.lost.since_ns = ls->lost_ns ?: ls->s.start_ns;
	ls->lost_ns = ls->now_ns;
	all->stats->lossy++;
	all->stats->missing += count;
	nct_log_add(all, ls, &ev, 0);
}

/* ---- the end of a session ------------------------------------------------------------ */

int nct_log_tell(struct nct_log_sessions *all, const struct nct_event *ev)
{
	all->stats->events++;
	return all->ops->event ? all->ops->event(all->ctx, ev) : 0;
}

struct telling {
	struct nct_log_sessions *all;
	struct nct_log_session *ls;
};

static int tell_event(void *ctx, struct nct_event *ev, unsigned int mark)
{
	struct telling *t = ctx;

	if (t->all->finish)
		return t->all->finish(t->all, t->ls, ev, mark);
	return nct_log_tell(t->all, ev);
}

static int tell_anchor(void *ctx, const struct nct_anchor *a)
{
	struct telling *t = ctx;

	return t->all->ops->anchor ? t->all->ops->anchor(t->all->ctx, a) : 0;
}

static int tell_dialect(struct nct_log_sessions *all, const struct nct_log_session *ls)
{
	struct nct_event ev = {
		.type = NCT_EV_DIALECT,
		.ts_ns = ls->s.start_ns,
		.instance = -1,
	};

	ev.dialect = ls->s.dialect;
	return ls->s.dialect == NCT_DIALECT_UNKNOWN ? 0 : nct_log_tell(all, &ev);
}

static int tell_session(struct nct_log_sessions *all, struct nct_log_session *ls)
{
	static const struct nct_spool_ops ops = { tell_event, tell_anchor };
	struct telling t = { all, ls };
	int rc = 0;

	if (all->opening)
		all->opening(ls);
	all->stats->sessions++;
	if (all->ops->session)
		rc = all->ops->session(all->ctx, &ls->s);
	if (!rc)
		rc = tell_dialect(all, ls);
	if (!rc)
		rc = nct_spool_each(&ls->spool, &ops, &t);
	if (!rc && all->ops->session_end)
		rc = all->ops->session_end(all->ctx, &ls->s, ls->s.end_ns);
	return rc;
}

void nct_log_end(struct nct_log_sessions *all, struct nct_log_session *ls)
{
	unlink_session(all, ls);
	if (!all->error && ls->used && ls->s.start_ns != NCT_NONE)
		all->error = tell_session(all, ls);
	nct_spool_free(&ls->spool);
	nct_slots_free(&ls->ctrls);
	nct_slots_free(&ls->tasks);
	free(ls);
}

void nct_log_end_all(struct nct_log_sessions *all)
{
	while (all->first)
		nct_log_end(all, all->first);
}

int nct_log_import(struct nct_log_sessions *all, struct nct_lines *lines)
{
	struct nct_line line;
	int rc = 0;

	while (!all->error && (rc = nct_lines_next(lines, &line)) > 0) {
		all->stats->lines++;
		all->stats->cut += line.cut;
		all->line(all, &line);
	}
	if (!all->error && all->over)
		all->over(all);
	nct_log_end_all(all);
	nct_slots_free(&all->hosts);
	return all->error ? all->error : rc;
}
