// SPDX-License-Identifier: GPL-2.0
/* What the observer calls: everything goes into the queue, the thread writes it. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "writer.h"

#define GATHER_NS  250000000ull	 /* events wait that long for others of their transaction */
#define RETRY_NS   1000000000ull /* after a failure */
#define LAST_TRIES 3
#define STACK_SIZE (512 * 1024) /* mlockall() makes all of it resident */

struct nct_recorder {
	struct nct_queue queue;
	struct nct_writer writer; /* of the thread, but for its atomics */
	pthread_t thread;
	/* Events for which there was no room, not yet told. */
	uint64_t missed, missed_since_ns, missed_until_ns;
	uint64_t accepted; /* events put into the queue */
	_Atomic uint64_t lost;
};

/* ---- the thread ---- */

/* With what cannot be written there is nothing to wait for any more. */
static void discard(struct nct_recorder *r)
{
	while (!r->queue.stop) {
		nct_queue_wait_work(&r->queue, 0);
		nct_queue_release(&r->queue, r->queue.head);
	}
}

/* The end of it all, or of patience with a disk that refuses. */
static void finish(struct nct_recorder *r)
{
	const struct timespec pause = { .tv_sec = RETRY_NS / 1000000000ull };

	for (int tries = 0; tries < LAST_TRIES; tries++) {
		while (nct_writer_step(&r->writer))
			if (!nct_queue_used(&r->queue))
				return;
		if (tries < LAST_TRIES - 1)
			nanosleep(&pause, NULL);
	}
}

static void *write_all(void *arg)
{
	struct nct_recorder *r = arg;

	while (!r->queue.stop) {
		nct_queue_wait_work(&r->queue, GATHER_NS);
		if (nct_writer_step(&r->writer))
			continue;
		if (r->writer.opts.wait) {
			discard(r);
			return NULL;
		}
		nct_queue_pause(&r->queue, RETRY_NS);
	}
	finish(r);
	return NULL;
}

/* ---- the observer ---- */

static int start_thread(struct nct_recorder *r)
{
	pthread_attr_t attr;
	int rc = pthread_attr_init(&attr);

	if (rc)
		return rc;
	rc = pthread_attr_setstacksize(&attr, STACK_SIZE);
	if (!rc)
		rc = pthread_create(&r->thread, &attr, write_all, r);
	pthread_attr_destroy(&attr);
	return rc;
}

static void free_recorder(struct nct_recorder *r)
{
	nct_queue_free(&r->queue);
	nct_writer_free(&r->writer);
	free(r);
}

static int open_recorder(struct nct_recorder *r, const struct nct_recorder_opts *opts,
			 struct nct_error *err)
{
	int rc;

	r->writer.opts = *opts;
	r->writer.opts.path = nct_file_resolve(opts->path); /* once: links may change */
	r->writer.queue = &r->queue;
	if (!nct_queue_init(&r->queue) || !r->writer.opts.path)
		return nct_fail(err, NCT_EXIT_SYSTEM, "out of memory");
	if (nct_writer_open(&r->writer, err))
		return -1;
	rc = start_thread(r);
	return rc ? nct_fail(err, NCT_EXIT_SYSTEM, "cannot start a thread: %s", strerror(rc)) : 0;
}

int nct_recorder_open(struct nct_recorder **out, const struct nct_recorder_opts *opts,
		      struct nct_error *err)
{
	struct nct_recorder *r = calloc(1, sizeof(*r));

	*out = NULL;
	if (!r)
		return nct_fail(err, NCT_EXIT_SYSTEM, "out of memory");
	r->writer.store.file.lock_fd = r->writer.old_fd = -1;
	if (open_recorder(r, opts, err)) {
		free_recorder(r);
		return -1;
	}
	*out = r;
	return 0;
}

static void put(struct nct_recorder *r, struct nct_item *item, size_t limit)
{
	if (r->writer.opts.wait)
		nct_queue_wait_space(&r->queue, limit);
	if (!nct_queue_put(&r->queue, item, limit))
		nct_item_clear(item);
}

