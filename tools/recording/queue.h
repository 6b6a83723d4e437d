/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bounded queue between who observes and who writes: one thread puts in and never
 * blocks (unless it wants to), one takes out. What was taken stays in the queue until it is
 * released, that is, until it is on the disk.
 */
#ifndef NCT_RECORDING_QUEUE_H
#define NCT_RECORDING_QUEUE_H

#include <semaphore.h>
#include <stdatomic.h>

#include "recording.h"
#include "store.h"

#define NCT_QUEUE_EVENTS  16384
#define NCT_QUEUE_RESERVE 1024 /* for what is rare and must not be lost: sessions, hooks */

enum nct_item_kind {
	NCT_ITEM_EVENT,
	NCT_ITEM_LOST, /* an event: those for which there was no room */
	NCT_ITEM_ANCHOR,
	NCT_ITEM_SESSION,
	NCT_ITEM_HOOK,
	NCT_ITEM_END, /* of the session */
};

struct nct_item {
	enum nct_item_kind kind;
	uint32_t session_row; /* set by the writer; 0: belongs to none */
	union {
		struct nct_event event;
		struct nct_anchor anchor;
		struct nct_session *session; /* owned */
		struct nct_hook_row *hook;   /* owned */
		uint64_t end_ns;
	};
};

struct nct_queue {
	struct nct_item *ring;
	size_t size;
	_Atomic uint64_t head, tail; /* ever put in, ever released */
	sem_t work, space;
	atomic_bool stop, blocked;
};

/* False: out of memory. */
bool nct_queue_init(struct nct_queue *q);
/* Nothing may use it any more. */
void nct_queue_free(struct nct_queue *q);

/* How many are in it. */
size_t nct_queue_used(struct nct_queue *q);

/* Copies the item, and takes over what it owns; false: there is no room below limit, the
 * caller keeps it. */
bool nct_queue_put(struct nct_queue *q, const struct nct_item *item, size_t limit);

/* Waits until there are less than limit. */
void nct_queue_wait_space(struct nct_queue *q, size_t limit);

/* Asks the other side to end. */
void nct_queue_stop(struct nct_queue *q);

/* Waits for something to be in it, then up to delay_ns for more, until it is half full.
 * Returns at once when it is to stop. */
void nct_queue_wait_work(struct nct_queue *q, uint64_t delay_ns);

/* Waits that long, or until it is to stop. */
void nct_queue_pause(struct nct_queue *q, uint64_t delay_ns);

struct nct_item *nct_queue_item(struct nct_queue *q, uint64_t index);

/* All before index have been dealt with. */
void nct_queue_release(struct nct_queue *q, uint64_t index);

/* What an item owns. */
void nct_item_clear(struct nct_item *item);

#endif
