// SPDX-License-Identifier: GPL-2.0
#include "fields.h"

#include <stddef.h>
#include <string.h>

#include "schema.h"

enum kind {
	INT,	/* int32_t, NCT_UNKNOWN_INT ↔ NULL */
	NUMBER, /* uint64_t */
	MAYBE,	/* uint64_t, NCT_NONE ↔ NULL */
	FLAG,	/* bool */
	WORD,	/* an enum that is below size */
	STRING, /* char[size], "" ↔ NULL */
};

struct field {
	enum kind kind;
	size_t offset;
	size_t size;
};

#define COLUMNS 8 /* a to g, and text */
#define TEXT	7

/* clang-format off */
#define AT(kind, member)	{ kind, offsetof(struct nct_event, member), 0 }
#define ENUM(member, count)	{ WORD, offsetof(struct nct_event, member), count }
#define CHARS(member)		{ STRING, offsetof(struct nct_event, member), \
				  sizeof(((struct nct_event *)0)->member) }

#define WORK_FIELDS { ENUM(work.work, NCT_WORK_COUNT), AT(INT, work.attempt) }
#define HOLD_FIELDS { AT(INT, hold.requested_ms), [TEXT] = CHARS(hold.reason) }
#define CCR_FIELDS { AT(INT, ccr.source), AT(INT, ccr.status), AT(INT, ccr.immediate), \
		     AT(INT, ccr.ccrs), AT(INT, ccr.timeout_ms), AT(INT, ccr.ciu), \
		     AT(NUMBER, ccr.command_ns) }

/* By column; offset 0 (that is ts_ns): none. */
static const struct field layouts[NCT_EV_TYPE_COUNT][COLUMNS] = {
	[NCT_EV_STATE] = { ENUM(state.old_state, NCT_STATE_COUNT),
			   ENUM(state.new_state, NCT_STATE_COUNT),
			   AT(INT, state.raw_old), AT(INT, state.raw_new),
			   [TEXT] = CHARS(state.site) },
	[NCT_EV_ERROR] = { [TEXT] = CHARS(error.site) },
	[NCT_EV_TIMEOUT] = { AT(INT, timeout.opcode), AT(FLAG, timeout.admin),
			     AT(NUMBER, timeout.age_ns) },
	[NCT_EV_WORK_START] = WORK_FIELDS,
	[NCT_EV_WORK_END] = WORK_FIELDS,
	[NCT_EV_ATTEMPT_RESULT] = { AT(INT, result.status) },
	[NCT_EV_CCR_START] = CCR_FIELDS,
	[NCT_EV_CCR_END] = CCR_FIELDS,
	[NCT_EV_HOLD_START] = HOLD_FIELDS,
	[NCT_EV_HOLD_END] = HOLD_FIELDS,
	[NCT_EV_RELEASE] = { ENUM(release.how, NCT_RELEASE_CANCEL + 1), AT(NUMBER, release.at_ns) },
	[NCT_EV_SNAPSHOT] = { [1] = ENUM(snapshot.state, NCT_STATE_COUNT) },
	[NCT_EV_LOST] = { AT(NUMBER, lost.count), AT(NUMBER, lost.since_ns) },
	[NCT_EV_DIALECT] = { ENUM(dialect, NCT_DIALECT_FENCING + 1) },
	[NCT_EV_IN_FLIGHT] = { AT(MAYBE, in_flight.requests), AT(MAYBE, in_flight.reads),
			       AT(MAYBE, in_flight.writes), AT(MAYBE, in_flight.bytes),
			       AT(MAYBE, in_flight.oldest_ns), AT(FLAG, in_flight.partial) },
	[NCT_EV_IO_RELEASED] = { AT(MAYBE, io_released.failed_over),
				 AT(MAYBE, io_released.cancelled),
				 AT(MAYBE, io_released.first_ns), AT(MAYBE, io_released.last_ns),
				 AT(MAYBE, io_released.errors) },
	[NCT_EV_IO_PATH] = { AT(INT, io_path.to), AT(NUMBER, io_path.bios) },
	[NCT_EV_IO_WAITED] = { AT(INT, io_waited.bucket), AT(NUMBER, io_waited.requests) },
	[NCT_EV_BLACKOUT] = { AT(NUMBER, blackout.since_ns), AT(NUMBER, blackout.until_ns),
			      AT(NUMBER, blackout.uncertain_ns), [TEXT] = CHARS(blackout.device) },
};
/* clang-format on */

/* NULL for a type that is not known here: nothing of it but its type is. */
static const struct field *layout_of(enum nct_event_type type)
{
	return (unsigned int)type < NCT_EV_TYPE_COUNT ? layouts[type] : NULL;
}

void nct_bind_string(sqlite3_stmt *stmt, int parameter, const char *s)
{
	if (s && *s)
		sqlite3_bind_text(stmt, parameter, s, -1, SQLITE_STATIC);
	else
		sqlite3_bind_null(stmt, parameter);
}

void nct_bind_chars(sqlite3_stmt *stmt, int parameter, const char *array, size_t size)
{
	size_t len = strnlen(array, size);

	if (len)
		sqlite3_bind_text(stmt, parameter, array, (int)len, SQLITE_STATIC);
	else
		sqlite3_bind_null(stmt, parameter);
}

void nct_bind_int(sqlite3_stmt *stmt, int parameter, int32_t n)
{
	if (n == NCT_UNKNOWN_INT)
		sqlite3_bind_null(stmt, parameter);
	else
		sqlite3_bind_int(stmt, parameter, n);
}

