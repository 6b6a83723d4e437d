// SPDX-License-Identifier: GPL-2.0
/* hist: how the times of recorded recoveries are distributed. */
#include <errno.h>
#include <stdio.h>

#include "../view/histogram.h"
#include "cmd.h"
#include "inputs.h"
#include "options.h"
#include "replay.h"
#include "sink.h"

static const struct nct_usage usage = {
	.command = "hist",
	.description =
		"Show how long recoveries took, from recordings: least, greatest and quantiles, "
		"and\n"
		"bars, of the time to retry, the time to live, and each phase. Recoveries that "
		"were\n"
		"made safe in different ways take different times: they are kept apart, see --by.\n"
		"Resets, deletes, and recoveries that were not seen as a whole are not counted.\n",
	.examples = "  " NCT_PROGRAM " hist night.nct\n"
		    "        by fence outcome: by CCR, by a hold, not at all\n"
		    "  " NCT_PROGRAM " hist --by controller --since 24h host*.nct\n"
		    "        which path takes longest, of several recordings\n"
		    "  " NCT_PROGRAM " hist --end live --min-duration 1s --by transport night.nct\n"
		    "        only those of a second and more after which the path worked again\n"
		    "  " NCT_PROGRAM
		    " hist --format json night.nct | jq 'select(.metric == \"time_to_retry\")'\n"
		    "        quantiles and bins for a program, in nanoseconds\n",
	.files = "FILE...",
	.options = NCT_OPT_FILTER | NCT_OPT_BY | NCT_OPT_FORMAT | NCT_OPT_OUTPUT | NCT_OPT_ASCII |
		   NCT_OPT_COLOR,
};

#define TOLD_FROM_NS 1000000 /* a resolution that may be seen in what is shown */

struct hist {
	struct nct_options options;
	struct nct_strata strata;
	uint64_t resolution_ns; /* the coarsest of all that was counted */
	struct nct_replay_stats stats;
	int rc; /* 0 or -ENOMEM */
};

static void on_recovery(void *ctx, const struct nct_recovery *rec, const struct nct_origin *origin)
{
	struct hist *h = ctx;

	if (h->rc)
		return;
	h->rc = nct_strata_add(&h->strata, rec, origin->session->host,
			       origin->session->resolution_ns);
	if (origin->session->resolution_ns > h->resolution_ns)
		h->resolution_ns = origin->session->resolution_ns;
}

static int print_text(const struct hist *h, FILE *out)
{
	struct nct_text t = { 0 };
	struct nct_style style;
	int rc;

	nct_style_detect(&style, out, h->options.color);
	style.unicode = style.unicode && !h->options.ascii;
	nct_histogram_text(&t, &style, &h->strata);
	rc = nct_text_write(&t, out);
	nct_text_free(&t);
	return rc;
}

static int print(struct hist *h, struct nct_sink *sink)
{
	int rc = nct_sink_cut(sink);

	nct_strata_sort(&h->strata);
	if (rc)
		return rc;
	return h->options.format == NCT_FORMAT_JSON ? nct_histogram_json(sink->file, &h->strata)
						    : print_text(h, sink->file);
}

/* What a reader of the numbers has to know; not part of the output. */
static void tell(const struct hist *h)
{
	const struct nct_strata *s = &h->strata;

	nct_replay_tell("hist", &h->stats);
	if (!s->counted)
		fprintf(stderr,
			NCT_PROGRAM " hist: no recovery to count (left out: %llu incomplete, %llu "
				    "resets or deletes, %llu that do not match)\n",
			(unsigned long long)s->left_out.incomplete,
			(unsigned long long)s->left_out.asked_for,
			(unsigned long long)(h->stats.ended - h->stats.shown));
	else if (h->resolution_ns >= TOLD_FROM_NS)
		fprintf(stderr, NCT_PROGRAM " hist: some times are exact to %s only: imported\n",
			nct_round_duration(h->resolution_ns).s);
}

/* What could be read of damaged files is shown, and then their error told. */
static int run(struct hist *h, struct nct_error *err)
{
	const struct nct_replay replay = {
		.filter = h->options.filter,
		.recovery = on_recovery,
		.ctx = h,
		.command = "hist",
		.stats = &h->stats,
	};
	struct nct_sink sink;
	int rc, written = 0;

	h->strata.by = h->options.by ? h->options.by : NCT_BY_FENCE;
	if (nct_inputs_settle(&h->options, "hist", err) ||
	    nct_sink_open(&sink, h->options.output, err))
		return -1;
	rc = nct_replay_files(h->options.files, h->options.nfiles, &replay, err);
	if (h->rc)
		rc = nct_fail(err, NCT_EXIT_SYSTEM, "out of memory");
	else if (!rc || h->strata.counted)
		written = print(h, &sink);
	written = nct_sink_close(&sink, written);
	if (!rc && written)
		rc = nct_sink_failed(&sink, written, err);
	if (!rc)
		tell(h);
	return rc;
}

int nct_cmd_hist(int argc, char **argv)
{
	struct hist h = { .rc = 0 };
	struct nct_error err;
	int code = NCT_EXIT_OK;

	if (nct_options_parse(&h.options, &usage, argc, argv, &err))
		return nct_options_complain(&usage, &err);
	if (h.options.help)
		nct_options_help(&usage);
	else if (run(&h, &err))
		code = nct_options_complain(&usage, &err);
	nct_strata_free(&h.strata);
	nct_options_free(&h.options);
	return code;
}
