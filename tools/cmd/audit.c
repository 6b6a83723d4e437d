// SPDX-License-Identifier: GPL-2.0
/* audit: whether recoveries were safe, and as short as they could be. */
#include <stdlib.h>

#include "../view/audit.h"
#include "cmd.h"
#include "inputs.h"
#include "replay.h"
#include "sink.h"
#include "watch.h"

static const struct nct_usage usage = {
	.command = "audit",
	.description =
		"Judge recoveries by rules: were requests retried before that was safe, was a "
		"hold\n"
		"too short or too long, where could time be saved? Of recordings, or with --live "
		"of\n"
		"this host as recoveries end. Each rule is explained in docs/audit.md. Exits with "
		"1\n"
		"if a rule is violated, with 5 if it cannot be trusted, for events were lost, "
		"with\n"
		"4 if --strict is given and not all could be told.\n",
	.examples = "  " NCT_PROGRAM " audit night.nct\n"
		    "        what was unsafe, with the moments that show it\n"
		    "  " NCT_PROGRAM " audit --format junit --output audit.xml *.nct\n"
		    "        for a CI system\n"
		    "  " NCT_PROGRAM " audit --live --duration 1h\n"
		    "        this host, for an hour\n"
		    "  " NCT_PROGRAM " audit --rule violation night.nct\n"
		    "        only what was unsafe\n"
		    "  " NCT_PROGRAM " audit --format json night.nct | jq 'select(.rule == "
		    "\"early-retry\")'\n",
	.files = "[FILE...]",
	.options = NCT_OPT_FILTER | NCT_OPT_AUDIT_LIVE | NCT_OPT_DURATION | NCT_OPT_AUDIT |
		   NCT_OPT_OUTPUT | NCT_OPT_COLOR | NCT_OPT_ATTACH | NCT_OPT_IO | NCT_OPT_RING,
};

struct audit {
	enum nct_format format;
	enum nct_color color;
	struct nct_verdicts verdicts;
	unsigned int strict; /* 1 << rule */
	struct nct_junit junit;
	struct nct_finding findings[NCT_RULE_COUNT];
	struct nct_sink sink; /* of recordings; with --live it is the watch's */
	int write_error;      /* 0 or -errno */
};

static int print_text(const struct audit *a, FILE *out, const struct nct_audited *audited)
{
	struct nct_text t = { 0 };
	struct nct_style style;
	int rc;

	nct_style_detect(&style, out, a->color);
	if (audited)
		nct_audit_text(&t, &style, audited);
	else
		nct_audit_text_summary(&t, &style, &a->verdicts);
	rc = nct_text_write(&t, out);
	nct_text_free(&t);
	return rc;
}

/* One recovery has ended. Returns 0 or -errno. */
static int judge(struct audit *a, FILE *out, const struct nct_audited *audited)
{
	nct_verdicts_add(&a->verdicts, audited->rec, a->findings);
	switch (a->format) {
	case NCT_FORMAT_JSON:
		return nct_audit_json(out, audited);
	case NCT_FORMAT_JUNIT:
		nct_junit_add(&a->junit, audited);
		return 0;
	default:
		return print_text(a, out, audited);
	}
}

static int sum_up(struct audit *a, FILE *out)
{
	switch (a->format) {
	case NCT_FORMAT_JSON:
		return nct_audit_json_summary(out, &a->verdicts);
	case NCT_FORMAT_JUNIT:
		nct_junit_trust(&a->junit, &a->verdicts);
		return nct_junit_write(&a->junit, out);
	default:
		return print_text(a, out, NULL);
	}
}

/* ---- recordings ------------------------------------------------------------------------ */

static void on_recovery(void *ctx, const struct nct_recovery *rec, const struct nct_origin *origin)
{
	struct audit *a = ctx;
	const struct nct_audited audited = {
		rec, a->findings, origin->session->host, origin->anchor, origin->file, a->strict
	};

	if (!a->write_error)
		a->write_error = judge(a, a->sink.file, &audited);
}

static void on_session_end(void *ctx, const struct nct_session *s,
			   const struct nct_reducer_stats *stats)
{
	struct audit *a = ctx;

	(void)s;
	a->verdicts.lost += stats->lost;
}

