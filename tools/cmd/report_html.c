// SPDX-License-Identifier: GPL-2.0
#include "report_html.h"

#include <string.h>

#include "../view/html.h"
#include "replay.h"
#include "sink.h"

struct page {
	struct nct_html html;
	struct nct_json_session session; /* of the origin that is told last */
};

static void on_recovery(void *ctx, const struct nct_recovery *rec, const struct nct_origin *origin)
{
	struct nct_json_origin json = nct_replay_json_origin(origin);
	struct page *p = ctx;

	nct_html_add(&p->html, rec, origin->anchor, &json);
}

static void on_span(void *ctx, const struct nct_origin *origin, uint64_t end_ns)
{
	static const char *const sources[] = {
		[NCT_ORIGIN_BPF] = "bpf",
		[NCT_ORIGIN_DMESG] = "dmesg",
		[NCT_ORIGIN_FTRACE] = "ftrace",
	};
	const struct nct_session *s = origin->session;
	struct page *p = ctx;

	p->session = (struct nct_json_session) {
		.source = sources[s->origin],
		.host = s->host,
		.kernel = s->kernel,
		.input = s->input,
		.start_ns = s->start_ns,
		.end_ns = end_ns < s->start_ns ? s->start_ns : end_ns,
		.anchor = origin->anchor,
		.resolution_ns = s->resolution_ns,
		.cut_off = s->end_ns == NCT_NONE,
	};
}

static void on_session_end(void *ctx, const struct nct_session *s,
			   const struct nct_reducer_stats *stats)
{
	struct page *p = ctx;

	(void)s;
	p->session.lost = stats->lost;
	nct_html_session(&p->html, &p->session);
}

int nct_report_html(const struct nct_options *options, struct nct_error *err)
{
	struct page page = { 0 };
	struct nct_replay_stats stats = { 0 };
	const struct nct_replay replay = {
		.filter = options->filter,
		.recovery = on_recovery,
		.session_span = on_span,
		.session_end = on_session_end,
		.ctx = &page,
		.command = "report",
		.stats = &stats,
	};
	const char *name = strcmp(options->html, "-") ? options->html : NULL;
	struct nct_sink sink;
	int rc, written;

	if (options->output || options->format == NCT_FORMAT_JSON)
		return nct_fail(err, NCT_EXIT_USAGE,
				"--html is an output of its own: give it without --output and "
				"--format json, or run report twice");
	if (nct_sink_open(&sink, name, err))
		return -1;
	written = nct_sink_cut(&sink);
	if (!nct_html_has_charts())
		fprintf(stderr,
			"report: the page has no timeline and no histograms: this program was "
			"built without npm\n");
	nct_html_begin(&page.html, sink.file);
	rc = nct_replay_files(options->files, options->nfiles, &replay, err);
	written = nct_sink_close(&sink, written ? written : nct_html_end(&page.html));
	nct_replay_tell("report", &stats);
	return written ? nct_sink_failed(&sink, written, err) : rc;
}
