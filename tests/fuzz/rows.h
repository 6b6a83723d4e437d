/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording whose rows the input overwrites, in SQL: values of a wrong type or size, rows that
 * are missing, doubled or in another order, tables without their constraints. What comes of it
 * is an SQLite file without any fault, so that it is all up to the reader.
 */
#ifndef NCT_TESTS_FUZZ_ROWS_H
#define NCT_TESTS_FUZZ_ROWS_H

#include <sqlite3.h>
#include <string.h>

#include "check.h"

struct input {
	const uint8_t *at;
	size_t left;
};

/* Little-endian; 0 where the input is over. */
static inline uint64_t take(struct input *in, size_t bytes)
{
	uint64_t n = 0;

	for (size_t i = 0; i < bytes && in->left; i++, in->left--)
		n |= (uint64_t)*in->at++ << (8 * i);
	return n;
}

static inline const char *take_bytes(struct input *in, size_t *n)
{
	const char *from = (const char *)in->at;

	*n = *n < in->left ? *n : in->left;
	in->at += *n;
	in->left -= *n;
	return from;
}

/* Those that the reader reads. */
static const struct rows_table {
	const char *name;
	unsigned int ncolumns;
	const char *columns[16];
} rows_tables[] = {
	{ "event",
	  15,
	  { "id", "session", "ts_ns", "ctrl", "instance", "cpu", "type", "a", "b", "c", "d", "e",
	    "f", "g", "text" } },
	{ "session",
	  11,
	  { "id", "first", "origin", "dialect", "resolution_ns", "start_ns", "end_ns", "host",
	    "kernel", "tool", "input" } },
	{ "controller",
	  14,
	  { "id", "session", "instance", "cntlid", "transport", "address", "subsystem", "kato_ms",
	    "reconnect_delay_ms", "max_reconnects", "ctrl_loss_tmo_ms", "cqt_ms", "ccr",
	    "tbkas" } },
	{ "anchor", 5, { "id", "session", "monotonic_ns", "boottime_ns", "realtime_ns" } },
};

/* Where something that is read ends to be what it was. */
static const int64_t rows_limits[] = {
	0,
	1,
	-1,
	-2,
	4,
	10,
	16,
	17,
	21,
	23,
	24,
	INT32_MIN,
	INT32_MAX,
	INT32_MAX + 1ll,
	INT32_MIN - 1ll,
	UINT32_MAX,
	1ll << 32,
	INT64_MAX / 4,
	INT64_MAX,
	INT64_MAX / 4 + 1,
	INT64_MIN,
};

enum rows_value { ROWS_NULL, ROWS_SMALL, ROWS_INT, ROWS_LIMIT, ROWS_REAL, ROWS_TEXT, ROWS_BLOB };

static inline void rows_bind(sqlite3_stmt *stmt, int parameter, struct input *in)
{
	size_t n = sizeof(rows_limits) / sizeof(rows_limits[0]);
	const char *bytes;

	switch ((enum rows_value)(take(in, 1) % (ROWS_BLOB + 1))) {
	case ROWS_NULL:
		break;
	case ROWS_SMALL:
		sqlite3_bind_int(stmt, parameter, (int8_t)take(in, 1));
		break;
	case ROWS_INT:
		sqlite3_bind_int64(stmt, parameter, (int64_t)take(in, 8));
		break;
	case ROWS_LIMIT:
		sqlite3_bind_int64(stmt, parameter, rows_limits[take(in, 1) % n]);
		break;
	case ROWS_REAL:
		sqlite3_bind_double(stmt, parameter, (double)(int64_t)take(in, 8) / 1024);
		break;
	case ROWS_TEXT:
		n = take(in, 1);
		bytes = take_bytes(in, &n);
		sqlite3_bind_text(stmt, parameter, bytes, (int)n, SQLITE_TRANSIENT);
		break;
	case ROWS_BLOB:
		n = take(in, 1);
		bytes = take_bytes(in, &n);
		sqlite3_bind_blob(stmt, parameter, bytes, (int)n, SQLITE_TRANSIENT);
		break;
	}
}

#define ROWS_NTH "rowid = (SELECT rowid FROM %1$s LIMIT 1 OFFSET ?2)"

/* Of %1$s the table, %2$s a column; ?1 a value, ?2 which row. */
static const char *const rows_changes[] = {
	"UPDATE OR REPLACE %1$s SET %2$s = ?1 WHERE " ROWS_NTH,
	"UPDATE OR REPLACE %1$s SET %2$s = %2$s + ?1 WHERE " ROWS_NTH,
	"UPDATE OR IGNORE %1$s SET %2$s = ?1",
	"DELETE FROM %1$s WHERE " ROWS_NTH,
	"DELETE FROM %1$s WHERE %2$s = ?1",
	"INSERT INTO %1$s SELECT * FROM %1$s WHERE " ROWS_NTH,
	"CREATE TABLE fuzz AS SELECT * FROM %1$s", /* no type and no key any more */
	"DROP TABLE %1$s",
	"ALTER TABLE fuzz RENAME TO %1$s",
	"ALTER TABLE %1$s DROP COLUMN %2$s",
	"UPDATE sqlite_schema SET sql = 'CREATE TABLE %1$s (id COLLATE \"\033[31m\", session, "
	"monotonic_ns, boottime_ns, realtime_ns)' WHERE name = '%1$s'",
	"CREATE VIEW %1$s AS SELECT * FROM fuzz",
	"CREATE VIEW %1$s AS WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) "
	"SELECT n.id, fuzz.* FROM n, fuzz",
};

