// SPDX-License-Identifier: GPL-2.0
#include "json.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "../sys/output.h"
#include "notes.h"

#define REPLACEMENT "\357\277\275" /* U+FFFD in UTF-8 */

/* An object in the making; failed: out of memory somewhere. */
struct build {
	struct json_object *object;
	bool failed;
};

static struct build new_object(void)
{
	struct json_object *object = json_object_new_object();

	return (struct build) { object, !object };
}

/* Takes over value; NULL is JSON's null. */
static void put(struct build *b, const char *key, struct json_object *value)
{
	if (!b->failed && !json_object_object_add(b->object, key, value))
		return;
	json_object_put(value);
	b->failed = true;
}

static void put_made(struct build *b, const char *key, struct json_object *value)
{
	if (!value)
		b->failed = true;
	put(b, key, value);
}

static void put_time(struct build *b, const char *key, uint64_t ns)
{
	if (ns == NCT_NONE)
		put(b, key, NULL);
	else
		put_made(b, key, json_object_new_int64((int64_t)ns));
}

static void put_int(struct build *b, const char *key, int32_t n)
{
	if (n == NCT_UNKNOWN_INT)
		put(b, key, NULL);
	else
		put_made(b, key, json_object_new_int64(n));
}

static void put_bool(struct build *b, const char *key, int32_t n)
{
	if (n == NCT_UNKNOWN_INT)
		put(b, key, NULL);
	else
		put_made(b, key, json_object_new_boolean(n != 0));
}

/* Length of the well-formed UTF-8 sequence at s; 0: there is none. */
static size_t utf8_length(const unsigned char *s)
{
	size_t n = 0;

	if (s[0] < 0x80)
		n = 1;
	else if (s[0] >= 0xc2 && s[0] < 0xe0)
		n = 2;
	else if (s[0] >= 0xe0 && s[0] < 0xf0)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] < 0xf5)
		n = 4;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if (n >= 3 && ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
		       (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f)))
		return 0; /* overlong, a surrogate, or beyond Unicode */
	return n;
}

/* An identity's strings come from the target: they may hold any bytes, JSON may not. */
static void put_string(struct build *b, const char *key, const char *s)
{
	char clean[sizeof(REPLACEMENT) * NCT_NQN_LEN];
	size_t len = 0;

	if (!s || !*s) {
		put(b, key, NULL);
		return;
	}
	while (*s && len < sizeof(clean) - sizeof(REPLACEMENT)) {
		size_t n = utf8_length((const unsigned char *)s);

		memcpy(clean + len, n ? s : REPLACEMENT, n ? n : sizeof(REPLACEMENT) - 1);
		len += n ? n : sizeof(REPLACEMENT) - 1;
		s += n ? n : 1;
	}
	put_made(b, key, json_object_new_string_len(clean, (int)len));
}

/* Takes over item. */
static void append(struct build *b, struct json_object *array, struct build *item)
{
	b->failed |= item->failed;
	if (array && !json_object_array_add(array, item->object))
		return;
	json_object_put(item->object);
	b->failed = true;
}

static void put_object(struct build *b, const char *key, struct build *value)
{
	b->failed |= value->failed;
	put(b, key, value->object);
}

static void put_controller(struct build *b, const struct nct_identity *id)
{
	char name[32];

	snprintf(name, sizeof(name), "nvme%d", id->instance);
	put_string(b, "controller", id->instance >= 0 ? name : NULL);
	put_int(b, "cntlid", id->cntlid);
	put_string(b, "transport", id->transport);
	put_string(b, "address", id->address);
	put_string(b, "subsystem", id->subsystem);
}

static void put_trigger(struct build *b, const struct nct_trigger *trigger)
{
	struct build t = new_object();

	put_string(&t, "reason", trigger->reason);
	put_string(&t, "site", trigger->site);
	put_int(&t, "opcode",
		trigger->opcode == NCT_OPCODE_UNKNOWN ? NCT_UNKNOWN_INT : trigger->opcode);
	put_time(&t, "age_ns", trigger->age_ns ? trigger->age_ns : NCT_NONE);
	put_object(b, "trigger", &t);
}

