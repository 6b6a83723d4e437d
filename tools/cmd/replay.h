/* SPDX-License-Identifier: GPL-2.0 */
/* Recordings → recoveries: every session's events through a fresh reducer. */
#ifndef NCT_CMD_REPLAY_H
#define NCT_CMD_REPLAY_H

#include "../recording/recording.h"
#include "../recovery/reducer.h"
#include "../view/json.h"
#include "filter.h"

/* What is known of where a recovery comes from; valid during the call. */
struct nct_origin {
	const char *file;
	const struct nct_session *session;
	const struct nct_anchor *anchor; /* NULL: wall time is not known (a log without it) */
};

/* What became of all that ended. */
struct nct_replay_stats {
	uint64_t ended, shown;
	uint64_t untimed; /* not shown, for wall time was asked for, and is not known of it */
};

struct nct_replay {
	struct nct_filter filter; /* a shallow copy will do: it is only read */
	/* An ended one that the filter lets through. */
	void (*recovery)(void *ctx, const struct nct_recovery *rec,
			 const struct nct_origin *origin);
	/* Just before session_end: where it ends, cut off or not, and the anchor nearest to its
	 * start. NULL: not told, as the next one. */
	void (*session_span)(void *ctx, const struct nct_origin *origin, uint64_t end_ns);
	void (*session_end)(void *ctx, const struct nct_session *s,
			    const struct nct_reducer_stats *stats);
	void *ctx;
	const char *command;		/* who tells of errors; NULL: the last one is enough */
	struct nct_replay_stats *stats; /* is added to; NULL: not counted */
};

/*
 * Files in their order, sessions in the order of recording, recoveries in that of their
 * ends. Returns 0; else -1 and *err, with the code of the first file that was wrong:
 * NCT_EXIT_USAGE when it is no recording; NCT_EXIT_UNTRUSTED when it is damaged, after what
 * could be read was told. The files after it are still read; when several are wrong, *err says
 * what is with the last, and the others are told on standard error.
 */
int nct_replay_files(char *const files[], size_t n, const struct nct_replay *replay,
		     struct nct_error *err);

/* Another thing that is wrong goes into *err, which keeps its code if it holds one (more); what
 * it held is told first, unless command is NULL. */
void nct_replay_error(const char *command, struct nct_error *err, const struct nct_error *another,
		      bool more);

/* Says on standard error what is not shown though somebody may look for it. command: who says so.
 */
void nct_replay_tell(const char *command, const struct nct_replay_stats *stats);

/* What JSON says of where a recovery comes from. Points into origin->session. */
struct nct_json_origin nct_replay_json_origin(const struct nct_origin *origin);

#endif
