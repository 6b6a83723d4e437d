// SPDX-License-Identifier: GPL-2.0
/*
 * New files. The session ends in the old one and goes on as another in the new one, which
 * begins with all that is known: so each file can be read without the others.
 */
#include <unistd.h>

#include "writer.h"

/* A recovery is not torn apart, unless they never end. */
enum due {
	NOT_DUE,
	WHEN_QUIET,
	AT_ONCE, /* at twice the limit */
};

static enum due due_by(uint64_t is, uint64_t limit)
{
	if (!limit || is < limit)
		return NOT_DUE;
	return is / 2 >= limit ? AT_ONCE : WHEN_QUIET;
}

static enum due due(struct nct_writer *w)
{
	uint64_t size = w->opts.rotate_bytes ? nct_store_size(&w->store) : 0;
	uint64_t grown = size > w->size_base ? size - w->size_base : 0;
	enum due by_size = due_by(grown, w->opts.rotate_bytes);
	enum due by_age = due_by(nct_monotonic_ns() - w->file_since_ns, w->opts.rotate_ns);

	if (!w->course.reducer)
		return NOT_DUE;
	return by_size > by_age ? by_size : by_age;
}

void nct_writer_rotate_if_due(struct nct_writer *w)
{
	enum due how = due(w);

	w->seeks_quiet = how != NOT_DUE;
	if (how == NOT_DUE || (how == WHEN_QUIET && !nct_course_quiet(&w->course)))
		return;
	/* While somebody reads it, the old file cannot be made complete: later, then. */
	w->seeks_quiet = false;
	if (nct_file_settle(&w->store.file))
		return;
	if (!nct_course_go_on(&w->course, &w->preamble, &w->npreamble))
		return; /* no memory: later */
	nct_course_end(&w->course, NCT_NONE);
	w->rotating = NCT_ROTATE_END;
}

/* The old file is continued, with a session more; a new one is due again at the next limit. */
static void stay(struct nct_writer *w, const char *why)
{
	if (w->old_fd >= 0)
		close(w->old_fd); /* its lock is needed again */
	w->old_fd = -1;
	w->aside = false;
	w->stays = true;
	if (!w->stays_said)
		nct_writer_say(w,
			       "%s; no new file is begun, it is tried again at the next limit of "
			       "--rotate",
			       why);
	w->stays_said = true;
}

static void move_aside(struct nct_writer *w)
{
	struct nct_error err;

	w->aside = w->stays = false;
	if (!nct_file_is(w->old_fd, w->opts.path))
		return; /* somebody else has */
	if (nct_file_move_aside(w->opts.path, w->opts.keep, &err))
		stay(w, err.text);
	else
		w->aside = true;
}

/* Without a new one the old one takes its name again. */
static bool open_next(struct nct_writer *w, struct nct_error *err)
{
	if (!nct_writer_open(w, err))
		return true;
	if (!w->aside || !nct_file_move_back(w->opts.path, w->old_fd))
		return false;
	stay(w, err->text);
	return !nct_writer_open(w, err);
}

static bool begin_new(struct nct_writer *w)
{
	struct nct_error err;

	if (!open_next(w, &err)) {
		nct_writer_failed(w, "%s", err.text);
		return false;
	}
	if (w->old_fd >= 0)
		close(w->old_fd);
	w->old_fd = -1;
	w->preamble_place = w->store.last_place + 1;
	for (size_t i = 0; i < w->npreamble; i++)
		nct_course_item(&w->course, &w->preamble[i]);
	w->place_base += (int64_t)w->npreamble;
	w->size_base = w->stays ? nct_store_size(&w->store) : 0;
	w->stays_said = w->stays;
	w->rotations += !w->stays;
	return true;
}

bool nct_writer_rotate(struct nct_writer *w)
{
	if (w->rotating == NCT_ROTATE_END) {
		if (!nct_writer_flush(w))
			return false;
		w->old_fd = nct_store_close_locked(&w->store);
		w->rotating = NCT_ROTATE_MOVE;
	}
	if (w->rotating == NCT_ROTATE_MOVE) {
		move_aside(w);
		w->rotating = NCT_ROTATE_BEGIN;
	}
	if (!begin_new(w))
		return false;
	w->rotating = NCT_ROTATE_NO;
	return nct_writer_flush(w);
}

/* ---- a file that was taken away ---- */

/* The file that has another name now gets the end of its session, if it holds all that went
 * through the reducer: else the session is cut off here, and goes on with that elsewhere. */
static void end_moved(struct nct_writer *w)
{
	if (w->reduced != w->queue->tail || w->npreamble || !w->course.reducer)
		return;
	nct_course_end(&w->course, NCT_NONE);
	if (nct_writer_transaction(w))
		nct_store_rollback(&w->store);
	nct_course_drop(&w->course);
}

/* Its log, which has kept the old name, would be lost with the next file of that name. */
static bool complete_moved(struct nct_writer *w)
{
	int rc;

	end_moved(w);
	rc = nct_file_complete(&w->store.file);
	if (rc)
		nct_writer_failed(
			w, "%.200s was moved, and its log %.200s-wal cannot be put into it: %s",
			w->opts.path, w->opts.path, nct_file_why(w->store.file.db, rc));
	return !rc;
}

bool nct_writer_leave(struct nct_writer *w)
{
	bool removed = nct_file_removed(&w->store.file);

	if (w->opts.wait) { /* it can all be read again, into one file */
		nct_writer_failed(w, "%s was %s while it was written", w->opts.path,
				  removed ? "removed" : "moved or replaced");
		return false;
	}
	if (!removed && !complete_moved(w))
		return false;
	if (!w->npreamble && !nct_course_go_on(&w->course, &w->preamble, &w->npreamble)) {
		nct_writer_failed(w, "out of memory");
		return false;
	}
	nct_writer_say(w, "%s was %s; a new file of that name is begun", w->opts.path,
		       removed ? "removed, with what was in it" : "moved or replaced");
	nct_store_close(&w->store);
	nct_course_drop(&w->course);
	w->reduced = w->queue->tail;
	w->seeks_quiet = w->aside = w->stays = false;
	w->rotating = NCT_ROTATE_BEGIN;
	return true;
}
