// SPDX-License-Identifier: GPL-2.0
/* export: recorded recoveries for other programs. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "../view/csv.h"
#include "../view/json.h"
#include "../view/perfetto.h"
#include "cmd.h"
#include "inputs.h"
#include "options.h"
#include "replay.h"
#include "sink.h"

static const struct nct_usage usage = {
	.command = "export",
	.description =
		"Write the recoveries, resets and deletes of recordings for other programs.\n"
		"A Perfetto trace is opened with ui.perfetto.dev: each controller has a track, on\n"
		"it are its recoveries, in them their phases, and in those the CCR attempts.\n",
	.examples =
		"  " NCT_PROGRAM " export --to csv -o night.csv night.nct\n"
		"        for a spreadsheet, R or pandas\n"
		"  " NCT_PROGRAM " export --to json night.nct | jq -r '.trigger.reason' | sort | "
		"uniq -c\n"
		"        how often each reason\n"
		"  " NCT_PROGRAM " export --to perfetto -o night.pftrace host1.nct host2.nct\n"
		"        two hosts on one time line\n",
	.files = "FILE...",
	.options = NCT_OPT_FILTER | NCT_OPT_TO | NCT_OPT_OUTPUT,
};

struct export
{
	struct nct_options options;
	struct nct_sink sink;
	struct nct_anchor base; /* for Perfetto */
	bool has_base;
	struct nct_perfetto *perfetto; /* NULL until it begins */
	struct nct_text text;	       /* rows of CSV */
	bool begun;
	int written; /* 0 or -errno; nothing more is written after it */
	struct nct_replay_stats stats;
};

/* Before the first byte. */
static void begin(struct export *x)
{
	if (x->begun)
		return;
	x->begun = true;
	x->written = nct_sink_cut(&x->sink);
	if (x->written)
		return;
	if (x->options.to == NCT_EXPORT_CSV) {
		nct_csv_header(&x->text);
		x->written = nct_text_write(&x->text, x->sink.file);
	} else if (x->options.to == NCT_EXPORT_PERFETTO) {
		x->perfetto = nct_perfetto_new(x->sink.file, x->has_base ? &x->base : NULL);
		x->written = x->perfetto ? 0 : -ENOMEM;
	}
}

static int put_csv(struct export *x, const struct nct_recovery *rec,
		   const struct nct_origin *origin)
{
	struct nct_json_origin from = nct_replay_json_origin(origin);

	nct_csv_row(&x->text, rec, origin->anchor, &from);
	return nct_text_write(&x->text, x->sink.file);
}

static int put_json(struct export *x, const struct nct_recovery *rec,
		    const struct nct_origin *origin)
{
	struct nct_json_origin from = nct_replay_json_origin(origin);

	return nct_json_recovery(x->sink.file, rec, origin->anchor, &from);
}

/* Clocks of logs without wall time have nothing in common: each log is one of its own. */
static int put_perfetto(struct export *x, const struct nct_recovery *rec,
			const struct nct_origin *origin)
{
	const struct nct_session *s = origin->session;
	char log[sizeof(s->host) + sizeof(s->input) + 8];

	if (origin->anchor)
		return nct_perfetto_recovery(x->perfetto, rec, s->host, origin->anchor);
	snprintf(log, sizeof(log), "%s%s%s", s->host, *s->host && *s->input ? ", " : "", s->input);
	return nct_perfetto_recovery(x->perfetto, rec, log, NULL);
}

static void on_recovery(void *ctx, const struct nct_recovery *rec, const struct nct_origin *origin)
{
	struct export *x = ctx;

	begin(x);
	if (x->written)
		return;
	if (x->options.to == NCT_EXPORT_JSON)
		x->written = put_json(x, rec, origin);
	else if (x->options.to == NCT_EXPORT_CSV)
		x->written = put_csv(x, rec, origin);
	else
		x->written = put_perfetto(x, rec, origin);
}

/* A time line of several boots begins with the earliest: to know it takes a first pass. */
static void find_base(void *ctx, const struct nct_recovery *rec, const struct nct_origin *origin)
{
	struct export *x = ctx;

	(void)rec;
	if (!origin->anchor)
		return;
	if (x->has_base && !nct_perfetto_earlier_boot(origin->anchor, &x->base))
		return;
	x->base = *origin->anchor;
	x->has_base = true;
}

static int check(const struct export *x, struct nct_error *err)
{
	if (x->options.to == NCT_EXPORT_NONE)
		return nct_fail(err, NCT_EXIT_USAGE,
				"what to write is missing: give --to json, csv or perfetto");
	if (x->options.to == NCT_EXPORT_PERFETTO && !x->options.output && isatty(STDOUT_FILENO))
		return nct_fail(err, NCT_EXIT_USAGE,
				"a Perfetto trace is no text for a terminal: give --output FILE");
	return 0;
}

/* What could be read of damaged files is written, and then their error told. */
static int run(struct export *x, struct nct_error *err)
{
	struct nct_replay replay = { .filter = x->options.filter, .ctx = x };
	struct nct_error other;
	int rc;

	if (check(x, err) || nct_inputs_settle(&x->options, "export", err) ||
	    nct_sink_open(&x->sink, x->options.output, err))
		return -1;
	if (x->options.to == NCT_EXPORT_PERFETTO) {
		replay.recovery = find_base;
		nct_replay_files(x->options.files, x->options.nfiles, &replay, &other);
	}
	replay.recovery = on_recovery;
	replay.command = "export";
	replay.stats = &x->stats;
	rc = nct_replay_files(x->options.files, x->options.nfiles, &replay, err);
	if (!rc)
		begin(x);
	x->written = nct_sink_close(&x->sink, x->written);
	if (!rc && x->written)
		rc = nct_sink_failed(&x->sink, x->written, err);
	nct_replay_tell("export", &x->stats);
	if (!rc && !x->stats.ended)
		fprintf(stderr, NCT_PROGRAM " export: no recoveries to write\n");
	return rc;
}

int nct_cmd_export(int argc, char **argv)
{
	struct export x = { .begun = false };
	struct nct_error err;
	int code = NCT_EXIT_OK;

	if (nct_options_parse(&x.options, &usage, argc, argv, &err))
		return nct_options_complain(&usage, &err);
	if (x.options.help)
		nct_options_help(&usage);
	else if (run(&x, &err))
		code = nct_options_complain(&usage, &err);
	nct_perfetto_free(x.perfetto);
	nct_text_free(&x.text);
	nct_options_free(&x.options);
	return code;
}
