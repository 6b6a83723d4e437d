// SPDX-License-Identifier: GPL-2.0
#include "store.h"

#include <stdio.h>
#include <string.h>

#include "fields.h"
#include "schema.h"

static const char *const sql[NCT_STATEMENTS] = {
	[NCT_INSERT_SESSION] =
		"INSERT INTO session (first, id, origin, dialect, resolution_ns, start_ns, host, "
		"kernel, tool, input) VALUES (?,?,?,?,?,?,?,?,?,?)",
	[NCT_INSERT_SETTING] =
		"INSERT OR REPLACE INTO setting (session, name, value) VALUES (?,?,?)",
	[NCT_CLOSE_SESSION] =
		"UPDATE session SET end_ns = ?, events = ?, lost = ?, unknown_events = ?, "
		"stray_events = ?, out_of_order = ? WHERE id = ?",
	[NCT_INSERT_CONTROLLER] =
		"INSERT INTO controller (id, session, name, instance, cntlid, transport, address, "
		"subsystem, kato_ms, reconnect_delay_ms, max_reconnects, ctrl_loss_tmo_ms, "
		"cqt_ms, ccr, tbkas) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	[NCT_INSERT_ANCHOR] =
		"INSERT INTO anchor (id, session, monotonic_ns, boottime_ns, realtime_ns) "
		"VALUES (?,?,?,?,?)",
	[NCT_INSERT_HOOK] = "INSERT INTO hook (id, session, name, rung, reason) VALUES (?,?,?,?,?)",
	[NCT_INSERT_RECOVERY] =
		"INSERT INTO recovery (id, session, controller, kind, dialect, reason, site, "
		"opcode, age_ns, start, start_ns, duration_ns, time_to_retry_ns, time_to_live_ns, "
		"fence, fence_reason, hold_requested_ms, hold_reason, ended, end_reason, end_site, "
		"attempts, last_status, lossy, notes, intruder_ns, intruder_site, keep_alives, "
		"keep_alive_ns) "
		"VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	[NCT_INSERT_IO] =
		"INSERT INTO io (recovery, requests, reads, writes, bytes, oldest_ns, partial, "
		"failed_over, cancelled, completed_late, first_release_ns, last_release_ns, "
		"errors) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
	[NCT_INSERT_IO_PATH] =
		"INSERT INTO io_path (recovery, n, controller, bios) VALUES (?,?,?,?)",
	[NCT_INSERT_IO_WAITED] =
		"INSERT INTO io_waited (recovery, from_ns, to_ns, requests) VALUES (?,?,?,?)",
	[NCT_INSERT_BLACKOUT] =
		"INSERT INTO blackout (recovery, n, device, since_ns, until_ns, uncertain_ns, "
		"duration_ns) VALUES (?1,?2,?3,?4,?5,?6,iif(?5 >= ?4, ?5 - ?4, NULL))",
	[NCT_INSERT_LOSS] = "INSERT INTO loss (event, session, since_ns, until_ns, count, place) "
			    "VALUES (?,?,?,?,?,?)",
};

#define LAST_PLACE                                                                                 \
	"SELECT max(coalesce((SELECT max(id) FROM event), 0), "                                    \
	"coalesce((SELECT max(id) FROM anchor), 0), coalesce((SELECT max(id) FROM hook), 0), "     \
	"coalesce((SELECT max(first) FROM session), 0))"

static int number(struct nct_store *s, const char *query, int64_t *n)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(s->file.db, query, -1, &stmt, NULL);

	if (!rc)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		*n = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW ? 0 : rc;
}

static int last_ids(struct nct_store *s)
{
	int rc = number(s, LAST_PLACE, &s->last_place);

	if (!rc)
		rc = number(s, "SELECT coalesce(max(id), 0) FROM session", &s->last_session);
	if (!rc)
		rc = number(s, "SELECT coalesce(max(id), 0) FROM recovery", &s->last_recovery);
	if (!rc)
		rc = number(s, "SELECT coalesce(max(id), 0) FROM controller", &s->last_controller);
	return rc;
}

static void bind_ns(sqlite3_stmt *stmt, int parameter, uint64_t ns)
{
	sqlite3_bind_int64(stmt, parameter, (int64_t)ns);
}

