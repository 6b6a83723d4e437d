// SPDX-License-Identifier: GPL-2.0
#include "json.h"

#include <stdio.h>

#include "fencing.h"
#include "json_io.h"
#include "jsonbuild.h"
#include "notes.h"

static void put_controller(struct nct_json *b, const struct nct_identity *id)
{
	char name[32];

	snprintf(name, sizeof(name), "nvme%d", id->instance);
	nct_json_put_string(b, "controller", id->instance >= 0 ? name : NULL);
	nct_json_put_int(b, "cntlid", id->cntlid);
	nct_json_put_string(b, "transport", id->transport);
	nct_json_put_string(b, "address", id->address);
	nct_json_put_string(b, "subsystem", id->subsystem);
}

static void put_trigger(struct nct_json *b, const struct nct_trigger *trigger)
{
	struct nct_json t = nct_json_object();

	nct_json_put_string(&t, "reason", trigger->reason);
	nct_json_put_string(&t, "site", trigger->site);
	nct_json_put_int(&t, "opcode",
			 trigger->opcode == NCT_OPCODE_UNKNOWN ? NCT_UNKNOWN_INT : trigger->opcode);
	nct_json_put_ns(&t, "age_ns", trigger->age_ns ? trigger->age_ns : NCT_NONE);
	nct_json_put_object(b, "trigger", &t);
}

static void put_start(struct nct_json *b, uint64_t start_ns, const struct nct_anchor *anchor)
{
	char start[32] = "";

	if (anchor)
		nct_format_utc(nct_anchor_wall_ns(anchor, start_ns), start, sizeof(start));
	nct_json_put_string(b, "start", start);
	nct_json_put_ns(b, "start_ns", start_ns);
}

static void put_times(struct nct_json *b, const struct nct_recovery *rec,
		      const struct nct_anchor *anchor)
{
	put_start(b, rec->start_ns, anchor);
	nct_json_put_ns(b, "duration_ns", rec->duration_ns);
	nct_json_put_ns(b, "time_to_retry_ns", rec->time_to_retry_ns);
	nct_json_put_ns(b, "time_to_live_ns", rec->time_to_live_ns);
}

static void put_phases(struct nct_json *b, const struct nct_recovery *rec)
{
	struct json_object *phases = json_object_new_array();
	struct nct_json totals = nct_json_object();
	bool seen[NCT_PHASE_COUNT] = { false };

	for (size_t i = 0; i < rec->nspans; i++) {
		const struct nct_span *span = &rec->spans[i];
		struct nct_json p = nct_json_object();

		seen[span->phase] = true;
		nct_json_put_string(&p, "phase", nct_phase_name(span->phase));
		nct_json_put_ns(&p, "start_ns", span->start_ns);
		nct_json_put_ns(&p, "duration_ns", span->duration_ns);
		nct_json_append(b, phases, &p);
	}
	nct_json_put_made(b, "phases", phases);
	for (int i = 0; i < NCT_PHASE_COUNT; i++)
		if (seen[i] || rec->total_ns[i]) /* a phase that did not happen is absent */
			nct_json_put_ns(&totals, nct_phase_name((enum nct_phase)i),
					rec->total_ns[i]);
	nct_json_put_object(b, "phase_totals_ns", &totals);
}

static void put_ccr(struct nct_json *b, const struct nct_recovery *rec)
{
	struct json_object *attempts = json_object_new_array();
	char source[32];

	for (size_t i = 0; i < rec->nccr; i++) {
		const struct nct_ccr_attempt *a = &rec->ccr[i];
		struct nct_json o = nct_json_object();

		snprintf(source, sizeof(source), "nvme%d", a->source);
		nct_json_put_string(&o, "source", a->source >= 0 ? source : NULL);
		nct_json_put_ns(&o, "start_ns", a->start_ns);
		nct_json_put_ns(&o, "duration_ns", a->duration_ns);
		nct_json_put_ns(&o, "command_ns", a->command_ns);
		nct_json_put_ns(&o, "wait_ns", nct_ccr_wait_ns(a));
		nct_json_put_int(&o, "timeout_ms", a->timeout_ms);
		nct_json_put_int(&o, "ciu", a->ciu);
		nct_json_put_int(&o, "status", a->status);
		nct_json_put_bool(&o, "immediate", a->immediate);
		nct_json_put_int(&o, "ccrs", a->ccrs);
		nct_json_put_string(&o, "result",
				    a->result == NCT_CCR_UNKNOWN ? NULL
								 : nct_ccr_result_name(a->result));
		nct_json_put_ns(&o, "late_ns", a->late_ns ? a->late_ns : NCT_NONE);
		nct_json_append(b, attempts, &o);
	}
	nct_json_put_made(b, "ccr", attempts);
}

static void put_hold(struct nct_json *b, const struct nct_recovery *rec)
{
	struct nct_json h;

	if (!rec->has_hold) {
		nct_json_put(b, "hold", NULL);
		return;
	}
	h = nct_json_object();
	nct_json_put_int(&h, "requested_ms", rec->hold_requested_ms);
	nct_json_put_string(&h, "reason", rec->hold_reason);
	nct_json_put_ns(&h, "actual_ns", rec->total_ns[NCT_PHASE_HOLD]);
	nct_json_put_object(b, "hold", &h);
}

