/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Puts events into clock order.
 *
 * A CPU reads the clock before it gets its place in the ring buffer, so records
 * of different CPUs may come slightly out of order. Events are held back until
 * nothing older can be expected. Equal times keep their order of arrival.
 */
#ifndef NCT_SOURCE_ORDER_H
#define NCT_SOURCE_ORDER_H

#include "bpf.h"

struct nct_order;

struct nct_order *nct_order_new(void);
void nct_order_free(struct nct_order *o);

/* Copies ev. Returns 0 or -ENOMEM. */
int nct_order_add(struct nct_order *o, const struct nct_event *ev);

/* Delivers, oldest first, what is not younger than until_ns. Returns 0, or what fn
 * returned first (the event is then delivered, the rest kept). */
int nct_order_flush(struct nct_order *o, uint64_t until_ns, nct_event_fn fn, void *ctx);

size_t nct_order_held(const struct nct_order *o);

#endif
