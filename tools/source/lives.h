/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which controller an event belongs to.
 *
 * sysfs knows instance numbers, BPF knows addresses; the kernel reuses both. A life
 * is one controller from its creation to its removal, and has an id of its own.
 */
#ifndef NCT_SOURCE_LIVES_H
#define NCT_SOURCE_LIVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NCT_LIFE_GROUPS 8

struct nct_life {
	uint64_t id;	    /* 0: nobody has this instance number now */
	uint64_t address;   /* of struct nvme_ctrl; 0: only sysfs told so far */
	unsigned int group; /* of its transport's hooks; 0: not known */
	bool found;	    /* by the inventory that is being taken */
};

struct nct_lives {
	struct nct_life *by_instance;
	size_t room;
	uint64_t last_id;
	unsigned int count;			/* controllers there are */
	unsigned int in_group[NCT_LIFE_GROUPS]; /* of these, by transport */
};

/* The id of the controller that has this instance number and address (0: any) now;
 * a new one if it is not known. 0 when out of memory or instance < 0. */
uint64_t nct_life_of(struct nct_lives *l, int32_t instance, uint64_t address);

/* The transport of a known controller is known. Returns whether that is news. */
bool nct_life_group(struct nct_lives *l, int32_t instance, unsigned int group);

/* The controller is removed: the next one with its number is another. */
void nct_life_end(struct nct_lives *l, int32_t instance);

/* After events were lost, removals may be among them: begin, nct_life_found() for each
 * controller that sysfs shows, and the others are ended by sweep. */
void nct_lives_begin_sweep(struct nct_lives *l);
void nct_life_found(struct nct_lives *l, int32_t instance);
void nct_lives_sweep(struct nct_lives *l);

void nct_lives_free(struct nct_lives *l);

#endif
