// SPDX-License-Identifier: GPL-2.0
/* live: recoveries as they happen. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../recovery/reducer.h"
#include "../sys/anchors.h"
#include "../sys/output.h"
#include "../sys/signals.h"
#include "../view/json.h"
#include "../view/screen.h"
#include "cmd.h"
#include "live_status.h"
#include "options.h"

#define NSEC_PER_MSEC 1000000ull
#define PATIENCE_MS   1000

static const struct nct_usage usage = {
	.command = "live",
	.description = "Show recoveries of NVMe controllers as they happen: each phase when it\n"
		       "begins, and an account of the whole when it is over. Recoveries go to\n"
		       "standard output, the rest to standard error. Ends with Ctrl-C, or after\n"
		       "--duration.\n",
	.examples = "  " NCT_PROGRAM " live\n"
		    "        watch all controllers until Ctrl-C\n"
		    "  " NCT_PROGRAM " live --controller nvme1,nvme2 --min-duration 500ms\n"
		    "        two paths only, and only outages of at least half a second\n"
		    "  " NCT_PROGRAM " live --subsystem 'nqn.2014-08.org.example:*' --duration 1h\n"
		    "        all paths to the subsystems of one array, for an hour\n"
		    "  " NCT_PROGRAM " live --format json --output recoveries.json\n"
		    "        one JSON object for each recovery, as it ends\n"
		    "  " NCT_PROGRAM " live --format json | jq '.controller, .time_to_live_ns'\n"
		    "        how long each path was away, in nanoseconds\n",
	.options = NCT_OPT_CONTROLLER | NCT_OPT_SUBSYSTEM | NCT_OPT_MIN_DURATION |
		   NCT_OPT_DURATION | NCT_OPT_FORMAT | NCT_OPT_OUTPUT | NCT_OPT_COLOR |
		   NCT_OPT_ATTACH | NCT_OPT_RING,
};

struct live {
	struct nct_options options;
	struct nct_bpf *source;
	struct nct_reducer *reducer;
	struct nct_screen *screen; /* NULL with --format json */
	struct nct_anchors anchors;
	FILE *out;
	const char *out_name;
	uint64_t deadline_ns;	 /* CLOCK_MONOTONIC; UINT64_MAX: none */
	unsigned int generation; /* of the hooks, as told in the banner */
	uint64_t lost_told;	 /* of stats->lost, on standard error */
	struct nct_live_count count;
	int write_error; /* 0 or -errno; nothing more is written after it */
};

static bool wanted(const struct live *l, const struct nct_recovery *rec)
{
	return !l->write_error && nct_filter_match(&l->options.filter, rec);
}

static void on_begin(void *ctx, const struct nct_recovery *rec)
{
	struct live *l = ctx;

	if (l->screen && wanted(l, rec))
		l->write_error = nct_screen_begin(l->screen, rec);
}

static void on_phase(void *ctx, const struct nct_recovery *rec)
{
	struct live *l = ctx;

	if (l->screen && wanted(l, rec))
		l->write_error = nct_screen_phase(l->screen, rec);
}

static void on_open(void *ctx, const struct nct_recovery *rec)
{
	struct live *l = ctx;

	if (wanted(l, rec))
		nct_screen_open(l->screen, rec);
}

static void on_end(void *ctx, const struct nct_recovery *rec)
{
	struct live *l = ctx;
	bool long_enough = nct_filter_long_enough(&l->options.filter, rec);
	bool shown = nct_filter_match(&l->options.filter, rec) && long_enough;

	nct_live_count_end(&l->count, rec, shown, l->write_error != 0);
	if (!wanted(l, rec))
		return;
	if (l->screen) {
		l->write_error = nct_screen_end(l->screen, rec);
	} else if (shown) {
		l->write_error = nct_json_recovery(
			l->out, rec, nct_anchors_near(&l->anchors, rec->start_ns), NULL);
		l->count.unwritten += l->write_error != 0;
	}
}

static int on_event(void *ctx, const struct nct_event *ev)
{
	struct live *l = ctx;

	/* -ENOMEM: the reducer counts it as lost, and says so of what it touches. */
	nct_reducer_push(l->reducer, ev);
	return l->write_error ? 1 : 0;
}

/* Opened without cutting it: nothing is destroyed if the rest cannot start. */
static int open_output(struct live *l, struct nct_error *err)
{
	const char *name = l->options.output;
	int fd;

	l->out = stdout;
	l->out_name = "standard output";
	if (name) {
		fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
		l->out = fd < 0 ? NULL : fdopen(fd, "w");
		l->out_name = name;
	}
	if (!l->out)
		return nct_fail(err, NCT_EXIT_SYSTEM, "cannot open %s for writing: %s", name,
				strerror(errno));
	if (nct_output_check(l->out))
		return nct_fail(err, NCT_EXIT_SYSTEM, "cannot write to %s: %s", l->out_name,
				strerror(EBADF));
	return 0;
}

static int cut_output(struct live *l, struct nct_error *err)
{
	/* EINVAL: a pipe or a device, which has no length. */
	if (l->options.output && ftruncate(fileno(l->out), 0) && errno != EINVAL)
		return nct_fail(err, NCT_EXIT_SYSTEM, "cannot truncate %s: %s", l->out_name,
				strerror(errno));
	return 0;
}

static int open_view(struct live *l, struct nct_error *err)
{
	struct nct_screen_opts opts = {
		.out = l->out,
		.anchors = &l->anchors,
		.min_duration_ns = l->options.filter.min_duration_ns,
	};

	if (l->options.format == NCT_FORMAT_JSON)
		return 0;
	nct_style_detect(&opts.style, l->out, l->options.color);
	l->screen = nct_screen_new(&opts);
	return l->screen ? 0 : nct_fail(err, NCT_EXIT_SYSTEM, "out of memory");
}

