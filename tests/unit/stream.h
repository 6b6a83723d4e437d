/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For tests of the reducer: short words to build streams of events, and a
 * collector that keeps what the reducer told and checks, at every call, the
 * invariants that hold for every recovery whatever the input was.
 */
#ifndef NCT_TESTS_STREAM_H
#define NCT_TESTS_STREAM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../tools/recovery/reducer.h"
#include "../../tools/recovery/trigger.h"

#define MAX_TRACKED 64

struct tracked {
	bool open;
	int32_t instance;
	struct nct_span *told; /* phases as they were announced */
	size_t ntold;
};

struct seen {
	struct nct_reducer *r;
	struct nct_recovery *ended; /* deep copies */
	size_t nended;
	size_t nbegun;
	struct tracked track[MAX_TRACKED];
	bool coalesces; /* more phases than are kept: do not compare them */
};

static inline void check_spans(const struct nct_recovery *rec)
{
	uint64_t at = rec->start_ns, total[NCT_PHASE_COUNT] = { 0 };

	assert_true(rec->nspans > 0);
	for (size_t i = 0; i < rec->nspans; i++) {
		const struct nct_span *s = &rec->spans[i];

		assert_int_equal(s->start_ns, at);
		assert_in_range(s->phase, NCT_PHASE_QUEUE, NCT_PHASE_CONNECT);
		if (i)
			assert_int_not_equal(s->phase, s[-1].phase);
		total[s->phase] += s->duration_ns;
		at += s->duration_ns;
	}
	assert_int_equal(at - rec->start_ns, rec->duration_ns);
	assert_memory_equal(total, rec->total_ns, sizeof(total));
}

static inline void check_attempts(const struct nct_recovery *rec)
{
	uint64_t at = rec->start_ns, end = rec->start_ns + rec->duration_ns;

	for (size_t i = 0; i < rec->nccr; i++) {
		assert_true(rec->ccr[i].start_ns >= at);
		at = rec->ccr[i].start_ns + rec->ccr[i].duration_ns;
		assert_true(at <= end);
		if (nct_ccr_wait_ns(&rec->ccr[i]) != NCT_NONE)
			assert_true(nct_ccr_wait_ns(&rec->ccr[i]) <= rec->ccr[i].duration_ns);
	}
}

static inline void check_outcome(const struct nct_recovery *rec)
{
	assert_in_range(rec->kind, NCT_KIND_RECOVERY, NCT_KIND_DELETE);
	assert_in_range(rec->fence, NCT_FENCE_UNKNOWN, NCT_FENCE_UNFENCED);
	assert_int_equal(rec->fence == NCT_FENCE_UNFENCED && !rec->fence_reason, 0);
	if (rec->kind != NCT_KIND_RECOVERY)
		assert_int_equal(rec->fence, NCT_FENCE_UNKNOWN);
	if (rec->time_to_retry_ns != NCT_NONE)
		assert_true(rec->time_to_retry_ns <= rec->duration_ns);
	if (rec->end == NCT_END_LIVE) {
		assert_int_equal(rec->time_to_live_ns, rec->duration_ns);
		assert_int_equal(rec->notes & (NCT_NOTE_STARTED_BEFORE | NCT_NOTE_CUT_SHORT), 0);
	} else {
		assert_true(rec->time_to_live_ns == NCT_NONE);
	}
	if (rec->end == NCT_END_INCOMPLETE)
		assert_non_null(rec->end_reason);
}

static inline void check_recovery(const struct nct_recovery *rec)
{
	check_spans(rec);
	check_attempts(rec);
	check_outcome(rec);
}

static inline struct tracked *tracked_of(struct seen *s, const struct nct_recovery *rec)
{
	for (size_t i = 0; i < MAX_TRACKED; i++)
		if (s->track[i].open && s->track[i].instance == rec->id.instance)
			return &s->track[i];
	return NULL;
}

static inline void tell(struct tracked *t, const struct nct_recovery *rec)
{
	/* A power of two is full. */
	if (!(t->ntold & (t->ntold - 1)))
		t->told = realloc(t->told, (t->ntold ? 2 * t->ntold : 1) * sizeof(*t->told));
	assert_non_null(t->told);
	t->told[t->ntold++] = rec->spans[rec->nspans - 1];
}

static inline void on_begin(void *ctx, const struct nct_recovery *rec)
{
	struct seen *s = ctx;
	size_t i = 0;

	check_recovery(rec);
	assert_int_equal(rec->nspans, 1);
	assert_int_equal(rec->end, NCT_END_NONE);
	assert_null(tracked_of(s, rec));
	while (i < MAX_TRACKED && s->track[i].open)
		i++;
	assert_true(i < MAX_TRACKED);
	s->track[i] = (struct tracked) { .open = true, .instance = rec->id.instance };
	tell(&s->track[i], rec);
	s->nbegun++;
}

