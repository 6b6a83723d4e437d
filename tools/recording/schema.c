// SPDX-License-Identifier: GPL-2.0
#include "schema.h"

#include <string.h>

/* schema.sql as it is, so that who writes queries reads what is executed here. */
__asm__(".pushsection .rodata\n"
	".global nct_schema_sql\n"
	"nct_schema_sql:\n"
	".incbin \"tools/recording/schema.sql\"\n"
	".byte 0\n"
	".popsection\n");

/* ---- what a file of an earlier program lacks ---- */

/* Whether there is a table or view of that name. 0 or an SQLite code. */
static int has(sqlite3 *db, const char *name, bool *there)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db, "SELECT 1 FROM sqlite_master WHERE name = ? COLLATE NOCASE",
				    -1, &stmt, NULL);

	if (!rc) {
		sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
		rc = sqlite3_step(stmt);
	}
	*there = rc == SQLITE_ROW;
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : rc;
}

bool nct_schema_has_column(sqlite3 *db, const char *table, const char *column)
{
	return !sqlite3_table_column_metadata(db, NULL, table, column, NULL, NULL, NULL, NULL,
					      NULL);
}

/* One that is NOT NULL was there from the beginning: SQLite refuses to add it, as it should. */
static int missing_columns(sqlite3 *model, sqlite3 *db, const char *table, sqlite3_str *out)
{
	sqlite3_stmt *columns = NULL;
	int rc = sqlite3_prepare_v2(model,
				    "SELECT name, type, iif(\"notnull\", ' NOT NULL', '') "
				    "FROM pragma_table_info(?) ORDER BY cid",
				    -1, &columns, NULL);

	if (!rc)
		sqlite3_bind_text(columns, 1, table, -1, SQLITE_STATIC);
	while (!rc && (rc = sqlite3_step(columns)) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(columns, 0);

		rc = 0;
		if (!nct_schema_has_column(db, table, name))
			sqlite3_str_appendf(out, "ALTER TABLE \"%w\" ADD COLUMN \"%w\" %s%s;\n",
					    table, name, sqlite3_column_text(columns, 1),
					    sqlite3_column_text(columns, 2));
	}
	sqlite3_finalize(columns);
	return rc == SQLITE_DONE ? 0 : rc;
}

static int missing_objects(sqlite3 *model, sqlite3 *db, sqlite3_str *out)
{
	sqlite3_stmt *objects = NULL;
	int rc = sqlite3_prepare_v2(model,
				    "SELECT name, type, sql FROM sqlite_master "
				    "WHERE sql IS NOT NULL ORDER BY rowid",
				    -1, &objects, NULL);

	while (!rc && (rc = sqlite3_step(objects)) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(objects, 0);
		const char *type = (const char *)sqlite3_column_text(objects, 1);
		bool there;

		rc = has(db, name, &there);
		if (!rc && !there)
			sqlite3_str_appendf(out, "%s;\n", sqlite3_column_text(objects, 2));
		else if (!rc && !strcmp(type, "table"))
			rc = missing_columns(model, db, name, out);
	}
	sqlite3_finalize(objects);
	return rc == SQLITE_DONE ? 0 : rc;
}

int nct_schema_missing(sqlite3 *db, char **sql)
{
	sqlite3_str *out = sqlite3_str_new(db);
	sqlite3 *model = NULL;
	int rc = sqlite3_open(":memory:", &model);

	if (!rc)
		rc = sqlite3_exec(model, nct_schema_sql, NULL, NULL, NULL);
	if (!rc)
		rc = missing_objects(model, db, out);
	if (!rc)
		rc = sqlite3_str_errcode(out);
	sqlite3_close(model);
	*sql = sqlite3_str_finish(out);
	if (rc) {
		sqlite3_free(*sql);
		*sql = NULL;
	}
	return rc;
}
