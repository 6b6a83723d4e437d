// SPDX-License-Identifier: GPL-2.0
/* Rows of what the reducer made: recovery, phase, ccr_attempt. */
#include <stdio.h>

#include "fields.h"
#include "store.h"

static void bind_ns(sqlite3_stmt *stmt, int parameter, uint64_t ns)
{
	if (ns == NCT_NONE)
		sqlite3_bind_null(stmt, parameter);
	else
		sqlite3_bind_int64(stmt, parameter, (int64_t)ns);
}

static void bind_trigger(sqlite3_stmt *stmt, const struct nct_trigger *trigger)
{
	bool known = trigger->opcode != NCT_OPCODE_UNKNOWN;

	nct_bind_string(stmt, 6, trigger->reason);
	nct_bind_chars(stmt, 7, trigger->site, sizeof(trigger->site));
	nct_bind_int(stmt, 8, known ? trigger->opcode : NCT_UNKNOWN_INT);
	bind_ns(stmt, 9, trigger->age_ns ? trigger->age_ns : NCT_NONE);
}

static void bind_times(sqlite3_stmt *stmt, const struct nct_recovery *rec)
{
	bind_ns(stmt, 11, rec->start_ns);
	bind_ns(stmt, 12, rec->duration_ns);
	bind_ns(stmt, 13, rec->time_to_retry_ns);
	bind_ns(stmt, 14, rec->time_to_live_ns);
}

static void bind_outcome(sqlite3_stmt *stmt, const struct nct_recovery *rec)
{
	bool fences = rec->kind == NCT_KIND_RECOVERY;

	nct_bind_string(stmt, 15, fences ? nct_fence_name(rec->fence) : NULL);
	nct_bind_string(stmt, 16, fences ? rec->fence_reason : NULL);
	nct_bind_int(stmt, 17, rec->has_hold ? rec->hold_requested_ms : NCT_UNKNOWN_INT);
	if (rec->has_hold)
		nct_bind_chars(stmt, 18, rec->hold_reason, sizeof(rec->hold_reason));
	nct_bind_string(stmt, 19, nct_end_name(rec->end));
	nct_bind_string(stmt, 20, rec->end_reason);
	nct_bind_chars(stmt, 21, rec->end_site, sizeof(rec->end_site));
	sqlite3_bind_int64(stmt, 22, rec->attempts);
	nct_bind_int(stmt, 23, rec->last_status);
	sqlite3_bind_int(stmt, 24, (rec->notes & NCT_NOTE_LOSSY) != 0);
	sqlite3_bind_int64(stmt, 25, rec->notes);
}

static int store_whole(struct nct_store *s, const struct nct_ended *e, int64_t controller)
{
	sqlite3_stmt *stmt = s->stmt[NCT_INSERT_RECOVERY];
	const struct nct_recovery *rec = &e->rec;
	char start[32] = "";

	if (e->has_anchor)
		nct_format_utc(nct_anchor_wall_ns(&e->anchor, rec->start_ns), start, sizeof(start));
	sqlite3_bind_int64(stmt, 1, e->id);
	sqlite3_bind_int64(stmt, 2, e->session);
	sqlite3_bind_int64(stmt, 3, controller);
	nct_bind_string(stmt, 4, nct_kind_name(rec->kind));
	nct_bind_string(stmt, 5,
			rec->dialect == NCT_DIALECT_UNKNOWN ? NULL
							    : nct_dialect_name(rec->dialect));
	bind_trigger(stmt, &rec->trigger);
	nct_bind_string(stmt, 10, start);
	bind_times(stmt, rec);
	bind_outcome(stmt, rec);
	return nct_store_step(stmt);
}

static int store_phase(struct nct_store *s, int64_t recovery, size_t n, const struct nct_span *span)
{
	sqlite3_stmt *stmt = s->stmt[NCT_INSERT_PHASE];

	sqlite3_bind_int64(stmt, 1, recovery);
	sqlite3_bind_int64(stmt, 2, (int64_t)n);
	nct_bind_string(stmt, 3, nct_phase_name(span->phase));
	bind_ns(stmt, 4, span->start_ns);
	bind_ns(stmt, 5, span->duration_ns);
	return nct_store_step(stmt);
}

static int store_attempt(struct nct_store *s, int64_t recovery, size_t n,
			 const struct nct_ccr_attempt *a)
{
	sqlite3_stmt *stmt = s->stmt[NCT_INSERT_CCR];
	char source[32];

	snprintf(source, sizeof(source), "nvme%d", a->source);
	sqlite3_bind_int64(stmt, 1, recovery);
	sqlite3_bind_int64(stmt, 2, (int64_t)n);
	nct_bind_string(stmt, 3, a->source >= 0 ? source : NULL);
	bind_ns(stmt, 4, a->start_ns);
	bind_ns(stmt, 5, a->duration_ns);
	bind_ns(stmt, 6, a->command_ns);
	bind_ns(stmt, 7, nct_ccr_wait_ns(a));
	nct_bind_int(stmt, 8, a->timeout_ms);
	nct_bind_int(stmt, 9, a->ciu);
	nct_bind_int(stmt, 10, a->status);
	nct_bind_int(stmt, 11, a->immediate);
	nct_bind_int(stmt, 12, a->ccrs);
	nct_bind_string(stmt, 13,
			a->result == NCT_CCR_UNKNOWN ? NULL : nct_ccr_result_name(a->result));
	return nct_store_step(stmt);
}

int nct_store_recovery(struct nct_store *s, const struct nct_ended *e)
{
	int64_t controller;
	int rc = nct_store_controller(s, e->session, &e->rec.id, &controller);

	if (!rc)
		rc = store_whole(s, e, controller);
	for (size_t i = 0; !rc && i < e->rec.nspans; i++)
		rc = store_phase(s, e->id, i + 1, &e->rec.spans[i]);
	for (size_t i = 0; !rc && i < e->rec.nccr; i++)
		rc = store_attempt(s, e->id, i + 1, &e->rec.ccr[i]);
	return rc;
}
