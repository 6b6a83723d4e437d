/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The few things that a shell in the guest cannot do, or not exactly enough:
 *
 *	labtool clock                    CLOCK_MONOTONIC in ns
 *	labtool poll FILE MS             log every change of every controller's sysfs state
 *	labtool stalls FILE MS           log when a CPU did not run an urgent thread for MS longer
 *	                                 than asked
 *	labtool io DEVICE THREADS        O_DIRECT reads and writes until SIGTERM, then a summary
 *	labtool links                    tracepoints that BPF programs are attached to
 *	labtool runas UID COMMAND...     run COMMAND with that uid and gid, without capabilities
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <linux/bpf.h>
#include <linux/fs.h>
#include <time.h>
#include <unistd.h>

#define CONTROLLERS  "/sys/class/nvme"
#define MAX_INSTANCE 4096
#define BLOCK	     4096
#define MAX_THREADS  256

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static int fail(const char *what)
{
	fprintf(stderr, "labtool: %s: %s\n", what, strerror(errno));
	return 1;
}

/* ---- poll ---- */

struct seen {
	char state[32];
	bool present;
};

/* "gone" is what a controller that has no directory any more is said to be. */
static void read_state(int instance, char *state, size_t size)
{
	char path[64];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), CONTROLLERS "/nvme%d/state", instance);
	fd = open(path, O_RDONLY);
	if (fd >= 0) {
		n = read(fd, state, size - 1);
		close(fd);
	}
	if (n <= 0) {
		snprintf(state, size, "gone");
		return;
	}
	state[n] = '\0';
	state[strcspn(state, "\n")] = '\0';
}

static void log_change(FILE *out, struct seen *seen, int instance)
{
	char state[sizeof(seen->state)];
	uint64_t when = now_ns();

	read_state(instance, state, sizeof(state));
	if (!strcmp(state, seen->state))
		return;
	fprintf(out, "%llu nvme%d %s\n", (unsigned long long)when, instance, state);
	memcpy(seen->state, state, sizeof(state));
}

static void poll_once(FILE *out, struct seen *seen)
{
	DIR *dir = opendir(CONTROLLERS);
	struct dirent *entry;
	int instance, i;

	if (dir) {
		while ((entry = readdir(dir))) {
			if (sscanf(entry->d_name, "nvme%d", &instance) != 1)
				continue;
			if (instance < 0 || instance >= MAX_INSTANCE)
				continue;
			seen[instance].present = true;
		}
		closedir(dir);
	}
	for (i = 0; i < MAX_INSTANCE; i++)
		if (seen[i].present) {
			log_change(out, &seen[i], i);
			seen[i].present = strcmp(seen[i].state, "gone") != 0;
		}
}

static int cmd_poll(char **argv)
{
	static struct seen seen[MAX_INSTANCE];
	long ms = strtol(argv[1], NULL, 10);
	struct timespec pause = { ms / 1000, ms % 1000 * 1000000 };
	FILE *out = fopen(argv[0], "w");

	if (!out)
		return fail(argv[0]);
	setlinebuf(out);
	while (!stop) {
		poll_once(out, seen);
		nanosleep(&pause, NULL);
	}
	return fclose(out) ? fail(argv[0]) : 0;
}

/* ---- stalls ---- */

struct watcher {
	pthread_t thread;
	int cpu;
	uint64_t patience_ns;
	FILE *out;
};

/* Real-time, so that only a CPU that stands still (or an interrupt storm) keeps it waiting. */
static void *watch_cpu(void *arg)
{
	const struct watcher *w = arg;
	const struct timespec pause = { 0, 1000000 };
	uint64_t before, after;

	while (!stop) {
		before = now_ns();
		nanosleep(&pause, NULL);
		after = now_ns();
		if (after - before > w->patience_ns)
			fprintf(w->out, "%llu %llu cpu%d\n", (unsigned long long)before,
				(unsigned long long)after, w->cpu);
	}
	return NULL;
}

static int start_watcher(struct watcher *w)
{
	const struct sched_param urgent = { .sched_priority = 50 };
	pthread_attr_t attr;
	cpu_set_t cpus;
	int ret;

	CPU_ZERO(&cpus);
	CPU_SET(w->cpu, &cpus);
	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &urgent);
	pthread_attr_setaffinity_np(&attr, sizeof(cpus), &cpus);
	ret = pthread_create(&w->thread, &attr, watch_cpu, w);
	pthread_attr_destroy(&attr);
	errno = ret;
	return ret ? fail("pthread_create") : 0;
}

static int cmd_stalls(char **argv)
{
	static struct watcher watchers[MAX_THREADS];
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	FILE *out = fopen(argv[0], "w");
	long i;

	if (!out)
		return fail(argv[0]);
	setlinebuf(out);
	for (i = 0; i < cpus && i < MAX_THREADS; i++) {
		watchers[i].cpu = (int)i;
		watchers[i].out = out;
		watchers[i].patience_ns = 1000000 + strtoull(argv[1], NULL, 10) * 1000000;
		if (start_watcher(&watchers[i]))
			return 1;
	}
	while (i-- > 0)
		pthread_join(watchers[i].thread, NULL);
	return fclose(out) ? fail(argv[0]) : 0;
}

/* ---- io ---- */

