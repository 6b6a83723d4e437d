/* SPDX-License-Identifier: GPL-2.0 */
/* The standard normal distribution. */
#ifndef NCT_STATS_NORMAL_H
#define NCT_STATS_NORMAL_H

/* The probability of more than z. */
double nct_normal_above(double z);

/* The z that is exceeded with probability p: infinite for p <= 0 and p >= 1. */
double nct_normal_exceeded(double p);

#endif
