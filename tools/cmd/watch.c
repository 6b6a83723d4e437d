// SPDX-License-Identifier: GPL-2.0
#include "watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../sys/output.h"
#include "../sys/signals.h"
#include "../view/json.h"
#include "cmd.h"

#ifndef VERSION
#define VERSION "dev"
#endif

#define NSEC_PER_MSEC 1000000ull
#define PATIENCE_MS   1000

static bool wanted(const struct nct_watch *w, const struct nct_recovery *rec)
{
	return !w->write_error && nct_filter_match(&w->options.filter, rec);
}

static void on_begin(void *ctx, const struct nct_recovery *rec)
{
	struct nct_watch *w = ctx;

	if (w->screen && wanted(w, rec))
		w->write_error = nct_screen_begin(w->screen, rec);
}

static void on_phase(void *ctx, const struct nct_recovery *rec)
{
	struct nct_watch *w = ctx;

	if (w->screen && wanted(w, rec))
		w->write_error = nct_screen_phase(w->screen, rec);
}

static void on_open(void *ctx, const struct nct_recovery *rec)
{
	struct nct_watch *w = ctx;

	if (wanted(w, rec))
		nct_screen_open(w->screen, rec);
}

/* Without a screen: one after the other, when it has ended. */
static int write_ended(struct nct_watch *w, const struct nct_recovery *rec,
		       const struct nct_anchor *anchor)
{
	const struct nct_watch_view *view = &w->opts.view;
	const struct nct_json_origin here = { .host = w->host };

	if (view->ended)
		return view->ended(view->ctx, w->sink.file, rec, anchor, w->host);
	return nct_json_recovery(w->sink.file, rec, anchor, &here);
}

static void on_end(void *ctx, const struct nct_recovery *rec)
{
	struct nct_watch *w = ctx;
	const struct nct_anchor *anchor = nct_anchors_near(&w->anchors, rec->start_ns);
	bool shown = nct_filter_ended(&w->options.filter, rec,
				      nct_anchor_wall_ns(anchor, rec->start_ns));

	nct_live_count_end(&w->count, rec, shown, w->write_error != 0);
	if (!w->sink.file || !wanted(w, rec))
		return;
	if (w->screen) {
		w->write_error = nct_screen_end(w->screen, rec);
	} else if (shown) {
		w->write_error = write_ended(w, rec, anchor);
		w->count.unwritten += w->write_error != 0;
	}
}

/* What cannot be shown can still be recorded. */
static bool over(const struct nct_watch *w)
{
	return w->write_error && !w->recorder;
}

static int on_event(void *ctx, const struct nct_event *ev)
{
	struct nct_watch *w = ctx;

	/* -ENOMEM: the reducer counts it as lost, and says so of what it touches. */
	nct_reducer_push(w->reducer, ev);
	if (w->recorder)
		nct_recorder_event(w->recorder, ev);
	return over(w);
}

/* Opened without cutting it: nothing is destroyed if the rest cannot start. */
static int open_output(struct nct_watch *w, struct nct_error *err)
{
	return w->opts.show ? nct_sink_open(&w->sink, w->opts.output, err) : 0;
}

static int cut_output(struct nct_watch *w, struct nct_error *err)
{
	int rc = w->sink.file ? nct_sink_cut(&w->sink) : 0;

	return rc ? nct_sink_failed(&w->sink, rc, err) : 0;
}

static int open_view(struct nct_watch *w, struct nct_error *err)
{
	struct nct_screen_opts opts = {
		.out = w->sink.file,
		.anchors = &w->anchors,
		.min_duration_ns = w->options.filter.min_duration_ns,
	};

	if (!w->sink.file || w->options.format == NCT_FORMAT_JSON || w->opts.view.ended)
		return 0;
	nct_style_detect(&opts.style, w->sink.file, w->options.color);
	w->screen = nct_screen_new(&opts);
	return w->screen ? 0 : nct_fail(err, NCT_EXIT_SYSTEM, "out of memory");
}

static int open_source(struct nct_watch *w, struct nct_error *err)
{
	const struct nct_bpf_opts opts = {
		.attach = w->options.attach,
		.io = w->options.io,
		.ring_bytes = w->options.ring_bytes,
	};
	const struct nct_reducer_ops ops = { on_begin, on_phase, on_end };

	if (nct_bpf_open(&w->source, &opts, err))
		return -1;
	w->reducer = nct_reducer_new(nct_bpf_dialect(w->source), &ops, w);
	return w->reducer ? 0 : nct_fail(err, NCT_EXIT_SYSTEM, "out of memory");
}

/* Once: a name that changes meanwhile would be one in what is shown, another in the recording. */
static void name_host(struct nct_watch *w)
{
	struct utsname uts;

	if (!uname(&uts))
		snprintf(w->host, sizeof(w->host), "%s", uts.nodename);
}

