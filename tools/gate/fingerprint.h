/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What two sets of recoveries have to agree in before their times can be compared: timeouts of the
 * controllers, settings of the hosts. The kernel itself is told, not compared: it is what may
 * have changed.
 */
#ifndef NCT_GATE_FINGERPRINT_H
#define NCT_GATE_FINGERPRINT_H

#include <stdbool.h>

#include "../recovery/event.h"
#include "../sys/settings.h"

#define NCT_TRAIT_NAME	40
#define NCT_TRAIT_VALUE 96
#define NCT_TRAIT_MAX	32 /* values that are kept of each */

/* All values that were seen, sorted. */
struct nct_trait {
	char name[NCT_TRAIT_NAME];
	char (*values)[NCT_TRAIT_VALUE]; /* owned */
	size_t n;
	bool more; /* there were others */
};

/* All zero is the valid empty state. Sorted by name. */
struct nct_fingerprint {
	struct nct_trait *list; /* owned */
	size_t n;
};

/* "" is not known: not added. All return 0 or -ENOMEM. */
int nct_fingerprint_add(struct nct_fingerprint *f, const char *name, const char *value);
int nct_fingerprint_add_settings(struct nct_fingerprint *f, const struct nct_settings *settings);
int nct_fingerprint_add_identity(struct nct_fingerprint *f, const struct nct_identity *id);

/* There were more values of it than are kept; nothing if there is none. */
void nct_fingerprint_more(struct nct_fingerprint *f, const char *name);

/* NULL: nothing is known of it. */
const struct nct_trait *nct_fingerprint_find(const struct nct_fingerprint *f, const char *name);

/* What is not known of one of them does not differ. */
bool nct_trait_differs(const struct nct_trait *a, const struct nct_trait *b);

/* The kernel and what comes with it: told, not compared. */
bool nct_trait_is_told_only(const char *name);

void nct_fingerprint_free(struct nct_fingerprint *f);

#endif
