// SPDX-License-Identifier: GPL-2.0
/* Was it safe, and was it as short as it could be? docs/audit.md explains each rule. */
#include "audit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NS_PER_MS	   1000000ull
#define TICK_NS		   (10 * NS_PER_MS) /* a delayed work may run that much early: HZ=100 */
#define LONG_NS		   (500 * NS_PER_MS)
#define STUCK_PART	   20	 /* by which it may be late */
#define LONG_PART	   8	 /* the timer wheel lets a long timer be late by that part of it */
#define STATUS_MASK	   0x7ff /* status code and its type, without DNR and More */
#define CCR_LIMIT_EXCEEDED 0x141 /* type 1, 41h: TP8028 */

const struct nct_rule_info nct_rules[NCT_RULE_COUNT] = {
	[NCT_RULE_EARLY_RETRY] = { "early-retry", NCT_SEVERITY_VIOLATION,
				   "requests were retried before that was safe" },
	[NCT_RULE_UNFENCED_CAPABLE] = { "unfenced-capable", NCT_SEVERITY_VIOLATION,
					"not fenced, though the controller has CCR or CQT" },
	[NCT_RULE_SHORT_HOLD] = { "short-hold", NCT_SEVERITY_VIOLATION,
				  "held for less time than KATO and CQT require" },
	[NCT_RULE_RESET_DURING_FENCING] = { "reset-during-fencing", NCT_SEVERITY_VIOLATION,
					    "a reset or delete got through while I/O was held" },
	[NCT_RULE_KEEPALIVE_IN_RECOVERY] = { "keepalive-in-recovery", NCT_SEVERITY_WARNING,
					     "the keep-alive ran while I/O was held" },
	[NCT_RULE_LONG_HOLD] = { "long-hold", NCT_SEVERITY_WARNING,
				 "held for longer than KATO and CQT require" },
	[NCT_RULE_CCR_GAVE_UP_EARLY] = { "ccr-gave-up-early", NCT_SEVERITY_WARNING,
					 "a CCR completed after the host had given up" },
	[NCT_RULE_CCR_OVER_LIMIT] = { "ccr-over-limit", NCT_SEVERITY_WARNING,
				      "a source was asked for more CCRs than it takes" },
	[NCT_RULE_NO_SOURCE] = { "no-source", NCT_SEVERITY_WARNING,
				 "no other controller could be asked for a CCR" },
	[NCT_RULE_STUCK] = { "stuck", NCT_SEVERITY_WARNING,
			     "neither back nor given up by ctrl_loss_tmo" },
	[NCT_RULE_RECONNECT_DOMINATES] = { "reconnect-dominates", NCT_SEVERITY_INFO,
					   "most of the time to live is reconnect_delay" },
	[NCT_RULE_LOSSY] = { "lossy", NCT_SEVERITY_WARNING,
			     "events were lost: the result cannot be trusted" },
};

const char *nct_severity_name(enum nct_severity severity)
{
	switch (severity) {
	case NCT_SEVERITY_VIOLATION:
		return "violation";
	case NCT_SEVERITY_WARNING:
		return "warning";
	default:
		return "info";
	}
}

/* ---- what rules say ------------------------------------------------------------------ */

__attribute__((format(printf, 2, 3))) static enum nct_verdict fired(struct nct_finding *f,
								    const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(f->message, sizeof(f->message), fmt, args);
	va_end(args);
	return NCT_VERDICT_FIRED;
}

static enum nct_verdict unknown(struct nct_finding *f, const char *missing)
{
	snprintf(f->message, sizeof(f->message), "%s", missing);
	return NCT_VERDICT_UNKNOWN;
}

static void shows(struct nct_finding *f, const char *what, uint64_t at_ns)
{
	if (at_ns != NCT_NONE && f->nevidence < NCT_MAX_EVIDENCE)
		f->evidence[f->nevidence++] = (struct nct_evidence) { what, at_ns };
}

