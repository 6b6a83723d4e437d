// SPDX-License-Identifier: GPL-2.0
/* To be the one writer of a file: its name, its lock, and its creation, which others may try at
 * the same moment. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "schema.h"

#define MAX_LINKS 40
#define MAX_TRIES 100

/* ---- the name ---- */

/* Its directory without links, and its last part. False: there is no such directory. */
static bool real_directory(char name[NCT_PATH_SIZE])
{
	char parent[NCT_PATH_SIZE], last[NCT_PATH_SIZE], *real;
	bool fits;

	snprintf(parent, sizeof(parent), "%s", name);
	snprintf(last, sizeof(last), "%s", name);
	real = realpath(dirname(parent), NULL);
	if (!real)
		return false;
	fits = snprintf(name, NCT_PATH_SIZE, "%s/%s", strcmp(real, "/") ? real : "",
			basename(last)) < NCT_PATH_SIZE;
	free(real);
	return fits;
}

/* name, a link, → where it leads to. False: it is none. */
static bool follow(char name[NCT_PATH_SIZE])
{
	char target[NCT_PATH_SIZE], parent[NCT_PATH_SIZE];
	ssize_t n = readlink(name, target, sizeof(target) - 1);

	if (n <= 0)
		return false;
	target[n] = '\0';
	snprintf(parent, sizeof(parent), "%s", name);
	return snprintf(name, NCT_PATH_SIZE, "%s%s%s", *target == '/' ? "" : dirname(parent),
			*target == '/' ? "" : "/", target) < NCT_PATH_SIZE;
}

char *nct_file_resolve(const char *path)
{
	char name[NCT_PATH_SIZE], *real = realpath(path, NULL);
	size_t len = strlen(path);

	if (real)
		return real;
	if (errno != ENOENT || !len || path[len - 1] == '/' || len >= sizeof(name))
		return strdup(path);
	memcpy(name, path, len + 1);
	for (int i = 0; i < MAX_LINKS && follow(name); i++)
		;
	return strdup(real_directory(name) ? name : path);
}

/* ---- the lock ---- */

bool nct_file_is(int fd, const char *path)
{
	struct stat is, named;

	return !fstat(fd, &is) && !stat(path, &named) && is.st_dev == named.st_dev &&
	       is.st_ino == named.st_ino;
}

bool nct_file_gone(const struct nct_file *f)
{
	struct stat st;

	if (f->lock_fd < 0 || nct_file_is(f->lock_fd, f->path))
		return false;
	/* Where nothing can be learned of it, it is taken to be there. */
	return !stat(f->path, &st) || errno == ENOENT || errno == ENOTDIR;
}

bool nct_file_removed(const struct nct_file *f)
{
	struct stat st;

	return f->lock_fd >= 0 && !fstat(f->lock_fd, &st) && !st.st_nlink;
}

enum claim { CLAIMED, REFUSED, CHANGED /* by another process, meanwhile: look again */ };

/* fd is closed unless CLAIMED. */
static enum claim lock(int fd, const char *path, struct nct_error *err)
{
	enum claim how = CHANGED;

	/* Some filesystems have no locks. */
	if (flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) {
		nct_fail(err, NCT_EXIT_USAGE, "another process is recording to %s", path);
		how = REFUSED;
	} else if (nct_file_is(fd, path)) {
		return CLAIMED;
	}
	close(fd);
	return how;
}

