// SPDX-License-Identifier: GPL-2.0
#include "import_report.h"

#include <errno.h>
#include <stdlib.h>

#include "../recovery/reducer.h"
#include "../sys/anchors.h"
#include "../view/json.h"
#include "../view/timeline.h"

struct nct_import_report {
	FILE *out;
	const struct nct_options *options;
	struct nct_style style;
	const struct nct_session *session;
	struct nct_reducer *reducer;
	struct nct_anchors anchors; /* of the session */
	unsigned int sessions;
	bool named; /* it was said which session it is */
	int error;
};

static int print_json(struct nct_import_report *r, const struct nct_recovery *rec,
		      const struct nct_anchor *anchor)
{
	const struct nct_json_origin origin = {
		.host = r->session->host,
		.resolution_ns = r->session->resolution_ns,
	};

	return nct_json_recovery(r->out, rec, anchor, &origin);
}

/* Several hosts, or boots, have controllers of the same names. */
static void name_session(struct nct_import_report *r, struct nct_text *text)
{
	const struct nct_session *s = r->session;

	if (r->named || (!s->host[0] && r->sessions == 1))
		return;
	r->named = true;
	nct_text_add(text, "Session %u: host %s, kernel %s\n\n", r->sessions,
		     s->host[0] ? s->host : "not known", s->kernel[0] ? s->kernel : "not known");
}

static int print_text(struct nct_import_report *r, const struct nct_recovery *rec,
		      const struct nct_anchor *anchor)
{
	struct nct_text text = { 0 };
	int rc;

	name_session(r, &text);
	nct_timeline_block(&text, &r->style, rec, anchor);
	rc = nct_text_write(&text, r->out);
	nct_text_free(&text);
	return rc;
}

static void on_end(void *ctx, const struct nct_recovery *rec)
{
	struct nct_import_report *r = ctx;
	const struct nct_anchor *anchor =
		r->anchors.added ? nct_anchors_near(&r->anchors, rec->start_ns) : NULL;
	uint64_t wall_ns = anchor ? nct_anchor_wall_ns(anchor, rec->start_ns) : NCT_NONE;

	if (r->error || !nct_filter_ended(&r->options->filter, rec, wall_ns))
		return;
	r->error = r->options->format == NCT_FORMAT_JSON ? print_json(r, rec, anchor)
							 : print_text(r, rec, anchor);
}

static int on_session(void *ctx, const struct nct_session *s)
{
	static const struct nct_reducer_ops ops = { .end = on_end };
	struct nct_import_report *r = ctx;

	r->session = s;
	r->sessions++;
	r->named = false;
	r->anchors = (struct nct_anchors) { 0 };
	r->reducer = nct_reducer_new(s->dialect, &ops, r);
	if (!r->reducer)
		r->error = -ENOMEM;
	return r->error;
}

static int on_event(void *ctx, const struct nct_event *ev)
{
	struct nct_import_report *r = ctx;
	int rc = nct_reducer_push(r->reducer, ev);

	return r->error ? r->error : rc;
}

static int on_anchor(void *ctx, const struct nct_anchor *a)
{
	struct nct_import_report *r = ctx;

	nct_anchors_add(&r->anchors, a);
	return 0;
}

static int on_session_end(void *ctx, const struct nct_session *s, uint64_t end_ns)
{
	struct nct_import_report *r = ctx;

	(void)s;
	nct_reducer_finish(r->reducer, end_ns);
	nct_reducer_free(r->reducer);
	r->reducer = NULL;
	return r->error;
}

const struct nct_replay_ops nct_import_report_ops = {
	.session = on_session,
	.event = on_event,
	.anchor = on_anchor,
	.session_end = on_session_end,
};

struct nct_import_report *nct_import_report_new(FILE *out, const struct nct_options *options)
{
	struct nct_import_report *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->out = out;
	r->options = options;
	nct_style_detect(&r->style, out, options->color);
	return r;
}

int nct_import_report_error(const struct nct_import_report *r)
{
	return r->error;
}

void nct_import_report_free(struct nct_import_report *r)
{
	if (!r)
		return;
	nct_reducer_free(r->reducer);
	free(r);
}