static int open_source(struct live *l, struct nct_error *err)
{
	const struct nct_bpf_opts opts = {
		.attach = l->options.attach,
		.ring_bytes = l->options.ring_bytes,
	};
	const struct nct_reducer_ops ops = { on_begin, on_phase, on_end };

	if (nct_bpf_open(&l->source, &opts, err))
		return -1;
	l->reducer = nct_reducer_new(nct_bpf_dialect(l->source), &ops, l);
	return l->reducer ? 0 : nct_fail(err, NCT_EXIT_SYSTEM, "out of memory");
}

static void set_deadline(struct live *l, uint64_t now_ns)
{
	uint64_t duration_ns = l->options.duration_ns;

	l->deadline_ns = UINT64_MAX;
	if (duration_ns && duration_ns < UINT64_MAX - now_ns)
		l->deadline_ns = now_ns + duration_ns;
}

static int start(struct live *l, struct nct_error *err)
{
	int rc = nct_signals_catch();

	if (rc)
		return nct_fail(err, NCT_EXIT_SYSTEM, "cannot catch signals: %s", strerror(-rc));
	nct_anchors_refresh(&l->anchors, nct_monotonic_ns());
	if (open_output(l, err) || open_source(l, err) || cut_output(l, err) || open_view(l, err))
		return -1;
	set_deadline(l, nct_monotonic_ns());
	l->generation = nct_bpf_generation(l->source);
	nct_live_banner(l->source);
	return 0;
}

static void tell_lost(struct live *l)
{
	uint64_t lost = nct_reducer_stats(l->reducer)->lost;

	if (lost == l->lost_told)
		return;
	fprintf(stderr, NCT_PROGRAM ": %llu events were lost: what is shown may be incomplete\n",
		(unsigned long long)(lost - l->lost_told));
	l->lost_told = lost;
}

/* Modules and controllers come and go. */
static void tell_hooks(struct live *l)
{
	if (l->generation == nct_bpf_generation(l->source))
		return;
	l->generation = nct_bpf_generation(l->source);
	nct_live_banner(l->source);
}

static void tick(struct live *l, uint64_t now_ns)
{
	tell_hooks(l);
	nct_anchors_refresh(&l->anchors, now_ns);
	tell_lost(l);
	if (!l->write_error)
		l->write_error = nct_output_broken(l->out);
	if (!l->screen || l->write_error)
		return;
	nct_screen_tick(l->screen, now_ns);
	nct_reducer_each_open(l->reducer, now_ns, on_open, l);
	l->write_error = nct_screen_tick_done(l->screen);
}

static int patience_ms(const struct live *l, uint64_t now_ns)
{
	uint64_t left_ms = (l->deadline_ns - now_ns) / NSEC_PER_MSEC + 1;
	int ms = l->screen ? nct_screen_patience_ms(l->screen) : PATIENCE_MS;

	return left_ms < (uint64_t)ms ? (int)left_ms : ms;
}

/* Until a signal, the deadline, or an error of the source. */
static int watch(struct live *l, struct nct_error *err)
{
	uint64_t now_ns = nct_monotonic_ns();

	while (!nct_signals_caught() && !l->write_error && now_ns < l->deadline_ns) {
		if (nct_bpf_poll(l->source, patience_ms(l, now_ns), on_event, l, err) < 0)
			return -1;
		now_ns = nct_monotonic_ns();
		tick(l, now_ns);
	}
	return 0;
}

/* Ends what is open, and shows it; after an error of the source, too. */
static int wind_up(struct live *l, int rc, struct nct_error *err)
{
	if (!rc && !l->write_error && nct_bpf_drain(l->source, on_event, l, err) < 0)
		rc = -1;
	nct_reducer_finish(l->reducer, nct_monotonic_ns());
	if (l->screen && !l->write_error)
		l->write_error = nct_screen_finish(l->screen);
	tell_lost(l);
	nct_live_summary(&l->count, nct_reducer_stats(l->reducer), l->source);
	return rc;
}

/* Closes the output; standard output is left to main(). */
static void close_output(struct live *l)
{
	errno = 0;
	if (l->out && l->out != stdout && fclose(l->out) && !l->write_error)
		l->write_error = errno ? -errno : -EIO;
}

static int write_failed(const struct live *l, struct nct_error *err)
{
	uint64_t held_back = l->screen ? nct_screen_unwritten(l->screen) : 0;

	return nct_fail(err, NCT_EXIT_SYSTEM,
			"cannot write to %s: %s; recoveries not written: %llu", l->out_name,
			strerror(-l->write_error),
			(unsigned long long)(l->count.unwritten + held_back));
}

static int run(struct live *l, struct nct_error *err)
{
	int rc = start(l, err);

	if (!rc) {
		rc = watch(l, err);
		rc = wind_up(l, rc, err);
	}
	close_output(l);
	if (!rc && l->write_error)
		rc = write_failed(l, err);
	nct_screen_free(l->screen);
	nct_reducer_free(l->reducer);
	nct_bpf_close(l->source);
	return rc;
}

int nct_cmd_live(int argc, char **argv)
{
	struct live *l = calloc(1, sizeof(*l));
	struct nct_error err = { NCT_EXIT_SYSTEM, "out of memory" };
	int code = NCT_EXIT_OK;

	if (!l || nct_options_parse(&l->options, &usage, argc, argv, &err))
		code = nct_options_complain(&usage, &err);
	else if (l->options.help)
		nct_options_help(&usage);
	else if (run(l, &err))
		code = nct_options_complain(&usage, &err);
	if (l)
		nct_options_free(&l->options);
	free(l);
	return code;
}
