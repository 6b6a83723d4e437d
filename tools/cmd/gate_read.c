// SPDX-License-Identifier: GPL-2.0
#include "gate_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../sys/jsonread.h"
#include "cmd.h"
#include "inputs.h"
#include "replay.h"

#define MAX_JSON (1u << 30) /* bytes of one file */

/* ---- recordings ------------------------------------------------------------------------ */

struct reading {
	struct nct_side *side;
	bool failed; /* out of memory */
};

static void on_recovery(void *ctx, const struct nct_recovery *rec, const struct nct_origin *origin)
{
	struct reading *r = ctx;

	r->failed |= nct_side_recovery(r->side, rec, origin->session->host,
				       origin->session->resolution_ns) != 0;
}

static void on_session_end(void *ctx, const struct nct_session *s,
			   const struct nct_reducer_stats *stats)
{
	static const char *const sources[] = { "", "bpf", "dmesg", "ftrace" };
	struct reading *r = ctx;
	struct nct_fingerprint *f = &r->side->fingerprint;

	r->side->lost += stats->lost;
	r->side->cut_off += s->end_ns == NCT_NONE;
	r->failed |= nct_fingerprint_add(f, "kernel", s->kernel) ||
		     nct_fingerprint_add(f, "source", sources[s->origin]) ||
		     nct_fingerprint_add_settings(f, &s->settings);
}

static int read_recording(char *path, struct nct_side *side, struct nct_error *err)
{
	struct reading r = { .side = side };
	const struct nct_replay replay = {
		.recovery = on_recovery,
		.session_end = on_session_end,
		.ctx = &r,
		.command = "gate",
	};
	int rc = nct_replay_files(&path, 1, &replay, err);

	return !rc && r.failed ? nct_fail(err, NCT_EXIT_SYSTEM, "out of memory") : rc;
}

/* ---- JSON -------------------------------------------------------------------------------- */

static int refuse(const char *path, size_t line, const char *why, struct nct_error *err)
{
	if (!strcmp(why, "out of memory"))
		return nct_fail(err, NCT_EXIT_SYSTEM, "out of memory");
	if (!line)
		return nct_fail(err, NCT_EXIT_USAGE, "%s: %s", path, why);
	return nct_fail(err, NCT_EXIT_USAGE, "%s: line %zu: %s", path, line, why);
}

/* Objects one after the other, mostly one in each line. */
struct stream {
	const char *path, *at, *end;
	size_t line; /* of at */
	struct json_tokener *tokener;
};

/* NULL: there is no more; *wrong tells whether that is because of rubbish. */
static struct json_object *next_object(struct stream *s, enum json_tokener_error *wrong)
{
	struct json_object *o;
	size_t parsed;

	*wrong = json_tokener_success;
	for (; s->at < s->end && strchr(" \t\r\n", *s->at); s->at++)
		s->line += *s->at == '\n';
	if (s->at == s->end)
		return NULL;
	json_tokener_reset(s->tokener);
	o = json_tokener_parse_ex(s->tokener, s->at, (int)(s->end - s->at));
	*wrong = json_tokener_get_error(s->tokener);
	if (!o && *wrong == json_tokener_success)
		*wrong = json_tokener_error_parse_unexpected; /* null is no object */
	parsed = json_tokener_get_parse_end(s->tokener);
	for (size_t i = 0; i < parsed; i++)
		s->line += s->at[i] == '\n';
	s->at += parsed;
	return o;
}

static bool is_baseline(struct json_object *o)
{
	struct nct_json_in in = { .object = o };

	return json_object_is_type(o, json_type_object) &&
	       !strcmp(nct_json_in_string(&in, "schema"), NCT_BASELINE_SCHEMA);
}

static int read_objects(struct stream *s, struct nct_side *side, struct nct_error *err)
{
	enum json_tokener_error wrong;
	struct json_object *o;
	size_t line = s->line;

	while ((o = next_object(s, &wrong))) {
		const char *why = is_baseline(o) ? nct_gate_baseline_read(o, side)
						 : nct_gate_json_line(o, side);

		json_object_put(o);
		if (why)
			return refuse(s->path, line, why, err);
		line = s->line + 1;
	}
	if (wrong == json_tokener_continue)
		return nct_fail(err, NCT_EXIT_UNTRUSTED, "%s is cut off in line %zu", s->path,
				s->line);
	if (wrong != json_tokener_success)
		return refuse(s->path, s->line, json_tokener_error_desc(wrong), err);
	return 0;
}

static int parse(const char *path, const char *text, size_t len, struct nct_side *side,
		 struct nct_error *err)
{
	struct stream s = { path, text, text + len, 1, json_tokener_new() };
	int rc;

	if (!s.tokener)
		return nct_fail(err, NCT_EXIT_SYSTEM, "out of memory");
	json_tokener_set_flags(s.tokener, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS);
	rc = read_objects(&s, side, err);
	json_tokener_free(s.tokener);
	return rc;
}

/* Appends what is left of f. Returns 0 or -errno. */
static int drain(FILE *f, char **text, size_t *len)
{
	size_t room = 0, got = 1;

	for (*len = 0; got; *len += got) {
		if (*len == room) {
			char *grown = *len < MAX_JSON ? realloc(*text, 2 * room + 65536) : NULL;

			if (!grown)
				return *len < MAX_JSON ? -ENOMEM : -EFBIG;
			*text = grown;
			room = 2 * room + 65536;
		}
		got = fread(*text + *len, 1, room - *len, f);
	}
	return ferror(f) ? -EIO : 0;
}

/* NULL: *err. */
static char *slurp(const char *path, size_t *len, struct nct_error *err)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	int rc = f ? drain(f, &text, len) : -errno;

	if (f)
		fclose(f);
	if (!rc)
		return text;
	free(text);
	nct_fail(err, NCT_EXIT_SYSTEM, "cannot read %s: %s", path, strerror(-rc));
	return NULL;
}

static int read_json(const char *path, struct nct_side *side, struct nct_error *err)
{
	size_t len;
	char *text = slurp(path, &len, err);
	int rc = text ? parse(path, text, len, side, err) : -1;

	free(text);
	return rc;
}

/* ---- which it is ---------------------------------------------------------------------------- */

/* JSON begins with a brace; whatever does not is a recording, or its reader says what it is. From a
 * pipe, which can be read once only, there is nothing but JSON. */
static bool looks_like_json(const char *path)
{
	struct stat st;
	FILE *f;
	int c;

	if (!stat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return true;
	f = fopen(path, "r");
	c = f ? fgetc(f) : EOF;
	while (c == ' ' || c == '\t' || c == '\n' || c == '\r')
		c = fgetc(f);
	if (f)
		fclose(f);
	return c == '{';
}

int nct_gate_read(char **files, size_t n, struct nct_side *side, struct nct_error *err)
{
	int rc = nct_inputs_distinct(files, &n, "gate", err);

	for (size_t i = 0; !rc && i < n; i++)
		rc = looks_like_json(files[i]) ? read_json(files[i], side, err)
					       : read_recording(files[i], side, err);
	return rc;
}
