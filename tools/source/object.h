/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One loaded instance of the BPF object, serving some of the hooks.
 *
 * libbpf loads an object as a whole and for the modules present at that time;
 * modules that come later, and rungs that are tried after others failed, get
 * instances of their own. All instances share the maps of the first.
 */
#ifndef NCT_SOURCE_OBJECT_H
#define NCT_SOURCE_OBJECT_H

#include "hooks.h"

struct nct_object;

/* Shared by all instances; -1 until the first is loaded. Owned by the source. */
struct nct_maps {
	int events;
	int counters;
	int controllers;
	int calls;
};

/* What became of each hook; arrays are indexed as nct_hooks. */
struct nct_plan {
	bool want[NCT_MAX_HOOKS];	 /* try to serve these */
	bool done[NCT_MAX_HOOKS];	 /* attached */
	char reason[NCT_MAX_HOOKS][160]; /* why not */
};

/*
 * Loads and attaches every wanted hook on the given rung. Hooks that the kernel
 * refuses are left out, with the reason in the plan; that is no failure.
 * Creates the maps if they do not exist yet (ring_bytes large). Returns 0 with
 * *out NULL when nothing could be attached, or -1 and *err.
 */
int nct_object_attach(struct nct_object **out, struct nct_plan *plan, enum nct_rung rung,
		      struct nct_maps *maps, size_t ring_bytes, struct nct_error *err);

/* Detaches and unloads the programs of one group, which gives its module back.
 * Returns whether the object still serves any hook. */
bool nct_object_release(struct nct_object *o, enum nct_group group);

/* Detaches and unloads all; NULL is allowed. */
void nct_object_free(struct nct_object *o);

/* Closes what nct_object_attach() created; objects still loaded keep theirs. */
void nct_maps_close(struct nct_maps *maps);

#endif
