// SPDX-License-Identifier: GPL-2.0
/* What, if anything, made the retry safe. */
#include <errno.h>
#include <string.h>

#include "model.h"

static const struct nct_ccr_attempt *attempt_with(const struct nct_recovery *rec,
						  enum nct_ccr_result result)
{
	for (size_t i = 0; i < rec->nccr; i++)
		if (rec->ccr[i].result == result)
			return &rec->ccr[i];
	return NULL;
}

static void set(struct nct_recovery *rec, enum nct_fence fence, const char *reason)
{
	rec->fence = fence;
	rec->fence_reason = reason;
}

/* CCR is prohibited on PCIe: a controller is the only path to its subsystem's
 * requests, which no other controller retries. There is nothing to fence. */
bool nct_fence_applies(const struct nct_recovery *rec)
{
	return rec->kind == NCT_KIND_RECOVERY && strcmp(rec->id.transport, "pcie") &&
	       strcmp(rec->id.transport, "apple-nvme");
}

static bool has_no_fence(const struct nct_open *o)
{
	return o->deleting || !nct_fence_applies(&o->rec);
}

/* That nothing was told of fencing proves nothing where something is missing, or where the source
 * did not say which kernel it is: a log may have lost those lines, or be filtered, and a trace have
 * been made without them. A kernel that cannot fence did not, whatever is missing. */
static bool silence_proves(const struct nct_open *o)
{
	const struct nct_recovery *rec = &o->rec;

	if (rec->notes & NCT_NOTE_STARTED_BEFORE)
		return false;
	return rec->dialect == NCT_DIALECT_BASELINE ||
	       (o->fencing_told && !(rec->notes & NCT_NOTE_LOSSY));
}

/* Left LIVE for RESETTING at once. */
static void decide_unattempted(struct nct_open *o)
{
	struct nct_recovery *rec = &o->rec;

	if (!silence_proves(o))
		return;
	set(rec, NCT_FENCE_UNFENCED,
	    rec->dialect == NCT_DIALECT_BASELINE ? "kernel-without-fencing"
						 : "fencing-not-attempted");
}

/* Neither an attempt succeeded nor did a hold run its time. */
static void decide_failed(struct nct_open *o)
{
	struct nct_recovery *rec = &o->rec;
	bool cqt = rec->id.cqt_ms > 0;

	if (rec->has_hold && rec->notes & NCT_NOTE_LOSSY)
		return; /* its end may be what is missing */
	if (rec->has_hold)
		set(rec, NCT_FENCE_UNFENCED, "hold-cut-short");
	else if (rec->nccr && attempt_with(rec, NCT_CCR_UNKNOWN))
		set(rec, NCT_FENCE_UNKNOWN, "ccr-result-not-seen");
	else if (!silence_proves(o))
		return;
	else if (rec->nccr)
		set(rec, NCT_FENCE_UNFENCED, cqt ? "ccr-failed-no-hold" : "ccr-failed-no-cqt");
	else if (cqt)
		set(rec, NCT_FENCE_UNFENCED, "no-ccr-no-hold");
	else /* it has CCR, but there was nobody to ask */
		set(rec, NCT_FENCE_UNFENCED,
		    rec->id.ccr == 1 ? "no-source-no-cqt" : "no-ccr-no-cqt");
}

/* Why the requests had to be held: as it was told, else what the last attempt came to. */
static const char *reason_of_hold(const struct nct_open *o)
{
	const struct nct_recovery *rec = &o->rec;
	const char *told = nct_hold_reason_known(rec->hold_reason);
	const struct nct_ccr_attempt *last = rec->nccr ? &rec->ccr[rec->nccr - 1] : NULL;

	if (told)
		return told;
	if (!last) /* nobody was asked */
		return o->no_credit ? nct_hold_reason(-EBUSY) : NULL;
	switch (last->result) {
	case NCT_CCR_REJECTED:
		return "ccr-rejected";
	case NCT_CCR_TIMEOUT:
		return "ccr-timeout";
	case NCT_CCR_FAILED:
		return last->status < 0 ? nct_hold_reason(last->status) : "ccr-failed";
	default:
		return "ccr-result-not-seen";
	}
}

/* Told as soon as it is certain, and once more at the end. */
void nct_fence_decide(struct nct_open *o)
{
	struct nct_recovery *rec = &o->rec;
	const struct nct_ccr_attempt *success = attempt_with(rec, NCT_CCR_SUCCESS);
	bool held_till_end = rec->end == NCT_END_REMOVED && nct_phase_now(o) == NCT_PHASE_HOLD;

	set(rec, NCT_FENCE_UNKNOWN, NULL);
	if (has_no_fence(o))
		return;
	if (success)
		set(rec, success->immediate == 1 ? NCT_FENCE_CCR_IMMEDIATE : NCT_FENCE_CCR, NULL);
	else if (rec->has_hold && o->hold_done)
		set(rec, NCT_FENCE_HOLD, reason_of_hold(o));
	else if (!o->past_fence && !held_till_end)
		return;
	else if (o->may_fence)
		decide_failed(o);
	else
		decide_unattempted(o);
}

uint64_t nct_hold_end_ns(const struct nct_recovery *rec)
{
	for (size_t i = rec->nspans; i--;)
		if (rec->spans[i].phase == NCT_PHASE_HOLD)
			return rec->spans[i].start_ns + rec->spans[i].duration_ns;
	return NCT_NONE;
}

uint64_t nct_fence_done_ns(const struct nct_recovery *rec)
{
	const struct nct_ccr_attempt *success = attempt_with(rec, NCT_CCR_SUCCESS);

	switch (rec->fence) {
	case NCT_FENCE_CCR:
	case NCT_FENCE_CCR_IMMEDIATE:
		return success ? success->start_ns + success->duration_ns : NCT_NONE;
	case NCT_FENCE_HOLD:
		return nct_hold_end_ns(rec);
	default:
		return NCT_NONE;
	}
}

int32_t nct_hold_required_ms(const struct nct_identity *id)
{
	int64_t ms;

	if (id->kato_ms == NCT_UNKNOWN_INT || id->cqt_ms == NCT_UNKNOWN_INT ||
	    id->tbkas == NCT_UNKNOWN_INT)
		return NCT_UNKNOWN_INT;
	if (id->kato_ms <= 0 || id->cqt_ms <= 0)
		return 0;
	ms = (id->tbkas ? 3ll : 2ll) * id->kato_ms + id->cqt_ms;
	return ms < INT32_MAX ? (int32_t)ms : INT32_MAX;
}

uint64_t nct_ccr_wait_ns(const struct nct_ccr_attempt *attempt)
{
	bool accepted = attempt->result == NCT_CCR_TIMEOUT || attempt->result == NCT_CCR_FAILED ||
			(attempt->result == NCT_CCR_SUCCESS && attempt->immediate != 1);

	if (!accepted || attempt->command_ns == NCT_NONE ||
	    attempt->command_ns > attempt->duration_ns)
		return NCT_NONE;
	return attempt->duration_ns - attempt->command_ns;
}
