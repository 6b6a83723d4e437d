// SPDX-License-Identifier: GPL-2.0
/*
 * How long the statistics of a gate take on two recordings of 100,000 recoveries each: for every
 * metric sorting, Mann-Whitney to both sides, Hodges-Lehmann with its interval; and a whole gate,
 * from the recoveries to the verdict.
 *
 *	stats DIRECTORY RUNS
 *
 * The samples are left in DIRECTORY as METRIC.a and METRIC.b, doubles of this machine, for
 * tests/bench/stats.R to do the same. Prints one JSON line for each run, in seconds of processor
 * time.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../tools/gate/gate.h"
#include "../../tools/stats/ranks.h"

#define METRICS	   8
#define SAMPLES	   100000
#define CONFIDENCE 0.95

struct result {
	struct nct_mann_whitney test;
	struct nct_shift shift;
	double sort_s, test_s, shift_s;
};

static void die(const char *what)
{
	fprintf(stderr, "stats: %s\n", what);
	exit(1);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double uniform(void)
{
	static uint64_t seed = 42;

	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return ((double)(seed >> 11) + 0.5) * 0x1p-53;
}

static double normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

/* Recovery times have several modes and long tails, and some are told in whole steps. `slower`: as
 * a share. */
static uint64_t sample(int metric, double slower)
{
	double ns = 0;

	switch (metric % 4) {
	case 0: /* one mode, long tail */
		ns = exp(17 + normal());
		break;
	case 1: /* fenced by CCR, or held */
		ns = uniform() < 0.7 ? 4e7 + 2e6 * normal() : 15e9 + 3e7 * normal();
		break;
	case 2: /* several attempts to reconnect */
		ns = (1 + floor(4 * uniform())) * 1e9 + 5e6 * fabs(normal());
		break;
	case 3: /* in steps of 4 ms */
		ns = 4e6 * (1 + floor(20 * uniform() * uniform()));
		break;
	}
	return (uint64_t)fmax(0, ns * (1 + slower));
}

static void keep(const char *directory, int metric, char side, const struct nct_samples *s)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/metric%d.%c", directory, metric, side);
	f = fopen(path, "wb");
	if (!f)
		die(path);
	for (size_t i = 0; i < s->n; i++) {
		double value = (double)s->values[i];

		if (fwrite(&value, sizeof(value), 1, f) != 1)
			die(path);
	}
	if (fclose(f))
		die(path);
}

static void make(struct nct_samples *s, int metric, double slower)
{
	for (int i = 0; i < SAMPLES; i++)
		if (nct_samples_add(s, sample(metric, slower)))
			die("out of memory");
}

/* As they came, in another place: it is to be sorted again. */
static struct nct_samples copy(const struct nct_samples *s)
{
	struct nct_samples c = *s;

	c.values = malloc(s->n * sizeof(*c.values));
	if (!c.values)
		die("out of memory");
	memcpy(c.values, s->values, s->n * sizeof(*c.values));
	return c;
}

static void compare(const struct nct_samples sets[2], struct result *result)
{
	struct nct_samples a = copy(&sets[0]), b = copy(&sets[1]);
	double began = now(), sorted, tested;

	nct_samples_sort(&a);
	nct_samples_sort(&b);
	sorted = now();
	if (nct_mann_whitney(&a, &b, &result->test))
		die("Mann-Whitney failed");
	tested = now();
	if (nct_hodges_lehmann(&a, &b, CONFIDENCE, &result->shift))
		die("Hodges-Lehmann failed");
	result->shift_s = now() - tested;
	result->test_s = tested - sorted;
	result->sort_s = sorted - began;
	nct_samples_free(&a);
	nct_samples_free(&b);
}

/* The recoveries that these times are of. */
static void make_side(struct nct_side *side, const struct nct_samples sets[METRICS][2], int which)
{
	struct nct_times t = { .fence = NCT_FENCE_CCR, .end = NCT_END_LIVE, .transport = "tcp" };

	for (int m = 0; m < NCT_METRIC_COUNT; m++)
		t.ns[m] = NCT_NONE;
	for (size_t i = 0; i < SAMPLES; i++) {
		for (int m = 0; m < METRICS; m++)
			t.ns[m] = sets[m][which].values[i];
		if (nct_side_times(side, &t, 1))
			die("out of memory");
	}
}

static double judge(const struct nct_samples sets[METRICS][2])
{
	const struct nct_gate_opts opts = {
		.compare = { .by = NCT_BY_FENCE | NCT_BY_TRANSPORT,
			     .alpha = 0.05,
			     .min_effect = 0.05,
			     .detect = 0.5,
			     .power = 0.8 },
	};
	struct nct_side sides[2] = { 0 };
	struct nct_gate gate;
	double began;

	make_side(&sides[0], sets, 0);
	make_side(&sides[1], sets, 1);
	began = now();
	if (nct_gate_judge(&gate, &sides[0], &sides[1], NULL, 0, &opts))
		die("the gate failed");
	began = now() - began;
	nct_gate_free(&gate);
	nct_side_free(&sides[0]);
	nct_side_free(&sides[1]);
	return began;
}

static void run(const struct nct_samples sets[METRICS][2])
{
	double judged = judge(sets);

	printf("{\"bench\":\"stats\",\"samples\":%d,\"metrics\":[", SAMPLES);
	for (int i = 0; i < METRICS; i++) {
		struct result r;

		compare(sets[i], &r);
		printf("%s{\"metric\":\"metric%d\",\"sort_s\":%.6f,\"test_s\":%.6f,"
		       "\"shift_s\":%.6f,\"greater\":%.17g,\"less\":%.17g,\"shift\":%.17g,"
		       "\"low\":%.17g,\"high\":%.17g}",
		       i ? "," : "", i, r.sort_s, r.test_s, r.shift_s, r.test.greater, r.test.less,
		       r.shift.estimate, r.shift.low, r.shift.high);
	}
	printf("],\"gate_s\":%.6f}\n", judged);
}

int main(int argc, char **argv)
{
	static struct nct_samples sets[METRICS][2];
	int runs = argc > 2 ? atoi(argv[2]) : 0;

	if (runs < 1) {
		fprintf(stderr, "usage: stats DIRECTORY RUNS\n");
		return 2;
	}
	for (int i = 0; i < METRICS; i++) {
		make(&sets[i][0], i, 0);
		make(&sets[i][1], i, i < METRICS / 2 ? 0 : 0.001); /* half of them: no change */
		keep(argv[1], i, 'a', &sets[i][0]);
		keep(argv[1], i, 'b', &sets[i][1]);
	}
	while (runs--)
		run(sets);
	for (int i = 0; i < METRICS; i++) {
		nct_samples_free(&sets[i][0]);
		nct_samples_free(&sets[i][1]);
	}
	return 0;
}
