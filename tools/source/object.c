// SPDX-License-Identifier: GPL-2.0
#include "object.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "programs.skel.h"

#define PROGRAM_NAME_LEN 64
#define PREALLOCATED	 1024 /* recoveries at a time, 1 KiB each */

struct attached {
	struct bpf_link *link;
	struct bpf_program *program;
	enum nct_group group;
};

struct nct_object {
	struct bpf_object *bpf;
	struct attached attached[2 * NCT_MAX_HOOKS];
	size_t nattached;
};

/*
 * libbpf tells which program failed, and why, only through its print callback,
 * which has no context argument: hence this buffer, one per thread.
 */
static __thread char culprit[PROGRAM_NAME_LEN];
static __thread char complaint[160];

static int note_complaint(enum libbpf_print_level level, const char *fmt, va_list args)
{
	char line[512], *name, *end;

	if (level != LIBBPF_WARN)
		return 0;
	vsnprintf(line, sizeof(line), fmt, args);
	line[strcspn(line, "\n")] = '\0';
	if (!complaint[0])
		snprintf(complaint, sizeof(complaint), "%.159s",
			 strncmp(line, "libbpf: ", 8) ? line : line + 8);
	name = strstr(line, "prog '");
	if (!name || culprit[0])
		return 0;
	name += strlen("prog '");
	end = strchr(name, '\'');
	if (end)
		snprintf(culprit, sizeof(culprit), "%.*s", (int)(end - name), name);
	return 0;
}

static struct bpf_program *program(struct nct_object *o, const char *name)
{
	return name[0] ? bpf_object__find_program_by_name(o->bpf, name) : NULL;
}

static void select_programs(struct nct_object *o, const struct nct_plan *plan)
{
	for (size_t i = 0; i < nct_hook_count; i++) {
		char names[2][PROGRAM_NAME_LEN];

		nct_hook_programs(&nct_hooks[i], nct_plan_rung(plan, i), names[0], names[1],
				  sizeof(names[0]));
		for (int k = 0; k < 2; k++)
			if (program(o, names[k]))
				bpf_program__set_autoload(program(o, names[k]), true);
	}
}

static const char *const map_names[NCT_MAP_COUNT] = {
	[NCT_MAP_EVENTS] = "events",	       [NCT_MAP_COUNTERS] = "counters",
	[NCT_MAP_CONTROLLERS] = "controllers", [NCT_MAP_CALLS] = "calls",
	[NCT_MAP_ATTEMPTS] = "attempts",       [NCT_MAP_IO] = "io",
	[NCT_MAP_IO_BLANK] = "io_blank",       [NCT_MAP_IO_CONTROL] = "io_control",
	[NCT_MAP_IO_HEADS] = "io_heads",       [NCT_MAP_IO_BIOS] = "io_bios",
	[NCT_MAP_IO_FAILED] = "io_failed",
};

static struct bpf_map *find_map(struct bpf_object *bpf, int which)
{
	return bpf_object__find_map_by_name(bpf, map_names[which]);
}

/* Kernels before 6.1 warn of, or refuse, memory that programs allocate as they run. */
static bool preallocates(void)
{
	unsigned int major, minor;
	struct utsname u;

	return !uname(&u) && sscanf(u.release, "%u.%u", &major, &minor) == 2 &&
	       (major < 6 || (major == 6 && minor < 1));
}

static int share_maps(struct bpf_object *bpf, const struct nct_maps *maps, size_t ring_bytes)
{
	if (maps->fd[NCT_MAP_EVENTS] < 0) {
		if (preallocates()) {
			bpf_map__set_map_flags(find_map(bpf, NCT_MAP_IO), 0);
			bpf_map__set_max_entries(find_map(bpf, NCT_MAP_IO), PREALLOCATED);
		}
		return bpf_map__set_max_entries(find_map(bpf, NCT_MAP_EVENTS), ring_bytes);
	}
	for (int i = 0; i < NCT_MAP_COUNT; i++)
		if (bpf_map__reuse_fd(find_map(bpf, i), maps->fd[i]))
			return -1;
	return 0;
}

static void keep_maps(struct bpf_object *bpf, struct nct_maps *maps)
{
	for (int i = 0; i < NCT_MAP_COUNT; i++)
		if (maps->fd[i] < 0)
			maps->fd[i] = fcntl(bpf_map__fd(find_map(bpf, i)), F_DUPFD_CLOEXEC, 3);
}

void nct_maps_init(struct nct_maps *maps)
{
	for (int i = 0; i < NCT_MAP_COUNT; i++)
		maps->fd[i] = -1;
}

void nct_maps_close(struct nct_maps *maps)
{
	for (int i = 0; i < NCT_MAP_COUNT; i++)
		if (maps->fd[i] >= 0)
			close(maps->fd[i]);
	nct_maps_init(maps);
}

int nct_programs_open(struct bpf_object **out, const struct nct_maps *maps, size_t ring_bytes)
{
	const struct bpf_object_open_opts opts = {
		.sz = sizeof(opts),
		.object_name = "nvme_ccr_trace",
	};
	size_t size;
	const void *elf = programs__elf_bytes(&size);
	int rc;

	*out = bpf_object__open_mem(elf, size, &opts);
	if (!*out)
		return -errno;
	if (!share_maps(*out, maps, ring_bytes))
		return 0;
	rc = -errno;
	bpf_object__close(*out);
	*out = NULL;
	return rc;
}

