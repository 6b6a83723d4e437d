// SPDX-License-Identifier: GPL-2.0
/* A recording back into sessions, events and anchors, in the order of recording. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fields.h"
#include "file.h"
#include "recording.h"
#include "schema.h"

enum query { SESSIONS, EVENTS, ANCHORS, CONTROLLER, QUERIES };

#define IDENTITY_COLUMNS                                                                           \
	"instance, cntlid, transport, address, subsystem, kato_ms, reconnect_delay_ms, "           \
	"max_reconnects, ctrl_loss_tmo_ms, cqt_ms"

static const char *const sql[CONTROLLER] = {
	[SESSIONS] = "SELECT first, id, origin, dialect, resolution_ns, start_ns, end_ns, host, "
		     "kernel, tool, input FROM session ORDER BY id",
	/* Session 0: there is none of that number. */
	[EVENTS] = "SELECT id, CASE WHEN session IN (SELECT id FROM session) THEN session "
		   "ELSE 0 END, ts_ns, ctrl, instance, cpu, type, a, b, c, d, e, f, g, "
		   "text FROM event ORDER BY id",
	[ANCHORS] = "SELECT id, CASE WHEN session IN (SELECT id FROM session) THEN session "
		    "ELSE 0 END, monotonic_ns, boottime_ns, realtime_ns FROM anchor "
		    "ORDER BY id",
};

/* Event or anchor: both begin with their place and their session. */
struct cursor {
	sqlite3_stmt *stmt;
	bool over; /* there is no row any more */
	int64_t place, session;
};

struct reader {
	const struct nct_replay_ops *ops;
	void *ctx;
	sqlite3 *db;
	sqlite3_stmt *stmt[QUERIES];
	struct cursor events, anchors;
	uint64_t last_ns;     /* in the session under way */
	uint64_t sessions;    /* rows of them */
	uint64_t nonsense;    /* rows that no recorder writes */
	uint64_t missing;     /* of those, events since the last one that was told */
	int rc;		      /* the first SQLite error */
	bool salvage;	      /* it is damaged, that much is known from the beginning */
	int64_t identity_row; /* of the one read last */
	struct nct_identity identity;
};

/* Times beyond that would overflow where they are added up. */
#define MAX_NS (INT64_MAX / 4)

static bool failed(struct reader *r, int rc)
{
	if (!r->rc)
		r->rc = rc;
	return false;
}

/* False: there is none, or an error. */
static bool next(struct reader *r, struct cursor *c)
{
	int rc = sqlite3_step(c->stmt);

	c->over = rc != SQLITE_ROW;
	if (c->over)
		return rc == SQLITE_DONE ? false : failed(r, rc);
	c->place = sqlite3_column_int64(c->stmt, 0);
	c->session = sqlite3_column_int64(c->stmt, 1);
	return true;
}

static bool read_ns(struct reader *r, sqlite3_stmt *stmt, int column, uint64_t *ns)
{
	int64_t n;

	if (!nct_read_number(stmt, column, 0, MAX_NS, &n)) {
		r->nonsense++;
		return false;
	}
	*ns = (uint64_t)n;
	return true;
}

/* False: a value is none that a recorder writes. */
static bool identity_of(sqlite3_stmt *stmt, struct nct_identity *id)
{
	bool fit = nct_read_int(stmt, 0, &id->instance);

	fit &= nct_read_int(stmt, 1, &id->cntlid);
	fit &= nct_read_string(stmt, 2, id->transport, sizeof(id->transport));
	fit &= nct_read_string(stmt, 3, id->address, sizeof(id->address));
	fit &= nct_read_string(stmt, 4, id->subsystem, sizeof(id->subsystem));
	fit &= nct_read_int(stmt, 5, &id->kato_ms);
	fit &= nct_read_int(stmt, 6, &id->reconnect_delay_ms);
	fit &= nct_read_int(stmt, 7, &id->max_reconnects);
	fit &= nct_read_int(stmt, 8, &id->ctrl_loss_tmo_ms);
	fit &= nct_read_int(stmt, 9, &id->cqt_ms);
	fit &= nct_read_int(stmt, 10, &id->ccr);
	fit &= nct_read_int(stmt, 11, &id->tbkas);
	return fit;
}

