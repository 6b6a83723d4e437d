// SPDX-License-Identifier: GPL-2.0
#include "order.h"

#include <errno.h>
#include <stdlib.h>

struct held {
	uint64_t ts_ns;
	uint64_t arrival;
	struct nct_event *ev;
};

/* A binary heap, the oldest on top. */
struct nct_order {
	struct held *heap;
	size_t n;
	size_t room;
	uint64_t arrivals;
};

struct nct_order *nct_order_new(void)
{
	return calloc(1, sizeof(struct nct_order));
}

void nct_order_free(struct nct_order *o)
{
	if (!o)
		return;
	for (size_t i = 0; i < o->n; i++)
		free(o->heap[i].ev);
	free(o->heap);
	free(o);
}

static bool before(const struct held *a, const struct held *b)
{
	return a->ts_ns != b->ts_ns ? a->ts_ns < b->ts_ns : a->arrival < b->arrival;
}

static void swap(struct held *a, struct held *b)
{
	struct held t = *a;

	*a = *b;
	*b = t;
}

static void sift_up(struct held *heap, size_t i)
{
	while (i && before(&heap[i], &heap[(i - 1) / 2])) {
		swap(&heap[i], &heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
}

static void sift_down(struct held *heap, size_t n, size_t i)
{
	for (;;) {
		size_t least = i;

		for (size_t kid = 2 * i + 1; kid <= 2 * i + 2 && kid < n; kid++)
			if (before(&heap[kid], &heap[least]))
				least = kid;
		if (least == i)
			return;
		swap(&heap[i], &heap[least]);
		i = least;
	}
}

static int make_room(struct nct_order *o)
{
	size_t room = o->room ? 2 * o->room : 64;
	struct held *heap;

	if (o->n < o->room)
		return 0;
	heap = realloc(o->heap, room * sizeof(*heap));
	if (!heap)
		return -ENOMEM;
	o->heap = heap;
	o->room = room;
	return 0;
}

int nct_order_add(struct nct_order *o, const struct nct_event *ev)
{
	struct nct_event *copy = malloc(sizeof(*copy));

	if (!copy || make_room(o)) {
		free(copy);
		return -ENOMEM;
	}
	*copy = *ev;
	o->heap[o->n] = (struct held) { ev->ts_ns, o->arrivals++, copy };
	sift_up(o->heap, o->n++);
	// cppcheck-suppress memleak ; it is in the heap now
	return 0;
}

static struct nct_event *take(struct nct_order *o)
{
	struct nct_event *ev = o->heap[0].ev;

	o->heap[0] = o->heap[--o->n];
	sift_down(o->heap, o->n, 0);
	return ev;
}

int nct_order_flush(struct nct_order *o, uint64_t until_ns, nct_event_fn fn, void *ctx)
{
	int ret = 0;

	while (!ret && o->n && o->heap[0].ts_ns <= until_ns) {
		struct nct_event *ev = take(o);

		ret = fn(ctx, ev);
		free(ev);
	}
	return ret;
}

size_t nct_order_held(const struct nct_order *o)
{
	return o->n;
}
