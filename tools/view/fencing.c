// SPDX-License-Identifier: GPL-2.0
#include "fencing.h"

#include <errno.h>

#include "../recovery/audit.h"

#define COLUMN 18 /* of the values, as in the rest of the block */

/* Status code type and code, as in the completion without its other bits. */
#define NVME_STATUS_MASK     0x7ff
#define NVME_CCR_IN_PROGRESS 0x13f
#define NVME_CCR_LOG_FULL    0x140
#define NVME_CCR_LIMIT	     0x141

/* What a status means for CCR; NULL: nothing but what it says. */
static const char *meaning(int32_t status)
{
	switch (status > 0 ? status & NVME_STATUS_MASK : status) {
	case NVME_CCR_IN_PROGRESS:
		return "it is being reset already";
	case NVME_CCR_LOG_FULL:
		return "the source's CCR log page is full";
	case NVME_CCR_LIMIT:
		return "the source has too many resets in progress";
	case -EBUSY:
		return "the source had no credit left";
	case -EINTR:
	case -ENOLINK:
		return "the source failed itself";
	case -EREMOTEIO:
		return "the source could not reset it";
	default:
		return NULL;
	}
}

static void add_latency(struct nct_text *t, const struct nct_ccr_attempt *a)
{
	uint64_t wait_ns = nct_ccr_wait_ns(a);

	if (a->command_ns == NCT_NONE)
		return;
	nct_text_add(t, " (command %s", nct_duration(a->command_ns).s);
	if (a->immediate == 1)
		nct_text_add(t, ", reset at once");
	else if (wait_ns != NCT_NONE)
		nct_text_add(t, ", then waited %s", nct_duration(wait_ns).s);
	nct_text_add(t, ")");
}

static void add_status(struct nct_text *t, int32_t status)
{
	const char *means = meaning(status);

	if (!status || status == NCT_UNKNOWN_INT || status == -ETIMEDOUT)
		return;
	if (means)
		nct_text_add(t, ": %s", means);
	nct_text_add(t, "%s %s", means ? "," : ":", nct_status(status).s);
}

void nct_fencing_attempt(struct nct_text *t, const struct nct_ccr_attempt *a)
{
	bool timeout = a->result == NCT_CCR_TIMEOUT && a->timeout_ms != NCT_UNKNOWN_INT;

	if (a->source >= 0)
		nct_text_add(t, "by nvme%d: ", a->source);
	if (a->result == NCT_CCR_UNKNOWN)
		nct_text_add(t, "result not seen");
	else
		nct_text_add(t, "%s", nct_ccr_result_name(a->result));
	nct_text_add(t, " after %s", nct_duration(a->duration_ns).s);
	if (timeout)
		nct_text_add(t, " of %s", nct_config_ms(a->timeout_ms).s);
	add_latency(t, a);
	add_status(t, a->status);
	if (a->late_ns)
		nct_text_add(t, "; a notice came %s later", nct_duration(a->late_ns).s);
}

void nct_fencing_hold(struct nct_text *t, const struct nct_recovery *rec)
{
	nct_text_add(t, "%s held", nct_duration(rec->total_ns[NCT_PHASE_HOLD]).s);
	if (rec->hold_requested_ms != NCT_UNKNOWN_INT)
		nct_text_add(t, ", %s asked for", nct_config_ms(rec->hold_requested_ms).s);
}

/* After its beginning; a time before that is a mistake of clocks that is worth no number. */
static struct nct_word after(const struct nct_recovery *rec, uint64_t at_ns)
{
	return at_ns < rec->start_ns ? nct_word("%s", "")
				     : nct_word(" after %s", nct_duration(at_ns - rec->start_ns).s);
}

static void disturbance(struct nct_text *t, const struct nct_style *style, const char *what)
{
	nct_text_add(t, "  disturbed");
	nct_text_column(t, COLUMN);
	nct_text_add(t, "%s%s%s\n", nct_paint(style, NCT_PAINT_WARN), what,
		     nct_paint(style, NCT_PAINT_NONE));
}

void nct_fencing_disturbances(struct nct_text *t, const struct nct_style *style,
			      const struct nct_recovery *rec)
{
	bool site = *rec->intruder_site;

	if (rec->intruder_ns)
		disturbance(
			t, style,
			nct_phrase("requests were held, yet a reset or delete got through%s%s%s",
				   after(rec, rec->intruder_ns).s, site ? " at " : "",
				   site ? nct_plain(rec->intruder_site).s : "")
				.s);
	if (rec->keep_alives)
		disturbance(t, style,
			    nct_phrase("requests were held, yet the keep-alive ran %u time%s%s",
				       rec->keep_alives, rec->keep_alives == 1 ? "" : "s",
				       nct_word("%s%s", rec->keep_alives > 1 ? ", first" : "",
						after(rec, rec->keep_alive_ns).s)
					       .s)
				    .s);
}

