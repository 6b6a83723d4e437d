/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sessions of a log: one for each host and boot (or trace). They may be mixed; each is
 * told as a whole, when it is over, in the order in which they began.
 *
 * A session begins anew when its clock goes back by more than NCT_BACK_NS: after a boot the
 * kernel's time starts at 0, and a wall clock that was set back leaves no order to rely on.
 */
#ifndef NCT_SOURCE_LOGSESSION_H
#define NCT_SOURCE_LOGSESSION_H

#include "../recording/recording.h"
#include "logline.h"
#include "slots.h"
#include "spool.h"

/* CPUs print in turns, and their stamps may be a little out of order. */
#define NCT_BACK_NS 1000000000ull

/* What an import came to; all of it is for people. */
struct nct_import_stats {
	uint64_t lines;
	uint64_t understood; /* of those: lines that tell of recoveries */
	uint64_t undated;    /* … but have no time stamp, and none before them: passed over */
	uint64_t anonymous;  /* … but are JSON that does not tell who said it: passed over */
	uint64_t cut;	     /* the last line, if the input ends within it; lines too long */
	uint64_t events;
	uint64_t sessions;
	uint64_t lossy;	     /* notices that lines, or events, are missing */
	uint64_t missing;    /* … how many, as they say */
	uint64_t suppressed; /* lines suppressed that cannot have told of recoveries */
	uint64_t unreadable; /* events of functions we know, with arguments that we do not */
	uint64_t removals;   /* controllers deleted while they were LIVE */
	uint64_t forward;    /* lines of the kernel's that are later than the one before … */
	uint64_t backward;   /* … and earlier */
	bool dated;	     /* there was a time stamp */
	bool unnamed_states; /* a trace with numbers of states, and nothing to name them by */
};

struct nct_log_session {
	struct nct_log_session *next, *prev; /* by their beginning */
	struct nct_log_session *alike;	     /* of another host with the same hash */
	struct nct_session s;
	char boot_id[33];
	bool used;	      /* there was a line of the kernel's */
	enum nct_clock clock; /* what ts_ns counts; NONE: nothing was dated yet */
	uint64_t now_ns;      /* of the last line */
	uint64_t raw_ns;      /* … as it says itself: it may be earlier than one before it */
	uint64_t lost_ns;     /* the last notice of loss */
	bool anchored;
	uint64_t ahead_ns; /* wall time less uptime, as the last anchor had it; wraps */
	struct nct_spool spool;
	struct nct_slots ctrls; /* by instance */
	struct nct_slots tasks; /* by pid, or CPU */
	bool marks[5];		/* what else the source has to remember of a session */
	int32_t numbers[16];	/* likewise */
};

struct nct_log_sessions {
	const struct nct_replay_ops *ops; /* any member may be NULL */
	void *ctx;
	struct nct_import_stats *stats;
	/* What a line tells; and what is left to be told behind the last one, or NULL. Both
	 * leave errors in ->error. */
	void (*line)(struct nct_log_sessions *all, const struct nct_line *line);
	void (*over)(struct nct_log_sessions *all);
	/* What to do with an event when its session is over: 0, or what stops it all; may
	 * change it. NULL: nothing. Events it adds go to nct_log_tell(). */
	int (*finish)(struct nct_log_sessions *all, struct nct_log_session *ls,
		      struct nct_event *ev, unsigned int mark);
	void (*opening)(struct nct_log_session *ls); /* … before the first one; may be NULL */
	struct nct_session model;		     /* what all sessions have in common */
	size_t ctrl_size, task_size;
	struct nct_log_session *first, *last;
	struct nct_slots hosts; /* hash of a host's name → its open session */
	struct nct_log_session *last_used;
	int error; /* 0, -ENOMEM, or what a callback returned */
};

/* The session that a line belongs to, its time being that of the line. NULL: the line has
 * no time, or all->error. */
struct nct_log_session *nct_log_session_at(struct nct_log_sessions *all,
					   const struct nct_logline *line);

/* Keeps an event; its ts_ns is set, and cpu unless told. */
size_t nct_log_add(struct nct_log_sessions *all, struct nct_log_session *ls, struct nct_event *ev,
		   unsigned int mark);
/* Something is missing up to now, `count` of it (0: not told). */
void nct_log_lost(struct nct_log_sessions *all, struct nct_log_session *ls, uint64_t count);

/* Hands an event to the callbacks. For `finish` only. */
int nct_log_tell(struct nct_log_sessions *all, const struct nct_event *ev);

/* Ends the session: what follows of this host is another one. */
void nct_log_end(struct nct_log_sessions *all, struct nct_log_session *ls);
/* Ends all of them: what follows is another boot of every host. */
void nct_log_end_all(struct nct_log_sessions *all);

/*
 * Reads the lines to their end, hands each to all->line, ends all sessions, and frees all.
 * Returns 0, -errno, or what a callback returned to stop it.
 */
int nct_log_import(struct nct_log_sessions *all, struct nct_lines *lines);

#endif
