// SPDX-License-Identifier: GPL-2.0
/* One session on its way through the reducer. */
#include <stdlib.h>
#include <string.h>

#include "writer.h"

/* Room for one more of *n elements; false: out of memory. */
static bool grow(void **array, size_t n, size_t *size, size_t element)
{
	size_t bigger = *size ? 2 * *size : 16;
	void *grown;

	if (n < *size)
		return true;
	grown = realloc(*array, bigger * element);
	if (!grown)
		return false;
	*array = grown;
	*size = bigger;
	return true;
}

static void *copy(const void *from, size_t n, size_t element)
{
	void *to = n ? malloc(n * element) : NULL;

	if (to)
		memcpy(to, from, n * element);
	return to;
}

/* False: out of memory; spans or attempts are missing then, and not counted. */
static void deep_copy(struct nct_recovery *to, const struct nct_recovery *from)
{
	*to = *from;
	to->spans = copy(from->spans, from->nspans, sizeof(*from->spans));
	to->ccr = copy(from->ccr, from->nccr, sizeof(*from->ccr));
	if (!to->spans)
		to->nspans = 0;
	if (!to->ccr)
		to->nccr = 0;
}

static void on_end(void *ctx, const struct nct_recovery *rec)
{
	struct nct_course *c = ctx;
	struct nct_ended *e;

	c->last_recovery++; /* the number stays that of a fresh reduction */
	if (!grow((void **)&c->ended, c->nended, &c->ended_size, sizeof(*c->ended)))
		return;
	e = &c->ended[c->nended++];
	memset(e, 0, sizeof(*e));
	deep_copy(&e->rec, rec);
	e->id = c->last_recovery;
	e->session = c->row;
	e->has_anchor = c->anchors.added != 0;
	if (e->has_anchor)
		e->anchor = *nct_anchors_near(&c->anchors, rec->start_ns);
}

static void saw(struct nct_course *c, uint64_t ns)
{
	if (ns > c->last_ns)
		c->last_ns = ns;
}

static void on_event(struct nct_course *c, const struct nct_event *ev)
{
	saw(c, ev->ts_ns);
	nct_reducer_push(c->reducer, ev); /* -ENOMEM: it counts it as lost */
}

/* Without memory for a reducer there is no session. */
static void begin(struct nct_course *c, const struct nct_session *session)
{
	static const struct nct_reducer_ops ops = { .end = on_end };
	uint32_t row = c->row;

	c->reducer = nct_reducer_new(session->dialect, &ops, c);
	c->session = *session;
	c->last_ns = session->start_ns;
	c->row = row + 1;
}

void nct_course_end(struct nct_course *c, uint64_t end_ns)
{
	struct nct_closed *closed;

	if (!c->reducer)
		return;
	if (end_ns == NCT_NONE)
		end_ns = c->last_ns;
	nct_reducer_finish(c->reducer, end_ns);
	if (grow((void **)&c->closed, c->nclosed, &c->closed_size, sizeof(*c->closed))) {
		closed = &c->closed[c->nclosed++];
		closed->session = c->row;
		closed->end_ns = end_ns;
		closed->stats = *nct_reducer_stats(c->reducer);
	}
	nct_reducer_free(c->reducer);
	c->reducer = NULL;
}

bool nct_course_quiet(const struct nct_course *c)
{
	return !c->reducer || !nct_reducer_stats(c->reducer)->open;
}

void nct_course_item(struct nct_course *c, struct nct_item *item)
{
	if (item->kind == NCT_ITEM_SESSION) {
		nct_course_end(c, c->session.end_ns);
		memset(&c->anchors, 0, sizeof(c->anchors));
		begin(c, item->session);
	}
	item->session_row = c->reducer ? c->row : 0;
	if (!c->reducer)
		return;
	switch (item->kind) {
	case NCT_ITEM_EVENT:
	case NCT_ITEM_LOST:
		on_event(c, &item->event);
		break;
	case NCT_ITEM_ANCHOR:
		saw(c, item->anchor.monotonic_ns);
		nct_anchors_add(&c->anchors, &item->anchor);
		break;
	case NCT_ITEM_END:
		nct_course_end(c, item->end_ns);
		break;
	case NCT_ITEM_HOOK:
	case NCT_ITEM_SESSION:
		break;
	}
}

/* ---- what is on the disk ---- */

