// SPDX-License-Identifier: GPL-2.0
#include "perfetto.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "perfetto_event.h"
#include "text.h"

/* All packets are of one sequence. The numbers are ours, so that a trace of the same host
 * can be appended to the file: it is one more list of packets. */
#define SEQUENCE_ID 0x6e766d65u
#define UUID_BASE   0x6e766d6500000000ull
#define PID_BASE    4194304 /* the kernel's PID_MAX_LIMIT: no real process has it */

/* A subsystem as one host, or one log, sees it. */
struct process {
	char host[520];
	char subsystem[NCT_NQN_LEN];
	bool wall; /* its times are wall times */
	uint64_t uuid;
};

/* A controller, or one that overlaps with it: the same one in another recording, or one
 * that had the same number in another boot. Or one of the devices below its controller. */
struct track {
	uint64_t parent_uuid;
	int32_t instance;
	char device[NCT_DEVICE_LEN]; /* "": the controller itself */
	uint64_t uuid;
	uint64_t busy_until; /* ns of the trace's clock */
};

struct nct_perfetto {
	FILE *out;
	bool begun;
	struct nct_anchor base;
	bool has_base;
	uint64_t last_uuid;
	struct process *processes;
	size_t nprocesses;
	struct track *tracks;
	size_t ntracks;
};

/* ---- packets ----------------------------------------------------------------------- */

/* Lets protobuf-c write to a file. */
struct file_buffer {
	ProtobufCBuffer base; /* first, so that it can be cast */
	FILE *out;
	int rc;
};

static void file_append(ProtobufCBuffer *base, size_t len, const uint8_t *data)
{
	struct file_buffer *b = (struct file_buffer *)base;

	errno = 0;
	if (!b->rc && fwrite(data, 1, len, b->out) != len)
		b->rc = errno ? -errno : -EIO;
}

/* A file is the concatenation of any number of messages of type Trace. */
static int write_packet(struct nct_perfetto *p, Perfetto__TracePacket *packet)
{
	struct file_buffer buffer = { { file_append }, p->out, 0 };
	Perfetto__Trace trace = PERFETTO__TRACE__INIT;

	packet->has_trusted_packet_sequence_id = true;
	packet->trusted_packet_sequence_id = SEQUENCE_ID;
	trace.packet = &packet;
	trace.n_packet = 1;
	perfetto__trace__pack_to_buffer(&trace, &buffer.base);
	return buffer.rc;
}

/* The three clocks at one instant, by which a viewer tells wall time. */
static int write_clocks(struct nct_perfetto *p, Perfetto__TracePacket *packet)
{
	const struct {
		uint32_t id;
		uint64_t ns;
	} clocks[] = {
		{ PERFETTO__CLOCK_SNAPSHOT__CLOCK__BUILTIN_CLOCKS__BOOTTIME, p->base.boottime_ns },
		{ PERFETTO__CLOCK_SNAPSHOT__CLOCK__BUILTIN_CLOCKS__MONOTONIC,
		  p->base.monotonic_ns },
		{ PERFETTO__CLOCK_SNAPSHOT__CLOCK__BUILTIN_CLOCKS__REALTIME, p->base.realtime_ns },
	};
	Perfetto__ClockSnapshot__Clock clock[3], *list[3];
	Perfetto__ClockSnapshot snapshot = PERFETTO__CLOCK_SNAPSHOT__INIT;

	for (size_t i = 0; i < 3; i++) {
		perfetto__clock_snapshot__clock__init(&clock[i]);
		clock[i].has_clock_id = true;
		clock[i].clock_id = clocks[i].id;
		clock[i].has_timestamp = true;
		clock[i].timestamp = clocks[i].ns;
		list[i] = &clock[i];
	}
	snapshot.clocks = list;
	snapshot.n_clocks = 3;
	packet->clock_snapshot = &snapshot;
	return write_packet(p, packet);
}

/* The first packet says that nothing of this sequence came before. */
static int begin(struct nct_perfetto *p)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;

	if (p->begun)
		return 0;
	p->begun = true;
	packet.has_sequence_flags = true;
	packet.sequence_flags =
		PERFETTO__TRACE_PACKET__SEQUENCE_FLAGS__SEQ_INCREMENTAL_STATE_CLEARED;
	return p->has_base ? write_clocks(p, &packet) : write_packet(p, &packet);
}

static int write_event(struct nct_perfetto *p, uint64_t uuid, uint64_t ts,
		       struct nct_perfetto_event *e)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;

	e->event.has_track_uuid = true;
	e->event.track_uuid = uuid;
	packet.has_timestamp = true;
	packet.timestamp = ts;
	packet.track_event = &e->event;
	return write_packet(p, &packet);
}

/* ---- tracks ------------------------------------------------------------------------ */

static int describe(struct nct_perfetto *p, Perfetto__TrackDescriptor *track, uint64_t uuid)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;

	track->has_uuid = true;
	track->uuid = uuid;
	packet.track_descriptor = track;
	return write_packet(p, &packet);
}

