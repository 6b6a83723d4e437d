/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What BPF programs cost, for the benchmarks:
 *
 *	bpfcost programs PID
 *
 * the programs of a process, one a line: NAME RUNS NS, as the kernel accounted them.
 *
 *	bpfcost calls
 *
 * what it takes to call a program that does nothing, one way to attach it a line: NAME NS
 * ACCOUNTED_NS. NS is by how much the place it is attached to becomes slower, ACCOUNTED_NS the part
 * of it that the kernel accounts to the program.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NAME_SIZE 64

static int fail(const char *what)
{
	fprintf(stderr, "bpfcost: %s: %s\n", what, strerror(errno));
	return 1;
}

/* ---- programs ---- */

/* The id of the program that a descriptor of the process stands for; 0: it is none. A link's
 * fdinfo names its program too: only a program's own counts runs. */
static unsigned int program_id(const char *fdinfo)
{
	FILE *f = fopen(fdinfo, "r");
	unsigned int id = 0;
	bool counts = false;
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "prog_id: %u", &id);
		counts |= !strncmp(line, "run_cnt:", 8);
	}
	if (f)
		fclose(f);
	return counts ? id : 0;
}

/* The whole name, by the program's type information: the kernel's own keeps 15 characters, which
 * several of our programs share. */
static void full_name(int fd, const struct bpf_prog_info *known, char *name)
{
	struct bpf_func_info function;
	struct bpf_prog_info info = { .nr_func_info = 1,
				      .func_info_rec_size = sizeof(function),
				      .func_info = (uintptr_t)&function };
	const struct btf_type *type;
	struct btf *btf = NULL;
	__u32 len = sizeof(info);

	snprintf(name, NAME_SIZE, "%s", known->name[0] ? known->name : "-");
	if (known->btf_id && known->nr_func_info && !bpf_obj_get_info_by_fd(fd, &info, &len))
		btf = btf__load_from_kernel_by_id(known->btf_id);
	type = btf ? btf__type_by_id(btf, function.type_id) : NULL;
	if (type)
		snprintf(name, NAME_SIZE, "%s", btf__name_by_offset(btf, type->name_off));
	btf__free(btf);
}

static int print_program(unsigned int id)
{
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);
	char name[NAME_SIZE];
	int fd = bpf_prog_get_fd_by_id(id);

	if (fd < 0)
		return fail("BPF_PROG_GET_FD_BY_ID");
	if (bpf_obj_get_info_by_fd(fd, &info, &len)) {
		close(fd);
		return fail("BPF_OBJ_GET_INFO_BY_FD");
	}
	full_name(fd, &info, name);
	close(fd);
	printf("%s %llu %llu\n", name, (unsigned long long)info.run_cnt,
	       (unsigned long long)info.run_time_ns);
	return 0;
}

static bool is_new(unsigned int *ids, size_t *n, size_t max, unsigned int id)
{
	for (size_t i = 0; i < *n; i++)
		if (ids[i] == id)
			return false;
	if (*n < max)
		ids[(*n)++] = id;
	return true;
}

static int cmd_programs(const char *pid)
{
	unsigned int ids[256], id;
	const struct dirent *entry;
	char path[512];
	size_t n = 0;
	int err = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/fdinfo", pid);
	dir = opendir(path);
	if (!dir)
		return fail(path);
	while (!err && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%s/fdinfo/%s", pid, entry->d_name);
		id = program_id(path);
		if (id && is_new(ids, &n, sizeof(ids) / sizeof(ids[0]), id))
			err = print_program(id);
	}
	closedir(dir);
	if (!err && !n) {
		fprintf(stderr, "bpfcost: process %s has no BPF program\n", pid);
		return 1;
	}
	return err;
}

/* ---- calls ---- */

/*
 * The place: prctl(PR_SET_NAME) calls __set_task_comm(), which has the tracepoint task_rename in
 * it. So every way to attach is measured at the same place, and nothing else passes there.
 */
#define FUNCTION   "__set_task_comm"
#define TRACEPOINT "task_rename"
#define CALLS	   200 /* in one batch, short: most see no tick of the clock */
#define BATCHES	   41
#define SYS_TYPE   "/sys/bus/event_source/devices/kprobe/type"