static bool read_identity(struct reader *r, int64_t row)
{
	sqlite3_stmt *stmt = r->stmt[CONTROLLER];
	bool fit = false;
	int rc;

	if (row && row == r->identity_row)
		return true;
	sqlite3_bind_int64(stmt, 1, row);
	rc = sqlite3_step(stmt);
	r->identity_row = 0;
	if (rc == SQLITE_ROW) {
		memset(&r->identity, 0, sizeof(r->identity));
		fit = identity_of(stmt, &r->identity);
	} else if (rc != SQLITE_DONE) {
		failed(r, rc);
	}
	if (fit)
		r->identity_row = row;
	else if (!r->rc)
		r->nonsense++;
	sqlite3_reset(stmt);
	return fit;
}

/* What all events have. */
static bool read_head(sqlite3_stmt *stmt, struct nct_event *ev)
{
	int64_t ctrl, instance, cpu, type;

	if (!nct_read_number(stmt, 3, INT64_MIN, INT64_MAX, &ctrl) ||
	    !nct_read_number(stmt, 4, -1, INT32_MAX, &instance) ||
	    !nct_read_number(stmt, 5, 0, UINT32_MAX, &cpu) ||
	    !nct_read_number(stmt, 6, 0, UINT32_MAX, &type))
		return false;
	ev->ctrl = (uint64_t)ctrl;
	ev->instance = (int32_t)instance;
	ev->cpu = (uint32_t)cpu;
	ev->type = (enum nct_event_type)type;
	return true;
}

/* False: it makes no sense and is left out. */
static bool read_event(struct reader *r, struct nct_event *ev)
{
	sqlite3_stmt *stmt = r->events.stmt;

	memset(ev, 0, sizeof(*ev));
	if (!read_ns(r, stmt, 2, &ev->ts_ns))
		return false;
	if (!read_head(stmt, ev) || !nct_fields_read(stmt, 7, ev)) {
		r->nonsense++;
		return false;
	}
	if (!nct_fields_identity(ev->type))
		return true;
	if (!read_identity(r, sqlite3_column_int64(stmt, 7)))
		return false;
	if (ev->type == NCT_EV_SNAPSHOT)
		ev->snapshot.id = r->identity;
	else
		ev->identity = r->identity;
	return true;
}

static void saw(struct reader *r, uint64_t ns)
{
	if (ns > r->last_ns)
		r->last_ns = ns;
}

static int tell(struct reader *r, const struct nct_event *ev)
{
	return r->ops->event ? r->ops->event(r->ctx, ev) : 0;
}

/* What was left out is as good as lost: nothing may follow from its not being there. */
static int tell_missing(struct reader *r, uint64_t until_ns)
{
	struct nct_event ev = { .type = NCT_EV_LOST, .instance = -1, .ts_ns = until_ns };

	if (!r->missing)
		return 0;
	ev.lost.count = r->missing;
	ev.lost.since_ns = r->last_ns;
	r->missing = 0;
	return tell(r, &ev);
}

static int tell_event(struct reader *r)
{
	struct nct_event ev;
	int rc;

	if (!read_event(r, &ev)) {
		r->missing++;
		return 0;
	}
	rc = tell_missing(r, ev.ts_ns);
	saw(r, ev.ts_ns);
	return rc ? rc : tell(r, &ev);
}

static int tell_anchor(struct reader *r)
{
	sqlite3_stmt *stmt = r->anchors.stmt;
	struct nct_anchor a;

	if (!read_ns(r, stmt, 2, &a.monotonic_ns) || !read_ns(r, stmt, 3, &a.boottime_ns) ||
	    !read_ns(r, stmt, 4, &a.realtime_ns))
		return 0;
	saw(r, a.monotonic_ns);
	return r->ops->anchor ? r->ops->anchor(r->ctx, &a) : 0;
}

/* Rows of a session that there is not, or that is over. */
static void skip_strays(struct reader *r, struct cursor *c, int64_t session)
{
	while (!r->rc && !c->over && c->session < session) {
		r->nonsense++;
		r->missing += c == &r->events;
		next(r, c);
	}
}

