// SPDX-License-Identifier: GPL-2.0
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "recording.h"
#include "schema.h"

/* The header of an SQLite file, https://sqlite.org/fileformat.html#the_database_header */
#define HEADER_SIZE    100
#define USER_VERSION   60
#define APPLICATION_ID 68

#define BUSY_MS	       100
#define PATIENCE_NS    5000000000ull
#define PAUSE_NS       50000000
#define MAX_GENERATION 1000000u

/* A commit is durable, and moves the log into the file every 16 MiB only. What a reader needs
 * of the log is kept up to that size. */
#define SETTINGS                                                                                   \
	"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4096; " \
	"PRAGMA journal_size_limit = 16777216; PRAGMA cache_size = -4096; "                        \
	"PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY"

const char *nct_file_why(sqlite3 *db, int rc)
{
	int system_error = db ? sqlite3_system_errno(db) : 0;

	if (rc == SQLITE_FULL)
		return strerror(ENOSPC);
	if ((rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_CANTOPEN)
		return system_error ? strerror(system_error) : sqlite3_errstr(rc);
	return db ? sqlite3_errmsg(db) : sqlite3_errstr(rc);
}

static uint32_t big_endian(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int check_header(const char *path, const unsigned char *header, struct nct_error *err)
{
	uint32_t version = big_endian(header + USER_VERSION);

	if (memcmp(header, "SQLite format 3", 16))
		return nct_fail(err, NCT_EXIT_USAGE, "%s is not a recording", path);
	if (big_endian(header + APPLICATION_ID) != NCT_APPLICATION_ID || !version)
		return nct_fail(err, NCT_EXIT_USAGE,
				"%s is not a recording, but another kind of SQLite file", path);
	if (version > NCT_SCHEMA_VERSION)
		return nct_fail(err, NCT_EXIT_USAGE,
				"%s was made by a newer version of this program (schema %u, known "
				"here: %u); use that one",
				path, version, NCT_SCHEMA_VERSION);
	return 0;
}

static int cannot_read(const char *path, struct nct_error *err)
{
	return nct_fail(err, NCT_EXIT_SYSTEM, "cannot read %s: %s", path, strerror(errno));
}

int nct_file_check_fd(int fd, const char *path, bool *empty, struct nct_error *err)
{
	unsigned char header[HEADER_SIZE];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st))
		return cannot_read(path, err);
	if (!S_ISREG(st.st_mode))
		return nct_fail(err, NCT_EXIT_USAGE, "%s is not a recording: not a plain file",
				path);
	n = pread(fd, header, sizeof(header), 0);
	if (n < 0)
		return cannot_read(path, err);
	if (!n && empty) {
		*empty = true;
		return 0;
	}
	if (n < (ssize_t)sizeof(header))
		return nct_fail(err, NCT_EXIT_USAGE, "%s is not a recording%s", path,
				n ? "" : ": it is empty");
	return check_header(path, header, err);
}

int nct_file_check(const char *path, bool *empty, struct nct_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;

	if (empty)
		*empty = fd < 0 && errno == ENOENT;
	if (fd < 0 && errno == ENOENT && !empty)
		return nct_fail(err, NCT_EXIT_USAGE, "there is no file %s", path);
	if (fd < 0)
		return empty && *empty ? 0 : cannot_read(path, err);
	rc = nct_file_check_fd(fd, path, empty, err);
	close(fd);
	return rc;
}

int nct_recording_check(const char *path, struct nct_error *err)
{
	return nct_file_check(path, NULL, err);
}

int nct_recording_appendable(const char *path, struct nct_error *err)
{
	bool empty;

	return nct_file_check(path, &empty, err);
}

int nct_file_cannot_write(const char *path, const char *why, struct nct_error *err)
{
	return nct_fail(err, NCT_EXIT_SYSTEM, "cannot write to %s: %s", path, why);
}

/* SQLite takes a name such as ":memory:" for something else. */
int nct_file_database(sqlite3 **db, const char *path, int flags)
{
	char plain[NCT_PATH_SIZE + 2];

	snprintf(plain, sizeof(plain), "%s%s", *path == '/' || *path == '.' ? "" : "./", path);
	return sqlite3_open_v2(plain, db, flags | SQLITE_OPEN_NOMUTEX, NULL);
}

/* Whoever reads a closed recording keeps it from being switched to a log, which SQLite does not
 * wait for. */
static int settings(sqlite3 *db)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	uint64_t began_ns = nct_monotonic_ns();
	int rc;

	for (;;) {
		rc = sqlite3_exec(db, SETTINGS, NULL, NULL, NULL);
		if ((rc & 0xff) != SQLITE_BUSY || nct_monotonic_ns() - began_ns > PATIENCE_NS)
			return rc;
		nanosleep(&pause, NULL);
	}
}

