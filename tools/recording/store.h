/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rows of a recording, one function for each table. All return 0 or an SQLite code; after
 * one that is not 0 the transaction is to be rolled back.
 */
#ifndef NCT_RECORDING_STORE_H
#define NCT_RECORDING_STORE_H

#include "../recovery/reducer.h"
#include "batch.h"
#include "file.h"
#include "recording.h"

/* A recovery that ended, kept until it is committed. */
struct nct_ended {
	struct nct_recovery rec; /* deep copy */
	int64_t id, session;
	bool has_anchor;
	struct nct_anchor anchor; /* nearest to its start */
};

/* What is known of a session when it has ended. */
struct nct_closed {
	int64_t session;
	uint64_t end_ns;
	struct nct_reducer_stats stats;
};

struct nct_hook_row {
	char name[64];
	char rung[16];
	char reason[160];
};

enum nct_statement {
	NCT_INSERT_SESSION,
	NCT_INSERT_SETTING,
	NCT_CLOSE_SESSION,
	NCT_INSERT_CONTROLLER,
	NCT_INSERT_ANCHOR,
	NCT_INSERT_HOOK,
	NCT_INSERT_RECOVERY,
	NCT_INSERT_IO,
	NCT_INSERT_IO_PATH,
	NCT_INSERT_IO_WAITED,
	NCT_INSERT_BLACKOUT,
	NCT_INSERT_LOSS,
	NCT_STATEMENTS
};

/* Which identities have a row already, by instance. */
struct nct_identity_row {
	int64_t id, session; /* id 0: none */
	struct nct_identity identity;
};

#define NCT_IDENTITY_ROWS 1024

struct nct_store {
	struct nct_file file;
	sqlite3_stmt *stmt[NCT_STATEMENTS];
	struct nct_batch events, phases, attempts;
	char *missing; /* SQL: what the file, of an earlier program, lacks; NULL: nothing */
	struct nct_identity_row identities[NCT_IDENTITY_ROWS]; /* what there is no room for gets
								* one more row: no harm */
	int64_t last_controller;
	/* The greatest ids when it was opened. */
	int64_t last_place; /* of session.first, event, anchor and hook */
	int64_t last_session, last_recovery;
};

/* As nct_file_open(). */
int nct_store_open(struct nct_store *s, const char *path, struct nct_error *err);
void nct_store_close(struct nct_store *s);
/* As nct_file_close_locked(). */
int nct_store_close_locked(struct nct_store *s);

int nct_store_begin(struct nct_store *s);
int nct_store_commit(struct nct_store *s);
/* After any failure; what was inserted since nct_store_begin() is gone. */
void nct_store_rollback(struct nct_store *s);

/* Of the whole file, with what waits in the log: bytes. */
uint64_t nct_store_size(struct nct_store *s);

/* The first one gives the file what it lacks. Without it there are no other rows. */
int nct_store_session(struct nct_store *s, int64_t place, int64_t id,
		      const struct nct_session *session);
int nct_store_closed(struct nct_store *s, const struct nct_closed *closed);
/* Events and recoveries have to stay until nct_store_flush(), which is due before the commit. */
int nct_store_event(struct nct_store *s, int64_t place, int64_t session, const struct nct_event *ev,
		    bool lost_in_queue);
int nct_store_anchor(struct nct_store *s, int64_t place, int64_t session,
		     const struct nct_anchor *anchor);
int nct_store_hook(struct nct_store *s, int64_t place, int64_t session,
		   const struct nct_hook_row *hook);
int nct_store_recovery(struct nct_store *s, const struct nct_ended *ended);
int nct_store_flush(struct nct_store *s);

/* Shared by store.c and derived.c. */
int nct_store_controller(struct nct_store *s, int64_t session, const struct nct_identity *id,
			 int64_t *row);
extern const struct nct_table nct_table_phase, nct_table_attempt;

#endif
