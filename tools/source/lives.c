// SPDX-License-Identifier: GPL-2.0
#include "lives.h"

#include <stdlib.h>
#include <string.h>

#define MAX_INSTANCE (1 << 20) /* far beyond the kernel's own minors */

static struct nct_life *slot(struct nct_lives *l, int32_t instance)
{
	size_t room = l->room ? l->room : 64;
	struct nct_life *grown;

	if (instance < 0 || instance >= MAX_INSTANCE)
		return NULL;
	if ((size_t)instance < l->room)
		return &l->by_instance[instance];
	while (room <= (size_t)instance)
		room *= 2;
	grown = realloc(l->by_instance, room * sizeof(*grown));
	if (!grown)
		return NULL;
	memset(grown + l->room, 0, (room - l->room) * sizeof(*grown));
	l->by_instance = grown;
	l->room = room;
	return &grown[instance];
}

static void end(struct nct_lives *l, struct nct_life *life)
{
	if (!life->id)
		return;
	l->count--;
	l->in_group[life->group]--;
	memset(life, 0, sizeof(*life));
}

static void begin(struct nct_lives *l, struct nct_life *life)
{
	end(l, life);
	*life = (struct nct_life) { .id = ++l->last_id };
	l->count++;
	l->in_group[0]++;
}

uint64_t nct_life_of(struct nct_lives *l, int32_t instance, uint64_t address)
{
	struct nct_life *life = slot(l, instance);

	if (!life)
		return 0;
	if (!life->id || (address && life->address && life->address != address))
		begin(l, life);
	if (address)
		life->address = address;
	return life->id;
}

void nct_life_end(struct nct_lives *l, int32_t instance)
{
	struct nct_life *life = slot(l, instance);

	if (life)
		end(l, life);
}

bool nct_life_group(struct nct_lives *l, int32_t instance, unsigned int group)
{
	struct nct_life *life = slot(l, instance);

	if (!life || !life->id || group >= NCT_LIFE_GROUPS || life->group == group)
		return false;
	l->in_group[life->group]--;
	l->in_group[group]++;
	life->group = group;
	return true;
}

void nct_lives_begin_sweep(struct nct_lives *l)
{
	for (size_t i = 0; i < l->room; i++)
		l->by_instance[i].found = false;
}

void nct_life_found(struct nct_lives *l, int32_t instance)
{
	struct nct_life *life = slot(l, instance);

	if (life)
		life->found = true;
}

void nct_lives_sweep(struct nct_lives *l)
{
	for (size_t i = 0; i < l->room; i++)
		if (!l->by_instance[i].found)
			end(l, &l->by_instance[i]);
}

void nct_lives_free(struct nct_lives *l)
{
	free(l->by_instance);
	memset(l, 0, sizeof(*l));
}
