// SPDX-License-Identifier: GPL-2.0
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

static int last_error(void)
{
	return errno ? -errno : -EIO;
}

int nct_output_reserve(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* The wrong direction, so that use still fails with EBADF. */
		int flags = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;

		if (fcntl(fd, F_GETFD) != -1 || errno != EBADF)
			continue;
		if (open("/dev/null", flags) < 0) /* takes the lowest free: fd */
			return last_error();
	}
	return 0;
}

int nct_output_check(FILE *out)
{
	int flags = fcntl(fileno(out), F_GETFL);

	return flags == -1 || (flags & O_ACCMODE) == O_RDONLY ? -EBADF : 0;
}

int nct_output_put(FILE *out, const char *buf, size_t len)
{
	errno = 0;
	if (fwrite(buf, 1, len, out) != len || fflush(out))
		return last_error();
	return 0;
}

int nct_output_broken(FILE *out)
{
	struct pollfd fd = { .fd = fileno(out) };

	return poll(&fd, 1, 0) == 1 && (fd.revents & POLLERR) ? -EPIPE : 0;
}

int nct_output_close_stdout(void)
{
	int failed_before = ferror(stdout);

	errno = 0;
	if (fclose(stdout) || failed_before)
		return last_error();
	return 0;
}
