// SPDX-License-Identifier: GPL-2.0
#include "jsonread.h"

#include <string.h>

#include "../recovery/event.h"

#define MAX_NS (INT64_MAX / 4) /* times beyond that would overflow where they are added up */

/* NULL: missing, null, or of another type, which is wrong. */
static struct json_object *member(struct nct_json_in *in, const char *key, enum json_type type)
{
	struct json_object *o = NULL;

	if (!json_object_object_get_ex(in->object, key, &o) || !o)
		return NULL;
	if (json_object_is_type(o, type))
		return o;
	if (!in->wrong)
		in->wrong = key;
	return NULL;
}

uint64_t nct_json_in_ns(struct nct_json_in *in, const char *key)
{
	struct json_object *o = member(in, key, json_type_int);
	int64_t n = o ? json_object_get_int64(o) : 0;

	if (o && n >= 0 && n <= MAX_NS)
		return (uint64_t)n;
	if (o && !in->wrong)
		in->wrong = key;
	return NCT_NONE;
}

int32_t nct_json_in_int(struct nct_json_in *in, const char *key)
{
	struct json_object *o = member(in, key, json_type_int);
	int64_t n = o ? json_object_get_int64(o) : 0;

	if (o && n > INT32_MIN && n <= INT32_MAX)
		return (int32_t)n;
	if (o && !in->wrong)
		in->wrong = key;
	return NCT_UNKNOWN_INT;
}

int32_t nct_json_in_flag(struct nct_json_in *in, const char *key)
{
	struct json_object *o = member(in, key, json_type_boolean);

	return o ? json_object_get_boolean(o) : NCT_UNKNOWN_INT;
}

bool nct_json_in_bool(struct nct_json_in *in, const char *key)
{
	return nct_json_in_flag(in, key) == 1;
}

const char *nct_json_in_string(struct nct_json_in *in, const char *key)
{
	struct json_object *o = member(in, key, json_type_string);

	return o ? json_object_get_string(o) : "";
}

struct json_object *nct_json_in_object(struct nct_json_in *in, const char *key)
{
	return member(in, key, json_type_object);
}

struct json_object *nct_json_in_array(struct nct_json_in *in, const char *key)
{
	return member(in, key, json_type_array);
}
