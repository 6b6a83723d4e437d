// SPDX-License-Identifier: GPL-2.0
#include "known.h"

#include <stdlib.h>
#include <string.h>

/* An id names a controller; without one its number does. */
static struct nct_known_ctrl **place_of(struct nct_known *k, const struct nct_event *ev)
{
	uint64_t key = ev->ctrl ? ev->ctrl : (uint32_t)ev->instance;
	struct nct_known_ctrl **at =
		&k->bucket[(key * 0x9e3779b97f4a7c15ull >> 32) % NCT_KNOWN_BUCKETS];

	while (*at && ((*at)->ctrl != ev->ctrl || (!ev->ctrl && (*at)->instance != ev->instance)))
		at = &(*at)->next;
	return at;
}

static void forget(struct nct_known *k, struct nct_known_ctrl **at)
{
	struct nct_known_ctrl *c = *at;

	*at = c->next;
	free(c);
	k->n--;
}

static struct nct_known_ctrl *remember(struct nct_known *k, struct nct_known_ctrl **at,
				       const struct nct_event *ev)
{
	struct nct_known_ctrl *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->ctrl = ev->ctrl;
	c->instance = ev->instance;
	nct_identity_init(&c->identity, ev->instance);
	*at = c;
	k->n++;
	return c;
}

void nct_known_event(struct nct_known *k, const struct nct_event *ev)
{
	bool tells = ev->type == NCT_EV_STATE || ev->type == NCT_EV_SNAPSHOT ||
		     ev->type == NCT_EV_IDENTITY;
	struct nct_known_ctrl **at, *c;

	if (!tells && ev->type != NCT_EV_GONE)
		return;
	at = place_of(k, ev);
	if (ev->type == NCT_EV_GONE && *at)
		forget(k, at);
	if (!tells)
		return;
	c = *at ? *at : remember(k, at, ev);
	if (!c)
		return;
	if (ev->type == NCT_EV_STATE) {
		c->state = ev->state.new_state;
	} else if (ev->type == NCT_EV_IDENTITY) {
		c->identity = ev->identity;
	} else {
		c->identity = ev->snapshot.id;
		c->state = ev->snapshot.state;
	}
}

void nct_known_each(const struct nct_known *k, uint64_t ts_ns,
		    void (*fn)(void *ctx, const struct nct_event *ev), void *ctx)
{
	for (size_t i = 0; i < NCT_KNOWN_BUCKETS; i++)
		for (const struct nct_known_ctrl *c = k->bucket[i]; c; c = c->next) {
			struct nct_event ev = {
				.ts_ns = ts_ns,
				.ctrl = c->ctrl,
				.instance = c->instance,
				.type = NCT_EV_SNAPSHOT,
			};

			ev.snapshot.state = c->state;
			ev.snapshot.id = c->identity;
			fn(ctx, &ev);
		}
}

void nct_known_clear(struct nct_known *k)
{
	for (size_t i = 0; i < NCT_KNOWN_BUCKETS; i++)
		while (k->bucket[i])
			forget(k, &k->bucket[i]);
	memset(k, 0, sizeof(*k));
}
