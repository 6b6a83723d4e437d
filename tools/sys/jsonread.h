/* SPDX-License-Identifier: GPL-2.0 */
/* Members of JSON objects that others have written: each may be missing, null, or nonsense. */
#ifndef NCT_SYS_JSONREAD_H
#define NCT_SYS_JSONREAD_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which object is read, and what is wrong with it first. */
struct nct_json_in {
	struct json_object *object; /* borrowed */
	const char *wrong;	    /* the key; NULL: nothing so far */
};

/* What is missing or null is NCT_NONE, NCT_UNKNOWN_INT, "" or false. Of another type, negative or
 * too large: the same, and in->wrong is set. */
uint64_t nct_json_in_ns(struct nct_json_in *in, const char *key);
int32_t nct_json_in_int(struct nct_json_in *in, const char *key);
bool nct_json_in_bool(struct nct_json_in *in, const char *key);
int32_t nct_json_in_flag(struct nct_json_in *in, const char *key); /* 0, 1, NCT_UNKNOWN_INT */
/* Borrowed, "" if there is none. */
const char *nct_json_in_string(struct nct_json_in *in, const char *key);

/* NULL if there is none. */
struct json_object *nct_json_in_object(struct nct_json_in *in, const char *key);
struct json_object *nct_json_in_array(struct nct_json_in *in, const char *key);

#endif
