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

#include "ladder.h"

struct bpf_object;
struct nct_object;

enum nct_map {
	NCT_MAP_EVENTS = 0,
	NCT_MAP_COUNTERS = 1,
	NCT_MAP_CONTROLLERS = 2,
	NCT_MAP_CALLS = 3,
	NCT_MAP_ATTEMPTS = 4,
	NCT_MAP_IO = 5,
	NCT_MAP_IO_BLANK = 6,
	NCT_MAP_IO_CONTROL = 7,
	NCT_MAP_IO_HEADS = 8,
	NCT_MAP_IO_BIOS = 9,
	NCT_MAP_IO_FAILED = 10,
	NCT_MAP_COUNT
};

/* Shared by all instances; -1 until the first is loaded. Owned by the source. */
struct nct_maps {
	int fd[NCT_MAP_COUNT];
};

/*
 * Loads and attaches every hook of the plan on the best rung that it may use. Those that
 * the kernel refuses go down a rung, with the reason in the plan: at once if loading was
 * refused; if attaching was, they stay in the plan, to be tried by another call. Running
 * out of rungs is no failure.
 * Creates the maps if they do not exist yet (ring_bytes large). Returns 0 with
 * *out NULL when nothing could be attached, or -1 and *err.
 */
int nct_object_attach(struct nct_object **out, struct nct_plan *plan, struct nct_maps *maps,
		      size_t ring_bytes, struct nct_error *err);

/* Detaches and unloads the programs of one group, which gives its module back.
 * Returns whether the object still serves any hook. */
bool nct_object_release(struct nct_object *o, enum nct_group group);

/* Detaches and unloads all; NULL is allowed. */
void nct_object_free(struct nct_object *o);

/* Opens the programs, none of them to be loaded yet, with the maps that there are; else with a ring
 * of ring_bytes. Returns 0, or -errno. The object is the caller's. */
int nct_programs_open(struct bpf_object **out, const struct nct_maps *maps, size_t ring_bytes);

void nct_maps_init(struct nct_maps *maps);

/* Closes what nct_object_attach() created; objects still loaded keep theirs. */
void nct_maps_close(struct nct_maps *maps);

#endif
