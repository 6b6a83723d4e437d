// SPDX-License-Identifier: GPL-2.0
/* Why a controller left LIVE: from its call site and from what was seen before. */
#include <string.h>

#include "model.h"

#define NVME_ADMIN_KEEP_ALIVE 0x18

void nct_evidence_timeout(struct nct_ctrl *c, const struct nct_event *ev, uint64_t ts_ns)
{
	if (c->open.active)
		return;
	c->timeouts[c->ntimeouts++ % NCT_RECENT_TIMEOUTS] = (struct nct_seen_timeout) {
		.ts_ns = ts_ns,
		.age_ns = ev->timeout.age_ns,
		.cpu = ev->cpu,
		.opcode = ev->timeout.opcode,
		.admin = ev->timeout.admin,
	};
}

void nct_evidence_forget(struct nct_ctrl *c)
{
	c->ntimeouts = 0;
	c->error_site[0] = '\0';
}

static const char *timeout_reason(const struct nct_seen_timeout *t)
{
	if (!t->admin)
		return "io-timeout";
	return t->opcode == NVME_ADMIN_KEEP_ALIVE ? "keep-alive-timeout" : "admin-timeout";
}

/*
 * Which of the requests that timed out is the one that made the controller
 * leave LIVE: several may time out at once, on several CPUs. The handler changes
 * the state itself, so prefer its CPU; then the latest.
 */
static const struct nct_seen_timeout *pick_timeout(const struct nct_ctrl *c, uint64_t ts_ns,
						   uint32_t cpu, uint64_t window_ns)
{
	const struct nct_seen_timeout *best = NULL;
	unsigned int n = c->ntimeouts;

	for (unsigned int i = 0; i < n && i < NCT_RECENT_TIMEOUTS; i++) {
		const struct nct_seen_timeout *t = &c->timeouts[(n - 1 - i) % NCT_RECENT_TIMEOUTS];

		if (ts_ns - t->ts_ns > window_ns)
			break;
		if (t->cpu == cpu)
			return t;
		if (!best)
			best = t;
	}
	return best;
}

/*
 * Only a timeout handler's change of state is explained by a timeout. On fc the
 * handler aborts the request, and what follows is an I/O error, some time later.
 */
static void sharpen(const struct nct_ctrl *c, uint64_t ts_ns, uint32_t cpu,
		    struct nct_trigger *trigger)
{
	bool handler = !strcmp(trigger->reason, "timeout");
	bool fc = !strcmp(trigger->reason, "transport-io-error");
	const struct nct_seen_timeout *t;

	if (!handler && !fc)
		return;
	t = pick_timeout(c, ts_ns, cpu, fc ? UINT64_MAX : NCT_EVIDENCE_NS);
	if (!t)
		return;
	trigger->reason = timeout_reason(t);
	trigger->opcode = t->opcode;
	trigger->age_ns = t->age_ns;
}

/* Fills the trigger; returns the kind the cause stands for, 0 if not known. */
enum nct_kind nct_evidence_trigger(const struct nct_ctrl *c, uint64_t ts_ns, uint32_t cpu,
				   const char *site, struct nct_trigger *trigger)
{
	const struct nct_cause *cause = nct_cause_of(site);

	if (!cause && c->error_site[0] && ts_ns - c->error_ns <= NCT_EVIDENCE_NS) {
		site = c->error_site;
		cause = nct_cause_of(site);
	}
	nct_copy_string(trigger->site, site, sizeof(trigger->site));
	if (!cause)
		return 0;
	trigger->reason = cause->reason;
	sharpen(c, ts_ns, cpu, trigger);
	return cause->kind;
}

/* Known late, it may make a fence out of place. */
static void settle_kind(struct nct_open *o, enum nct_kind kind)
{
	o->rec.kind = kind;
	o->kind_open = false;
	nct_fence_decide(o);
}

/* Nothing has happened since it left LIVE, and nothing told why it did. */
static bool awaits_cause(const struct nct_open *o, uint64_t ts_ns)
{
	return o->active && !o->deleting && !o->rec.trigger.reason &&
	       !(o->rec.notes & NCT_NOTE_STARTED_BEFORE) && nct_phase_now(o) == NCT_PHASE_QUEUE &&
	       ts_ns - o->rec.start_ns <= NCT_EVIDENCE_NS;
}

/*
 * An error may be told before the state changes, or right after. Where the call site of
 * the change told no cause, it does; a recovery it is in any case.
 */
void nct_evidence_error(struct nct_ctrl *c, const struct nct_event *ev, uint64_t ts_ns)
{
	struct nct_open *o = &c->open;
	enum nct_kind kind = 0;

	c->error_ns = ts_ns;
	nct_copy_string(c->error_site, ev->error.site, sizeof(c->error_site));
	nct_symbol_clean(c->error_site);
	if (!awaits_cause(o, ts_ns))
		return;
	if (c->error_site[0])
		kind = nct_evidence_trigger(c, ts_ns, ev->cpu, c->error_site, &o->rec.trigger);
	if (o->kind_open)
		o->rec.kind = kind == NCT_KIND_RESET || kind == NCT_KIND_DELETE ? NCT_KIND_RESET
										: NCT_KIND_RECOVERY;
	o->kind_open = false;
}

static bool is_async_event(const struct nct_open *o)
{
	return o->rec.trigger.reason && !strcmp(o->rec.trigger.reason, "async-event");
}

/*
 * What the first work tells. tcp and rdma have a work for errors and one for
 * resets; fc and pci use the reset work for both. An asynchronous event has a
 * work run only for a persistent error; firmware activation needs none we see.
 */
void nct_evidence_work(struct nct_ctrl *c, enum nct_work work)
{
	struct nct_open *o = &c->open;
	const char *transport = c->identity.transport;

	if (work != NCT_WORK_RECONNECT && is_async_event(o))
		o->rec.trigger.reason = "aer-persistent-error";
	if (!o->kind_open || work == NCT_WORK_RECONNECT ||
	    (strcmp(transport, "tcp") && strcmp(transport, "rdma")))
		return;
	settle_kind(o, work == NCT_WORK_RESET ? NCT_KIND_RESET : NCT_KIND_RECOVERY);
}

/* CONNECTING was reached, and no work has run. */
void nct_evidence_no_work(struct nct_ctrl *c)
{
	struct nct_open *o = &c->open;

	if (!is_async_event(o))
		return;
	o->rec.trigger.reason = "firmware-activation";
	settle_kind(o, NCT_KIND_RESET);
}
