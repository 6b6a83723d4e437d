/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The text of a trace → events: trace_pipe, the file `trace` (with its latency columns,
 * too), and what trace-cmd report prints. Understood are our tracepoints, and kprobe events
 * on kernel functions whatever they are called, if they name the controller as "inst".
 *
 * A kprobe event on nvme_change_ctrl_state tells numbers of states, which differ between
 * kernels. Lines "state 3 RESETTING" in front of the trace (or "# state 3 RESETTING") name
 * them. Without these the numbers of released kernels are taken, if the trace shows that it
 * is from one of those; else what they mean is not known.
 */
#ifndef NCT_SOURCE_FTRACE_H
#define NCT_SOURCE_FTRACE_H

#include "logsession.h"

/* As nct_dmesg_import(). */
int nct_ftrace_import(struct nct_lines *lines, const struct nct_session *model,
		      const struct nct_replay_ops *ops, void *ctx, struct nct_import_stats *stats);

#endif
