// SPDX-License-Identifier: GPL-2.0
/* Was it as short as it could be, and no shorter? docs/audit.md explains each rule. */
#include <string.h>

#include "judge.h"

#define LONG_NS		    (500 * NCT_NS_PER_MS)
#define LATE_PART	    8	  /* the timer wheel lets a long timer be late by that part of it */
#define STUCK_PART	    20	  /* by which it may be late */
#define STATUS_MASK	    0x7ff /* status code and its type, without DNR and More */
#define CCR_LIMIT_EXCEEDED  0x141 /* type 1, 41h: TP8028 */
#define DEFAULT_LOSS_TMO_MS 600000 /* NVMF_DEF_CTRL_LOSS_TMO */

static uint64_t end_ns(const struct nct_recovery *rec)
{
	return rec->start_ns + rec->duration_ns;
}

/* ---- the hold ---------------------------------------------------------------------------- */

/* Requests are held while CCR is tried, too. */
struct hold {
	bool over;	      /* else held_ns is so far */
	uint64_t held_ns;     /* since the failure */
	uint64_t required_ns; /* by KATO and CQT */
};

static bool saved_by_ccr(const struct nct_recovery *rec)
{
	return rec->fence == NCT_FENCE_CCR || rec->fence == NCT_FENCE_CCR_IMMEDIATE;
}

static bool held_so_far(const struct nct_recovery *rec)
{
	return nct_ended_in(rec, NCT_PHASE_HOLD) &&
	       rec->spans[rec->nspans - 1].phase >= NCT_PHASE_CCR;
}

/* NONE: there was no hold that matters. CLEAN: what is in *h is to be compared. */
static enum nct_verdict measure_hold(const struct nct_recovery *rec, struct nct_finding *f,
				     struct hold *h)
{
	int32_t required_ms = nct_hold_required_ms(&rec->id);
	uint64_t until_ns;

	h->over = !held_so_far(rec);
	until_ns = h->over ? nct_hold_end_ns(rec) : end_ns(rec);
	if ((!rec->has_hold && h->over) || saved_by_ccr(rec))
		return NCT_VERDICT_NONE;
	if (required_ms == NCT_UNKNOWN_INT)
		return nct_cannot_tell(f, "KATO, CQT or the kind of keep-alive was not told");
	if (!required_ms)
		return NCT_VERDICT_NONE;
	if (until_ns == NCT_NONE)
		return nct_cannot_tell(f, "when the hold ended was not seen");
	if (h->over && rec->fence == NCT_FENCE_UNKNOWN)
		return nct_cannot_tell(f, NCT_FENCE_NOT_SEEN);
	if (nct_began_inside(rec))
		return nct_cannot_tell(f, NCT_START_NOT_SEEN);
	h->held_ns = until_ns - rec->start_ns;
	h->required_ns = (uint64_t)required_ms * NCT_NS_PER_MS;
	nct_shows(f, "left LIVE", rec->start_ns);
	nct_shows(f, h->over ? "the hold ended" : "the observation ended", until_ns);
	nct_shows(f, "it should have ended", rec->start_ns + h->required_ns);
	return NCT_VERDICT_CLEAN;
}

enum nct_verdict nct_short_hold(const struct nct_recovery *rec, struct nct_finding *f)
{
	struct hold h;
	enum nct_verdict verdict = measure_hold(rec, f, &h);

	if (verdict != NCT_VERDICT_CLEAN || h.held_ns + NCT_TICK_NS >= h.required_ns)
		return verdict;
	if (!h.over)
		return nct_cannot_tell(f, NCT_CUT_SHORT);
	return nct_fired(f,
			 "held until %.3f s after the failure; %d x KATO %.3f s + CQT %.3f s "
			 "require %.3f s",
			 nct_seconds(h.held_ns), rec->id.tbkas ? 3 : 2, rec->id.kato_ms / 1e3,
			 rec->id.cqt_ms / 1e3, nct_seconds(h.required_ns));
}

enum nct_verdict nct_long_hold(const struct nct_recovery *rec, struct nct_finding *f)
{
	struct hold h;
	enum nct_verdict verdict = measure_hold(rec, f, &h);
	uint64_t margin_ns;

