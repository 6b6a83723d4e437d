/* SPDX-License-Identifier: GPL-2.0 */
/* JSON objects in the making: what is not known is null, and no failure goes unseen. */
#ifndef NCT_VIEW_JSONBUILD_H
#define NCT_VIEW_JSONBUILD_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define NCT_JSON_STRING 640 /* longer strings are cut off */

/* failed: out of memory somewhere, so that it must not be written. */
struct nct_json {
	struct json_object *object; /* owned */
	bool failed;
};

struct nct_json nct_json_object(void);

/* Takes over value; NULL is JSON's null. Here and below: key is not copied, and lives as long as
 * the object does; none is put twice. */
void nct_json_put(struct nct_json *b, const char *key, struct json_object *value);

/* The same, but NULL means that there was no memory to make it. */
void nct_json_put_made(struct nct_json *b, const char *key, struct json_object *value);

void nct_json_put_ns(struct nct_json *b, const char *key, uint64_t ns); /* null: NCT_NONE */
void nct_json_put_int(struct nct_json *b, const char *key, int32_t n);	/* null: UNKNOWN_INT */
void nct_json_put_bool(struct nct_json *b, const char *key, int32_t n); /* null: UNKNOWN_INT */

/* null: NULL or "". What is not UTF-8 is replaced. */
void nct_json_put_string(struct nct_json *b, const char *key, const char *s);

/* The same for an array, which is one that was, or will be, put into b. */
void nct_json_append_string(struct nct_json *b, struct json_object *array, const char *s);

/* Both take over the object in the making. array is one that was, or will be, put into b. */
void nct_json_put_object(struct nct_json *b, const char *key, struct nct_json *value);
void nct_json_append(struct nct_json *b, struct json_object *array, struct nct_json *item);

/* Writes it as one line, flushes, and frees it. Returns 0, -ENOMEM if it had failed, or -errno. */
int nct_json_line(FILE *out, struct nct_json *b);

#endif
