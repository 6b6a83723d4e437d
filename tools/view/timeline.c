// SPDX-License-Identifier: GPL-2.0
#include "timeline.h"

#include <string.h>

#include "fencing.h"
#include "impact.h"
#include "notes.h"
#include "phases.h"

#define LABEL 16 /* columns before the value of a line */

static void label(struct nct_text *t, const char *name)
{
	nct_text_add(t, "  %s", name);
	nct_text_column(t, LABEL + 2);
}

struct nct_word nct_controller(const struct nct_identity *id)
{
	return id->instance < 0 ? nct_word("a controller") : nct_word("nvme%d", id->instance);
}

static struct nct_phrase cause(const char *reason, const char *site)
{
	if (!reason)
		reason = "cause not known";
	return *site ? nct_phrase("%s at %s", reason, nct_plain(site).s) : nct_phrase("%s", reason);
}

struct nct_phrase nct_cause_text(const struct nct_trigger *trigger)
{
	return cause(trigger->reason, trigger->site);
}

static const char *subject(enum nct_kind kind)
{
	if (kind == NCT_KIND_RESET)
		return "reset (asked for, not a recovery)";
	if (kind == NCT_KIND_DELETE)
		return "delete (asked for, not a recovery)";
	return "recovery";
}

/* Its end was seen, though not its start. */
static bool came_back(const struct nct_recovery *rec)
{
	return rec->end == NCT_END_LIVE ||
	       (rec->end_reason && !strcmp(rec->end_reason, "observation-began-inside"));
}

static const char *outcome(const struct nct_recovery *rec)
{
	if (rec->end == NCT_END_INCOMPLETE && came_back(rec))
		return "LIVE again, its start was not seen; watched for";
	switch (rec->end) {
	case NCT_END_LIVE:
		return "LIVE again after";
	case NCT_END_REMOVED:
		return "removed after";
	case NCT_END_INCOMPLETE:
		return "incomplete, seen for";
	default:
		return "still open after";
	}
}

static enum nct_paint outcome_paint(enum nct_end end)
{
	if (end == NCT_END_LIVE)
		return NCT_PAINT_GOOD;
	return end == NCT_END_REMOVED ? NCT_PAINT_BAD : NCT_PAINT_WARN;
}

static void add_rule(struct nct_text *t, const struct nct_style *style, int columns)
{
	nct_text_repeat(t, style->unicode ? "─" : "-", columns);
}

static void add_title(struct nct_text *t, const struct nct_style *style,
		      const struct nct_recovery *rec)
{
	struct nct_word name = nct_controller(&rec->id), took = nct_duration(rec->duration_ns);
	size_t used = strlen("-- : ") + strlen(name.s) + 1 + strlen(subject(rec->kind)) +
		      strlen(outcome(rec)) + 1 + strlen(took.s) + 1;

	add_rule(t, style, 2);
	nct_text_add(t, " %s%s %s: ", nct_paint(style, NCT_PAINT_STRONG), name.s,
		     subject(rec->kind));
	nct_text_add(t, "%s%s%s %s%s ", nct_paint(style, NCT_PAINT_NONE),
		     nct_paint(style, outcome_paint(rec->end)), outcome(rec), took.s,
		     nct_paint(style, NCT_PAINT_NONE));
	add_rule(t, style, style->width - (int)used);
	nct_text_add(t, "\n");
}

static void add_identity(struct nct_text *t, const struct nct_identity *id)
{
	label(t, "controller");
	nct_text_add(t, "%s", nct_controller(id).s);
	if (id->cntlid != NCT_UNKNOWN_INT)
		nct_text_add(t, " (cntlid %d)", id->cntlid);
	nct_text_add(t, ", %s, %s\n", nct_plain(id->transport).s, nct_plain(id->address).s);
	label(t, "subsystem");
	nct_text_add(t, "%s\n", nct_plain(id->subsystem).s);
}

static void add_start(struct nct_text *t, const struct nct_recovery *rec,
		      const struct nct_anchor *anchor)
{
	char utc[32];

	label(t, rec->notes & NCT_NOTE_STARTED_BEFORE ? "seen since" : "left LIVE");
	nct_text_add(t, "%s", nct_time_of_day(anchor, rec->start_ns).s);
	if (anchor) {
		nct_format_utc(nct_anchor_wall_ns(anchor, rec->start_ns), utc, sizeof(utc));
		nct_text_add(t, " (%s)", utc);
	}
	nct_text_add(t, "\n");
	label(t, came_back(rec)		       ? "LIVE again"
		 : rec->end == NCT_END_REMOVED ? "removed"
					       : "seen until");
	nct_text_add(t, "%s\n", nct_time_of_day(anchor, rec->start_ns + rec->duration_ns).s);
}

/* Beside what was measured: what rules it. PCIe has none of these. */
static void add_configured(struct nct_text *t, const struct nct_identity *id)
{
	if (id->reconnect_delay_ms == NCT_UNKNOWN_INT)
		return;
	label(t, "configured");
	nct_text_add(t, "KATO %s", nct_config_ms(id->kato_ms).s);
	nct_text_add(t, ", reconnect_delay %s", nct_config_ms(id->reconnect_delay_ms).s);
	nct_text_add(t, ", ctrl_loss_tmo %s\n", nct_config_ms(id->ctrl_loss_tmo_ms).s);
}