/* A probe is attached by a perf event, the others by a raw tracepoint's call. */
struct way {
	const char *name, *target;
	enum bpf_prog_type type;
	enum bpf_attach_type attach;
	unsigned int probe_flags;
};

static const struct way ways[] = {
	{ "tp_btf", TRACEPOINT, BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, 0 },
	{ "fentry", FUNCTION, BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, 0 },
	{ "fexit", FUNCTION, BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, 0 },
	{ "kprobe", FUNCTION, BPF_PROG_TYPE_KPROBE, 0, 0 },
	{ "kretprobe", FUNCTION, BPF_PROG_TYPE_KPROBE, 0, 1 },
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t median(uint64_t *values)
{
	qsort(values, BATCHES, sizeof(*values), compare);
	return values[BATCHES / 2];
}

static void batch(void)
{
	for (int call = 0; call < CALLS; call++)
		prctl(PR_SET_NAME, "bpfcost", 0, 0, 0);
}

/* What a batch takes. */
static uint64_t batch_ns(void)
{
	uint64_t took[BATCHES];

	for (int i = 0; i < BATCHES; i++) {
		took[i] = now_ns();
		batch();
		took[i] = now_ns() - took[i];
	}
	return median(took);
}

static int load(const struct way *w)
{
	/* r0 = 0; exit */
	const struct bpf_insn insns[] = { { .code = BPF_ALU64 | BPF_MOV | BPF_K },
					  { .code = BPF_JMP | BPF_EXIT } };
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = w->attach);

	if (w->type == BPF_PROG_TYPE_TRACING) {
		int id = libbpf_find_vmlinux_btf_id(w->target, w->attach);

		if (id < 0)
			return -1;
		opts.attach_btf_id = (__u32)id;
	}
	return bpf_prog_load(w->type, "empty", "GPL", insns, 2, &opts);
}

static int attach_probe(const struct way *w, int program)
{
	struct perf_event_attr attr = { .size = sizeof(attr),
					.config = w->probe_flags,
					.config1 = (uintptr_t)w->target };
	FILE *f = fopen(SYS_TYPE, "r");
	int fd = -1;

	if (f && fscanf(f, "%u", &attr.type) == 1)
		fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0);
	if (f)
		fclose(f);
	if (fd >= 0 &&
	    (ioctl(fd, PERF_EVENT_IOC_SET_BPF, program) || ioctl(fd, PERF_EVENT_IOC_ENABLE, 0))) {
		close(fd);
		return -1;
	}
	return fd;
}

static int attach(const struct way *w, int program)
{
	return w->type == BPF_PROG_TYPE_TRACING ? bpf_raw_tracepoint_open(NULL, program)
						: attach_probe(w, program);
}

/* What the kernel accounts to the program in a batch; 0: nothing. */
static uint64_t accounted_ns(int program)
{
	int stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	uint64_t took[BATCHES], before = 0;

	for (int i = 0; i < BATCHES; i++) {
		struct bpf_prog_info info = { 0 };
		__u32 len = sizeof(info);

		batch();
		if (bpf_obj_get_info_by_fd(program, &info, &len))
			return 0;
		took[i] = info.run_time_ns - before;
		before = info.run_time_ns;
	}
	close(stats);
	return median(took);
}

static int measure(const struct way *w)
{
	int program = load(w), link;
	uint64_t with, without, accounted;

	if (program < 0)
		return fail(w->name);
	without = batch_ns();
	link = attach(w, program);
	if (link < 0) {
		close(program);
		return fail(w->name);
	}
	with = batch_ns();
	accounted = accounted_ns(program);
	close(link);
	close(program);
	if (!accounted || with <= without) {
		fprintf(stderr, "bpfcost: the program at %s (%s) did not run\n", w->target,
			w->name);
		return 1;
	}
	printf("%s %.1f %.1f\n", w->name, (double)(with - without) / CALLS,
	       (double)accounted / CALLS);
	return 0;
}

static int cmd_calls(void)
{
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(ways) / sizeof(ways[0]); i++)
		err = measure(&ways[i]);
	return err;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "programs"))
		return cmd_programs(argv[2]);
	if (argc == 2 && !strcmp(argv[1], "calls"))
		return cmd_calls();
	fprintf(stderr, "usage: bpfcost programs PID | calls\n");
	return 2;
}
