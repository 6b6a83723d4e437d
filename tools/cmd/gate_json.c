// SPDX-License-Identifier: GPL-2.0
/* Recoveries out of what `export --to json` and `--format json` have written (docs/json.md). */
#include <stdlib.h>
#include <string.h>

#include "../sys/jsonread.h"
#include "../view/json.h"
#include "gate_read.h"

/* A word that is not known; "" is null, which is allowed where least is 0. */
#define NO_WORD -1

typedef const char *(*name_fn)(int value);

static const char *kind_name(int value)
{
	return nct_kind_name((enum nct_kind)value);
}

static const char *fence_name(int value)
{
	return nct_fence_name((enum nct_fence)value);
}

static const char *end_name(int value)
{
	return nct_end_name((enum nct_end)value);
}

/* The value from 1 to most that has this name; 0 for "". */
static int value_of(const char *word, name_fn name, int most)
{
	if (!*word)
		return 0;
	for (int value = 1; value <= most; value++)
		if (!strcmp(word, name(value)))
			return value;
	return NO_WORD;
}

/* False: a word is not known. */
static bool read_words(struct nct_json_in *in, struct nct_recovery *rec)
{
	int kind = value_of(nct_json_in_string(in, "kind"), kind_name, NCT_KIND_DELETE);
	int fence = value_of(nct_json_in_string(in, "fence"), fence_name, NCT_FENCE_UNFENCED);
	int end = value_of(nct_json_in_string(in, "end"), end_name, NCT_END_INCOMPLETE);

	if (kind <= 0 || fence < 0 || end <= 0)
		return false;
	rec->kind = (enum nct_kind)kind;
	rec->fence = (enum nct_fence)fence;
	rec->end = (enum nct_end)end;
	return true;
}

static bool has_note(struct json_object *notes, const char *name)
{
	for (size_t i = 0; notes && i < json_object_array_length(notes); i++) {
		struct json_object *note = json_object_array_get_idx(notes, i);

		if (json_object_is_type(note, json_type_string) &&
		    !strcmp(json_object_get_string(note), name))
			return true;
	}
	return false;
}

static void read_notes(struct nct_json_in *in, struct nct_recovery *rec)
{
	struct json_object *notes = nct_json_in_array(in, "notes");

	if (nct_json_in_bool(in, "lossy"))
		rec->notes |= NCT_NOTE_LOSSY;
	if (has_note(notes, "started-before"))
		rec->notes |= NCT_NOTE_STARTED_BEFORE;
	if (has_note(notes, "missed-boundary"))
		rec->notes |= NCT_NOTE_MISSED_BOUNDARY;
}

int32_t nct_gate_instance(const char *name)
{
	long n;

	if (strncmp(name, "nvme", 4) != 0 || name[4] < '0' || name[4] > '9')
		return -1;
	n = strtol(name + 4, NULL, 10);
	return n < INT32_MAX ? (int32_t)n : -1;
}

static void read_identity(struct nct_json_in *in, struct nct_identity *id)
{
	struct nct_json_in c = { .object = nct_json_in_object(in, "configured") };

	id->instance = nct_gate_instance(nct_json_in_string(in, "controller"));
	snprintf(id->transport, sizeof(id->transport), "%s", nct_json_in_string(in, "transport"));
	id->kato_ms = nct_json_in_int(&c, "kato_ms");
	id->reconnect_delay_ms = nct_json_in_int(&c, "reconnect_delay_ms");
	id->ctrl_loss_tmo_ms = nct_json_in_int(&c, "ctrl_loss_tmo_ms");
	id->cqt_ms = nct_json_in_int(&c, "cqt_ms");
	id->ccr = nct_json_in_flag(&c, "ccr");
	id->tbkas = nct_json_in_flag(&c, "tbkas");
	in->wrong = in->wrong ? in->wrong : c.wrong;
}

