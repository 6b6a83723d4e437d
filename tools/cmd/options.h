/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Options that have the same name, the same values and the same help in every
 * command that takes them.
 */
#ifndef NCT_CMD_OPTIONS_H
#define NCT_CMD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "../source/bpf.h"
#include "../stats/strata.h"
#include "../sys/duration.h"
#include "../sys/error.h"
#include "../view/style.h"
#include "filter.h"
#include "gate_options.h"

/* Which ones a command takes; --help always. */
enum nct_option {
	NCT_OPT_CONTROLLER = 1u << 0,
	NCT_OPT_SUBSYSTEM = 1u << 1,
	NCT_OPT_MIN_DURATION = 1u << 2,
	NCT_OPT_DURATION = 1u << 3,
	NCT_OPT_FORMAT = 1u << 4,
	NCT_OPT_OUTPUT = 1u << 5,
	NCT_OPT_COLOR = 1u << 6,
	NCT_OPT_ATTACH = 1u << 7,
	NCT_OPT_RING = 1u << 8,
	NCT_OPT_SINCE = 1u << 9,
	NCT_OPT_UNTIL = 1u << 10,
	NCT_OPT_FENCE = 1u << 11,
	NCT_OPT_END = 1u << 12,
	NCT_OPT_ROTATE = 1u << 13,
	NCT_OPT_KEEP = 1u << 14,
	NCT_OPT_LIVE = 1u << 15,
	NCT_OPT_FROM = 1u << 16,
	NCT_OPT_AUDIT = 1u << 17,      /* what audit alone takes */
	NCT_OPT_AUDIT_LIVE = 1u << 18, /* --live instead of files */
	NCT_OPT_GATE = 1u << 19,       /* all that gate alone takes */
	NCT_OPT_BY = 1u << 20,
	NCT_OPT_ASCII = 1u << 21,
	NCT_OPT_TO = 1u << 22,
	NCT_OPT_HTML = 1u << 24,
	NCT_OPT_IO = 1u << 25,
	NCT_OPT_RECORDING = 1u << 26, /* --output as well, but a recording is appended to */
};

/* What every command that reads recordings selects recoveries by. */
#define NCT_OPT_FILTER                                                                             \
	(NCT_OPT_CONTROLLER | NCT_OPT_SUBSYSTEM | NCT_OPT_SINCE | NCT_OPT_UNTIL |                  \
	 NCT_OPT_MIN_DURATION | NCT_OPT_FENCE | NCT_OPT_END)

enum nct_from {
	NCT_FROM_NOTHING = 0,
	NCT_FROM_DMESG = 1,
	NCT_FROM_FTRACE = 2,
};

enum nct_format {
	NCT_FORMAT_TEXT = 0,
	NCT_FORMAT_JSON = 1,
	NCT_FORMAT_JUNIT = 2,	 /* audit and gate */
	NCT_FORMAT_MARKDOWN = 3, /* gate only */
};

/* What `export` makes. */
enum nct_export {
	NCT_EXPORT_NONE = 0, /* not told */
	NCT_EXPORT_JSON = 1,
	NCT_EXPORT_CSV = 2,
	NCT_EXPORT_PERFETTO = 3,
};

/* What a command says about itself. */
struct nct_usage {
	const char *command;
	const char *description; /* lines, each with its newline */
	const char *examples;	 /* likewise */
	const char *files;	 /* "FILE...", "[FILE...]" if there may be none; NULL: takes none */
	unsigned int options;	 /* enum nct_option */
};

/* All zero: nothing was asked for. */
struct nct_options {
	struct nct_filter filter;
	uint64_t duration_ns; /* 0: no limit */
	enum nct_format format;
	const char *output; /* NULL: standard output; points into argv */
	const char *html;   /* likewise, "-" is standard output; NULL: no page */
	enum nct_color color;
	enum nct_attach attach;
	enum nct_io_mode io;
	size_t ring_bytes;		  /* 0: the source's default */
	uint64_t rotate_bytes, rotate_ns; /* 0: never */
	unsigned int keep;		  /* 0: all */
	bool live;
	enum nct_from from;
	unsigned int by; /* enum nct_by; 0: the default of the command */
	bool strict;
	unsigned int rules; /* 1 << enum nct_rule, those to judge by; 0: all */
	struct nct_gate_options gate;
	bool ascii;
	enum nct_export to;
	char **files; /* what is not an option; points into argv */
	size_t nfiles;
	bool help;
};

/*
 * Parses argv[1…], which is put in order: options first. What is not an option is an
 * error unless the command takes files.
 * Returns 0 (o is to be freed), or -1 and *err (NCT_EXIT_USAGE; o is empty).
 */
int nct_options_parse(struct nct_options *o, const struct nct_usage *usage, int argc, char **argv,
		      struct nct_error *err);
void nct_options_free(struct nct_options *o);

/* Prints the help of a command on standard output. */
void nct_options_help(const struct nct_usage *usage);

/* Prints err on standard error, with a hint at --help when it is about usage.
 * Returns the exit code. */
int nct_options_complain(const struct nct_usage *usage, const struct nct_error *err);

/*
 * A moment → CLOCK_REALTIME nanoseconds: "2026-11-22T06:10:48.5Z" or with "+01:00",
 * "2026-11-22 06:10:48" and shorter in local time, "06:10" of the day of now_ns,
 * "@1795327848" (Unix time), "90m" (that long before now_ns).
 * Returns 0; -EINVAL: none of these; -ERANGE: before 1970, or after 2262.
 */
int nct_parse_time(const char *text, uint64_t now_ns, uint64_t *realtime_ns);

#endif
