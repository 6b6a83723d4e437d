/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the benchmarks need inside the guest and a shell cannot measure:
 *
 *	benchtool reads DEVICE THREADS WARM_MS MS
 *
 * 4 KiB O_DIRECT reads without pause for MS, after WARM_MS that do not count: "OPS NS".
 *
 *	benchtool ready TEXT COMMAND...
 *
 * ns from exec of COMMAND to TEXT in its output; then ends it and returns when it has gone.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BLOCK	     4096
#define MAX_THREADS  64
#define PATIENCE_MS  60000
#define ASK_AGAIN_MS 3000

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static int fail(const char *what)
{
	fprintf(stderr, "benchtool: %s: %s\n", what, strerror(errno));
	return 1;
}

/* ---- reads ---- */

struct reader {
	pthread_t thread;
	int fd;
	unsigned int seed;
	uint64_t blocks;
	atomic_ullong ops; /* UINT64_MAX: a read failed */
};

static atomic_bool stop;

static void *read_on(void *arg)
{
	struct reader *r = arg;
	void *buffer;

	if (posix_memalign(&buffer, BLOCK, BLOCK)) {
		atomic_store(&r->ops, UINT64_MAX);
		return NULL;
	}
	while (!stop) {
		off_t offset = (off_t)((uint64_t)rand_r(&r->seed) % r->blocks) * BLOCK;

		if (pread(r->fd, buffer, BLOCK, offset) != BLOCK) {
			atomic_store(&r->ops, UINT64_MAX);
			break;
		}
		atomic_fetch_add_explicit(&r->ops, 1, memory_order_relaxed);
	}
	free(buffer);
	return NULL;
}

static void pause_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

/* Returns UINT64_MAX when any read failed. */
static uint64_t total(struct reader *readers, int n)
{
	uint64_t sum = 0;

	for (int i = 0; i < n; i++) {
		uint64_t ops = atomic_load(&readers[i].ops);

		if (ops == UINT64_MAX)
			return UINT64_MAX;
		sum += ops;
	}
	return sum;
}

static int measure(struct reader *readers, int n, long warm_ms, long ms)
{
	uint64_t before, after, begin, took;

	pause_ms(warm_ms);
	begin = now_ns();
	before = total(readers, n);
	pause_ms(ms);
	took = now_ns() - begin;
	after = total(readers, n);
	stop = true;
	for (int i = 0; i < n; i++)
		pthread_join(readers[i].thread, NULL);
	if (before == UINT64_MAX || after == UINT64_MAX || after == before) {
		fprintf(stderr, "benchtool: reads failed or none was done\n");
		return 1;
	}
	printf("%llu %llu\n", (unsigned long long)(after - before), (unsigned long long)took);
	return 0;
}

static int cmd_reads(char **argv)
{
	static struct reader readers[MAX_THREADS];
	int fd = open(argv[0], O_RDONLY | O_DIRECT), n = atoi(argv[1]);
	uint64_t bytes;

	if (fd < 0 || ioctl(fd, BLKGETSIZE64, &bytes) || bytes < BLOCK)
		return fail(argv[0]);
	if (n < 1 || n > MAX_THREADS) {
		fprintf(stderr, "benchtool: 1 to %d threads\n", MAX_THREADS);
		return 2;
	}
	for (int i = 0; i < n; i++) {
		readers[i].fd = fd;
		readers[i].blocks = bytes / BLOCK;
		readers[i].seed = (unsigned int)i + 1;
		errno = pthread_create(&readers[i].thread, NULL, read_on, &readers[i]);
		if (errno)
			return fail("pthread_create");
	}
	return measure(readers, n, atol(argv[2]), atol(argv[3]));
}

/* ---- ready ---- */

static void become(char **argv, int out)
{
	int null = open("/dev/null", O_RDONLY);

	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(126);
	execvp(argv[0], argv);
	_exit(127);
}

/* Reads on until text was seen; true if it was, in time. What was said goes to said. */
static bool await(int fd, const char *text, char *said, size_t size)
{
	uint64_t deadline = now_ns() + PATIENCE_MS * 1000000ull, now;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t have = 0;
	ssize_t n;

	while (have < size - 1 && (now = now_ns()) < deadline) {
		if (poll(&p, 1, (int)((deadline - now) / 1000000) + 1) <= 0)
			continue;
		n = read(fd, said + have, size - 1 - have);
		if (n <= 0)
			return false;
		have += (size_t)n;
		said[have] = '\0';
		if (strstr(said, text))
			return true;
	}
	return false;
}

/* Ends the command and reads what it still says, so that it cannot block on a full pipe. It is
 * asked again when it stays: bpftrace forgets a signal that comes before its main loop. */
static void end(pid_t pid, int fd, int sig)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char buffer[4096];
	int ready;

	kill(pid, sig);
	while ((ready = poll(&p, 1, ASK_AGAIN_MS)) >= 0) {
		if (!ready)
			kill(pid, sig);
		else if (read(fd, buffer, sizeof(buffer)) <= 0)
			break;
	}
	waitpid(pid, NULL, 0);
}

static int cmd_ready(char **argv)
{
	static char said[65536];
	uint64_t begin, took;
	int pipefd[2];
	bool seen;
	pid_t pid;

	if (pipe2(pipefd, O_CLOEXEC))
		return fail("pipe");
	begin = now_ns();
	pid = fork();
	if (pid < 0)
		return fail("fork");
	if (!pid)
		become(argv + 1, pipefd[1]);
	close(pipefd[1]);
	seen = await(pipefd[0], argv[0], said, sizeof(said));
	took = now_ns() - begin;
	end(pid, pipefd[0], seen ? SIGINT : SIGKILL);
	if (!seen) {
		fprintf(stderr, "benchtool: %s never said \"%s\", but: %s\n", argv[1], argv[0],
			said);
		return 1;
	}
	printf("%llu\n", (unsigned long long)took);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 6 && !strcmp(argv[1], "reads"))
		return cmd_reads(argv + 2);
	if (argc >= 4 && !strcmp(argv[1], "ready"))
		return cmd_ready(argv + 2);
	fprintf(stderr,
		"usage: benchtool reads DEVICE THREADS WARM_MS MS | ready TEXT COMMAND...\n");
	return 2;
}
