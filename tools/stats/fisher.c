// SPDX-License-Identifier: GPL-2.0
#include "tests.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* Tables whose probabilities differ by less are equally likely: R's fisher.test(). */
#define SAME_LIKELIHOOD 1e-7
/* What is so much less likely than the table itself is left out: it is not seen in the sum. */
#define NEGLIGIBLE 1e-20
/* So many steps, of some nanoseconds each, are allowed: less than a second. */
#define STEPS 50000000
/* In steps: the logarithms that a column begins with. */
#define BEGIN_STEPS 100
/* Counts up to which doubles are exact. */
#define MAX_COUNT (1ull << 53)

struct column {
	uint64_t total;
	uint64_t first; /* in the first row */
	uint64_t after; /* the total of all columns after it */
};

/*
 * Tables are walked column by column. Given what the columns before it have, a column's count in
 * the first row is hypergeometric: this one against all that come after it together.
 */
struct walk {
	const struct column *column; /* the smallest first: they branch least */
	size_t n;
	double limit; /* the probability up to which a table counts */
	uint64_t steps;
	bool too_many;
};

static double walk_column(struct walk *w, size_t k, uint64_t row, double p);

/* As long doubles: of counts of 100,000 the logarithms are above a million, their differences
 * small. */
static long double log_choose(uint64_t n, uint64_t k)
{
	int sign;

	return lgammal_r((long double)n + 1, &sign) - lgammal_r((long double)k + 1, &sign) -
	       lgammal_r((long double)(n - k) + 1, &sign);
}

/* The probability that x of the first row's samples are in this column. */
static double hypergeometric(uint64_t x, uint64_t column, uint64_t after, uint64_t row)
{
	return (double)expl(log_choose(column, x) + log_choose(after, row - x) -
			    log_choose(column + after, row));
}

/* All tables that have this count in column k, and together the probability p. */
static double with_count(struct walk *w, size_t k, uint64_t row, double p)
{
	if (p <= w->limit) /* then so is each of them */
		return p;
	if (k + 2 == w->n) /* it is one: the last column takes what is left */
		return 0;
	return walk_column(w, k + 1, row, p);
}

static bool spend(struct walk *w, uint64_t steps)
{
	w->too_many = w->too_many || w->steps < steps;
	w->steps -= w->too_many ? 0 : steps;
	return !w->too_many;
}

/* From the most likely count outwards, in both directions: probabilities only fall on the way. */
static double walk_column(struct walk *w, size_t k, uint64_t row, double p)
{
	uint64_t column = w->column[k].total, after = w->column[k].after;
	uint64_t least = row > after ? row - after : 0, most = row < column ? row : column;
	uint64_t mode = (uint64_t)(((double)row + 1) * ((double)column + 1) /
				   ((double)(column + after) + 2));
	double sum = 0, at_mode, q;

	mode = mode < least ? least : mode > most ? most : mode;
	if (!spend(w, BEGIN_STEPS))
		return 0;
	at_mode = q = p * hypergeometric(mode, column, after, row);
	for (uint64_t x = mode; q > w->limit * NEGLIGIBLE && spend(w, 1); x++) {
		sum += with_count(w, k, row - x, q);
		if (x == most)
			break;
		q *= (double)(column - x) / (double)(x + 1) * (double)(row - x) /
		     (double)(after - (row - x) + 1);
	}
	q = at_mode;
	for (uint64_t x = mode; x > least && spend(w, 1); x--) {
		q *= (double)x / (double)(column - x + 1) * (double)(after - (row - x)) /
		     (double)(row - x + 1);
		if (q <= w->limit * NEGLIGIBLE)
			break;
		sum += with_count(w, k, row - (x - 1), q);
	}
	return sum;
}

static int by_total(const void *x, const void *y)
{
	const struct column *a = x, *b = y;

	return (a->total > b->total) - (a->total < b->total);
}

/* Those that hold something. Returns how many, their totals by row in row[]. */
static size_t sort_columns(struct column *column, const uint64_t *a, const uint64_t *b, size_t n,
			   uint64_t row[2])
{
	uint64_t after = 0;
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		if (!a[i] && !b[i])
			continue;
		column[used++] = (struct column) { .total = a[i] + b[i], .first = a[i] };
		row[0] += a[i];
		row[1] += b[i];
	}
	qsort(column, used, sizeof(*column), by_total);
	for (size_t i = used; i > 0; i--) {
		column[i - 1].after = after;
		after += column[i - 1].total;
	}
	return used;
}

static double likelihood(const struct column *column, size_t n, const uint64_t row[2])
{
	long double log_p = -log_choose(row[0] + row[1], row[0]);

	for (size_t i = 0; i < n; i++)
		log_p += log_choose(column[i].total, column[i].first);
	return (double)expl(log_p);
}

/* So that no sum overflows, and doubles hold it. */
static bool too_great(const uint64_t *a, const uint64_t *b, size_t n)
{
	uint64_t all = 0;

	for (size_t i = 0; i < n; i++) {
		if (a[i] > MAX_COUNT || b[i] > MAX_COUNT)
			return true;
		all += a[i] + b[i];
		if (all > MAX_COUNT)
			return true;
	}
	return false;
}

int nct_fisher(const uint64_t *a, const uint64_t *b, size_t n, double *p)
{
	struct walk w = { .steps = STEPS };
	uint64_t row[2] = { 0 };
	struct column *column;
	double sum = 1;

	if (too_great(a, b, n))
		return -ERANGE;
	column = malloc((n + 1) * sizeof(*column)); /* not 0, which may be NULL */
	if (!column)
		return -ENOMEM;
	w.column = column;
	w.n = sort_columns(column, a, b, n, row);
	if (w.n > 1 && row[0] && row[1]) {
		w.limit = likelihood(column, w.n, row) * (1 + SAME_LIKELIHOOD);
		sum = fmin(1, walk_column(&w, 0, row[0], 1));
	}
	free(column);
	if (w.too_many)
		return -ERANGE;
	*p = sum;
	return 0;
}
