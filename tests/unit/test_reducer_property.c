// SPDX-License-Identifier: GPL-2.0
/*
 * Random streams, valid and spoilt, of several controllers interleaved.
 *
 * Clean streams: what the reducer makes of them is exactly what the simulated
 * host did. Spoilt ones (lost, doubled, late and senseless events): no crash, no
 * leak, and all invariants. Both: reducing all controllers together gives the
 * same as reducing each one alone.
 *
 * NCT_SEED and NCT_STREAMS override the first seed and the number of streams;
 * a failure names the seed of its stream: NCT_SEED=<it> NCT_STREAMS=1.
 */
#include "simulate.h"

#define MAX_SLOTS 4
#define STREAMS	  100000

struct step {
	struct nct_event ev;
	int slot; /* -1: of no single controller */
};

struct stream {
	uint64_t seed;
	bool clean;
	enum nct_dialect dialect;
	struct sim sim[MAX_SLOTS];
	int nslots;
	struct step *steps;
	size_t nsteps, cap;
};

static uint64_t env_number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

static void add(struct stream *st, struct nct_event ev, int slot)
{
	if (st->nsteps == st->cap) {
		st->cap = st->cap ? 2 * st->cap : 256;
		st->steps = realloc(st->steps, st->cap * sizeof(*st->steps));
		assert_non_null(st->steps);
	}
	st->steps[st->nsteps++] = (struct step) { .ev = ev, .slot = slot };
}

/* Any type, any enum value near the valid ones, of this very controller. */
static struct nct_event rubbish(struct stream *st, struct nct_event ev)
{
	uint64_t *seed = &st->seed;
	int a = (int)rnd(seed, 14) - 1, b = (int)rnd(seed, 14) - 1;

	ev.type = (enum nct_event_type)((int)rnd(seed, NCT_EV_TYPE_COUNT + 2) - 1);
	if (ev.type == NCT_EV_LOST || ev.type == NCT_EV_DIALECT)
		ev.type = NCT_EV_STATE; /* those are about all controllers */
	if (!rnd(seed, 8))
		ev.ctrl = 0;
	if (ev.ctrl && !rnd(seed, 16))
		ev.ctrl ^= 0x80; /* another id of the same instance */
	memset(&ev.state, 0, sizeof(ev) - offsetof(struct nct_event, state));
	switch (ev.type) {
	case NCT_EV_SNAPSHOT:
		ev.snapshot.state = (enum nct_state)a;
		ev.snapshot.id = identity_of(ev.instance, "tcp", b);
		break;
	case NCT_EV_IDENTITY:
		ev.identity = identity_of(ev.instance, b < 5 ? "rdma" : "", b);
		memset(ev.identity.address, 'x', sizeof(ev.identity.address)); /* no NUL */
		break;
	case NCT_EV_TIMEOUT:
		ev.timeout.opcode = a;
		ev.timeout.admin = b & 1;
		break;
	case NCT_EV_CCR_START:
	case NCT_EV_CCR_END:
		ev.ccr.source = a % 3;
		ev.ccr.status = b - 1;
		ev.ccr.immediate = (int)rnd(seed, 3) - 1;
		ev.ccr.ccrs = (int)rnd(seed, 4) - 1;
		ev.ccr.timeout_ms = b;
		ev.ccr.command_ns = rnd(seed, 1000);
		break;
	case NCT_EV_HOLD_START:
	case NCT_EV_HOLD_END:
		ev.hold.requested_ms = a;
		memset(ev.hold.reason, 'x', sizeof(ev.hold.reason)); /* no NUL */
		break;
	case NCT_EV_IN_FLIGHT:
		ev.in_flight.requests = rnd(seed, 3) ? rnd(seed, 100) : NCT_NONE;
		ev.in_flight.partial = b & 1;
		break;
	case NCT_EV_IO_RELEASED:
		ev.io_released.failed_over = rnd(seed, 3) ? rnd(seed, 100) : NCT_NONE;
		ev.io_released.cancelled = rnd(seed, 100);
		break;
	case NCT_EV_IO_PATH:
		ev.io_path.to = (int32_t)rnd(seed, 40);
		break;
	case NCT_EV_IO_WAITED:
		ev.io_waited.bucket = a * 5;
		break;
	case NCT_EV_BLACKOUT:
		memset(ev.blackout.device, 'x', sizeof(ev.blackout.device)); /* no NUL */
		break;
	default:
		ev.state.old_state = (enum nct_state)a;
		ev.state.new_state = (enum nct_state)b;
		memset(ev.state.site, 'x', sizeof(ev.state.site));
	}
	return ev;
}

