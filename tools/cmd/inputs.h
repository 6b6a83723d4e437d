/* SPDX-License-Identifier: GPL-2.0 */
/* The recordings that a command was given, as people give them: by a glob, or twice. */
#ifndef NCT_CMD_INPUTS_H
#define NCT_CMD_INPUTS_H

#include "options.h"

/*
 * Puts options->files in order, before anything is written: logs of SQLite beside a recording
 * (-wal, -shm, -journal) are left out, and so is what is given twice, which is told. What
 * remains is in the order of time, as far as that is known, else in that of the command line.
 * Returns 0; else -1 and *err: some are no recordings, each of which is told. command: who
 * says so.
 */
int nct_inputs_settle(struct nct_options *options, const char *command, struct nct_error *err);

/* The part of it that needs no recordings: each file once, without the logs of SQLite. *n is how
 * many remain. Returns likewise. */
int nct_inputs_distinct(char *files[], size_t *n, const char *command, struct nct_error *err);

/* Whether both names are of one file that exists. */
bool nct_inputs_same(const char *a, const char *b);

#endif
