// SPDX-License-Identifier: GPL-2.0
#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../sys/output.h"

/* https://www.sqlite.org/fileformat.html#the_database_header. Whose it is does not matter. */
static bool is_database(int fd)
{
	static const char magic[16] = "SQLite format 3";
	char start[sizeof(magic)];
	struct stat st;

	/* Of anything else, reading would take something away. */
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return false;
	return pread(fd, start, sizeof(start), 0) == (ssize_t)sizeof(start) &&
	       !memcmp(start, magic, sizeof(magic));
}

/* To write, and to read where that is allowed: a pipe with a reader of its own is not. */
static int open_file(const char *name)
{
	struct stat st;
	bool regular = !stat(name, &st) && S_ISREG(st.st_mode);
	int fd = regular ? open(name, O_RDWR | O_CLOEXEC) : -1;

	return fd >= 0 ? fd : open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
}

static int open_named(struct nct_sink *s, const char *name, struct nct_error *err)
{
	int fd = open_file(name);

	if (fd >= 0 && is_database(fd)) {
		close(fd);
		return nct_fail(err, NCT_EXIT_USAGE,
				"%s is a recording, or another database, which would be lost: "
				"give the output another name",
				name);
	}
	s->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (s->file)
		return 0;
	return nct_fail(err, NCT_EXIT_SYSTEM, "cannot open %s for writing: %s", name,
			strerror(errno));
}

int nct_sink_open(struct nct_sink *s, const char *name, struct nct_error *err)
{
	s->file = stdout;
	s->name = name ? name : "standard output";
	if (name && open_named(s, name, err))
		return -1;
	if (!nct_output_check(s->file))
		return 0;
	s->file = NULL;
	return nct_sink_failed(s, -EBADF, err);
}

int nct_sink_cut(struct nct_sink *s)
{
	/* EINVAL: a pipe or a device, which has no length. */
	if (s->file != stdout && ftruncate(fileno(s->file), 0) && errno != EINVAL)
		return -errno;
	return 0;
}

int nct_sink_close(struct nct_sink *s, int written)
{
	FILE *file = s->file;

	if (!file)
		return written;
	s->file = NULL;
	errno = 0;
	if ((file == stdout ? fflush(file) : fclose(file)) && !written)
		written = errno ? -errno : -EIO;
	return written;
}

int nct_sink_failed(const struct nct_sink *s, int written, struct nct_error *err)
{
	return nct_fail(err, NCT_EXIT_SYSTEM, "cannot write to %s: %s", s->name,
			strerror(-written));
}