static double s(uint64_t ns)
{
	return (double)ns / 1e9;
}

/* What only a kernel of these dialects does can be missed on others. */
static bool may_hold(const struct nct_recovery *rec)
{
	return rec->dialect == NCT_DIALECT_RECOVERING || rec->dialect == NCT_DIALECT_FENCING;
}

static bool began_inside(const struct nct_recovery *rec)
{
	return rec->notes & NCT_NOTE_STARTED_BEFORE;
}

/* The observation ended in this phase, or before it. */
static bool ended_in(const struct nct_recovery *rec, enum nct_phase last)
{
	return rec->notes & NCT_NOTE_CUT_SHORT && rec->nspans &&
	       rec->spans[rec->nspans - 1].phase <= last;
}

/* Logs and texts of ftrace tell neither requests nor keep-alives nor notices. */
#define NOT_WATCHED                                                                                \
	"requests were not watched (a log, --io off, or an observation that began inside)"
#define START_NOT_SEEN "when the controller left LIVE was not seen"
#define CUT_SHORT      "the observation ended inside"
#define NOT_WHOLE      "it was not seen as a whole"

/* ---- was it safe? ---------------------------------------------------------------------- */

/* From when on a retry was safe. A hold that was too short makes nothing safe by its end. */
static uint64_t safe_from_ns(const struct nct_recovery *rec)
{
	uint64_t done_ns = nct_fence_done_ns(rec), whole_ns;
	int32_t required_ms = nct_hold_required_ms(&rec->id);

	if (rec->fence != NCT_FENCE_HOLD || done_ns == NCT_NONE || required_ms <= 0 ||
	    began_inside(rec))
		return done_ns;
	whole_ns = rec->start_ns + (uint64_t)required_ms * NS_PER_MS - TICK_NS;
	return done_ns > whole_ns ? done_ns : whole_ns;
}

/* The request whose timeout began it was aborted before the controller left LIVE, as over FC: what
 * is counted from then on does not have it. */
static bool began_with_another(const struct nct_recovery *rec)
{
	const struct nct_trigger *trigger = &rec->trigger;
	const struct nct_io *io = &rec->io;

	if (!trigger->reason || strcmp(trigger->reason, "io-timeout") != 0 || !trigger->age_ns)
		return false;
	return io->requests == 0 ||
	       (io->oldest_ns != NCT_NONE && io->oldest_ns < trigger->age_ns / 2);
}

/* Requests that were cancelled are retried by who made them, at once as a rule: dm-multipath. */
static enum nct_verdict without_failover(const struct nct_recovery *rec, struct nct_finding *f)
{
	/* Nothing is counted any more once a controller is being deleted. */
	if (rec->end == NCT_END_REMOVED && !rec->io.cancelled && rec->io.requests)
		return unknown(f, "the controller was deleted; what became of its requests was "
				  "not seen");
	if (!rec->io.cancelled ||
	    (rec->fence != NCT_FENCE_UNFENCED && rec->fence != NCT_FENCE_UNKNOWN))
		return NCT_VERDICT_CLEAN;
	return unknown(f, "requests were cancelled, unfenced; whether they are retried above NVMe "
			  "is not seen");
}

static enum nct_verdict early_retry(const struct nct_recovery *rec, struct nct_finding *f)
{
	const struct nct_io *io = &rec->io;
	uint64_t done_ns = safe_from_ns(rec);

