// SPDX-License-Identifier: GPL-2.0
/* gate: whether a change made recovery slower, or less safe. */
#include <errno.h>
#include <string.h>

#include "../gate/gate.h"
#include "../view/gate.h"
#include "cmd.h"
#include "gate_read.h"
#include "inputs.h"
#include "options.h"
#include "sink.h"

#define DEFAULT_ALPHA	   0.05
#define DEFAULT_MIN_EFFECT 0.05
#define DEFAULT_DETECT	   0.5
#define DEFAULT_POWER	   0.8

static const struct nct_usage usage = {
	.command = "gate",
	.description =
		"Compare recoveries before and after a change: did they become slower, or less "
		"safe?\n"
		"BASELINE and the candidate are recordings, JSON lines of `export`, or files that\n"
		"--save-baseline wrote. Recoveries are compared with those that were fenced the "
		"same\n"
		"way over the same transport, see --by. docs/gating.md is the recipe,\n"
		"docs/statistics.md says what is computed. Exits with 0: no, or it became faster;\n"
		"1: yes, or a budget is broken; 4: too few recoveries to tell; 5: the two cannot "
		"be\n"
		"compared.\n",
	.examples =
		"  " NCT_PROGRAM " gate before.nct --against after.nct\n"
		"        is it a regression?\n"
		"  " NCT_PROGRAM " gate before.nct --save-baseline recovery.json\n"
		"        what to commit beside the code\n"
		"  " NCT_PROGRAM " gate recovery.json --against after.nct --format markdown "
		"-o gate.md\n"
		"        for a pull request\n"
		"  " NCT_PROGRAM " gate --against after.nct --budget 'time_to_retry.p99<2s' \\\n"
		"        --budget audit.violations==0\n"
		"        limits only\n",
	.files = "[BASELINE...]",
	.options = NCT_OPT_GATE | NCT_OPT_BY | NCT_OPT_OUTPUT | NCT_OPT_COLOR,
};

struct gate {
	struct nct_options options;
	struct nct_side baseline, candidate;
	struct nct_gate result;
};

static void settings(const struct nct_options *o, struct nct_gate_opts *opts)
{
	const struct nct_gate_options *g = &o->gate;

	*opts = (struct nct_gate_opts) {
		.compare = {
			.by = o->by ? o->by : NCT_BY_FENCE | NCT_BY_TRANSPORT,
			.alpha = g->alpha > 0 ? g->alpha : DEFAULT_ALPHA,
			.min_effect = g->min_effect,
			.min_effect_ns = g->min_effect_ns,
			.detect = g->detect > 0 ? g->detect : DEFAULT_DETECT,
			.power = g->power > 0 ? g->power : DEFAULT_POWER,
		},
		.allowed = g->allowed,
		.nallowed = g->nallowed,
	};
	/* A time alone is the only measure of what matters. */
	if (!g->any_effect && !(g->min_effect > 0) && !g->min_effect_ns)
		opts->compare.min_effect = DEFAULT_MIN_EFFECT;
}

/* A report in the place of what it is about would cost it. */
static int check_output(const char *output, char *const files[], size_t n, struct nct_error *err)
{
	for (size_t i = 0; output && i < n; i++)
		if (nct_inputs_same(output, files[i]))
			return nct_fail(
				err, NCT_EXIT_USAGE,
				"%s is compared, and would be lost: give the output another "
				"name",
				output);
	return 0;
}

static int check(const struct nct_options *o, struct nct_error *err)
{
	const struct nct_gate_options *g = &o->gate;

	if (!g->nbaseline && !g->nagainst)
		return nct_fail(err, NCT_EXIT_USAGE,
				"what to compare is missing: give BASELINE... "
				"--against CANDIDATE...");
	if (g->save && !g->nbaseline)
		return nct_fail(err, NCT_EXIT_USAGE,
				"--save-baseline needs a BASELINE (files before --against)");
	if (!g->nagainst && !g->save)
		return nct_fail(err, NCT_EXIT_USAGE,
				"the candidate is missing: give --against CANDIDATE... (or "
				"--save-baseline FILE)");
	if (!g->nbaseline && !g->nbudgets)
		return nct_fail(err, NCT_EXIT_USAGE,
				"without a BASELINE there has to be a --budget");
	if (!g->nagainst && g->nbudgets)
		return nct_fail(err, NCT_EXIT_USAGE,
				"--budget is about the candidate: give --against CANDIDATE...");
	if (check_output(o->output, g->baseline, g->nbaseline, err) ||
	    check_output(o->output, g->against, g->nagainst, err) ||
	    check_output(g->save, g->against, g->nagainst, err))
		return -1;
	if (g->save && o->output && !strcmp(g->save, o->output))
		return nct_fail(err, NCT_EXIT_USAGE,
				"--save-baseline and --output name the same file");
	return 0;
}

/* What cannot be trusted now cannot be compared with later. */
static int check_saved(const struct gate *g, const struct nct_gate_opts *opts,
		       struct nct_error *err)
{
	struct nct_gate alone;
	enum nct_gate_verdict verdict;