static int take_over(struct nct_file *f, struct nct_error *err)
{
	int rc = nct_file_database(&f->db, f->path, SQLITE_OPEN_READWRITE);

	if (!rc)
		rc = sqlite3_busy_timeout(f->db, BUSY_MS);
	if (!rc)
		rc = settings(f->db);
	if (!rc)
		return 0;
	if ((rc & 0xff) == SQLITE_BUSY)
		nct_fail(
			err, NCT_EXIT_SYSTEM,
			"cannot write to %s: another program has it open, perhaps to read it (%s); "
			"try again when that is done, or record to another file",
			f->path, nct_file_why(f->db, rc));
	else
		nct_file_cannot_write(f->path, nct_file_why(f->db, rc), err);
	nct_file_close(f);
	return -1;
}

int nct_file_open(struct nct_file *f, const char *path, struct nct_error *err)
{
	*f = (struct nct_file) { NULL, -1, path };
	if (strlen(path) > NCT_PATH_SIZE - 32)
		return nct_file_cannot_write(path, strerror(ENAMETOOLONG), err);
	return nct_file_claim(f, err) || take_over(f, err) ? -1 : 0;
}

/* The mode that it is in now. */
static int on_mode(void *ctx, int n, char **values, char **names)
{
	bool *settled = ctx;

	(void)names;
	*settled = n == 1 && values[0] && !strcmp(values[0], "delete");
	return 0;
}

int nct_file_settle(struct nct_file *f)
{
	bool settled = false;
	int rc = sqlite3_exec(f->db, "PRAGMA journal_mode = DELETE", on_mode, &settled, NULL);

	return rc || settled ? rc : SQLITE_BUSY;
}

int nct_file_complete(struct nct_file *f)
{
	int rc;

	sqlite3_busy_timeout(f->db, PATIENCE_NS / 1000000);
	rc = sqlite3_wal_checkpoint_v2(f->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	sqlite3_busy_timeout(f->db, BUSY_MS);
	return rc;
}

int nct_file_close_locked(struct nct_file *f)
{
	int fd = f->lock_fd;

	if (f->db) {
		/* Under its old name SQLite would remove the log of another file. */
		if (!nct_file_gone(f))
			nct_file_settle(f);
		else if (!nct_file_removed(f))
			nct_file_complete(f);
		sqlite3_close(f->db);
	}
	*f = (struct nct_file) { NULL, -1, NULL };
	return fd;
}

void nct_file_close(struct nct_file *f)
{
	int fd = nct_file_close_locked(f);

	if (fd >= 0)
		close(fd);
}

/* path.n; path itself for 0. False: too long. */
static bool generation(char name[NCT_PATH_SIZE], const char *path, unsigned int n)
{
	int len = n ? snprintf(name, NCT_PATH_SIZE, "%s.%u", path, n)
		    : snprintf(name, NCT_PATH_SIZE, "%s", path);

	return len < NCT_PATH_SIZE;
}

static int cannot_move(const char *path, const char *name, const char *why, struct nct_error *err)
{
	return nct_fail(err, NCT_EXIT_SYSTEM, "cannot move %.200s aside: %.200s: %s", path, name,
			why);
}

/* How many there are without a gap, all of them recordings; -1: not all. */
static long generations(const char *path, struct nct_error *err)
{
	char name[NCT_PATH_SIZE];
	unsigned int n = 0;
	struct nct_error why;
	struct stat st;

	while (generation(name, path, n + 1) && !lstat(name, &st)) {
		if (nct_file_check(name, NULL, &why))
			return nct_fail(err, NCT_EXIT_SYSTEM,
					"cannot move %.150s aside: %s; it is not touched", path,
					why.text);
		n++;
	}
	return n;
}

int nct_file_move_aside(const char *path, unsigned int keep, struct nct_error *err)
{
	unsigned int limit = keep ? keep : MAX_GENERATION, last;
	char from[NCT_PATH_SIZE], to[NCT_PATH_SIZE];
	long there = generations(path, err);

	if (there < 0)
		return -1;
	last = (unsigned int)there + 1;
	for (; last > limit; last--) /* what was kept when more were to be */
		if (generation(to, path, last) && unlink(to) && errno != ENOENT)
			return cannot_move(path, to, strerror(errno), err);
	for (; last; last--)
		if (generation(from, path, last - 1) && generation(to, path, last) &&
		    rename(from, to) && (last > 1 || errno != ENOENT))
			return cannot_move(path, to, strerror(errno), err);
	return 0;
}

bool nct_file_move_back(const char *path, int fd)
{
	char from[NCT_PATH_SIZE];

	return generation(from, path, 1) && nct_file_is(fd, from) &&
	       !renameat2(AT_FDCWD, from, AT_FDCWD, path, RENAME_NOREPLACE);
}

void nct_file_uri(char *uri, size_t size, const char *path, bool immutable)
{
	size_t n = (size_t)snprintf(uri, size, "file:");

	for (; *path && n + 32 < size; path++) {
		bool plain = (*path >= 'a' && *path <= 'z') || (*path >= 'A' && *path <= 'Z') ||
			     (*path >= '0' && *path <= '9') || strchr("/._-", *path);

		n += (size_t)snprintf(uri + n, size - n, plain ? "%c" : "%%%02x",
				      (unsigned char)*path);
	}
	snprintf(uri + n, size - n, "?mode=ro%s", immutable ? "&immutable=1" : "");
}