static inline void on_phase(void *ctx, const struct nct_recovery *rec)
{
	struct tracked *t = tracked_of(ctx, rec);
	struct seen *s = ctx;

	/* Of very many phases not all each time. */
	if (!s->coalesces || rec->nspans % 1024 == 0)
		check_recovery(rec);
	assert_int_equal(rec->end, NCT_END_NONE);
	assert_non_null(t);
	tell(t, rec);
	assert_int_equal(t->ntold, rec->nspans);
}

static inline void copy_ended(struct seen *s, const struct nct_recovery *rec)
{
	struct nct_recovery *to;

	s->ended = realloc(s->ended, (s->nended + 1) * sizeof(*s->ended));
	assert_non_null(s->ended);
	to = &s->ended[s->nended++];
	*to = *rec;
	to->spans = malloc(rec->nspans * sizeof(*rec->spans));
	memcpy(to->spans, rec->spans, rec->nspans * sizeof(*rec->spans));
	to->ccr = NULL;
	if (!rec->nccr)
		return;
	to->ccr = malloc(rec->nccr * sizeof(*rec->ccr));
	memcpy(to->ccr, rec->ccr, rec->nccr * sizeof(*rec->ccr));
}

static inline void on_end(void *ctx, const struct nct_recovery *rec)
{
	struct seen *s = ctx;
	struct tracked *t = tracked_of(s, rec);

	check_recovery(rec);
	assert_in_range(rec->end, NCT_END_LIVE, NCT_END_INCOMPLETE);
	assert_non_null(t);
	if (!s->coalesces) {
		assert_int_equal(t->ntold, rec->nspans);
		for (size_t i = 0; i < t->ntold; i++) {
			assert_int_equal(t->told[i].phase, rec->spans[i].phase);
			assert_int_equal(t->told[i].start_ns, rec->spans[i].start_ns);
		}
	}
	free(t->told);
	*t = (struct tracked) { 0 };
	copy_ended(s, rec);
}

static inline void seen_init(struct seen *s, enum nct_dialect dialect)
{
	static const struct nct_reducer_ops ops = { on_begin, on_phase, on_end };

	memset(s, 0, sizeof(*s));
	s->r = nct_reducer_new(dialect, &ops, s);
	assert_non_null(s->r);
}

static inline void seen_free(struct seen *s)
{
	for (size_t i = 0; i < s->nended; i++) {
		free(s->ended[i].spans);
		free(s->ended[i].ccr);
	}
	for (size_t i = 0; i < MAX_TRACKED; i++)
		free(s->track[i].told);
	free(s->ended);
	nct_reducer_free(s->r);
}

/* --- events, of nvme1 unless said otherwise ------------------------------ */

#define MS  1000000ull
#define SEC 1000000000ull

static inline struct nct_event make(enum nct_event_type type, uint64_t ts_ns)
{
	return (struct nct_event) { .ts_ns = ts_ns, .ctrl = 0x1000, .instance = 1, .type = type };
}

static inline struct nct_event state_event(uint64_t ts, enum nct_state from, enum nct_state to,
					   const char *site)
{
	struct nct_event ev = make(NCT_EV_STATE, ts);

	ev.state.old_state = from;
	ev.state.new_state = to;
	snprintf(ev.state.site, sizeof(ev.state.site), "%s", site);
	return ev;
}

static inline struct nct_event work_event(enum nct_event_type type, uint64_t ts, enum nct_work work)
{
	struct nct_event ev = make(type, ts);

	ev.work.work = work;
	ev.work.attempt = NCT_UNKNOWN_INT;
	return ev;
}

static inline struct nct_event ccr_end_event(uint64_t ts, int source, int status, int immediate,
					     int ccrs)
{
	struct nct_event ev = make(NCT_EV_CCR_END, ts);

	nct_ccr_init(&ev);
	ev.ccr.source = source;
	ev.ccr.status = status;
	ev.ccr.immediate = immediate;
	ev.ccr.ccrs = ccrs;
	return ev;
}

static inline struct nct_identity identity_of(int instance, const char *transport, int cntlid)
{
	struct nct_identity id;

	nct_identity_init(&id, instance);
	id.cntlid = cntlid;
	snprintf(id.transport, sizeof(id.transport), "%s", transport);
	return id;
}

