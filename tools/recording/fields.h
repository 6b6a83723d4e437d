/* SPDX-License-Identifier: GPL-2.0 */
/* Events as columns a to g and text: one table for both directions. */
#ifndef NCT_RECORDING_FIELDS_H
#define NCT_RECORDING_FIELDS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "../recovery/event.h"
#include "../sys/settings.h"

/*
 * Binds what is particular to the type of ev; column a is parameter first, g first + 6,
 * text first + 7. Strings are not copied. An identity is a row of its own, which the caller
 * stores and binds.
 */
void nct_fields_bind(sqlite3_stmt *stmt, int first, const struct nct_event *ev);

/*
 * The other way: column a is result first. ev->type is set, the rest of the union is
 * filled. A word that is not known here becomes "not known". False: a value is of another type
 * than any recorder writes, or too large.
 */
bool nct_fields_read(sqlite3_stmt *stmt, int first, struct nct_event *ev);

/* The type has an identity. */
static inline bool nct_fields_identity(enum nct_event_type type)
{
	return type == NCT_EV_SNAPSHOT || type == NCT_EV_IDENTITY;
}

/* "" ↔ NULL, NCT_UNKNOWN_INT ↔ NULL, NCT_NONE ↔ NULL. Strings are not copied; that of an array
 * need not have an end. */
void nct_bind_string(sqlite3_stmt *stmt, int parameter, const char *s);
void nct_bind_chars(sqlite3_stmt *stmt, int parameter, const char *array, size_t size);
void nct_bind_int(sqlite3_stmt *stmt, int parameter, int32_t n);
void nct_bind_known(sqlite3_stmt *stmt, int parameter, uint64_t n);

/* False: it is of another type, or too large; what is read is then "" or NCT_UNKNOWN_INT. A
 * string that is too long is cut off. */
bool nct_read_string(sqlite3_stmt *stmt, int column, char *buf, size_t size);
bool nct_read_int(sqlite3_stmt *stmt, int column, int32_t *n);

/* False: it is no integer, NULL neither, or not from least to most. */
bool nct_read_number(sqlite3_stmt *stmt, int column, int64_t least, int64_t most, int64_t *n);

/* Adds what was stored of a session's settings: nothing in a file of an earlier program. *nonsense
 * is increased for each row that no recorder writes. 0 or an SQLite code. */
int nct_read_settings(sqlite3 *db, int64_t session, struct nct_settings *s, uint64_t *nonsense);

#endif
