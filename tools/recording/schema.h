/* SPDX-License-Identifier: GPL-2.0 */
/* The tables of a recording. */
#ifndef NCT_RECORDING_SCHEMA_H
#define NCT_RECORDING_SCHEMA_H

#define NCT_APPLICATION_ID 0x6e636374 /* "ncct": `file` and SQLite show it */
#define NCT_SCHEMA_VERSION 1	      /* PRAGMA user_version; higher ones are refused */

/* schema.sql: creates everything in an empty database. */
extern const char nct_schema_sql[];

#endif
