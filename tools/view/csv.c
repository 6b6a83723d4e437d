// SPDX-License-Identifier: GPL-2.0
#include "csv.h"

#include <string.h>

#include "jsonbuild.h"
#include "notes.h"
#include "utf8.h"

/* What a row is made from. */
struct source {
	const struct nct_recovery *rec;
	const struct nct_anchor *anchor;
	const struct nct_json_origin *origin;
};

/* Targets choose names. A spreadsheet takes what begins like this for a formula, quoted or not,
 * and what comes after it would run; an apostrophe makes it text. */
static bool looks_like_formula(const char *s)
{
	return *s && strchr("=+-@\t\r", *s);
}

/* A control character could end a row, or steer the terminal of whoever looks at it. */
static void replace_controls(char *s)
{
	for (unsigned char *c = (unsigned char *)s; *c; c++) {
		if (*c < ' ' || *c == 0x7f)
			*c = '?';
		else if (*c == 0xc2 && c[1] < 0xa0) /* U+0080 to U+009F */
			c[0] = c[1] = '?';
	}
}

/* Quoted where it must be, and where a program might trim it. */
static void add_string(struct nct_text *t, const char *s)
{
	char clean[NCT_UTF8_ROOM(NCT_JSON_STRING) + 1] = "'";
	size_t formula = s && looks_like_formula(s);
	size_t len = formula + nct_utf8_clean(clean + formula, sizeof(clean) - 1, s ? s : "");

	if (!len)
		return;
	replace_controls(clean);
	if (!strpbrk(clean, ",\"") && clean[0] != ' ' && clean[len - 1] != ' ') {
		nct_text_add(t, "%s", clean);
		return;
	}
	nct_text_add(t, "\"");
	for (s = clean; *s; s++)
		nct_text_add(t, "%s%c", *s == '"' ? "\"" : "", *s);
	nct_text_add(t, "\"");
}

static void add_ns(struct nct_text *t, uint64_t ns)
{
	if (ns != NCT_NONE)
		nct_text_add(t, "%llu", (unsigned long long)ns);
}

static void add_int(struct nct_text *t, int32_t n)
{
	if (n != NCT_UNKNOWN_INT)
		nct_text_add(t, "%d", n);
}

/* ---- columns ----------------------------------------------------------------------- */

static void put_kind(struct nct_text *t, const struct source *s)
{
	add_string(t, nct_kind_name(s->rec->kind));
}

static void put_host(struct nct_text *t, const struct source *s)
{
	add_string(t, s->origin ? s->origin->host : NULL);
}

static void put_controller(struct nct_text *t, const struct source *s)
{
	if (s->rec->id.instance >= 0)
		nct_text_add(t, "nvme%d", s->rec->id.instance);
}

static void put_dialect(struct nct_text *t, const struct source *s)
{
	if (s->rec->dialect != NCT_DIALECT_UNKNOWN)
		add_string(t, nct_dialect_name(s->rec->dialect));
}

static void put_start(struct nct_text *t, const struct source *s)
{
	char start[32];

	if (!s->anchor)
		return;
	nct_format_utc(nct_anchor_wall_ns(s->anchor, s->rec->start_ns), start, sizeof(start));
	add_string(t, start);
}

static void put_opcode(struct nct_text *t, const struct source *s)
{
	if (s->rec->trigger.opcode != NCT_OPCODE_UNKNOWN)
		add_int(t, s->rec->trigger.opcode);
}

static void put_age(struct nct_text *t, const struct source *s)
{
	add_ns(t, s->rec->trigger.age_ns ? s->rec->trigger.age_ns : NCT_NONE);
}

/* Empty if the phase did not happen. */
static void put_phase(struct nct_text *t, const struct nct_recovery *rec, enum nct_phase phase)
{
	for (size_t i = 0; i < rec->nspans; i++)
		if (rec->spans[i].phase == phase) {
			add_ns(t, rec->total_ns[phase]);
			return;
		}
}

#define PHASE(name, phase)                                                                         \
	static void put_##name(struct nct_text *t, const struct source *s)                         \
	{                                                                                          \
		put_phase(t, s->rec, phase);                                                       \
	}