static void add_trigger(struct nct_text *t, const struct nct_recovery *rec)
{
	label(t, "because of");
	nct_text_add(t, "%s", nct_cause_text(&rec->trigger).s);
	if (rec->trigger.opcode != NCT_OPCODE_UNKNOWN)
		nct_text_add(t, ", opcode %02xh", (unsigned int)rec->trigger.opcode);
	if (rec->trigger.age_ns)
		nct_text_add(t, ", unanswered for %s", nct_duration(rec->trigger.age_ns).s);
	nct_text_add(t, "\n");
}

static void add_end(struct nct_text *t, const struct nct_recovery *rec)
{
	if (rec->end == NCT_END_LIVE || (!rec->end_reason && !rec->end_site[0]))
		return;
	label(t, "ended by");
	nct_text_add(t, "%s\n", cause(rec->end_reason, rec->end_site).s);
}

/* Why there is no time to live. */
static const char *no_live(const struct nct_recovery *rec)
{
	if (rec->end == NCT_END_REMOVED)
		return "never: the controller was removed";
	if (came_back(rec))
		return "not known: the start was not seen";
	return "not reached: the observation ended";
}

static void headline(struct nct_text *t, const struct nct_style *style, const char *name,
		     uint64_t ns, const char *meaning)
{
	nct_text_add(t, "%s", nct_paint(style, NCT_PAINT_STRONG));
	if (ns == NCT_NONE)
		nct_text_add(t, "  %-*s%s%s\n", LABEL, name, meaning,
			     nct_paint(style, NCT_PAINT_NONE));
	else
		nct_text_add(t, "  %-*s%-9s%s  %s\n", LABEL, name, nct_duration(ns).s,
			     nct_paint(style, NCT_PAINT_NONE), meaning);
}

static void add_headlines(struct nct_text *t, const struct nct_style *style,
			  const struct nct_recovery *rec)
{
	bool retry = rec->time_to_retry_ns != NCT_NONE;
	bool live = rec->time_to_live_ns != NCT_NONE;

	headline(t, style, "TIME TO RETRY", rec->time_to_retry_ns,
		 retry ? "until requests in flight were released for retry"
		       : "not seen: no release of requests in flight");
	headline(t, style, "TIME TO LIVE", rec->time_to_live_ns,
		 live ? "until this path worked again" : no_live(rec));
	nct_text_add(t, "\n");
}

static void add_fence(struct nct_text *t, const struct nct_style *style,
		      const struct nct_recovery *rec)
{
	if (!rec->fence && !nct_fence_applies(rec))
		return;
	label(t, "fence");
	nct_fencing_outcome(t, style, rec);
	nct_text_add(t, "\n");
}

static void add_ccr(struct nct_text *t, const struct nct_ccr_attempt *a)
{
	label(t, "ccr");
	nct_fencing_attempt(t, a);
	nct_text_add(t, "\n");
}

static void add_hold(struct nct_text *t, const struct nct_recovery *rec)
{
	if (!rec->has_hold)
		return;
	label(t, "hold");
	nct_fencing_hold(t, rec);
	if (rec->hold_reason[0])
		nct_text_add(t, " (%s)", nct_plain(rec->hold_reason).s);
	nct_text_add(t, "; KATO %s", nct_config_ms(rec->id.kato_ms).s);
	nct_text_add(t, ", CQT %s\n", nct_config_ms(rec->id.cqt_ms).s);
}

static void add_attempts(struct nct_text *t, const struct nct_recovery *rec)
{
	if (!rec->attempts && rec->id.max_reconnects == NCT_UNKNOWN_INT)
		return;
	label(t, "attempts");
	nct_text_add(t, "%u%s", rec->attempts,
		     rec->notes & NCT_NOTE_STARTED_BEFORE
			     ? " seen"
			     : nct_of_attempts(rec->id.max_reconnects).s);
	if (rec->last_status != NCT_UNKNOWN_INT && rec->last_status)
		nct_text_add(t, "; last failure: %s", nct_status(rec->last_status).s);
	nct_text_add(t, "\n");
}

static void add_notes(struct nct_text *t, const struct nct_style *style, unsigned int notes)
{
	size_t n;
	const struct nct_note_text *texts = nct_note_texts(&n);

	for (size_t i = 0; i < n; i++) {
		if (!(notes & texts[i].bit))
			continue;
		label(t, "note");
		nct_text_add(t, "%s%s%s\n", nct_paint(style, NCT_PAINT_WARN), texts[i].sentence,
			     nct_paint(style, NCT_PAINT_NONE));
	}
}

void nct_timeline_block(struct nct_text *t, const struct nct_style *style,
			const struct nct_recovery *rec, const struct nct_anchor *anchor)
{
	bool full = rec->kind == NCT_KIND_RECOVERY;

	add_title(t, style, rec);
	add_identity(t, &rec->id);
	add_start(t, rec, anchor);
	add_trigger(t, rec);
	add_end(t, rec);
	if (full)
		add_configured(t, &rec->id);
	nct_text_add(t, "\n");
	if (full)
		add_headlines(t, style, rec);
	nct_phases_table(t, style, rec);
	if (full) {
		nct_text_add(t, "\n");
		add_fence(t, style, rec);
		for (size_t i = 0; i < rec->nccr; i++)
			add_ccr(t, &rec->ccr[i]);
		add_hold(t, rec);
		nct_fencing_disturbances(t, style, rec);
		add_attempts(t, rec);
	}
	nct_impact_lines(t, style, rec);
	add_notes(t, style, rec->notes);
	nct_text_add(t, "\n");
}
