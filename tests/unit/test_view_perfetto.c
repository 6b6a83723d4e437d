// SPDX-License-Identifier: GPL-2.0
/* A Perfetto trace, decoded again: its slices nest, and their times are the recoveries'. */
#include "simulate.h"

#include <perfetto.pb-c.h>

#include "../../tools/view/perfetto.h"

#define MAX_DEPTH  4
#define MAX_TRACKS 64
#define MAX_SLICES 20000

static const struct nct_anchor boot1 = { 1000 * SEC, 1500 * SEC, 1795327848ull * SEC };

struct slice {
	uint64_t track, start, end;
	unsigned int depth;
	char name[64];
	char source[32], result[32];
	int64_t status;
	bool has_status;
	int64_t in_flight, blackout_ns; /* 0: not told */
};

/* What a viewer makes of a trace. */
struct decoded {
	Perfetto__Trace *trace;
	uint64_t tracks[MAX_TRACKS];
	struct {
		struct slice *stack[MAX_DEPTH];
		unsigned int depth;
		uint64_t last;
	} on[MAX_TRACKS];
	size_t ntracks, nprocesses;
	struct slice slices[MAX_SLICES];
	size_t nslices;
	uint64_t instants[MAX_SLICES];
	unsigned int instant_depth[MAX_SLICES];
	size_t ninstants;
};

static size_t track_index(const struct decoded *d, uint64_t uuid)
{
	for (size_t i = 0; i < d->ntracks; i++)
		if (d->tracks[i] == uuid)
			return i;
	fail_msg("an event on a track that was not described");
	return 0;
}

static void read_descriptor(struct decoded *d, const Perfetto__TrackDescriptor *t)
{
	assert_true(t->has_uuid && t->uuid);
	if (t->process) {
		assert_true(t->process->has_pid && t->process->pid > 0);
		assert_non_null(t->process->process_name);
		assert_false(t->has_parent_uuid);
		d->nprocesses++;
		return;
	}
	assert_true(t->has_parent_uuid);
	assert_non_null(t->name);
	assert_true(d->ntracks < MAX_TRACKS);
	for (size_t i = 0; i < d->ntracks; i++)
		assert_int_not_equal(d->tracks[i], t->uuid);
	d->tracks[d->ntracks++] = t->uuid;
}

static void read_annotations(struct slice *s, const Perfetto__TrackEvent *e)
{
	for (size_t i = 0; i < e->n_debug_annotations; i++) {
		const Perfetto__DebugAnnotation *a = e->debug_annotations[i];

		assert_non_null(a->name);
		assert_int_equal((a->string_value != NULL) + a->has_int_value + a->has_bool_value,
				 1);
		if (!strcmp(a->name, "source"))
			snprintf(s->source, sizeof(s->source), "%s", a->string_value);
		if (!strcmp(a->name, "result"))
			snprintf(s->result, sizeof(s->result), "%s", a->string_value);
		if (!strcmp(a->name, "in_flight"))
			s->in_flight = a->int_value;
		if (!strcmp(a->name, "blackout_ns"))
			s->blackout_ns = a->int_value;
		if (!strcmp(a->name, "status")) {
			s->has_status = true;
			s->status = a->int_value;
		}
	}
}

static void read_event(struct decoded *d, const Perfetto__TrackEvent *e, uint64_t ts)
{
	size_t t;
	struct slice *s;

	assert_true(e->has_track_uuid && e->has_type);
	t = track_index(d, e->track_uuid);
	assert_true(ts >= d->on[t].last);
	d->on[t].last = ts;
	if (e->type == PERFETTO__TRACK_EVENT__TYPE__TYPE_INSTANT) {
		assert_true(d->on[t].depth > 0);
		d->instant_depth[d->ninstants] = d->on[t].depth;
		d->instants[d->ninstants++] = ts;
	} else if (e->type == PERFETTO__TRACK_EVENT__TYPE__TYPE_SLICE_BEGIN) {
		assert_non_null(e->name);
		assert_true(d->on[t].depth < MAX_DEPTH && d->nslices < MAX_SLICES);
		s = &d->slices[d->nslices++];
		*s = (struct slice) { .track = e->track_uuid, .start = ts };
		s->depth = d->on[t].depth;
		snprintf(s->name, sizeof(s->name), "%s", e->name);
		read_annotations(s, e);
		d->on[t].stack[d->on[t].depth++] = s;
	} else {
		assert_int_equal(e->type, PERFETTO__TRACK_EVENT__TYPE__TYPE_SLICE_END);
		assert_true(d->on[t].depth > 0);
		d->on[t].stack[--d->on[t].depth]->end = ts;
	}
}

