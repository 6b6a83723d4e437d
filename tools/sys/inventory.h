/* SPDX-License-Identifier: GPL-2.0 */
/* The controllers that sysfs shows: who they are, how configured, in what state. */
#ifndef NCT_SYS_INVENTORY_H
#define NCT_SYS_INVENTORY_H

#include "../recovery/recovery.h"

/*
 * Calls fn for each controller under /sys/class/nvme, in no order. What sysfs does
 * not tell is "" or NCT_UNKNOWN_INT. state is read first, read_ns (CLOCK_MONOTONIC)
 * just before that. A controller that vanishes meanwhile is skipped. Returns the
 * number of controllers (0 without the nvme class), or what fn returned if < 0.
 */
int nct_inventory(int (*fn)(void *ctx, const struct nct_identity *id, enum nct_state state,
			    uint64_t read_ns),
		  void *ctx);

/* Whether a module is there to be hooked: loaded and initialised, or built in. */
bool nct_module_present(const char *module);

/* Whether other modules use a module that is present; true if it is built in. */
bool nct_module_used(const char *module);

#endif