/* One event of a spoilt stream becomes none, two, a late or a senseless one. */
static void add_spoilt(struct stream *st, struct nct_event ev, int slot)
{
	uint64_t what = rnd(&st->seed, 40);
	struct nct_event lost = { .ts_ns = ev.ts_ns, .instance = -1, .type = NCT_EV_LOST };

	if (what == 0)
		return;
	if (what == 1 || what == 2)
		add(st, ev, slot);
	if (what == 3)
		add(st, rubbish(st, ev), slot);
	if (what == 4 && ev.ts_ns > 500)
		ev.ts_ns -= rnd(&st->seed, 500);
	if (what == 5) {
		lost.lost.count = 1 + rnd(&st->seed, 9);
		lost.lost.since_ns = ev.ts_ns / 2;
		add(st, lost, -1);
		return;
	}
	if (what == 6)
		ev.ctrl = 0;
	add(st, ev, slot);
}

/* By time, as the sources sort them. */
static void interleave(struct stream *st)
{
	size_t at[MAX_SLOTS] = { 0 };

	for (;;) {
		int next = -1;

		for (int i = 0; i < st->nslots; i++)
			if (at[i] < st->sim[i].nevents &&
			    (next < 0 ||
			     st->sim[i].events[at[i]].ts_ns < st->sim[next].events[at[next]].ts_ns))
				next = i;
		if (next < 0)
			return;
		if (st->clean)
			add(st, st->sim[next].events[at[next]++], next);
		else
			add_spoilt(st, st->sim[next].events[at[next]++], next);
	}
}

static void stream_make(struct stream *st, uint64_t seed)
{
	memset(st, 0, sizeof(*st));
	st->seed = seed;
	st->clean = rnd(&st->seed, 2);
	st->dialect = NCT_DIALECT_BASELINE + rnd(&st->seed, 3);
	st->nslots = 1 + (int)rnd(&st->seed, MAX_SLOTS);
	for (int i = 0; i < st->nslots; i++) {
		struct sim *m = &st->sim[i];

		m->seed = rnd(&st->seed, UINT64_MAX);
		m->dialect = st->dialect;
		m->instance = i;
		m->id = rnd(&st->seed, 3) ? (uint64_t)(i + 1) << 16 : 0;
		m->now = rnd(&st->seed, 1000);
		simulate(m);
	}
	interleave(st);
}

static void stream_free(struct stream *st)
{
	for (int i = 0; i < st->nslots; i++)
		free(st->sim[i].events);
	free(st->steps);
}

static uint64_t last_time(const struct stream *st)
{
	return st->nsteps ? st->steps[st->nsteps - 1].ev.ts_ns + 1000000 * SEC : 0;
}

static void look(void *ctx, const struct nct_recovery *rec)
{
	(void)ctx;
	check_recovery(rec);
}

/* slot -1: all. */
static void reduce(const struct stream *st, int slot, struct seen *s)
{
	seen_init(s, st->dialect);
	for (size_t i = 0; i < st->nsteps; i++) {
		const struct step *step = &st->steps[i];

		if (slot >= 0 && step->slot >= 0 && step->slot != slot)
			continue;
		push(s, step->ev);
		if (slot < 0 && i % 16 == 7)
			nct_reducer_each_open(s->r, step->ev.ts_ns + 77, look, NULL);
	}
	nct_reducer_finish(s->r, last_time(st));
	assert_int_equal(s->nbegun, s->nended);
	assert_int_equal(nct_reducer_stats(s->r)->open, 0);
	assert_int_equal(nct_reducer_stats(s->r)->finished, s->nended);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static void assert_same(const struct nct_recovery *a, const struct nct_recovery *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->dialect, b->dialect);
	assert_memory_equal(&a->id, &b->id, sizeof(a->id));
	assert_true(same_text(a->trigger.reason, b->trigger.reason));
	assert_string_equal(a->trigger.site, b->trigger.site);
	assert_int_equal(a->trigger.opcode, b->trigger.opcode);
	assert_int_equal(a->start_ns, b->start_ns);
	assert_int_equal(a->duration_ns, b->duration_ns);
	assert_int_equal(a->time_to_retry_ns, b->time_to_retry_ns);
	assert_int_equal(a->time_to_live_ns, b->time_to_live_ns);
	assert_int_equal(a->nspans, b->nspans);
	for (size_t i = 0; i < a->nspans; i++) {
		assert_int_equal(a->spans[i].phase, b->spans[i].phase);
		assert_int_equal(a->spans[i].start_ns, b->spans[i].start_ns);
	}
	assert_int_equal(a->nccr, b->nccr);
	for (size_t i = 0; i < a->nccr; i++) {
		assert_int_equal(a->ccr[i].source, b->ccr[i].source);
		assert_int_equal(a->ccr[i].start_ns, b->ccr[i].start_ns);
		assert_int_equal(a->ccr[i].duration_ns, b->ccr[i].duration_ns);
		assert_int_equal(a->ccr[i].result, b->ccr[i].result);
		assert_int_equal(a->ccr[i].timeout_ms, b->ccr[i].timeout_ms);
		assert_int_equal(nct_ccr_wait_ns(&a->ccr[i]), nct_ccr_wait_ns(&b->ccr[i]));
	}
	assert_int_equal(a->has_hold, b->has_hold);
	assert_int_equal(a->hold_requested_ms, b->hold_requested_ms);
	assert_int_equal(a->fence, b->fence);
	assert_true(same_text(a->fence_reason, b->fence_reason));
	assert_int_equal(a->end, b->end);
	assert_true(same_text(a->end_reason, b->end_reason));
	assert_string_equal(a->end_site, b->end_site);
	assert_int_equal(a->attempts, b->attempts);
	assert_int_equal(a->last_status, b->last_status);
	assert_int_equal(a->notes, b->notes);
}

