// SPDX-License-Identifier: GPL-2.0
/* record: what is observed, into a file. */
#include <stdio.h>

#include "cmd.h"
#include "watch.h"

static const struct nct_usage usage = {
	.command = "record",
	.description =
		"Record what happens to NVMe controllers in a file, until Ctrl-C, SIGTERM, or\n"
		"--duration. A recording that exists is continued. If the disk cannot keep up, or\n"
		"refuses, observation goes on, what was lost is told, and recording resumes.\n",
	.examples = "  " NCT_PROGRAM " record -o night.nct\n"
		    "  " NCT_PROGRAM " record -o /var/log/nvme.nct --rotate 100M --keep 9\n"
		    "        about a gigabyte at most: nvme.nct, nvme.nct.1, ... nvme.nct.9\n"
		    "  " NCT_PROGRAM " record -o night.nct --live\n"
		    "        and show recoveries as they happen\n"
		    "  " NCT_PROGRAM " report night.nct\n"
		    "        what there is in it, also while it is being recorded\n",
	.options = NCT_OPT_RECORDING | NCT_OPT_ROTATE | NCT_OPT_KEEP | NCT_OPT_LIVE |
		   NCT_OPT_DURATION | NCT_OPT_FORMAT | NCT_OPT_COLOR | NCT_OPT_ATTACH | NCT_OPT_IO |
		   NCT_OPT_RING,
};

static void say(void *ctx, const char *text)
{
	(void)ctx;
	fprintf(stderr, NCT_PROGRAM ": %s\n", text);
}

static int run(struct nct_watch *w, struct nct_error *err)
{
	const struct nct_options *o = &w->options;
	const struct nct_watch_opts opts = {
		.show = o->live,
		.recording = {
			.path = o->output,
			.rotate_bytes = o->rotate_bytes,
			.rotate_ns = o->rotate_ns,
			.keep = o->keep,
			.say = say,
		},
	};

	if (!o->output)
		return nct_fail(err, NCT_EXIT_USAGE, "where to is missing: give -o FILE");
	if (o->keep && !o->rotate_bytes && !o->rotate_ns)
		return nct_fail(err, NCT_EXIT_USAGE, "--keep means nothing without --rotate");
	return nct_watch_run(w, &opts, err);
}

int nct_cmd_record(int argc, char **argv)
{
	struct nct_watch *w = nct_watch_new();
	struct nct_error err = { NCT_EXIT_SYSTEM, "out of memory" };
	int code = NCT_EXIT_OK;

	if (!w || nct_options_parse(&w->options, &usage, argc, argv, &err))
		code = nct_options_complain(&usage, &err);
	else if (w->options.help)
		nct_options_help(&usage);
	else if (run(w, &err))
		code = nct_options_complain(&usage, &err);
	nct_watch_free(w);
	return code;
}
