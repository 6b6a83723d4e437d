// SPDX-License-Identifier: GPL-2.0
/* What rules say, and what they ask of a recovery. */
#include "judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DISCOVERY_NQN "nqn.2014-08.org.nvmexpress.discovery"

enum nct_verdict nct_fired(struct nct_finding *f, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(f->message, sizeof(f->message), fmt, args);
	va_end(args);
	return NCT_VERDICT_FIRED;
}

enum nct_verdict nct_cannot_tell(struct nct_finding *f, const char *missing)
{
	snprintf(f->message, sizeof(f->message), "%s", missing);
	return NCT_VERDICT_UNKNOWN;
}

void nct_shows(struct nct_finding *f, const char *what, uint64_t at_ns)
{
	if (at_ns != NCT_NONE && f->nevidence < NCT_MAX_EVIDENCE)
		f->evidence[f->nevidence++] = (struct nct_evidence) { what, at_ns };
}

double nct_seconds(uint64_t ns)
{
	return (double)(ns / NCT_NS_PER_MS) / 1e3;
}

struct nct_figure nct_figure(uint64_t ns)
{
	struct nct_figure text;

	if (ns < NCT_NS_PER_MS)
		snprintf(text.s, sizeof(text.s), "%.1f us", (double)(ns / 100) / 10);
	else
		snprintf(text.s, sizeof(text.s), "%.3f s", nct_seconds(ns));
	return text;
}

struct nct_figure nct_source_name(const struct nct_ccr_attempt *attempt)
{
	struct nct_figure text;

	if (attempt->source < 0)
		snprintf(text.s, sizeof(text.s), "a source");
	else
		snprintf(text.s, sizeof(text.s), "nvme%d", attempt->source);
	return text;
}

bool nct_may_hold(const struct nct_recovery *rec)
{
	return rec->dialect == NCT_DIALECT_RECOVERING || rec->dialect == NCT_DIALECT_FENCING;
}

bool nct_began_inside(const struct nct_recovery *rec)
{
	return rec->notes & NCT_NOTE_STARTED_BEFORE;
}

bool nct_ended_in(const struct nct_recovery *rec, enum nct_phase last)
{
	return rec->notes & NCT_NOTE_CUT_SHORT && rec->nspans &&
	       rec->spans[rec->nspans - 1].phase <= last;
}

bool nct_began_with_another(const struct nct_recovery *rec)
{
	const struct nct_trigger *trigger = &rec->trigger;
	const struct nct_io *io = &rec->io;

	if (!trigger->reason || strcmp(trigger->reason, "io-timeout") != 0 || !trigger->age_ns)
		return false;
	return io->requests == 0 ||
	       (io->oldest_ns != NCT_NONE && io->oldest_ns < trigger->age_ns / 2);
}

bool nct_had_nothing(const struct nct_recovery *rec)
{
	const struct nct_io *io = &rec->io;

	/* A controller of discovery has no I/O queues: Base 2.1, 3.1.3.3. */
	if (!strcmp(rec->id.subsystem, DISCOVERY_NQN))
		return true;
	return io->seen && !io->partial && !io->requests && !io->failed_over && !io->cancelled &&
	       !nct_began_with_another(rec);
}

bool nct_because_of(const struct nct_recovery *rec, const char *reason)
{
	return !strcmp(rec->hold_reason, reason) ||
	       (rec->fence_reason && !strcmp(rec->fence_reason, reason));
}
