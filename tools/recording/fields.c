// SPDX-License-Identifier: GPL-2.0
#include "fields.h"

#include <stddef.h>
#include <string.h>

enum kind {
	INT,	/* int32_t, NCT_UNKNOWN_INT ↔ NULL */
	NUMBER, /* uint64_t */
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

void nct_read_string(sqlite3_stmt *stmt, int column, char *buf, size_t size)
{
	const unsigned char *s = sqlite3_column_text(stmt, column);
	size_t len = s ? strnlen((const char *)s, size - 1) : 0;

	if (len)
		memcpy(buf, s, len);
	buf[len] = '\0';
}

int32_t nct_read_int(sqlite3_stmt *stmt, int column)
{
	int64_t n = sqlite3_column_int64(stmt, column);

	if (sqlite3_column_type(stmt, column) == SQLITE_NULL || n < INT32_MIN || n > INT32_MAX)
		return NCT_UNKNOWN_INT;
	return (int32_t)n;
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
	case FLAG:
		sqlite3_bind_int(stmt, parameter, *(const bool *)member);
		break;
	case STRING:
		nct_bind_chars(stmt, parameter, member, f->size);
		break;
	}
}

static void read_one(sqlite3_stmt *stmt, int column, const struct field *f, void *member)
{
	int64_t word;

	switch (f->kind) {
	case INT:
		*(int32_t *)member = nct_read_int(stmt, column);
		break;
	case NUMBER:
		*(uint64_t *)member = (uint64_t)sqlite3_column_int64(stmt, column);
		break;
	case FLAG:
		*(bool *)member = sqlite3_column_int64(stmt, column) != 0;
		break;
	case WORD: /* all of them have 0 for "not known" */
		word = sqlite3_column_int64(stmt, column);
		*(int32_t *)member = word < 0 || word >= (int64_t)f->size ? 0 : (int32_t)word;
		break;
	case STRING:
		nct_read_string(stmt, column, member, f->size);
		break;
	}
}

void nct_fields_bind(sqlite3_stmt *stmt, int first, const struct nct_event *ev)
{
	const struct field *fields = layout_of(ev->type);

	for (int i = 0; fields && i < COLUMNS; i++)
		if (fields[i].offset)
			bind_one(stmt, first + i, &fields[i], (const char *)ev + fields[i].offset);
}

void nct_fields_read(sqlite3_stmt *stmt, int first, struct nct_event *ev)
{
	const struct field *fields = layout_of(ev->type);

	for (int i = 0; fields && i < COLUMNS; i++)
		if (fields[i].offset)
			read_one(stmt, first + i, &fields[i], (char *)ev + fields[i].offset);
}