static void decode(struct decoded *d, const char *buf, size_t len)
{
	memset(d, 0, sizeof(*d));
	d->trace = perfetto__trace__unpack(NULL, len, (const uint8_t *)buf);
	assert_non_null(d->trace);
	for (size_t i = 0; i < d->trace->n_packet; i++) {
		const Perfetto__TracePacket *p = d->trace->packet[i];

		assert_int_equal(p->base.n_unknown_fields, 0);
		assert_true(p->has_trusted_packet_sequence_id && p->trusted_packet_sequence_id);
		assert_int_equal(p->has_sequence_flags, i == 0);
		if (p->track_descriptor)
			read_descriptor(d, p->track_descriptor);
		if (p->track_event) {
			assert_true(p->has_timestamp);
			read_event(d, p->track_event, p->timestamp);
		}
	}
	for (size_t i = 0; i < d->ntracks; i++)
		assert_int_equal(d->on[i].depth, 0);
}

static void decoded_free(struct decoded *d)
{
	perfetto__trace__free_unpacked(d->trace, NULL);
	free(d);
}

/* Recoveries of one host, all with the same anchor, as a trace, decoded. */
static struct decoded *traced(const struct nct_recovery *recs, size_t n, const struct nct_anchor *a)
{
	struct decoded *d = malloc(sizeof(*d));
	char *buf = NULL;
	size_t len;
	FILE *f = open_memstream(&buf, &len);
	struct nct_perfetto *p = nct_perfetto_new(f, a);

	assert_non_null(d);
	assert_non_null(p);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(nct_perfetto_recovery(p, &recs[i], "host1", a), 0);
	nct_perfetto_free(p);
	assert_int_equal(fclose(f), 0);
	decode(d, buf, len);
	free(buf);
	return d;
}

static void check_attempt(const struct slice *s, const struct slice *phase,
			  const struct nct_ccr_attempt *a, uint64_t shift)
{
	char source[32];

	snprintf(source, sizeof(source), "nvme%d", a->source);
	assert_int_equal(s->depth, 2);
	assert_int_equal(s->start, a->start_ns + shift);
	assert_true(s->start >= phase->start && s->end <= phase->end);
	assert_true(s->end - s->start <= a->duration_ns);
	assert_string_equal(s->source, source);
	assert_string_equal(s->result, a->result ? nct_ccr_result_name(a->result) : "");
	assert_int_equal(s->has_status, a->status != NCT_UNKNOWN_INT);
	if (s->has_status)
		assert_int_equal(s->status, a->status);
}

/* The slices of one recovery, from s on, in the order of their beginnings. Returns how
 * many they are. */
static size_t check_slices(const struct slice *s, const struct nct_recovery *rec, uint64_t shift)
{
	size_t n = 1, ccr = 0;

	assert_int_equal(s->depth, 0);
	assert_int_equal(s->start, rec->start_ns + shift);
	assert_int_equal(s->end - s->start, rec->duration_ns);
	for (size_t i = 0; i < rec->nspans; i++) {
		const struct slice *phase = &s[n++];

		assert_int_equal(phase->depth, 1);
		assert_string_equal(phase->name, nct_phase_name(rec->spans[i].phase));
		assert_int_equal(phase->start, rec->spans[i].start_ns + shift);
		assert_int_equal(phase->end - phase->start, rec->spans[i].duration_ns);
		while (rec->spans[i].phase == NCT_PHASE_CCR && ccr < rec->nccr)
			check_attempt(&s[n++], phase, &rec->ccr[ccr++], shift);
	}
	assert_int_equal(ccr, rec->nccr);
	return n;
}

/* Streams of any dialect and transport, with removals, failed attempts and holds. */
static void simulated_recoveries(void **state)
{
	static const enum nct_dialect dialects[] = { NCT_DIALECT_BASELINE, NCT_DIALECT_RECOVERING,
						     NCT_DIALECT_FENCING };
	size_t attempts = 0, instants = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct sim m = { .seed = seed, .now = SEC, .id = 7, .instance = 3 };
		struct decoded *d;
		struct seen seen;
		size_t at = 0, releases = 0;

		m.dialect = dialects[seed % 3];
		simulate(&m);
		seen_init(&seen, m.dialect);
		for (size_t i = 0; i < m.nevents; i++)
			push(&seen, m.events[i]);
		nct_reducer_finish(seen.r, m.now + 1);
		d = traced(seen.ended, seen.nended, &boot1);
		for (size_t i = 0; i < seen.nended; i++) {
			at += check_slices(&d->slices[at], &seen.ended[i], 500 * SEC);
			attempts += seen.ended[i].nccr;
			if (seen.ended[i].time_to_retry_ns != NCT_NONE)
				assert_int_equal(d->instants[releases++],
						 seen.ended[i].start_ns + 500 * SEC +
							 seen.ended[i].time_to_retry_ns);
		}
		assert_int_equal(at, d->nslices);
		assert_int_equal(releases, d->ninstants);
		instants += releases;
		decoded_free(d);
		seen_free(&seen);
		free(m.events);
	}
	assert_true(attempts > 100 && instants > 100); /* else it tested nothing */
}

