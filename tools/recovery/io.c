// SPDX-License-Identifier: GPL-2.0
/* What became of the requests that were in flight. */
#include <string.h>

#include "model.h"

#define FIRST_SHIFT 20 /* as bpf/io.h has it */

uint64_t nct_waited_from_ns(unsigned int bucket)
{
	unsigned int half;

	if (!bucket)
		return 0;
	half = bucket - 1;
	return (2ull + half % 2) << (FIRST_SHIFT - 1 + half / 2);
}

uint64_t nct_waited_to_ns(unsigned int bucket)
{
	return bucket + 1 < NCT_WAITED_BUCKETS ? nct_waited_from_ns(bucket + 1) : NCT_NONE;
}

void nct_io_init(struct nct_io *io)
{
	memset(io, 0, sizeof(*io));
	io->requests = io->reads = io->writes = io->bytes = NCT_NONE;
	io->oldest_ns = NCT_NONE;
	io->failed_over = io->cancelled = io->completed_late = NCT_NONE;
	io->first_release_ns = io->last_release_ns = NCT_NONE;
	io->errors = NCT_NONE;
}

/* What was neither cancelled nor failed over was answered; if all of it was counted. */
static void settle(struct nct_io *io)
{
	uint64_t released = io->failed_over + io->cancelled;
	bool late = io->first_release_ns < io->counted_ns; /* some had been released by then */

	io->completed_late = NCT_NONE;
	if (io->requests == NCT_NONE || io->failed_over == NCT_NONE || io->cancelled == NCT_NONE)
		return;
	if (released > io->requests && (late || !io->partial))
		io->requests = io->reads = io->writes = io->bytes = io->oldest_ns = NCT_NONE;
	else if (late)
		io->partial = true;
	else if (!io->partial)
		io->completed_late = io->requests - released;
}

void nct_io_close(struct nct_recovery *rec)
{
	bool torn_down = rec->nspans && rec->spans[rec->nspans - 1].phase >= NCT_PHASE_BACKOFF;

	if (rec->end == NCT_END_REMOVED && !torn_down && rec->io.completed_late)
		rec->io.completed_late = NCT_NONE;
}

static void in_flight(struct nct_io *io, const struct nct_event *ev, uint64_t ts_ns)
{
	io->seen = true;
	io->counted_ns = ts_ns;
	io->requests = ev->in_flight.requests;
	io->reads = ev->in_flight.reads;
	io->writes = ev->in_flight.writes;
	io->bytes = ev->in_flight.bytes;
	io->oldest_ns = ev->in_flight.oldest_ns;
	io->partial = ev->in_flight.partial;
}

/* Told when the teardown is over, and again at the end: the last one has all of it. */
static void released(struct nct_io *io, const struct nct_event *ev)
{
	io->seen = true;
	io->failed_over = ev->io_released.failed_over;
	io->cancelled = ev->io_released.cancelled;
	io->first_release_ns = ev->io_released.first_ns;
	io->last_release_ns = ev->io_released.last_ns;
	io->errors = ev->io_released.errors;
}

/* Told in full each time; beyond the last place all are one. */
static void path(struct nct_io *io, const struct nct_event *ev)
{
	size_t i;

	for (i = 0; i < io->npaths; i++)
		if (io->paths[i].to == ev->io_path.to)
			break;
	if (i == NCT_IO_PATHS) {
		i--;
		io->paths[i].to = NCT_UNKNOWN_INT;
		io->paths[i].bios += ev->io_path.bios;
		return;
	}
	io->paths[i].to = ev->io_path.to;
	io->paths[i].bios = ev->io_path.bios;
	if (i == io->npaths)
		io->npaths++;
}

static void waited(struct nct_io *io, const struct nct_event *ev)
{
	if (ev->io_waited.bucket >= 0 && ev->io_waited.bucket < NCT_WAITED_BUCKETS)
		io->waited[ev->io_waited.bucket] = ev->io_waited.requests;
}

