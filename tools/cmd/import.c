// SPDX-License-Identifier: GPL-2.0
/* import: recoveries out of what was not meant for it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../source/dmesg.h"
#include "../source/ftrace.h"
#include "cmd.h"
#include "import_input.h"
#include "import_report.h"
#include "options.h"

#ifndef VERSION
#define VERSION "dev"
#endif

static const struct nct_usage usage = {
	.command = "import",
	.description =
		"Read a kernel log, or the text of a trace, and tell of the recoveries in it:\n"
		"to standard output, or with --output into a recording, which report, hist and\n"
		"the other commands read. Filters and --format select what is printed; a\n"
		"recording holds everything. What the source does not tell stays unknown. Each\n"
		"INPUT is one of its own; - is standard input.\n"
		"\n"
		"--from dmesg takes what dmesg prints, with time stamps of any kind, journalctl\n"
		"(-o short-..., json) and syslog files, also of several hosts in one.\n"
		"--from ftrace takes trace_pipe, the file trace, and trace-cmd report.\n",
	.examples = "  dmesg | " NCT_PROGRAM " import --from dmesg -\n"
		    "        the recoveries since boot, as far as the log still has them\n"
		    "  journalctl -k -b -1 -o json | " NCT_PROGRAM
		    " import --from dmesg -o night.nct -\n"
		    "        those of the last boot, into a recording\n"
		    "  " NCT_PROGRAM " import --from dmesg --format json /var/log/kern.log\n"
		    "        one JSON object for each recovery\n"
		    "  trace-cmd report | " NCT_PROGRAM " import --from ftrace -o run.nct -\n"
		    "        what a trace tells, which is more than a log does\n",
	.files = "INPUT...",
	.options =
		NCT_OPT_FROM | NCT_OPT_RECORDING | NCT_OPT_FILTER | NCT_OPT_FORMAT | NCT_OPT_COLOR,
};

struct import {
	struct nct_options options;
	struct nct_recorder *recorder; /* NULL: there was no session to record yet */
	struct nct_error recorder_err; /* … or it cannot be opened, which this tells */
	bool recorder_failed;
	struct nct_import_report *report; /* NULL: it goes into a recording */
	uint64_t end_ns;		  /* of the last session */
};

/* ---- into a recording -------------------------------------------------------------------- */

/* An input that has nothing to record leaves no recording behind. */
static int record_session(void *ctx, const struct nct_session *s)
{
	struct import *i = ctx;
	const struct nct_recorder_opts opts = { .path = i->options.output, .wait = true };

	if (!i->recorder && nct_recorder_open(&i->recorder, &opts, &i->recorder_err)) {
		i->recorder_failed = true;
		return -ECANCELED;
	}
	nct_recorder_session(i->recorder, s);
	i->end_ns = s->end_ns;
	return 0;
}

static int record_event(void *ctx, const struct nct_event *ev)
{
	struct import *i = ctx;

	nct_recorder_event(i->recorder, ev);
	return 0;
}

static int record_anchor(void *ctx, const struct nct_anchor *a)
{
	struct import *i = ctx;

	nct_recorder_anchor(i->recorder, a);
	return 0;
}

/* ---- inputs --------------------------------------------------------------------------------- */

static int open_input(const char *name, struct nct_error *err)
{
	int fd = strcmp(name, "-") ? open(name, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO);

	if (fd < 0)
		return nct_fail(err, NCT_EXIT_USAGE, "cannot read %s: %s", name, strerror(errno));
	return fd;
}

static int read_lines(struct import *i, struct nct_lines *lines, const char *name,
		      struct nct_import_stats *stats)
{
	static const struct nct_replay_ops record = {
		.session = record_session,
		.event = record_event,
		.anchor = record_anchor,
	};
	const struct nct_replay_ops *ops = i->report ? &nct_import_report_ops : &record;
	void *ctx = i->report ? (void *)i->report : (void *)i;
	struct nct_session model = { .resolution_ns = 1 };

	snprintf(model.tool, sizeof(model.tool), NCT_PROGRAM " " VERSION);
	snprintf(model.input, sizeof(model.input), "%s",
		 strcmp(name, "-") ? name : "standard input");
	if (i->options.from == NCT_FROM_FTRACE)
		return nct_ftrace_import(lines, &model, ops, ctx, stats);
	return nct_dmesg_import(lines, &model, ops, ctx, stats);
}

