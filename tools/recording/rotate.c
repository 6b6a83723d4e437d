// SPDX-License-Identifier: GPL-2.0
/*
 * New files. The session ends in the old one and goes on as another in the new one, which
 * begins with all that is known: so each file can be read without the others.
 */
#include <stdio.h>
#include <string.h>

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
	enum due by_size = due_by(size, w->opts.rotate_bytes);
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

void nct_writer_leave_if_displaced(struct nct_writer *w)
{
	char text[512];

	if (w->rotating || !w->course.reducer || nct_file_in_place(&w->store.file, w->opts.path))
		return;
	if (!nct_course_go_on(&w->course, &w->preamble, &w->npreamble))
		return; /* no memory: later */
	snprintf(text, sizeof(text),
		 "%.300s was moved or removed while it was recorded to: the recording goes on in a "
		 "new "
		 "file of that name (--rotate needs no other tool)",
		 w->opts.path);
	nct_writer_say(w, text);
	nct_course_end(&w->course, NCT_NONE);
	w->displaced = true;
	w->rotating = NCT_ROTATE_END;
}

static bool move_aside(struct nct_writer *w)
{
	int rc = nct_file_move_aside(w->opts.path, w->opts.keep);

	if (!rc)
		return true;
	nct_writer_failed(w, "cannot move %s aside: %s", w->opts.path, strerror(-rc));
	return false;
}

static bool begin_new(struct nct_writer *w)
{
	struct nct_error err;

	if (nct_writer_open(w, &err)) {
		nct_writer_failed(w, "%s", err.text);
		return false;
	}
	for (size_t i = 0; i < w->npreamble; i++)
		nct_course_item(&w->course, &w->preamble[i]);
	w->place_base += (int64_t)w->npreamble;
	w->rotations++;
	return true;
}

bool nct_writer_rotate(struct nct_writer *w)
{
	if (w->rotating == NCT_ROTATE_END) {
		if (!nct_writer_flush(w))
			return false;
		nct_store_close(&w->store);
		w->rotating = NCT_ROTATE_MOVE;
	}
	if (w->rotating == NCT_ROTATE_MOVE) {
		if (!w->displaced && !move_aside(w))
			return false;
		w->rotating = NCT_ROTATE_BEGIN;
	}
	if (!begin_new(w))
		return false;
	w->rotating = NCT_ROTATE_NO;
	w->displaced = false;
	return nct_writer_flush(w);
}