static int audit_files(struct audit *a, struct nct_options *options, struct nct_error *err)
{
	struct nct_replay_stats stats = { 0 };
	const struct nct_replay replay = {
		.filter = options->filter,
		.recovery = on_recovery,
		.session_end = on_session_end,
		.ctx = a,
		.command = "audit",
		.stats = &stats,
	};
	int rc;

	if (nct_inputs_settle(options, "audit", err) ||
	    nct_sink_open(&a->sink, options->output, err))
		return -1;
	a->write_error = nct_sink_cut(&a->sink);
	rc = nct_replay_files(options->files, options->nfiles, &replay, err);
	a->verdicts.damaged = rc != 0;
	if (!a->write_error)
		a->write_error = sum_up(a, a->sink.file);
	a->write_error = nct_sink_close(&a->sink, a->write_error);
	nct_replay_tell("audit", &stats);
	return a->write_error ? nct_sink_failed(&a->sink, a->write_error, err) : rc;
}

/* ---- this host ------------------------------------------------------------------------- */

static int on_ended(void *ctx, FILE *out, const struct nct_recovery *rec,
		    const struct nct_anchor *anchor, const char *host)
{
	struct audit *a = ctx;
	const struct nct_audited audited = { rec, a->findings, host, anchor, NULL, a->strict };

	return judge(a, out, &audited);
}

static int on_finish(void *ctx, FILE *out, uint64_t lost)
{
	struct audit *a = ctx;

	a->verdicts.lost = lost;
	return sum_up(a, out);
}

static int audit_live(struct audit *a, struct nct_watch *w, struct nct_error *err)
{
	const struct nct_watch_opts opts = {
		.show = true,
		.output = w->options.output,
		.view = { on_ended, on_finish, a },
	};

	return nct_watch_run(w, &opts, err);
}

static int check(const struct nct_options *o, struct nct_error *err)
{
	bool watches = o->duration_ns || o->ring_bytes || o->attach != NCT_ATTACH_AUTO ||
		       o->io != NCT_IO_WINDOW;

	if (o->live && o->nfiles)
		return nct_fail(err, NCT_EXIT_USAGE, "--live watches this host, it takes no FILE");
	if (o->live && (o->filter.has_since || o->filter.has_until))
		return nct_fail(err, NCT_EXIT_USAGE,
				"--live has no --since and no --until; --duration limits it");
	if (!o->live && !o->nfiles)
		return nct_fail(err, NCT_EXIT_USAGE, "a FILE is missing, or --live");
	if (!o->live && watches)
		return nct_fail(err, NCT_EXIT_USAGE,
				"--duration, --attach, --io and --ring are for --live");
	return 0;
}

static int run(struct audit *a, struct nct_watch *w, struct nct_error *err)
{
	if (check(&w->options, err))
		return -1;
	a->format = w->options.format;
	a->verdicts.rules = w->options.rules;
	a->verdicts.strict = w->options.strict;
	for (int rule = 0; rule < NCT_RULE_COUNT; rule++)
		if (nct_verdicts_strict(&a->verdicts, (enum nct_rule)rule))
			a->strict |= 1u << rule;
	a->color = w->options.color;
	return w->options.live ? audit_live(a, w, err) : audit_files(a, &w->options, err);
}

/* Damage does not take back what was found in what could be read, nor does it pass. */
static int verdict(const struct audit *a, int code)
{
	int found = nct_verdicts_exit(&a->verdicts);

	if (code == NCT_EXIT_UNTRUSTED && found == NCT_EXIT_NO)
		return found;
	return code == NCT_EXIT_OK ? found : code;
}

int nct_cmd_audit(int argc, char **argv)
{
	struct nct_watch *w = nct_watch_new();
	struct audit *a = calloc(1, sizeof(*a));
	struct nct_error err = { NCT_EXIT_SYSTEM, "out of memory" };
	int code = NCT_EXIT_OK;

	if (!w || !a || nct_options_parse(&w->options, &usage, argc, argv, &err)) {
		code = nct_options_complain(&usage, &err);
	} else if (w->options.help) {
		nct_options_help(&usage);
	} else {
		if (run(a, w, &err))
			code = nct_options_complain(&usage, &err);
		code = verdict(a, code);
	}
	if (a)
		nct_junit_free(&a->junit);
	free(a);
	nct_watch_free(w);
	return code;
}
