// SPDX-License-Identifier: GPL-2.0
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../recovery/audit.h"
#include "../sys/clock.h"
#include "cmd.h"

#define DURATION_HINT	"a number with ns, us, ms, s, m or h; a plain number is seconds"
#define CONTROLLER_HINT "a name such as nvme1, or its number, or a comma list of them"
#define TIME_HINT                                                                                  \
	"2026-11-22T06:10:48Z, \"2026-11-22 06:10\" or 06:10 (local), @UNIXTIME, or 90m (ago)"

/* Each returns 0, or -errno when the value is no good. */
typedef int (*parse_fn)(struct nct_options *o, const char *value);

struct option_spec {
	unsigned int bit; /* enum nct_option */
	const char *name;
	const char *metavar; /* NULL: it takes no value */
	parse_fn parse;
	const char *accepts; /* what a value may be */
	const char *help;    /* second and further lines begin with HELP_INDENT */
};

#define MAX_RING    (1ul << 30)
#define MAX_KEEP    100000
#define HELP_INDENT "\n                          "

static int parse_controller(struct nct_options *o, const char *value)
{
	return nct_filter_add_controllers(&o->filter, value);
}

static int parse_subsystem(struct nct_options *o, const char *value)
{
	return nct_filter_add_subsystem(&o->filter, value);
}

static int parse_min_duration(struct nct_options *o, const char *value)
{
	return nct_parse_duration(value, &o->filter.min_duration_ns);
}

static int parse_duration(struct nct_options *o, const char *value)
{
	int rc = nct_parse_duration(value, &o->duration_ns);

	return !rc && !o->duration_ns ? -EINVAL : rc; /* 0 would be taken for "no limit" */
}

/* The index of value in words, or -EINVAL. */
static int parse_word(const char *value, const char *const words[])
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(value, words[i]))
			return i;
	return -EINVAL;
}

static int take_format(struct nct_options *o, const char *value, const char *const words[])
{
	int n = parse_word(value, words);

	o->format = n < 0 ? NCT_FORMAT_TEXT : (enum nct_format)n;
	return n < 0 ? n : 0;
}

static int parse_format(struct nct_options *o, const char *value)
{
	static const char *const words[] = { "text", "json", NULL };

	return take_format(o, value, words);
}

static int parse_audit_format(struct nct_options *o, const char *value)
{
	static const char *const words[] = { "text", "json", "junit", NULL };

	return take_format(o, value, words);
}

static int parse_output(struct nct_options *o, const char *value)
{
	o->output = strcmp(value, "-") ? value : NULL;
	return *value ? 0 : -EINVAL;
}

static int parse_html(struct nct_options *o, const char *value)
{
	o->html = value;
	return *value ? 0 : -EINVAL;
}

static int parse_color(struct nct_options *o, const char *value)
{
	static const char *const words[] = { "auto", "always", "never", NULL };
	int n = parse_word(value, words);

	o->color = n < 0 ? NCT_COLOR_AUTO : (enum nct_color)n;
	return n < 0 ? n : 0;
}

static int parse_attach(struct nct_options *o, const char *value)
{
	static const char *const words[] = {
		[NCT_ATTACH_AUTO] = "auto",	    [NCT_ATTACH_TRACEPOINT] = "tracepoint",
		[NCT_ATTACH_FUNCTION] = "function", [NCT_ATTACH_FENTRY] = "fentry",
		[NCT_ATTACH_KPROBE] = "kprobe",	    NULL,
	};
	int n = parse_word(value, words);

	o->attach = n < 0 ? NCT_ATTACH_AUTO : (enum nct_attach)n;
	return n < 0 ? n : 0;
}

