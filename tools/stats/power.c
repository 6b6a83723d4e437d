// SPDX-License-Identifier: GPL-2.0
#include "tests.h"

#include <math.h>

#include "normal.h"

/* The least number on each side with which the most extreme of all orders is significant at all:
 * it has the probability 1 / choose(2n, n). */
static double least_at_all(double alpha)
{
	double n = 1, p = 0.5;

	while (p > alpha) {
		n++;
		p *= n / (2 * (2 * n - 1));
	}
	return n;
}

uint64_t nct_samples_needed(double alpha, double power, double superiority)
{
	double z = nct_normal_exceeded(alpha) - nct_normal_exceeded(power);
	double off = superiority - 0.5, n;

	if (!(off > 0) || !(alpha > 0) || !isfinite(z))
		return 0;
	/* Noether, JASA 82 (1987), 645, equation 2 with sets of one size, of which this is one */
	n = ceil(fmax(z, 0) * fmax(z, 0) / (6 * off * off));
	n = fmax(n, least_at_all(alpha));
	return n < 0x1p53 ? (uint64_t)n : 0;
}