static void put_fence(struct nct_json *b, const struct nct_recovery *rec)
{
	bool is_recovery = rec->kind == NCT_KIND_RECOVERY;

	nct_json_put_string(b, "fence", is_recovery ? nct_fence_name(rec->fence) : NULL);
	nct_json_put_string(b, "fence_reason", is_recovery ? rec->fence_reason : NULL);
	nct_json_put_bool(b, "retry_safe", nct_fencing_retry_safe(rec));
}

static void put_end(struct nct_json *b, const struct nct_recovery *rec)
{
	nct_json_put_string(b, "end", rec->end == NCT_END_NONE ? NULL : nct_end_name(rec->end));
	nct_json_put_string(b, "end_reason", rec->end_reason);
	nct_json_put_string(b, "end_site", rec->end_site);
	nct_json_put_made(b, "attempts", json_object_new_int64(rec->attempts));
	nct_json_put_int(b, "attempts_max", rec->id.max_reconnects);
	nct_json_put_int(b, "last_status", rec->last_status);
}

static void put_configured(struct nct_json *b, const struct nct_identity *id)
{
	struct nct_json c = nct_json_object();

	nct_json_put_int(&c, "kato_ms", id->kato_ms);
	nct_json_put_int(&c, "reconnect_delay_ms", id->reconnect_delay_ms);
	nct_json_put_int(&c, "ctrl_loss_tmo_ms", id->ctrl_loss_tmo_ms);
	nct_json_put_int(&c, "cqt_ms", id->cqt_ms);
	nct_json_put_bool(&c, "ccr", id->ccr);
	nct_json_put_bool(&c, "tbkas", id->tbkas);
	nct_json_put_object(b, "configured", &c);
}

static void put_notes(struct nct_json *b, unsigned int notes)
{
	struct json_object *names = json_object_new_array();
	size_t n;
	const struct nct_note_text *texts = nct_note_texts(&n);

	nct_json_put_made(b, "lossy", json_object_new_boolean((notes & NCT_NOTE_LOSSY) != 0));
	for (size_t i = 0; i < n; i++) {
		if (notes & texts[i].bit)
			nct_json_append_string(b, names, texts[i].name);
	}
	nct_json_put_made(b, "notes", names);
}

static void put_origin(struct nct_json *b, const struct nct_json_origin *origin)
{
	uint64_t resolution_ns = origin ? origin->resolution_ns : 0;

	nct_json_put_string(b, "host", origin ? origin->host : NULL);
	nct_json_put_ns(b, "resolution_ns", resolution_ns > 1 ? resolution_ns : NCT_NONE);
}

static struct nct_json recovery_object(const struct nct_recovery *rec,
				       const struct nct_anchor *anchor,
				       const struct nct_json_origin *origin)
{
	struct nct_json b = nct_json_object();

	nct_json_put_string(&b, "schema", NCT_JSON_SCHEMA);
	nct_json_put_string(&b, "kind", nct_kind_name(rec->kind));
	put_controller(&b, &rec->id);
	nct_json_put_string(&b, "dialect",
			    rec->dialect == NCT_DIALECT_UNKNOWN ? NULL
								: nct_dialect_name(rec->dialect));
	put_trigger(&b, &rec->trigger);
	put_times(&b, rec, anchor);
	put_phases(&b, rec);
	put_ccr(&b, rec);
	put_hold(&b, rec);
	put_fence(&b, rec);
	nct_json_put_disturbances(&b, rec);
	nct_json_put_io(&b, rec);
	put_end(&b, rec);
	put_configured(&b, &rec->id);
	put_notes(&b, rec->notes);
	put_origin(&b, origin);
	return b;
}

int nct_json_recovery(FILE *out, const struct nct_recovery *rec, const struct nct_anchor *anchor,
		      const struct nct_json_origin *origin)
{
	struct nct_json b = recovery_object(rec, anchor, origin);

	return nct_json_line(out, &b);
}

int nct_json_session(FILE *out, const struct nct_json_session *session)
{
	struct nct_json b = nct_json_object();

	nct_json_put_string(&b, "schema", NCT_JSON_SESSION_SCHEMA);
	nct_json_put_string(&b, "source", session->source);
	nct_json_put_string(&b, "host", session->host);
	nct_json_put_string(&b, "kernel", session->kernel);
	nct_json_put_string(&b, "input", session->input);
	put_start(&b, session->start_ns, session->anchor);
	nct_json_put_ns(&b, "end_ns", session->end_ns);
	nct_json_put_ns(&b, "resolution_ns",
			session->resolution_ns > 1 ? session->resolution_ns : NCT_NONE);
	nct_json_put_ns(&b, "lost", session->lost);
	nct_json_put_bool(&b, "cut_off", session->cut_off);
	return nct_json_line(out, &b);
}