	if (verdict != NCT_VERDICT_CLEAN)
		return verdict;
	margin_ns = h.required_ns / LATE_PART > LONG_NS ? h.required_ns / LATE_PART : LONG_NS;
	if (h.held_ns <= h.required_ns + margin_ns)
		return h.over ? NCT_VERDICT_CLEAN : nct_cannot_tell(f, NCT_CUT_SHORT);
	if (!h.over)
		return nct_fired(f,
				 "still held %.3f s after the failure, when the observation ended; "
				 "KATO and CQT require %.3f s",
				 nct_seconds(h.held_ns), nct_seconds(h.required_ns));
	/* It holds the time of the phase after it, too. */
	if (rec->notes & NCT_NOTE_MISSED_BOUNDARY)
		return nct_cannot_tell(f, "when the hold ended was not seen");
	return nct_fired(f,
			 "held until %.3f s after the failure; KATO and CQT require %.3f s: %.3f s "
			 "were given away",
			 nct_seconds(h.held_ns), nct_seconds(h.required_ns),
			 nct_seconds(h.held_ns - h.required_ns));
}

/* ---- CCR --------------------------------------------------------------------------------- */

/* None was seen. That none was made is not known where one may have been missed. */
static enum nct_verdict without_attempt(const struct nct_recovery *rec, struct nct_finding *f)
{
	if (!nct_fence_applies(rec) || !nct_may_hold(rec))
		return NCT_VERDICT_NONE;
	if (nct_began_inside(rec))
		return nct_cannot_tell(f, NCT_START_NOT_SEEN);
	return rec->notes & NCT_NOTE_LOSSY ? nct_cannot_tell(f, NCT_EVENTS_LOST) : NCT_VERDICT_NONE;
}

static enum nct_verdict late_notice(const struct nct_recovery *rec, const struct nct_ccr_attempt *a,
				    struct nct_finding *f)
{
	uint64_t gave_up_ns = a->start_ns + a->duration_ns, notice_ns = gave_up_ns + a->late_ns;
	uint64_t hold_ns = nct_hold_end_ns(rec);
	struct nct_figure source = nct_source_name(a), late = nct_figure(a->late_ns);

	nct_shows(f, "the host gave up", gave_up_ns);
	nct_shows(f, "the source told that it is done", notice_ns);
	nct_shows(f, "the hold ended", hold_ns);
	if (hold_ns == NCT_NONE || hold_ns <= notice_ns)
		return nct_fired(f, "%s completed a CCR %s after the host had given up", source.s,
				 late.s);
	return nct_fired(f,
			 "%s completed a CCR %s after the host had given up: waiting for it might "
			 "have saved %.3f s",
			 source.s, late.s, nct_seconds(hold_ns - notice_ns));
}

enum nct_verdict nct_ccr_gave_up_early(const struct nct_recovery *rec, struct nct_finding *f)
{
	bool gave_up = false, told = true;

	for (size_t i = 0; i < rec->nccr; i++) {
		if (rec->ccr[i].late_ns)
			return late_notice(rec, &rec->ccr[i], f);
		gave_up |= rec->ccr[i].result == NCT_CCR_TIMEOUT;
		told &= rec->ccr[i].result != NCT_CCR_UNKNOWN;
	}
	if (!rec->nccr)
		return without_attempt(rec, f);
	if (!told)
		return nct_cannot_tell(f, "what came of an attempt was not seen");
	if (gave_up && nct_ended_in(rec, NCT_PHASE_HOLD))
		return nct_cannot_tell(f, NCT_CUT_SHORT);
	return !gave_up || rec->io.seen ? NCT_VERDICT_CLEAN : nct_cannot_tell(f, NCT_NOT_WATCHED);
}

enum nct_verdict nct_ccr_over_limit(const struct nct_recovery *rec, struct nct_finding *f)
{
	bool told = true;

	for (size_t i = 0; i < rec->nccr; i++) {
		const struct nct_ccr_attempt *a = &rec->ccr[i];

		if (a->status > 0 && (a->status & STATUS_MASK) == CCR_LIMIT_EXCEEDED) {
			nct_shows(f, "the source was asked", a->start_ns);
			return nct_fired(f,
					 "%s refused a CCR: it works at as many as it can (CCRL)",
					 nct_source_name(a).s);
		}
		told &= a->status != NCT_UNKNOWN_INT;
	}
	if (!rec->nccr)
		return without_attempt(rec, f);
	return told ? NCT_VERDICT_CLEAN : nct_cannot_tell(f, "what a source answered was not seen");
}

/* An attempt that was not seen is told of by the reason of what followed. */
static bool asked_somebody(const struct nct_recovery *rec)
{
	static const char *const reasons[] = { "ccr-timeout",	     "ccr-rejected",
					       "ccr-failed",	     "ccr-error",
					       "source-lost",	     "ccr-in-progress",
					       "ccr-result-not-seen" };

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (nct_because_of(rec, reasons[i]))
			return true;
	return rec->nccr;
}

/* Nobody was asked, as far as was seen, and nothing was told of why. */
static enum nct_verdict nobody_asked(const struct nct_recovery *rec, struct nct_finding *f)
{
	const char *why = *rec->hold_reason ? rec->hold_reason : rec->fence_reason;