static void miss(struct nct_recorder *r, const struct nct_event *ev)
{
	if (!r->missed++)
		r->missed_since_ns = ev->ts_ns;
	r->missed_until_ns = ev->ts_ns;
	r->lost++;
}

/* Tells of what was missed, in its place; false: there is no room for that either. */
static bool tell_missed(struct nct_recorder *r, size_t limit)
{
	struct nct_item item = { .kind = NCT_ITEM_LOST };

	if (!r->missed)
		return true;
	item.event = (struct nct_event) {
		.ts_ns = r->missed_until_ns,
		.instance = -1,
		.type = NCT_EV_LOST,
	};
	item.event.lost.count = r->missed;
	item.event.lost.since_ns = r->missed_since_ns;
	if (!nct_queue_put(&r->queue, &item, limit))
		return false;
	r->missed = 0;
	return true;
}

void nct_recorder_event(struct nct_recorder *r, const struct nct_event *ev)
{
	struct nct_item item = { .kind = NCT_ITEM_EVENT, .event = *ev };

	if (r->writer.opts.wait)
		nct_queue_wait_space(&r->queue, NCT_QUEUE_EVENTS);
	if (!tell_missed(r, NCT_QUEUE_EVENTS - 1) ||
	    !nct_queue_put(&r->queue, &item, NCT_QUEUE_EVENTS))
		miss(r, ev);
	else
		r->accepted++;
}

void nct_recorder_session(struct nct_recorder *r, const struct nct_session *s)
{
	struct nct_item item = { .kind = NCT_ITEM_SESSION, .session = malloc(sizeof(*s)) };

	if (!item.session)
		return;
	*item.session = *s;
	tell_missed(r, r->queue.size);
	put(r, &item, r->queue.size);
}

void nct_recorder_anchor(struct nct_recorder *r, const struct nct_anchor *a)
{
	struct nct_item item = { .kind = NCT_ITEM_ANCHOR, .anchor = *a };

	put(r, &item, NCT_QUEUE_EVENTS + NCT_QUEUE_RESERVE / 2);
}

void nct_recorder_hook(struct nct_recorder *r, const char *name, const char *rung,
		       const char *reason)
{
	struct nct_item item = { .kind = NCT_ITEM_HOOK, .hook = calloc(1, sizeof(*item.hook)) };

	if (!item.hook)
		return;
	snprintf(item.hook->name, sizeof(item.hook->name), "%s", name);
	snprintf(item.hook->rung, sizeof(item.hook->rung), "%s", rung ? rung : "");
	snprintf(item.hook->reason, sizeof(item.hook->reason), "%s", reason ? reason : "");
	put(r, &item, NCT_QUEUE_EVENTS + NCT_QUEUE_RESERVE / 2);
}

void nct_recorder_stats(struct nct_recorder *r, struct nct_recorder_stats *stats)
{
	*stats = (struct nct_recorder_stats) {
		.events = r->writer.events,
		.lost = r->lost,
		.failures = r->writer.failures,
		.rotations = r->writer.rotations,
		.failing = r->writer.failing_now,
	};
}

int nct_recorder_close(struct nct_recorder *r, uint64_t end_ns, struct nct_error *err)
{
	struct nct_item end = { .kind = NCT_ITEM_END, .end_ns = end_ns };
	int rc = 0;

	if (!r)
		return 0;
	tell_missed(r, r->queue.size);
	put(r, &end, r->queue.size);
	nct_queue_stop(&r->queue);
	pthread_join(r->thread, NULL);
	if (r->writer.failing)
		rc = nct_fail(err, NCT_EXIT_SYSTEM, "%.400s; events not recorded: %llu",
			      r->writer.error.text,
			      (unsigned long long)(r->accepted - r->writer.events));
	free_recorder(r);
	return rc;
}
