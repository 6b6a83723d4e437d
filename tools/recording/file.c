// SPDX-License-Identifier: GPL-2.0
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recording.h"
#include "schema.h"

/* The header of an SQLite file, https://sqlite.org/fileformat.html#the_database_header */
#define HEADER_SIZE    100
#define USER_VERSION   60
#define APPLICATION_ID 68

#define PATH_SIZE      4096
#define BUSY_MS	       100
#define START_MS       5000
#define ATTEMPTS       10
#define MAX_LINKS      40 /* as the kernel has it */
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

static int check_open(int fd, const char *path, bool *empty, struct nct_error *err)
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
	rc = check_open(fd, path, empty, err);
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

static int cannot_write(const char *path, const char *why, struct nct_error *err)
{
	return nct_fail(err, NCT_EXIT_SYSTEM, "cannot write to %s: %s", path, why);
}

/* SQLite takes a name such as ":memory:" for something else. */
static int open_database(sqlite3 **db, const char *path, int flags)
{
	char plain[PATH_SIZE + 2];

	snprintf(plain, sizeof(plain), "%s%s", *path == '/' || *path == '.' ? "" : "./", path);
	return sqlite3_open_v2(plain, db, flags | SQLITE_OPEN_NOMUTEX, NULL);
}

static int fill_new(const char *name, const char *path, struct nct_error *err)
{
	char identity[96];
	sqlite3 *db = NULL;
	int rc = open_database(&db, name, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);

	snprintf(identity, sizeof(identity), "PRAGMA application_id = %d; PRAGMA user_version = %d",
		 NCT_APPLICATION_ID, NCT_SCHEMA_VERSION);
	if (!rc)
		rc = sqlite3_exec(db, "PRAGMA journal_mode = MEMORY; BEGIN", NULL, NULL, NULL);
	if (!rc)
		rc = sqlite3_exec(db, nct_schema_sql, NULL, NULL, NULL);
	if (!rc)
		rc = sqlite3_exec(db, identity, NULL, NULL, NULL);
	if (!rc)
		rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	if (rc)
		cannot_write(path, nct_file_why(db, rc), err);
	sqlite3_close(db);
	return rc ? -1 : 0;
}

