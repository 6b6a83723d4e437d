// SPDX-License-Identifier: GPL-2.0
#include "histogram.h"

#include <stdlib.h>
#include <string.h>

#include "../stats/bins.h"
#include "jsonbuild.h"
#include "stratum.h"

#define INDENT	   4
#define WIDTH_NAME 8 /* of a bound */
#define WIDTH_N	   7
#define WIDTH_ITEM 14 /* of "p50 144 ms" */

static const struct {
	const char *title;
	const char *means;
} texts[NCT_METRIC_COUNT] = {
	[NCT_METRIC_RETRY] = { "TIME TO RETRY", "until requests in flight were released for retry "
						"on another path" },
	[NCT_METRIC_LIVE] = { "TIME TO LIVE", "until the path worked again" },
	[NCT_METRIC_BLACKOUT] = { "BLACKOUT", "a device completed nothing, at most; the worst of "
					      "each recovery" },
	[NCT_METRIC_PHASE +
		NCT_PHASE_QUEUE] = { "PHASE queue", "until the recovery work started to run" },
	[NCT_METRIC_PHASE +
		NCT_PHASE_CCR] = { "PHASE ccr", "another controller is asked to reset this one" },
	[NCT_METRIC_PHASE +
		NCT_PHASE_HOLD] = { "PHASE hold", "a wait, until a retry cannot do harm" },
	[NCT_METRIC_PHASE +
		NCT_PHASE_TEARDOWN] = { "PHASE teardown", "queues are stopped, requests ended" },
	[NCT_METRIC_PHASE +
		NCT_PHASE_BACKOFF] = { "PHASE backoff", "waits between attempts, all together" },
	[NCT_METRIC_PHASE +
		NCT_PHASE_CONNECT] = { "PHASE connect", "connect attempts, all together" },
};

/* The quantiles that are told, in thousandths. */
static const struct {
	const char *name, *key;
	unsigned int permille;
} quantiles[] = { { "min", "min_ns", 0 },
		  { "p50", "p50_ns", 500 },
		  { "p90", "p90_ns", 900 },
		  { "p99", "p99_ns", 990 },
		  { "max", "max_ns", 1000 } };

#define NQUANTILES (sizeof(quantiles) / sizeof(quantiles[0]))

/* ---- what both formats need ------------------------------------------------------ */

static bool any_samples(const struct nct_strata *strata, int metric)
{
	for (size_t i = 0; i < strata->n; i++)
		if (strata->list[i].samples[metric].n)
			return true;
	return false;
}

/* Each stratum has bins of its own: it is there because its times differ from the others',
 * and bins for all of them would be too coarse for each. */
static void bins_of(struct nct_bins *bins, const struct nct_samples *s, size_t *count)
{
	nct_bins_choose(bins, s->values[0], s->values[s->n - 1], nct_bins_limit(s->n));
	nct_bins_count(bins, s, count);
}

/* ---- text -------------------------------------------------------------------------- */

struct nct_word nct_round_duration(uint64_t ns)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = { { "h", 3600000000000ull },
		      { "min", 60000000000ull },
		      { "s", 1000000000 },
		      { "ms", 1000000 },
		      { "us", 1000 },
		      { "ns", 1 } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (ns >= units[i].ns)
			return nct_word("%g %s", (double)ns / (double)units[i].ns, units[i].name);
	return nct_word("0");
}

static void add_title(struct nct_text *t, const struct nct_style *style, int metric)
{
	const char *title = texts[metric].title;

	nct_text_add(t, "%s%s%s: ", nct_paint(style, NCT_PAINT_STRONG), title,
		     nct_paint(style, NCT_PAINT_NONE));
	nct_text_wrapped(t, style->width, (int)strlen(title) + 2, 2, texts[metric].means);
}