/* Why an input was not read to its end. */
static int explain(const struct import *i, int rc, const char *name, struct nct_error *err)
{
	if (i->recorder_failed) {
		*err = i->recorder_err;
		return -1;
	}
	if (i->report && nct_import_report_error(i->report))
		return nct_fail(err, NCT_EXIT_SYSTEM, "cannot write to standard output: %s",
				strerror(-rc));
	return nct_fail(err, rc == -EISDIR ? NCT_EXIT_USAGE : NCT_EXIT_SYSTEM, "cannot read %s: %s",
			name, strerror(rc < 0 ? -rc : EIO));
}

static int read_text(struct import *i, struct nct_lines *lines, const char *name,
		     struct nct_error *err)
{
	struct nct_import_stats stats = { 0 };
	int rc = nct_import_text(lines, name, i->options.from, err);

	if (rc)
		return rc;
	rc = read_lines(i, lines, name, &stats);
	if (!rc && i->report)
		rc = nct_import_report_error(i->report);
	if (rc)
		return explain(i, rc, name, err);
	nct_import_summary(name, &stats);
	return nct_import_judge(name, &stats, i->options.from, err);
}

static int import_fd(struct import *i, int fd, const char *name, struct nct_error *err)
{
	struct nct_lines lines;
	int rc = nct_lines_open(&lines, fd);

	rc = rc ? explain(i, rc, name, err) : read_text(i, &lines, name, err);
	nct_lines_close(&lines);
	return rc;
}

static int open_sink(struct import *i, struct nct_error *err)
{
	if (i->recorder || i->report)
		return 0;
	if (i->options.output)
		return nct_recording_appendable(i->options.output, err);
	i->report = nct_import_report_new(stdout, &i->options);
	return i->report ? 0 : nct_fail(err, NCT_EXIT_SYSTEM, "out of memory");
}

static int one_input(struct import *i, const char *name, struct nct_error *err)
{
	int fd = open_input(name, err), rc;

	if (fd < 0)
		return -1;
	rc = open_sink(i, err);
	if (!rc)
		rc = import_fd(i, fd, name, err);
	close(fd);
	return rc;
}

static bool selects(const struct nct_filter *f)
{
	return f->ncontrollers || f->nsubsystems || f->min_duration_ns || f->since_ns ||
	       f->until_ns || f->fences || f->ends;
}

/* A recording holds all there was. */
static int check_options(const struct nct_options *o, struct nct_error *err)
{
	if (o->from == NCT_FROM_NOTHING)
		return nct_fail(err, NCT_EXIT_USAGE,
				"--from is missing: say --from dmesg or --from ftrace");
	if (o->output && (selects(&o->filter) || o->format != NCT_FORMAT_TEXT))
		return nct_fail(err, NCT_EXIT_USAGE,
				"filters and --format select what is printed, and --output records "
				"everything: give them to report instead");
	return 0;
}

/* All inputs are read; the first error is the one that is returned. */
static int run(struct import *i, struct nct_error *err)
{
	struct nct_error other;
	int rc = check_options(&i->options, err);

	if (rc)
		return rc;
	for (size_t n = 0; n < i->options.nfiles; n++) {
		int bad = one_input(i, i->options.files[n], rc ? &other : err);

		if (bad && rc)
			fprintf(stderr, NCT_PROGRAM " import: %s\n", other.text);
		rc = rc ? rc : bad;
	}
	if (nct_recorder_close(i->recorder, i->end_ns, rc ? &other : err) && !rc)
		rc = -1;
	nct_import_report_free(i->report);
	return rc;
}

int nct_cmd_import(int argc, char **argv)
{
	struct import i = { .end_ns = NCT_NONE };
	struct nct_error err;
	int code = NCT_EXIT_OK;

	if (nct_options_parse(&i.options, &usage, argc, argv, &err))
		return nct_options_complain(&usage, &err);
	if (i.options.help)
		nct_options_help(&usage);
	else if (run(&i, &err))
		code = nct_options_complain(&usage, &err);
	nct_options_free(&i.options);
	return code;
}
