/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of a recovery's JSON share: it is parsed, and its members are looked up. */
#ifndef NCT_TESTS_JSON_FIXTURE_H
#define NCT_TESTS_JSON_FIXTURE_H

#include "view_fixture.h"

#include <json-c/json.h>

#include "../../tools/view/json.h"

static inline char *json_text(const struct nct_recovery *rec)
{
	char *buf = NULL;
	size_t len;
	FILE *f = open_memstream(&buf, &len);

	assert_non_null(f);
	assert_int_equal(nct_json_recovery(f, rec, &anchor, NULL), 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(buf[len - 1], '\n');
	assert_ptr_equal(strchr(buf, '\n'), buf + len - 1); /* one line */
	return buf;
}

static inline struct json_object *parsed(const struct nct_recovery *rec)
{
	char *text = json_text(rec);
	enum json_tokener_error error = json_tokener_success;
	struct json_object *o = json_tokener_parse_verbose(text, &error);

	assert_int_equal(error, json_tokener_success);
	free(text);
	return o;
}

/* The member at a path "a.b"; it must be there, if only as null. */
static inline struct json_object *at(struct json_object *o, const char *path)
{
	char copy[64], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *key = strtok_r(copy, ".", &save); key; key = strtok_r(NULL, ".", &save))
		if (!json_object_object_get_ex(o, key, &o))
			fail_msg("no member %s", path);
	return o;
}

static inline void assert_text(struct json_object *o, const char *path, const char *expected)
{
	assert_string_equal(json_object_get_string(at(o, path)), expected);
}

static inline void assert_number(struct json_object *o, const char *path, int64_t expected)
{
	assert_int_equal(json_object_get_type(at(o, path)), json_type_int);
	assert_int_equal(json_object_get_int64(at(o, path)), expected);
}

static inline void assert_null_at(struct json_object *o, const char *path)
{
	if (at(o, path))
		fail_msg("%s is not null", path);
}

#endif
