/* SPDX-License-Identifier: GPL-2.0 */
/* What an import tells of a text, kept so that a test can look at it. */
#ifndef NCT_TESTS_IMPORTED_H
#define NCT_TESTS_IMPORTED_H

#include <stdlib.h>
#include <string.h>

#include "../../tools/source/dmesg.h"
#include "../../tools/source/ftrace.h"
#include "../fuzz/check.h"

#define IMPORTED_MAX  64
#define IMPORTED_PART 32

struct imported_rec {
	struct nct_recovery r;
	struct nct_span spans[IMPORTED_PART];
	struct nct_ccr_attempt ccr[IMPORTED_PART];
	unsigned int session;
};

struct imported {
	struct check check; /* the invariants, on a reducer of its own */
	struct nct_reducer *reducer;
	struct nct_session sessions[IMPORTED_MAX];
	unsigned int nsessions;
	struct imported_rec recs[IMPORTED_MAX];
	unsigned int nrecs;
	struct nct_event events[16 * IMPORTED_MAX];
	unsigned int nevents;
	struct nct_anchor anchors[IMPORTED_MAX];
	unsigned int nanchors;
	struct nct_import_stats stats;
	int rc;
};

static inline void imported_end(void *ctx, const struct nct_recovery *rec)
{
	struct imported *i = ctx;
	struct imported_rec *to = &i->recs[i->nrecs++];

	REQUIRE(i->nrecs <= IMPORTED_MAX && rec->nspans <= IMPORTED_PART &&
		rec->nccr <= IMPORTED_PART);
	to->r = *rec;
	memcpy(to->spans, rec->spans, rec->nspans * sizeof(*rec->spans));
	if (rec->nccr)
		memcpy(to->ccr, rec->ccr, rec->nccr * sizeof(*rec->ccr));
	to->r.spans = to->spans;
	to->r.ccr = to->ccr;
	to->session = i->nsessions - 1;
}

static inline int imported_session(void *ctx, const struct nct_session *s)
{
	static const struct nct_reducer_ops ops = { .end = imported_end };
	struct imported *i = ctx;

	REQUIRE(i->nsessions < IMPORTED_MAX);
	i->sessions[i->nsessions++] = *s;
	i->reducer = nct_reducer_new(s->dialect, &ops, i);
	REQUIRE(i->reducer);
	return check_session(&i->check, s);
}

static inline int imported_event(void *ctx, const struct nct_event *ev)
{
	struct imported *i = ctx;

	REQUIRE(i->nevents < 16 * IMPORTED_MAX);
	i->events[i->nevents++] = *ev;
	nct_reducer_push(i->reducer, ev);
	return check_event(&i->check, ev);
}

static inline int imported_anchor(void *ctx, const struct nct_anchor *a)
{
	struct imported *i = ctx;

	REQUIRE(i->nanchors < IMPORTED_MAX);
	i->anchors[i->nanchors++] = *a;
	return check_anchor(&i->check, a);
}

static inline int imported_session_end(void *ctx, const struct nct_session *s, uint64_t end_ns)
{
	struct imported *i = ctx;

	nct_reducer_finish(i->reducer, end_ns);
	nct_reducer_free(i->reducer);
	return check_session_end(&i->check, s, end_ns);
}

/* To be freed. */
static inline struct imported *import_with(import_fn import, const char *text)
{
	static const struct nct_replay_ops ops = {
		.session = imported_session,
		.event = imported_event,
		.anchor = imported_anchor,
		.session_end = imported_session_end,
	};
	const struct nct_session model = { .resolution_ns = 1, .tool = "test" };
	struct imported *i = calloc(1, sizeof(*i));
	struct nct_lines lines;

	REQUIRE(i);
	nct_lines_memory(&lines, text, strlen(text));
	i->rc = import(&lines, &model, &ops, i, &i->stats);
	nct_lines_close(&lines);
	return i;
}

/* … which stops at nothing. */
static inline struct imported *import_all_of(import_fn import, const char *text)
{
	struct imported *i = import_with(import, text);

	REQUIRE(i->rc == 0);
	return i;
}

static inline const struct nct_recovery *only(const struct imported *i)
{
	assert_int_equal(i->nrecs, 1);
	return &i->recs[0].r;
}

/* What a released kernel says of a recovery over tcp with two attempts. */
static const char imported_baseline[] __attribute__((unused)) =
	"[   10.000000] nvme nvme1: I/O tag 23 (2017) type 4 opcode 0x1 (I/O Cmd) QID 2 timeout\n"
	"[   10.000100] nvme nvme1: starting error recovery\n"
	"[   10.100000] nvme nvme1: failed nvme_keep_alive_end_io error=10\n"
	"[   10.200000] nvme nvme1: Reconnecting in 10 seconds...\n"
	"[   20.300000] nvme nvme1: failed to connect socket: -110\n"
	"[   20.300100] nvme nvme1: Failed reconnect attempt 1/60\n"
	"[   20.300200] nvme nvme1: Reconnecting in 10 seconds...\n"
	"[   30.400000] nvme nvme1: creating 8 I/O queues.\n"
	"[   30.410000] nvme nvme1: mapped 8/0/0 default/read/poll queues.\n"
	"[   30.500000] nvme nvme1: Successfully reconnected (attempt 2/60)\n";

#endif