/* What SQLite refuses to do was worth a try. */
static inline void rows_change(sqlite3 *db, struct input *in)
{
	const struct rows_table *t = &rows_tables[take(in, 1) % 4];
	const char *column = t->columns[take(in, 1) % t->ncolumns];
	const char *change =
		rows_changes[take(in, 1) % (sizeof(rows_changes) / sizeof(rows_changes[0]))];
	unsigned int row = take(in, 1);
	sqlite3_stmt *stmt;
	char sql[512];

	snprintf(sql, sizeof(sql), change, t->name, column);
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL))
		return;
	sqlite3_bind_int(stmt, 2, (int)row);
	if (strstr(sql, "?1"))
		rows_bind(stmt, 1, in);
	sqlite3_step(stmt);
	sqlite3_finalize(stmt);
}

/* The file in memory, for rows_overwrite(). */
static inline sqlite3 *rows_open(const unsigned char *file, size_t size)
{
	unsigned char *copy = sqlite3_malloc64(size);
	sqlite3 *db;

	REQUIRE(copy && !sqlite3_open(":memory:", &db));
	memcpy(copy, file, size);
	REQUIRE(!sqlite3_deserialize(db, "main", copy, (sqlite3_int64)size, (sqlite3_int64)size,
				     SQLITE_DESERIALIZE_RESIZEABLE |
					     SQLITE_DESERIALIZE_FREEONCLOSE));
	REQUIRE(!sqlite3_exec(db, "PRAGMA writable_schema = ON", NULL, NULL, NULL));
	/* Made for the reader: a further change is not to go through one without an end. */
	REQUIRE(!sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL));
	return db;
}

static inline void rows_overwrite(sqlite3 *db, struct input *in)
{
	sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
	for (int i = 0; i < 64 && in->left; i++)
		rows_change(db, in);
	sqlite3_exec(db, "COMMIT", NULL, NULL, NULL); /* an error may have ended it already */
}

/* Rows of which no recorder writes one: said again in SQL, apart from how the reader does it. */
#define NOT_INTEGER(column, low, high)                                                             \
	"typeof(" column ") <> 'integer' OR " column " NOT BETWEEN " low " AND " high
#define NOT_TIME(column)      NOT_INTEGER(column, "0", "9223372036854775807 / 4")
#define NOT_INT_OR_NULL(name) "typeof(" name ") NOT IN ('integer', 'null')"
#define NOT_TEXT(name)	      "typeof(" name ") NOT IN ('text', 'null')"

/* clang-format off */
static const char rows_counts[] =
	"SELECT (SELECT count(*) FROM session), (SELECT count(*) FROM event), "
	"(SELECT count(*) FROM anchor), "
	"(SELECT count(*) FROM session WHERE " NOT_INTEGER("origin", "1", "3") " OR "
	NOT_INTEGER("dialect", "0", "3") " OR " NOT_TIME("resolution_ns") " OR resolution_ns = 0 OR "
	NOT_TIME("start_ns") " OR end_ns IS NOT NULL AND (" NOT_TIME("end_ns")
	" OR end_ns < start_ns) OR " NOT_TEXT("host") " OR " NOT_TEXT("input") ") + "
	"(SELECT count(*) FROM event WHERE " NOT_TIME("ts_ns") " OR "
	NOT_INTEGER("type", "0", "4294967295") " OR "
	NOT_INTEGER("instance", "-1", "2147483647") " OR "
	NOT_INTEGER("cpu", "0", "4294967295") " OR typeof(ctrl) <> 'integer' OR "
	"type BETWEEN 1 AND 12 AND (" NOT_INT_OR_NULL("a") " AND type <> 2 AND type <> 12) OR "
	"type BETWEEN 17 AND 21 AND (" NOT_INT_OR_NULL("a") " OR " NOT_INT_OR_NULL("b") ") OR "
	"type IN (1, 21) AND " NOT_TEXT("text") ") + "
	"(SELECT count(*) FROM anchor WHERE " NOT_TIME("monotonic_ns") " OR "
	NOT_TIME("boottime_ns") " OR " NOT_TIME("realtime_ns") ")";
/* clang-format on */

/* The reader found no fault: there is none, and it has told of everything. */
static inline void rows_were_right(sqlite3 *db, const struct check *told)
{
	sqlite3_stmt *stmt;

	REQUIRE(!sqlite3_prepare_v2(db, rows_counts, -1, &stmt, NULL));
	REQUIRE(sqlite3_step(stmt) == SQLITE_ROW);
	REQUIRE((uint64_t)sqlite3_column_int64(stmt, 0) == told->sessions);
	REQUIRE((uint64_t)sqlite3_column_int64(stmt, 1) == told->events);
	REQUIRE((uint64_t)sqlite3_column_int64(stmt, 2) == told->anchors);
	REQUIRE(!sqlite3_column_int64(stmt, 3));
	sqlite3_finalize(stmt);
}

#endif
