/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why a controller left LIVE: from the call site to a reason and a kind.
 */
#ifndef NCT_RECOVERY_TRIGGER_H
#define NCT_RECOVERY_TRIGGER_H

#include "recovery.h"

struct nct_cause {
	const char *site;
	const char *reason;
	enum nct_kind kind;
};

/*
 * Picks, from return addresses already turned into symbols (innermost caller
 * first), the function that decided: skips the plumbing of BPF trampolines and
 * of nvme_change_ctrl_state, nvme_reset_ctrl, *_error_recovery and the like,
 * which the compiler may or may not inline. Returns the index, or -1.
 */
int nct_trigger_frame(const char *const *frames, int nframes);

/* Cuts " [module]" and compiler suffixes (".part.0", ".isra.1", "+0x…") off a
 * symbol in place. */
void nct_symbol_clean(char *symbol);

/* The cause a site stands for; NULL when the site is not known to us. */
const struct nct_cause *nct_cause_of(const char *site);

#endif
