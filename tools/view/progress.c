// SPDX-License-Identifier: GPL-2.0
#include "progress.h"

#include "fencing.h"
#include "timeline.h"

#define NSEC_PER_SEC   1000000000ull
#define ATTEMPTS_SHOWN 3 /* one by one */

static const struct nct_span *last_span(const struct nct_recovery *rec)
{
	return rec->nspans ? &rec->spans[rec->nspans - 1] : NULL;
}

static const char *phase_now(const struct nct_recovery *rec)
{
	return rec->nspans ? nct_phase_name(last_span(rec)->phase) : "a phase not known";
}

static void add_time(struct nct_text *t, const struct nct_recovery *rec,
		     const struct nct_anchor *anchor, uint64_t at_ns)
{
	nct_text_add(t, "%s %s ", nct_time_of_day(anchor, at_ns).s, nct_controller(&rec->id).s);
}

static void add_offset(struct nct_text *t, const struct nct_recovery *rec,
		       const struct nct_anchor *anchor, uint64_t at_ns)
{
	uint64_t offset = at_ns - rec->start_ns;

	add_time(t, rec, anchor, at_ns);
	nct_text_add(t, "+%llu.%06u ", (unsigned long long)(offset / NSEC_PER_SEC),
		     (unsigned int)(offset % NSEC_PER_SEC / 1000));
}

static const char *kind_text(enum nct_kind kind)
{
	if (kind == NCT_KIND_RESET)
		return "reset, not a recovery: ";
	return kind == NCT_KIND_DELETE ? "delete, not a recovery: " : "";
}

void nct_progress_begin(struct nct_text *t, const struct nct_recovery *rec,
			const struct nct_anchor *anchor)
{
	add_time(t, rec, anchor, rec->start_ns);
	nct_text_add(t, "%s %s ", nct_plain(rec->id.transport).s,
		     nct_short_address(rec->id.address).s);
	if (rec->notes & NCT_NOTE_STARTED_BEFORE)
		nct_text_add(t, "was not LIVE when the observation began, now in %s\n",
			     phase_now(rec));
	else
		nct_text_add(t, "left LIVE: %s%s\n", kind_text(rec->kind),
			     nct_cause_text(&rec->trigger).s);
}

/* How the phase before this one came out. A backoff after a connect: it has failed. */
static void add_outcome(struct nct_text *t, const struct nct_recovery *rec)
{
	enum nct_phase before = rec->nspans > 1 ? rec->spans[rec->nspans - 2].phase : 0;

	if (before == NCT_PHASE_CONNECT && last_span(rec)->phase == NCT_PHASE_BACKOFF) {
		nct_text_add(t, "%s failed: %s; ", nct_attempt(rec, rec->attempts).s,
			     nct_status(rec->last_status).s);
	} else if (before == NCT_PHASE_CCR && rec->nccr) {
		nct_text_add(t, "ccr ");
		if (rec->nccr > 1)
			nct_text_add(t, "tried %zu times, last ", rec->nccr);
		nct_fencing_attempt(t, &rec->ccr[rec->nccr - 1]);
		nct_text_add(t, "; ");
	} else if (before == NCT_PHASE_HOLD) {
		nct_fencing_hold(t, rec);
		nct_text_add(t, "; ");
	}
}

/* The source that was asked last. */
static void add_source(struct nct_text *t, const struct nct_recovery *rec)
{
	if (rec->nccr && rec->ccr[rec->nccr - 1].source >= 0)
		nct_text_add(t, " by nvme%d", rec->ccr[rec->nccr - 1].source);
}

static void add_asked(struct nct_text *t, const struct nct_recovery *rec)
{
	if (rec->hold_requested_ms != NCT_UNKNOWN_INT)
		nct_text_add(t, " (%s asked for)", nct_config_ms(rec->hold_requested_ms).s);
}

static void add_detail(struct nct_text *t, const struct nct_recovery *rec)
{
	struct nct_word delay;

	switch (last_span(rec)->phase) {
	case NCT_PHASE_BACKOFF:
		delay = nct_configured_backoff(rec);
		if (delay.s[0])
			nct_text_add(t, " (%s)", delay.s);
		break;
	case NCT_PHASE_CONNECT:
		nct_text_add(t, " %s", nct_attempt(rec, rec->attempts ? rec->attempts : 1).s);
		break;
	case NCT_PHASE_CCR:
		add_source(t, rec);
		break;
	case NCT_PHASE_HOLD:
		add_asked(t, rec);
		break;
	case NCT_PHASE_TEARDOWN:
		nct_fencing_verdict(t, rec);
		break;
	default:
		break;
	}
}

void nct_progress_phase(struct nct_text *t, const struct nct_recovery *rec,
			const struct nct_anchor *anchor)
{
	const struct nct_span *span = last_span(rec);

	if (!span)
		return;
	add_offset(t, rec, anchor, span->start_ns);
	add_outcome(t, rec);
	nct_text_add(t, "%s", nct_phase_name(span->phase));
	add_detail(t, rec);
	nct_text_add(t, "\n");
}

void nct_progress_reminder(struct nct_text *t, const struct nct_recovery *rec,
			   const struct nct_anchor *anchor)
{
	bool seen = !(rec->notes & NCT_NOTE_STARTED_BEFORE);

	add_offset(t, rec, anchor, rec->start_ns + rec->duration_ns);
	nct_text_add(t, "still in %s", phase_now(rec));
	if (rec->nspans && last_span(rec)->phase == NCT_PHASE_CCR)
		add_source(t, rec);
	if (rec->nspans && last_span(rec)->phase == NCT_PHASE_HOLD)
		add_asked(t, rec);
	nct_text_add(t, ", %s since %s", nct_duration(rec->duration_ns).s,
		     seen ? "it left LIVE" : "the observation began");
	if (rec->attempts)
		nct_text_add(t, ", %s", nct_attempt(rec, rec->attempts).s);
	if (rec->last_status != NCT_UNKNOWN_INT && rec->last_status)
		nct_text_add(t, ", last failure: %s", nct_status(rec->last_status).s);
	nct_text_add(t, "\n");
}

bool nct_progress_wanted(const struct nct_recovery *rec)
{
	return rec->attempts <= ATTEMPTS_SHOWN;
}

uint64_t nct_progress_next_age(uint64_t age_ns)
{
	if (age_ns < 10 * NSEC_PER_SEC)
		return 10 * NSEC_PER_SEC;
	if (age_ns < 30 * NSEC_PER_SEC)
		return 30 * NSEC_PER_SEC;
	return (age_ns / (60 * NSEC_PER_SEC) + 1) * 60 * NSEC_PER_SEC;
}