/* Whether one of the rules of what a retry has to wait for came out so. */
static bool waiting_is(const struct nct_recovery *rec, enum nct_verdict verdict)
{
	static const enum nct_rule rules[] = { NCT_RULE_EARLY_RETRY, NCT_RULE_SHORT_HOLD };
	struct nct_finding finding;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		nct_audit(rec, rules[i], &finding);
		if (finding.verdict == verdict)
			return true;
	}
	return false;
}

/* What was fenced, and yet not safe. */
static bool in_vain(const struct nct_recovery *rec)
{
	return rec->fence != NCT_FENCE_UNFENCED && rec->fence != NCT_FENCE_UNKNOWN &&
	       waiting_is(rec, NCT_VERDICT_FIRED);
}

/* Nothing fenced it, and nothing was retried, or nothing that writes. */
static bool is_harmless(const struct nct_recovery *rec)
{
	struct nct_finding finding;

	if (rec->fence != NCT_FENCE_UNFENCED)
		return false;
	nct_audit(rec, NCT_RULE_EARLY_RETRY, &finding);
	return finding.verdict == NCT_VERDICT_CLEAN;
}

int32_t nct_fencing_retry_safe(const struct nct_recovery *rec)
{
	if (rec->kind != NCT_KIND_RECOVERY || rec->fence == NCT_FENCE_UNKNOWN || is_harmless(rec))
		return NCT_UNKNOWN_INT;
	if (rec->fence == NCT_FENCE_UNFENCED || in_vain(rec))
		return 0;
	return waiting_is(rec, NCT_VERDICT_UNKNOWN) ? NCT_UNKNOWN_INT : 1;
}

/* A hold makes a retry safe by its length only. */
static bool length_unknown(const struct nct_recovery *rec)
{
	return rec->fence == NCT_FENCE_HOLD && nct_hold_required_ms(&rec->id) <= 0;
}

static const char *outcome(const struct nct_recovery *rec)
{
	if (in_vain(rec))
		return rec->fence == NCT_FENCE_HOLD
			       ? "hold: but the retry did not wait as long as it has to (audit)"
		       : rec->fence == NCT_FENCE_CCR
			       ? "ccr: another controller reset this one, after the retry (audit)"
			       : "ccr-immediate: reset at once, yet after the retry (audit)";
	if (length_unknown(rec))
		return "hold: whether it was as long as it has to be is not known";
	switch (rec->fence) {
	case NCT_FENCE_CCR:
		return "ccr: another controller reset this one, the retry was safe";
	case NCT_FENCE_CCR_IMMEDIATE:
		return "ccr-immediate: reset at once, the retry was safe";
	case NCT_FENCE_HOLD:
		return "hold: the retry waited until the target had quiesced";
	case NCT_FENCE_UNFENCED:
		return is_harmless(rec) ? "unfenced, and no retry that could do harm"
					: "unfenced: nothing made the retry safe";
	default:
		return "unknown";
	}
}

void nct_fencing_outcome(struct nct_text *t, const struct nct_style *style,
			 const struct nct_recovery *rec)
{
	bool unsafe = nct_fencing_retry_safe(rec) == 0;

	nct_text_add(t, "%s%s%s", unsafe ? nct_paint(style, NCT_PAINT_WARN) : "", outcome(rec),
		     unsafe ? nct_paint(style, NCT_PAINT_NONE) : "");
	if (rec->fence_reason)
		nct_text_add(t, " (%s)", rec->fence_reason);
}

void nct_fencing_verdict(struct nct_text *t, const struct nct_recovery *rec)
{
	if (rec->kind != NCT_KIND_RECOVERY || rec->dialect == NCT_DIALECT_BASELINE)
		return;
	if (is_harmless(rec))
		nct_text_add(t, ", unfenced, no retry that could do harm: %s", rec->fence_reason);
	else if (rec->fence == NCT_FENCE_UNFENCED)
		nct_text_add(t, ", retry NOT safe: %s", rec->fence_reason);
	else if (in_vain(rec))
		nct_text_add(t, ", retry NOT safe: before %s", nct_fence_name(rec->fence));
	else if (length_unknown(rec))
		nct_text_add(t, ", held, retry not known to be safe");
	else if (rec->fence != NCT_FENCE_UNKNOWN)
		nct_text_add(t, ", retry safe: %s", nct_fence_name(rec->fence));
}