	if (!nct_fence_applies(rec))
		return NCT_VERDICT_NONE;
	if (!io->seen || io->failed_over == NCT_NONE)
		return unknown(f, NOT_WATCHED);
	if (!io->failed_over && began_with_another(rec))
		return unknown(f, "what became of the request that timed out was not seen");
	if (!io->failed_over)
		return without_failover(rec, f);
	if (rec->fence == NCT_FENCE_UNKNOWN)
		return unknown(f, "whether anything made the retry safe was not seen");
	if (io->first_release_ns == NCT_NONE)
		return unknown(f,
			       "of what was retried, nothing is known to have reached the target");
	if (rec->fence != NCT_FENCE_UNFENCED) {
		if (done_ns == NCT_NONE)
			return unknown(f, "when the fencing ended was not seen");
		/* A hold is safe by its length only: by KATO and CQT, neither of which may be 0. */
		if (rec->fence == NCT_FENCE_HOLD && io->first_release_ns >= done_ns &&
		    nct_hold_required_ms(&rec->id) <= 0)
			return unknown(f, "how long the hold had to be does not follow from what "
					  "was told of KATO and CQT");
		if (io->first_release_ns >= done_ns)
			return NCT_VERDICT_CLEAN;
		/* The hold may have ended earlier than it seems. */
		if (rec->fence == NCT_FENCE_HOLD && rec->notes & NCT_NOTE_MISSED_BOUNDARY)
			return unknown(f, "when the hold ended was not seen");
	}
	shows(f, "left LIVE", rec->start_ns);
	shows(f, "first request released for retry", io->first_release_ns);
	shows(f, "last request released for retry", io->last_release_ns);
	if (done_ns == nct_fence_done_ns(rec))
		shows(f, "fencing complete", done_ns);
	else
		shows(f, "a whole hold would have been over", done_ns + TICK_NS);
	if (rec->fence == NCT_FENCE_UNFENCED)
		return fired(f,
			     "%llu %s retried on another path, and nothing had made "
			     "sure that the old %s could not land later (%s)",
			     (unsigned long long)io->failed_over,
			     io->failed_over == 1 ? "request was" : "requests were",
			     io->failed_over == 1 ? "one" : "ones",
			     rec->fence_reason ? rec->fence_reason : "unfenced");
	return fired(f,
		     "%llu %s released for retry, the first one %.3f s before the "
		     "fencing (%s) was complete",
		     (unsigned long long)io->failed_over,
		     io->failed_over == 1 ? "request was" : "requests were",
		     s(done_ns - io->first_release_ns), nct_fence_name(rec->fence));
}

/* A controller without I/O queues, as of discovery, is not fenced: nothing can be retried. */
static bool had_nothing(const struct nct_recovery *rec)
{
	const struct nct_io *io = &rec->io;

	return io->seen && !io->partial && !io->requests && !io->failed_over && !io->cancelled &&
	       !began_with_another(rec);
}

static enum nct_verdict unfenced_capable(const struct nct_recovery *rec, struct nct_finding *f)
{
	const struct nct_identity *id = &rec->id;
	bool ccr = id->ccr == 1, cqt = id->cqt_ms > 0;
	bool told = id->ccr != NCT_UNKNOWN_INT && id->cqt_ms != NCT_UNKNOWN_INT;

	if (!nct_fence_applies(rec))
		return NCT_VERDICT_NONE;
	if (!told && !ccr && !cqt)
		return unknown(f, "whether the controller has CCR or CQT was not told");
	if (!ccr && !cqt)
		return NCT_VERDICT_NONE;
	if (rec->fence == NCT_FENCE_UNKNOWN)
		return unknown(f, "whether anything made the retry safe was not seen");
	if (rec->fence != NCT_FENCE_UNFENCED || had_nothing(rec))
		return NCT_VERDICT_CLEAN;
	shows(f, "left LIVE", rec->start_ns);
	return fired(f, "the controller has %s%s%s, and yet nothing made the retry safe (%s)",
		     ccr ? "CCR" : "", ccr && cqt ? " and " : "", cqt ? "CQT" : "",
		     rec->fence_reason ? rec->fence_reason : "unfenced");
}

static uint64_t hold_end_ns(const struct nct_recovery *rec)
{
	for (size_t i = rec->nspans; i--;)
		if (rec->spans[i].phase == NCT_PHASE_HOLD)
			return rec->spans[i].start_ns + rec->spans[i].duration_ns;
	return NCT_NONE;
}

