/* SPDX-License-Identifier: GPL-2.0 */
/* The file of a recording: is it one, make one, take it over, move it aside. */
#ifndef NCT_RECORDING_FILE_H
#define NCT_RECORDING_FILE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "../sys/error.h"

/* A descriptor that holds the lock of the one writer, for as long as it is open. It must be
 * opened before SQLite opens the file and closed after SQLite closed it: closing any
 * descriptor of the file drops SQLite's own locks. */
struct nct_file {
	sqlite3 *db;
	int lock_fd;
};

/*
 * Opens path to write, and creates it if it is not there or empty. Returns 0; else -1 and
 * *err: NCT_EXIT_USAGE if it is not ours, of a newer schema, or another process writes to
 * it: it is left untouched. NCT_EXIT_SYSTEM for the rest.
 */
int nct_file_open(struct nct_file *f, const char *path, struct nct_error *err);

/*
 * Makes one plain file of it, without a log beside it, so that it can be copied, moved, and
 * read from read-only media. 0; or an SQLite code: somebody reads it just now, or the disk
 * refuses. It stays open and usable.
 */
int nct_file_settle(struct nct_file *f);

/* Settles it if that is possible. Does nothing to a file that is not open. */
void nct_file_close(struct nct_file *f);

/* Whether path still is the file that was opened: nobody moved or removed it. */
bool nct_file_in_place(const struct nct_file *f, const char *path);

/* The name of what path, if it is a symbolic link, leads to, whether that is there or not: what
 * lies beside a recording lies beside the file. Owned by the caller; NULL: out of memory. */
char *nct_file_resolve(const char *path);

/* path → path.1 → path.2 …; no more than keep of them stay, 0: all. 0 or -errno. */
int nct_file_move_aside(const char *path, unsigned int keep);

/* Whether path is a recording that this program understands: 0; else -1 and *err
 * (NCT_EXIT_USAGE; NCT_EXIT_SYSTEM if it cannot be read). Touches nothing. empty: NULL, or
 * where to say that there is no file, or an empty one (then 0 is returned). */
int nct_file_check(const char *path, bool *empty, struct nct_error *err);

/* What an SQLite error on db says: that of the system if there is one. Valid until the next
 * call on db. */
const char *nct_file_why(sqlite3 *db, int rc);

#endif
