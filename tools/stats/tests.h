/* SPDX-License-Identifier: GPL-2.0 */
/* Tests of counts, and what is made of many tests together. */
#ifndef NCT_STATS_TESTS_H
#define NCT_STATS_TESTS_H

#include <stddef.h>
#include <stdint.h>

/* Fisher's exact test, two-sided, of a table of two rows and n columns (Freeman and Halton's
 * generalization for n > 2): the probability of all tables with these margins that are no more
 * likely than this one. A table without a choice gives 1. Returns 0; -ENOMEM; -ERANGE: too many
 * tables to count. */
int nct_fisher(const uint64_t *a, const uint64_t *b, size_t n, double *p);

/* Holm's step-down adjustment, in place: each p becomes the least level at which the whole family
 * would still reject it. Returns 0 or -ENOMEM. */
int nct_holm(double *p, size_t n);

/*
 * How many samples on each side a Mann-Whitney test at the one-sided level alpha needs to find,
 * with the given power, that b is greater than a with probability `superiority` (0.5: no
 * difference; ties count half): Noether 1987. 0: none would do (superiority <= 0.5).
 */
uint64_t nct_samples_needed(double alpha, double power, double superiority);

#endif
