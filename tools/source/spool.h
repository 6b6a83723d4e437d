/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The events of one session of a log, kept until it is over: only then is known what some
 * of them mean (which dialect the kernel speaks), and hosts may be mixed in one log.
 */
#ifndef NCT_SOURCE_SPOOL_H
#define NCT_SOURCE_SPOOL_H

#include <stddef.h>

#include "../recovery/event.h"
#include "../sys/clock.h"

#define NCT_SPOOL_NONE SIZE_MAX

/* All zero is the valid empty state. */
struct nct_spool {
	char *buf;
	size_t len, size;
	uint64_t events;
};

/* Where it lies, for nct_spool_mark; NCT_SPOOL_NONE: out of memory. mark: whatever the
 * source wants to remember of it. */
size_t nct_spool_event(struct nct_spool *s, const struct nct_event *ev, unsigned int mark);
size_t nct_spool_anchor(struct nct_spool *s, const struct nct_anchor *a);
/* The event itself, as much of it as its type uses; valid until the next one is added. */
struct nct_event *nct_spool_at(struct nct_spool *s, size_t at);
void nct_spool_mark(struct nct_spool *s, size_t at, unsigned int mark);

struct nct_spool_ops {
	int (*event)(void *ctx, struct nct_event *ev, unsigned int mark);
	int (*anchor)(void *ctx, const struct nct_anchor *a);
};

/* In the order of adding; stops when a call returns non-zero, and returns that. */
int nct_spool_each(const struct nct_spool *s, const struct nct_spool_ops *ops, void *ctx);
void nct_spool_free(struct nct_spool *s);

#endif
