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
	nct_known_event(&c->known, ev);
	if (ev->type == NCT_EV_DIALECT)
		c->session.dialect = ev->dialect;
	nct_reducer_push(c->reducer, ev); /* -ENOMEM: it counts it as lost */
}

/* As told last. */
static void on_hook(struct nct_course *c, const struct nct_hook_row *hook)
{
	struct nct_hook_row *grown;

	for (size_t i = 0; i < c->nhooks; i++)
		if (!strcmp(c->hooks[i].name, hook->name)) {
			c->hooks[i] = *hook;
			return;
		}
	grown = realloc(c->hooks, (c->nhooks + 1) * sizeof(*grown));
	if (!grown)
		return;
	c->hooks = grown;
	c->hooks[c->nhooks++] = *hook;
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

static void forget(struct nct_course *c)
{
	nct_known_clear(&c->known);
	memset(&c->anchors, 0, sizeof(c->anchors));
	free(c->hooks);
	c->hooks = NULL;
	c->nhooks = 0;
}

void nct_course_item(struct nct_course *c, struct nct_item *item)
{
	if (item->kind == NCT_ITEM_SESSION) {
		nct_course_end(c, c->session.end_ns);
		forget(c);
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
	case NCT_ITEM_HOOK:
		on_hook(c, item->hook);
		break;
	case NCT_ITEM_END:
		nct_course_end(c, item->end_ns);
		break;
	case NCT_ITEM_SESSION:
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

bool nct_course_go_on(struct nct_course *c, struct nct_item **preamble, size_t *n)
{
	struct items items = { calloc(2 + c->nhooks + c->known.n, sizeof(*items.item)), 0 };
	struct nct_session *session = copy(&c->session, 1, sizeof(c->session));
	struct nct_anchor *latest =
		&c->anchors.ring[(c->anchors.added + NCT_ANCHORS_KEPT - 1) % NCT_ANCHORS_KEPT];

	if (!items.item || !session) {
		free(items.item);
		free(session);
		return false;
	}
	session->start_ns = c->last_ns;
	items.item[items.n++] = (struct nct_item) { .kind = NCT_ITEM_SESSION, .session = session };
	if (c->anchors.added)
		items.item[items.n++] =
			(struct nct_item) { .kind = NCT_ITEM_ANCHOR, .anchor = *latest };
	for (size_t i = 0; i < c->nhooks; i++)
		add_hook(&items, &c->hooks[i]);
	nct_known_each(&c->known, c->last_ns, add_snapshot, &items);
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

void nct_course_free(struct nct_course *c)
{
	nct_course_committed(c);
	nct_reducer_free(c->reducer);
	c->reducer = NULL;
	forget(c);
	free(c->ended);
	free(c->closed);
}