	if (!g->baseline.n)
		return nct_fail(err, NCT_EXIT_TOO_LITTLE,
				"there is no recovery to save (resets, deletes and incomplete ones "
				"do not count)");
	if (nct_gate_judge(&alone, NULL, &g->baseline, NULL, 0, opts))
		return nct_fail(err, NCT_EXIT_SYSTEM, "out of memory");
	verdict = alone.verdict;
	for (size_t i = 0; i < alone.ndifferences; i++)
		if (!alone.differences[i].allowed)
			nct_fail(err, NCT_EXIT_UNTRUSTED, "not saved: %.200s (--allow-diff %s)",
				 alone.differences[i].text[NCT_CANDIDATE],
				 alone.differences[i].name);
	nct_gate_free(&alone);
	return verdict == NCT_GATE_INVALID ? -1 : 0;
}

static int save(const struct gate *g, const struct nct_gate_opts *opts, struct nct_error *err)
{
	struct nct_sink sink;
	int rc;

	if (check_saved(g, opts, err) || nct_sink_open(&sink, g->options.gate.save, err))
		return -1;
	rc = nct_sink_cut(&sink);
	if (!rc)
		rc = nct_gate_baseline_write(sink.file, &g->baseline);
	rc = nct_sink_close(&sink, rc);
	return rc ? nct_sink_failed(&sink, rc, err) : 0;
}

static int print(struct gate *g, const struct nct_gate_opts *opts, FILE *out)
{
	struct nct_style style;
	struct nct_text t = { 0 };
	int rc;

	if (g->options.format == NCT_FORMAT_JSON)
		return nct_gate_json(out, &g->result, opts);
	nct_style_detect(&style, out, g->options.color);
	if (g->options.format == NCT_FORMAT_JUNIT)
		nct_gate_junit(&t, &g->result, opts);
	else if (g->options.format == NCT_FORMAT_MARKDOWN)
		nct_gate_markdown(&t, &g->result, opts);
	else
		nct_gate_text(&t, &style, &g->result, opts);
	rc = nct_text_write(&t, out);
	nct_text_free(&t);
	return rc;
}

/* -1: what could not be computed must not pass. */
static int judge(struct gate *g, const struct nct_gate_opts *opts, struct nct_error *err)
{
	const struct nct_gate_options *o = &g->options.gate;
	int rc = nct_gate_judge(&g->result, o->nbaseline ? &g->baseline : NULL, &g->candidate,
				o->budgets, o->nbudgets, opts);

	if (rc == -ERANGE)
		return nct_fail(err, NCT_EXIT_UNTRUSTED, "a time is too great to be compared");
	return rc ? nct_fail(err, NCT_EXIT_SYSTEM, "out of memory") : 0;
}

static int compare(struct gate *g, const struct nct_gate_opts *opts, struct nct_error *err)
{
	struct nct_gate_options *o = &g->options.gate;
	struct nct_sink sink;
	int rc;

	if (nct_gate_read(o->against, o->nagainst, &g->candidate, err) || judge(g, opts, err) ||
	    nct_sink_open(&sink, g->options.output, err))
		return -1;
	rc = nct_sink_cut(&sink);
	if (!rc)
		rc = print(g, opts, sink.file);
	rc = nct_sink_close(&sink, rc);
	return rc ? nct_sink_failed(&sink, rc, err) : 0;
}

static int check_effect(const struct nct_compare_opts *opts, struct nct_error *err)
{
	if (opts->min_effect <= opts->detect)
		return 0;
	return nct_fail(err, NCT_EXIT_USAGE,
			"--min-effect %g%% is more than --detect %g%%: a slow-down that does not "
			"matter cannot be one that must be seen; give both",
			100 * opts->min_effect, 100 * opts->detect);
}

/* No error: whoever tries it out begins like that. In CI it is a slip that always passes. */
static void warn_of_same(const struct nct_gate_options *o)
{
	for (size_t i = 0; i < o->nbaseline; i++)
		for (size_t j = 0; j < o->nagainst; j++)
			if (nct_inputs_same(o->baseline[i], o->against[j]))
				fprintf(stderr,
					NCT_PROGRAM " gate: %s is both baseline and candidate\n",
					nct_plain(o->against[j]).s);
}

static int run(struct gate *g, struct nct_error *err)
{
	struct nct_gate_options *o = &g->options.gate;
	struct nct_gate_opts opts;

	settings(&g->options, &opts);
	warn_of_same(o);
	if (check(&g->options, err) || check_effect(&opts.compare, err) ||
	    (o->nbaseline && nct_gate_read(o->baseline, o->nbaseline, &g->baseline, err)) ||
	    (o->save && save(g, &opts, err)))
		return -1;
	return o->nagainst ? compare(g, &opts, err) : 0;
}

int nct_cmd_gate(int argc, char **argv)
{
	struct gate g = { 0 };
	struct nct_error err;
	int code = NCT_EXIT_OK;

	if (nct_options_parse(&g.options, &usage, argc, argv, &err))
		return nct_options_complain(&usage, &err);
	if (g.options.help)
		nct_options_help(&usage);
	else if (run(&g, &err))
		code = nct_options_complain(&usage, &err);
	else if (g.options.gate.nagainst)
		code = nct_gate_exit(g.result.verdict);
	nct_gate_free(&g.result);
	nct_side_free(&g.baseline);
	nct_side_free(&g.candidate);
	nct_options_free(&g.options);
	return code;
}