PHASE(queue, NCT_PHASE_QUEUE)
PHASE(ccr, NCT_PHASE_CCR)
PHASE(hold, NCT_PHASE_HOLD)
PHASE(teardown, NCT_PHASE_TEARDOWN)
PHASE(backoff, NCT_PHASE_BACKOFF)
PHASE(connect, NCT_PHASE_CONNECT)

static const struct nct_ccr_attempt *last_ccr(const struct nct_recovery *rec)
{
	return rec->nccr ? &rec->ccr[rec->nccr - 1] : NULL;
}

static void put_ccr_attempts(struct nct_text *t, const struct source *s)
{
	nct_text_add(t, "%zu", s->rec->nccr);
}

static void put_ccr_source(struct nct_text *t, const struct source *s)
{
	const struct nct_ccr_attempt *a = last_ccr(s->rec);

	if (a && a->source >= 0)
		nct_text_add(t, "nvme%d", a->source);
}

static void put_ccr_result(struct nct_text *t, const struct source *s)
{
	const struct nct_ccr_attempt *a = last_ccr(s->rec);

	if (a && a->result != NCT_CCR_UNKNOWN)
		add_string(t, nct_ccr_result_name(a->result));
}

static void put_hold_requested(struct nct_text *t, const struct source *s)
{
	if (s->rec->has_hold)
		add_int(t, s->rec->hold_requested_ms);
}

static void put_hold_reason(struct nct_text *t, const struct source *s)
{
	if (s->rec->has_hold)
		add_string(t, s->rec->hold_reason);
}

static void put_fence(struct nct_text *t, const struct source *s)
{
	if (s->rec->kind == NCT_KIND_RECOVERY)
		add_string(t, nct_fence_name(s->rec->fence));
}

static void put_fence_reason(struct nct_text *t, const struct source *s)
{
	if (s->rec->kind == NCT_KIND_RECOVERY)
		add_string(t, s->rec->fence_reason);
}

static void put_end(struct nct_text *t, const struct source *s)
{
	add_string(t, nct_end_name(s->rec->end));
}

static void put_attempts(struct nct_text *t, const struct source *s)
{
	nct_text_add(t, "%u", s->rec->attempts);
}

/* All names, with a space between. */
static void put_notes(struct nct_text *t, const struct source *s)
{
	const char *space = "";
	size_t n;
	const struct nct_note_text *texts = nct_note_texts(&n);

	for (size_t i = 0; i < n; i++) {
		if (!(s->rec->notes & texts[i].bit))
			continue;
		nct_text_add(t, "%s%s", space, texts[i].name);
		space = " ";
	}
}

static void put_resolution(struct nct_text *t, const struct source *s)
{
	add_ns(t, s->origin && s->origin->resolution_ns > 1 ? s->origin->resolution_ns : NCT_NONE);
}

/* Empty if nobody looked. */
static void add_io(struct nct_text *t, const struct source *s, uint64_t n)
{
	add_ns(t, s->rec->io.seen ? n : NCT_NONE);
}

#define IO(name)                                                                                   \
	static void put_##name(struct nct_text *t, const struct source *s)                         \
	{                                                                                          \
		add_io(t, s, s->rec->io.name);                                                     \
	}
IO(requests)
IO(bytes)
IO(failed_over)
IO(cancelled)
IO(completed_late)
IO(errors)
IO(first_release_ns)

static void put_blackout(struct nct_text *t, const struct source *s)
{
	struct nct_longest longest = nct_longest_blackout(s->rec);

	add_ns(t, longest.at_least ? NCT_NONE : longest.ns);
}

static void put_blackout_at_least(struct nct_text *t, const struct source *s)
{
	add_ns(t, nct_longest_blackout(s->rec).ns);
}

static void put_blackout_device(struct nct_text *t, const struct source *s)
{
	struct nct_longest longest = nct_longest_blackout(s->rec);

	add_string(t, longest.of ? longest.of->device : NULL);
}

#define MEMBER(name, how, member)                                                                  \
	static void put_##name(struct nct_text *t, const struct source *s)                         \
	{                                                                                          \
		how(t, s->rec->member);                                                            \
	}