/* One span for each phase will do: what is compared is their total. */
static void read_phases(struct nct_json_in *in, struct nct_recovery *rec)
{
	struct nct_json_in totals = { .object = nct_json_in_object(in, "phase_totals_ns") };

	for (int phase = 1; phase < NCT_PHASE_COUNT; phase++) {
		uint64_t ns = nct_json_in_ns(&totals, nct_phase_name((enum nct_phase)phase));

		if (ns == NCT_NONE)
			continue;
		rec->spans[rec->nspans++] =
			(struct nct_span) { .phase = (enum nct_phase)phase, .duration_ns = ns };
		rec->total_ns[phase] = ns;
	}
	in->wrong = in->wrong ? in->wrong : totals.wrong;
}

static void read_blackouts(struct nct_json_in *in, struct nct_io *io)
{
	struct nct_json_in o = { .object = nct_json_in_object(in, "io") };
	struct json_object *list = o.object ? nct_json_in_array(&o, "blackouts") : NULL;

	io->seen = o.object != NULL;
	io->more_blackouts = o.object && nct_json_in_bool(&o, "more_blackouts");
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct nct_json_in b = { .object = json_object_array_get_idx(list, i) };

		if (io->nblackouts < NCT_IO_BLACKOUTS) {
			io->blackouts[io->nblackouts].since_ns = nct_json_in_ns(&b, "since_ns");
			io->blackouts[io->nblackouts++].until_ns = nct_json_in_ns(&b, "until_ns");
		}
		o.wrong = o.wrong ? o.wrong : b.wrong;
	}
	in->wrong = in->wrong ? in->wrong : o.wrong;
}

static const char *add_recovery(struct nct_json_in *in, struct nct_side *side)
{
	struct nct_span spans[NCT_PHASE_COUNT] = { 0 };
	struct nct_recovery rec = { .spans = spans };
	uint64_t resolution_ns = nct_json_in_ns(in, "resolution_ns");

	if (!read_words(in, &rec))
		return "kind, fence or end is a word that is not known";
	read_notes(in, &rec);
	read_identity(in, &rec.id);
	rec.start_ns = nct_json_in_ns(in, "start_ns");
	rec.duration_ns = nct_json_in_ns(in, "duration_ns");
	rec.time_to_retry_ns = nct_json_in_ns(in, "time_to_retry_ns");
	rec.time_to_live_ns = nct_json_in_ns(in, "time_to_live_ns");
	read_phases(in, &rec);
	read_blackouts(in, &rec.io);
	if (in->wrong)
		return "a value is none that this program writes";
	side->unaudited++;
	if (nct_side_count(side, &rec, nct_json_in_string(in, "host"),
			   resolution_ns == NCT_NONE ? 1 : resolution_ns))
		return "out of memory";
	return NULL;
}

static const char *add_session(struct nct_json_in *in, struct nct_side *side)
{
	uint64_t lost = nct_json_in_ns(in, "lost");

	side->lost += lost == NCT_NONE ? 0 : lost;
	side->cut_off += nct_json_in_bool(in, "cut_off");
	if (nct_fingerprint_add(&side->fingerprint, "kernel", nct_json_in_string(in, "kernel")) ||
	    nct_fingerprint_add(&side->fingerprint, "source", nct_json_in_string(in, "source")))
		return "out of memory";
	return in->wrong ? "a value is none that this program writes" : NULL;
}

const char *nct_gate_json_line(struct json_object *line, struct nct_side *side)
{
	struct nct_json_in in = { .object = line };
	const char *schema;

	if (!json_object_is_type(line, json_type_object))
		return "it is no object";
	schema = nct_json_in_string(&in, "schema");
	if (!strcmp(schema, NCT_JSON_SCHEMA))
		return add_recovery(&in, side);
	if (!strcmp(schema, NCT_JSON_SESSION_SCHEMA))
		return add_session(&in, side);
	return "its schema is none of a recovery or a session";
}
