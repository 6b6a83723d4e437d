// SPDX-License-Identifier: GPL-2.0
#include "tests.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static int by_p(const void *x, const void *y)
{
	const double *const *a = x, *const *b = y;

	return (**a > **b) - (**a < **b);
}

int nct_holm(double *p, size_t n)
{
	double **order, least = 0;

	if (!n)
		return 0;
	order = malloc(n * sizeof(*order));
	if (!order)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		order[i] = &p[i];
	qsort(order, n, sizeof(*order), by_p);
	for (size_t i = 0; i < n; i++) {
		/* none is rejected at a level at which one before it is not */
		least = fmax(least, fmin(1, (double)(n - i) * *order[i]));
		*order[i] = least;
	}
	free(order);
	return 0;
}