static bool is_next(struct reader *r, struct cursor *c, int64_t session)
{
	skip_strays(r, c, session);
	return !r->rc && !c->over && c->session == session;
}

/* All that is left when there is no further session. */
static void skip_rest(struct reader *r, struct cursor *c)
{
	while (!r->rc && !c->over) {
		r->nonsense++;
		next(r, c);
	}
}

/* Both in the order of their places. */
static int tell_session(struct reader *r, int64_t session)
{
	int rc = 0;

	while (!rc && !r->rc) {
		bool event = is_next(r, &r->events, session);
		bool anchor = is_next(r, &r->anchors, session);

		if (!event && !anchor)
			break;
		if (anchor && (!event || r->anchors.place < r->events.place)) {
			rc = tell_anchor(r);
			next(r, &r->anchors);
		} else {
			rc = tell_event(r);
			next(r, &r->events);
		}
	}
	return rc ? rc : tell_missing(r, r->last_ns);
}

/* One before its start is as little known as none. */
static void read_end(struct reader *r, sqlite3_stmt *stmt, struct nct_session *s)
{
	s->end_ns = NCT_NONE;
	if (sqlite3_column_type(stmt, 6) == SQLITE_NULL || !read_ns(r, stmt, 6, &s->end_ns))
		return;
	if (s->end_ns >= s->start_ns)
		return;
	r->nonsense++;
	s->end_ns = NCT_NONE;
}

/* False: its events cannot be understood without what is wrong. */
static bool read_session(struct reader *r, sqlite3_stmt *stmt, struct nct_session *s)
{
	int64_t origin, dialect, resolution_ns;
	bool fit;

	memset(s, 0, sizeof(*s));
	if (!nct_read_number(stmt, 2, NCT_ORIGIN_BPF, NCT_ORIGIN_FTRACE, &origin) ||
	    !nct_read_number(stmt, 3, 0, NCT_DIALECT_FENCING, &dialect) ||
	    !nct_read_number(stmt, 4, 1, MAX_NS, &resolution_ns)) {
		r->nonsense++;
		return false;
	}
	s->origin = (enum nct_origin_kind)origin;
	s->dialect = (enum nct_dialect)dialect;
	s->resolution_ns = (uint64_t)resolution_ns;
	if (!read_ns(r, stmt, 5, &s->start_ns))
		return false;
	read_end(r, stmt, s);
	fit = nct_read_string(stmt, 7, s->host, sizeof(s->host));
	fit &= nct_read_string(stmt, 8, s->kernel, sizeof(s->kernel));
	fit &= nct_read_string(stmt, 9, s->tool, sizeof(s->tool));
	fit &= nct_read_string(stmt, 10, s->input, sizeof(s->input));
	r->nonsense += !fit;
	return true;
}

/* What could not be read of it does not keep it from being ended. */
static int replay_session(struct reader *r, const struct nct_session *s, int64_t session)
{
	int rc = r->ops->session ? r->ops->session(r->ctx, s) : 0;
	bool whole;

	r->last_ns = s->start_ns;
	r->missing = 0;
	if (!rc)
		rc = tell_session(r, session);
	if (rc || !r->ops->session_end)
		return rc;
	whole = s->end_ns != NCT_NONE && !r->rc;
	return r->ops->session_end(r->ctx, s, whole ? s->end_ns : r->last_ns);
}

static int replay(struct reader *r)
{
	struct cursor sessions = { .stmt = r->stmt[SESSIONS] };
	struct nct_session *s = malloc(sizeof(*s));
	int rc = 0, broken;

	if (!s)
		return failed(r, SQLITE_NOMEM);
	r->events.stmt = r->stmt[EVENTS];
	r->anchors.stmt = r->stmt[ANCHORS];
	next(r, &r->events);
	next(r, &r->anchors);
	/* An error in the events ends the session under way; of further ones nothing is known. */
	while (!rc && !r->rc && next(r, &sessions)) {
		r->sessions++;
		if (!read_session(r, sessions.stmt, s))
			continue;
		broken = nct_read_settings(r->db, sessions.session, &s->settings, &r->nonsense);
		rc = replay_session(r, s, sessions.session);
		failed(r, broken); /* it keeps nobody from reading the events */
	}
	if (!rc) {
		skip_rest(r, &r->events);
		skip_rest(r, &r->anchors);
	}
	free(s);
	return rc;
}