/* The host, as the recording is to know it. */
static void describe(const struct nct_watch *w, struct nct_session *s)
{
	struct utsname uts;

	*s = (struct nct_session) {
		.origin = NCT_ORIGIN_BPF,
		.dialect = nct_bpf_dialect(w->source),
		.resolution_ns = 1,
		.start_ns = nct_monotonic_ns(),
		.end_ns = NCT_NONE,
	};
	snprintf(s->host, sizeof(s->host), "%s", w->host);
	if (!uname(&uts))
		snprintf(s->kernel, sizeof(s->kernel), "%.100s %.20s", uts.release, uts.machine);
	snprintf(s->tool, sizeof(s->tool), "%s %s", NCT_PROGRAM, VERSION);
	nct_settings_read(&s->settings);
}

static void record_hooks(struct nct_watch *w)
{
	static const char *const rungs[] = { "", "tracepoint", "fentry", "kprobe" };
	size_t n;
	const struct nct_hook_status *hooks = nct_bpf_hooks(w->source, &n);

	for (size_t i = 0; w->recorder && i < n; i++)
		nct_recorder_hook(w->recorder, hooks[i].name, rungs[hooks[i].rung],
				  hooks[i].reason);
}

/* What is locked cannot be on the disk that is recovering: the code now, data as it comes. */
static void lock_memory(void)
{
	if (mlockall(MCL_CURRENT) || mlockall(MCL_FUTURE | MCL_ONFAULT))
		fprintf(stderr,
			NCT_PROGRAM ": cannot lock memory: %s; when the disk with the program or "
				    "swap stalls, so may the recording\n",
			strerror(errno));
}

static int open_recorder(struct nct_watch *w, struct nct_error *err)
{
	struct nct_session *session;

	if (!w->opts.recording.path)
		return 0;
	if (nct_recorder_open(&w->recorder, &w->opts.recording, err))
		return -1;
	session = malloc(sizeof(*session));
	if (!session)
		return nct_fail(err, NCT_EXIT_SYSTEM, "out of memory");
	describe(w, session);
	nct_recorder_session(w->recorder, session);
	nct_recorder_anchor(w->recorder, nct_anchors_near(&w->anchors, session->start_ns));
	record_hooks(w);
	free(session);
	lock_memory();
	return 0;
}

/* The recording gets those by which times are shown here. */
static void refresh_anchors(struct nct_watch *w, uint64_t now_ns)
{
	size_t before = w->anchors.added;

	nct_anchors_refresh(&w->anchors, now_ns);
	if (w->recorder && w->anchors.added != before)
		nct_recorder_anchor(w->recorder, nct_anchors_near(&w->anchors, now_ns));
}

static void set_deadline(struct nct_watch *w, uint64_t now_ns)
{
	uint64_t duration_ns = w->options.duration_ns;

	w->deadline_ns = UINT64_MAX;
	if (duration_ns && duration_ns < UINT64_MAX - now_ns)
		w->deadline_ns = now_ns + duration_ns;
}

static int start(struct nct_watch *w, struct nct_error *err)
{
	int rc = nct_signals_catch();

	if (rc)
		return nct_fail(err, NCT_EXIT_SYSTEM, "cannot catch signals: %s", strerror(-rc));
	if (w->opts.recording.path && nct_recording_appendable(w->opts.recording.path, err))
		return -1;
	name_host(w);
	nct_anchors_refresh(&w->anchors, nct_monotonic_ns());
	if (open_output(w, err) || open_source(w, err) || cut_output(w, err) || open_view(w, err) ||
	    open_recorder(w, err))
		return -1;
	set_deadline(w, nct_monotonic_ns());
	w->generation = nct_bpf_generation(w->source);
	nct_live_banner(w->source);
	return 0;
}

static void tell_lost(struct nct_watch *w)
{
	uint64_t lost = nct_reducer_stats(w->reducer)->lost;

	if (lost == w->lost_told)
		return;
	fprintf(stderr, NCT_PROGRAM ": %llu events were lost: what is shown may be incomplete\n",
		(unsigned long long)(lost - w->lost_told));
	w->lost_told = lost;
}

static void tell_not_recorded(struct nct_watch *w)
{
	struct nct_recorder_stats stats;

	if (!w->recorder)
		return;
	nct_recorder_stats(w->recorder, &stats);
	if (stats.lost != w->queue_lost_told)
		fprintf(stderr, NCT_PROGRAM ": %llu events were not recorded: %s is too slow\n",
			(unsigned long long)(stats.lost - w->queue_lost_told),
			w->opts.recording.path);
	w->queue_lost_told = stats.lost;
}