/* The n-th recovery of this instance, or NULL. */
static const struct nct_recovery *nth(const struct seen *s, int instance, size_t n)
{
	for (size_t i = 0; i < s->nended; i++)
		if (s->ended[i].id.instance == instance && !n--)
			return &s->ended[i];
	return NULL;
}

static void controllers_never_mix(const struct stream *st, const struct seen *all)
{
	size_t total = 0;

	for (int slot = 0; slot < st->nslots; slot++) {
		struct seen alone;

		reduce(st, slot, &alone);
		for (size_t i = 0; i < alone.nended; i++) {
			const struct nct_recovery *rec = nth(all, slot, i);

			assert_non_null(rec);
			assert_same(rec, &alone.ended[i]);
		}
		total += alone.nended;
		seen_free(&alone);
	}
	assert_int_equal(total, all->nended);
}

static void assert_expected(const struct nct_recovery *rec, const struct expected *x)
{
	assert_non_null(rec);
	assert_int_equal(rec->kind, x->kind);
	assert_int_equal(rec->start_ns, x->start_ns);
	assert_string_equal(rec->trigger.reason, x->reason);
	assert_int_equal(rec->end, x->end);
	assert_int_equal(rec->time_to_retry_ns, x->retry_ns);
	assert_int_equal(rec->attempts, x->attempts);
	assert_int_equal(rec->fence, x->fence);
	assert_int_equal(rec->nccr, x->nccr);
	assert_int_equal(rec->notes, 0);
	assert_int_equal(rec->nspans, x->nspans);
	for (size_t i = 0; i < x->nspans; i++) {
		assert_int_equal(rec->spans[i].phase, x->spans[i].phase);
		assert_int_equal(rec->spans[i].start_ns, x->spans[i].start_ns);
	}
}

static void as_simulated(const struct stream *st, const struct seen *all)
{
	for (int slot = 0; slot < st->nslots; slot++) {
		const struct sim *m = &st->sim[slot];

		for (size_t i = 0; i < m->nexpected; i++)
			assert_expected(nth(all, slot, i), &m->expected[i]);
		assert_null(nth(all, slot, m->nexpected));
	}
}

/* cmocka tells where; this tells with which stream. */
static uint64_t running_seed;

static int tell_seed(void **unused)
{
	(void)unused;
	if (running_seed)
		fprintf(stderr, "failed: NCT_SEED=%llu NCT_STREAMS=1\n",
			(unsigned long long)running_seed);
	return 0;
}

static void random_streams(void **unused)
{
	uint64_t first = env_number("NCT_SEED", 20261122), n = env_number("NCT_STREAMS", STREAMS);
	uint64_t events = 0, recoveries = 0;

	(void)unused;
	printf("NCT_SEED=%llu NCT_STREAMS=%llu\n", (unsigned long long)first,
	       (unsigned long long)n);
	for (uint64_t seed = first; seed < first + n; seed++) {
		struct stream st;
		struct seen all;

		running_seed = seed;
		stream_make(&st, seed);
		reduce(&st, -1, &all);
		if (st.clean)
			as_simulated(&st, &all);
		controllers_never_mix(&st, &all);
		events += st.nsteps;
		recoveries += all.nended;
		seen_free(&all);
		stream_free(&st);
	}
	running_seed = 0;
	printf("%llu events, %llu recoveries\n", (unsigned long long)events,
	       (unsigned long long)recoveries);
	assert_true(n < 1000 || recoveries > n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(random_streams, tell_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
