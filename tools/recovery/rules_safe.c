// SPDX-License-Identifier: GPL-2.0
/* Was it safe? docs/audit.md explains each rule. */
#include <stdio.h>

#include "judge.h"

/* ---- early-retry ----------------------------------------------------------------------- */

/* From when on a retry was safe. A hold that was too short makes nothing safe by its end. */
static uint64_t safe_from_ns(const struct nct_recovery *rec)
{
	uint64_t done_ns = nct_fence_done_ns(rec), whole_ns;
	int32_t required_ms = nct_hold_required_ms(&rec->id);

	if (rec->fence != NCT_FENCE_HOLD || done_ns == NCT_NONE || required_ms <= 0 ||
	    nct_began_inside(rec))
		return done_ns;
	whole_ns = rec->start_ns + (uint64_t)required_ms * NCT_NS_PER_MS - NCT_TICK_NS;
	return done_ns > whole_ns ? done_ns : whole_ns;
}

/* What is read, or flushed, twice overwrites nothing, whatever becomes of the first one. */
static bool nothing_written(const struct nct_recovery *rec)
{
	const struct nct_io *io = &rec->io;

	return io->requests != NCT_NONE && io->requests && !io->writes && !io->partial &&
	       !nct_began_with_another(rec);
}

/* What is missing to judge requests that were released; NULL: nothing. */
static const char *missing(const struct nct_recovery *rec, uint64_t safe_ns)
{
	bool hold = rec->fence == NCT_FENCE_HOLD;
	bool late = rec->io.first_release_ns >= safe_ns;

	if (rec->fence == NCT_FENCE_UNKNOWN)
		return NCT_FENCE_NOT_SEEN;
	if (rec->io.first_release_ns == NCT_NONE)
		return "of what was retried, nothing is known to have reached the target";
	if (rec->fence == NCT_FENCE_UNFENCED)
		return NULL;
	if (safe_ns == NCT_NONE)
		return "when the fencing ended was not seen";
	/* A hold is safe by its length only: by KATO and CQT, neither of which may be 0. */
	if (hold && late && nct_hold_required_ms(&rec->id) <= 0)
		return "how long the hold had to be does not follow from what was told of KATO and "
		       "CQT";
	/* The hold may have ended earlier than it seems. */
	if (hold && !late && rec->notes & NCT_NOTE_MISSED_BOUNDARY)
		return "when the hold ended was not seen";
	return NULL;
}

/* Requests that were cancelled are retried by who made them, at once as a rule: dm-multipath. */
static enum nct_verdict without_failover(const struct nct_recovery *rec, struct nct_finding *f)
{
	uint64_t safe_ns = safe_from_ns(rec);
	const char *what = missing(rec, safe_ns);

	/* Nothing is counted any more once a controller is being deleted. */
	if (rec->end == NCT_END_REMOVED && rec->io.completed_late == NCT_NONE &&
	    !rec->io.cancelled && rec->io.requests)
		return nct_cannot_tell(f, "the controller was deleted; what became of its requests "
					  "was not seen");
	if (!rec->io.cancelled)
		return NCT_VERDICT_CLEAN;
	if (what)
		return nct_cannot_tell(f, what);
	if (rec->fence == NCT_FENCE_UNFENCED)
		return nothing_written(rec)
			       ? NCT_VERDICT_CLEAN
			       : nct_cannot_tell(f, "requests were cancelled, unfenced; "
						    "whether they are retried above NVMe "
						    "is not seen");
	if (rec->io.first_release_ns >= safe_ns)
		return NCT_VERDICT_CLEAN;
	return nct_cannot_tell(f, "requests were cancelled before the fencing was complete; "
				  "whether they are retried above NVMe is not seen");
}

static void show_releases(const struct nct_recovery *rec, struct nct_finding *f, uint64_t safe_ns)
{
	nct_shows(f, "left LIVE", rec->start_ns);
	nct_shows(f, "first request released for retry", rec->io.first_release_ns);
	nct_shows(f, "last request released for retry", rec->io.last_release_ns);
	if (safe_ns == nct_fence_done_ns(rec))
		nct_shows(f, "fencing complete", safe_ns);
	else
		nct_shows(f, "a whole hold would have been over", safe_ns + NCT_TICK_NS);
}

/* How many of them could do harm, as far as that is known. */
static struct nct_figure writes_of(const struct nct_io *io)
{
	struct nct_figure text = { ", how many were writes is not known" };

	if (io->writes != NCT_NONE && (io->writes || !io->partial))
		snprintf(text.s, sizeof(text.s), ", %s%llu write%s in flight",
			 io->partial ? "at least " : "", (unsigned long long)io->writes,
			 io->writes == 1 ? "" : "s");
	return text;
}

static enum nct_verdict judge_failover(const struct nct_recovery *rec, struct nct_finding *f)
{
	const struct nct_io *io = &rec->io;
	unsigned long long n = io->failed_over;
	uint64_t safe_ns = safe_from_ns(rec);
	const char *what = missing(rec, safe_ns);

	if (what)
		return nct_cannot_tell(f, what);
	show_releases(rec, f, safe_ns);
	if (rec->fence == NCT_FENCE_UNFENCED)
		return nothing_written(rec)
			       ? NCT_VERDICT_CLEAN
			       : nct_fired(f,
					   "%llu request%s failed over to another path%s, and "
					   "nothing had made sure that the old %s could not land "
					   "later (%s)",
					   n, n == 1 ? "" : "s", writes_of(io).s,
					   n == 1 ? "one" : "ones",
					   rec->fence_reason ? rec->fence_reason : "unfenced");
	if (io->first_release_ns >= safe_ns)
		return NCT_VERDICT_CLEAN;
	return nct_fired(f,
			 "requests were released for retry, the first one %s before the fencing "
			 "(%s) was complete; %llu failed over in all%s",
			 nct_figure(safe_ns - io->first_release_ns).s, nct_fence_name(rec->fence),
			 n, writes_of(io).s);
}