/* of: its session; other: the row of its identity, if it has one. */
static void bind_event(sqlite3_stmt *stmt, int first, const struct nct_row *row)
{
	const struct nct_event *ev = row->what;

	sqlite3_bind_int64(stmt, first, row->id);
	sqlite3_bind_int64(stmt, first + 1, row->of);
	bind_ns(stmt, first + 2, ev->ts_ns);
	sqlite3_bind_int64(stmt, first + 3, (int64_t)ev->ctrl);
	sqlite3_bind_int(stmt, first + 4, ev->instance);
	sqlite3_bind_int64(stmt, first + 5, ev->cpu);
	sqlite3_bind_int64(stmt, first + 6, (int64_t)ev->type);
	if (nct_fields_identity(ev->type))
		sqlite3_bind_int64(stmt, first + 7, row->other);
	nct_fields_bind(stmt, first + 7, ev);
}

static const struct nct_table table_event = {
	"event (id, session, ts_ns, ctrl, instance, cpu, type, a, b, c, d, e, f, g, text)",
	15,
	bind_event,
};

static int prepare(struct nct_store *s)
{
	int rc = nct_batch_prepare(&s->events, s->file.db, &table_event);

	if (!rc)
		rc = nct_batch_prepare(&s->phases, s->file.db, &nct_table_phase);
	if (!rc)
		rc = nct_batch_prepare(&s->attempts, s->file.db, &nct_table_attempt);

	for (int i = 0; !rc && i < NCT_STATEMENTS; i++)
		rc = sqlite3_prepare_v3(s->file.db, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
					&s->stmt[i], NULL);
	return rc;
}

static void finalize(struct nct_store *s)
{
	for (int i = 0; i < NCT_STATEMENTS; i++) {
		sqlite3_finalize(s->stmt[i]);
		s->stmt[i] = NULL;
	}
	nct_batch_finalize(&s->events);
	nct_batch_finalize(&s->phases);
	nct_batch_finalize(&s->attempts);
}

static bool ready(const struct nct_store *s)
{
	return s->stmt[0] != NULL;
}

static int complete(struct nct_store *s)
{
	int rc = sqlite3_exec(s->file.db, s->missing, NULL, NULL, NULL);

	return rc ? rc : prepare(s);
}

/* Says early what cannot be done; who holds the lock now may have gone by the time it is. */
static int try_to_complete(struct nct_store *s)
{
	int rc = nct_store_begin(s);

	if (!rc)
		rc = complete(s);
	if (rc && (rc & 0xff) != SQLITE_BUSY)
		return rc;
	nct_store_rollback(s);
	return 0;
}

int nct_store_open(struct nct_store *s, const char *path, struct nct_error *err)
{
	int rc;

	memset(s, 0, sizeof(*s));
	if (nct_file_open(&s->file, path, err))
		return -1;
	rc = last_ids(s);
	if (!rc)
		rc = nct_schema_missing(s->file.db, &s->missing);
	if (!rc)
		rc = s->missing ? try_to_complete(s) : prepare(s);
	if (!rc)
		return 0;
	nct_fail(err, NCT_EXIT_UNTRUSTED, "cannot append to %s: %s; record to another file", path,
		 nct_file_why(s->file.db, rc));
	nct_store_rollback(s);
	nct_store_close(s);
	return -1;
}

static void release(struct nct_store *s)
{
	finalize(s);
	sqlite3_free(s->missing);
	s->missing = NULL;
}

void nct_store_close(struct nct_store *s)
{
	release(s);
	nct_file_close(&s->file);
}

int nct_store_close_locked(struct nct_store *s)
{
	release(s);
	return nct_file_close_locked(&s->file);
}

