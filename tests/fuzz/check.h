/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What has to hold for anything that is imported or replayed, whatever it was: sessions come one
 * by one, each recovery that begins ends once, its phases are contiguous and sum up.
 */
#ifndef NCT_TESTS_FUZZ_CHECK_H
#define NCT_TESTS_FUZZ_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#include "../../tools/recording/recording.h"
#include "../../tools/recovery/reducer.h"
#include "../../tools/source/logsession.h"

#define REQUIRE(COND)                                                                              \
	do {                                                                                       \
		if (!(COND)) {                                                                     \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #COND);         \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

struct check {
	struct nct_reducer *reducer;
	uint64_t begun, ended, sessions;
	uint64_t events, anchors; /* counted by who needs them */
	uint64_t start_ns;
};

static inline void check_begin(void *ctx, const struct nct_recovery *rec)
{
	struct check *c = ctx;

	(void)rec;
	c->begun++;
}

static inline void check_end(void *ctx, const struct nct_recovery *rec)
{
	struct check *c = ctx;
	uint64_t at_ns = rec->start_ns, total_ns = 0;

	c->ended++;
	REQUIRE(rec->nspans > 0);
	for (size_t i = 0; i < rec->nspans; i++) {
		REQUIRE(rec->spans[i].start_ns == at_ns);
		at_ns += rec->spans[i].duration_ns;
	}
	REQUIRE(at_ns - rec->start_ns == rec->duration_ns);
	for (int p = 0; p < NCT_PHASE_COUNT; p++)
		total_ns += rec->total_ns[p];
	REQUIRE(total_ns == rec->duration_ns);
	REQUIRE(rec->time_to_retry_ns == NCT_NONE || rec->time_to_retry_ns <= rec->duration_ns);
	REQUIRE(rec->end != NCT_END_NONE);
}

static inline int check_start(struct check *c, const struct nct_session *s)
{
	static const struct nct_reducer_ops ops = { .begin = check_begin, .end = check_end };

	REQUIRE(!c->reducer);
	REQUIRE(s->resolution_ns > 0);
	c->sessions++;
	c->start_ns = s->start_ns;
	c->reducer = nct_reducer_new(s->dialect, &ops, c);
	REQUIRE(c->reducer);
	return 0;
}

static inline void check_finish(struct check *c, uint64_t end_ns)
{
	nct_reducer_finish(c->reducer, end_ns);
	nct_reducer_free(c->reducer);
	c->reducer = NULL;
	REQUIRE(c->begun == c->ended);
}

/* ---- imports ---- */

static inline int check_session(void *ctx, const struct nct_session *s)
{
	REQUIRE(s->end_ns >= s->start_ns && s->end_ns != NCT_NONE);
	return check_start(ctx, s);
}

static inline int check_event(void *ctx, const struct nct_event *ev)
{
	struct check *c = ctx;

	REQUIRE(c->reducer);
	REQUIRE(ev->ts_ns >= c->start_ns);
	REQUIRE(ev->type > NCT_EV_NONE && ev->type < NCT_EV_TYPE_COUNT);
	REQUIRE(ev->instance >= -1);
	return nct_reducer_push(c->reducer, ev);
}

static inline int check_anchor(void *ctx, const struct nct_anchor *a)
{
	struct check *c = ctx;

	REQUIRE(c->reducer && a->monotonic_ns >= c->start_ns);
	return 0;
}

static inline int check_session_end(void *ctx, const struct nct_session *s, uint64_t end_ns)
{
	REQUIRE(end_ns == s->end_ns);
	check_finish(ctx, end_ns);
	return 0;
}

static const struct nct_replay_ops check_ops __attribute__((unused)) = {
	.session = check_session,
	.event = check_event,
	.anchor = check_anchor,
	.session_end = check_session_end,
};

typedef int (*import_fn)(struct nct_lines *lines, const struct nct_session *model,
			 const struct nct_replay_ops *ops, void *ctx,
			 struct nct_import_stats *stats);

/* Of anything at all. */
static inline void check_import(import_fn import, const void *data, size_t size)
{
	const struct nct_session model = { .resolution_ns = 1 };
	struct nct_import_stats stats = { 0 };
	struct check check = { 0 };
	struct nct_lines lines;

	nct_lines_memory(&lines, data, size);
	REQUIRE(import(&lines, &model, &check_ops, &check, &stats) == 0);
	nct_lines_close(&lines);
	REQUIRE(stats.sessions == check.sessions && stats.understood <= stats.lines);
}

#endif
