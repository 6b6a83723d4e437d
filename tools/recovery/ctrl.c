// SPDX-License-Identifier: GPL-2.0
/* Which controllers there are: found by id or by instance number. */
#include <stdlib.h>
#include <string.h>

#include "model.h"

#define FIRST_BUCKETS 64

static size_t bucket_of(const struct nct_table *t, uint64_t key)
{
	return (size_t)((key * 0x9e3779b97f4a7c15ull) >> 32) & (t->nbuckets - 1);
}

static struct nct_ctrl **link_of(const struct nct_reducer *r, const struct nct_table *t,
				 struct nct_ctrl *c)
{
	return t == &r->ids ? &c->by_id : &c->by_instance;
}

static uint64_t key_of(const struct nct_reducer *r, const struct nct_table *t,
		       const struct nct_ctrl *c)
{
	return t == &r->ids ? c->id : (uint32_t)c->instance;
}

static void rehash(struct nct_reducer *r, struct nct_table *t, struct nct_table *bigger)
{
	for (size_t i = 0; i < t->nbuckets; i++) {
		struct nct_ctrl *c = t->bucket[i], *next;

		for (; c; c = next) {
			struct nct_ctrl **to = &bigger->bucket[bucket_of(bigger, key_of(r, t, c))];
			struct nct_ctrl **link = link_of(r, t, c);

			next = *link;
			*link = *to;
			*to = c;
		}
	}
	free(t->bucket);
	*t = *bigger;
}

/* Out of memory is no error as long as there are buckets: chains get longer. */
static bool reserve(struct nct_reducer *r, struct nct_table *t)
{
	struct nct_table bigger = { .count = t->count };

	if (t->count < t->nbuckets)
		return true;
	bigger.nbuckets = t->nbuckets ? 2 * t->nbuckets : FIRST_BUCKETS;
	bigger.bucket = calloc(bigger.nbuckets, sizeof(*bigger.bucket));
	if (!bigger.bucket)
		return t->nbuckets != 0;
	rehash(r, t, &bigger);
	return true;
}

static void insert(struct nct_reducer *r, struct nct_table *t, struct nct_ctrl *c)
{
	struct nct_ctrl **to = &t->bucket[bucket_of(t, key_of(r, t, c))];

	*link_of(r, t, c) = *to;
	*to = c;
	t->count++;
}

static void take_out(struct nct_reducer *r, struct nct_table *t, struct nct_ctrl *c)
{
	struct nct_ctrl **at = &t->bucket[bucket_of(t, key_of(r, t, c))];

	while (*at != c)
		at = link_of(r, t, *at);
	*at = *link_of(r, t, c);
	t->count--;
}

static struct nct_ctrl *find_id(const struct nct_reducer *r, uint64_t id)
{
	struct nct_ctrl *c = NULL;

	if (id && r->ids.count)
		c = r->ids.bucket[bucket_of(&r->ids, id)];
	while (c && c->id != id)
		c = c->by_id;
	return c;
}

static struct nct_ctrl *find_instance(const struct nct_reducer *r, int32_t instance)
{
	struct nct_ctrl *c = NULL;

	if (instance >= 0 && r->instances.count)
		c = r->instances.bucket[bucket_of(&r->instances, (uint32_t)instance)];
	while (c && c->instance != instance)
		c = c->by_instance;
	return c;
}

/*
 * The controller that an event is about, or NULL. One that has so far been seen
 * without an id (a snapshot of sysfs has none) matches by instance; one with
 * another id does not: the instance number was reused.
 */
struct nct_ctrl *nct_ctrl_find(struct nct_reducer *r, uint64_t id, int32_t instance)
{
	struct nct_ctrl *c = find_id(r, id);

	if (c && (instance < 0 || c->instance < 0 || c->instance == instance))
		return c;
	if (c)
		return NULL;
	c = find_instance(r, instance);
	return c && (!id || !c->id) ? c : NULL;
}

/* What was known by this id or this instance exists no more. */
static void replace(struct nct_reducer *r, struct nct_ctrl *old)
{
	if (!old)
		return;
	nct_open_replaced(r, old, old->last_ns);
	nct_ctrl_forget(r, old);
}

/* Adds the names that were not known before. */
void nct_ctrl_name(struct nct_reducer *r, struct nct_ctrl *c, uint64_t id, int32_t instance)
{
	if (id && !c->id) {
		c->id = id;
		insert(r, &r->ids, c);
	}
	if (instance >= 0 && c->instance < 0) {
		replace(r, find_instance(r, instance));
		c->instance = instance;
		c->identity.instance = instance;
		insert(r, &r->instances, c);
	}
}

/* NULL when out of memory. */
struct nct_ctrl *nct_ctrl_new(struct nct_reducer *r, uint64_t id, int32_t instance)
{
	struct nct_ctrl *c;

	if (!reserve(r, &r->ids) || !reserve(r, &r->instances))
		return NULL;
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	/* Of that id with another instance number: ids, too, are used again. */
	replace(r, find_id(r, id));
	c->instance = -1;
	nct_identity_init(&c->identity, instance);
	nct_ctrl_name(r, c, id, instance);
	return c;
}

void nct_ctrl_forget(struct nct_reducer *r, struct nct_ctrl *c)
{
	if (c->id)
		take_out(r, &r->ids, c);
	if (c->instance >= 0)
		take_out(r, &r->instances, c);
	free(c->open.rec.spans);
	free(c->open.rec.ccr);
	free(c);
}

static struct nct_ctrl *any_of(const struct nct_table *t)
{
	if (!t->count)
		return NULL;
	for (size_t i = 0; i < t->nbuckets; i++)
		if (t->bucket[i])
			return t->bucket[i];
	return NULL;
}

static void forget_all(struct nct_reducer *r, struct nct_table *t)
{
	struct nct_ctrl *c;

	while ((c = any_of(t)))
		nct_ctrl_forget(r, c);
	free(t->bucket);
	t->bucket = NULL;
}

void nct_ctrl_tables_free(struct nct_reducer *r)
{
	forget_all(r, &r->instances);
	forget_all(r, &r->ids);
}
