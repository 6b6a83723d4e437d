// SPDX-License-Identifier: GPL-2.0
/* live: recoveries as they happen. */
#include "cmd.h"
#include "watch.h"

static const struct nct_usage usage = {
	.command = "live",
	.description = "Show recoveries of NVMe controllers as they happen: each phase when it\n"
		       "begins, and an account of the whole when it is over. Recoveries go to\n"
		       "standard output, the rest to standard error. Ends with Ctrl-C, or after\n"
		       "--duration.\n",
	.examples = "  " NCT_PROGRAM " live\n"
		    "        watch all controllers until Ctrl-C\n"
		    "  " NCT_PROGRAM " live --controller nvme1,nvme2 --min-duration 500ms\n"
		    "        two paths only, and only outages of at least half a second\n"
		    "  " NCT_PROGRAM " live --subsystem 'nqn.2014-08.org.example:*' --duration 1h\n"
		    "        all paths to the subsystems of one array, for an hour\n"
		    "  " NCT_PROGRAM " live --format json --output recoveries.json\n"
		    "        one JSON object for each recovery, as it ends\n"
		    "  " NCT_PROGRAM " live --format json | jq '.controller, .time_to_live_ns'\n"
		    "        how long each path was away, in nanoseconds\n",
	.options = NCT_OPT_CONTROLLER | NCT_OPT_SUBSYSTEM | NCT_OPT_MIN_DURATION |
		   NCT_OPT_DURATION | NCT_OPT_FORMAT | NCT_OPT_OUTPUT | NCT_OPT_COLOR |
		   NCT_OPT_ATTACH | NCT_OPT_IO | NCT_OPT_RING,
};

int nct_cmd_live(int argc, char **argv)
{
	struct nct_watch *w = nct_watch_new();
	struct nct_watch_opts opts = { .show = true };
	struct nct_error err = { NCT_EXIT_SYSTEM, "out of memory" };
	int code = NCT_EXIT_OK;

	if (!w || nct_options_parse(&w->options, &usage, argc, argv, &err)) {
		code = nct_options_complain(&usage, &err);
	} else if (w->options.help) {
		nct_options_help(&usage);
	} else {
		opts.output = w->options.output;
		if (nct_watch_run(w, &opts, &err))
			code = nct_options_complain(&usage, &err);
	}
	nct_watch_free(w);
	return code;
}