struct worker {
	pthread_t thread;
	int fd;
	unsigned int seed;
	uint64_t blocks;
	uint64_t ops, errors, longest_ns;
};

static void one_io(struct worker *w, void *buffer)
{
	off_t offset = (off_t)(rand_r(&w->seed) % w->blocks) * BLOCK;
	uint64_t begin = now_ns(), took;
	ssize_t n;

	if (rand_r(&w->seed) & 1)
		n = pwrite(w->fd, buffer, BLOCK, offset);
	else
		n = pread(w->fd, buffer, BLOCK, offset);
	took = now_ns() - begin;
	if (took > w->longest_ns)
		w->longest_ns = took;
	if (n == BLOCK)
		w->ops++;
	else
		w->errors++;
}

static void *work(void *arg)
{
	/* Gentle: enough that a failure always finds requests in flight. */
	const struct timespec pause = { 0, 1000000 };
	struct worker *w = arg;
	void *buffer;

	if (posix_memalign(&buffer, BLOCK, BLOCK))
		return NULL;
	memset(buffer, 0x5a, BLOCK);
	while (!stop) {
		one_io(w, buffer);
		nanosleep(&pause, NULL);
	}
	free(buffer);
	return NULL;
}

static int run_workers(int fd, uint64_t blocks, int threads)
{
	static struct worker workers[MAX_THREADS];
	uint64_t ops = 0, errors = 0, longest = 0;
	int i;

	for (i = 0; i < threads; i++) {
		workers[i] = (struct worker) { .fd = fd, .blocks = blocks, .seed = i + 1 };
		errno = pthread_create(&workers[i].thread, NULL, work, &workers[i]);
		if (errno)
			return fail("pthread_create");
	}
	for (i = 0; i < threads; i++) {
		pthread_join(workers[i].thread, NULL);
		ops += workers[i].ops;
		errors += workers[i].errors;
		if (workers[i].longest_ns > longest)
			longest = workers[i].longest_ns;
	}
	printf("ops=%llu errors=%llu longest_ns=%llu\n", (unsigned long long)ops,
	       (unsigned long long)errors, (unsigned long long)longest);
	return 0;
}

static int cmd_io(char **argv)
{
	int threads = atoi(argv[1]);
	uint64_t bytes;
	int fd = open(argv[0], O_RDWR | O_DIRECT);

	if (fd < 0)
		return fail(argv[0]);
	if (ioctl(fd, BLKGETSIZE64, &bytes) || bytes < BLOCK)
		return fail(argv[0]);
	if (threads < 1 || threads > MAX_THREADS) {
		fprintf(stderr, "labtool: io: 1 to %d threads\n", MAX_THREADS);
		return 2;
	}
	return run_workers(fd, bytes / BLOCK, threads);
}

static int cmd_runas(char **argv)
{
	uid_t uid = (uid_t)strtoul(argv[0], NULL, 10);

	if (setgroups(0, NULL) || setgid(uid) || setuid(uid))
		return fail("changing the user");
	execvp(argv[1], argv + 1);
	fail(argv[1]);
	return 127;
}

/* ---- links ---- */

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

/* The tracepoint that a link is on; "" if it is on none. */
static int link_tracepoint(__u32 id, char *name, __u32 size)
{
	struct bpf_link_info info = { 0 };
	union bpf_attr attr = { 0 };
	int fd, rc;

	name[0] = '\0';
	attr.link_id = id;
	fd = bpf(BPF_LINK_GET_FD_BY_ID, &attr);
	if (fd < 0)
		return errno == ENOENT ? 0 : -1; /* gone meanwhile */
	info.raw_tracepoint.tp_name = (__u64)(uintptr_t)name;
	info.raw_tracepoint.tp_name_len = size;
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (__u32)fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (__u64)(uintptr_t)&info;
	rc = bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
	close(fd);
	return rc;
}

/* One line for each, as the kernel lists them. */
static int cmd_links(void)
{
	union bpf_attr attr;
	char name[64];
	__u32 id = 0;

	for (;;) {
		memset(&attr, 0, sizeof(attr));
		attr.start_id = id;
		if (bpf(BPF_LINK_GET_NEXT_ID, &attr))
			return errno == ENOENT ? 0 : fail("BPF_LINK_GET_NEXT_ID");
		id = attr.next_id;
		if (link_tracepoint(id, name, sizeof(name)))
			return fail("a link");
		if (name[0])
			puts(name);
	}
}

static int usage(void)
{
	fprintf(stderr, "usage: labtool clock | poll FILE MS | io DEVICE THREADS | links | runas "
			"UID COMMAND...\n");
	return 2;
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";

	catch_signals();
	if (!strcmp(command, "clock") && argc == 2) {
		printf("%llu\n", (unsigned long long)now_ns());
		return 0;
	}
	if (!strcmp(command, "stalls") && argc == 4)
		return cmd_stalls(argv + 2);
	if (!strcmp(command, "poll") && argc == 4)
		return cmd_poll(argv + 2);
	if (!strcmp(command, "io") && argc == 4)
		return cmd_io(argv + 2);
	if (!strcmp(command, "links") && argc == 2)
		return cmd_links();
	if (!strcmp(command, "runas") && argc > 3)
		return cmd_runas(argv + 2);
	return usage();
}
