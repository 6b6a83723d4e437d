/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording: one SQLite file of sessions, their events and clock anchors, which are the
 * truth, and of what the reducer makes of them, for those who ask in SQL. schema.sql
 * describes the tables.
 */
#ifndef NCT_RECORDING_RECORDING_H
#define NCT_RECORDING_RECORDING_H

#include <stdbool.h>

#include "../recovery/recovery.h"
#include "../sys/clock.h"
#include "../sys/error.h"
#include "../sys/settings.h"

enum nct_origin_kind {
	NCT_ORIGIN_BPF = 1,    /* watched here, as it happened */
	NCT_ORIGIN_DMESG = 2,  /* imported from a kernel log */
	NCT_ORIGIN_FTRACE = 3, /* imported from the text of a trace */
};

/* What a session is: from the start of an observation to its end, or one host's one boot
 * in a log. */
struct nct_session {
	enum nct_origin_kind origin;
	enum nct_dialect dialect;
	uint64_t resolution_ns;	   /* of the source's time stamps; 1: exact */
	uint64_t start_ns, end_ns; /* CLOCK_MONOTONIC, or the log's own clock;
				    * end_ns NCT_NONE: it did not end cleanly */
	char host[256], kernel[128], tool[64];
	char input[256];	      /* import: what it was read from; "" */
	struct nct_settings settings; /* as they were at its start */
};

/* ---- writing ------------------------------------------------------------------- */

struct nct_recorder;

struct nct_recorder_opts {
	const char *path;
	bool wait; /* a full queue blocks instead of counting loss, and the first write
		    * that fails is the last one: for what can be read again */
	uint64_t rotate_bytes, rotate_ns; /* 0: never */
	unsigned int keep;		  /* files kept besides the current one; 0: all */
	/* Called by the writer's thread, with one line without a newline: that writing
	 * failed, that it was resumed. NULL: nobody is told. */
	void (*say)(void *ctx, const char *text);
	void *ctx;
};

/* As of now. */
struct nct_recorder_stats {
	uint64_t events;    /* committed */
	uint64_t lost;	    /* because the queue was full */
	uint64_t failures;  /* transactions that failed, each of which was tried again */
	uint64_t rotations; /* files begun but for the first */
	bool failing;	    /* the last transaction failed */
};

/* Whether nct_recorder_open() would accept what is at path; touches nothing. 0; else -1 and
 * *err as there. */
int nct_recording_appendable(const char *path, struct nct_error *err);

/*
 * Creates the file, or will append to it. Starts the writer's thread, which reads and
 * writes the file; nothing else here touches the disk. opts is copied, its path too.
 * Returns 0; else -1 and *err: NCT_EXIT_USAGE for a file that is not a recording, or one
 * of a newer schema (both are left untouched), NCT_EXIT_SYSTEM for the rest.
 */
int nct_recorder_open(struct nct_recorder **r, const struct nct_recorder_opts *opts,
		      struct nct_error *err);

/*
 * Each puts something into the queue, in the order of calls, from one thread; it is copied,
 * and cut off where it is too long. None blocks unless opts.wait. When the queue is full,
 * an event is counted as lost, which the recording tells in the event's place.
 */
void nct_recorder_session(struct nct_recorder *r, const struct nct_session *s); /* begins one, and
										 * ends the one
										 * before */
void nct_recorder_event(struct nct_recorder *r, const struct nct_event *ev);
void nct_recorder_anchor(struct nct_recorder *r, const struct nct_anchor *a);
/* How a hook is served from now on: rung "" if it is not, with the reason. */
void nct_recorder_hook(struct nct_recorder *r, const char *name, const char *rung,
		       const char *reason);

void nct_recorder_stats(struct nct_recorder *r, struct nct_recorder_stats *stats);

/*
 * Ends the session at end_ns (NCT_NONE: at its last event), writes what is queued, joins the
 * thread and frees r. Returns 0; else -1 and *err (NCT_EXIT_SYSTEM) if anything could not be
 * written: it gives up after a few seconds of a disk that refuses. NULL is allowed.
 */
int nct_recorder_close(struct nct_recorder *r, uint64_t end_ns, struct nct_error *err);

/* ---- reading ------------------------------------------------------------------- */

/* Non-zero from one of them stops the replay, which returns it. Any may be NULL. */
struct nct_replay_ops {
	int (*session)(void *ctx, const struct nct_session *s);
	int (*event)(void *ctx, const struct nct_event *ev);
	int (*anchor)(void *ctx, const struct nct_anchor *a); /* in its place among the events */
	/* end_ns: of the session; if it did not end cleanly, of its last event or anchor. */
	int (*session_end)(void *ctx, const struct nct_session *s, uint64_t end_ns);
	/* At the end, before 0 is returned: one line without a newline for who asked, when there
	 * is less in the file than they may expect. */
	void (*note)(void *ctx, const char *text);
};

/* Whether path is a recording of a known schema; touches nothing. 0; else -1 and *err as
 * below. */
int nct_recording_check(const char *path, struct nct_error *err);

/*
 * Calls ops for everything in the file, in the order of recording. The file may be written
 * to meanwhile, or be on a medium that is read-only. Returns 0; what a callback returned; or
 * -1 and *err: NCT_EXIT_USAGE for a file that is no recording or of a newer schema, before
 * any call; NCT_EXIT_UNTRUSTED for damage, NCT_EXIT_SYSTEM for a file that cannot be read:
 * after all that could be read, the session under way was ended.
 */
int nct_recording_replay(const char *path, const struct nct_replay_ops *ops, void *ctx,
			 struct nct_error *err);

#endif