/* NONE: there was no hold that matters. CLEAN: *held_ns and *required_ns are to be compared. */
static enum nct_verdict measure_hold(const struct nct_recovery *rec, struct nct_finding *f,
				     uint64_t *held_ns, uint64_t *required_ns)
{
	int32_t required_ms = nct_hold_required_ms(&rec->id);
	uint64_t end_ns = hold_end_ns(rec);

	if (!rec->has_hold || rec->fence == NCT_FENCE_CCR || rec->fence == NCT_FENCE_CCR_IMMEDIATE)
		return NCT_VERDICT_NONE;
	if (required_ms == NCT_UNKNOWN_INT)
		return unknown(f, "KATO, CQT or the kind of keep-alive was not told");
	if (!required_ms)
		return NCT_VERDICT_NONE;
	if (end_ns == NCT_NONE)
		return unknown(f, "when the hold ended was not seen");
	if (began_inside(rec))
		return unknown(f, START_NOT_SEEN);
	if (ended_in(rec, NCT_PHASE_HOLD))
		return unknown(f, CUT_SHORT);
	*held_ns = end_ns - rec->start_ns;
	*required_ns = (uint64_t)required_ms * NS_PER_MS;
	shows(f, "left LIVE", rec->start_ns);
	shows(f, "the hold ended", end_ns);
	shows(f, "it should have ended", rec->start_ns + *required_ns);
	return NCT_VERDICT_CLEAN;
}

static enum nct_verdict short_hold(const struct nct_recovery *rec, struct nct_finding *f)
{
	uint64_t held_ns, required_ns;
	enum nct_verdict verdict = measure_hold(rec, f, &held_ns, &required_ns);

	if (verdict != NCT_VERDICT_CLEAN || held_ns + TICK_NS >= required_ns)
		return verdict;
	return fired(f,
		     "held until %.3f s after the failure; %d x KATO %.3f s + CQT %.3f s require "
		     "%.3f s",
		     s(held_ns), rec->id.tbkas ? 3 : 2, rec->id.kato_ms / 1e3, rec->id.cqt_ms / 1e3,
		     s(required_ns));
}

static enum nct_verdict reset_during_fencing(const struct nct_recovery *rec, struct nct_finding *f)
{
	if (!may_hold(rec))
		return NCT_VERDICT_NONE;
	if (rec->intruder_ns) {
		shows(f, "left LIVE", rec->start_ns);
		shows(f, "the reset or delete", rec->intruder_ns);
		return fired(f,
			     "a reset or delete (%s) got through %.3f s after the failure, "
			     "while requests were held",
			     rec->intruder_site, s(rec->intruder_ns - rec->start_ns));
	}
	if (ended_in(rec, NCT_PHASE_HOLD))
		return unknown(f, CUT_SHORT);
	return rec->trigger.site[0] ? NCT_VERDICT_CLEAN
				    : unknown(f, "who changed the controller's state was not seen");
}

static enum nct_verdict keepalive_in_recovery(const struct nct_recovery *rec, struct nct_finding *f)
{
	if (!may_hold(rec))
		return NCT_VERDICT_NONE;
	if (rec->keep_alives) {
		shows(f, "left LIVE", rec->start_ns);
		shows(f, "the first keep-alive", rec->keep_alive_ns);
		return fired(f,
			     "the keep-alive ran %u time%s while requests were held: the target "
			     "may take it for a sign of life",
			     rec->keep_alives, rec->keep_alives == 1 ? "" : "s");
	}
	if (began_inside(rec))
		return unknown(f, START_NOT_SEEN);
	if (ended_in(rec, NCT_PHASE_HOLD))
		return unknown(f, CUT_SHORT);
	return rec->io.seen ? NCT_VERDICT_CLEAN : unknown(f, NOT_WATCHED);
}