static void forget(struct nct_base *b)
{
	nct_known_clear(&b->known);
	free(b->hooks);
	memset(b, 0, sizeof(*b));
}

static void store_session(struct nct_base *b, const struct nct_session *s)
{
	forget(b);
	b->running = true;
	b->session = *s;
	b->last_ns = s->start_ns;
}

static void store_event(struct nct_base *b, const struct nct_event *ev)
{
	if (ev->ts_ns > b->last_ns)
		b->last_ns = ev->ts_ns;
	if (ev->type == NCT_EV_DIALECT)
		b->session.dialect = ev->dialect;
	nct_known_event(&b->known, ev);
}

static void store_anchor(struct nct_base *b, const struct nct_anchor *a)
{
	if (a->monotonic_ns > b->last_ns)
		b->last_ns = a->monotonic_ns;
	b->has_anchor = true;
	b->anchor = *a;
}

/* As told last. */
static void store_hook(struct nct_base *b, const struct nct_hook_row *hook)
{
	struct nct_hook_row *grown;

	for (size_t i = 0; i < b->nhooks; i++)
		if (!strcmp(b->hooks[i].name, hook->name)) {
			b->hooks[i] = *hook;
			return;
		}
	grown = realloc(b->hooks, (b->nhooks + 1) * sizeof(*grown));
	if (!grown)
		return;
	b->hooks = grown;
	b->hooks[b->nhooks++] = *hook;
}

void nct_course_stored(struct nct_course *c, const struct nct_item *item)
{
	if (!item->session_row)
		return;
	switch (item->kind) {
	case NCT_ITEM_SESSION:
		store_session(&c->base, item->session);
		break;
	case NCT_ITEM_EVENT:
	case NCT_ITEM_LOST:
		store_event(&c->base, &item->event);
		break;
	case NCT_ITEM_ANCHOR:
		store_anchor(&c->base, &item->anchor);
		break;
	case NCT_ITEM_HOOK:
		store_hook(&c->base, item->hook);
		break;
	case NCT_ITEM_END:
		c->base.running = false;
		break;
	}
}

/* ---- going on in another file ---- */

struct items {
	struct nct_item *item;
	size_t n;
};

static void add_snapshot(void *ctx, const struct nct_event *ev)
{
	struct items *items = ctx;

	items->item[items->n++] = (struct nct_item) { .kind = NCT_ITEM_EVENT, .event = *ev };
}

static void add_hook(struct items *items, const struct nct_hook_row *hook)
{
	struct nct_item item = { .kind = NCT_ITEM_HOOK, .hook = copy(hook, 1, sizeof(*hook)) };

	if (item.hook)
		items->item[items->n++] = item;
}

bool nct_course_go_on(const struct nct_course *c, struct nct_item **preamble, size_t *n)
{
	const struct nct_base *b = &c->base;
	struct items items = { NULL, 0 };
	struct nct_session *session;

	*preamble = NULL;
	*n = 0;
	if (!b->running)
		return true;
	items.item = calloc(2 + b->nhooks + b->known.n, sizeof(*items.item));
	session = copy(&b->session, 1, sizeof(b->session));
	if (!items.item || !session) {
		free(items.item);
		free(session);
		return false;
	}
	session->start_ns = b->last_ns;
	items.item[items.n++] = (struct nct_item) { .kind = NCT_ITEM_SESSION, .session = session };
	if (b->has_anchor)
		items.item[items.n++] =
			(struct nct_item) { .kind = NCT_ITEM_ANCHOR, .anchor = b->anchor };
	for (size_t i = 0; i < b->nhooks; i++)
		add_hook(&items, &b->hooks[i]);
	nct_known_each(&b->known, b->last_ns, add_snapshot, &items);
	*preamble = items.item;
	*n = items.n;
	return true;
}

void nct_course_committed(struct nct_course *c)
{
	for (size_t i = 0; i < c->nended; i++) {
		free(c->ended[i].rec.spans);
		free(c->ended[i].rec.ccr);
	}
	c->nended = c->nclosed = 0;
}

void nct_course_drop(struct nct_course *c)
{
	nct_course_committed(c);
	nct_reducer_free(c->reducer);
	c->reducer = NULL;
	memset(&c->anchors, 0, sizeof(c->anchors));
}

void nct_course_free(struct nct_course *c)
{
	nct_course_drop(c);
	forget(&c->base);
	free(c->ended);
	free(c->closed);
}
