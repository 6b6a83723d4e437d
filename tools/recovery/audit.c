// SPDX-License-Identifier: GPL-2.0
/* Was it safe, and was it as short as it could be? docs/audit.md explains each rule. */
#include <string.h>

#include "judge.h"

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

static enum nct_verdict lossy(const struct nct_recovery *rec, struct nct_finding *f)
{
	if (!(rec->notes & NCT_NOTE_LOSSY))
		return NCT_VERDICT_CLEAN;
	nct_shows(f, "left LIVE", rec->start_ns);
	return nct_fired(f, "events were lost that may belong to this recovery");
}

static enum nct_verdict (*const checks[NCT_RULE_COUNT])(const struct nct_recovery *rec,
							struct nct_finding *f) = {
	[NCT_RULE_EARLY_RETRY] = nct_early_retry,
	[NCT_RULE_UNFENCED_CAPABLE] = nct_unfenced_capable,
	[NCT_RULE_SHORT_HOLD] = nct_short_hold,
	[NCT_RULE_RESET_DURING_FENCING] = nct_reset_during_fencing,
	[NCT_RULE_KEEPALIVE_IN_RECOVERY] = nct_keepalive_in_recovery,
	[NCT_RULE_LONG_HOLD] = nct_long_hold,
	[NCT_RULE_CCR_GAVE_UP_EARLY] = nct_ccr_gave_up_early,
	[NCT_RULE_CCR_OVER_LIMIT] = nct_ccr_over_limit,
	[NCT_RULE_NO_SOURCE] = nct_no_source,
	[NCT_RULE_STUCK] = nct_stuck,
	[NCT_RULE_RECONNECT_DOMINATES] = nct_reconnect_dominates,
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
		finding->verdict = nct_cannot_tell(finding, NCT_EVENTS_LOST);
	if (finding->verdict != NCT_VERDICT_FIRED)
		finding->nevidence = 0;
}
