// SPDX-License-Identifier: GPL-2.0
#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t caught;

static void on_signal(int sig)
{
	if (caught) { /* asked twice: no more waiting for anything */
		signal(sig, SIG_DFL);
		raise(sig);
	}
	caught = sig;
}

static int catch_one(int sig)
{
	/* Restarted system calls: a line being written is written whole. */
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	struct sigaction old;

	if (sigaction(sig, NULL, &old))
		return -errno;
	/* nohup stays nohup. SIGINT is caught all the same: shells ignore it for the
	 * background jobs of a script, which then has to be able to `kill -INT`. */
	if (sig == SIGHUP && old.sa_handler == SIG_IGN)
		return 0;
	sigemptyset(&sa.sa_mask);
	return sigaction(sig, &sa, NULL) ? -errno : 0;
}

int nct_signals_catch(void)
{
	static const int stop[] = { SIGINT, SIGTERM, SIGHUP };

	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return -errno;
	for (size_t i = 0; i < sizeof(stop) / sizeof(stop[0]); i++) {
		int rc = catch_one(stop[i]);

		if (rc)
			return rc;
	}
	return 0;
}

int nct_signals_caught(void)
{
	return caught;
}
