/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside of the audit: what its rules are made of. Not for users of it.
 *
 * audit.c       the table of rules
 * judge.c       what rules say, and what they ask of a recovery
 * rules_safe.c  was it safe?
 * rules_time.c  was it as short as it could be?
 */
#ifndef NCT_RECOVERY_JUDGE_H
#define NCT_RECOVERY_JUDGE_H

#include "audit.h"

#define NCT_NS_PER_MS 1000000ull
#define NCT_TICK_NS   (10 * NCT_NS_PER_MS) /* a delayed work may run that much early: HZ=100 */

/* Logs and texts of ftrace tell neither requests nor keep-alives nor notices. */
#define NCT_NOT_WATCHED                                                                            \
	"requests were not watched (a log, --io off, or an observation that began inside)"
#define NCT_START_NOT_SEEN "when the controller left LIVE was not seen"
#define NCT_CUT_SHORT	   "the observation ended inside"
#define NCT_NOT_WHOLE	   "it was not seen as a whole"
#define NCT_EVENTS_LOST	   "events were lost"
#define NCT_FENCE_NOT_SEEN "whether anything made the retry safe was not seen"

/* What a rule returns when it fired: one line, with figures. */
__attribute__((format(printf, 2, 3))) enum nct_verdict nct_fired(struct nct_finding *f,
								 const char *fmt, ...);

/* What it returns when it cannot tell: what is missing. */
enum nct_verdict nct_cannot_tell(struct nct_finding *f, const char *missing);

/* Evidence, if it fires. NCT_NONE, and what has no place any more, is left out. */
void nct_shows(struct nct_finding *f, const char *what, uint64_t at_ns);

struct nct_figure {
	char s[64];
};

/* Cut off after the milliseconds, as all that is shown of a time is. */
double nct_seconds(uint64_t ns);

/* "1.234 s"; below a millisecond "12.3 us", for a finding is never of 0. */
struct nct_figure nct_figure(uint64_t ns);

/* "nvme1", or "a source" if it was not told which. */
struct nct_figure nct_source_name(const struct nct_ccr_attempt *attempt);

/* The kernel holds requests until they are fenced: what only it does can be missed on others. */
bool nct_may_hold(const struct nct_recovery *rec);

bool nct_began_inside(const struct nct_recovery *rec);

/* The observation ended in this phase, or before it. */
bool nct_ended_in(const struct nct_recovery *rec, enum nct_phase last);

/* The request whose timeout began it was aborted before the controller left LIVE, as over FC: what
 * is counted from then on does not have it. */
bool nct_began_with_another(const struct nct_recovery *rec);

/* Nothing was in flight: nothing could be retried. */
bool nct_had_nothing(const struct nct_recovery *rec);

/* Whether the reason that was told, of the hold or of the outcome, is this. */
bool nct_because_of(const struct nct_recovery *rec, const char *reason);

/* The rules. */
enum nct_verdict nct_early_retry(const struct nct_recovery *rec, struct nct_finding *f);
enum nct_verdict nct_unfenced_capable(const struct nct_recovery *rec, struct nct_finding *f);
enum nct_verdict nct_short_hold(const struct nct_recovery *rec, struct nct_finding *f);
enum nct_verdict nct_reset_during_fencing(const struct nct_recovery *rec, struct nct_finding *f);
enum nct_verdict nct_keepalive_in_recovery(const struct nct_recovery *rec, struct nct_finding *f);
enum nct_verdict nct_long_hold(const struct nct_recovery *rec, struct nct_finding *f);
enum nct_verdict nct_ccr_gave_up_early(const struct nct_recovery *rec, struct nct_finding *f);
enum nct_verdict nct_ccr_over_limit(const struct nct_recovery *rec, struct nct_finding *f);
enum nct_verdict nct_no_source(const struct nct_recovery *rec, struct nct_finding *f);
enum nct_verdict nct_stuck(const struct nct_recovery *rec, struct nct_finding *f);
enum nct_verdict nct_reconnect_dominates(const struct nct_recovery *rec, struct nct_finding *f);

#endif
