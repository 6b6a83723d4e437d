/* SPDX-License-Identifier: GPL-2.0 */
/* The report of `doctor`: what can be seen on this kernel, by what, and what not. */
#ifndef NCT_VIEW_DOCTOR_H
#define NCT_VIEW_DOCTOR_H

#include <stdbool.h>
#include <stdio.h>

#include "../source/bpf.h"
#include "../sys/checks.h"

struct nct_diagnosis {
	char kernel[80]; /* release and machine */
	enum nct_dialect dialect;
	struct nct_check checks[NCT_MAX_CHECKS];
	size_t nchecks;
	const struct nct_hook_status *hooks; /* NULL: nothing could be loaded */
	size_t nhooks;
	struct nct_error error; /* why not; code 0 if there is none */
	size_t controllers;
	bool able; /* recoveries can be observed */
};

/* Both return 0 or -errno of the write. */
int nct_doctor_text(FILE *out, const struct nct_diagnosis *d);
int nct_doctor_json(FILE *out, const struct nct_diagnosis *d);

#endif