void nct_bind_known(sqlite3_stmt *stmt, int parameter, uint64_t n)
{
	if (n == NCT_NONE)
		sqlite3_bind_null(stmt, parameter);
	else
		sqlite3_bind_int64(stmt, parameter, (int64_t)n);
}

bool nct_read_string(sqlite3_stmt *stmt, int column, char *buf, size_t size)
{
	int type = sqlite3_column_type(stmt, column);
	const char *s = (const char *)sqlite3_column_text(stmt, column);
	size_t len = s ? strnlen(s, size - 1) : 0, whole;

	buf[0] = '\0';
	if (type == SQLITE_NULL)
		return true;
	whole = (size_t)sqlite3_column_bytes(stmt, column);
	if (type != SQLITE_TEXT || !s || strnlen(s, whole) != whole)
		return false;
	memcpy(buf, s, len);
	buf[len] = '\0';
	return true;
}

/* Its type, and what it is as a number. To ask the value for both is quicker than to ask the row
 * twice; SQLite allows it where, as in a connection without mutex, nobody else uses it. */
static int read_value(sqlite3_stmt *stmt, int column, int64_t *n)
{
	sqlite3_value *value = sqlite3_column_value(stmt, column);

	*n = sqlite3_value_int64(value);
	return sqlite3_value_type(value);
}

bool nct_read_number(sqlite3_stmt *stmt, int column, int64_t least, int64_t most, int64_t *n)
{
	return read_value(stmt, column, n) == SQLITE_INTEGER && *n >= least && *n <= most;
}

bool nct_read_int(sqlite3_stmt *stmt, int column, int32_t *n)
{
	int64_t wide;
	int type = read_value(stmt, column, &wide);
	bool fits = type == SQLITE_INTEGER && wide >= INT32_MIN && wide <= INT32_MAX;

	*n = fits ? (int32_t)wide : NCT_UNKNOWN_INT;
	return fits || type == SQLITE_NULL;
}

static void bind_one(sqlite3_stmt *stmt, int parameter, const struct field *f, const void *member)
{
	switch (f->kind) {
	case INT:
	case WORD:
		nct_bind_int(stmt, parameter, *(const int32_t *)member);
		break;
	case NUMBER:
		sqlite3_bind_int64(stmt, parameter, (int64_t) * (const uint64_t *)member);
		break;
	case MAYBE:
		nct_bind_known(stmt, parameter, *(const uint64_t *)member);
		break;
	case FLAG:
		sqlite3_bind_int(stmt, parameter, *(const bool *)member);
		break;
	case STRING:
		nct_bind_chars(stmt, parameter, member, f->size);
		break;
	}
}

static bool read_one(sqlite3_stmt *stmt, int column, const struct field *f, void *member)
{
	bool null;
	int64_t n;
	int type;

	if (f->kind == STRING)
		return nct_read_string(stmt, column, member, f->size);
	if (f->kind == INT)
		return nct_read_int(stmt, column, member);
	type = read_value(stmt, column, &n);
	null = type == SQLITE_NULL;
	if (f->kind == MAYBE)
		*(uint64_t *)member = null ? NCT_NONE : (uint64_t)n;
	else if (f->kind == NUMBER)
		*(uint64_t *)member = (uint64_t)n;
	else if (f->kind == FLAG)
		*(bool *)member = n != 0;
	else /* all of them have 0 for "not known" */
		*(int32_t *)member = n < 0 || n >= (int64_t)f->size ? 0 : (int32_t)n;
	return null || type == SQLITE_INTEGER;
}

void nct_fields_bind(sqlite3_stmt *stmt, int first, const struct nct_event *ev)
{
	const struct field *fields = layout_of(ev->type);

	for (int i = 0; fields && i < COLUMNS; i++)
		if (fields[i].offset)
			bind_one(stmt, first + i, &fields[i], (const char *)ev + fields[i].offset);
}

bool nct_fields_read(sqlite3_stmt *stmt, int first, struct nct_event *ev)
{
	const struct field *fields = layout_of(ev->type);
	bool fit = true;

	for (int i = 0; fields && i < COLUMNS; i++)
		if (fields[i].offset)
			fit &= read_one(stmt, first + i, &fields[i], (char *)ev + fields[i].offset);
	return fit;
}

static int read_settings(sqlite3_stmt *stmt, struct nct_settings *s, uint64_t *nonsense)
{
	char name[sizeof(s->list->name)], value[sizeof(s->list->value)];
	int rc;

	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		bool fit = nct_read_string(stmt, 0, name, sizeof(name));

		fit &= nct_read_string(stmt, 1, value, sizeof(value));
		if (fit && *name)
			nct_settings_add(s, name, value);
		else
			(*nonsense)++;
	}
	return rc == SQLITE_DONE ? 0 : rc;
}

int nct_read_settings(sqlite3 *db, int64_t session, struct nct_settings *s, uint64_t *nonsense)
{
	sqlite3_stmt *stmt = NULL;
	int rc;

	if (!nct_schema_has_column(db, "setting", "value"))
		return 0;
	rc = sqlite3_prepare_v2(db, "SELECT name, value FROM setting WHERE session = ?", -1, &stmt,
				NULL);
	if (!rc)
		rc = sqlite3_bind_int64(stmt, 1, session);
	if (!rc)
		rc = read_settings(stmt, s, nonsense);
	sqlite3_finalize(stmt);
	return rc;
}
