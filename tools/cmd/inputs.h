/* SPDX-License-Identifier: GPL-2.0 */
/* The recordings that a command is to read. */
#ifndef NCT_CMD_INPUTS_H
#define NCT_CMD_INPUTS_H

#include "options.h"

/*
 * Makes a list of recordings out of the files of a command line: what SQLite keeps beside a
 * recording (FILE-wal, FILE-shm, FILE-journal; a shell's FILE* names them, too) is left out, and so
 * is, with a word on standard error, what was named twice. Each file that is no recording is told
 * there but for the last, which is *err (NCT_EXIT_USAGE; NCT_EXIT_SYSTEM if it cannot be read). To
 * be called before an output is cut: a slip in the name of an input must not cost it. Returns 0 or
 * -1.
 */
int nct_inputs_check(struct nct_options *o, struct nct_error *err);

#endif