static void put_start(struct build *b, uint64_t start_ns, const struct nct_anchor *anchor)
{
	char start[32] = "";

	if (anchor)
		nct_format_utc(nct_anchor_wall_ns(anchor, start_ns), start, sizeof(start));
	put_string(b, "start", start);
	put_time(b, "start_ns", start_ns);
}

static void put_times(struct build *b, const struct nct_recovery *rec,
		      const struct nct_anchor *anchor)
{
	put_start(b, rec->start_ns, anchor);
	put_time(b, "duration_ns", rec->duration_ns);
	put_time(b, "time_to_retry_ns", rec->time_to_retry_ns);
	put_time(b, "time_to_live_ns", rec->time_to_live_ns);
}

static void put_phases(struct build *b, const struct nct_recovery *rec)
{
	struct json_object *phases = json_object_new_array();
	struct build totals = new_object();
	bool seen[NCT_PHASE_COUNT] = { false };

	for (size_t i = 0; i < rec->nspans; i++) {
		const struct nct_span *span = &rec->spans[i];
		struct build p = new_object();

		seen[span->phase] = true;
		put_string(&p, "phase", nct_phase_name(span->phase));
		put_time(&p, "start_ns", span->start_ns);
		put_time(&p, "duration_ns", span->duration_ns);
		append(b, phases, &p);
	}
	put_made(b, "phases", phases);
	for (int i = 0; i < NCT_PHASE_COUNT; i++)
		if (seen[i] || rec->total_ns[i]) /* a phase that did not happen is absent */
			put_time(&totals, nct_phase_name((enum nct_phase)i), rec->total_ns[i]);
	put_object(b, "phase_totals_ns", &totals);
}

static void put_ccr(struct build *b, const struct nct_recovery *rec)
{
	struct json_object *attempts = json_object_new_array();
	char source[32];

	for (size_t i = 0; i < rec->nccr; i++) {
		const struct nct_ccr_attempt *a = &rec->ccr[i];
		struct build o = new_object();

		snprintf(source, sizeof(source), "nvme%d", a->source);
		put_string(&o, "source", a->source >= 0 ? source : NULL);
		put_time(&o, "start_ns", a->start_ns);
		put_time(&o, "duration_ns", a->duration_ns);
		put_time(&o, "command_ns", a->command_ns);
		put_time(&o, "wait_ns", nct_ccr_wait_ns(a));
		put_int(&o, "timeout_ms", a->timeout_ms);
		put_int(&o, "ciu", a->ciu);
		put_int(&o, "status", a->status);
		put_bool(&o, "immediate", a->immediate);
		put_int(&o, "ccrs", a->ccrs);
		put_string(&o, "result",
			   a->result == NCT_CCR_UNKNOWN ? NULL : nct_ccr_result_name(a->result));
		append(b, attempts, &o);
	}
	put_made(b, "ccr", attempts);
}

static void put_hold(struct build *b, const struct nct_recovery *rec)
{
	struct build h;

	if (!rec->has_hold) {
		put(b, "hold", NULL);
		return;
	}
	h = new_object();
	put_int(&h, "requested_ms", rec->hold_requested_ms);
	put_string(&h, "reason", rec->hold_reason);
	put_time(&h, "actual_ns", rec->total_ns[NCT_PHASE_HOLD]);
	put_object(b, "hold", &h);
}

static void put_fence(struct build *b, const struct nct_recovery *rec)
{
	bool is_recovery = rec->kind == NCT_KIND_RECOVERY;

	put_string(b, "fence", is_recovery ? nct_fence_name(rec->fence) : NULL);
	put_string(b, "fence_reason", is_recovery ? rec->fence_reason : NULL);
}

