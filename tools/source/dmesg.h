/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kernel log → events: what the lines of nvme's host drivers say of recoveries, in every
 * dialect. A log tells less than the kernel does:
 *
 *   when a work began to run   not at all: `queue` lasts until the first line after it
 *   when an attempt to connect began   not before the first line that it prints
 *   when it was LIVE again   only that it has been since the attempt, when it says so
 *   time to retry, the instance (CIU), the result of a CCR command   not at all
 *   a user's reset, the end of a deletion   not at all
 *
 * All of that is left unknown. The one conclusion that is drawn: a controller that says
 * "starting error recovery" right after the timeout of a request did so because of it.
 */
#ifndef NCT_SOURCE_DMESG_H
#define NCT_SOURCE_DMESG_H

#include "logsession.h"

/*
 * Reads the lines to their end and tells ops of every session. model: what all sessions
 * have in common (tool, input); the rest is filled in. stats are added to. Returns 0,
 * -errno, or what a callback returned to stop it.
 */
int nct_dmesg_import(struct nct_lines *lines, const struct nct_session *model,
		     const struct nct_replay_ops *ops, void *ctx, struct nct_import_stats *stats);

#endif
