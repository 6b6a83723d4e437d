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

static void mark_function(const char *name, enum nct_group group, struct nct_found *found)
{
	for (size_t i = 0; i < nct_hook_count; i++)
		if (nct_hooks[i].function && nct_hooks[i].group == group &&
		    !strcmp(nct_hooks[i].function, name))
			found->function[i] = true;
}

/* Names that tp_btf programs attach by: types of the tracepoints' callbacks. */
#define TRACEPOINT_TYPE "btf_trace_"

static void mark_tracepoint(const char *name, struct nct_found *found)
{
	for (size_t i = 0; i < nct_hook_count; i++) {
		const struct nct_hook *hook = &nct_hooks[i];

		if (hook->group == NCT_GROUP_MODULES || !hook->tracepoint)
			continue;
		if (!strcmp(hook->tracepoint, name))
			found->tracepoint[i] = true;
		if (hook->witness && !strcmp(hook->witness, name))
			found->witness[i] = true;
	}
}

/* A quick look: vmlinux has 50,000 functions. */
static bool may_be_nvme(const char *name)
{
	return !strncmp(name + strspn(name, "_"), "nvme", 4);
}

static int find_in_vmlinux(struct nct_kernel_btf *k, struct nct_found *found)
{
	char type[64];

	for (size_t i = 0; i < nct_hook_count; i++) {
		if (nct_hooks[i].group != NCT_GROUP_MODULES)
			continue;
		snprintf(type, sizeof(type), TRACEPOINT_TYPE "%s", nct_hooks[i].tracepoint);
		found->tracepoint[i] =
			btf__find_by_name_kind(k->vmlinux, type, BTF_KIND_TYPEDEF) > 0;
	}
	return 0;
}

static int find_in_module(struct nct_kernel_btf *k, enum nct_group group, struct nct_found *found)
{
	const size_t prefix = strlen(TRACEPOINT_TYPE);
	__u32 id, start;
	struct btf *btf = open_module(k, nct_groups[group].module, &start);

	if (!btf)
		return -1;
	for (id = start; id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		const char *name = btf__name_by_offset(btf, t->name_off);

		if (btf_is_func(t) && may_be_nvme(name))
			mark_function(name, group, found);
		else if (btf_is_typedef(t) && !strncmp(name, TRACEPOINT_TYPE, prefix))
			mark_tracepoint(name + prefix, found);
	}
	close_module(k, btf);
	return 0;
}

int nct_kernel_btf_find(struct nct_kernel_btf *k, enum nct_group group, struct nct_found *found)
{
	memset(found, 0, sizeof(*found));
	if (group == NCT_GROUP_MODULES)
		return find_in_vmlinux(k, found);
	return find_in_module(k, group, found);
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
