/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The side of the recorder that has the disk: it reduces what the queue holds, writes it in
 * transactions, tries again what failed, and begins new files.
 *
 *	recorder.c  what the observer calls; the thread
 *	writer.c    transactions
 *	session.c   one session: its reducer, what it has derived and not yet written
 *	rotate.c    new files
 */
#ifndef NCT_RECORDING_WRITER_H
#define NCT_RECORDING_WRITER_H

#include "../sys/anchors.h"
#include "known.h"
#include "queue.h"

/* What the file holds of a session that has not ended in it: with that, another file goes on. */
struct nct_base {
	bool running;
	struct nct_session session;
	uint64_t last_ns;
	bool has_anchor;
	struct nct_anchor anchor; /* the latest */
	struct nct_known known;
	struct nct_hook_row *hooks; /* as told last, each once */
	size_t nhooks;
};

/* The session under way, and what is derived from it but not committed. */
struct nct_course {
	struct nct_base base;
	uint32_t row; /* session.id; 0: there is none */
	struct nct_session session;
	uint64_t last_ns; /* of an event or anchor */
	struct nct_reducer *reducer;
	struct nct_anchors anchors;
	int64_t last_recovery; /* id */

	struct nct_ended *ended;
	size_t nended, ended_size;
	struct nct_closed *closed;
	size_t nclosed, closed_size;
};

/* What is to be done next to begin a new file; meanwhile the queue waits. */
enum nct_rotate {
	NCT_ROTATE_NO,
	NCT_ROTATE_END,	  /* write the end of the session, close the old file */
	NCT_ROTATE_MOVE,  /* move it aside */
	NCT_ROTATE_BEGIN, /* create the new one */
};

struct nct_writer {
	struct nct_recorder_opts opts; /* path is owned */
	struct nct_queue *queue;
	struct nct_store store;
	struct nct_course course;
	uint64_t reduced;	/* index in the queue: what lies before went through the reducer */
	int64_t place_base;	/* index in the queue → place in the file */
	uint64_t file_since_ns; /* CLOCK_MONOTONIC; when the file was begun, or appended to */

	/* What a new file begins with. */
	struct nct_item *preamble;
	size_t npreamble;
	int64_t preamble_place; /* of the first */
	enum nct_rotate rotating;
	bool seeks_quiet; /* a new file is due: a transaction ends where no recovery is open */
	int old_fd;	  /* the lock of the old file until there is the new one, or -1 */
	bool aside;	  /* the old file was moved aside */
	bool stays;	  /* it could not be: it is continued */
	bool stays_said;
	uint64_t size_base; /* when it was found that it stays: it has to grow from there */

	bool failing;
	struct nct_error error; /* the last one */
	_Atomic uint64_t events, failures, rotations;
	atomic_bool failing_now;
};

/* ---- session.c ---- */

/* Takes the item into account, and sets its session_row. */
void nct_course_item(struct nct_course *c, struct nct_item *item);
/* end_ns NCT_NONE: at its last event. No session: does nothing. */
void nct_course_end(struct nct_course *c, uint64_t end_ns);
/* The item is on the disk. */
void nct_course_stored(struct nct_course *c, const struct nct_item *item);
/* What the session that is on the disk begins with in another file; no items if there is none.
 * False: out of memory. */
bool nct_course_go_on(const struct nct_course *c, struct nct_item **preamble, size_t *n);
/* As if nothing had gone through it but what was stored. */
void nct_course_drop(struct nct_course *c);
/* No recovery is open. */
bool nct_course_quiet(const struct nct_course *c);
/* What was derived is on the disk. */
void nct_course_committed(struct nct_course *c);
void nct_course_free(struct nct_course *c);

/* ---- writer.c ---- */

/* Opens the file, and goes on where it ends. 0, or -1 and *err as nct_recorder_open(). */
int nct_writer_open(struct nct_writer *w, struct nct_error *err);

/*
 * Writes what is in the queue (up to where a new file is to begin), and what was derived;
 * begins a new file if it is time. False: it failed, is all still there, and was said.
 */
bool nct_writer_step(struct nct_writer *w);
void nct_writer_free(struct nct_writer *w);

/* Shared with rotate.c. */
bool nct_writer_flush(struct nct_writer *w);
/* A line for who watches. */
__attribute__((format(printf, 2, 3))) void nct_writer_say(struct nct_writer *w, const char *fmt,
							  ...);
/* 0, or an SQLite code: then it is to be rolled back. */
int nct_writer_transaction(struct nct_writer *w);
/* Fills w->error, and says so if it is news. */
__attribute__((format(printf, 2, 3))) void nct_writer_failed(struct nct_writer *w, const char *fmt,
							     ...);

/* ---- rotate.c ---- */

void nct_writer_rotate_if_due(struct nct_writer *w);
/* False: it failed, and is to be tried again. */
bool nct_writer_rotate(struct nct_writer *w);
/* The file is no longer where it was: what it does not hold goes to a new one, which is to be
 * begun. False: as above. */
bool nct_writer_leave(struct nct_writer *w);

#endif
