// SPDX-License-Identifier: GPL-2.0
#include "perfetto_event.h"

#include <assert.h>
#include <string.h>

#include "notes.h"
#include "timeline.h"

static void event_init(struct nct_perfetto_event *e, Perfetto__TrackEvent__Type type,
		       const char *category)
{
	perfetto__track_event__init(&e->event);
	e->event.has_type = true;
	e->event.type = type;
	e->categories[0] = (char *)category;
	e->event.categories = e->categories;
	e->event.n_categories = 1;
	e->event.name = e->name;
	e->nnotes = 0;
	e->event.debug_annotations = e->list;
}

static Perfetto__DebugAnnotation *add_note(struct nct_perfetto_event *e, const char *name)
{
	Perfetto__DebugAnnotation *note = &e->notes[e->nnotes];

	assert(e->nnotes < NCT_PERFETTO_NOTES);
	perfetto__debug_annotation__init(note);
	note->name = (char *)name;
	e->list[e->nnotes++] = note;
	e->event.n_debug_annotations = e->nnotes;
	return note;
}

/* What is not known is left out. */
static void note_string(struct nct_perfetto_event *e, const char *name, const char *value)
{
	size_t i = e->nnotes;

	if (!value || !*value)
		return;
	e->values[i] = nct_plain(value);
	add_note(e, name)->string_value = e->values[i].s;
}

static void note_int64(struct nct_perfetto_event *e, const char *name, int64_t value)
{
	Perfetto__DebugAnnotation *note = add_note(e, name);

	note->has_int_value = true;
	note->int_value = value;
}

static void note_int(struct nct_perfetto_event *e, const char *name, int32_t value)
{
	if (value != NCT_UNKNOWN_INT)
		note_int64(e, name, value);
}

static void note_ns(struct nct_perfetto_event *e, const char *name, uint64_t ns)
{
	if (ns != NCT_NONE)
		note_int64(e, name, (int64_t)ns);
}

static void note_bool(struct nct_perfetto_event *e, const char *name, int32_t value)
{
	Perfetto__DebugAnnotation *note;

	if (value == NCT_UNKNOWN_INT)
		return;
	note = add_note(e, name);
	note->has_bool_value = true;
	note->bool_value = value != 0;
}

/* "lossy missed-boundary" */
static void note_notes(struct nct_perfetto_event *e, unsigned int notes)
{
	struct nct_phrase all = { "" };
	size_t n, len = 0;
	const struct nct_note_text *texts = nct_note_texts(&n);

	for (size_t i = 0; i < n && len < sizeof(all.s); i++)
		if (notes & texts[i].bit)
			len += (size_t)snprintf(all.s + len, sizeof(all.s) - len, "%s%s",
						len ? " " : "", texts[i].name);
	note_string(e, "notes", all.s);
}

static void note_io(struct nct_perfetto_event *e, const struct nct_recovery *rec)
{
	struct nct_longest longest = nct_longest_blackout(rec);
	const struct nct_io *io = &rec->io;

	if (!io->seen)
		return;
	note_ns(e, "in_flight", io->requests);
	note_ns(e, "in_flight_bytes", io->bytes);
	note_ns(e, "failed_over", io->failed_over);
	note_ns(e, "cancelled", io->cancelled);
	note_ns(e, "completed_late", io->completed_late);
	note_ns(e, "io_errors", io->errors);
	note_ns(e, longest.at_least ? "blackout_at_least_ns" : "blackout_ns", longest.ns);
	note_string(e, "blackout_device", longest.of ? longest.of->device : NULL);
}

