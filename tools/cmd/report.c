// SPDX-License-Identifier: GPL-2.0
/* report: the recoveries of recordings. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../view/json.h"
#include "../view/summary.h"
#include "../view/timeline.h"
#include "cmd.h"
#include "inputs.h"
#include "options.h"
#include "replay.h"
#include "report_blocks.h"
#include "report_html.h"
#include "sink.h"

static const struct nct_usage usage = {
	.command = "report",
	.description =
		"Show the recoveries of recordings: first a summary, then for each the account "
		"that\n"
		"live gives. With --format json the same lines as live, and no summary.\n"
		"With --html a page with a timeline, histograms and a table, in one file.\n"
		"Exits with 5 when a recording is damaged, after showing what can be read.\n",
	.examples =
		"  " NCT_PROGRAM " report night.nct\n"
		"  " NCT_PROGRAM " report --since 02:00 --until 03:00 /var/log/nvme.nct*\n"
		"  " NCT_PROGRAM " report --fence unfenced,unknown --min-duration 1s night.nct\n"
		"  " NCT_PROGRAM " report --html night.html night.nct\n"
		"  " NCT_PROGRAM " report --format json night.nct | jq .time_to_live_ns\n",
	.files = "FILE...",
	.options = NCT_OPT_FILTER | NCT_OPT_FORMAT | NCT_OPT_OUTPUT | NCT_OPT_HTML | NCT_OPT_COLOR,
};

struct report {
	struct nct_options options;
	struct nct_sink sink;
	struct nct_style style;
	struct nct_summary *summary; /* NULL with --format json */
	struct nct_text text;
	struct nct_blocks blocks;
	size_t sessions; /* that are over */
	struct nct_summary_session session;
	int write_error; /* 0 or -errno */
};

static void on_recovery(void *ctx, const struct nct_recovery *rec, const struct nct_origin *origin)
{
	struct report *r = ctx;
	struct nct_json_origin json;

	if (r->write_error)
		return;
	if (!r->summary) {
		json = nct_replay_json_origin(origin);
		r->write_error = nct_json_recovery(r->sink.file, rec, origin->anchor, &json);
		return;
	}
	nct_summary_recovery(r->summary, origin->session->host, rec);
	nct_timeline_block(&r->text, &r->style, rec, origin->anchor);
	r->write_error = nct_blocks_add(&r->blocks, &r->text, r->sessions + 1, origin->session);
}

static void on_span(void *ctx, const struct nct_origin *origin, uint64_t end_ns)
{
	static const char *const sources[] = {
		[NCT_ORIGIN_BPF] = "watched",
		[NCT_ORIGIN_DMESG] = "kernel log",
		[NCT_ORIGIN_FTRACE] = "ftrace",
	};
	const struct nct_session *s = origin->session;
	struct report *r = ctx;

	r->session = (struct nct_summary_session) {
		.host = s->host,
		.source = sources[s->origin],
		.file = r->options.nfiles > 1 ? origin->file : "",
		.input = s->input,
		.resolution_ns = s->resolution_ns,
		.start_ns = s->start_ns,
		.end_ns = end_ns < s->start_ns ? s->start_ns : end_ns,
		.anchor = origin->anchor,
		.cut_off = s->end_ns == NCT_NONE,
	};
}

static void on_session_end(void *ctx, const struct nct_session *s,
			   const struct nct_reducer_stats *stats)
{
	struct report *r = ctx;

	(void)s;
	r->session.stats = stats;
	r->sessions++;
	if (r->summary)
		nct_summary_session(r->summary, &r->session);
}

static int open_text(struct report *r, struct nct_error *err)
{
	if (r->options.format == NCT_FORMAT_JSON)
		return 0;
	nct_style_detect(&r->style, r->sink.file, r->options.color);
	r->summary = nct_summary_new();
	if (!r->summary || nct_blocks_open(&r->blocks))
		return nct_fail(err, NCT_EXIT_SYSTEM, "out of memory");
	return 0;
}

static void print_text(struct report *r)
{
	if (!r->summary || r->write_error)
		return;
	nct_summary_print(&r->text, &r->style, r->summary);
	r->write_error = nct_text_write(&r->text, r->sink.file);
	if (!r->write_error)
		r->write_error = nct_blocks_write(&r->blocks, r->sink.file,
						  nct_summary_several_hosts(r->summary));
}

static int run(struct report *r, struct nct_error *err)
{
	struct nct_replay_stats stats = { 0 };
	const struct nct_replay replay = {
		.filter = r->options.filter,
		.recovery = on_recovery,
		.session_span = on_span,
		.session_end = on_session_end,
		.ctx = r,
		.command = "report",
		.stats = &stats,
	};
	int rc;

	/* Before an output is cut: a slip in the name of an input must not cost it. */
	if (nct_inputs_settle(&r->options, "report", err))
		return -1;
	if (r->options.html)
		return nct_report_html(&r->options, err);
	if (nct_sink_open(&r->sink, r->options.output, err) || open_text(r, err))
		return -1;
	r->write_error = nct_sink_cut(&r->sink);
	rc = nct_replay_files(r->options.files, r->options.nfiles, &replay, err);
	print_text(r);
	r->write_error = nct_sink_close(&r->sink, r->write_error);
	nct_replay_tell("report", &stats);
	return r->write_error ? nct_sink_failed(&r->sink, r->write_error, err) : rc;
}

int nct_cmd_report(int argc, char **argv)
{
	struct report *r = calloc(1, sizeof(*r));
	struct nct_error err = { NCT_EXIT_SYSTEM, "out of memory" };
	int code = NCT_EXIT_OK;

	if (!r || nct_options_parse(&r->options, &usage, argc, argv, &err))
		code = nct_options_complain(&usage, &err);
	else if (r->options.help)
		nct_options_help(&usage);
	else if (run(r, &err))
		code = nct_options_complain(&usage, &err);
	if (r) {
		nct_blocks_free(&r->blocks);
		nct_summary_free(r->summary);
		nct_text_free(&r->text);
		nct_options_free(&r->options);
	}
	free(r);
	return code;
}
