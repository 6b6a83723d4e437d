// SPDX-License-Identifier: GPL-2.0
#include "slots.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 16

/* Where the key is, or the free place where it belongs. */
static size_t place_of(const struct nct_slots *s, uint64_t key)
{
	size_t i = (size_t)((key * 0x9e3779b97f4a7c15ull) >> 32) & (s->capacity - 1);

	while (s->keys[i] && s->keys[i] != key + 1)
		i = (i + 1) & (s->capacity - 1);
	return i;
}

static int grow(struct nct_slots *s)
{
	struct nct_slots bigger = {
		.value_size = s->value_size,
		.capacity = s->capacity ? 2 * s->capacity : FIRST_CAPACITY,
		.used = s->used,
	};

	bigger.keys = calloc(bigger.capacity, sizeof(*bigger.keys));
	bigger.values = calloc(bigger.capacity, s->value_size);
	if (!bigger.keys || !bigger.values) {
		nct_slots_free(&bigger);
		return -1;
	}
	for (size_t i = 0; i < s->capacity; i++) {
		size_t to;

		if (!s->keys[i])
			continue;
		to = place_of(&bigger, s->keys[i] - 1);
		bigger.keys[to] = s->keys[i];
		memcpy(bigger.values + to * s->value_size, s->values + i * s->value_size,
		       s->value_size);
	}
	nct_slots_free(s);
	*s = bigger;
	return 0;
}

void *nct_slots_get(struct nct_slots *s, uint64_t key)
{
	size_t i;

	if (2 * s->used >= s->capacity && grow(s))
		return NULL;
	i = place_of(s, key);
	if (!s->keys[i]) {
		s->keys[i] = key + 1;
		s->used++;
	}
	return s->values + i * s->value_size;
}

void *nct_slots_find(const struct nct_slots *s, uint64_t key)
{
	size_t i = s->capacity ? place_of(s, key) : 0;

	return s->capacity && s->keys[i] ? s->values + i * s->value_size : NULL;
}

void *nct_slots_next(const struct nct_slots *s, size_t *at)
{
	while (*at < s->capacity && !s->keys[*at])
		++*at;
	return *at < s->capacity ? s->values + (*at)++ * s->value_size : NULL;
}

void nct_slots_free(struct nct_slots *s)
{
	free(s->keys);
	free(s->values);
	s->keys = NULL;
	s->values = NULL;
	s->capacity = 0;
	s->used = 0;
}