enum nct_verdict nct_early_retry(const struct nct_recovery *rec, struct nct_finding *f)
{
	const struct nct_io *io = &rec->io;

	if (!nct_fence_applies(rec))
		return NCT_VERDICT_NONE;
	if (nct_had_nothing(rec))
		return NCT_VERDICT_CLEAN;
	if (!io->seen)
		return nct_cannot_tell(f, NCT_NOT_WATCHED);
	if (io->failed_over == NCT_NONE)
		return nct_cannot_tell(f, "what became of the requests was not seen");
	if (io->failed_over)
		return judge_failover(rec, f);
	if (nct_began_with_another(rec))
		return nct_cannot_tell(f, "what became of the request that timed out was not seen");
	return without_failover(rec, f);
}

/* ---- unfenced-capable ------------------------------------------------------------------ */

/* What is missing to say that requests were retried, unfenced; NULL: nothing. */
static const char *not_released(const struct nct_recovery *rec)
{
	const struct nct_io *io = &rec->io;
	bool released = (io->failed_over && io->failed_over != NCT_NONE) ||
			(io->cancelled && io->cancelled != NCT_NONE);

	if (released || (io->seen && nct_began_with_another(rec)))
		return NULL;
	return io->seen ? "what became of the requests was not seen" : NCT_NOT_WATCHED;
}

/* All of them were answered after all, so that nothing was retried. */
static bool all_answered(const struct nct_io *io)
{
	return io->seen && !io->partial && io->completed_late != NCT_NONE &&
	       io->completed_late == io->requests;
}

enum nct_verdict nct_unfenced_capable(const struct nct_recovery *rec, struct nct_finding *f)
{
	const struct nct_identity *id = &rec->id;
	bool ccr = id->ccr == 1, cqt = id->cqt_ms > 0;
	bool told = id->ccr != NCT_UNKNOWN_INT && id->cqt_ms != NCT_UNKNOWN_INT;

	if (!nct_fence_applies(rec))
		return NCT_VERDICT_NONE;
	if (!told && !ccr && !cqt)
		return nct_cannot_tell(f, "whether the controller has CCR or CQT was not told");
	if (!ccr && !cqt)
		return NCT_VERDICT_NONE;
	if (rec->fence == NCT_FENCE_UNKNOWN)
		return nct_cannot_tell(f, NCT_FENCE_NOT_SEEN);
	if (rec->fence != NCT_FENCE_UNFENCED || nct_had_nothing(rec))
		return NCT_VERDICT_CLEAN;
	if (all_answered(&rec->io) && !nct_began_with_another(rec))
		return NCT_VERDICT_CLEAN;
	if (not_released(rec))
		return nct_cannot_tell(f, not_released(rec));
	nct_shows(f, "left LIVE", rec->start_ns);
	nct_shows(f, "first request released for retry", rec->io.first_release_ns);
	return nct_fired(f, "the controller has %s%s%s, and yet nothing made the retry safe (%s)",
			 ccr ? "CCR" : "", ccr && cqt ? " and " : "", cqt ? "CQT" : "",
			 rec->fence_reason ? rec->fence_reason : "unfenced");
}

/* ---- what gets in the way ---------------------------------------------------------------- */

enum nct_verdict nct_reset_during_fencing(const struct nct_recovery *rec, struct nct_finding *f)
{
	if (!nct_may_hold(rec))
		return NCT_VERDICT_NONE;
	if (rec->intruder_ns) {
		nct_shows(f, "left LIVE", rec->start_ns);
		nct_shows(f, "the reset or delete", rec->intruder_ns);
		return nct_fired(f,
				 "a reset or delete (%s) got through %s after the failure, while "
				 "I/O was held",
				 rec->intruder_site,
				 nct_figure(rec->intruder_ns - rec->start_ns).s);
	}
	if (nct_ended_in(rec, NCT_PHASE_HOLD))
		return nct_cannot_tell(f, NCT_CUT_SHORT);
	if (nct_began_inside(rec))
		return nct_cannot_tell(f, NCT_START_NOT_SEEN);
	return rec->trigger.site[0] && !rec->leaver_unknown
		       ? NCT_VERDICT_CLEAN
		       : nct_cannot_tell(f, "who changed the controller's state was not seen");
}

enum nct_verdict nct_keepalive_in_recovery(const struct nct_recovery *rec, struct nct_finding *f)
{
	if (!nct_may_hold(rec))
		return NCT_VERDICT_NONE;
	if (rec->keep_alives) {
		nct_shows(f, "left LIVE", rec->start_ns);
		nct_shows(f, "the first keep-alive", rec->keep_alive_ns);
		return nct_fired(f,
				 "the keep-alive ran %u time%s while I/O was held: the target may "
				 "take it for a sign of life",
				 rec->keep_alives, rec->keep_alives == 1 ? "" : "s");
	}
	if (nct_began_inside(rec))
		return nct_cannot_tell(f, NCT_START_NOT_SEEN);
	if (nct_ended_in(rec, NCT_PHASE_HOLD))
		return nct_cannot_tell(f, NCT_CUT_SHORT);
	return rec->io.seen ? NCT_VERDICT_CLEAN : nct_cannot_tell(f, NCT_NOT_WATCHED);
}