/* ---- was it as short as it could be? --------------------------------------------------- */

static enum nct_verdict long_hold(const struct nct_recovery *rec, struct nct_finding *f)
{
	uint64_t held_ns, required_ns, margin_ns;
	enum nct_verdict verdict = measure_hold(rec, f, &held_ns, &required_ns);

	if (verdict != NCT_VERDICT_CLEAN)
		return verdict;
	margin_ns = required_ns / LONG_PART > LONG_NS ? required_ns / LONG_PART : LONG_NS;
	if (held_ns <= required_ns + margin_ns)
		return NCT_VERDICT_CLEAN;
	/* It holds the time of the phase after it, too. */
	if (rec->notes & NCT_NOTE_MISSED_BOUNDARY)
		return unknown(f, "when the hold ended was not seen");
	return fired(f,
		     "held until %.3f s after the failure; KATO and CQT require %.3f s: %.3f s "
		     "were given away",
		     s(held_ns), s(required_ns), s(held_ns - required_ns));
}

/* None was seen. That none was made is not known where one may have been missed. */
static enum nct_verdict without_attempt(const struct nct_recovery *rec, struct nct_finding *f)
{
	if (!nct_fence_applies(rec) || !may_hold(rec))
		return NCT_VERDICT_NONE;
	if (began_inside(rec))
		return unknown(f, START_NOT_SEEN);
	return rec->notes & NCT_NOTE_LOSSY ? unknown(f, "events were lost") : NCT_VERDICT_NONE;
}

static enum nct_verdict ccr_gave_up_early(const struct nct_recovery *rec, struct nct_finding *f)
{
	bool gave_up = false, told = true;
	uint64_t end_ns = hold_end_ns(rec), notice_ns;

	for (size_t i = 0; i < rec->nccr; i++) {
		const struct nct_ccr_attempt *a = &rec->ccr[i];

		gave_up |= a->result == NCT_CCR_TIMEOUT;
		told &= a->result != NCT_CCR_UNKNOWN;
		if (!a->late_ns)
			continue;
		notice_ns = a->start_ns + a->duration_ns + a->late_ns;
		shows(f, "the host gave up", a->start_ns + a->duration_ns);
		shows(f, "the source told that it is done", notice_ns);
		shows(f, "the hold ended", end_ns);
		if (end_ns == NCT_NONE || end_ns <= notice_ns)
			return fired(f, "nvme%d completed a CCR %.3f s after the host had given up",
				     a->source, s(a->late_ns));
		return fired(f,
			     "nvme%d completed a CCR %.3f s after the host had given up: waiting "
			     "for it would have saved %.3f s",
			     a->source, s(a->late_ns), s(end_ns - notice_ns));
	}
	if (!rec->nccr)
		return without_attempt(rec, f);
	if (!told)
		return unknown(f, "what came of an attempt was not seen");
	if (gave_up && ended_in(rec, NCT_PHASE_HOLD))
		return unknown(f, CUT_SHORT);
	return !gave_up || rec->io.seen ? NCT_VERDICT_CLEAN : unknown(f, NOT_WATCHED);
}

static enum nct_verdict ccr_over_limit(const struct nct_recovery *rec, struct nct_finding *f)
{
	bool told = true;

	for (size_t i = 0; i < rec->nccr; i++) {
		const struct nct_ccr_attempt *a = &rec->ccr[i];

		if (a->status > 0 && (a->status & STATUS_MASK) == CCR_LIMIT_EXCEEDED) {
			shows(f, "the source was asked", a->start_ns);
			return fired(f,
				     "nvme%d refused a CCR: it works at as many as it can (CCRL)",
				     a->source);
		}
		told &= a->status != NCT_UNKNOWN_INT;
	}
	if (!rec->nccr)
		return without_attempt(rec, f);
	return told ? NCT_VERDICT_CLEAN : unknown(f, "what a source answered was not seen");
}

