/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two sides compared stratum by stratum: each time by rank, the mixes of fence outcomes and of ends
 * by Fisher's test, all of them adjusted together. docs/statistics.md says what the tests are.
 */
#ifndef NCT_GATE_COMPARE_H
#define NCT_GATE_COMPARE_H

#include "../stats/ranks.h"
#include "../stats/strata.h"
#include "side.h"

enum nct_side_index { NCT_BASELINE = 0, NCT_CANDIDATE = 1 };

enum nct_found {
	NCT_FOUND_SAME = 0, /* no difference, and one that matters would have been seen */
	NCT_FOUND_WORSE = 1,
	NCT_FOUND_BETTER = 2,
	NCT_FOUND_CHANGED = 3, /* a mix, neither for better nor for worse */
	NCT_FOUND_TOO_FEW = 4, /* samples, for what was asked */
	NCT_FOUND_NOTHING = 5, /* one side has no sample: there is nothing to compare */
	NCT_FOUND_MINOR = 6,   /* a difference, and too little to matter */
};

/* One time in one stratum. */
struct nct_comparison {
	const struct nct_stratum *side[2]; /* NULL: it has none; borrowed from the strata */
	enum nct_metric metric;
	size_t n[2];
	uint64_t median_ns[2]; /* valid where n is not 0 */
	/* what follows is valid unless NOTHING */
	struct nct_mann_whitney test;
	struct nct_shift shift; /* ns */
	double worse, better;	/* p, adjusted */
	bool testable;		/* so few samples could show something; else it is in no family */
	bool leads;		/* too few samples of it, or none, leave the whole open */
	uint64_t needed;	/* samples on each side to find what was asked; 0: does not apply */
	enum nct_found found;
};

/* How often what happened, among recoveries of one group: a stratum without its fence outcome. */
struct nct_mix {
	const struct nct_stratum *side[2]; /* NULL: it has none; borrowed */
	bool of_ends;			   /* else of fence outcomes */
	size_t n[2];
	size_t count[2][NCT_FENCES > NCT_ENDS ? NCT_FENCES : NCT_ENDS]; /* by enum */
	size_t kinds;		/* of which there is one at all */
	double p, adjusted;	/* two-sided */
	double change;		/* for the worse if below 0; docs/statistics.md */
	bool testable, counted; /* counted: p could be computed */
	bool leads;		/* too few of it leave the whole open */
	enum nct_found found;
};

struct nct_compare_opts {
	unsigned int by; /* enum nct_by */
	double alpha;
	double min_effect;	/* a part of the baseline's median, of a mix: of all recoveries */
	uint64_t min_effect_ns; /* and at least so much; 0: no matter how little */
	double detect;		/* the slow-down, likewise, that should not go unseen ... */
	double power;		/* ... with this probability */
};

struct nct_compared {
	struct nct_strata strata[2];  /* by all that was asked for */
	struct nct_strata groups[2];  /* without the fence outcome */
	struct nct_comparison *times; /* owned */
	size_t ntimes;
	struct nct_mix *mixes; /* owned */
	size_t nmixes;
	size_t family; /* tests that were adjusted together */
};

/* Returns 0 (to be freed), -ENOMEM, or -ERANGE: a time beyond 2^63 - 1. */
int nct_compare(const struct nct_side *baseline, const struct nct_side *candidate,
		const struct nct_compare_opts *opts, struct nct_compared *c);

void nct_compared_free(struct nct_compared *c);

#endif
