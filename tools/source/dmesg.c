// SPDX-License-Identifier: GPL-2.0
/* A kernel log, line by line: most of them are of no interest, which has to be known fast. */
#include "dmesg.h"

#include <errno.h>
#include <string.h>

#include "dmesg_ctrl.h"

struct importer {
	struct nct_log_sessions all; /* the first member: what is handed back is the importer */
	struct nct_logparser parser;
};

static bool has(const struct nct_cursor *c, const char *text)
{
	return memmem(c->p, (size_t)(c->end - c->p), text, strlen(text)) != NULL;
}

/* "nvme nvme3: "; a line that was glued to the end of another one counts, too. */
static bool take_device(struct nct_cursor *c, int32_t *instance)
{
	static const char device[] = "nvme nvme";
	const char *end = c->end;

	while (c->p < end) {
		const char *at = memmem(c->p, (size_t)(end - c->p), device, sizeof(device) - 1);

		if (!at)
			return false;
		c->p = at + sizeof(device) - 1;
		if (nct_take_int(c, instance) && *instance >= 0 && nct_take(c, ": "))
			return true;
	}
	return false;
}

/* The number in front of a text, or 0. */
static uint64_t number_before(const struct nct_cursor *c, const char *text)
{
	const char *at = memmem(c->p, (size_t)(c->end - c->p), text, strlen(text));
	const char *from = at;
	struct nct_cursor digits;
	uint64_t n = 0;

	while (from > c->p && from[-1] >= '0' && from[-1] <= '9')
		from--;
	digits = (struct nct_cursor) { from, at };
	return nct_take_number(&digits, 18, &n) ? n : 0;
}

/*
 * "NAME: 12 callbacks suppressed": NAME is the function whose lines were too many. Only
 * limits of nvme's, and those that all drivers share, can have swallowed what we look for.
 */
static bool concerns_us(const struct nct_cursor *c)
{
	static const char *const shared[] = { "ratelimit", "printk", "dev_", "net_" };
	struct nct_cursor at = *c, name;

	if (!nct_take_until(&at, ": ", &name) || has(&name, "nvme"))
		return true;
	if (has(&name, "blk_") || has(&name, "audit"))
		return false;
	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		if (has(&name, shared[i]))
			return true;
	return false;
}

/* Notices that lines are missing. True: it is one. */
static bool loss(struct importer *imp, struct nct_log_session *ls, const struct nct_cursor *msg)
{
	static const char *const notices[] = {
		" printk messages dropped",
		" kernel messages",		      /* journald: "Missed 12 kernel messages" */
		" messages lost due to rate-limiting" /* rsyslog */
	};

	if (has(msg, " callbacks suppressed")) {
		uint64_t n = number_before(msg, " callbacks suppressed");

		if (concerns_us(msg))
			nct_log_lost(&imp->all, ls, n);
		else
			imp->all.stats->suppressed += n;
		return true;
	}
	for (size_t i = 0; i < sizeof(notices) / sizeof(notices[0]); i++) {
		uint64_t n = has(msg, notices[i]) ? number_before(msg, notices[i]) : 0;

		if (n) {
			nct_log_lost(&imp->all, ls, n);
			return true;
		}
	}
	if (!has(msg, "kmsg buffer overrun"))
		return false;
	nct_log_lost(&imp->all, ls, 0);
	return true;
}

/*
 * Whether a line has a word, which is looked for by its rarest letter. This is done with
 * every line of a log: memmem() would take ten times as long to get ready as it runs.
 */
static bool has_word(const struct nct_line *line, const char *word, size_t n, size_t rare)
{
	const char *end = line->s + line->len, *at = line->s + rare;

	if (line->len < n)
		return false;
	end -= n - rare - 1;
	while (at < end && (at = memchr(at, word[rare], (size_t)(end - at)))) {
		if (!memcmp(at - rare, word, n))
			return true;
		at++;
	}
	return false;
}

#define HAS_WORD(LINE, WORD, RARE) has_word(LINE, WORD, sizeof(WORD) - 1, RARE)

static bool may_tell_loss(const struct nct_line *line)
{
	return HAS_WORD(line, "callbacks", 6) || HAS_WORD(line, "messages", 5) ||
	       HAS_WORD(line, "overrun", 1);
}

