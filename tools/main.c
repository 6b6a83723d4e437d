// SPDX-License-Identifier: GPL-2.0
/* nvme-ccr-trace: what an NVMe-oF host does when a controller fails. */
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "sys/error.h"
#include "sys/output.h"

#ifndef VERSION
#define VERSION "dev"
#endif

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
	bool filter; /* made for pipes: ends in silence when nobody reads on, as cat does */
};

/* The first one is the default. */
static const struct command commands[] = {
	{ "live", nct_cmd_live, "show recoveries as they happen (the default)", false },
	{ "record", nct_cmd_record, "record what is observed, for the commands below", false },
	{ "report", nct_cmd_report, "show the recoveries of recordings, after a summary", true },
	{ "import", nct_cmd_import, "recoveries out of a kernel log, or of the text of a trace",
	  true },
	{ "doctor", nct_cmd_doctor, "say what can be observed on this kernel, and why not more",
	  false },
	{ "hist", nct_cmd_hist,
	  "show how long recoveries took: quantiles and bars, from recordings", true },
	{ "audit", nct_cmd_audit,
	  "judge whether recoveries were safe, and as short as they could be", true },
	{ "gate", nct_cmd_gate, "did a change make recovery slower, or less safe?", true },
	{ "export", nct_cmd_export, "write recorded recoveries as JSON, CSV or a Perfetto trace",
	  true },
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static int help(void)
{
	printf("Usage: " NCT_PROGRAM " [COMMAND] [OPTION]...\n"
	       "Show what the NVMe host does when a controller fails, and how long it takes.\n\n"
	       "Commands:\n");
	for (size_t i = 0; i < NCOMMANDS; i++)
		printf("  %-8s  %s\n", commands[i].name, commands[i].summary);
	printf("\nOptions:\n"
	       "  -h, --help     this text; COMMAND --help tells the options of a command\n"
	       "  -V, --version  the version\n\n"
	       "Exit codes: 0 ok, 1 audit found a violation, or gate a regression, 2 usage or bad "
	       "input,\n"
	       "3 the system cannot, 4 too little data to say, 5 damaged, lossy or incomparable "
	       "input:\n"
	       "the message says why.\n");
	return NCT_EXIT_OK;
}

static int version(void)
{
	printf(NCT_PROGRAM " " VERSION "\n");
	return NCT_EXIT_OK;
}

static int unknown(const char *name)
{
	fprintf(stderr, NCT_PROGRAM ": unknown command \"%s\"; the commands are:", name);
	for (size_t i = 0; i < NCOMMANDS; i++)
		fprintf(stderr, " %s", commands[i].name);
	fprintf(stderr, "\nTry '" NCT_PROGRAM " --help'.\n");
	return NCT_EXIT_USAGE;
}

static int run(const struct command *c, int argc, char **argv)
{
	if (c->filter)
		signal(SIGPIPE, SIG_DFL);
	return c->run(argc, argv);
}

static int dispatch(int argc, char **argv)
{
	const char *first = argc > 1 ? argv[1] : "";

	if (!strcmp(first, "--help") || !strcmp(first, "-h"))
		return help();
	if (!strcmp(first, "--version") || !strcmp(first, "-V"))
		return version();
	if (!*first || *first == '-')
		return argc > 1 && !*first ? unknown(first) : run(&commands[0], argc, argv);
	for (size_t i = 0; i < NCOMMANDS; i++)
		if (!strcmp(first, commands[i].name))
			return run(&commands[i], argc - 1, argv + 1);
	return unknown(first);
}

int main(int argc, char **argv)
{
	int code, rc;

	signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error, not a sudden death */
	setlocale(LC_CTYPE, "");
	rc = nct_output_reserve();
	if (rc) {
		fprintf(stderr, NCT_PROGRAM ": cannot open /dev/null: %s\n", strerror(-rc));
		return NCT_EXIT_SYSTEM;
	}
	code = dispatch(argc, argv);
	rc = nct_output_close_stdout();
	if (rc && code == NCT_EXIT_OK) {
		fprintf(stderr, NCT_PROGRAM ": cannot write to standard output: %s\n",
			strerror(-rc));
		code = NCT_EXIT_SYSTEM;
	}
	return code;
}
