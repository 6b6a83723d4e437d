/* SPDX-License-Identifier: GPL-2.0 */
/* Where the output of a command goes. */
#ifndef NCT_CMD_SINK_H
#define NCT_CMD_SINK_H

#include <stdio.h>

#include "../sys/error.h"

struct nct_sink {
	FILE *file;
	const char *name; /* for messages */
};

/*
 * name NULL: standard output. A file is opened and keeps what it holds until
 * nct_sink_cut(), so that nothing is lost if there is nothing to write. name must outlive
 * the sink. Returns 0, or -1 and *err: NCT_EXIT_SYSTEM; NCT_EXIT_USAGE if it is a recording,
 * or another database: --output of record and import names one to continue, and a slip must
 * not cost it. After an error there is nothing to close.
 */
int nct_sink_open(struct nct_sink *s, const char *name, struct nct_error *err);

/* Empties the file: to be called before the first byte is written. Returns 0 or -errno. */
int nct_sink_cut(struct nct_sink *s);

/*
 * Closes it, or flushes it if it is standard output, which main() closes. written: 0, or the
 * -errno of a write. Returns it, or that of this. A sink that is not open is closed already.
 */
int nct_sink_close(struct nct_sink *s, int written);

/* Says that writing failed, with -errno. Returns -1 and *err (NCT_EXIT_SYSTEM). */
int nct_sink_failed(const struct nct_sink *s, int written, struct nct_error *err);

#endif