static int describe_process(struct nct_perfetto *p, const struct process *process)
{
	Perfetto__ProcessDescriptor descriptor = PERFETTO__PROCESS_DESCRIPTOR__INIT;
	Perfetto__TrackDescriptor track = PERFETTO__TRACK_DESCRIPTOR__INIT;
	char name[sizeof(struct nct_phrase) * 2 + 64];

	snprintf(name, sizeof(name), "%s%s%s%s", *process->host ? nct_plain(process->host).s : "",
		 *process->host ? ": " : "",
		 *process->subsystem ? nct_plain(process->subsystem).s : "subsystem not known",
		 process->wall ? "" : " (by the log's own clock)");
	descriptor.has_pid = true;
	descriptor.pid = PID_BASE + (int32_t)p->nprocesses;
	descriptor.process_name = name;
	track.process = &descriptor;
	track.has_child_ordering = true;
	track.child_ordering = PERFETTO__TRACK_DESCRIPTOR__CHILD_TRACKS_ORDERING__EXPLICIT;
	return describe(p, &track, process->uuid);
}

static int describe_track(struct nct_perfetto *p, const struct track *t,
			  const struct nct_recovery *rec)
{
	Perfetto__TrackDescriptor track = PERFETTO__TRACK_DESCRIPTOR__INIT;
	char name[sizeof(struct nct_word) + sizeof(struct nct_phrase)];
	struct nct_word number =
		t->instance < 0 ? nct_word("controller") : nct_word("nvme%d", t->instance);

	snprintf(name, sizeof(name), "%s%s%s", number.s, *rec->id.address ? " " : "",
		 *rec->id.address ? nct_short_address(rec->id.address).s : "");
	if (*t->device)
		snprintf(name, sizeof(name), "blackouts of %s", nct_plain(t->device).s);
	track.name = name;
	track.has_parent_uuid = true;
	track.parent_uuid = t->parent_uuid;
	track.has_sibling_order_rank = true;
	track.sibling_order_rank = t->instance;
	return describe(p, &track, t->uuid);
}

