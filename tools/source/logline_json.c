// SPDX-License-Identifier: GPL-2.0
/* journalctl -o json. */
#include "logline_json.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void nct_logparser_free(struct nct_logparser *p)
{
	json_object_put(p->json);
	free(p->bytes);
	p->json = NULL;
	p->bytes = NULL;
}

static struct json_object *parse(const struct nct_line *line)
{
	struct json_tokener *tok = json_tokener_new();
	struct json_object *o = NULL;

	/* json-c takes an int for the length. */
	if (tok && line->len <= NCT_LINE_MAX)
		o = json_tokener_parse_ex(tok, line->s, (int)line->len);
	if (tok)
		json_tokener_free(tok);
	if (o && json_object_is_type(o, json_type_object))
		return o;
	json_object_put(o);
	return NULL;
}

/* Its length, 0 if there is no such string. */
static size_t string_of(struct json_object *o, const char *key, const char **s)
{
	struct json_object *value;

	*s = "";
	if (!json_object_object_get_ex(o, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return 0;
	*s = json_object_get_string(value);
	return (size_t)json_object_get_string_len(value);
}

/* Microseconds, which journalctl writes as a string. */
static void stamp_of(struct json_object *o, const char *key, enum nct_clock clock,
		     struct nct_stamp *stamp)
{
	struct nct_cursor c;
	size_t n = string_of(o, key, &c.p);
	uint64_t us;

	c.end = c.p + n;
	if (n && nct_take_number(&c, 16, &us) && c.p == c.end)
		*stamp = (struct nct_stamp) { clock, us * 1000, 1000 };
}

/* A message that is no UTF-8 comes as an array of numbers. */
static bool take_bytes(struct nct_logparser *p, struct json_object *array, struct nct_cursor *msg)
{
	size_t n = json_object_array_length(array);
	char *bytes = malloc(n + 1);

	if (!bytes)
		return false;
	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)json_object_get_int(json_object_array_get_idx(array, i));
	free(p->bytes);
	p->bytes = bytes;
	*msg = (struct nct_cursor) { bytes, bytes + n };
	return true;
}

static bool message(struct nct_logparser *p, struct nct_logline *out)
{
	struct json_object *value;
	size_t n;

	if (!json_object_object_get_ex(p->json, "MESSAGE", &value))
		return false;
	if (json_object_is_type(value, json_type_array))
		return take_bytes(p, value, &out->msg);
	n = string_of(p->json, "MESSAGE", &out->msg.p);
	out->msg.end = out->msg.p + n;
	return true;
}

static bool from_kernel(struct json_object *o)
{
	const char *s;

	string_of(o, "_TRANSPORT", &s);
	if (!strcmp(s, "kernel"))
		return true;
	if (*s)
		return false;
	string_of(o, "SYSLOG_IDENTIFIER", &s);
	return !strcmp(s, "kernel");
}

bool nct_logline_json(struct nct_logparser *p, const struct nct_line *line, struct nct_logline *out)
{
	const char *boot;

	nct_logparser_free(p);
	p->json = parse(line);
	if (!p->json || !message(p, out))
		return false;
	stamp_of(p->json, "__MONOTONIC_TIMESTAMP", NCT_CLOCK_UPTIME, &out->uptime);
	stamp_of(p->json, "_SOURCE_MONOTONIC_TIMESTAMP", NCT_CLOCK_UPTIME, &out->uptime);
	stamp_of(p->json, "__REALTIME_TIMESTAMP", NCT_CLOCK_UTC, &out->wall);
	out->host_len = string_of(p->json, "_HOSTNAME", &out->host);
	string_of(p->json, "_BOOT_ID", &boot);
	snprintf(out->boot_id, sizeof(out->boot_id), "%s", boot);
	out->kernel = from_kernel(p->json);
	out->anonymous = !json_object_object_get_ex(p->json, "_TRANSPORT", NULL) &&
			 !json_object_object_get_ex(p->json, "SYSLOG_IDENTIFIER", NULL);
	return true;
}