static void add_quantiles(struct nct_text *t, const struct nct_style *style,
			  const struct nct_samples *s)
{
	int column = INDENT;

	nct_text_add(t, "%*s", INDENT, "");
	for (size_t i = 0; i < NQUANTILES; i++) {
		uint64_t value = nct_samples_quantile(s, quantiles[i].permille);
		struct nct_word item = nct_word("%s %s", quantiles[i].name, nct_duration(value).s);

		if (column + (int)strlen(item.s) > style->width) {
			nct_text_add(t, "\n%*s", INDENT, "");
			column = INDENT;
		}
		nct_text_add(t, "%s", item.s);
		column += WIDTH_ITEM;
		if (i + 1 < NQUANTILES && column + WIDTH_ITEM <= style->width)
			nct_text_add(t, "%*s", WIDTH_ITEM - (int)strlen(item.s), "");
	}
	nct_text_add(t, "\n");
}

/* In eighths of a column where Unicode has them. What is there is seen. */
static void add_bar(struct nct_text *t, const struct nct_style *style, size_t n, size_t most,
		    int width)
{
	static const char *const eighths[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	size_t parts = (size_t)((double)n / (double)most * width * 8);

	nct_text_add(t, " %s", nct_paint(style, NCT_PAINT_BAR));
	if (!style->unicode)
		parts = parts < 8 ? 8 : parts / 8 * 8;
	if (!parts)
		parts = 1;
	for (size_t i = 0; i < parts / 8; i++)
		nct_text_add(t, "%s", style->unicode ? "█" : "#");
	nct_text_add(t, "%s%s\n", eighths[parts % 8], nct_paint(style, NCT_PAINT_NONE));
}

static size_t most_of(const size_t *count)
{
	size_t most = 0;

	for (size_t i = 0; i < NCT_MAX_BINS; i++)
		if (count[i] > most)
			most = count[i];
	return most;
}

/* Bins without samples that follow each other are one line. */
static void add_bins(struct nct_text *t, const struct nct_style *style, const struct nct_samples *s)
{
	int width = style->width - INDENT - 2 * WIDTH_NAME - 4 - WIDTH_N - 1;
	size_t count[NCT_MAX_BINS];
	struct nct_bins bins;

	bins_of(&bins, s, count);
	for (size_t i = 0, from = 0; i < bins.n; i++) {
		uint64_t end_ns = bins.bound[i + 1];

		if (!count[i] && i + 1 < bins.n && !count[i + 1])
			continue;
		nct_text_add(t, "%*s%*s to %-*s%*zu", INDENT, "", WIDTH_NAME,
			     nct_round_duration(bins.bound[from]).s, WIDTH_NAME,
			     end_ns == UINT64_MAX ? "more" : nct_round_duration(end_ns).s, WIDTH_N,
			     count[i]);
		if (count[i])
			add_bar(t, style, count[i], most_of(count), width);
		else
			nct_text_add(t, "\n");
		from = i + 1;
	}
}

/* Blackouts that may have been longer. */
static void add_at_least(struct nct_text *t, const struct nct_style *style,
			 const struct nct_samples *s)
{
	struct nct_phrase line =
		nct_phrase("%zu of these not over when the recovery was, or not known of all "
			   "devices, at least so long; the longest %s",
			   s->n, nct_duration(s->values[s->n - 1]).s);

	nct_text_add(t, "%*s", INDENT, "");
	nct_text_wrapped(t, style->width, INDENT, INDENT, line.s);
}

static void add_stratum(struct nct_text *t, const struct nct_style *style,
			const struct nct_strata *strata, const struct nct_stratum *stratum,
			int metric)
{
	const struct nct_samples *s = &stratum->samples[metric];
	struct nct_phrase title = nct_stratum_words(strata->by, stratum, nct_strata_hosts(strata));
	struct nct_phrase line = nct_phrase("%s, n %zu", title.s, s->n);

	nct_text_add(t, "  ");
	nct_text_wrapped(t, style->width, 2, INDENT, line.s);
	add_quantiles(t, style, s);
	if (metric == NCT_METRIC_BLACKOUT && stratum->at_least.n)
		add_at_least(t, style, &stratum->at_least);
	if (s->n > 1)
		add_bins(t, style, s);
}

/* What is not in the numbers, and what to make of those that are. */
static void add_head(struct nct_text *t, const struct nct_style *style,
		     const struct nct_strata *strata)
{
	unsigned long long incomplete = strata->left_out.incomplete;
	unsigned long long asked_for = strata->left_out.asked_for;
	struct nct_text line = { 0 };

	nct_text_add(&line, "%zu recover%s", strata->counted, strata->counted == 1 ? "y" : "ies");
	if (incomplete)
		nct_text_add(&line, "; not counted: %llu incomplete", incomplete);
	if (asked_for)
		nct_text_add(&line, "%s%llu reset%s or delete%s somebody asked for",
			     incomplete ? ", " : "; not counted: ", asked_for,
			     asked_for == 1 ? "" : "s", asked_for == 1 ? "" : "s");
	if (strata->lossy)
		nct_text_add(&line, "; lossy, their phases may be wrong: %zu", strata->lossy);
	if (strata->missed_boundary)
		nct_text_add(&line, "; with a phase that holds the time of the next, too: %zu",
			     strata->missed_boundary);
	nct_text_wrapped(t, style->width, 0, 0, line.failed || !line.buf ? "" : line.buf);
	t->failed |= line.failed;
	nct_text_free(&line);
}

void nct_histogram_text(struct nct_text *t, const struct nct_style *style,
			const struct nct_strata *strata)
{
	if (!strata->counted)
		return;
	add_head(t, style, strata);
	for (int m = 0; m < NCT_METRIC_COUNT; m++) {
		if (!any_samples(strata, m))
			continue;
		nct_text_add(t, "\n");
		add_title(t, style, m);
		for (size_t i = 0; i < strata->n; i++)
			if (strata->list[i].samples[m].n)
				add_stratum(t, style, strata, &strata->list[i], m);
	}
	nct_text_add(t, "\n");
	nct_text_wrapped(
		t, style->width, 0, 0,
		"n: how many; p50: half of them took at most this long (p90: 9 of 10, p99: "
		"99 of 100).");
}

/* ---- JSON -------------------------------------------------------------------------- */

static void put_quantiles(struct nct_json *b, const struct nct_samples *s)
{
	nct_json_put_made(b, "n", json_object_new_int64((int64_t)s->n));
	for (size_t i = 0; i < NQUANTILES; i++)
		nct_json_put_ns(b, quantiles[i].key,
				nct_samples_quantile(s, quantiles[i].permille));
}

static void put_bins(struct nct_json *b, const struct nct_samples *s)
{
	struct json_object *list = json_object_new_array();
	size_t count[NCT_MAX_BINS];
	struct nct_bins bins;

	bins_of(&bins, s, count);
	for (size_t i = 0; i < bins.n; i++) {
		struct nct_json bin = nct_json_object();

		nct_json_put_ns(&bin, "from_ns", bins.bound[i]);
		nct_json_put_ns(&bin, "to_ns", bins.bound[i + 1]);
		nct_json_put_made(&bin, "n", json_object_new_int64((int64_t)count[i]));
		nct_json_append(b, list, &bin);
	}
	nct_json_put_made(b, "bins", list);
}

static int put_line(FILE *out, const struct nct_strata *strata, const struct nct_stratum *stratum,
		    int metric)
{
	struct nct_json b = nct_json_object();

	nct_json_put_string(&b, "schema", NCT_HIST_SCHEMA);
	nct_json_put_string(&b, "metric", nct_metric_name((enum nct_metric)metric));
	nct_stratum_json(&b, strata->by, stratum);
	put_quantiles(&b, &stratum->samples[metric]);
	if (metric == NCT_METRIC_BLACKOUT)
		nct_json_put_ns(&b, "at_least", stratum->at_least.n);
	put_bins(&b, &stratum->samples[metric]);
	nct_json_put_ns(&b, "resolution_ns",
			stratum->resolution_ns > 1 ? stratum->resolution_ns : NCT_NONE);
	return nct_json_line(out, &b);
}

int nct_histogram_json(FILE *out, const struct nct_strata *strata)
{
	int rc = 0;

	for (int m = 0; m < NCT_METRIC_COUNT; m++)
		for (size_t i = 0; i < strata->n && !rc; i++)
			if (strata->list[i].samples[m].n)
				rc = put_line(out, strata, &strata->list[i], m);
	return rc;
}
