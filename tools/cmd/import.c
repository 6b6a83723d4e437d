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
		"the other commands read. What the source does not tell stays unknown. Each INPUT\n"
		"is one of its own; - is standard input.\n"
		"\n"
		"--from dmesg takes what dmesg prints, with time stamps of any kind, journalctl\n"
		"(all short formats, json) and syslog files, also of several hosts in one.\n"
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
	struct nct_recorder *recorder; /* NULL: the report is printed */
	struct nct_import_report *report;
	uint64_t end_ns; /* of the last session */
};

/* ---- into a recording -------------------------------------------------------------------- */

static int record_session(void *ctx, const struct nct_session *s)
{
	struct import *i = ctx;

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
	const struct nct_replay_ops *ops = i->recorder ? &record : &nct_import_report_ops;
	void *ctx = i->recorder ? (void *)i : (void *)i->report;
	struct nct_session model = { .resolution_ns = 1 };

	snprintf(model.tool, sizeof(model.tool), NCT_PROGRAM " " VERSION);
	snprintf(model.input, sizeof(model.input), "%s",
		 strcmp(name, "-") ? name : "standard input");
	if (i->options.from == NCT_FROM_FTRACE)
		return nct_ftrace_import(lines, &model, ops, ctx, stats);
	return nct_dmesg_import(lines, &model, ops, ctx, stats);
}

static void tell_summary(const char *name, const struct nct_import_stats *s)
{
	fprintf(stderr,
		NCT_PROGRAM
		": %s: %llu lines, %llu of them about recoveries; %llu %s, %llu events\n",
		name, (unsigned long long)s->lines, (unsigned long long)s->understood,
		(unsigned long long)s->sessions, s->sessions == 1 ? "session" : "sessions",
		(unsigned long long)s->events);
	if (s->lossy)
		fprintf(stderr,
			NCT_PROGRAM
			": %s: something is missing in %llu places (%llu lines or "
			"events, as far as it says): recoveries there are marked lossy\n",
			name, (unsigned long long)s->lossy, (unsigned long long)s->missing);
	if (s->suppressed)
		fprintf(stderr, NCT_PROGRAM ": %s: %llu lines that do not matter were suppressed\n",
			name, (unsigned long long)s->suppressed);
	if (s->removals)
		fprintf(stderr,
			NCT_PROGRAM ": %s: %llu controllers were deleted; a log does not tell how "
				    "long that took\n",
			name, (unsigned long long)s->removals);
	if (s->unreadable)
		fprintf(stderr,
			NCT_PROGRAM
			": %s: %llu events of probes were not understood: see what their "
			"arguments have to be called\n",
			name, (unsigned long long)s->unreadable);
	if (s->undated)
		fprintf(stderr,
			NCT_PROGRAM
			": %s: %llu lines of nvme have no time stamp and were left out\n",
			name, (unsigned long long)s->undated);
	if (s->cut)
		fprintf(stderr, NCT_PROGRAM ": %s: a line is cut off\n", name);
}

/* What the user has to know before trusting it. */
static int judge(const char *name, const struct nct_import_stats *s, enum nct_from from,
		 struct nct_error *err)
{
	if (!s->dated && from == NCT_FROM_DMESG)
		return nct_fail(err, NCT_EXIT_USAGE,
				"%s has no line with a time stamp: is it a kernel log? Take dmesg "
				"without --notime, or journalctl with any output but cat",
				name);
	if (!s->dated)
		return nct_fail(err, NCT_EXIT_USAGE,
				"%s has no event of a trace: give what trace_pipe, trace, or "
				"trace-cmd report print",
				name);
	/* Two boots in a short log go back, too. */
	if (s->backward > 2 && s->backward > s->forward)
		return nct_fail(
			err, NCT_EXIT_UNTRUSTED,
			"%s runs backwards, and makes no sense so: leave out journalctl's -r, "
			"or pipe it through tac",
			name);
	if (s->unnamed_states)
		return nct_fail(err, NCT_EXIT_UNTRUSTED,
				"%s tells states as numbers, which differ between kernels: put a "
				"line \"state NUMBER NAME\" for each in front, with the values of "
				"enum nvme_ctrl_state (bpftool btf dump file "
				"/sys/kernel/btf/nvme_core)",
				name);
	return 0;
}

static int import_fd(struct import *i, int fd, const char *name, struct nct_error *err)
{
	struct nct_import_stats stats = { 0 };
	struct nct_lines lines;
	int rc = nct_lines_open(&lines, fd);

	if (!rc)
		rc = read_lines(i, &lines, name, &stats);
	nct_lines_close(&lines);
	if (!rc && i->report)
		rc = nct_import_report_error(i->report);
	if (rc && i->report && nct_import_report_error(i->report))
		return nct_fail(err, NCT_EXIT_SYSTEM, "cannot write to standard output: %s",
				strerror(-rc));
	if (rc)
		return nct_fail(err, rc == -EISDIR ? NCT_EXIT_USAGE : NCT_EXIT_SYSTEM,
				"cannot read %s: %s", name, strerror(rc < 0 ? -rc : EIO));
	tell_summary(name, &stats);
	return judge(name, &stats, i->options.from, err);
}

static int open_sink(struct import *i, struct nct_error *err)
{
	struct nct_recorder_opts opts = { .path = i->options.output, .wait = true };

	if (i->recorder || i->report)
		return 0;
	if (opts.path)
		return nct_recorder_open(&i->recorder, &opts, err);
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

/* All inputs are read; the first error is the one that is returned. */
static int run(struct import *i, struct nct_error *err)
{
	struct nct_error other;
	int rc = 0;

	if (i->options.from == NCT_FROM_NOTHING)
		return nct_fail(err, NCT_EXIT_USAGE,
				"--from is missing: say --from dmesg or --from ftrace");
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