static bool device_line(struct importer *imp, struct nct_log_session *ls,
			struct nct_logline *parsed, bool cut)
{
	struct nct_dmesg_line l = { .all = &imp->all, .ls = ls, .cut = cut, .rest = parsed->msg };

	if (!take_device(&l.rest, &l.instance))
		return false;
	l.c = nct_slots_get(&ls->ctrls, (uint64_t)l.instance);
	if (l.c)
		return nct_dmesg_words(&l);
	imp->all.error = -ENOMEM;
	return false;
}

static void kernel_version(struct nct_log_session *ls, struct nct_cursor msg)
{
	struct nct_cursor version;

	if (nct_take(&msg, "Linux version ") && nct_take_until(&msg, " ", &version))
		nct_copy_rest(version, ls->s.kernel, sizeof(ls->s.kernel));
}

static bool begins_with(struct nct_cursor c, const char *text)
{
	return nct_take(&c, text);
}

static void one_line(struct nct_log_sessions *all, const struct nct_line *line)
{
	struct importer *imp = (struct importer *)all;
	struct nct_import_stats *stats = imp->all.stats;
	bool nvme = HAS_WORD(line, "nvme", 1), device;
	struct nct_log_session *ls;
	struct nct_logline parsed;

	nct_logline_parse(&imp->parser, line, &parsed);
	if (parsed.boot && !parsed.wall.clock && !parsed.uptime.clock) {
		nct_log_end_all(all);
		return;
	}
	parsed.boot = parsed.kernel && begins_with(parsed.msg, "Linux version ");
	ls = nct_log_session_at(&imp->all, &parsed);
	device = nvme && parsed.kernel;
	stats->anonymous += nvme && parsed.anonymous && has(&parsed.msg, "nvme nvme");
	if (!ls) {
		stats->undated += device && has(&parsed.msg, "nvme nvme");
		return;
	}
	if (parsed.boot)
		kernel_version(ls, parsed.msg);
	if (parsed.missed)
		nct_log_lost(&imp->all, ls, parsed.missed);
	if (device && device_line(imp, ls, &parsed, line->cut))
		stats->understood++;
	else if (may_tell_loss(line))
		loss(imp, ls, &parsed.msg);
}

/* ---- when a session is over -------------------------------------------------------------- */

static void opening(struct nct_log_session *ls)
{
	if (ls->marks[NCT_DMESG_FENCING])
		ls->s.dialect = NCT_DIALECT_FENCING;
	else if (ls->marks[NCT_DMESG_CCR])
		ls->s.dialect = NCT_DIALECT_RECOVERING;
}

/* What an error turned LIVE into. In a log without a word of fencing it was RESETTING, at
 * once or a moment later. */
static enum nct_state after_error(const struct nct_log_session *ls)
{
	switch (ls->s.dialect) {
	case NCT_DIALECT_FENCING:
		return NCT_STATE_FENCING;
	case NCT_DIALECT_RECOVERING:
		return NCT_STATE_RECOVERING;
	default:
		return NCT_STATE_RESETTING;
	}
}

static int finish(struct nct_log_sessions *all, struct nct_log_session *ls, struct nct_event *ev,
		  unsigned int mark)
{
	(void)mark;
	if (ev->type == NCT_EV_STATE && ev->state.new_state == NCT_STATE_UNKNOWN)
		ev->state.new_state = after_error(ls);
	if (ev->type == NCT_EV_SNAPSHOT && ev->snapshot.state == NCT_STATE_UNKNOWN)
		ev->snapshot.state = after_error(ls);
	return nct_log_tell(all, ev);
}

int nct_dmesg_import(struct nct_lines *lines, const struct nct_session *model,
		     const struct nct_replay_ops *ops, void *ctx, struct nct_import_stats *stats)
{
	struct importer imp = {
		.all = {
			.ops = ops,
			.ctx = ctx,
			.stats = stats,
			.line = one_line,
			.finish = finish,
			.opening = opening,
			.model = *model,
			.ctrl_size = sizeof(struct nct_dmesg_ctrl),
			.task_size = sizeof(uint64_t),
		},
	};
	int rc;

	imp.all.model.origin = NCT_ORIGIN_DMESG;
	rc = nct_log_import(&imp.all, lines);
	nct_logparser_free(&imp.parser);
	return rc;
}
