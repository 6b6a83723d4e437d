// SPDX-License-Identifier: GPL-2.0
#include "replay.h"

#include <stdio.h>
#include <string.h>

#include "../sys/anchors.h"
#include "cmd.h"

struct run {
	const char *file;
	const struct nct_replay *replay;
	struct nct_reducer *reducer;
	struct nct_anchors anchors;
	const struct nct_session *session;
	struct nct_error *err;
};

static void on_end(void *ctx, const struct nct_recovery *rec)
{
	struct run *run = ctx;
	struct nct_origin origin = { .file = run->file, .session = run->session };
	uint64_t wall_ns = NCT_NONE;
	bool shown;

	if (run->anchors.added) {
		origin.anchor = nct_anchors_near(&run->anchors, rec->start_ns);
		wall_ns = nct_anchor_wall_ns(origin.anchor, rec->start_ns);
	}
	shown = nct_filter_ended(&run->replay->filter, rec, wall_ns);
	if (shown)
		run->replay->recovery(run->replay->ctx, rec, &origin);
	if (!run->replay->stats)
		return;
	run->replay->stats->ended++;
	run->replay->stats->shown += shown;
	run->replay->stats->untimed += nct_filter_untimed(&run->replay->filter, rec, wall_ns);
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
	struct nct_origin origin = { .file = run->file, .session = s };

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

static void on_note(void *ctx, const char *text)
{
	(void)ctx;
	fprintf(stderr, NCT_PROGRAM ": %s\n", text);
}

static int replay_file(const char *path, const struct nct_replay *replay, struct nct_error *err)
{
	static const struct nct_replay_ops ops = { on_session, on_event, on_anchor, on_session_end,
						   on_note };
	struct run run = { .file = path, .replay = replay, .err = err };
	int rc = nct_recording_replay(path, &ops, &run, err);

	nct_reducer_free(run.reducer);
	return rc;
}

int nct_replay_files(char *const files[], size_t n, const struct nct_replay *replay,
		     struct nct_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < n; i++) {
		struct nct_error wrong;

		if (!replay_file(files[i], replay, &wrong))
			continue;
		nct_replay_error(replay->command, err, &wrong, rc != 0);
		rc = -1;
	}
	return rc;
}

void nct_replay_error(const char *command, struct nct_error *err, const struct nct_error *another,
		      bool more)
{
	enum nct_exit code = more ? err->code : another->code;

	if (more && command)
		fprintf(stderr, NCT_PROGRAM " %s: %s\n", command, err->text);
	*err = *another;
	err->code = code;
}

void nct_replay_tell(const char *command, const struct nct_replay_stats *stats)
{
	unsigned long long ended = stats->ended, untimed = stats->untimed;

	if (untimed)
		fprintf(stderr,
			NCT_PROGRAM " %s: %llu %s no wall time: --since and --until cannot select "
				    "%s\n",
			command, untimed, untimed == 1 ? "recovery has" : "recoveries have",
			untimed == 1 ? "it" : "them");
	if (ended && !stats->shown)
		fprintf(stderr,
			NCT_PROGRAM " %s: there %s %llu %s, resets and deletes included, and none "
				    "matches what was asked for\n",
			command, ended == 1 ? "is" : "are", ended,
			ended == 1 ? "recovery" : "recoveries");
}

struct nct_json_origin nct_replay_json_origin(const struct nct_origin *origin)
{
	return (struct nct_json_origin) {
		.host = origin->session->host,
		.resolution_ns = origin->session->resolution_ns,
	};
}