	if (rec->id.ccr == NCT_UNKNOWN_INT)
		return nct_cannot_tell(f, "whether the controller has CCR was not told");
	if (!rec->id.ccr)
		return NCT_VERDICT_NONE;
	if (nct_began_inside(rec))
		return nct_cannot_tell(f, NCT_START_NOT_SEEN);
	if (rec->notes & NCT_NOTE_LOSSY)
		return nct_cannot_tell(f, NCT_EVENTS_LOST);
	if (rec->fence == NCT_FENCE_UNKNOWN)
		return nct_cannot_tell(f, "what became of the fencing was not seen");
	/* A driver that does not fence at all asks nobody. */
	if (nct_had_nothing(rec) || nct_because_of(rec, "fencing-not-attempted"))
		return NCT_VERDICT_NONE;
	return nct_fired(f, "the controller has CCR, and nobody was asked for it%s%s%s",
			 why ? " (" : "", why ? why : "", why ? ")" : "");
}

enum nct_verdict nct_no_source(const struct nct_recovery *rec, struct nct_finding *f)
{
	if (!nct_fence_applies(rec) || !nct_may_hold(rec))
		return NCT_VERDICT_NONE;
	nct_shows(f, "left LIVE", rec->start_ns);
	if (nct_because_of(rec, "no-source"))
		return nct_fired(
			f, "no other controller of the subsystem was LIVE: CCR was not possible");
	if (nct_because_of(rec, "no-credit"))
		return nct_fired(f, "all other controllers work at as many CCRs as they can "
				    "(CCRL)");
	return asked_somebody(rec) ? NCT_VERDICT_CLEAN : nobody_asked(rec, f);
}

/* ---- reconnecting ------------------------------------------------------------------------ */

/* By attempts that the settings space: not on PCIe, nor loop. */
static bool reconnects(const struct nct_recovery *rec)
{
	return nct_fence_applies(rec) && strcmp(rec->id.transport, "loop");
}

/* When reconnecting began; NONE: it did not. */
static uint64_t reconnecting_ns(const struct nct_recovery *rec)
{
	for (size_t i = 0; i < rec->nspans; i++)
		if (rec->spans[i].phase >= NCT_PHASE_BACKOFF)
			return rec->spans[i].start_ns;
	return NCT_NONE;
}

/* How long it may take until a controller is given up; by default, if it never is. */
static uint64_t allowed_ns(const struct nct_identity *id)
{
	int64_t ms = id->ctrl_loss_tmo_ms;

	if (ms < 0)
		ms = DEFAULT_LOSS_TMO_MS;
	ms += id->reconnect_delay_ms;
	return (uint64_t)ms * NCT_NS_PER_MS;
}

static uint64_t with_slack(uint64_t ns)
{
	return ns + ns / STUCK_PART;
}

/* Nothing limits what comes before reconnecting, but the hold, which has to be as long as it is. */
static uint64_t phase_limit_ns(const struct nct_recovery *rec, enum nct_phase phase)
{
	int32_t required_ms = nct_hold_required_ms(&rec->id);
	uint64_t limit_ns = allowed_ns(&rec->id);

	if ((phase == NCT_PHASE_CCR || phase == NCT_PHASE_HOLD) && required_ms > 0)
		limit_ns += (uint64_t)required_ms * NCT_NS_PER_MS;
	return limit_ns;
}

/* A work hangs, or does not even start. */
static const struct nct_span *hung(const struct nct_recovery *rec)
{
	/* It may be the time of reconnecting, which nothing limits. */
	if (rec->id.ctrl_loss_tmo_ms == -1 && rec->notes & NCT_NOTE_MISSED_BOUNDARY)
		return NULL;
	for (size_t i = 0; i < rec->nspans && rec->spans[i].phase < NCT_PHASE_BACKOFF; i++)
		if (rec->spans[i].duration_ns >
		    with_slack(phase_limit_ns(rec, rec->spans[i].phase)))
			return &rec->spans[i];
	return NULL;
}

static void show_end(const struct nct_recovery *rec, struct nct_finding *f)
{
	nct_shows(f,
		  rec->end == NCT_END_LIVE	? "LIVE again"
		  : rec->end == NCT_END_REMOVED ? "removed"
						: "the observation ended",
		  end_ns(rec));
}

static enum nct_verdict tell_hung(const struct nct_recovery *rec, const struct nct_span *span,
				  struct nct_finding *f)
{
	uint64_t limit_ns = phase_limit_ns(rec, span->phase);