static bool because_of(const struct nct_recovery *rec, const char *reason)
{
	return !strcmp(rec->hold_reason, reason) ||
	       (rec->fence_reason && !strcmp(rec->fence_reason, reason));
}

static enum nct_verdict no_source(const struct nct_recovery *rec, struct nct_finding *f)
{
	if (!nct_fence_applies(rec) || !may_hold(rec))
		return NCT_VERDICT_NONE;
	shows(f, "left LIVE", rec->start_ns);
	if (because_of(rec, "no-source"))
		return fired(f,
			     "no other controller of the subsystem was LIVE: CCR was not possible");
	if (because_of(rec, "no-credit"))
		return fired(f, "all other controllers work at as many CCRs as they can (CCRL)");
	if (rec->nccr)
		return NCT_VERDICT_CLEAN;
	if (rec->id.ccr == NCT_UNKNOWN_INT)
		return unknown(f, "whether the controller has CCR was not told");
	if (!rec->id.ccr)
		return NCT_VERDICT_NONE;
	if (began_inside(rec))
		return unknown(f, START_NOT_SEEN);
	if (rec->fence == NCT_FENCE_UNKNOWN)
		return unknown(f, "what became of the fencing was not seen");
	/* A driver that does not fence at all asks nobody. */
	if (had_nothing(rec) || because_of(rec, "fencing-not-attempted"))
		return NCT_VERDICT_NONE;
	return fired(f, "the controller has CCR, and nobody was asked for it");
}

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

/* From when on ctrl_loss_tmo limits it: a hold may be as long as it has to be. What has not come as
 * far as to reconnect hangs in the work that runs, or that does not. */
static uint64_t limited_from_ns(const struct nct_recovery *rec)
{
	const struct nct_span *last = rec->nspans ? &rec->spans[rec->nspans - 1] : NULL;
	uint64_t reconnecting = reconnecting_ns(rec);

	if (reconnecting != NCT_NONE || rec->end != NCT_END_INCOMPLETE || !last ||
	    began_inside(rec))
		return reconnecting;
	if (last->phase == NCT_PHASE_QUEUE || last->phase == NCT_PHASE_TEARDOWN)
		return last->start_ns;
	return NCT_NONE;
}

static enum nct_verdict stuck(const struct nct_recovery *rec, struct nct_finding *f)
{
	const struct nct_identity *id = &rec->id;
	uint64_t since_ns = limited_from_ns(rec), allowed_ns, took_ns;
	bool reconnecting = reconnecting_ns(rec) != NCT_NONE;
	uint64_t end_ns = rec->start_ns + rec->duration_ns;

	if (!reconnects(rec) || id->ctrl_loss_tmo_ms == -1)
		return NCT_VERDICT_NONE;
	if (since_ns == NCT_NONE)
		return rec->end == NCT_END_INCOMPLETE ? unknown(f, CUT_SHORT) : NCT_VERDICT_NONE;
	if (id->ctrl_loss_tmo_ms == NCT_UNKNOWN_INT)
		return unknown(f, "ctrl_loss_tmo was not told");
	allowed_ns = (uint64_t)id->ctrl_loss_tmo_ms * NS_PER_MS;
	if (id->reconnect_delay_ms > 0)
		allowed_ns += (uint64_t)id->reconnect_delay_ms * NS_PER_MS;
	took_ns = end_ns - since_ns;
	/* Attempts take time, too. */
	if (took_ns <= allowed_ns + allowed_ns / STUCK_PART)
		return rec->end == NCT_END_INCOMPLETE ? unknown(f, NOT_WHOLE) : NCT_VERDICT_CLEAN;
	shows(f, "left LIVE", rec->start_ns);
	shows(f, reconnecting ? "reconnecting began" : "what hangs began", since_ns);
	shows(f, "it should have been given up", since_ns + allowed_ns);
	shows(f,
	      rec->end == NCT_END_LIVE	    ? "LIVE again"
	      : rec->end == NCT_END_REMOVED ? "removed"
					    : "the observation ended",
	      end_ns);
	return fired(f, "%s %.3f s; ctrl_loss_tmo and one reconnect_delay are %.3f s",
		     reconnecting ? "reconnecting took" : "it has not come to reconnect for",
		     s(took_ns), s(allowed_ns));
}