MEMBER(cntlid, add_int, id.cntlid)
MEMBER(transport, add_string, id.transport)
MEMBER(address, add_string, id.address)
MEMBER(subsystem, add_string, id.subsystem)
MEMBER(reason, add_string, trigger.reason)
MEMBER(site, add_string, trigger.site)
MEMBER(start_ns, add_ns, start_ns)
MEMBER(duration, add_ns, duration_ns)
MEMBER(retry, add_ns, time_to_retry_ns)
MEMBER(live, add_ns, time_to_live_ns)
MEMBER(end_reason, add_string, end_reason)
MEMBER(end_site, add_string, end_site)
MEMBER(attempts_max, add_int, id.max_reconnects)
MEMBER(last_status, add_int, last_status)
MEMBER(kato, add_int, id.kato_ms)
MEMBER(reconnect_delay, add_int, id.reconnect_delay_ms)
MEMBER(ctrl_loss_tmo, add_int, id.ctrl_loss_tmo_ms)
MEMBER(cqt, add_int, id.cqt_ms)

static const struct {
	const char *name;
	void (*put)(struct nct_text *t, const struct source *s);
} columns[] = {
	{ "kind", put_kind },
	{ "host", put_host },
	{ "controller", put_controller },
	{ "cntlid", put_cntlid },
	{ "transport", put_transport },
	{ "address", put_address },
	{ "subsystem", put_subsystem },
	{ "dialect", put_dialect },
	{ "trigger_reason", put_reason },
	{ "trigger_site", put_site },
	{ "trigger_opcode", put_opcode },
	{ "trigger_age_ns", put_age },
	{ "start", put_start },
	{ "start_ns", put_start_ns },
	{ "duration_ns", put_duration },
	{ "time_to_retry_ns", put_retry },
	{ "time_to_live_ns", put_live },
	{ "queue_ns", put_queue },
	{ "ccr_ns", put_ccr },
	{ "hold_ns", put_hold },
	{ "teardown_ns", put_teardown },
	{ "backoff_ns", put_backoff },
	{ "connect_ns", put_connect },
	{ "ccr_attempts", put_ccr_attempts },
	{ "ccr_last_source", put_ccr_source },
	{ "ccr_last_result", put_ccr_result },
	{ "hold_requested_ms", put_hold_requested },
	{ "hold_reason", put_hold_reason },
	{ "fence", put_fence },
	{ "fence_reason", put_fence_reason },
	{ "end", put_end },
	{ "end_reason", put_end_reason },
	{ "end_site", put_end_site },
	{ "attempts", put_attempts },
	{ "attempts_max", put_attempts_max },
	{ "last_status", put_last_status },
	{ "kato_ms", put_kato },
	{ "reconnect_delay_ms", put_reconnect_delay },
	{ "ctrl_loss_tmo_ms", put_ctrl_loss_tmo },
	{ "cqt_ms", put_cqt },
	{ "notes", put_notes },
	{ "resolution_ns", put_resolution },
	{ "in_flight", put_requests },
	{ "in_flight_bytes", put_bytes },
	{ "failed_over", put_failed_over },
	{ "cancelled", put_cancelled },
	{ "completed_late", put_completed_late },
	{ "io_errors", put_errors },
	{ "first_release_ns", put_first_release_ns },
	{ "blackout_ns", put_blackout },
	{ "blackout_device", put_blackout_device },
	{ "blackout_at_least_ns", put_blackout_at_least },
};

#define NCOLUMNS (sizeof(columns) / sizeof(columns[0]))

void nct_csv_header(struct nct_text *t)
{
	for (size_t i = 0; i < NCOLUMNS; i++)
		nct_text_add(t, "%s%s", i ? "," : "", columns[i].name);
	nct_text_add(t, "\n");
}

void nct_csv_row(struct nct_text *t, const struct nct_recovery *rec,
		 const struct nct_anchor *anchor, const struct nct_json_origin *origin)
{
	const struct source source = { rec, anchor, origin };

	for (size_t i = 0; i < NCOLUMNS; i++) {
		if (i)
			nct_text_add(t, ",");
		columns[i].put(t, &source);
	}
	nct_text_add(t, "\n");
}
