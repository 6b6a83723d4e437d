// SPDX-License-Identifier: GPL-2.0
#include "normal.h"

#include <math.h>

/* Beyond it a probability is no number greater than 0. */
#define FARTHEST 40.0

double nct_normal_above(double z)
{
	return 0.5 * erfc(z * M_SQRT1_2);
}

double nct_normal_exceeded(double p)
{
	double low = 0, high = FARTHEST;

	if (!(p > 0))
		return INFINITY;
	if (p >= 1)
		return -INFINITY;
	if (p > 0.5) /* the tail in which doubles are dense */
		return -nct_normal_exceeded(1 - p);
	/* Bisection to the last bit: it is asked for rarely, and there is nothing to get wrong. */
	for (;;) {
		double middle = (low + high) / 2;

		if (middle <= low || middle >= high)
			return middle;
		if (nct_normal_above(middle) > p)
			low = middle;
		else
			high = middle;
	}
}
