// SPDX-License-Identifier: GPL-2.0
#include "replay.h"

#include <stdio.h>
#include <string.h>

#include "../sys/anchors.h"
#include "cmd.h"

struct run {
	const struct nct_replay *replay;
	struct nct_reducer *reducer;
	struct nct_anchors anchors;
	const struct nct_session *session;
	struct nct_error *err;
};

static void count_one(const struct nct_replay *replay, bool matches, uint64_t wall_ns)
{
	const struct nct_filter *f = &replay->filter;

	if (!replay->count)
		return;
	replay->count->all++;
	replay->count->matched += matches;
	replay->count->no_wall += wall_ns == NCT_NONE && (f->since_ns || f->until_ns);
}

void nct_replay_tell(const struct nct_replay_count *count)
{
	if (count->no_wall)
		fprintf(stderr,
			NCT_PROGRAM
			": %llu of %llu recoveries have no wall time, so --since and --until leave "
			"them out\n",
			(unsigned long long)count->no_wall, (unsigned long long)count->all);
	else if (count->all && !count->matched)
		fprintf(stderr, NCT_PROGRAM ": none of %llu recoveries matches\n",
			(unsigned long long)count->all);
}

static void on_end(void *ctx, const struct nct_recovery *rec)
{
	struct run *run = ctx;
	struct nct_origin origin = { .session = run->session };
	uint64_t wall_ns = NCT_NONE;
	bool matches;

	if (run->anchors.added) {
		origin.anchor = nct_anchors_near(&run->anchors, rec->start_ns);
		wall_ns = nct_anchor_wall_ns(origin.anchor, rec->start_ns);
	}
	matches = nct_filter_ended(&run->replay->filter, rec, wall_ns);
	count_one(run->replay, matches, wall_ns);
	if (matches)
		run->replay->recovery(run->replay->ctx, rec, &origin);
}

static int on_session(void *ctx, const struct nct_session *s)
{
	static const struct nct_reducer_ops ops = { .end = on_end };
	struct run *run = ctx;

	run->session = s;
	memset(&run->anchors, 0, sizeof(run->anchors));
	run->reducer = nct_reducer_new(s->dialect, &ops, run);
	return run->reducer ? 0 : nct_fail(run->err, NCT_EXIT_SYSTEM, "out of memory");
}

static int on_event(void *ctx, const struct nct_event *ev)
{
	struct run *run = ctx;

	/* -ENOMEM: the reducer counts it as lost, and says so of what it touches. */
	nct_reducer_push(run->reducer, ev);
	return 0;
}

static int on_anchor(void *ctx, const struct nct_anchor *a)
{
	struct run *run = ctx;

	nct_anchors_add(&run->anchors, a);
	return 0;
}

static int on_session_end(void *ctx, const struct nct_session *s, uint64_t end_ns)
{
	struct run *run = ctx;
	struct nct_origin origin = { .session = s };

	nct_reducer_finish(run->reducer, end_ns);
	if (run->anchors.added)
		origin.anchor = nct_anchors_near(&run->anchors, s->start_ns);
	if (run->replay->session_span)
		run->replay->session_span(run->replay->ctx, &origin, end_ns);
	if (run->replay->session_end)
		run->replay->session_end(run->replay->ctx, s, nct_reducer_stats(run->reducer));
	nct_reducer_free(run->reducer);
	run->reducer = NULL;
	return 0;
}

static int replay_file(const char *path, const struct nct_replay *replay, struct nct_error *err)
{
	static const struct nct_replay_ops ops = { on_session, on_event, on_anchor,
						   on_session_end };
	struct run run = { .replay = replay, .err = err };
	int rc = nct_recording_replay(path, &ops, &run, err);

	nct_reducer_free(run.reducer);
	return rc;
}

int nct_replay_files(char *const files[], size_t n, const struct nct_replay *replay,
		     struct nct_error *err)
{
	struct nct_error later;
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		if (replay_file(files[i], replay, rc ? &later : err))
			rc = -1;
	return rc;
}

struct nct_json_origin nct_replay_json_origin(const struct nct_origin *origin)
{
	return (struct nct_json_origin) {
		.host = origin->session->host,
		.resolution_ns = origin->session->resolution_ns,
	};
}