/* Opens, selects and loads. Returns 0 or -errno. */
static int load(struct nct_object *o, const struct nct_plan *plan, const struct nct_maps *maps,
		size_t ring_bytes)
{
	int rc;

	culprit[0] = complaint[0] = '\0';
	rc = nct_programs_open(&o->bpf, maps, ring_bytes);
	if (rc)
		return rc;
	select_programs(o, plan);
	return bpf_object__load(o->bpf);
}

static void unload(struct nct_object *o)
{
	while (o->nattached)
		bpf_link__destroy(o->attached[--o->nattached].link);
	bpf_object__close(o->bpf);
	o->bpf = NULL;
}

static bool serves(const struct nct_hook *hook, enum nct_rung rung, const char *prog)
{
	char entry[PROGRAM_NAME_LEN], ret[PROGRAM_NAME_LEN];

	nct_hook_programs(hook, rung, entry, ret, sizeof(entry));
	return !strcmp(entry, prog) || !strcmp(ret, prog);
}

/* The hooks that the program which failed to load was to serve take the next rung. */
static bool avoid_culprit(struct nct_plan *plan)
{
	bool found = false;

	for (size_t i = 0; i < nct_hook_count && culprit[0]; i++) {
		if (!plan->rungs[i] || !serves(&nct_hooks[i], nct_plan_rung(plan, i), culprit))
			continue;
		nct_plan_step_down(plan, i, "load", complaint);
		found = true;
	}
	return found;
}

/* "module:function" when the module is one, so that no namesake is hit. */
static const char *probe_symbol(const struct nct_hook *hook, char *buf, size_t size)
{
	const char *module = nct_groups[hook->group].module;
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/%s/initstate", module);
	if (access(path, F_OK)) /* built in */
		return hook->function;
	snprintf(buf, size, "%s:%s", module, hook->function);
	return buf;
}

static struct bpf_link *attach_program(struct nct_object *o, const struct nct_hook *hook,
				       enum nct_rung rung, const char *name, bool at_return)
{
	char symbol[128];

	if (rung == NCT_RUNG_KPROBE)
		return bpf_program__attach_kprobe(program(o, name), at_return,
						  probe_symbol(hook, symbol, sizeof(symbol)));
	return bpf_program__attach(program(o, name));
}

/* A tracepoint may serve several hooks. */
static bool is_attached(const struct nct_object *o, const struct bpf_program *prog)
{
	for (size_t i = 0; i < o->nattached; i++)
		if (o->attached[i].program == prog)
			return true;
	return false;
}

/* A pair is attached return first: a return without its entry is ignored, an entry
 * without its return would leave an entry behind. */
static int attach_hook(struct nct_object *o, const struct nct_hook *hook, enum nct_rung rung)
{
	char names[2][PROGRAM_NAME_LEN];

	nct_hook_programs(hook, rung, names[0], names[1], sizeof(names[0]));
	for (int k = 1; k >= 0; k--) {
		struct bpf_link *link;

		if (!names[k][0] || is_attached(o, program(o, names[k])))
			continue;
		link = attach_program(o, hook, rung, names[k], k == 1);
		if (!link)
			return -errno;
		o->attached[o->nattached++] = (struct attached) { link, program(o, names[k]),
								  nct_hook_group(hook, rung) };
	}
	return 0;
}

static void attach_all(struct nct_object *o, struct nct_plan *plan)
{
	for (size_t i = 0; i < nct_hook_count; i++) {
		enum nct_rung rung = nct_plan_rung(plan, i);
		int ret;

		if (rung == NCT_RUNG_NONE)
			continue;
		ret = attach_hook(o, &nct_hooks[i], rung);
		if (ret)
			nct_plan_step_down(plan, i, "attach", strerror(-ret));
		else
			nct_plan_done(plan, i);
	}
}

static int load_what_can(struct nct_object *o, struct nct_plan *plan, struct nct_maps *maps,
			 size_t ring_bytes, struct nct_error *err)
{
	int ret;

	while ((ret = load(o, plan, maps, ring_bytes))) {
		unload(o);
		if (!avoid_culprit(plan))
			return nct_fail(err, NCT_EXIT_SYSTEM,
					"cannot load the BPF programs: %s%s%s", strerror(-ret),
					complaint[0] ? ": " : "", complaint);
		if (!nct_plan_any(plan))
			return 0;
	}
	keep_maps(o->bpf, maps);
	return 0;
}

int nct_object_attach(struct nct_object **out, struct nct_plan *plan, struct nct_maps *maps,
		      size_t ring_bytes, struct nct_error *err)
{
	libbpf_print_fn_t printer = libbpf_set_print(note_complaint);
	struct nct_object *o = calloc(1, sizeof(*o));
	int ret = -1;

	*out = NULL;
	if (!o)
		nct_fail(err, NCT_EXIT_SYSTEM, "out of memory");
	else
		ret = load_what_can(o, plan, maps, ring_bytes, err);
	if (!ret && o->bpf) {
		attach_all(o, plan);
		*out = o;
		o = NULL;
	}
	free(o);
	libbpf_set_print(printer);
	return ret;
}

bool nct_object_release(struct nct_object *o, enum nct_group group)
{
	size_t kept = 0;

	for (size_t i = 0; i < o->nattached; i++) {
		if (o->attached[i].group != group) {
			o->attached[kept++] = o->attached[i];
			continue;
		}
		bpf_link__destroy(o->attached[i].link);
		bpf_program__unload(o->attached[i].program);
	}
	o->nattached = kept;
	return kept;
}

void nct_object_free(struct nct_object *o)
{
	if (!o)
		return;
	unload(o);
	free(o);
}