static int process_of(struct nct_perfetto *p, const char *host, const char *subsystem, bool wall,
		      uint64_t *uuid)
{
	struct process *grown;

	for (size_t i = 0; i < p->nprocesses; i++) {
		*uuid = p->processes[i].uuid;
		if (!strcmp(p->processes[i].host, host) && p->processes[i].wall == wall &&
		    !strcmp(p->processes[i].subsystem, subsystem))
			return 0;
	}
	grown = realloc(p->processes, (p->nprocesses + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	p->processes = grown;
	grown += p->nprocesses++;
	memset(grown, 0, sizeof(*grown));
	snprintf(grown->host, sizeof(grown->host), "%s", host);
	snprintf(grown->subsystem, sizeof(grown->subsystem), "%s", subsystem);
	grown->wall = wall;
	*uuid = grown->uuid = UUID_BASE + ++p->last_uuid;
	return describe_process(p, grown);
}

/* One on which nothing is drawn from start on: slices that overlap without being nested
 * cannot be told apart on one track. */
static int track_of(struct nct_perfetto *p, uint64_t parent_uuid, const struct nct_recovery *rec,
		    const char *device, uint64_t start, struct track **track)
{
	struct track *grown;

	for (size_t i = 0; i < p->ntracks; i++) {
		*track = &p->tracks[i];
		if ((*track)->parent_uuid == parent_uuid &&
		    (*track)->instance == rec->id.instance && !strcmp((*track)->device, device) &&
		    (*track)->busy_until <= start)
			return 0;
	}
	grown = realloc(p->tracks, (p->ntracks + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	p->tracks = grown;
	*track = &grown[p->ntracks++];
	**track = (struct track) { .parent_uuid = parent_uuid,
				   .instance = rec->id.instance,
				   .uuid = UUID_BASE + ++p->last_uuid };
	snprintf((*track)->device, sizeof((*track)->device), "%s", device);
	return describe_track(p, *track, rec);
}

/* ---- a recovery -------------------------------------------------------------------- */

static int64_t boot_wall_ns(const struct nct_anchor *a)
{
	return (int64_t)(a->realtime_ns - a->boottime_ns);
}

bool nct_perfetto_earlier_boot(const struct nct_anchor *a, const struct nct_anchor *b)
{
	return boot_wall_ns(a) < boot_wall_ns(b);
}

static uint64_t trace_ns(const struct nct_perfetto *p, const struct nct_anchor *anchor,
			 uint64_t monotonic_ns)
{
	int64_t ns;

	if (!anchor || !p->has_base)
		return monotonic_ns;
	ns = (int64_t)nct_anchor_wall_ns(anchor, monotonic_ns) - boot_wall_ns(&p->base);
	return ns > 0 ? (uint64_t)ns : 0;
}

/* What is needed to draw one: where, and what is added to its times (modulo 2^64). */
struct drawing {
	struct nct_perfetto *p;
	const struct nct_recovery *rec;
	uint64_t uuid;
	uint64_t shift;
	uint64_t release_ns; /* NCT_NONE: not seen, or drawn */
	struct nct_perfetto_event event;
	int rc;
};

static void put(struct drawing *d, uint64_t at_ns)
{
	if (!d->rc)
		d->rc = write_event(d->p, d->uuid, at_ns + d->shift, &d->event);
}

/* Events are in the order of time, so the release has its place before any later one. */
static void put_release(struct drawing *d, uint64_t until_ns)
{
	if (d->release_ns == NCT_NONE || d->release_ns > until_ns)
		return;
	nct_perfetto_release(&d->event, d->rec);
	put(d, d->release_ns);
	d->release_ns = NCT_NONE;
}

static void put_end(struct drawing *d, uint64_t at_ns)
{
	put_release(d, at_ns);
	nct_perfetto_slice_end(&d->event);
	put(d, at_ns);
}

/* Within the phase and after each other whatever was seen: else they would not be nested.
 * Their own durations are among what they tell. Returns how many were drawn. */
static size_t put_attempts(struct drawing *d, const struct nct_span *span, size_t first)
{
	uint64_t end_ns = span->start_ns + span->duration_ns, at_ns = span->start_ns;
	size_t i = first;

	for (; i < d->rec->nccr && d->rec->ccr[i].start_ns <= end_ns; i++) {
		const struct nct_ccr_attempt *a = &d->rec->ccr[i];

		at_ns = a->start_ns > at_ns ? a->start_ns : at_ns;
		put_release(d, at_ns);
		nct_perfetto_ccr(&d->event, a);
		put(d, at_ns);
		if (a->start_ns + a->duration_ns > at_ns)
			at_ns = a->start_ns + a->duration_ns;
		at_ns = at_ns < end_ns ? at_ns : end_ns;
		put_end(d, at_ns);
	}
	return i - first;
}

static void put_recovery(struct drawing *d)
{
	const struct nct_recovery *rec = d->rec;
	size_t attempts = 0;

	nct_perfetto_whole(&d->event, rec);
	put(d, rec->start_ns);
	for (size_t i = 0; i < rec->nspans; i++) {
		const struct nct_span *span = &rec->spans[i];

		nct_perfetto_phase(&d->event, rec, span);
		put(d, span->start_ns);
		if (span->phase == NCT_PHASE_CCR)
			attempts += put_attempts(d, span, attempts);
		put_end(d, span->start_ns + span->duration_ns);
	}
	put_end(d, rec->start_ns + rec->duration_ns);
}

/* It begins before the recovery does, so it cannot be nested in it. One that is not over is
 * drawn as far as it was seen. */
static void put_blackout(struct drawing *d, const struct nct_blackout *b, uint64_t controller_uuid)
{
	uint64_t end_ns = d->rec->start_ns + d->rec->duration_ns, since_ns = b->since_ns;
	struct track *track;

	if (since_ns + d->shift > end_ns + d->shift) /* before the trace's zero */
		since_ns = 0 - d->shift;
	if (nct_blackout_ns(b) != NCT_NONE)
		end_ns = b->until_ns;
	if (d->rc || b->since_ns > end_ns)
		return;
	d->rc = track_of(d->p, controller_uuid, d->rec, b->device, since_ns + d->shift, &track);
	if (d->rc)
		return;
	track->busy_until = end_ns + d->shift;
	d->uuid = track->uuid;
	nct_perfetto_blackout(&d->event, b);
	put(d, since_ns);
	nct_perfetto_slice_end(&d->event);
	put(d, end_ns);
}

static void put_blackouts(struct drawing *d)
{
	uint64_t controller_uuid = d->uuid;

	for (size_t i = 0; d->rec->io.seen && i < d->rec->io.nblackouts; i++)
		put_blackout(d, &d->rec->io.blackouts[i], controller_uuid);
}

struct nct_perfetto *nct_perfetto_new(FILE *out, const struct nct_anchor *base)
{
	struct nct_perfetto *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->out = out;
	if (base) {
		p->base = *base;
		p->has_base = true;
	}
	return p;
}

int nct_perfetto_recovery(struct nct_perfetto *p, const struct nct_recovery *rec, const char *host,
			  const struct nct_anchor *anchor)
{
	uint64_t start = trace_ns(p, anchor, rec->start_ns), process = 0;
	struct track *track = NULL;
	struct drawing d = {
		.p = p,
		.rec = rec,
		.shift = start - rec->start_ns,
		.release_ns = rec->time_to_retry_ns == NCT_NONE
				      ? NCT_NONE
				      : rec->start_ns + rec->time_to_retry_ns,
	};
	int rc = begin(p);

	if (!rc)
		rc = process_of(p, host ? host : "", rec->id.subsystem, anchor != NULL, &process);
	if (!rc)
		rc = track_of(p, process, rec, "", start, &track);
	if (rc)
		return rc;
	track->busy_until = start + rec->duration_ns;
	d.uuid = track->uuid;
	put_recovery(&d);
	put_blackouts(&d);
	return d.rc;
}

void nct_perfetto_free(struct nct_perfetto *p)
{
	if (!p)
		return;
	free(p->processes);
	free(p->tracks);
	free(p);
}
