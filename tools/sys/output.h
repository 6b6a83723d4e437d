/* SPDX-License-Identifier: GPL-2.0 */
/* Output of which no byte gets lost in silence. */
#ifndef NCT_SYS_OUTPUT_H
#define NCT_SYS_OUTPUT_H

#include <stddef.h>
#include <stdio.h>

/*
 * Makes sure that descriptors 0 to 2 are taken, so that no file opened later
 * becomes standard output by accident. One that was closed still fails when it
 * is used. Returns 0 or -errno.
 */
int nct_output_reserve(void);

/* 0 if out is open for writing, else -EBADF: to know before any work is done. */
int nct_output_check(FILE *out);

/* Writes and flushes. Returns 0 or -errno. */
int nct_output_put(FILE *out, const char *buf, size_t len);

/* -EPIPE if nobody can read what out gets any more, else 0: to know it before the
 * next write, which may be hours away. */
int nct_output_broken(FILE *out);

/* Flushes and closes standard output. Returns 0 or -errno: what was written since
 * the last flush may be lost then. */
int nct_output_close_stdout(void);

#endif