static int parse_io(struct nct_options *o, const char *value)
{
	static const char *const words[] = {
		[NCT_IO_OFF] = "off",
		[NCT_IO_COLD] = "cold",
		[NCT_IO_WINDOW] = "window",
		[NCT_IO_ALWAYS] = "always",
		NULL,
	};
	int n = parse_word(value, words);

	o->io = n < 0 ? NCT_IO_WINDOW : (enum nct_io_mode)n;
	return n < 0 ? n : 0;
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The kernel wants a power of two of whole pages; libbpf rounds up to it. */
static int parse_ring(struct nct_options *o, const char *value)
{
	char *unit;
	unsigned long n = strtoul(value, &unit, 10);
	unsigned int shift = *unit == 'K' ? 10 : *unit == 'M' ? 20 : 0;

	if (!digit(*value) || !n || (*unit && (!shift || unit[1])))
		return -EINVAL;
	if (n > MAX_RING >> shift)
		return -ERANGE;
	o->ring_bytes = n << shift;
	return 0;
}

static uint64_t realtime_ns(void)
{
	struct nct_anchor now;

	nct_anchor_now(&now);
	return now.realtime_ns;
}

static int parse_since(struct nct_options *o, const char *value)
{
	o->filter.has_since = true;
	return nct_parse_time(value, realtime_ns(), &o->filter.since_ns);
}

static int parse_until(struct nct_options *o, const char *value)
{
	o->filter.has_until = true;
	return nct_parse_time(value, realtime_ns(), &o->filter.until_ns);
}

static int parse_fence(struct nct_options *o, const char *value)
{
	return nct_filter_add_fences(&o->filter, value);
}

static int parse_end(struct nct_options *o, const char *value)
{
	return nct_filter_add_ends(&o->filter, value);
}

/* 64K, 10M, 2G: a size; anything else has to be a time. */
static int parse_rotate(struct nct_options *o, const char *value)
{
	char *unit;
	unsigned long long n = strtoull(value, &unit, 10);
	unsigned int shift = *unit == 'K' ? 10 : *unit == 'M' ? 20 : *unit == 'G' ? 30 : 0;
	int rc;

	if (!digit(*value))
		return -EINVAL;
	if (shift && !unit[1]) {
		if (n > (unsigned long long)INT64_MAX >> shift)
			return -ERANGE;
		o->rotate_bytes = n << shift;
		return n ? 0 : -EINVAL;
	}
	if (!*unit) /* bytes, or seconds? */
		return -EINVAL;
	rc = nct_parse_duration(value, &o->rotate_ns);
	return !rc && !o->rotate_ns ? -EINVAL : rc;
}

static int parse_keep(struct nct_options *o, const char *value)
{
	unsigned long n = 0;

	for (; digit(*value); value++) {
		n = n * 10 + (unsigned long)(*value - '0');
		if (n > MAX_KEEP)
			return -ERANGE;
	}
	o->keep = (unsigned int)n;
	return *value || !n ? -EINVAL : 0;
}

static int parse_live(struct nct_options *o, const char *value)
{
	(void)value;
	o->live = true;
	return 0;
}

static int parse_from(struct nct_options *o, const char *value)
{
	static const char *const words[] = { "dmesg", "ftrace", NULL };
	int n = parse_word(value, words);

	o->from = n < 0 ? NCT_FROM_NOTHING : (enum nct_from)(n + 1);
	return n < 0 ? n : 0;
}

/* A comma list, each word of which stands for some bits (0: for nothing). */
static int parse_bits(const char *value, unsigned int (*bits_of)(const char *word),
		      unsigned int *bits)
{
	char word[32];
	size_t len;

	for (*bits = 0;; value += len + 1) {
		unsigned int some;

		len = strcspn(value, ",");
		snprintf(word, sizeof(word), "%.*s", (int)len, value);
		some = len < sizeof(word) ? bits_of(word) : 0;
		if (!some)
			return -EINVAL;
		*bits |= some;
		if (!value[len])
			return 0;
	}
}

static unsigned int by_bits(const char *word)
{
	static const char *const words[] = { "fence", "transport", "controller", NULL };
	int n = parse_word(word, words);

	return n < 0 ? 0 : 1u << n;
}

static int parse_by(struct nct_options *o, const char *value)
{
	return parse_bits(value, by_bits, &o->by);
}

/* A rule, or all of a severity. */
static unsigned int rule_bits(const char *word)
{
	unsigned int bits = 0;

	for (int i = 0; i < NCT_RULE_COUNT; i++)
		if (!strcmp(word, nct_rules[i].id) ||
		    !strcmp(word, nct_severity_name(nct_rules[i].severity)))
			bits |= 1u << i;
	return bits;
}

static int parse_rule(struct nct_options *o, const char *value)
{
	return parse_bits(value, rule_bits, &o->rules);
}

static int parse_strict(struct nct_options *o, const char *value)
{
	(void)value;
	o->strict = true;
	return 0;
}

static int parse_ascii(struct nct_options *o, const char *value)
{
	(void)value;
	o->ascii = true;
	return 0;
}

static int parse_to(struct nct_options *o, const char *value)
{
	static const char *const words[] = { "json", "csv", "perfetto", NULL };
	int n = parse_word(value, words);

	o->to = n < 0 ? NCT_EXPORT_NONE : (enum nct_export)(NCT_EXPORT_JSON + n);
	return n < 0 ? n : 0;
}

static const struct option_spec specs[] = {
	{ NCT_OPT_FROM, "from", "WHAT", parse_from, "dmesg or ftrace",
	  "dmesg: a kernel log, however it was kept; ftrace:" HELP_INDENT "the text of a trace" },
	{ NCT_OPT_CONTROLLER, "controller", "NAME", parse_controller, CONTROLLER_HINT,
	  "only this controller, nvme1 or 1; may be given" HELP_INDENT
	  "several times, or as a comma list" },
	{ NCT_OPT_SUBSYSTEM, "subsystem", "NQN", parse_subsystem, "an NQN or a shell pattern",
	  "only controllers of this subsystem; a shell" HELP_INDENT
	  "pattern will do, and several may be given" },
	{ NCT_OPT_SINCE, "since", "TIME", parse_since, TIME_HINT,
	  "only what was still going on at this time, or later" },
	{ NCT_OPT_UNTIL, "until", "TIME", parse_until, TIME_HINT, "only what began before" },
	{ NCT_OPT_MIN_DURATION, "min-duration", "DUR", parse_min_duration, DURATION_HINT,
	  "only what lasts at least this long" },
	{ NCT_OPT_FENCE, "fence", "OUTCOME", parse_fence,
	  "ccr, ccr-immediate, hold, unfenced, unknown, or a comma list of them",
	  "only recoveries that were made safe so: ccr," HELP_INDENT
	  "ccr-immediate, hold, unfenced, unknown; a comma" HELP_INDENT "list will do" },
	{ NCT_OPT_END, "end", "END", parse_end,
	  "live, removed, incomplete, or a comma list of them",
	  "only what ended so: live, removed, incomplete; a" HELP_INDENT "comma list will do" },
	{ NCT_OPT_DURATION, "duration", "DUR", parse_duration, "more than 0: " DURATION_HINT,
	  "stop after this time" },
	{ NCT_OPT_TO, "to", "FORMAT", parse_to, "json, csv or perfetto",
	  "json: one object per line; csv: one row for each" HELP_INDENT
	  "recovery; perfetto: a trace for ui.perfetto.dev" },
	{ NCT_OPT_BY, "by", "WHAT", parse_by,
	  "fence, transport, controller, or a comma list of them",
	  "what to keep apart: fence (how the retry was made" HELP_INDENT
	  "safe), transport, controller, or a comma list" },
	{ NCT_OPT_GATE, "against", "FILE", nct_gate_parse_against, "the name of a file",
	  "the candidate; files that follow are its, too" },
	{ NCT_OPT_GATE, "budget", "LIMIT", nct_gate_parse_budget, "such as 'hold.max<=15s'",
	  "what the candidate has to keep: 'hold.max<=15s'," HELP_INDENT
	  "'fence.unfenced==0', 'audit.violations==0'; may" HELP_INDENT "be given several times" },
	{ NCT_OPT_GATE, "budgets", "FILE", nct_gate_parse_budgets,
	  "a file with a budget in each line", "the same from a file, one in each line" },
	{ NCT_OPT_GATE, "alpha", "P", nct_gate_parse_alpha, "a probability up to 0.5",
	  "how probable a false alarm may be (default 0.05)" },
	{ NCT_OPT_GATE, "paranoid", NULL, nct_gate_parse_paranoid, "no value", "--alpha 0.01" },
	{ NCT_OPT_GATE, "min-effect", "LEAST", nct_gate_parse_min_effect,
	  "a part such as 5%, a time, or both: 5%,1ms",
	  "what matters at all: a part of the baseline's" HELP_INDENT
	  "median (default 5%), a time, or both: 5%,1ms" },
	{ NCT_OPT_GATE, "detect", "PART", nct_gate_parse_detect, "a part such as 50%",
	  "the slow-down that must not go unseen (default" HELP_INDENT
	  "50% of the baseline's median); else the verdict" HELP_INDENT "is inconclusive" },
	{ NCT_OPT_GATE, "power", "P", nct_gate_parse_power, "a probability from 0.5 to 0.999",
	  "with which probability (default 0.8)" },
	{ NCT_OPT_GATE, "allow-diff", "NAME", nct_gate_parse_allow, "the name of a difference",
	  "compare though both sides differ in it, or are" HELP_INDENT
	  "`lossy` or `truncated`; may be given several times" },
	{ NCT_OPT_GATE, "save-baseline", "FILE", nct_gate_parse_save, "the name of a file",
	  "write the baseline's samples there (replacing it):" HELP_INDENT
	  "a file to keep beside the code, and to compare with" },
	{ NCT_OPT_GATE, "format", "FORMAT", nct_gate_parse_format, "text, markdown, json or junit",
	  "text (default), markdown, json: one object, or" HELP_INDENT
	  "junit: XML for CI systems" },
	{ NCT_OPT_FORMAT, "format", "FORMAT", parse_format, "text or json",
	  "text (default), or json: one object per line" },
	{ NCT_OPT_AUDIT, "rule", "RULE", parse_rule,
	  "a rule, violation, warning, info, or a comma list of them",
	  "judge by these rules only: early-retry, ... (see" HELP_INDENT
	  "docs/audit.md), or all of a severity: violation," HELP_INDENT
	  "warning, info; a comma list will do" },
	{ NCT_OPT_AUDIT, "strict", NULL, parse_strict, "no value",
	  "list what a violation, or a rule of --rule, cannot" HELP_INDENT
	  "tell, and exit with 4 if there is any" },
	{ NCT_OPT_AUDIT, "format", "FORMAT", parse_audit_format, "text, json or junit",
	  "text (default), json: one object per line, or" HELP_INDENT "junit: XML for CI systems" },
	{ NCT_OPT_OUTPUT, "output", "FILE", parse_output, "the name of a file",
	  "write there (replacing it) instead of standard" HELP_INDENT "output" },
	{ NCT_OPT_RECORDING, "output", "FILE", parse_output, "the name of a file",
	  "the recording; one that exists is continued" },
	{ NCT_OPT_HTML, "html", "FILE", parse_html, "the name of a file",
	  "write a page for browsers there (replacing it), and" HELP_INDENT "nothing else" },
	{ NCT_OPT_ROTATE, "rotate", "LIMIT", parse_rotate,
	  "a size with K, M or G, or a time with s, m or h",
	  "begin a new file when this size (100M) or age (24h)" HELP_INDENT
	  "is reached; FILE becomes FILE.1, and so on" },
	{ NCT_OPT_KEEP, "keep", "N", parse_keep, "a number from 1 to 100000",
	  "keep this many rotated files (default: all)" },
	{ NCT_OPT_LIVE, "live", NULL, parse_live, "no value",
	  "show recoveries as well, as `live` does" },
	{ NCT_OPT_AUDIT_LIVE, "live", NULL, parse_live, "no value",
	  "judge what happens on this host, as it ends" },
	{ NCT_OPT_ASCII, "ascii", NULL, parse_ascii, "no value", "bars of # whatever the locale" },
	{ NCT_OPT_COLOR, "color", "WHEN", parse_color, "auto, always or never",
	  "auto (default: on a terminal, unless NO_COLOR is" HELP_INDENT "set), always or never" },
	{ NCT_OPT_ATTACH, "attach", "HOW", parse_attach,
	  "auto, tracepoint, function, fentry or kprobe",
	  "for experts: auto (default: our tracepoints, fentry" HELP_INDENT
	  "where the kernel has none, kprobe where that is" HELP_INDENT
	  "refused), tracepoint, function (fentry or kprobe)," HELP_INDENT "fentry or kprobe" },
	{ NCT_OPT_IO, "io", "MODE", parse_io, "cold, window, always or off",
	  "what is watched of requests: cold (what needs no" HELP_INDENT
	  "hook on the I/O path), window (default: those as" HELP_INDENT
	  "well, while a recovery is open), always, or off" },
	{ NCT_OPT_RING, "ring", "SIZE", parse_ring, "bytes, or with K or M, up to 1024M",
	  "for experts: the buffer between kernel and tool" HELP_INDENT
	  "(default 2M); larger when events were lost" },
};

#define NSPECS	 (sizeof(specs) / sizeof(specs[0]))
#define VAL_SPEC 256 /* getopt's val of specs[i] is VAL_SPEC + i */

/* Fills the table for getopt_long with what the command takes. */
static void long_options(struct option *out, unsigned int accepted)
{
	*out++ = (struct option) { "help", no_argument, NULL, 'h' };
	for (size_t i = 0; i < NSPECS; i++)
		if (accepted & specs[i].bit)
			*out++ = (struct option) { specs[i].name,
						   specs[i].metavar ? required_argument
								    : no_argument,
						   NULL, VAL_SPEC + (int)i };
	*out = (struct option) { 0 };
}

static int bad_value(const struct option_spec *spec, int rc, struct nct_error *err)
{
	if (rc == -ENOMEM)
		return nct_fail(err, NCT_EXIT_SYSTEM, "out of memory");
	if (rc == -ERANGE)
		return nct_fail(err, NCT_EXIT_USAGE, "--%s \"%s\": too large", spec->name, optarg);
	return nct_fail(err, NCT_EXIT_USAGE, "--%s \"%s\": not accepted; give %s", spec->name,
			optarg, spec->accepts);
}

/* getopt_long found something it cannot take; it tells what in optopt. */
static int bad_option(int c, char **argv, struct nct_error *err)
{
	if (c == ':' && optopt == 'o')
		return nct_fail(err, NCT_EXIT_USAGE, "-o needs a value: the name of a file");
	if (c == ':')
		return nct_fail(err, NCT_EXIT_USAGE, "--%s needs a value: %s",
				specs[optopt - VAL_SPEC].name, specs[optopt - VAL_SPEC].accepts);
	if (optopt == 'h' || optopt >= VAL_SPEC)
		return nct_fail(err, NCT_EXIT_USAGE, "--%s takes no value",
				optopt == 'h' ? "help" : specs[optopt - VAL_SPEC].name);
	if (optopt)
		return nct_fail(err, NCT_EXIT_USAGE, "unknown option -%c", optopt);
	return nct_fail(err, NCT_EXIT_USAGE, "unknown or ambiguous option %s", argv[optind - 1]);
}

static int one_option(struct nct_options *o, int c, char **argv, struct nct_error *err)
{
	const struct option_spec *spec;
	int rc;

	if (c == 'h') {
		o->help = true;
		return 0;
	}
	if (c == ':' || c == '?')
		return bad_option(c, argv, err);
	if (c == 1)
		return nct_gate_take_file(o, optarg)
			       ? nct_fail(err, NCT_EXIT_SYSTEM, "out of memory")
			       : 0;
	if (c == 'o')
		return *optarg ? parse_output(o, optarg)
			       : nct_fail(err, NCT_EXIT_USAGE, "-o \"\": give the name of a file");
	spec = &specs[c - VAL_SPEC];
	rc = spec->parse(o, optarg);
	return rc ? bad_value(spec, rc, err) : 0;
}

/* Options that are good one by one, and together select nothing whatever there is. */
static int check_together(const struct nct_options *o, struct nct_error *err)
{
	const struct nct_filter *f = &o->filter;

	if (f->has_since && f->has_until && f->since_ns >= f->until_ns)
		return nct_fail(err, NCT_EXIT_USAGE,
				"--since is not before --until (a time without date is of today)");
	return 0;
}

/* What is left when the options are taken away. */
static int take_files(struct nct_options *o, const struct nct_usage *usage, int argc, char **argv,
		      struct nct_error *err)
{
	if (optind < argc && !usage->files)
		return nct_fail(err, NCT_EXIT_USAGE, "surplus argument \"%s\"", argv[optind]);
	for (; usage->options & NCT_OPT_GATE && optind < argc; optind++) /* after "--" */
		if (nct_gate_take_file(o, argv[optind]))
			return nct_fail(err, NCT_EXIT_SYSTEM, "out of memory");
	o->files = argv + optind;
	o->nfiles = (size_t)(argc - optind);
	if (!usage->files || *usage->files == '[' || o->nfiles || o->help)
		return 0;
	return nct_fail(err, NCT_EXIT_USAGE, "what to read is missing: give %s", usage->files);
}

int nct_options_parse(struct nct_options *o, const struct nct_usage *usage, int argc, char **argv,
		      struct nct_error *err)
{
	struct option table[NSPECS + 2];
	/* "-": what is no option is told in its place, as character 1. */
	const char *shorts = usage->options & NCT_OPT_GATE			     ? "-:ho:"
			     : usage->options & (NCT_OPT_OUTPUT | NCT_OPT_RECORDING) ? ":ho:"
										     : ":h";
	int c, rc = 0;

	memset(o, 0, sizeof(*o));
	o->io = NCT_IO_WINDOW;
	long_options(table, usage->options);
	optind = 0; /* start over: glibc and musl */
	opterr = 0;
	while (!rc && (c = getopt_long(argc, argv, shorts, table, NULL)) != -1)
		rc = one_option(o, c, argv, err);
	if (!rc)
		rc = check_together(o, err);
	if (!rc)
		rc = take_files(o, usage, argc, argv, err);
	if (rc)
		nct_options_free(o);
	return rc;
}

void nct_options_free(struct nct_options *o)
{
	nct_gate_options_free(&o->gate);
	nct_filter_free(&o->filter);
}

static void help_of(const struct option_spec *spec)
{
	char left[32];

	snprintf(left, sizeof(left), "%s--%s %s", spec->parse == parse_output ? "-o, " : "",
		 spec->name, spec->metavar ? spec->metavar : "");
	printf("  %-22s  %s\n", left, spec->help);
}

void nct_options_help(const struct nct_usage *usage)
{
	printf("Usage: " NCT_PROGRAM " %s [OPTION]...%s%s\n%s\nOptions:\n", usage->command,
	       usage->files ? " " : "", usage->files ? usage->files : "", usage->description);
	for (size_t i = 0; i < NSPECS; i++)
		if (usage->options & specs[i].bit)
			help_of(&specs[i]);
	printf("  %-22s  this text\n", "-h, --help");
	if (usage->options & (NCT_OPT_MIN_DURATION | NCT_OPT_DURATION))
		printf("\nDUR is " DURATION_HINT ".\n");
	if (usage->options & (NCT_OPT_SINCE | NCT_OPT_UNTIL))
		printf("\nTIME is " TIME_HINT ".\n");
	printf("\nEXAMPLES\n%s", usage->examples);
}

int nct_options_complain(const struct nct_usage *usage, const struct nct_error *err)
{
	fprintf(stderr, NCT_PROGRAM " %s: %s\n", usage->command, err->text);
	if (err->code == NCT_EXIT_USAGE)
		fprintf(stderr, "Try '" NCT_PROGRAM " %s --help'.\n", usage->command);
	return err->code;
}
