/* SPDX-License-Identifier: GPL-2.0 */
/* What this system offers to an observer, and what to do where it does not. */
#ifndef NCT_SYS_CHECKS_H
#define NCT_SYS_CHECKS_H

#include <stddef.h>

#include "error.h"

enum nct_check_status {
	NCT_CHECK_OK = 0,
	NCT_CHECK_NOTE = 1,   /* works, but the user should know */
	NCT_CHECK_FAILED = 2, /* nothing can be observed */
};

struct nct_check {
	const char *name;
	enum nct_check_status status;
	char detail[200];
	char remedy[200]; /* "" when there is nothing to do */
};

#define NCT_MAX_CHECKS 8

/* Runs all checks, in the order in which they matter. Returns their number. */
size_t nct_checks_run(struct nct_check checks[NCT_MAX_CHECKS]);

/* The first failed check as an error: its detail and its remedy. 0 if none. */
int nct_checks_require(struct nct_error *err);

#endif
