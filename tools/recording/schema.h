/* SPDX-License-Identifier: GPL-2.0 */
/* The tables of a recording. */
#ifndef NCT_RECORDING_SCHEMA_H
#define NCT_RECORDING_SCHEMA_H

#include <sqlite3.h>
#include <stdbool.h>

#define NCT_APPLICATION_ID 0x6e636374 /* "ncct": `file` and SQLite show it */
#define NCT_SCHEMA_VERSION 1	      /* PRAGMA user_version; higher ones are refused */

/* schema.sql: creates everything in an empty database. */
extern const char nct_schema_sql[];

/*
 * What db, which an earlier version of this program may have made, lacks of it: *sql creates these
 * tables and views, and adds these columns, and is to be freed with sqlite3_free(); NULL: nothing.
 * Touches nothing. 0 or an SQLite code.
 */
int nct_schema_missing(sqlite3 *db, char **sql);

/* False for a view's, too. */
bool nct_schema_has_column(sqlite3 *db, const char *table, const char *column);

#endif
