/* SPDX-License-Identifier: GPL-2.0 */
/* A small hash table: a number → a piece of memory of one size, zero when it is new. */
#ifndef NCT_SOURCE_SLOTS_H
#define NCT_SOURCE_SLOTS_H

#include <stddef.h>
#include <stdint.h>

/* All zero but for value_size is the valid empty state. */
struct nct_slots {
	size_t value_size; /* a multiple of 8 */
	size_t capacity, used;
	uint64_t *keys; /* key + 1; 0: free */
	char *values;
};

/* The value, valid until the next call; NULL: out of memory. key < UINT64_MAX. */
void *nct_slots_get(struct nct_slots *s, uint64_t key);
/* NULL: there is none. */
void *nct_slots_find(const struct nct_slots *s, uint64_t key);
/* The value at or behind place *at, which moves on; NULL: there is no more. From 0. */
void *nct_slots_next(const struct nct_slots *s, size_t *at);
void nct_slots_free(struct nct_slots *s);

#endif
