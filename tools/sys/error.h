/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One error: the exit code it leads to, and one line that says what failed, on
 * what, and what to do about it.
 */
#ifndef NCT_SYS_ERROR_H
#define NCT_SYS_ERROR_H

/* Exit codes, the same for every command. */
enum nct_exit {
	NCT_EXIT_OK = 0,
	NCT_EXIT_NO = 1,	 /* the answer is "no": regression, violation */
	NCT_EXIT_USAGE = 2,	 /* usage or bad input */
	NCT_EXIT_SYSTEM = 3,	 /* the system cannot: capability, BTF, kernel */
	NCT_EXIT_TOO_LITTLE = 4, /* not enough data to say */
	NCT_EXIT_UNTRUSTED = 5,	 /* lossy, truncated, incomparable */
};

struct nct_error {
	enum nct_exit code;
	char text[512];
};

/* Fills err (when not NULL) and returns -1, so that `return nct_fail(…)` reads
 * well. */
__attribute__((format(printf, 3, 4))) int nct_fail(struct nct_error *err, enum nct_exit code,
						   const char *fmt, ...);

#endif
