// SPDX-License-Identifier: GPL-2.0
/* The statistics against R: tests/data/stats/reference.R tells what each line is, and where its
 * values come from. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/stats/ranks.h"
#include "../../tools/stats/tests.h"

#define FIXTURE	  "tests/data/stats/reference.txt"
#define MIN_CASES 1000
#define MAX_LIST  64

#define TOLERANCE 1e-9
/* Of a probability, by itself: more than its order of magnitude has to be right. */
#define P_TOLERANCE 1e-6
#define P_LEAST	    1e-300

/* One line that is read word by word. */
struct line {
	size_t number;
	char *left;
};

static const char *next_word(struct line *l)
{
	const char *word = strsep(&l->left, " \n");

	if (!word || !*word)
		fail_msg(FIXTURE ":%zu: a word is missing", l->number);
	return word;
}

static double next_number(struct line *l)
{
	char *end;
	const char *word = next_word(l);
	double value = strtod(word, &end);

	if (*end || isnan(value))
		fail_msg(FIXTURE ":%zu: not a number: %s", l->number, word);
	return value;
}

static uint64_t next_count(struct line *l)
{
	double value = next_number(l);

	if (!(value >= 0) || value != floor(value) || value > 0x1p53)
		fail_msg(FIXTURE ":%zu: not a count: %.17g", l->number, value);
	return (uint64_t)value;
}

static size_t next_length(struct line *l, size_t most)
{
	uint64_t n = next_count(l);

	if (!n || n > most)
		fail_msg(FIXTURE ":%zu: a list of %llu", l->number, (unsigned long long)n);
	return (size_t)n;
}

static void add(struct nct_samples *s, uint64_t value)
{
	assert_int_equal(nct_samples_add(s, value), 0);
}

/* Their number and all of them, or @number:multiplier:modulus:base. */
static struct nct_samples next_samples(struct line *l)
{
	struct nct_samples s = { 0 };
	unsigned long long n, multiplier, modulus, base;

	if (*l->left == '@') {
		if (sscanf(next_word(l), "@%llu:%llu:%llu:%llu", &n, &multiplier, &modulus,
			   &base) != 4)
			fail_msg(FIXTURE ":%zu: not samples", l->number);
		for (unsigned long long i = 0; i < n; i++)
			add(&s, base + i * multiplier % modulus);
	} else {
		for (size_t left = next_length(l, 1000); left; left--)
			add(&s, next_count(l));
	}
	nct_samples_sort(&s);
	return s;
}

static void expect_end(struct line *l)
{
	if (l->left && *l->left)
		fail_msg(FIXTURE ":%zu: more words: %s", l->number, l->left);
}

/* Infinite ones are equal, or nothing is. */
static bool near(double a, double b, double tolerance)
{
	return a == b || fabs(a - b) <= tolerance;
}

static void expect(const struct line *l, const char *what, double got, double wanted)
{
	if (!near(got, wanted, TOLERANCE * fmax(1, fabs(wanted))))
		fail_msg(FIXTURE ":%zu: %s is %.17g, in R %.17g", l->number, what, got, wanted);
}

static void expect_p(const struct line *l, const char *what, double got, double wanted)
{
	expect(l, what, got, wanted);
	if (wanted > P_LEAST && !near(got, wanted, P_TOLERANCE * wanted))
		fail_msg(FIXTURE ":%zu: %s is %.17g, in R %.17g", l->number, what, got, wanted);
}

static void ranks_case(struct line *l)
{
	double confidence = next_number(l);
	struct nct_samples a = next_samples(l), b = next_samples(l);
	struct nct_mann_whitney test;
	struct nct_shift shift;

	assert_int_equal(nct_mann_whitney(&a, &b, &test), 0);
	assert_int_equal(test.exact, a.n <= NCT_RANKS_EXACT && b.n <= NCT_RANKS_EXACT);
	expect(l, "U", test.u, next_number(l));
	expect_p(l, "p that b is greater", test.greater, next_number(l));
	expect_p(l, "p that b is less", test.less, next_number(l));
	assert_int_equal(nct_hodges_lehmann(&a, &b, confidence, &shift), 0);
	expect(l, "the shift", shift.estimate, next_number(l));
	expect(l, "its lower bound", shift.low, next_number(l));
	expect(l, "its upper bound", shift.high, next_number(l));
	nct_samples_free(&a);
	nct_samples_free(&b);
}

static void fisher_case(struct line *l)
{
	size_t n = next_length(l, MAX_LIST);
	uint64_t a[MAX_LIST], b[MAX_LIST];
	double p;

	for (size_t i = 0; i < n; i++)
		a[i] = next_count(l);
	for (size_t i = 0; i < n; i++)
		b[i] = next_count(l);
	assert_int_equal(nct_fisher(a, b, n, &p), 0);
	expect_p(l, "Fisher's p", p, next_number(l));
}

static void holm_case(struct line *l)
{
	size_t n = next_length(l, MAX_LIST);
	double p[MAX_LIST];

	for (size_t i = 0; i < n; i++)
		p[i] = next_number(l);
	assert_int_equal(nct_holm(p, n), 0);
	for (size_t i = 0; i < n; i++)
		expect_p(l, "Holm's p", p[i], next_number(l));
}

static void quantile_case(struct line *l)
{
	unsigned int permille = (unsigned int)next_count(l);
	struct nct_samples s = next_samples(l);

	expect(l, "the quantile", (double)nct_samples_quantile(&s, permille), next_number(l));
	nct_samples_free(&s);
}

static void needed_case(struct line *l)
{
	double alpha = next_number(l), power = next_number(l), superiority = next_number(l);

	expect(l, "the number of samples", (double)nct_samples_needed(alpha, power, superiority),
	       next_number(l));
}

static const struct kind {
	const char *name;
	void (*check)(struct line *l);
	size_t least; /* cases */
} kinds[] = {
	{ "ranks", ranks_case, 600 },  { "fisher", fisher_case, 200 },
	{ "holm", holm_case, 50 },     { "quantile", quantile_case, 50 },
	{ "needed", needed_case, 50 },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void check_line(struct line *l, size_t seen[KINDS])
{
	const char *name = next_word(l);

	for (size_t i = 0; i < KINDS; i++) {
		if (strcmp(name, kinds[i].name) != 0)
			continue;
		kinds[i].check(l);
		expect_end(l);
		seen[i]++;
		return;
	}
	fail_msg(FIXTURE ":%zu: no such case: %s", l->number, name);
}

static void all_cases_are_as_in_r(void **state)
{
	size_t seen[KINDS] = { 0 }, cases = 0, room = 0, number = 0;
	FILE *f = fopen(FIXTURE, "r");
	char *text = NULL;

	(void)state;
	if (!f)
		fail_msg("there is no " FIXTURE "; run: make stats-fixtures");
	while (getline(&text, &room, f) > 0) {
		struct line line = { .number = ++number, .left = text };

		if (*text != '#')
			check_line(&line, seen);
	}
	assert_false(ferror(f));
	fclose(f);
	free(text);
	for (size_t i = 0; i < KINDS; i++) {
		cases += seen[i];
		if (seen[i] < kinds[i].least)
			fail_msg("%zu cases of %s are too few", seen[i], kinds[i].name);
	}
	print_message("# %zu cases\n", cases);
	assert_true(cases >= MIN_CASES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_cases_are_as_in_r),
	};

	return cmocka_run_group_tests_name("stats reference", tests, NULL, NULL);
}