static void blackout(struct nct_io *io, const struct nct_event *ev)
{
	struct nct_blackout *b;

	if (!ev->blackout.device[0] || io->nblackouts == NCT_IO_BLACKOUTS) {
		io->more_blackouts = true;
		return;
	}
	b = &io->blackouts[io->nblackouts++];
	nct_copy_string(b->device, ev->blackout.device, sizeof(b->device));
	b->since_ns = ev->blackout.since_ns;
	b->until_ns = ev->blackout.until_ns ? ev->blackout.until_ns : NCT_NONE;
	b->uncertain_ns = ev->blackout.uncertain_ns;
}

static void keep_alive(struct nct_recovery *rec, uint64_t ts_ns)
{
	if (!rec->keep_alives++)
		rec->keep_alive_ns = ts_ns;
}

uint64_t nct_blackout_ns(const struct nct_blackout *blackout)
{
	if (blackout->until_ns == NCT_NONE || blackout->until_ns < blackout->since_ns)
		return NCT_NONE;
	return blackout->until_ns - blackout->since_ns;
}

/* One that was not over lasted until the end of the recovery at least. */
static uint64_t seen_ns(const struct nct_recovery *rec, const struct nct_blackout *b)
{
	uint64_t end_ns = rec->start_ns + rec->duration_ns, ns = nct_blackout_ns(b);

	if (ns != NCT_NONE)
		return ns;
	return end_ns > b->since_ns ? end_ns - b->since_ns : 0;
}

struct nct_longest nct_longest_blackout(const struct nct_recovery *rec)
{
	struct nct_longest longest = { .ns = NCT_NONE };

	if (!rec->io.seen)
		return longest;
	longest.at_least = rec->io.more_blackouts;
	for (size_t i = 0; i < rec->io.nblackouts; i++) {
		const struct nct_blackout *b = &rec->io.blackouts[i];
		uint64_t ns = seen_ns(rec, b);

		longest.at_least |= nct_blackout_ns(b) == NCT_NONE;
		if (longest.of && ns <= longest.ns)
			continue;
		longest.ns = ns;
		longest.of = b;
	}
	return longest;
}

/* True: it belonged to a recovery. */
bool nct_io_event(struct nct_ctrl *c, const struct nct_event *ev, uint64_t ts_ns)
{
	struct nct_io *io = &c->open.rec.io;

	if (!c->open.active)
		return false;
	switch (ev->type) {
	case NCT_EV_IN_FLIGHT:
		in_flight(io, ev, ts_ns);
		break;
	case NCT_EV_IO_RELEASED:
		released(io, ev);
		break;
	case NCT_EV_IO_PATH:
		path(io, ev);
		break;
	case NCT_EV_IO_WAITED:
		waited(io, ev);
		break;
	case NCT_EV_BLACKOUT:
		blackout(io, ev);
		break;
	case NCT_EV_KEEP_ALIVE:
		if (!nct_state_fences(c->state))
			return false;
		/* Stopping it is the first thing that the work does, before it fences. */
		if (nct_phase_now(&c->open) != NCT_PHASE_QUEUE)
			keep_alive(&c->open.rec, ts_ns);
		break;
	default:
		return false;
	}
	settle(io);
	return true;
}

static bool is_asked(const struct nct_open *o, int32_t source)
{
	return o->ccr_running && o->rec.ccr[o->rec.nccr - 1].source == source;
}

/* The first attempt on that source that was given up, and of which nothing was heard since. */
static struct nct_ccr_attempt *given_up(struct nct_recovery *rec, int32_t source)
{
	for (size_t i = 0; i < rec->nccr; i++) {
		struct nct_ccr_attempt *a = &rec->ccr[i];

		if (a->source == source && a->result == NCT_CCR_TIMEOUT && !a->late_ns)
			return a;
	}
	return NULL;
}

/*
 * A source has word of a CCR that was completed. It does not say whose: it is taken for that of one
 * who waits for it, else for that of the first who has given up.
 */
bool nct_io_notice(struct nct_reducer *r, int32_t source, uint64_t ts_ns)
{
	struct nct_ccr_attempt *late = NULL;

	for (struct nct_ctrl *c = r->first; c; c = c->open.next) {
		if (is_asked(&c->open, source))
			return true;
		if (!late)
			late = given_up(&c->open.rec, source);
	}
	if (late && ts_ns > late->start_ns + late->duration_ns)
		late->late_ns = ts_ns - late->start_ns - late->duration_ns;
	return late;
}