static enum nct_verdict reconnect_dominates(const struct nct_recovery *rec, struct nct_finding *f)
{
	uint64_t backoff_ns = rec->total_ns[NCT_PHASE_BACKOFF];

	if (!reconnects(rec))
		return NCT_VERDICT_NONE;
	if (rec->end == NCT_END_INCOMPLETE)
		return unknown(f, NOT_WHOLE);
	if (rec->end != NCT_END_LIVE || rec->time_to_live_ns == NCT_NONE)
		return NCT_VERDICT_NONE;
	if (backoff_ns <= rec->time_to_live_ns / 2)
		return NCT_VERDICT_CLEAN;
	shows(f, "left LIVE", rec->start_ns);
	shows(f, "reconnecting began", reconnecting_ns(rec));
	shows(f, "LIVE again", rec->start_ns + rec->time_to_live_ns);
	if (rec->id.reconnect_delay_ms == NCT_UNKNOWN_INT)
		return fired(f, "%.3f s of %.3f s were waits between attempts: reconnect_delay",
			     s(backoff_ns), s(rec->time_to_live_ns));
	return fired(f, "%.3f s of %.3f s were waits between attempts: reconnect_delay is %.3f s",
		     s(backoff_ns), s(rec->time_to_live_ns), rec->id.reconnect_delay_ms / 1e3);
}

static enum nct_verdict lossy(const struct nct_recovery *rec, struct nct_finding *f)
{
	if (!(rec->notes & NCT_NOTE_LOSSY))
		return NCT_VERDICT_CLEAN;
	shows(f, "left LIVE", rec->start_ns);
	return fired(f, "events were lost that may belong to this recovery");
}

static enum nct_verdict (*const checks[NCT_RULE_COUNT])(const struct nct_recovery *rec,
							struct nct_finding *f) = {
	[NCT_RULE_EARLY_RETRY] = early_retry,
	[NCT_RULE_UNFENCED_CAPABLE] = unfenced_capable,
	[NCT_RULE_SHORT_HOLD] = short_hold,
	[NCT_RULE_RESET_DURING_FENCING] = reset_during_fencing,
	[NCT_RULE_KEEPALIVE_IN_RECOVERY] = keepalive_in_recovery,
	[NCT_RULE_LONG_HOLD] = long_hold,
	[NCT_RULE_CCR_GAVE_UP_EARLY] = ccr_gave_up_early,
	[NCT_RULE_CCR_OVER_LIMIT] = ccr_over_limit,
	[NCT_RULE_NO_SOURCE] = no_source,
	[NCT_RULE_STUCK] = stuck,
	[NCT_RULE_RECONNECT_DOMINATES] = reconnect_dominates,
	[NCT_RULE_LOSSY] = lossy,
};

void nct_audit(const struct nct_recovery *rec, enum nct_rule rule, struct nct_finding *finding)
{
	memset(finding, 0, sizeof(*finding));
	if (rec->kind != NCT_KIND_RECOVERY && rule != NCT_RULE_LOSSY)
		return;
	finding->verdict = checks[rule](rec, finding);
	/* Among what was lost may have been what would have fired. */
	if (finding->verdict == NCT_VERDICT_CLEAN && (rec->notes & NCT_NOTE_LOSSY))
		finding->verdict = unknown(finding, "events were lost");
	if (finding->verdict != NCT_VERDICT_FIRED)
		finding->nevidence = 0;
}
