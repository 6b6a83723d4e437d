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

typedef int (*import_fn)(struct nct_lines *lines, const struct nct_session *model,
			 const struct nct_replay_ops *ops, void *ctx,
			 struct nct_import_stats *stats);

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

static inline uint64_t span_ns(const struct nct_recovery *r, enum nct_phase phase)
{
	return r->total_ns[phase];
}

#endif
