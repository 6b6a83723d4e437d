// SPDX-License-Identifier: GPL-2.0
#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../sys/output.h"

int nct_sink_open(struct nct_sink *s, const char *name, struct nct_error *err)
{
	int fd;

	s->file = stdout;
	s->name = name ? name : "standard output";
	if (name) {
		fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
		s->file = fd < 0 ? NULL : fdopen(fd, "w");
	}
	if (!s->file)
		return nct_fail(err, NCT_EXIT_SYSTEM, "cannot open %s for writing: %s", name,
				strerror(errno));
	if (nct_output_check(s->file))
		return nct_fail(err, NCT_EXIT_SYSTEM, "cannot write to %s: %s", s->name,
				strerror(EBADF));
	return 0;
}

int nct_sink_cut(struct nct_sink *s)
{
	/* EINVAL: a pipe or a device, which has no length. */
	if (s->file != stdout && ftruncate(fileno(s->file), 0) && errno != EINVAL)
		return -errno;
	return 0;
}

int nct_sink_close(struct nct_sink *s, int written, struct nct_error *err)
{
	errno = 0;
	if (s->file == stdout ? fflush(stdout) : fclose(s->file))
		written = written ? written : errno ? -errno : -EIO;
	if (!written)
		return 0;
	return nct_fail(err, NCT_EXIT_SYSTEM, "cannot write to %s: %s", s->name,
			strerror(-written));
}
