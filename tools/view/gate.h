/* SPDX-License-Identifier: GPL-2.0 */
/* What the gate found: for people, for pull requests, for programs, for CI systems. */
#ifndef NCT_VIEW_GATE_H
#define NCT_VIEW_GATE_H

#include <stdio.h>

#include "../gate/gate.h"
#include "style.h"
#include "text.h"

#define NCT_GATE_SCHEMA "nvme-ccr-trace/gate/1"

/* Tables, and at the end the verdict with what speaks for it. */
void nct_gate_text(struct nct_text *t, const struct nct_style *style, const struct nct_gate *g,
		   const struct nct_gate_opts *opts);

/* The same with the verdict first, for a comment under a change. */
void nct_gate_markdown(struct nct_text *t, const struct nct_gate *g,
		       const struct nct_gate_opts *opts);

/* A case for each thing that was judged. */
void nct_gate_junit(struct nct_text *t, const struct nct_gate *g, const struct nct_gate_opts *opts);

/* One object in one line. Returns 0, -ENOMEM or -errno. */
int nct_gate_json(FILE *out, const struct nct_gate *g, const struct nct_gate_opts *opts);

#endif