static void put_end(struct build *b, const struct nct_recovery *rec)
{
	put_string(b, "end", rec->end == NCT_END_NONE ? NULL : nct_end_name(rec->end));
	put_string(b, "end_reason", rec->end_reason);
	put_string(b, "end_site", rec->end_site);
	put_made(b, "attempts", json_object_new_int64(rec->attempts));
	put_int(b, "attempts_max", rec->id.max_reconnects);
	put_int(b, "last_status", rec->last_status);
}

static void put_configured(struct build *b, const struct nct_identity *id)
{
	struct build c = new_object();

	put_int(&c, "kato_ms", id->kato_ms);
	put_int(&c, "reconnect_delay_ms", id->reconnect_delay_ms);
	put_int(&c, "ctrl_loss_tmo_ms", id->ctrl_loss_tmo_ms);
	put_int(&c, "cqt_ms", id->cqt_ms);
	put_object(b, "configured", &c);
}

static void put_notes(struct build *b, unsigned int notes)
{
	struct json_object *names = json_object_new_array();
	size_t n;
	const struct nct_note_text *texts = nct_note_texts(&n);

	put_made(b, "lossy", json_object_new_boolean((notes & NCT_NOTE_LOSSY) != 0));
	for (size_t i = 0; i < n; i++) {
		struct build item = { NULL, false };

		if (!(notes & texts[i].bit))
			continue;
		item.object = json_object_new_string(texts[i].name);
		item.failed = !item.object;
		append(b, names, &item);
	}
	put_made(b, "notes", names);
}

static void put_origin(struct build *b, const struct nct_json_origin *origin)
{
	uint64_t resolution_ns = origin ? origin->resolution_ns : 0;

	put_string(b, "host", origin ? origin->host : NULL);
	put_time(b, "resolution_ns", resolution_ns > 1 ? resolution_ns : NCT_NONE);
}

static struct build recovery_object(const struct nct_recovery *rec, const struct nct_anchor *anchor,
				    const struct nct_json_origin *origin)
{
	struct build b = new_object();

	put_string(&b, "schema", NCT_JSON_SCHEMA);
	put_string(&b, "kind", nct_kind_name(rec->kind));
	put_controller(&b, &rec->id);
	put_string(&b, "dialect",
		   rec->dialect == NCT_DIALECT_UNKNOWN ? NULL : nct_dialect_name(rec->dialect));
	put_trigger(&b, &rec->trigger);
	put_times(&b, rec, anchor);
	put_phases(&b, rec);
	put_ccr(&b, rec);
	put_hold(&b, rec);
	put_fence(&b, rec);
	put_end(&b, rec);
	put_configured(&b, &rec->id);
	put_notes(&b, rec->notes);
	put_origin(&b, origin);
	return b;
}

/* Takes over b. */
static int put_line(FILE *out, struct build *b)
{
	const char *text = NULL;
	size_t len = 0;
	int rc = -ENOMEM;

	if (!b->failed)
		text = json_object_to_json_string_length(
			b->object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	errno = 0;
	if (text && fwrite(text, 1, len, out) == len)
		rc = nct_output_put(out, "\n", 1);
	else if (text)
		rc = errno ? -errno : -EIO;
	json_object_put(b->object);
	return rc;
}

int nct_json_recovery(FILE *out, const struct nct_recovery *rec, const struct nct_anchor *anchor,
		      const struct nct_json_origin *origin)
{
	struct build b = recovery_object(rec, anchor, origin);

	return put_line(out, &b);
}

int nct_json_session(FILE *out, const struct nct_json_session *session)
{
	struct build b = new_object();

	put_string(&b, "schema", NCT_JSON_SESSION_SCHEMA);
	put_string(&b, "source", session->source);
	put_string(&b, "host", session->host);
	put_string(&b, "kernel", session->kernel);
	put_string(&b, "input", session->input);
	put_start(&b, session->start_ns, session->anchor);
	put_time(&b, "end_ns", session->end_ns);
	put_time(&b, "resolution_ns",
		 session->resolution_ns > 1 ? session->resolution_ns : NCT_NONE);
	put_time(&b, "lost", session->lost);
	put_bool(&b, "cut_off", session->cut_off);
	return put_line(out, &b);
}
