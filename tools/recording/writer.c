// SPDX-License-Identifier: GPL-2.0
/* Transactions: all of what is queued, or nothing, which is then tried again. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "writer.h"

static void say(struct nct_writer *w, const char *text)
{
	if (w->opts.say)
		w->opts.say(w->opts.ctx, text);
}

void nct_writer_say(struct nct_writer *w, const char *fmt, ...)
{
	char text[sizeof(w->error.text) + 160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	say(w, text);
}

void nct_writer_failed(struct nct_writer *w, const char *fmt, ...)
{
	char text[sizeof(w->error.text) + 160];
	va_list ap;

	w->error.code = NCT_EXIT_SYSTEM;
	va_start(ap, fmt);
	vsnprintf(w->error.text, sizeof(w->error.text), fmt, ap);
	va_end(ap);
	w->failures++;
	if (!w->failing && !w->opts.wait) {
		snprintf(text, sizeof(text),
			 "%s; it is tried again each second, and %d events are kept meanwhile",
			 w->error.text, NCT_QUEUE_EVENTS);
		say(w, text);
	}
	w->failing = w->failing_now = true;
}

static void succeeded(struct nct_writer *w)
{
	char text[512];

	if (w->failing) {
		snprintf(text, sizeof(text), "%.400s is written to again", w->opts.path);
		say(w, text);
	}
	w->failing = w->failing_now = false;
}

static int insert(struct nct_writer *w, int64_t place, const struct nct_item *item)
{
	struct nct_store *s = &w->store;
	int64_t session = item->session_row;

	if (!session)
		return 0;
	switch (item->kind) {
	case NCT_ITEM_EVENT:
	case NCT_ITEM_LOST:
		return nct_store_event(s, place, session, &item->event,
				       item->kind == NCT_ITEM_LOST);
	case NCT_ITEM_ANCHOR:
		return nct_store_anchor(s, place, session, &item->anchor);
	case NCT_ITEM_SESSION:
		return nct_store_session(s, place, session, item->session);
	case NCT_ITEM_HOOK:
		return nct_store_hook(s, place, session, item->hook);
	case NCT_ITEM_END:
		break;
	}
	return 0;
}

static int insert_all(struct nct_writer *w)
{
	const struct nct_course *c = &w->course;
	int rc = 0;

	for (size_t i = 0; !rc && !w->rotating && i < w->npreamble; i++)
		rc = insert(w, w->preamble_place + (int64_t)i, &w->preamble[i]);
	for (uint64_t i = w->queue->tail; !rc && i < w->reduced; i++)
		rc = insert(w, w->place_base + (int64_t)i, nct_queue_item(w->queue, i));
	for (size_t i = 0; !rc && i < c->nended; i++)
		rc = nct_store_recovery(&w->store, &c->ended[i]);
	for (size_t i = 0; !rc && i < c->nclosed; i++)
		rc = nct_store_closed(&w->store, &c->closed[i]);
	return rc ? rc : nct_store_flush(&w->store);
}

int nct_writer_transaction(struct nct_writer *w)
{
	int rc = nct_store_begin(&w->store);

	if (rc)
		return rc;
	rc = insert_all(w);
	return rc ? rc : nct_store_commit(&w->store);
}

static void forget_preamble(struct nct_writer *w)
{
	for (size_t i = 0; i < w->npreamble; i++)
		nct_item_clear(&w->preamble[i]);
	free(w->preamble);
	w->preamble = NULL;
	w->npreamble = 0;
}

static void committed(struct nct_writer *w)
{
	uint64_t events = 0;

	if (!w->rotating) { /* else it is for the new file */
		for (size_t i = 0; i < w->npreamble; i++)
			nct_course_stored(&w->course, &w->preamble[i]);
		forget_preamble(w);
	}
	for (uint64_t i = w->queue->tail; i < w->reduced; i++) {
		const struct nct_item *item = nct_queue_item(w->queue, i);

		events += item->kind == NCT_ITEM_EVENT;
		nct_course_stored(&w->course, item);
	}
	nct_course_committed(&w->course);
	nct_queue_release(w->queue, w->reduced);
	succeeded(w);
	w->events += events; /* last: who sees them counted finds their room free, and no failure */
}

/* Nothing while the session that has ended waits for the end of its file. */
static void reduce(struct nct_writer *w)
{
	uint64_t head = w->queue->head;

	if (w->rotating)
		return;
	while (w->reduced < head) {
		nct_course_item(&w->course, nct_queue_item(w->queue, w->reduced++));
		if (w->seeks_quiet && nct_course_quiet(&w->course))
			break;
	}
}

bool nct_writer_flush(struct nct_writer *w)
{
	int rc;

	reduce(w);
	if (w->reduced == w->queue->tail && (!w->npreamble || w->rotating) && !w->course.nended &&
	    !w->course.nclosed)
		return true;
	rc = nct_writer_transaction(w);
	if (rc) {
		char why[256];

		snprintf(why, sizeof(why), "%s", nct_file_why(w->store.file.db, rc));
		nct_store_rollback(&w->store);
		nct_writer_failed(w, "cannot write to %s: %s", w->opts.path, why);
		return false;
	}
	committed(w);
	return true;
}

bool nct_writer_step(struct nct_writer *w)
{
	if (!w->rotating && nct_file_gone(&w->store.file) && !nct_writer_leave(w))
		return false;
	if (w->rotating && !nct_writer_rotate(w))
		return false;
	if (!nct_writer_flush(w))
		return false;
	nct_writer_rotate_if_due(w);
	return !w->rotating || nct_writer_rotate(w);
}

int nct_writer_open(struct nct_writer *w, struct nct_error *err)
{
	if (nct_store_open(&w->store, w->opts.path, err))
		return -1;
	w->course.row = (uint32_t)w->store.last_session;
	w->course.last_recovery = w->store.last_recovery;
	w->place_base = w->store.last_place + 1 - (int64_t)w->reduced;
	w->file_since_ns = nct_monotonic_ns();
	return 0;
}

void nct_writer_free(struct nct_writer *w)
{
	forget_preamble(w);
	nct_course_free(&w->course);
	nct_store_close(&w->store);
	if (w->old_fd >= 0)
		close(w->old_fd);
	free((char *)w->opts.path);
}
