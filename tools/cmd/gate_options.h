/* SPDX-License-Identifier: GPL-2.0 */
/* The options that gate alone takes; options.c calls these to parse them. */
#ifndef NCT_CMD_GATE_OPTIONS_H
#define NCT_CMD_GATE_OPTIONS_H

#include "../gate/gate.h"

struct nct_options;

/* All zero: nothing was asked for. Lists are owned, what they point to is in argv. */
struct nct_gate_options {
	double alpha, power, min_effect, detect; /* 0: the default */
	bool any_effect;			 /* min_effect is 0, and was given */
	uint64_t min_effect_ns;
	struct nct_budget *budgets;
	size_t nbudgets;
	const char **allowed;
	size_t nallowed;
	char **against; /* the candidate's files */
	size_t nagainst;
	char **baseline; /* all other files */
	size_t nbaseline;
	bool candidates;  /* while options are parsed: plain arguments are the candidate's */
	const char *save; /* NULL: no baseline is saved */
};

/* Each returns 0, or -errno when the value is no good. */
int nct_gate_parse_against(struct nct_options *o, const char *value);
int nct_gate_parse_budget(struct nct_options *o, const char *value);
int nct_gate_parse_budgets(struct nct_options *o, const char *value);
int nct_gate_parse_alpha(struct nct_options *o, const char *value);
int nct_gate_parse_paranoid(struct nct_options *o, const char *value);
int nct_gate_parse_power(struct nct_options *o, const char *value);
int nct_gate_parse_min_effect(struct nct_options *o, const char *value);
int nct_gate_parse_detect(struct nct_options *o, const char *value);
int nct_gate_parse_allow(struct nct_options *o, const char *value);
int nct_gate_parse_save(struct nct_options *o, const char *value);
int nct_gate_parse_format(struct nct_options *o, const char *value);

/* An argument that is no option: a file of the side whose turn it is. 0 or -ENOMEM. */
int nct_gate_take_file(struct nct_options *o, char *path);

void nct_gate_options_free(struct nct_gate_options *g);

#endif