static const struct nct_span two_phases[] = { { NCT_PHASE_QUEUE, 2000 * SEC, 1 * MS },
					      { NCT_PHASE_CCR, 2000 * SEC + MS, 9 * MS } };

static struct nct_recovery hand_made(int instance)
{
	return (struct nct_recovery) {
		.kind = NCT_KIND_RECOVERY,
		.id = identity_of(instance, "tcp", 1),
		.trigger = { "io-timeout", "nvme_tcp_timeout", 2, 0 },
		.start_ns = 2000 * SEC,
		.duration_ns = 10 * MS,
		.time_to_retry_ns = 10 * MS,
		.time_to_live_ns = NCT_NONE,
		.spans = (struct nct_span *)two_phases,
		.nspans = 2,
		.last_status = NCT_UNKNOWN_INT,
		.end = NCT_END_LIVE,
	};
}

static uint64_t clock_of(const Perfetto__ClockSnapshot *s, uint32_t id)
{
	for (size_t i = 0; i < s->n_clocks; i++)
		if (s->clocks[i]->clock_id == id)
			return s->clocks[i]->timestamp;
	fail_msg("clock %u is missing", id);
	return 0;
}

static void clocks_are_told_once(void **state)
{
	struct nct_recovery recs[2] = { hand_made(1), hand_made(2) };
	struct decoded *d = traced(recs, 2, &boot1);
	const Perfetto__ClockSnapshot *s = d->trace->packet[0]->clock_snapshot;

	(void)state;
	assert_non_null(s);
	assert_int_equal(clock_of(s, 6), boot1.boottime_ns);
	assert_int_equal(clock_of(s, 3), boot1.monotonic_ns);
	assert_int_equal(clock_of(s, 1), boot1.realtime_ns);
	for (size_t i = 1; i < d->trace->n_packet; i++)
		assert_null(d->trace->packet[i]->clock_snapshot);
	assert_int_equal(d->nprocesses, 1);
	assert_int_equal(d->ntracks, 2);
	/* released as it ended: drawn inside its last phase */
	assert_int_equal(d->ninstants, 2);
	assert_int_equal(d->instant_depth[0], 2);
	decoded_free(d);
}

static void without_wall_time(void **state)
{
	struct nct_recovery rec = hand_made(1);
	struct decoded *d = traced(&rec, 1, NULL);

	(void)state;
	assert_null(d->trace->packet[0]->clock_snapshot);
	assert_int_equal(d->slices[0].start, rec.start_ns);
	decoded_free(d);
}

/* Whatever was seen of an attempt, its slice lies within the phase. */
static void attempts_that_do_not_fit(void **state)
{
	struct nct_ccr_attempt ccr[] = {
		{ .source = 0, .start_ns = 2000 * SEC + 2 * MS, .duration_ns = 5 * MS },
		{ .source = 2, .start_ns = 2000 * SEC + 3 * MS, .duration_ns = 60 * SEC },
		{ .source = -1, .start_ns = 2000 * SEC + 10 * MS, .duration_ns = 0 },
	};
	struct nct_recovery rec = hand_made(1);
	struct decoded *d;

	(void)state;
	rec.ccr = ccr;
	rec.nccr = 3;
	d = traced(&rec, 1, &boot1);
	assert_int_equal(d->nslices, 6);
	assert_int_equal(d->slices[4].start, d->slices[3].end);
	assert_int_equal(d->slices[4].end, d->slices[2].end);
	assert_string_equal(d->slices[5].name, "CCR by ?: result not seen");
	decoded_free(d);
}

/* The same night in two recordings, or two boots: no slices on top of each other. */
static void what_overlaps_gets_a_track_of_its_own(void **state)
{
	struct nct_recovery recs[3] = { hand_made(1), hand_made(1), hand_made(1) };
	struct decoded *d;

	(void)state;
	recs[2].start_ns += SEC; /* after both: on the first track again */
	recs[2].nspans = 0;
	d = traced(recs, 3, &boot1);
	assert_int_equal(d->ntracks, 2);
	assert_int_not_equal(d->slices[0].track, d->slices[3].track);
	assert_int_equal(d->slices[0].track, d->slices[6].track);
	decoded_free(d);
}

