/* SPDX-License-Identifier: GPL-2.0 */
/* The file of a recording: is it one, make one, take it over, move it aside. */
#ifndef NCT_RECORDING_FILE_H
#define NCT_RECORDING_FILE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "../sys/error.h"

/* A descriptor that holds the lock of the one writer, for as long as it is open. It must be
 * opened before SQLite opens the file and closed after SQLite closed it: closing any
 * descriptor of the file drops SQLite's own locks. */
struct nct_file {
	sqlite3 *db;
	int lock_fd;
	const char *path; /* not owned */
};

#define NCT_PATH_SIZE 4096

/* The name that is meant, when links are followed: also where there is no file yet. What
 * cannot be followed stays as it is. To be freed; NULL: out of memory. */
char *nct_file_resolve(const char *path);

/*
 * Opens path, which stays valid, to write, and creates it if it is not there or empty. Returns
 * 0; else -1 and *err: NCT_EXIT_USAGE if it is not ours, of a newer schema, or another process
 * writes to it: it is left untouched. NCT_EXIT_SYSTEM for the rest. Waits some seconds for who
 * reads it.
 */
int nct_file_open(struct nct_file *f, const char *path, struct nct_error *err);

/*
 * Makes one plain file of it, without a log beside it, so that it can be copied, moved, and
 * read from read-only media. 0; or an SQLite code: somebody reads it just now, or the disk
 * refuses. It stays open and usable.
 */
int nct_file_settle(struct nct_file *f);

/* Puts what is in the log into the file, which keeps its mode; waits some seconds for who reads
 * it. 0 or an SQLite code. */
int nct_file_complete(struct nct_file *f);

/* Settles it if that is possible. Does nothing to a file that is not open. */
void nct_file_close(struct nct_file *f);

/* The same, but for the lock: returns its descriptor, or -1. */
int nct_file_close_locked(struct nct_file *f);

/* Whether fd is the file that has the name path. */
bool nct_file_is(int fd, const char *path);

/* It is open, but its name is that of another file now, or of none. */
bool nct_file_gone(const struct nct_file *f);

/* It is open, but has no name any more. */
bool nct_file_removed(const struct nct_file *f);

/* path → path.1 → path.2 …; no more than keep of them stay, 0: all. It is no error if there is
 * no path. 0; else -1 and *err: one of them is no recording of ours, then nothing is touched, or
 * the system refuses. */
int nct_file_move_aside(const char *path, unsigned int keep, struct nct_error *err);

/* path.1 → path, if it is fd and there is no path. */
bool nct_file_move_back(const char *path, int fd);

/* Whether path is a recording that this program understands: 0; else -1 and *err
 * (NCT_EXIT_USAGE; NCT_EXIT_SYSTEM if it cannot be read). Touches nothing. empty: NULL, or
 * where to say that there is no file, or an empty one (then 0 is returned). */
int nct_file_check(const char *path, bool *empty, struct nct_error *err);

/* What an SQLite error on db says: that of the system if there is one. Valid until the next
 * call on db. */
const char *nct_file_why(sqlite3 *db, int rc);

/* Shared by file.c, claim.c and reader.c. */

/* Locks f->path and fills f->lock_fd; makes a recording of it if it is not there or empty. As
 * nct_file_open(). */
int nct_file_claim(struct nct_file *f, struct nct_error *err);
int nct_file_check_fd(int fd, const char *path, bool *empty, struct nct_error *err);
/* SQLite takes a name such as ":memory:" for something else: this does not. */
int nct_file_database(sqlite3 **db, const char *path, int flags);
/* path as a URI of SQLite, to be read only: every byte but the plain ones is escaped. */
void nct_file_uri(char *uri, size_t size, const char *path, bool immutable);
/* Fills *err and returns -1. */
int nct_file_cannot_write(const char *path, const char *why, struct nct_error *err);

#endif
