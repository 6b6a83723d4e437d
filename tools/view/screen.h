/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What `live` prints as text: lines while a recovery goes on, a block when it has
 * ended, and when too many happen at once, a storm: one line for all of them each
 * second, and one block at its end.
 *
 * It reads no clock: time is what the recoveries and the ticks say. Lines wait up
 * to a fifth of a second before they are written, so that the first ones of a
 * storm are told as part of it.
 */
#ifndef NCT_VIEW_SCREEN_H
#define NCT_VIEW_SCREEN_H

#include <stdint.h>
#include <stdio.h>

#include "../recovery/recovery.h"
#include "../sys/anchors.h"
#include "style.h"

struct nct_screen;

struct nct_screen_opts {
	FILE *out;
	struct nct_style style;
	const struct nct_anchors *anchors; /* must outlive the screen */
	uint64_t min_duration_ns;	   /* shorter ones are not shown */
};

/* NULL when out of memory; opts is copied. */
struct nct_screen *nct_screen_new(const struct nct_screen_opts *opts);
void nct_screen_free(struct nct_screen *s);

/* What the reducer tells. Each returns 0 or -errno of writing (-ENOMEM: a line is
 * missing). */
int nct_screen_begin(struct nct_screen *s, const struct nct_recovery *rec);
int nct_screen_phase(struct nct_screen *s, const struct nct_recovery *rec);
int nct_screen_end(struct nct_screen *s, const struct nct_recovery *rec);

/*
 * One tick: start, then nct_screen_open() for every open recovery that is to be
 * shown (its duration up to now), then done, which writes. now_ns: CLOCK_MONOTONIC.
 */
void nct_screen_tick(struct nct_screen *s, uint64_t now_ns);
void nct_screen_open(struct nct_screen *s, const struct nct_recovery *rec);
int nct_screen_tick_done(struct nct_screen *s);

/* How soon it wants the next tick: milliseconds. */
int nct_screen_patience_ms(const struct nct_screen *s);

/* How many recoveries have ended of which nothing was written so far. */
size_t nct_screen_unwritten(const struct nct_screen *s);

/* Writes what is still held back. 0 or -errno. */
int nct_screen_finish(struct nct_screen *s);

#endif
