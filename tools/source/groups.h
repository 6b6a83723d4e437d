/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which groups of hooks are held, and when.
 *
 * An fentry program keeps its kernel module from being unloaded, as does one on a
 * tracepoint; those are all nvme_core's. So the hooks of a transport are held only while they can
 * fire: while there is a controller of it, and for a short grace after its module came. Those of
 * nvme_core are held as long as any other module uses it: they tell of new controllers. Groups held
 * by kprobes alone pin nothing and are held as long as the module is there.
 *
 * Nothing is polled: modules and controllers tell by events that they come and go.
 */
#ifndef NCT_SOURCE_GROUPS_H
#define NCT_SOURCE_GROUPS_H

#include "ladder.h"
#include "lives.h"
#include "object.h"

#define NCT_MAX_OBJECTS 32

struct nct_group_state {
	bool held;
	bool present;		/* its module is there */
	uint64_t keep_until_ns; /* held till then though there is no controller */
};

struct nct_group_set {
	struct nct_bpf_opts opts;
	struct nct_maps maps;
	struct nct_object *objects[NCT_MAX_OBJECTS];
	struct nct_group_state group[NCT_GROUP_COUNT];
	struct nct_hook_status status[NCT_MAX_HOOKS];
	struct nct_ladder ladder;
	struct nct_states states;
	unsigned int generation; /* changes with what is held */
	uint64_t review_ns;	 /* when to look at modules again; UINT64_MAX: no need */
};

void nct_groups_init(struct nct_group_set *g, const struct nct_bpf_opts *opts);

/*
 * Attaches what is wanted and releases what is not, if anything has happened since the
 * last time. *core_attached tells that state changes are watched from now on (again):
 * an inventory is due.
 */
int nct_groups_update(struct nct_group_set *g, const struct nct_lives *lives, uint64_t now_ns,
		      bool *core_attached, struct nct_error *err);

/* A module came or went. */
void nct_groups_module(struct nct_group_set *g, const char *module, bool loaded, uint64_t now_ns);

/* A controller came or went. */
void nct_groups_review(struct nct_group_set *g);

/* The group of a transport as sysfs and the kernel name it; 0: it has none. */
enum nct_group nct_group_of(const char *transport);

void nct_groups_free(struct nct_group_set *g);

#endif