static enum claim lock_existing(struct nct_file *f, struct nct_error *err)
{
	int fd = open(f->path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	bool empty = false;
	enum claim how;

	if (fd < 0 && errno == ENOENT)
		return CHANGED;
	if (fd < 0) {
		nct_file_cannot_write(f->path, strerror(errno), err);
		return REFUSED;
	}
	how = lock(fd, f->path, err);
	if (how != CLAIMED)
		return how;
	how = nct_file_check_fd(fd, f->path, &empty, err) ? REFUSED : empty ? CHANGED : CLAIMED;
	if (how == CLAIMED)
		f->lock_fd = fd;
	else
		close(fd);
	return how;
}

/* ---- creation ---- */

static int fill_new(const char *name, const char *path, struct nct_error *err)
{
	char identity[96];
	sqlite3 *db = NULL;
	int rc = nct_file_database(&db, name, SQLITE_OPEN_READWRITE);

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
		nct_file_cannot_write(path, nct_file_why(db, rc), err);
	sqlite3_close(db);
	return rc ? -1 : 0;
}

/* So that a power cut cannot undo the new name. Where that is not possible, it is not. */
static void sync_directory(const char *path)
{
	char name[NCT_PATH_SIZE];
	int fd;

	snprintf(name, sizeof(name), "%s", path);
	fd = open(dirname(name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

/* What SQLite left beside a file of that name, which is no more, would be applied to the new one.
 */
static int remove_beside(const char *path, struct nct_error *err)
{
	static const char *const suffix[] = { "-wal", "-shm", "-journal" };
	char name[NCT_PATH_SIZE];

	for (size_t i = 0; i < sizeof(suffix) / sizeof(suffix[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, suffix[i]);
		if (unlink(name) && errno != ENOENT)
			return nct_fail(err, NCT_EXIT_SYSTEM,
					"cannot begin %.200s: cannot remove %.200s, which is from "
					"another file of that name: %s",
					path, name, strerror(errno));
	}
	return 0;
}

/* The empty file that has the name so far: who holds its lock may put another in its place. */
static enum claim lock_place(const char *path, int *fd, bool *made, struct nct_error *err)
{
	struct stat st;
	enum claim how;

	*fd = open(path, O_RDWR | O_CLOEXEC | O_CREAT | O_EXCL, 0644);
	*made = *fd >= 0;
	if (*fd < 0 && errno == EEXIST)
		*fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0 && errno == ENOENT)
		return CHANGED;
	if (*fd < 0) {
		nct_file_cannot_write(path, strerror(errno), err);
		return REFUSED;
	}
	how = lock(*fd, path, err);
	if (how == CLAIMED && (fstat(*fd, &st) || st.st_size)) {
		close(*fd);
		how = CHANGED;
	}
	return how;
}

/* The new file, complete and locked, takes the name. An empty file that was there hands on its
 * permissions. */
static enum claim put_in_place(const char *name, int fd, const char *path, struct nct_error *err)
{
	bool made;
	struct stat st;
	int place;
	enum claim how = lock_place(path, &place, &made, err);

	if (how != CLAIMED)
		return how;
	if (remove_beside(path, err)) {
		how = REFUSED;
	} else if (fstat(place, &st) || fchmod(fd, st.st_mode & 07777) || rename(name, path)) {
		nct_file_cannot_write(path, strerror(errno), err);
		how = REFUSED;
	}
	if (how == REFUSED && made)
		unlink(path);
	close(place);
	return how;
}

/* Under another name first: whoever dies meanwhile leaves no half of a recording. */
static enum claim create(struct nct_file *f, struct nct_error *err)
{
	char name[NCT_PATH_SIZE];
	enum claim how = REFUSED;
	int fd;

	snprintf(name, sizeof(name), "%s.XXXXXX", f->path);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0) {
		nct_file_cannot_write(f->path, strerror(errno), err);
		return REFUSED;
	}
	close(fd); /* later it would drop SQLite's locks */
	fd = fill_new(name, f->path, err) ? -1 : open(name, O_RDWR | O_CLOEXEC);
	if (fd >= 0) {
		flock(fd, LOCK_EX | LOCK_NB); /* nobody else knows it */
		how = put_in_place(name, fd, f->path, err);
	}
	if (how == CLAIMED) {
		f->lock_fd = fd;
		sync_directory(f->path);
		return CLAIMED;
	}
	if (fd >= 0)
		close(fd);
	unlink(name);
	return how;
}

int nct_file_claim(struct nct_file *f, struct nct_error *err)
{
	for (int i = 0; i < MAX_TRIES; i++) {
		enum claim how;
		bool empty;

		if (nct_file_check(f->path, &empty, err))
			return -1;
		how = empty ? create(f, err) : lock_existing(f, err);
		if (how != CHANGED)
			return how == CLAIMED ? 0 : -1;
	}
	return nct_file_cannot_write(f->path, "other processes replace it again and again", err);
}
