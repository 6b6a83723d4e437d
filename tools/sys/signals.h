/* SPDX-License-Identifier: GPL-2.0 */
/* Signals: the first one that asks us to stop is noted, the second one kills. */
#ifndef NCT_SYS_SIGNALS_H
#define NCT_SYS_SIGNALS_H

/*
 * Catches SIGINT, SIGTERM and SIGHUP (not if nohup had it ignored), and ignores SIGPIPE
 * so that a write to a closed pipe is an error like any other.
 * Returns 0 or -errno.
 */
int nct_signals_catch(void);

/* The number of the signal that asked us to stop; 0: none yet. */
int nct_signals_caught(void);

#endif
