// SPDX-License-Identifier: GPL-2.0
#include "batch.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SQL_ROOM (256 + NCT_BATCH_ROWS * 64)

/* OR FAIL: what a failure leaves half done goes with the transaction, so SQLite need not be able to
 * undo this statement alone. */
static int prepare(sqlite3_stmt **stmt, sqlite3 *db, const struct nct_table *table, int rows)
{
	char sql[SQL_ROOM];
	size_t n =
		(size_t)snprintf(sql, sizeof(sql), "INSERT OR FAIL INTO %s VALUES ", table->name);

	for (int i = 0; i < rows * table->columns && n + 4 < sizeof(sql); i++) {
		bool first = !(i % table->columns), last = !((i + 1) % table->columns);

		n += (size_t)snprintf(sql + n, sizeof(sql) - n, "%s?%s",
				      !first ? ","
				      : i    ? ",("
					     : "(",
				      last ? ")" : "");
	}
	return sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, stmt, NULL);
}

int nct_batch_prepare(struct nct_batch *b, sqlite3 *db, const struct nct_table *table)
{
	int rc = prepare(&b->one, db, table, 1);

	b->table = table;
	return rc ? rc : prepare(&b->many, db, table, NCT_BATCH_ROWS);
}

int nct_batch_step(sqlite3_stmt *stmt)
{
	int rc = sqlite3_step(stmt);

	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
	return rc == SQLITE_DONE ? 0 : rc;
}

static int insert_all(struct nct_batch *b)
{
	for (int i = 0; i < NCT_BATCH_ROWS; i++)
		b->table->bind(b->many, 1 + i * b->table->columns, &b->rows[i]);
	b->n = 0;
	return nct_batch_step(b->many);
}

int nct_batch_add(struct nct_batch *b, const struct nct_row *row)
{
	b->rows[b->n++] = *row;
	return b->n < NCT_BATCH_ROWS ? 0 : insert_all(b);
}

int nct_batch_flush(struct nct_batch *b)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < b->n; i++) {
		b->table->bind(b->one, 1, &b->rows[i]);
		rc = nct_batch_step(b->one);
	}
	b->n = 0;
	return rc;
}

void nct_batch_drop(struct nct_batch *b)
{
	b->n = 0;
}

void nct_batch_finalize(struct nct_batch *b)
{
	sqlite3_finalize(b->one);
	sqlite3_finalize(b->many);
	memset(b, 0, sizeof(*b));
}
