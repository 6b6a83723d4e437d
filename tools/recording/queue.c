// SPDX-License-Identifier: GPL-2.0
#include "queue.h"

#include <stdlib.h>
#include <time.h>

#define NSEC_PER_SEC 1000000000ull

bool nct_queue_init(struct nct_queue *q)
{
	q->size = NCT_QUEUE_EVENTS + NCT_QUEUE_RESERVE;
	q->ring = malloc(q->size * sizeof(*q->ring));
	sem_init(&q->work, 0, 0);
	sem_init(&q->space, 0, 0);
	return q->ring != NULL;
}

void nct_queue_free(struct nct_queue *q)
{
	nct_queue_release(q, q->head);
	sem_destroy(&q->work);
	sem_destroy(&q->space);
	free(q->ring);
	q->ring = NULL;
}

size_t nct_queue_used(struct nct_queue *q)
{
	return (size_t)(q->head - q->tail);
}

struct nct_item *nct_queue_item(struct nct_queue *q, uint64_t index)
{
	return &q->ring[index % q->size];
}

bool nct_queue_put(struct nct_queue *q, const struct nct_item *item, size_t limit)
{
	uint64_t head = atomic_load_explicit(&q->head, memory_order_relaxed);
	size_t used = (size_t)(head - q->tail);

	if (used >= limit || used >= q->size)
		return false;
	*nct_queue_item(q, head) = *item;
	q->head = head + 1;
	/* Read again: if the other side has emptied it meanwhile, it sleeps, or will see us. */
	used = (size_t)(head + 1 - q->tail);
	if (used == 1 || used == NCT_QUEUE_EVENTS / 2)
		sem_post(&q->work);
	return true;
}

static int sleep_on(sem_t *sem)
{
	int rc;

	do
		rc = sem_wait(sem);
	while (rc); /* a signal */
	return rc;
}

void nct_queue_wait_space(struct nct_queue *q, size_t limit)
{
	while (nct_queue_used(q) >= limit) {
		q->blocked = true;
		if (nct_queue_used(q) >= limit)
			sleep_on(&q->space);
		q->blocked = false;
	}
}

void nct_queue_stop(struct nct_queue *q)
{
	q->stop = true;
	sem_post(&q->work);
}

static struct timespec after(uint64_t delay_ns)
{
	uint64_t at_ns = nct_monotonic_ns() + delay_ns;

	return (struct timespec) { .tv_sec = (time_t)(at_ns / NSEC_PER_SEC),
				   .tv_nsec = (long)(at_ns % NSEC_PER_SEC) };
}

/* Any error but a signal is the time being over. */
static bool sleep_until(sem_t *sem, const struct timespec *end)
{
	return !sem_clockwait(sem, CLOCK_MONOTONIC, end);
}

void nct_queue_wait_work(struct nct_queue *q, uint64_t delay_ns)
{
	struct timespec end;

	while (!q->stop && !nct_queue_used(q))
		sleep_on(&q->work);
	end = after(delay_ns);
	while (!q->stop && nct_queue_used(q) < NCT_QUEUE_EVENTS / 2)
		if (!sleep_until(&q->work, &end))
			return;
}

void nct_queue_pause(struct nct_queue *q, uint64_t delay_ns)
{
	struct timespec end = after(delay_ns);

	while (!q->stop && sleep_until(&q->work, &end))
		;
}

void nct_item_clear(struct nct_item *item)
{
	if (item->kind == NCT_ITEM_SESSION)
		free(item->session);
	else if (item->kind == NCT_ITEM_HOOK)
		free(item->hook);
}

void nct_queue_release(struct nct_queue *q, uint64_t index)
{
	for (uint64_t i = q->tail; i < index; i++)
		nct_item_clear(nct_queue_item(q, i));
	q->tail = index;
	if (q->blocked)
		sem_post(&q->space);
}
