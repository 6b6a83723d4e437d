/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A host that fails at random, for property tests: for one controller after
 * another it makes the events a kernel would give, and what they must become.
 */
#ifndef NCT_TESTS_SIMULATE_H
#define NCT_TESTS_SIMULATE_H

#include "stream.h"

#define MAX_EXPECTED	   32
#define MAX_EXPECTED_SPANS 48

struct expected {
	enum nct_kind kind;
	enum nct_end end;
	enum nct_fence fence;
	const char *reason;
	uint64_t start_ns, retry_ns;
	uint32_t attempts;
	size_t nccr, nspans;
	struct nct_span spans[MAX_EXPECTED_SPANS]; /* phase and start */
};

struct sim {
	uint64_t seed;
	uint64_t now;
	uint64_t id;
	int instance;
	enum nct_dialect dialect;
	const char *transport;
	int cqt_ms;
	struct nct_event *events;
	size_t nevents, cap;
	struct expected expected[MAX_EXPECTED];
	size_t nexpected;
};

static inline uint64_t rnd(uint64_t *seed, uint64_t n)
{
	uint64_t z = (*seed += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return (z ^ (z >> 31)) % n;
}

static inline void sim_add(struct sim *m, struct nct_event ev)
{
	if (m->nevents == m->cap) {
		m->cap = m->cap ? 2 * m->cap : 64;
		m->events = realloc(m->events, m->cap * sizeof(*m->events));
		assert_non_null(m->events);
	}
	ev.ctrl = m->id;
	ev.instance = m->instance;
	m->events[m->nevents++] = ev;
}

/* Time passes; only now and then it does not. */
static inline uint64_t tick(struct sim *m)
{
	return m->now += 1 + rnd(&m->seed, 1000);
}

static inline struct expected *current(struct sim *m)
{
	return &m->expected[m->nexpected - 1];
}

static inline void expect_phase(struct sim *m, enum nct_phase phase, uint64_t at)
{
	struct expected *x = current(m);

	assert_true(x->nspans < MAX_EXPECTED_SPANS);
	x->spans[x->nspans++] = (struct nct_span) { .phase = phase, .start_ns = at };
}

static inline void sim_state(struct sim *m, enum nct_state from, enum nct_state to,
			     const char *site)
{
	/* a source that cannot tell the old state */
	if (!rnd(&m->seed, 8) && to != NCT_STATE_DELETING)
		from = NCT_STATE_UNKNOWN;
	sim_add(m, state_event(m->now, from, to, site));
}

static inline void sim_work(struct sim *m, enum nct_event_type type, enum nct_work work)
{
	sim_add(m, work_event(type, tick(m), work));
}

static inline void sim_born(struct sim *m)
{
	struct nct_event ev = make(NCT_EV_IDENTITY, tick(m));

	ev.identity = identity_of(m->instance, m->transport, (int)rnd(&m->seed, 99));
	ev.identity.cqt_ms = m->cqt_ms;
	sim_add(m, ev);
	sim_add(m, state_event(tick(m), NCT_STATE_NEW, NCT_STATE_CONNECTING, ""));
	sim_add(m, state_event(tick(m), NCT_STATE_CONNECTING, NCT_STATE_LIVE, ""));
}

static inline void expect_begin(struct sim *m, enum nct_kind kind, const char *reason)
{
	m->nexpected++;
	*current(m) = (struct expected) {
		.kind = kind,
		.end = NCT_END_INCOMPLETE,
		.reason = reason,
		.start_ns = m->now,
		.retry_ns = NCT_NONE,
	};
	expect_phase(m, NCT_PHASE_QUEUE, m->now);
}

/* The source refuses, fails itself, or does not answer. */
static inline int sim_ccr_failure(struct sim *m)
{
	static const int statuses[] = { 0x4141, -67, -110, -121 };

	return statuses[rnd(&m->seed, 4)];
}

/* One to three attempts; returns the end of the last one, 0 if there was none. */
static inline uint64_t sim_ccr(struct sim *m, uint64_t work_start, bool *ok)
{
	uint64_t end = 0;

	for (uint64_t n = rnd(&m->seed, 4); n && !*ok; n--) {
		struct nct_event ev = make(NCT_EV_CCR_START, tick(m));
		int source = (int)rnd(&m->seed, 4);
		bool immediate = rnd(&m->seed, 2);

		*ok = !rnd(&m->seed, 3);
		ev.ccr.source = source;
		sim_add(m, ev);
		end = tick(m);
		sim_add(m, ccr_end_event(end, source, *ok ? 0 : sim_ccr_failure(m),
					 *ok && immediate, *ok ? 1 : NCT_UNKNOWN_INT));
		if (!current(m)->nccr++)
			expect_phase(m, NCT_PHASE_CCR, work_start);
		if (*ok)
			current(m)->fence = immediate ? NCT_FENCE_CCR_IMMEDIATE : NCT_FENCE_CCR;
	}
	return end;
}

static inline void sim_hold_event(struct sim *m, enum nct_event_type type)
{
	struct nct_event ev = make(type, tick(m));

	ev.hold.requested_ms = 50;
	sim_add(m, ev);
}

/* Returns when teardown begins. */
static inline uint64_t sim_fence(struct sim *m, enum nct_work work)
{
	uint64_t work_start = m->now, last;
	bool ok = false, told = rnd(&m->seed, 2);

	last = sim_ccr(m, work_start, &ok);
	if (ok)
		return last;
	current(m)->fence = NCT_FENCE_UNFENCED;
	if (!m->cqt_ms)
		return last ? last : work_start;
	current(m)->fence = NCT_FENCE_HOLD;
	if (told)
		sim_hold_event(m, NCT_EV_HOLD_START);
	expect_phase(m, NCT_PHASE_HOLD, last ? last : work_start);
	sim_work(m, NCT_EV_WORK_END, work);
	m->now += 60 * MS;
	sim_work(m, NCT_EV_WORK_START, work);
	last = m->now;
	if (told)
		sim_hold_event(m, NCT_EV_HOLD_END);
	return last;
}

/*
 * A kernel with tracepoints tells right after the change who detected the error. The call
 * site of the change may tell it, too, or be hidden.
 */
static inline void sim_detect(struct sim *m, enum nct_state to, const char *site)
{
	bool told = rnd(&m->seed, 2), hidden = told && rnd(&m->seed, 2);
	struct nct_event ev;

	sim_state(m, NCT_STATE_LIVE, to, hidden ? "" : site);
	if (!told)
		return;
	ev = make(NCT_EV_ERROR, tick(m));
	snprintf(ev.error.site, sizeof(ev.error.site), "%s", site);
	sim_add(m, ev);
}

/* LIVE → RECOVERING or FENCING, up to the teardown. */
static inline void sim_fail_fencing(struct sim *m)
{
	bool fencing = m->dialect == NCT_DIALECT_FENCING;
	enum nct_state state = fencing ? NCT_STATE_FENCING : NCT_STATE_RECOVERING;
	enum nct_work work = fencing ? NCT_WORK_FENCING : NCT_WORK_ERR;
	uint64_t teardown;

	tick(m);
	expect_begin(m, NCT_KIND_RECOVERY, "connection-lost");
	sim_detect(m, state, "nvme_tcp_state_change");
	sim_work(m, NCT_EV_WORK_START, work);
	teardown = sim_fence(m, work);
	expect_phase(m, NCT_PHASE_TEARDOWN, teardown);
	tick(m);
	if (fencing) {
		sim_state(m, state, NCT_STATE_FENCED, "");
		state = NCT_STATE_FENCED;
		tick(m);
	}
	sim_state(m, state, NCT_STATE_RESETTING, "");
	if (fencing) {
		sim_work(m, NCT_EV_WORK_END, work);
		sim_work(m, NCT_EV_WORK_START, NCT_WORK_ERR);
	}
}

static inline void sim_fail_at_once(struct sim *m, enum nct_work work)
{
	bool reset = work == NCT_WORK_RESET && strcmp(m->transport, "pcie");

	tick(m);
	expect_begin(m, reset ? NCT_KIND_RESET : NCT_KIND_RECOVERY,
		     reset ? "user-reset" : "ana-timeout");
	if (!reset && strcmp(m->transport, "pcie"))
		current(m)->fence = NCT_FENCE_UNFENCED;
	if (reset)
		sim_state(m, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_sysfs_reset");
	else
		sim_detect(m, NCT_STATE_RESETTING, "nvme_anatt_timeout");
	sim_work(m, NCT_EV_WORK_START, work);
	expect_phase(m, NCT_PHASE_TEARDOWN, m->now);
}

static inline void sim_release(struct sim *m)
{
	for (uint64_t n = rnd(&m->seed, 3); n; n--) {
		sim_add(m, make(NCT_EV_RELEASE, tick(m)));
		if (current(m)->retry_ns == NCT_NONE)
			current(m)->retry_ns = m->now - current(m)->start_ns;
	}
}

static inline void sim_removed(struct sim *m, enum nct_state from, const char *site)
{
	tick(m);
	sim_state(m, from, NCT_STATE_DELETING, site);
	current(m)->end = NCT_END_REMOVED;
	tick(m);
	sim_add(m, make(NCT_EV_GONE, m->now));
	m->id = m->id ? m->id + 1 : 0;
}

/* Attempts until one succeeds; false: the controller was removed instead. */
static inline bool sim_connect(struct sim *m, enum nct_work work)
{
	for (int tries = 0; tries < 8; tries++) {
		struct nct_event failed = make(NCT_EV_ATTEMPT_RESULT, 0);

		if (work != NCT_WORK_RESET) {
			sim_work(m, NCT_EV_WORK_START, NCT_WORK_RECONNECT);
			work = NCT_WORK_RECONNECT;
			expect_phase(m, NCT_PHASE_CONNECT, m->now);
		}
		current(m)->attempts++;
		tick(m);
		if (!rnd(&m->seed, 3)) {
			sim_state(m, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "");
			current(m)->end = NCT_END_LIVE;
			sim_work(m, NCT_EV_WORK_END, work);
			return true;
		}
		failed.ts_ns = m->now;
		failed.result.status = -111;
		sim_add(m, failed);
		sim_work(m, NCT_EV_WORK_END, work);
		expect_phase(m, NCT_PHASE_BACKOFF, m->now);
		work = NCT_WORK_RECONNECT;
	}
	sim_removed(m, NCT_STATE_CONNECTING, "nvme_tcp_reconnect_or_remove");
	return false;
}

/* False: it is gone. */
static inline bool sim_recovery(struct sim *m)
{
	bool fences = m->dialect != NCT_DIALECT_BASELINE && strcmp(m->transport, "pcie");
	enum nct_work work = NCT_WORK_ERR;

	if (!strcmp(m->transport, "pcie") || !rnd(&m->seed, 4))
		work = NCT_WORK_RESET;
	if (work != NCT_WORK_RESET && fences)
		sim_fail_fencing(m);
	else
		sim_fail_at_once(m, work);
	sim_release(m);
	if (!rnd(&m->seed, 10)) {
		sim_removed(m, NCT_STATE_RESETTING, "nvme_sysfs_delete");
		return false;
	}
	tick(m);
	sim_state(m, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "");
	if (work == NCT_WORK_RESET) {
		expect_phase(m, NCT_PHASE_CONNECT, m->now);
	} else {
		expect_phase(m, NCT_PHASE_BACKOFF, m->now);
		sim_work(m, NCT_EV_WORK_END, work);
	}
	return sim_connect(m, work);
}

/* The life of one controller, or of several that follow each other. */
static inline void simulate(struct sim *m)
{
	static const char *const transports[] = { "tcp", "rdma", "pcie" };
	bool alive = true;

	m->transport = transports[rnd(&m->seed, 3)];
	m->cqt_ms = rnd(&m->seed, 2) ? 5000 : 0;
	sim_born(m);
	for (uint64_t n = 1 + rnd(&m->seed, 4); n; n--) {
		if (!alive)
			sim_born(m);
		alive = sim_recovery(m);
	}
}

/* --- what became of the requests in flight ------------------------------------ */

struct impact {
	uint64_t seed;
	enum nct_state state;
	int32_t late; /* a source that was given up and has not answered; -1: none */
	struct nct_event *events;
	size_t n, cap;
};

/* Of the same controller, at the same moment. */
static inline struct nct_event *impact_add(struct impact *x, const struct nct_event *like,
					   enum nct_event_type type)
{
	struct nct_event *ev;

	if (x->n == x->cap) {
		x->cap = x->cap ? 2 * x->cap : 64;
		x->events = realloc(x->events, x->cap * sizeof(*x->events));
		assert_non_null(x->events);
	}
	ev = &x->events[x->n++];
	*ev = make(type, like->ts_ns);
	ev->ctrl = like->ctrl;
	ev->instance = like->instance;
	return ev;
}

static inline uint64_t impact_maybe(struct impact *x, uint64_t n)
{
	return rnd(&x->seed, 4) ? rnd(&x->seed, n) : NCT_NONE;
}

static inline void impact_in_flight(struct impact *x, const struct nct_event *like)
{
	struct nct_event *ev = impact_add(x, like, NCT_EV_IN_FLIGHT);

	ev->in_flight.reads = rnd(&x->seed, 40);
	ev->in_flight.writes = rnd(&x->seed, 40);
	ev->in_flight.requests = ev->in_flight.reads + ev->in_flight.writes + rnd(&x->seed, 2);
	ev->in_flight.bytes = 4096 * ev->in_flight.requests;
	ev->in_flight.oldest_ns = impact_maybe(x, SEC);
	ev->in_flight.partial = !rnd(&x->seed, 5);
}

static inline void impact_released(struct impact *x, const struct nct_event *like)
{
	struct nct_event *ev = impact_add(x, like, NCT_EV_IO_RELEASED);
	uint64_t at_ns = like->ts_ns;

	ev->io_released.failed_over = rnd(&x->seed, 30);
	ev->io_released.cancelled = rnd(&x->seed, 5);
	ev->io_released.first_ns = rnd(&x->seed, 3) ? at_ns : NCT_NONE;
	ev->io_released.last_ns = ev->io_released.first_ns;
	ev->io_released.errors = impact_maybe(x, 9);
	for (uint64_t i = rnd(&x->seed, 4); i; i--) {
		ev = impact_add(x, like, NCT_EV_IO_PATH);
		ev->io_path.to = (int32_t)rnd(&x->seed, 24) - 1;
		if (ev->io_path.to < 0)
			ev->io_path.to = NCT_UNKNOWN_INT;
		ev->io_path.bios = 1 + rnd(&x->seed, 99);
	}
	for (int i = 0; i < NCT_WAITED_BUCKETS; i++) {
		if (rnd(&x->seed, 6))
			continue;
		ev = impact_add(x, like, NCT_EV_IO_WAITED);
		ev->io_waited.bucket = i;
		ev->io_waited.requests = rnd(&x->seed, 50);
	}
}

static inline void impact_blackout(struct impact *x, const struct nct_event *like)
{
	struct nct_event *ev = impact_add(x, like, NCT_EV_BLACKOUT);

	snprintf(ev->blackout.device, sizeof(ev->blackout.device), "nvme%dn%d",
		 (int)rnd(&x->seed, 3), 1 + (int)rnd(&x->seed, 3));
	ev->blackout.since_ns = like->ts_ns - rnd(&x->seed, 20 * SEC);
	ev->blackout.until_ns = rnd(&x->seed, 4) ? like->ts_ns : 0;
	ev->blackout.uncertain_ns = rnd(&x->seed, 2) ? rnd(&x->seed, MS) : 0;
}

static inline void impact_after(struct impact *x, const struct nct_event *ev)
{
	bool left = ev->type == NCT_EV_STATE && x->state == NCT_STATE_LIVE;

	if (ev->type == NCT_EV_STATE)
		x->state = ev->state.new_state;
	if (left && x->state != NCT_STATE_LIVE && rnd(&x->seed, 6))
		impact_in_flight(x, ev);
	if ((x->state == NCT_STATE_RECOVERING || x->state == NCT_STATE_FENCING) &&
	    !rnd(&x->seed, 5))
		impact_add(x, ev, NCT_EV_KEEP_ALIVE);
	if (ev->type == NCT_EV_RELEASE && rnd(&x->seed, 5))
		impact_released(x, ev);
	if (x->state == NCT_STATE_CONNECTING && !rnd(&x->seed, 3))
		impact_blackout(x, ev);
	if (x->late >= 0) {
		struct nct_event *notice = impact_add(x, ev, NCT_EV_CCR_NOTICE);

		notice->instance = x->late;
		notice->ctrl = 0;
		x->late = -1;
	}
	if (ev->type == NCT_EV_CCR_END && ev->ccr.status == -110 && rnd(&x->seed, 2))
		x->late = ev->ccr.source;
}

/* Adds to what was simulated the events of I/O, and what controllers are capable of. Its numbers
 * are its own: the host fails as it does without. */
static inline void sim_impact(struct sim *m)
{
	struct impact x = { .seed = m->seed ^ 0x10, .late = -1 };

	for (size_t i = 0; i < m->nevents; i++) {
		struct nct_event *ev = &m->events[i];

		if (ev->type == NCT_EV_IDENTITY) {
			x.state = NCT_STATE_NEW;
			x.late = -1;
			ev->identity.ccr = (int32_t)rnd(&x.seed, 2);
			ev->identity.tbkas =
				rnd(&x.seed, 3) ? (int32_t)rnd(&x.seed, 2) : NCT_UNKNOWN_INT;
		}
		*impact_add(&x, ev, ev->type) = *ev;
		impact_after(&x, ev);
	}
	free(m->events);
	m->events = x.events;
	m->nevents = x.n;
	m->cap = x.cap;
}

#endif