int nct_store_begin(struct nct_store *s)
{
	return sqlite3_exec(s->file.db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
}

int nct_store_commit(struct nct_store *s)
{
	int rc = sqlite3_exec(s->file.db, "COMMIT", NULL, NULL, NULL);

	if (!rc && ready(s)) {
		sqlite3_free(s->missing);
		s->missing = NULL;
	}
	return rc;
}

void nct_store_rollback(struct nct_store *s)
{
	/* Some errors have rolled back already: this one fails then. */
	sqlite3_exec(s->file.db, "ROLLBACK", NULL, NULL, NULL);
	memset(s->identities, 0, sizeof(s->identities));
	nct_batch_drop(&s->events);
	nct_batch_drop(&s->phases);
	nct_batch_drop(&s->attempts);
	if (s->missing)
		finalize(s); /* the tables are gone again */
}

uint64_t nct_store_size(struct nct_store *s)
{
	int64_t pages = 0, page = 0;

	if (number(s, "PRAGMA page_count", &pages) || number(s, "PRAGMA page_size", &page))
		return 0;
	return (uint64_t)(pages * page);
}

int nct_store_flush(struct nct_store *s)
{
	int rc = nct_batch_flush(&s->events);

	if (!rc)
		rc = nct_batch_flush(&s->phases);
	return rc ? rc : nct_batch_flush(&s->attempts);
}

static int store_settings(struct nct_store *s, int64_t session, const struct nct_settings *settings)
{
	sqlite3_stmt *stmt = s->stmt[NCT_INSERT_SETTING];
	int rc = 0;

	for (size_t i = 0; !rc && i < settings->n; i++) {
		sqlite3_bind_int64(stmt, 1, session);
		nct_bind_string(stmt, 2, settings->list[i].name);
		nct_bind_string(stmt, 3, settings->list[i].value);
		rc = nct_batch_step(stmt);
	}
	return rc;
}

int nct_store_session(struct nct_store *s, int64_t place, int64_t id,
		      const struct nct_session *session)
{
	int rc = ready(s) ? 0 : complete(s);
	sqlite3_stmt *stmt = s->stmt[NCT_INSERT_SESSION];

	if (rc)
		return rc;
	sqlite3_bind_int64(stmt, 1, place);
	sqlite3_bind_int64(stmt, 2, id);
	sqlite3_bind_int(stmt, 3, (int)session->origin);
	sqlite3_bind_int(stmt, 4, (int)session->dialect);
	bind_ns(stmt, 5, session->resolution_ns);
	bind_ns(stmt, 6, session->start_ns);
	nct_bind_string(stmt, 7, session->host);
	nct_bind_string(stmt, 8, session->kernel);
	nct_bind_string(stmt, 9, session->tool);
	nct_bind_string(stmt, 10, session->input);
	rc = nct_batch_step(stmt);
	return rc ? rc : store_settings(s, id, &session->settings);
}

int nct_store_closed(struct nct_store *s, const struct nct_closed *closed)
{
	sqlite3_stmt *stmt = s->stmt[NCT_CLOSE_SESSION];

	bind_ns(stmt, 1, closed->end_ns);
	bind_ns(stmt, 2, closed->stats.events);
	bind_ns(stmt, 3, closed->stats.lost);
	bind_ns(stmt, 4, closed->stats.unknown_events);
	bind_ns(stmt, 5, closed->stats.stray_events);
	bind_ns(stmt, 6, closed->stats.out_of_order);
	sqlite3_bind_int64(stmt, 7, closed->session);
	return nct_batch_step(stmt);
}

static bool same_identity(const struct nct_identity *a, const struct nct_identity *b)
{
	return a->instance == b->instance && a->cntlid == b->cntlid && a->kato_ms == b->kato_ms &&
	       a->reconnect_delay_ms == b->reconnect_delay_ms &&
	       a->max_reconnects == b->max_reconnects &&
	       a->ctrl_loss_tmo_ms == b->ctrl_loss_tmo_ms && a->cqt_ms == b->cqt_ms &&
	       a->ccr == b->ccr && a->tbkas == b->tbkas &&
	       !strncmp(a->transport, b->transport, sizeof(a->transport)) &&
	       !strncmp(a->address, b->address, sizeof(a->address)) &&
	       !strncmp(a->subsystem, b->subsystem, sizeof(a->subsystem));
}

static int insert_controller(struct nct_store *s, int64_t session, const struct nct_identity *id,
			     int64_t row)
{
	sqlite3_stmt *stmt = s->stmt[NCT_INSERT_CONTROLLER];
	char name[32];

	snprintf(name, sizeof(name), "nvme%d", id->instance);
	sqlite3_bind_int64(stmt, 1, row);
	sqlite3_bind_int64(stmt, 2, session);
	nct_bind_string(stmt, 3, id->instance >= 0 ? name : "");
	sqlite3_bind_int(stmt, 4, id->instance);
	nct_bind_int(stmt, 5, id->cntlid);
	nct_bind_chars(stmt, 6, id->transport, sizeof(id->transport));
	nct_bind_chars(stmt, 7, id->address, sizeof(id->address));
	nct_bind_chars(stmt, 8, id->subsystem, sizeof(id->subsystem));
	nct_bind_int(stmt, 9, id->kato_ms);
	nct_bind_int(stmt, 10, id->reconnect_delay_ms);
	nct_bind_int(stmt, 11, id->max_reconnects);
	nct_bind_int(stmt, 12, id->ctrl_loss_tmo_ms);
	nct_bind_int(stmt, 13, id->cqt_ms);
	nct_bind_int(stmt, 14, id->ccr);
	nct_bind_int(stmt, 15, id->tbkas);
	return nct_batch_step(stmt);
}

int nct_store_controller(struct nct_store *s, int64_t session, const struct nct_identity *id,
			 int64_t *row)
{
	struct nct_identity_row *known = &s->identities[(uint32_t)id->instance % NCT_IDENTITY_ROWS];
	int rc;

	if (known->id && known->session == session && same_identity(&known->identity, id)) {
		*row = known->id;
		return 0;
	}
	rc = insert_controller(s, session, id, ++s->last_controller);
	if (!rc)
		*known = (struct nct_identity_row) { s->last_controller, session, *id };
	*row = s->last_controller;
	return rc;
}

static int store_loss(struct nct_store *s, int64_t place, int64_t session,
		      const struct nct_event *ev, bool in_queue)
{
	sqlite3_stmt *stmt = s->stmt[NCT_INSERT_LOSS];

	sqlite3_bind_int64(stmt, 1, place);
	sqlite3_bind_int64(stmt, 2, session);
	bind_ns(stmt, 3, ev->lost.since_ns);
	bind_ns(stmt, 4, ev->ts_ns);
	bind_ns(stmt, 5, ev->lost.count);
	nct_bind_string(stmt, 6, in_queue ? "queue" : "source");
	return nct_batch_step(stmt);
}

int nct_store_event(struct nct_store *s, int64_t place, int64_t session, const struct nct_event *ev,
		    bool lost_in_queue)
{
	struct nct_row row = { .id = place, .of = session, .what = ev };
	int rc = 0;

	if (nct_fields_identity(ev->type))
		rc = nct_store_controller(
			s, session, ev->type == NCT_EV_SNAPSHOT ? &ev->snapshot.id : &ev->identity,
			&row.other);
	if (!rc)
		rc = nct_batch_add(&s->events, &row);
	return rc || ev->type != NCT_EV_LOST ? rc
					     : store_loss(s, place, session, ev, lost_in_queue);
}

int nct_store_anchor(struct nct_store *s, int64_t place, int64_t session,
		     const struct nct_anchor *anchor)
{
	sqlite3_stmt *stmt = s->stmt[NCT_INSERT_ANCHOR];

	sqlite3_bind_int64(stmt, 1, place);
	sqlite3_bind_int64(stmt, 2, session);
	bind_ns(stmt, 3, anchor->monotonic_ns);
	bind_ns(stmt, 4, anchor->boottime_ns);
	bind_ns(stmt, 5, anchor->realtime_ns);
	return nct_batch_step(stmt);
}

int nct_store_hook(struct nct_store *s, int64_t place, int64_t session,
		   const struct nct_hook_row *hook)
{
	sqlite3_stmt *stmt = s->stmt[NCT_INSERT_HOOK];

	sqlite3_bind_int64(stmt, 1, place);
	sqlite3_bind_int64(stmt, 2, session);
	sqlite3_bind_text(stmt, 3, hook->name, -1, SQLITE_STATIC);
	nct_bind_string(stmt, 4, hook->rung);
	nct_bind_string(stmt, 5, hook->reason);
	return nct_batch_step(stmt);
}