/* ---- the file ---- */

#define MAX_ROW (1 << 20) /* bytes; no row that we write comes near it */
#define ENOUGH	(16 << 20)

/* SQLite refuses a file that is shorter than it should be, unless it is told to bear with it. */
#define SALVAGE "PRAGMA writable_schema = ON"

/* Files of earlier programs lack some columns. */
static int prepare_controller(struct reader *r)
{
	bool ccr = nct_schema_has_column(r->db, "controller", "ccr");
	bool tbkas = nct_schema_has_column(r->db, "controller", "tbkas");
	char query[512];

	snprintf(query, sizeof(query), "SELECT %s, %s, %s FROM controller WHERE id = ?",
		 IDENTITY_COLUMNS, ccr ? "ccr" : "NULL", tbkas ? "tbkas" : "NULL");
	return sqlite3_prepare_v2(r->db, query, -1, &r->stmt[CONTROLLER], NULL);
}

static int prepare(struct reader *r)
{
	int rc = 0;

	for (int i = 0; !rc && i < CONTROLLER; i++)
		rc = sqlite3_prepare_v2(r->db, sql[i], -1, &r->stmt[i], NULL);
	return rc ? rc : prepare_controller(r);
}

static int open_uri(struct reader *r, const char *path, bool immutable)
{
	char uri[4 * 4096];
	int rc;

	nct_file_uri(uri, sizeof(uri), path, immutable);
	sqlite3_close(r->db);
	r->db = NULL;
	rc = sqlite3_open_v2(uri, &r->db,
			     SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
	/* A damaged row may claim any size; that is no lack of memory. */
	if (!rc)
		sqlite3_limit(r->db, SQLITE_LIMIT_LENGTH, MAX_ROW);
	if (!rc)
		rc = sqlite3_busy_timeout(r->db, 2000);
	/* What is read are tables: a view in their place could go on without an end. */
	if (!rc)
		rc = sqlite3_db_config(r->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	if (!rc && r->salvage)
		rc = sqlite3_exec(r->db, SALVAGE, NULL, NULL, NULL);
	if (!rc)
		rc = sqlite3_exec(r->db,
				  "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; BEGIN",
				  NULL, NULL, NULL);
	return rc ? rc : prepare(r);
}

static void finalize(struct reader *r)
{
	for (int i = 0; i < QUERIES; i++) {
		sqlite3_finalize(r->stmt[i]);
		r->stmt[i] = NULL;
	}
}

static bool has_beside(const char *path, const char *suffix)
{
	char name[NCT_PATH_SIZE];

	return snprintf(name, sizeof(name), "%s%s", path, suffix) < (int)sizeof(name) &&
	       !access(name, F_OK);
}

/* The log of a writer that was killed, or is at work, can only be read where its index can be
 * written. */
static bool has_log(const char *path)
{
	return has_beside(path, "-wal");
}

/* What undoes a transaction that was cut off: before that the file is not to be trusted. */
static bool has_journal(const char *path)
{
	return has_beside(path, "-journal");
}

/* Who may write to it undoes it by reading. 0 or an SQLite code. */
static int roll_back(const char *path)
{
	sqlite3 *db = NULL;
	int rc = nct_file_database(&db, path, SQLITE_OPEN_READWRITE);

	if (!rc)
		rc = sqlite3_busy_timeout(db, 2000);
	if (!rc)
		rc = sqlite3_exec(db, "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL);
	sqlite3_close(db);
	return rc;
}

static bool not_readable(int rc)
{
	return (rc & 0xff) == SQLITE_CANTOPEN || (rc & 0xff) == SQLITE_READONLY;
}

/* path without links: what lies beside it is found there. */
static int try_open(struct reader *r, const char *path)
{
	int rc = open_uri(r, path, false);

	if (not_readable(rc) && has_journal(path) && !access(path, W_OK)) {
		finalize(r);
		rc = roll_back(path);
		if (!rc)
			rc = open_uri(r, path, false);
	}
	if (not_readable(rc) && !has_log(path) && !has_journal(path)) {
		finalize(r);
		rc = open_uri(r, path, true); /* a read-only medium */
	}
	if ((rc & 0xff) == SQLITE_CORRUPT) {
		finalize(r);
		r->salvage = true;
		rc = open_uri(r, path, false);
	}
	return rc;
}

/* SQLite also says so if what is damaged claims to be huge. */
static bool memory_is_short(void)
{
	void *volatile some = malloc(ENOUGH);
	bool is_short = !some;

	free(some);
	return is_short;
}

static int open_recording(struct reader *r, const char *path, struct nct_error *err)
{
	int rc = try_open(r, path);

	if (!rc)
		return 0;
	if (not_readable(rc))
		return nct_fail(
			err, NCT_EXIT_SYSTEM,
			"cannot read %.200s together with its %s, %.200s%s: %s; copy both to "
			"a directory that you may write to",
			path, has_journal(path) ? "journal" : "log", path,
			has_journal(path) ? "-journal" : "-wal", nct_file_why(r->db, rc));
	if ((rc & 0xff) == SQLITE_BUSY)
		return nct_fail(err, NCT_EXIT_SYSTEM,
				"%s is locked by another program: try again when that has ended",
				path);
	if (rc == SQLITE_NOMEM && memory_is_short())
		return nct_fail(err, NCT_EXIT_SYSTEM, "out of memory");
	return nct_fail(err, NCT_EXIT_UNTRUSTED, "%s is damaged: %s", path,
			nct_file_why(r->db, rc));
}

static int verdict(const struct reader *r, const char *path, struct nct_error *err)
{
	if (r->rc == SQLITE_NOMEM && memory_is_short())
		return nct_fail(err, NCT_EXIT_SYSTEM, "out of memory");
	if (r->rc)
		return nct_fail(err, NCT_EXIT_UNTRUSTED,
				"%s is damaged: %s; what comes after that could not be read", path,
				nct_file_why(r->db, r->rc));
	if (r->nonsense)
		return nct_fail(err, NCT_EXIT_UNTRUSTED,
				"%s is damaged: %llu rows make no sense and were left out", path,
				(unsigned long long)r->nonsense);
	if (r->salvage)
		return nct_fail(err, NCT_EXIT_UNTRUSTED, "%s is damaged: its end is missing", path);
	return 0;
}

/* An empty log is one that a reader has made. */
static bool has_full_log(const char *path)
{
	char name[NCT_PATH_SIZE];
	struct stat st;

	return snprintf(name, sizeof(name), "%s-wal", path) < (int)sizeof(name) &&
	       !stat(name, &st) && st.st_size;
}

/* It may be the copy of a file whose sessions were all in its log. */
static void note_empty(struct reader *r, const char *path)
{
	char text[sizeof(((struct nct_error *)NULL)->text)];
	bool copied = !has_full_log(path);

	if (r->sessions || !r->ops->note)
		return;
	snprintf(text, sizeof(text), "%.150s: no session in it%s%.150s%s", path,
		 copied ? "; if there was a " : "", copied ? path : "",
		 copied ? "-wal beside it, copy both (nvme-ccr-trace-recording(5))" : "");
	r->ops->note(r->ctx, text);
}

static int replay_file(struct reader *r, const char *path, struct nct_error *err)
{
	int rc = nct_file_check(path, NULL, err);

	if (!rc)
		rc = open_recording(r, path, err);
	if (rc)
		return rc;
	rc = replay(r);
	if (!rc)
		rc = verdict(r, path, err);
	if (!rc)
		note_empty(r, path);
	return rc;
}

int nct_recording_replay(const char *path, const struct nct_replay_ops *ops, void *ctx,
			 struct nct_error *err)
{
	struct reader *r = calloc(1, sizeof(*r));
	char *name = nct_file_resolve(path);
	int rc = -1;

	if (r && name) {
		r->ops = ops;
		r->ctx = ctx;
		rc = replay_file(r, name, err);
		finalize(r);
		sqlite3_close(r->db);
	} else {
		nct_fail(err, NCT_EXIT_SYSTEM, "out of memory");
	}
	free(name);
	free(r);
	return rc;
}