void nct_perfetto_whole(struct nct_perfetto_event *e, const struct nct_recovery *rec)
{
	bool is_recovery = rec->kind == NCT_KIND_RECOVERY;

	event_init(e, PERFETTO__TRACK_EVENT__TYPE__TYPE_SLICE_BEGIN, "recovery");
	snprintf(e->name, sizeof(e->name), "%s: %s", nct_kind_name(rec->kind),
		 rec->trigger.reason ? rec->trigger.reason : "cause not known");
	note_string(e, "end", nct_end_name(rec->end));
	note_string(e, "end_reason", rec->end_reason);
	note_string(e, "fence", is_recovery ? nct_fence_name(rec->fence) : NULL);
	note_string(e, "fence_reason", is_recovery ? rec->fence_reason : NULL);
	note_ns(e, "duration_ns", rec->duration_ns);
	note_ns(e, "time_to_retry_ns", rec->time_to_retry_ns);
	note_ns(e, "time_to_live_ns", rec->time_to_live_ns);
	note_string(e, "trigger_site", rec->trigger.site);
	note_int(e, "trigger_opcode",
		 rec->trigger.opcode == NCT_OPCODE_UNKNOWN ? NCT_UNKNOWN_INT : rec->trigger.opcode);
	note_ns(e, "trigger_age_ns", rec->trigger.age_ns ? rec->trigger.age_ns : NCT_NONE);
	note_string(e, "transport", rec->id.transport);
	note_string(e, "address", rec->id.address);
	note_int(e, "cntlid", rec->id.cntlid);
	note_int64(e, "attempts", rec->attempts);
	note_int(e, "attempts_max", rec->id.max_reconnects);
	note_int(e, "last_status", rec->last_status);
	note_int(e, "kato_ms", rec->id.kato_ms);
	note_int(e, "cqt_ms", rec->id.cqt_ms);
	note_int(e, "ctrl_loss_tmo_ms", rec->id.ctrl_loss_tmo_ms);
	note_io(e, rec);
	note_notes(e, rec->notes);
}

void nct_perfetto_phase(struct nct_perfetto_event *e, const struct nct_recovery *rec,
			const struct nct_span *span)
{
	event_init(e, PERFETTO__TRACK_EVENT__TYPE__TYPE_SLICE_BEGIN, "phase");
	snprintf(e->name, sizeof(e->name), "%s", nct_phase_name(span->phase));
	if (span->phase == NCT_PHASE_HOLD && rec->has_hold) {
		note_int(e, "requested_ms", rec->hold_requested_ms);
		note_string(e, "reason", rec->hold_reason);
	}
	if (span->phase == NCT_PHASE_BACKOFF)
		note_int(e, "reconnect_delay_ms", rec->id.reconnect_delay_ms);
}

void nct_perfetto_ccr(struct nct_perfetto_event *e, const struct nct_ccr_attempt *a)
{
	struct nct_word source = a->source < 0 ? nct_word("%s", "") : nct_word("nvme%d", a->source);

	event_init(e, PERFETTO__TRACK_EVENT__TYPE__TYPE_SLICE_BEGIN, "ccr");
	snprintf(e->name, sizeof(e->name), "CCR by %s: %s", *source.s ? source.s : "?",
		 a->result == NCT_CCR_UNKNOWN ? "result not seen" : nct_ccr_result_name(a->result));
	note_string(e, "source", source.s);
	note_string(e, "result",
		    a->result == NCT_CCR_UNKNOWN ? NULL : nct_ccr_result_name(a->result));
	note_int(e, "status", a->status);
	note_bool(e, "immediate", a->immediate);
	note_int(e, "ccrs", a->ccrs);
	note_int(e, "ciu", a->ciu);
	note_int(e, "timeout_ms", a->timeout_ms);
	note_ns(e, "duration_ns", a->duration_ns);
	note_ns(e, "command_ns", a->command_ns);
	note_ns(e, "wait_ns", nct_ccr_wait_ns(a));
	note_ns(e, "late_ns", a->late_ns ? a->late_ns : NCT_NONE);
}

void nct_perfetto_release(struct nct_perfetto_event *e, const struct nct_recovery *rec)
{
	event_init(e, PERFETTO__TRACK_EVENT__TYPE__TYPE_INSTANT, "release");
	snprintf(e->name, sizeof(e->name), "requests released for retry");
	note_ns(e, "time_to_retry_ns", rec->time_to_retry_ns);
}

void nct_perfetto_blackout(struct nct_perfetto_event *e, const struct nct_blackout *b)
{
	bool over = nct_blackout_ns(b) != NCT_NONE;

	event_init(e, PERFETTO__TRACK_EVENT__TYPE__TYPE_SLICE_BEGIN, "blackout");
	snprintf(e->name, sizeof(e->name), "blackout%s", over ? "" : ", not over");
	note_string(e, "device", b->device);
	note_ns(e, "duration_ns", nct_blackout_ns(b));
	note_ns(e, "uncertain_ns", over ? b->uncertain_ns : NCT_NONE);
}

void nct_perfetto_slice_end(struct nct_perfetto_event *e)
{
	event_init(e, PERFETTO__TRACK_EVENT__TYPE__TYPE_SLICE_END, NULL);
	e->event.n_categories = 0;
	e->event.name = NULL;
}