/* So that a power cut cannot undo the new name. Where that is not possible, it is not. */
static void sync_directory(const char *path)
{
	char name[PATH_SIZE];
	int fd;

	snprintf(name, sizeof(name), "%s", path);
	fd = open(dirname(name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

static bool same_file(int fd, const char *path)
{
	struct stat open_one, named;

	return !fstat(fd, &open_one) && !stat(path, &named) && open_one.st_dev == named.st_dev &&
	       open_one.st_ino == named.st_ino;
}

bool nct_file_in_place(const struct nct_file *f, const char *path)
{
	return f->lock_fd < 0 || same_file(f->lock_fd, path);
}

/* What the link says, from where the link is. */
static char *follow(const char *path)
{
	char target[PATH_SIZE], directory[PATH_SIZE], *name = NULL;
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n < 0)
		return strdup(path);
	target[n] = '\0';
	if (*target == '/')
		return strdup(target);
	snprintf(directory, sizeof(directory), "%s", path);
	return asprintf(&name, "%s/%s", dirname(directory), target) < 0 ? NULL : name;
}

char *nct_file_resolve(const char *path)
{
	char *name = strdup(path);
	struct stat st;

	for (int i = 0; name && i < MAX_LINKS && !lstat(name, &st) && S_ISLNK(st.st_mode); i++) {
		char *next = follow(name);

		free(name);
		name = next;
	}
	return name;
}

/* Opens it, and takes the lock of the one writer. Returns its descriptor; -1 and *err. */
static int lock(const char *path, const char *shown, struct nct_error *err)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return cannot_write(shown, strerror(errno), err);
	if (!flock(fd, LOCK_EX | LOCK_NB) || errno != EWOULDBLOCK)
		return fd; /* some filesystems have no locks */
	close(fd);
	return nct_fail(err, NCT_EXIT_USAGE, "another process is recording to %s", shown);
}

/* Gives `name` the name `path`; not if that is somebody else's by now: EEXIST. */
static int take_name(const char *name, const char *path, bool replace)
{
	if (!replace) {
		if (!renameat2(AT_FDCWD, name, AT_FDCWD, path, RENAME_NOREPLACE))
			return 0;
		if (errno != EINVAL && errno != ENOSYS)
			return -1; /* else this filesystem cannot: hope for the best */
	}
	return rename(name, path);
}

/* What SQLite left beside a file that is no more would be applied to the one of that name. */
static void forget_logs(const char *path)
{
	static const char *const suffixes[] = { "-wal", "-shm", "-journal" };
	char name[PATH_SIZE];

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (snprintf(name, sizeof(name), "%s%s", path, suffixes[i]) < (int)sizeof(name))
			unlink(name);
}

/* `name` is ours alone. Returns 0 and holds the lock of what is `path` then; 1: somebody was
 * faster; -1 and *err. */
static int put_in_place(struct nct_file *f, const char *name, const char *path,
			const struct stat *old, struct nct_error *err)
{
	int rc;

	f->lock_fd = lock(name, path, err);
	if (f->lock_fd < 0)
		return -1;
	if ((!old || !fchmod(f->lock_fd, old->st_mode & 07777)) &&
	    !take_name(name, path, old != NULL)) {
		forget_logs(path);
		sync_directory(path);
		return 0;
	}
	rc = errno == EEXIST ? 1 : cannot_write(path, strerror(errno), err);
	close(f->lock_fd);
	f->lock_fd = -1;
	return rc;
}

/* Under another name first: whoever dies meanwhile leaves no half of a recording. An empty file
 * that was there hands on its permissions. Returns as put_in_place(). */
static int fill_and_place(struct nct_file *f, const char *path, const struct stat *old,
			  struct nct_error *err)
{
	char name[PATH_SIZE];
	unsigned int some = 0;
	int rc;

	if (getrandom(&some, sizeof(some), GRND_NONBLOCK) != (ssize_t)sizeof(some))
		some = (unsigned int)getpid();
	if (snprintf(name, sizeof(name), "%s.new-%08x", path, some) >= (int)sizeof(name))
		return cannot_write(path, strerror(ENAMETOOLONG), err);
	rc = fill_new(name, path, err);
	if (!rc)
		rc = put_in_place(f, name, path, old, err);
	if (rc)
		unlink(name);
	return rc;
}

/* There is no file, or an empty one, whose lock then keeps others from doing the same. */
static int create(struct nct_file *f, const char *path, struct nct_error *err)
{
	struct stat st;
	int old, rc = 1;

	if (access(path, F_OK))
		return fill_and_place(f, path, NULL, err);
	old = lock(path, path, err);
	if (old < 0)
		return -1;
	if (!fstat(old, &st) && !st.st_size && same_file(old, path))
		rc = fill_and_place(f, path, &st, err);
	close(old);
	return rc;
}

/* 0; 1: it is another file by now; -1 and *err. */
static int lock_named(struct nct_file *f, const char *path, struct nct_error *err)
{
	f->lock_fd = lock(path, path, err);
	if (f->lock_fd < 0)
		return access(path, F_OK) ? 1 : -1;
	if (same_file(f->lock_fd, path))
		return 0;
	close(f->lock_fd);
	f->lock_fd = -1;
	return 1;
}

static int take_over(struct nct_file *f, const char *path, struct nct_error *err)
{
	int rc = open_database(&f->db, path, SQLITE_OPEN_READWRITE);

	/* Somebody may read it; later, readers are in nobody's way. */
	if (!rc)
		rc = sqlite3_busy_timeout(f->db, START_MS);
	if (!rc)
		rc = sqlite3_exec(f->db, SETTINGS, NULL, NULL, NULL);
	if (!rc)
		rc = sqlite3_busy_timeout(f->db, BUSY_MS);
	if (!rc)
		return 0;
	if (rc == SQLITE_BUSY)
		nct_fail(err, NCT_EXIT_SYSTEM,
			 "cannot write to %s: somebody reads it; try again when that is over",
			 path);
	else
		cannot_write(path, nct_file_why(f->db, rc), err);
	nct_file_close(f);
	return -1;
}

int nct_file_open(struct nct_file *f, const char *path, struct nct_error *err)
{
	bool empty;
	int rc = 1;

	*f = (struct nct_file) { NULL, -1 };
	if (strlen(path) > PATH_SIZE - 32)
		return cannot_write(path, strerror(ENAMETOOLONG), err);
	for (int i = 0; rc > 0 && i < ATTEMPTS; i++) {
		if (nct_file_check(path, &empty, err))
			return -1;
		rc = empty ? create(f, path, err) : lock_named(f, path, err);
	}
	if (rc > 0)
		return cannot_write(path, "it is replaced again and again", err);
	return rc ? -1 : take_over(f, path, err);
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

void nct_file_close(struct nct_file *f)
{
	if (f->db) {
		nct_file_settle(f);
		sqlite3_close(f->db);
	}
	if (f->lock_fd >= 0)
		close(f->lock_fd);
	*f = (struct nct_file) { NULL, -1 };
}

/* path.n; path itself for 0. False: too long. */
static bool generation(char name[PATH_SIZE], const char *path, unsigned int n)
{
	int len = n ? snprintf(name, PATH_SIZE, "%s.%u", path, n)
		    : snprintf(name, PATH_SIZE, "%s", path);

	return len < PATH_SIZE;
}

int nct_file_move_aside(const char *path, unsigned int keep)
{
	unsigned int last = 1, limit = keep ? keep : MAX_GENERATION;
	char from[PATH_SIZE], to[PATH_SIZE];

	while (generation(to, path, last) && !access(to, F_OK))
		last++;
	for (; last > limit; last--) /* what was kept when more were to be */
		if (generation(to, path, last) && unlink(to) && errno != ENOENT)
			return -errno;
	for (; last; last--)
		if (generation(from, path, last - 1) && generation(to, path, last) &&
		    rename(from, to))
			return -errno;
	return 0;
}