	nct_shows(f, "left LIVE", rec->start_ns);
	nct_shows(f, "what hangs began", span->start_ns);
	nct_shows(f, "it should have been over", span->start_ns + limit_ns);
	show_end(rec, f);
	return nct_fired(f, "%s took %.3f s%s; no more than %.3f s is to be expected",
			 nct_phase_name(span->phase), nct_seconds(span->duration_ns),
			 nct_ended_in(rec, span->phase) ? " so far" : "", nct_seconds(limit_ns));
}

/* What it takes to say how long a phase may last was told. */
static bool limit_known(const struct nct_recovery *rec, enum nct_phase phase)
{
	bool fencing = phase == NCT_PHASE_CCR || phase == NCT_PHASE_HOLD;

	return !fencing || nct_hold_required_ms(&rec->id) != NCT_UNKNOWN_INT;
}

enum nct_verdict nct_stuck(const struct nct_recovery *rec, struct nct_finding *f)
{
	uint64_t since_ns = reconnecting_ns(rec), allowed;
	bool open = rec->end == NCT_END_INCOMPLETE;
	const struct nct_span *hangs;

	if (!reconnects(rec))
		return NCT_VERDICT_NONE;
	if (rec->id.ctrl_loss_tmo_ms == NCT_UNKNOWN_INT || rec->id.reconnect_delay_ms < 0)
		return nct_cannot_tell(f, "ctrl_loss_tmo or reconnect_delay was not told");
	allowed = allowed_ns(&rec->id);
	hangs = hung(rec);
	if (hangs && !limit_known(rec, hangs->phase))
		return nct_cannot_tell(f, "how long it had to be held was not told");
	if (hangs)
		return tell_hung(rec, hangs, f);
	if (since_ns == NCT_NONE)
		return open ? nct_cannot_tell(f, NCT_CUT_SHORT) : NCT_VERDICT_CLEAN;
	if (rec->id.ctrl_loss_tmo_ms == -1)
		return NCT_VERDICT_NONE;
	if (end_ns(rec) - since_ns <= with_slack(allowed))
		return open ? nct_cannot_tell(f, NCT_NOT_WHOLE) : NCT_VERDICT_CLEAN;
	nct_shows(f, "left LIVE", rec->start_ns);
	nct_shows(f, "reconnecting began", since_ns);
	nct_shows(f, "it should have been given up", since_ns + allowed);
	show_end(rec, f);
	return nct_fired(f,
			 "reconnecting took %.3f s%s; ctrl_loss_tmo and one reconnect_delay are "
			 "%.3f s",
			 nct_seconds(end_ns(rec) - since_ns), open ? " so far" : "",
			 nct_seconds(allowed));
}

/* Where an attempt that failed was not seen, its time is in that of the waits: they were no longer
 * than reconnect_delay, once for each attempt. */
static uint64_t waits_ns(const struct nct_recovery *rec)
{
	uint64_t backoff_ns = rec->total_ns[NCT_PHASE_BACKOFF], most_ns;

	if (!(rec->notes & NCT_NOTE_MISSED_BOUNDARY))
		return backoff_ns;
	if (rec->id.reconnect_delay_ms < 0)
		return 0;
	most_ns = (uint64_t)rec->id.reconnect_delay_ms * NCT_NS_PER_MS * rec->attempts;
	return most_ns < backoff_ns ? most_ns : backoff_ns;
}

enum nct_verdict nct_reconnect_dominates(const struct nct_recovery *rec, struct nct_finding *f)
{
	uint64_t waits = waits_ns(rec), half_ns;

	if (!reconnects(rec))
		return NCT_VERDICT_NONE;
	if (rec->end == NCT_END_INCOMPLETE)
		return nct_cannot_tell(f, NCT_NOT_WHOLE);
	if (rec->end != NCT_END_LIVE || rec->time_to_live_ns == NCT_NONE)
		return NCT_VERDICT_NONE;
	half_ns = rec->time_to_live_ns / 2;
	if (rec->total_ns[NCT_PHASE_BACKOFF] <= half_ns)
		return NCT_VERDICT_CLEAN;
	if (waits <= half_ns)
		return nct_cannot_tell(f, "how much of the time were waits was not seen");
	nct_shows(f, "left LIVE", rec->start_ns);
	nct_shows(f, "reconnecting began", reconnecting_ns(rec));
	nct_shows(f, "LIVE again", rec->start_ns + rec->time_to_live_ns);
	if (rec->id.reconnect_delay_ms == NCT_UNKNOWN_INT)
		return nct_fired(f, "%.3f s of %.3f s were waits between attempts: reconnect_delay",
				 nct_seconds(waits), nct_seconds(rec->time_to_live_ns));
	return nct_fired(f,
			 "%.3f s of %.3f s were waits between attempts: reconnect_delay is %.3f s",
			 nct_seconds(waits), nct_seconds(rec->time_to_live_ns),
			 rec->id.reconnect_delay_ms / 1e3);
}
