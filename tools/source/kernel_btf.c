// SPDX-License-Identifier: GPL-2.0
#include "kernel_btf.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct nct_kernel_btf {
	struct btf *vmlinux;
};

struct nct_kernel_btf *nct_kernel_btf_open(struct nct_error *err)
{
	struct nct_kernel_btf *k = calloc(1, sizeof(*k));

	if (!k) {
		nct_fail(err, NCT_EXIT_SYSTEM, "out of memory");
		return NULL;
	}
	k->vmlinux = btf__load_vmlinux_btf();
	if (k->vmlinux)
		return k;
	nct_fail(
		err, NCT_EXIT_SYSTEM,
		"no BTF of the running kernel in /sys/kernel/btf/vmlinux (%s): boot a kernel built "
		"with CONFIG_DEBUG_INFO_BTF=y and CONFIG_DEBUG_INFO_BTF_MODULES=y (Debian's are)",
		strerror(errno));
	free(k);
	return NULL;
}

void nct_kernel_btf_close(struct nct_kernel_btf *k)
{
	if (!k)
		return;
	btf__free(k->vmlinux);
	free(k);
}

/* The BTF of a module; vmlinux' own (*start 1) where it is built in; NULL if the
 * module is loaded but has none. */
static struct btf *open_module(struct nct_kernel_btf *k, const char *module, __u32 *start)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/btf/%s", module);
	if (!access(path, R_OK)) {
		*start = btf__type_cnt(k->vmlinux);
		return btf__load_module_btf(module, k->vmlinux);
	}
	snprintf(path, sizeof(path), "/sys/module/%s/initstate", module);
	*start = 1;
	return access(path, F_OK) ? k->vmlinux : NULL;
}

static void close_module(struct nct_kernel_btf *k, struct btf *btf)
{
	if (btf != k->vmlinux)
		btf__free(btf);
}

static void mark_function(const char *name, enum nct_group group, bool present[NCT_MAX_HOOKS])
{
	for (size_t i = 0; i < nct_hook_count; i++)
		if (nct_hooks[i].group == group && !strcmp(nct_hooks[i].function, name))
			present[i] = true;
}

/* What tp_btf attaches to is the type of the tracepoint's callback. */
static int find_tracepoints(struct nct_kernel_btf *k, enum nct_group group,
			    bool present[NCT_MAX_HOOKS])
{
	char type[64];

	for (size_t i = 0; i < nct_hook_count; i++) {
		if (nct_hooks[i].group != group)
			continue;
		snprintf(type, sizeof(type), "btf_trace_%s", nct_hooks[i].function);
		present[i] = btf__find_by_name_kind(k->vmlinux, type, BTF_KIND_TYPEDEF) > 0;
	}
	return 0;
}

static int find_functions(struct nct_kernel_btf *k, enum nct_group group,
			  bool present[NCT_MAX_HOOKS])
{
	__u32 id, start;
	struct btf *btf = open_module(k, nct_groups[group].module, &start);

	if (!btf)
		return -1;
	for (id = start; id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		const char *name;

		if (!btf_is_func(t))
			continue;
		name = btf__name_by_offset(btf, t->name_off);
		if (!strncmp(name, "nvme", 4))
			mark_function(name, group, present);
	}
	close_module(k, btf);
	return 0;
}

int nct_kernel_btf_functions(struct nct_kernel_btf *k, enum nct_group group,
			     bool present[NCT_MAX_HOOKS])
{
	if (group == NCT_GROUP_MODULES)
		return find_tracepoints(k, group, present);
	return find_functions(k, group, present);
}

static void read_states(const struct btf *btf, const struct btf_type *t, struct nct_states *states)
{
	const struct btf_enum *e = btf_enum(t);
	enum nct_state state;

	for (int i = 0; i < btf_vlen(t); i++) {
		if (e[i].val < 0 || e[i].val >= NCT_MAX_RAW_STATES)
			continue;
		state = nct_state_from_name(btf__name_by_offset(btf, e[i].name_off));
		states->map[e[i].val] = state;
		if (state == NCT_STATE_RECOVERING)
			states->dialect = NCT_DIALECT_RECOVERING;
		if (state == NCT_STATE_FENCING)
			states->dialect = NCT_DIALECT_FENCING;
	}
}

int nct_kernel_btf_states(struct nct_kernel_btf *k, struct nct_states *states)
{
	__u32 start;
	struct btf *btf = open_module(k, "nvme_core", &start);
	int id = btf ? btf__find_by_name_kind(btf, "nvme_ctrl_state", BTF_KIND_ENUM) : -ENOENT;

	memset(states, 0, sizeof(*states));
	if (id > 0) {
		states->dialect = NCT_DIALECT_BASELINE;
		read_states(btf, btf__type_by_id(btf, id), states);
	}
	if (btf)
		close_module(k, btf);
	return id > 0 ? 0 : -1;
}
