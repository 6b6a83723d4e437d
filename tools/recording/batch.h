/* SPDX-License-Identifier: GPL-2.0 */
/* Rows of one table, inserted many at a time: to begin and end a statement takes SQLite as long as
 * a small row does. */
#ifndef NCT_RECORDING_BATCH_H
#define NCT_RECORDING_BATCH_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#define NCT_BATCH_ROWS 32

/* What a row is made of. */
struct nct_row {
	int64_t id, of, other; /* of: what it is part of */
	const void *what;
};

struct nct_table {
	const char *name; /* with the names of its columns */
	int columns;
	/* Binds one row; its first column is parameter first. Strings are not copied. */
	void (*bind)(sqlite3_stmt *stmt, int first, const struct nct_row *row);
};

/* All zero: not prepared. */
struct nct_batch {
	const struct nct_table *table;
	sqlite3_stmt *one, *many;
	struct nct_row rows[NCT_BATCH_ROWS]; /* not inserted yet */
	size_t n;
};

/* All of these return 0 or an SQLite code; after one the transaction is to be rolled back. */
int nct_batch_prepare(struct nct_batch *b, sqlite3 *db, const struct nct_table *table);
/* What row refers to has to stay until nct_batch_flush(). */
int nct_batch_add(struct nct_batch *b, const struct nct_row *row);
/* Inserts what is left. */
int nct_batch_flush(struct nct_batch *b);

/* Forgets what is left. */
void nct_batch_drop(struct nct_batch *b);
void nct_batch_finalize(struct nct_batch *b);

/* Executes a statement, and makes it ready for other values. */
int nct_batch_step(sqlite3_stmt *stmt);

#endif
