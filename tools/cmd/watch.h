/* SPDX-License-Identifier: GPL-2.0 */
/* Watching this host, which live and record share: the source, the reducer, the clock
 * anchors, what is shown, and until when. */
#ifndef NCT_CMD_WATCH_H
#define NCT_CMD_WATCH_H

#include "../recording/recording.h"
#include "../recovery/reducer.h"
#include "../sys/anchors.h"
#include "../view/screen.h"
#include "live_status.h"
#include "options.h"
#include "sink.h"

/* What is made of recoveries instead of showing them as live does: each when it has ended (and the
 * filter lets it through), and something at the end. Both return 0 or -errno. */
struct nct_watch_view {
	int (*ended)(void *ctx, FILE *out, const struct nct_recovery *rec,
		     const struct nct_anchor *anchor, const char *host);
	int (*finish)(void *ctx, FILE *out, uint64_t lost);
	void *ctx;
};

struct nct_watch_opts {
	bool show;			    /* recoveries as they happen */
	const char *output;		    /* the name of a file for that; NULL: standard output */
	struct nct_watch_view view;	    /* ended NULL: as live does */
	struct nct_recorder_opts recording; /* path NULL: nothing is recorded */
};

struct nct_watch {
	struct nct_options options; /* owned */
	struct nct_watch_opts opts;
	struct nct_bpf *source;
	struct nct_reducer *reducer;
	struct nct_recorder *recorder; /* NULL: nothing is recorded */
	struct nct_screen *screen;     /* NULL with --format json */
	struct nct_anchors anchors;
	char host[256];		 /* as the recording knows it; "": not known */
	struct nct_sink sink;	 /* file NULL: nothing is shown */
	uint64_t deadline_ns;	 /* CLOCK_MONOTONIC; UINT64_MAX: none */
	unsigned int generation; /* of the hooks, as told in the banner */
	uint64_t lost_told;	 /* of stats->lost, on standard error */
	bool io_told;
	uint64_t queue_lost_told;
	struct nct_live_count count;
	int write_error; /* 0 or -errno; nothing more is shown after it */
};

/* NULL: out of memory. options are to be parsed next. */
struct nct_watch *nct_watch_new(void);
void nct_watch_free(struct nct_watch *w); /* NULL is allowed */

/*
 * Watches until a signal, options.duration_ns, or an error. Output that fails is such an
 * error too, but a recording goes on without it. Returns 0; else -1 and *err. Once only.
 */
int nct_watch_run(struct nct_watch *w, const struct nct_watch_opts *opts, struct nct_error *err);

#endif