static struct nct_blackout dark(const char *device, uint64_t since_ns, uint64_t until_ns)
{
	struct nct_blackout b = { .since_ns = since_ns, .until_ns = until_ns };

	snprintf(b.device, sizeof(b.device), "%s", device);
	return b;
}

/* They begin before the recovery: on tracks of their own, which do not overlap either. */
static void blackouts(void **state)
{
	struct nct_recovery recs[2] = { hand_made(1), hand_made(1) };
	uint64_t start = recs[0].start_ns, shift = 500 * SEC;
	struct nct_io *io = &recs[0].io;
	struct decoded *d;

	(void)state;
	io->seen = true;
	io->requests = 17;
	io->nblackouts = 2;
	io->blackouts[0] = dark("nvme0n1", start - SEC, start + 5 * MS);
	io->blackouts[1] = dark("nvme0n2", start - 2 * SEC, start + 30 * SEC); /* outlasts it */
	recs[1].start_ns += SEC;
	recs[1].nspans = 0;
	recs[1].io = *io;
	recs[1].io.blackouts[0] = dark("nvme0n1", start + SEC, NCT_NONE);
	recs[1].io.blackouts[1] = dark("nvme0n2", start + SEC, start + 31 * SEC); /* overlaps */
	d = traced(recs, 2, &boot1);
	assert_int_equal(d->nslices, 3 + 2 + 1 + 2);
	assert_int_equal(d->slices[0].in_flight, 17);
	assert_int_equal(d->slices[0].blackout_ns, 32 * SEC);
	assert_string_equal(d->slices[3].name, "blackout");
	assert_int_equal(d->slices[3].depth, 0);
	assert_int_equal(d->slices[3].start, start + shift - SEC);
	assert_int_equal(d->slices[3].end, start + shift + 5 * MS);
	assert_int_equal(d->slices[4].end - d->slices[4].start, 32 * SEC);
	assert_int_equal(d->slices[5].blackout_ns, 0); /* the longest is not known */
	assert_string_equal(d->slices[6].name, "blackout, not over");
	assert_int_equal(d->slices[6].end, recs[1].start_ns + shift + recs[1].duration_ns);
	assert_int_equal(d->slices[6].track, d->slices[3].track);
	assert_int_not_equal(d->slices[7].track, d->slices[4].track);
	assert_int_equal(d->ntracks, 1 + 2 + 1);
	decoded_free(d);
}

/* A trace has no time before its zero. */
static void a_blackout_from_before_the_boot(void **state)
{
	struct nct_recovery rec = hand_made(1);
	struct decoded *d;

	(void)state;
	rec.io.seen = true;
	rec.io.nblackouts = 1;
	rec.start_ns = 3 * SEC;
	rec.nspans = 0;
	rec.io.blackouts[0] = dark("nvme0n1", 1 * SEC, 4 * SEC);
	d = traced(&rec, 1, NULL);
	assert_int_equal(d->slices[1].start, 1 * SEC);
	decoded_free(d);
	rec.io.blackouts[0].since_ns = 0ull - SEC;
	d = traced(&rec, 1, NULL);
	assert_int_equal(d->nslices, 1);
	decoded_free(d);
}

/* Two boots, one time line: wall time decides. */
static void two_boots(void **state)
{
	const struct nct_anchor boot2 = { 10 * SEC, 10 * SEC, boot1.realtime_ns + 9000 * SEC };
	struct nct_recovery rec = hand_made(1);
	struct decoded *d = malloc(sizeof(*d));
	char *buf = NULL;
	size_t len;
	FILE *f = open_memstream(&buf, &len);
	struct nct_perfetto *p = nct_perfetto_new(f, &boot1);

	(void)state;
	assert_true(nct_perfetto_earlier_boot(&boot1, &boot2));
	assert_false(nct_perfetto_earlier_boot(&boot2, &boot1));
	rec.nspans = 0;
	rec.start_ns = 12 * SEC;
	assert_int_equal(nct_perfetto_recovery(p, &rec, "host1", &boot2), 0);
	nct_perfetto_free(p);
	fclose(f);
	decode(d, buf, len);
	assert_int_equal(d->slices[0].start, boot1.boottime_ns + 9002 * SEC);
	free(buf);
	decoded_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(simulated_recoveries),
		cmocka_unit_test(clocks_are_told_once),
		cmocka_unit_test(without_wall_time),
		cmocka_unit_test(attempts_that_do_not_fit),
		cmocka_unit_test(what_overlaps_gets_a_track_of_its_own),
		cmocka_unit_test(blackouts),
		cmocka_unit_test(a_blackout_from_before_the_boot),
		cmocka_unit_test(two_boots),
	};

	return cmocka_run_group_tests_name("view_perfetto", tests, NULL, NULL);
}
