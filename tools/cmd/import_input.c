// SPDX-License-Identifier: GPL-2.0
#include "import_input.h"

#include <stdio.h>
#include <string.h>

#include "cmd.h"

static const struct {
	const char *bytes;
	size_t n;
	const char *what;
	const char *command; /* that prints it */
} not_text[] = {
	{ "\x1f\x8b", 2, "compressed", "zcat" },
	{ "\xfd"
	  "7zXZ",
	  5, "compressed", "xzcat" },
	{ "\x28\xb5\x2f\xfd", 4, "compressed", "zstdcat" },
	{ "BZh", 3, "compressed", "bzcat" },
	{ "LPKSHHRH", 8, "a file of the journal", "journalctl -k -o json --file" },
	{ "\x17\x08\x44tracing", 10, "a file of trace-cmd's", "trace-cmd report" },
};

int nct_import_text(struct nct_lines *lines, const char *name, enum nct_from from,
		    struct nct_error *err)
{
	for (size_t i = 0; i < sizeof(not_text) / sizeof(not_text[0]); i++)
		if (nct_lines_begin_with(lines, not_text[i].bytes, not_text[i].n))
			return nct_fail(err, NCT_EXIT_USAGE,
					"%s is %s: %s %s | " NCT_PROGRAM " import --from %s -",
					name, not_text[i].what, not_text[i].command,
					strcmp(name, "-") ? name : "FILE",
					from == NCT_FROM_DMESG ? "dmesg" : "ftrace");
	return 0;
}

static void tell_missing(const char *name, const struct nct_import_stats *s)
{
	if (s->lossy)
		fprintf(stderr,
			NCT_PROGRAM
			": %s: something is missing in %llu places (%llu lines or "
			"events, as far as it says): recoveries there are marked lossy\n",
			name, (unsigned long long)s->lossy, (unsigned long long)s->missing);
	if (s->suppressed)
		fprintf(stderr, NCT_PROGRAM ": %s: %llu lines that do not matter were suppressed\n",
			name, (unsigned long long)s->suppressed);
}

static void tell_some(const char *name, uint64_t n, const char *what)
{
	if (n)
		fprintf(stderr, NCT_PROGRAM ": %s: %llu %s\n", name, (unsigned long long)n, what);
}

static void tell_left_out(const char *name, const struct nct_import_stats *s)
{
	tell_some(name, s->removals,
		  "controllers were deleted; a log does not tell how long that took");
	tell_some(
		name, s->unreadable,
		"events of probes were not understood: see what their arguments have to be called");
	tell_some(name, s->undated, "lines of nvme have no time stamp and were left out");
	tell_some(name, s->anonymous,
		  "lines of nvme do not tell whether the kernel said them, and were left out: "
		  "the field _TRANSPORT is missing");
}

void nct_import_summary(const char *name, const struct nct_import_stats *s)
{
	fprintf(stderr,
		NCT_PROGRAM
		": %s: %llu lines, %llu of them about recoveries; %llu %s, %llu events\n",
		name, (unsigned long long)s->lines, (unsigned long long)s->understood,
		(unsigned long long)s->sessions, s->sessions == 1 ? "session" : "sessions",
		(unsigned long long)s->events);
	tell_missing(name, s);
	tell_left_out(name, s);
	if (s->cut)
		fprintf(stderr, NCT_PROGRAM ": %s: a line is cut off\n", name);
}

int nct_import_judge(const char *name, const struct nct_import_stats *s, enum nct_from from,
		     struct nct_error *err)
{
	if (!s->dated && s->anonymous)
		return nct_fail(
			err, NCT_EXIT_USAGE,
			"%s does not tell which lines are the kernel's: the field _TRANSPORT "
			"is missing; let journalctl's --output-fields have it",
			name);
	if (!s->dated && from == NCT_FROM_DMESG)
		return nct_fail(err, NCT_EXIT_USAGE,
				"%s has no line with a time stamp: is it a kernel log? Take dmesg "
				"without --notime, or journalctl -o short, short-precise, "
				"short-full, short-iso, short-iso-precise, short-monotonic, "
				"short-unix or json",
				name);
	if (!s->dated)
		return nct_fail(err, NCT_EXIT_USAGE,
				"%s has no event of a trace: give what trace_pipe, trace, or "
				"trace-cmd report print",
				name);
	/* Two boots in a short log go back, too. */
	if (from == NCT_FROM_DMESG && s->backward > 2 && s->backward > s->forward)
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
