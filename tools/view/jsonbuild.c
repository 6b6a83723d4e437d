// SPDX-License-Identifier: GPL-2.0
#include "jsonbuild.h"

#include <errno.h>

#include "../recovery/recovery.h"
#include "../sys/output.h"
#include "utf8.h"

struct nct_json nct_json_object(void)
{
	struct json_object *object = json_object_new_object();

	return (struct nct_json) { object, !object };
}

void nct_json_put(struct nct_json *b, const char *key, struct json_object *value)
{
	const unsigned int flags = JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_KEY_IS_CONSTANT;

	if (!b->failed && !json_object_object_add_ex(b->object, key, value, flags))
		return;
	json_object_put(value);
	b->failed = true;
}

void nct_json_put_made(struct nct_json *b, const char *key, struct json_object *value)
{
	if (!value)
		b->failed = true;
	nct_json_put(b, key, value);
}

void nct_json_put_ns(struct nct_json *b, const char *key, uint64_t ns)
{
	if (ns == NCT_NONE)
		nct_json_put(b, key, NULL);
	else
		nct_json_put_made(b, key, json_object_new_int64((int64_t)ns));
}

void nct_json_put_int(struct nct_json *b, const char *key, int32_t n)
{
	if (n == NCT_UNKNOWN_INT)
		nct_json_put(b, key, NULL);
	else
		nct_json_put_made(b, key, json_object_new_int64(n));
}

void nct_json_put_bool(struct nct_json *b, const char *key, int32_t n)
{
	if (n == NCT_UNKNOWN_INT)
		nct_json_put(b, key, NULL);
	else
		nct_json_put_made(b, key, json_object_new_boolean(n != 0));
}

static struct json_object *string_of(const char *s)
{
	char clean[NCT_UTF8_ROOM(NCT_JSON_STRING)];
	size_t len = nct_utf8_clean(clean, sizeof(clean), s);

	return json_object_new_string_len(clean, (int)len);
}

void nct_json_put_string(struct nct_json *b, const char *key, const char *s)
{
	if (s && *s)
		nct_json_put_made(b, key, string_of(s));
	else
		nct_json_put(b, key, NULL);
}

void nct_json_append(struct nct_json *b, struct json_object *array, struct nct_json *item)
{
	b->failed |= item->failed;
	if (array && !json_object_array_add(array, item->object))
		return;
	json_object_put(item->object);
	b->failed = true;
}

void nct_json_append_string(struct nct_json *b, struct json_object *array, const char *s)
{
	struct nct_json item = { .object = string_of(s) };

	item.failed = !item.object;
	nct_json_append(b, array, &item);
}

void nct_json_put_object(struct nct_json *b, const char *key, struct nct_json *value)
{
	b->failed |= value->failed;
	nct_json_put(b, key, value->object);
}

int nct_json_line(FILE *out, struct nct_json *b)
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
