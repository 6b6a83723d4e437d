// SPDX-License-Identifier: GPL-2.0
/* Rows of what the reducer made of a recovery. */
#include <stdio.h>

#include "fields.h"
#include "store.h"

static void bind_trigger(sqlite3_stmt *stmt, const struct nct_trigger *trigger)
{
	bool known = trigger->opcode != NCT_OPCODE_UNKNOWN;

	nct_bind_string(stmt, 6, trigger->reason);
	nct_bind_chars(stmt, 7, trigger->site, sizeof(trigger->site));
	nct_bind_int(stmt, 8, known ? trigger->opcode : NCT_UNKNOWN_INT);
	nct_bind_known(stmt, 9, trigger->age_ns ? trigger->age_ns : NCT_NONE);
}

static void bind_times(sqlite3_stmt *stmt, const struct nct_recovery *rec)
{
	nct_bind_known(stmt, 11, rec->start_ns);
	nct_bind_known(stmt, 12, rec->duration_ns);
	nct_bind_known(stmt, 13, rec->time_to_retry_ns);
	nct_bind_known(stmt, 14, rec->time_to_live_ns);
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

static void bind_disturbances(sqlite3_stmt *stmt, const struct nct_recovery *rec)
{
	nct_bind_known(stmt, 26, rec->intruder_ns ? rec->intruder_ns : NCT_NONE);
	nct_bind_chars(stmt, 27, rec->intruder_site, sizeof(rec->intruder_site));
	nct_bind_known(stmt, 28, rec->keep_alives ? rec->keep_alives : NCT_NONE);
	nct_bind_known(stmt, 29, rec->keep_alive_ns ? rec->keep_alive_ns : NCT_NONE);
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
	bind_disturbances(stmt, rec);
	return nct_batch_step(stmt);
}

static void bind_phase(sqlite3_stmt *stmt, int first, const struct nct_row *row)
{
	const struct nct_span *span = row->what;

	sqlite3_bind_int64(stmt, first, row->of);
	sqlite3_bind_int64(stmt, first + 1, row->id);
	nct_bind_string(stmt, first + 2, nct_phase_name(span->phase));
	nct_bind_known(stmt, first + 3, span->start_ns);
	nct_bind_known(stmt, first + 4, span->duration_ns);
}

const struct nct_table nct_table_phase = {
	"phase (recovery, n, phase, start_ns, duration_ns)",
	5,
	bind_phase,
};

/* NULL: not known. */
static const char *name_of(int32_t instance, char *buf, size_t size)
{
	snprintf(buf, size, "nvme%d", instance);
	return instance >= 0 ? buf : NULL;
}

static void bind_attempt(sqlite3_stmt *stmt, int first, const struct nct_row *row)
{
	const struct nct_ccr_attempt *a = row->what;
	char source[32];

	sqlite3_bind_int64(stmt, first, row->of);
	sqlite3_bind_int64(stmt, first + 1, row->id);
	if (name_of(a->source, source, sizeof(source)))
		sqlite3_bind_text(stmt, first + 2, source, -1, SQLITE_TRANSIENT);
	nct_bind_known(stmt, first + 3, a->start_ns);
	nct_bind_known(stmt, first + 4, a->duration_ns);
	nct_bind_known(stmt, first + 5, a->command_ns);
	nct_bind_known(stmt, first + 6, nct_ccr_wait_ns(a));
	nct_bind_int(stmt, first + 7, a->timeout_ms);
	nct_bind_int(stmt, first + 8, a->ciu);
	nct_bind_int(stmt, first + 9, a->status);
	nct_bind_int(stmt, first + 10, a->immediate);
	nct_bind_int(stmt, first + 11, a->ccrs);
	nct_bind_string(stmt, first + 12,
			a->result == NCT_CCR_UNKNOWN ? NULL : nct_ccr_result_name(a->result));
	nct_bind_known(stmt, first + 13, a->late_ns ? a->late_ns : NCT_NONE);
}

const struct nct_table nct_table_attempt = {
	"ccr_attempt (recovery, n, source, start_ns, duration_ns, command_ns, wait_ns, "
	"timeout_ms, ciu, status, immediate, ccrs, result, late_ns)",
	14,
	bind_attempt,
};

static int add(struct nct_batch *b, int64_t recovery, size_t n, const void *what)
{
	const struct nct_row row = { .id = (int64_t)n, .of = recovery, .what = what };

	return nct_batch_add(b, &row);
}

/* ---- what applications felt ---- */

static int store_io(struct nct_store *s, int64_t recovery, const struct nct_io *io)
{
	sqlite3_stmt *stmt = s->stmt[NCT_INSERT_IO];

	sqlite3_bind_int64(stmt, 1, recovery);
	nct_bind_known(stmt, 2, io->requests);
	nct_bind_known(stmt, 3, io->reads);
	nct_bind_known(stmt, 4, io->writes);
	nct_bind_known(stmt, 5, io->bytes);
	nct_bind_known(stmt, 6, io->oldest_ns);
	nct_bind_known(stmt, 7, io->requests == NCT_NONE ? NCT_NONE : io->partial);
	nct_bind_known(stmt, 8, io->failed_over);
	nct_bind_known(stmt, 9, io->cancelled);
	nct_bind_known(stmt, 10, io->completed_late);
	nct_bind_known(stmt, 11, io->first_release_ns);
	nct_bind_known(stmt, 12, io->last_release_ns);
	nct_bind_known(stmt, 13, io->errors);
	return nct_batch_step(stmt);
}

static int store_path(struct nct_store *s, int64_t recovery, size_t n,
		      const struct nct_io_path *path)
{
	sqlite3_stmt *stmt = s->stmt[NCT_INSERT_IO_PATH];
	char name[32];

	sqlite3_bind_int64(stmt, 1, recovery);
	sqlite3_bind_int64(stmt, 2, (int64_t)n);
	nct_bind_string(stmt, 3, name_of(path->to, name, sizeof(name)));
	nct_bind_known(stmt, 4, path->bios);
	return nct_batch_step(stmt);
}

static int store_waited(struct nct_store *s, int64_t recovery, unsigned int bucket,
			uint32_t requests)
{
	sqlite3_stmt *stmt = s->stmt[NCT_INSERT_IO_WAITED];

	if (!requests)
		return 0;
	sqlite3_bind_int64(stmt, 1, recovery);
	nct_bind_known(stmt, 2, nct_waited_from_ns(bucket));
	nct_bind_known(stmt, 3, nct_waited_to_ns(bucket));
	sqlite3_bind_int64(stmt, 4, requests);
	return nct_batch_step(stmt);
}

/* The statement makes the duration. */
static int store_blackout(struct nct_store *s, int64_t recovery, size_t n,
			  const struct nct_blackout *b)
{
	sqlite3_stmt *stmt = s->stmt[NCT_INSERT_BLACKOUT];

	sqlite3_bind_int64(stmt, 1, recovery);
	sqlite3_bind_int64(stmt, 2, (int64_t)n);
	nct_bind_chars(stmt, 3, b->device, sizeof(b->device));
	nct_bind_known(stmt, 4, b->since_ns);
	nct_bind_known(stmt, 5, b->until_ns);
	nct_bind_known(stmt, 6, b->until_ns == NCT_NONE ? NCT_NONE : b->uncertain_ns);
	return nct_batch_step(stmt);
}

static int store_impact(struct nct_store *s, int64_t recovery, const struct nct_io *io)
{
	int rc;

	if (!io->seen)
		return 0;
	rc = store_io(s, recovery, io);
	for (size_t i = 0; !rc && i < io->npaths; i++)
		rc = store_path(s, recovery, i + 1, &io->paths[i]);
	for (unsigned int i = 0; !rc && i < NCT_WAITED_BUCKETS; i++)
		rc = store_waited(s, recovery, i, io->waited[i]);
	for (size_t i = 0; !rc && i < io->nblackouts; i++)
		rc = store_blackout(s, recovery, i + 1, &io->blackouts[i]);
	return rc;
}

int nct_store_recovery(struct nct_store *s, const struct nct_ended *e)
{
	int64_t controller;
	int rc = nct_store_controller(s, e->session, &e->rec.id, &controller);

	if (!rc)
		rc = store_whole(s, e, controller);
	for (size_t i = 0; !rc && i < e->rec.nspans; i++)
		rc = add(&s->phases, e->id, i + 1, &e->rec.spans[i]);
	for (size_t i = 0; !rc && i < e->rec.nccr; i++)
		rc = add(&s->attempts, e->id, i + 1, &e->rec.ccr[i]);
	return rc ? rc : store_impact(s, e->id, &e->rec.io);
}