/* Once: it is the same kernel all the time. */
static void tell_io(struct nct_watch *w)
{
	const char *missing = nct_bpf_io_missing(w->source);
	int error = nct_bpf_io_error(w->source);

	if (w->io_told || (!error && !missing))
		return;
	w->io_told = true;
	if (missing) {
		fprintf(stderr,
			NCT_PROGRAM ": %s is not watched: nothing is told of I/O requests\n",
			missing);
		return;
	}
	fprintf(stderr,
		NCT_PROGRAM ": the kernel refuses the hooks on the I/O path: %s; blackouts and the "
			    "paths of requests are not known (--io cold does without)\n",
		strerror(-error));
}

/* Modules and controllers come and go. */
static void tell_hooks(struct nct_watch *w)
{
	if (w->generation == nct_bpf_generation(w->source))
		return;
	w->generation = nct_bpf_generation(w->source);
	nct_live_banner(w->source);
	record_hooks(w);
}

static void tick(struct nct_watch *w, uint64_t now_ns)
{
	tell_hooks(w);
	tell_io(w);
	refresh_anchors(w, now_ns);
	tell_lost(w);
	tell_not_recorded(w);
	if (w->sink.file && !w->write_error)
		w->write_error = nct_output_broken(w->sink.file);
	if (!w->screen || w->write_error)
		return;
	nct_screen_tick(w->screen, now_ns);
	nct_reducer_each_open(w->reducer, now_ns, on_open, w);
	w->write_error = nct_screen_tick_done(w->screen);
}

static int patience_ms(const struct nct_watch *w, uint64_t now_ns)
{
	uint64_t left_ms = (w->deadline_ns - now_ns) / NSEC_PER_MSEC + 1;
	int ms = w->screen ? nct_screen_patience_ms(w->screen) : PATIENCE_MS;

	return left_ms < (uint64_t)ms ? (int)left_ms : ms;
}

/* Until a signal, the deadline, or an error of the source. */
static int watch(struct nct_watch *w, struct nct_error *err)
{
	uint64_t now_ns = nct_monotonic_ns();

	while (!nct_signals_caught() && !over(w) && now_ns < w->deadline_ns) {
		if (nct_bpf_poll(w->source, patience_ms(w, now_ns), on_event, w, err) < 0)
			return -1;
		now_ns = nct_monotonic_ns();
		tick(w, now_ns);
	}
	return 0;
}

/* Ends what is open, and shows it; after an error of the source, too. */
static int wind_up(struct nct_watch *w, int rc, struct nct_error *err)
{
	uint64_t end_ns;

	if (!rc && !over(w) && nct_bpf_drain(w->source, on_event, w, err) < 0)
		rc = -1;
	end_ns = nct_monotonic_ns();
	nct_reducer_finish(w->reducer, end_ns);
	if (w->screen && !w->write_error)
		w->write_error = nct_screen_finish(w->screen);
	if (w->opts.view.finish && !w->write_error)
		w->write_error = w->opts.view.finish(w->opts.view.ctx, w->sink.file,
						     nct_reducer_stats(w->reducer)->lost);
	tell_lost(w);
	tell_not_recorded(w);
	nct_live_summary(&w->count, nct_reducer_stats(w->reducer), w->source);
	if (nct_recorder_close(w->recorder, end_ns, rc ? NULL : err))
		rc = -1;
	w->recorder = NULL;
	return rc;
}

static int write_failed(const struct nct_watch *w, struct nct_error *err)
{
	uint64_t held_back = w->screen ? nct_screen_unwritten(w->screen) : 0;

	return nct_fail(err, NCT_EXIT_SYSTEM,
			"cannot write to %s: %s; recoveries not written: %llu", w->sink.name,
			strerror(-w->write_error),
			(unsigned long long)(w->count.unwritten + held_back));
}

int nct_watch_run(struct nct_watch *w, const struct nct_watch_opts *opts, struct nct_error *err)
{
	int rc;

	w->opts = *opts;
	rc = start(w, err);
	if (!rc) {
		rc = watch(w, err);
		rc = wind_up(w, rc, err);
	}
	w->write_error = nct_sink_close(&w->sink, w->write_error);
	if (!rc && w->write_error)
		rc = write_failed(w, err);
	nct_recorder_close(w->recorder, NCT_NONE, NULL);
	nct_screen_free(w->screen);
	nct_reducer_free(w->reducer);
	nct_bpf_close(w->source);
	return rc;
}

struct nct_watch *nct_watch_new(void)
{
	return calloc(1, sizeof(struct nct_watch));
}

void nct_watch_free(struct nct_watch *w)
{
	if (w)
		nct_options_free(&w->options);
	free(w);
}
