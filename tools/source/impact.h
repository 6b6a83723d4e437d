/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The programs on the I/O path, and when they are there: while a recovery is open, always, or
 * never (bpf/io.bpf.c says what they are for).
 *
 * Loading, attaching and detaching take the kernel milliseconds to seconds, so a thread of its own
 * does it; whoever reads events never waits.
 */
#ifndef NCT_SOURCE_IMPACT_H
#define NCT_SOURCE_IMPACT_H

#include "../recovery/event.h"
#include "bpf.h"
#include "lives.h"
#include "object.h"

struct nct_impact;

/* NULL: out of memory. */
struct nct_impact *nct_impact_new(enum nct_io_mode mode);
void nct_impact_free(struct nct_impact *p); /* NULL is allowed */

/* To be called when maps were created, and when the hooks of nvme_core came or went (`held`): what
 * is loaded for a module is of no use for the next one of its name. complete: all that count what
 * becomes of requests are there; else nothing is told. */
void nct_impact_update(struct nct_impact *p, const struct nct_maps *maps, bool held, bool complete);

/* An event, as it comes: recoveries open and close. */
void nct_impact_event(struct nct_impact *p, const struct nct_event *ev);

/* After events were lost: what is recovering no more, because it is not there any more. */
void nct_impact_sweep(struct nct_impact *p, const struct nct_lives *lives);

/* Why the programs could not be loaded or attached, as -errno; 0 as long as all is well. */
int nct_impact_error(struct nct_impact *p);

#endif