static inline void push(struct seen *s, struct nct_event ev)
{
	assert_int_equal(nct_reducer_push(s->r, &ev), 0);
}

static inline void state(struct seen *s, uint64_t ts, enum nct_state from, enum nct_state to,
			 const char *site)
{
	push(s, state_event(ts, from, to, site));
}

static inline void starts(struct seen *s, uint64_t ts, enum nct_work work)
{
	push(s, work_event(NCT_EV_WORK_START, ts, work));
}

static inline void ends(struct seen *s, uint64_t ts, enum nct_work work)
{
	push(s, work_event(NCT_EV_WORK_END, ts, work));
}

static inline void timeout(struct seen *s, uint64_t ts, bool admin, int opcode, uint32_t cpu)
{
	struct nct_event ev = make(NCT_EV_TIMEOUT, ts);

	ev.cpu = cpu;
	ev.timeout.admin = admin;
	ev.timeout.opcode = opcode;
	push(s, ev);
}

static inline void error(struct seen *s, uint64_t ts, const char *site)
{
	struct nct_event ev = make(NCT_EV_ERROR, ts);

	snprintf(ev.error.site, sizeof(ev.error.site), "%s", site);
	push(s, ev);
}

static inline void result(struct seen *s, uint64_t ts, int status)
{
	struct nct_event ev = make(NCT_EV_ATTEMPT_RESULT, ts);

	ev.result.status = status;
	push(s, ev);
}

static inline void release(struct seen *s, uint64_t ts)
{
	struct nct_event ev = make(NCT_EV_RELEASE, ts);

	ev.release.how = NCT_RELEASE_FAILOVER;
	push(s, ev);
}

static inline void ccr_start(struct seen *s, uint64_t ts, int source)
{
	struct nct_event ev = make(NCT_EV_CCR_START, ts);

	ev.ccr.source = source;
	push(s, ev);
}

static inline void ccr_end(struct seen *s, uint64_t ts, int source, int status, int immediate,
			   int ccrs)
{
	push(s, ccr_end_event(ts, source, status, immediate, ccrs));
}

static inline void hold(struct seen *s, enum nct_event_type type, uint64_t ts, int requested_ms)
{
	struct nct_event ev = make(type, ts);

	ev.hold.requested_ms = requested_ms;
	snprintf(ev.hold.reason, sizeof(ev.hold.reason), "%s", "ccr-failed");
	push(s, ev);
}

static inline void gone(struct seen *s, uint64_t ts)
{
	push(s, make(NCT_EV_GONE, ts));
}

static inline void identity(struct seen *s, uint64_t ts, const char *transport, int cntlid,
			    int cqt_ms)
{
	struct nct_event ev = make(NCT_EV_IDENTITY, ts);

	ev.identity = identity_of(1, transport, cntlid);
	ev.identity.cqt_ms = cqt_ms;
	push(s, ev);
}

static inline void snapshot(struct seen *s, uint64_t ts, enum nct_state state,
			    const char *transport, int cntlid)
{
	struct nct_event ev = make(NCT_EV_SNAPSHOT, ts);

	ev.snapshot.state = state;
	ev.snapshot.id = identity_of(1, transport, cntlid);
	push(s, ev);
}

/* --- expectations --------------------------------------------------------- */

/* "queue:100 ccr:20": phases and durations in ns. */
static inline void assert_phases(const struct nct_recovery *rec, const char *expected)
{
	char text[1024];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < rec->nspans && n < sizeof(text); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s:%llu", i ? " " : "",
				      nct_phase_name(rec->spans[i].phase),
				      (unsigned long long)rec->spans[i].duration_ns);
	assert_string_equal(text, expected);
}

static inline const struct nct_recovery *only(const struct seen *s)
{
	assert_int_equal(s->nended, 1);
	assert_int_equal(s->nbegun, 1);
	return &s->ended[0];
}

/* It leaves LIVE at 100. */
static inline void fails(struct seen *s, enum nct_state to, int cqt_ms)
{
	identity(s, 0, "tcp", 7, cqt_ms);
	snapshot(s, 0, NCT_STATE_LIVE, "tcp", 7);
	state(s, 100, NCT_STATE_LIVE, to, "nvme_tcp_timeout");
}

/* CONNECTING 100 after ts, LIVE again at the first attempt. */
static inline void reconnects(struct seen *s, uint64_t ts)
{
	state(s, ts + 100, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "");
	ends(s, ts + 100, NCT_WORK_ERR);
	starts(s, ts + 200, NCT_WORK_RECONNECT);
	state(s, ts + 300, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "");
}

#endif
