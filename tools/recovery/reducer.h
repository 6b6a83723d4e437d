/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The reducer: events in clock order → recoveries.
 *
 * Pure: it reads no clock, does no I/O, and its result depends on the sequence
 * of events alone. Live and replay use this same code.
 */
#ifndef NCT_RECOVERY_REDUCER_H
#define NCT_RECOVERY_REDUCER_H

#include "recovery.h"

/*
 * What the reducer tells, as it learns it. The recovery is owned by the reducer
 * and valid during the call only. Any member may be NULL.
 */
struct nct_reducer_ops {
	/* A recovery, reset or delete was opened; its first phase has begun. What
	 * follows may still tell its kind, trigger, dialect and identity better:
	 * they are certain at the end only. */
	void (*begin)(void *ctx, const struct nct_recovery *rec);
	/* A further phase has begun: it is rec->spans[rec->nspans - 1]. Where only
	 * a later event tells which phase a work serves, its start_ns lies before
	 * that event; a phase once told is never taken back. */
	void (*phase)(void *ctx, const struct nct_recovery *rec);
	/* It ended: live, removed or incomplete. */
	void (*end)(void *ctx, const struct nct_recovery *rec);
};

struct nct_reducer_stats {
	uint64_t events;	 /* pushed */
	uint64_t unknown_events; /* of a type or state not known here */
	uint64_t stray_events;	 /* known, but outside any recovery */
	uint64_t out_of_order;	 /* older than an event of the same controller */
	uint64_t lost;		 /* sum of NCT_EV_LOST counts */
	uint64_t open;		 /* recoveries open now */
	uint64_t finished;	 /* recoveries ended so far */
};

struct nct_reducer;

/* Returns NULL when out of memory. ops is copied; ctx is passed through. */
struct nct_reducer *nct_reducer_new(enum nct_dialect dialect, const struct nct_reducer_ops *ops,
				    void *ctx);
void nct_reducer_free(struct nct_reducer *r);

/* 0, or -ENOMEM (the event is then counted as lost and all open recoveries are
 * marked lossy). Never fails on strange input. */
int nct_reducer_push(struct nct_reducer *r, const struct nct_event *ev);

/* Ends every open recovery as incomplete at ts_ns, in order of their start. */
void nct_reducer_finish(struct nct_reducer *r, uint64_t ts_ns);

const struct nct_reducer_stats *nct_reducer_stats(const struct nct_reducer *r);

/* Calls fn for each open recovery, duration_ns being up to now_ns, in order of
 * their start. */
void nct_reducer_each_open(struct nct_reducer *r, uint64_t now_ns,
			   void (*fn)(void *ctx, const struct nct_recovery *rec), void *ctx);

#endif
