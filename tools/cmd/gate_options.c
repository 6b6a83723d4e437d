// SPDX-License-Identifier: GPL-2.0
#include "gate_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../view/text.h"
#include "cmd.h"
#include "options.h"

#define PARANOID_ALPHA 0.01

/* ---- lists -------------------------------------------------------------------------------- */

/* Room for one more; NULL: out of memory. */
static void *grown(void *list, size_t n, size_t size)
{
	return realloc(list, (n + 1) * size);
}

static int add_file(char ***files, size_t *n, char *path)
{
	char **list = grown(*files, *n, sizeof(*list));

	if (!list)
		return -ENOMEM;
	*files = list;
	list[(*n)++] = path;
	return 0;
}

int nct_gate_take_file(struct nct_options *o, char *path)
{
	struct nct_gate_options *g = &o->gate;

	return g->candidates ? add_file(&g->against, &g->nagainst, path)
			     : add_file(&g->baseline, &g->nbaseline, path);
}

int nct_gate_parse_against(struct nct_options *o, const char *value)
{
	if (!*value)
		return -EINVAL;
	o->gate.candidates = true;
	return nct_gate_take_file(o, (char *)value);
}

int nct_gate_parse_allow(struct nct_options *o, const char *value)
{
	struct nct_gate_options *g = &o->gate;
	const char **list = grown(g->allowed, g->nallowed, sizeof(*list));

	if (!*value)
		return -EINVAL;
	if (!list)
		return -ENOMEM;
	g->allowed = list;
	list[g->nallowed++] = value;
	return 0;
}

/* ---- budgets -------------------------------------------------------------------------------- */

/* Says what is wrong: that "it is not accepted" would leave people guessing. */
int nct_gate_parse_budget(struct nct_options *o, const char *value)
{
	struct nct_gate_options *g = &o->gate;
	struct nct_budget *list = grown(g->budgets, g->nbudgets, sizeof(*list));
	const char *why;

	if (!list)
		return -ENOMEM;
	g->budgets = list;
	if (nct_budget_parse(&list[g->nbudgets], value, &why)) {
		fprintf(stderr, NCT_PROGRAM " gate: budget \"%s\": %s\n", nct_plain(value).s, why);
		return -EINVAL;
	}
	g->nbudgets++;
	return 0;
}

/* One in each line; what follows # is a comment. */
int nct_gate_parse_budgets(struct nct_options *o, const char *value)
{
	FILE *f = fopen(value, "r");
	char *line = NULL;
	size_t room = 0;
	int rc = 0;

	if (!f) {
		fprintf(stderr, NCT_PROGRAM " gate: %s: %s\n", value, strerror(errno));
		return -EINVAL;
	}
	while (!rc && getline(&line, &room, f) >= 0) {
		line[strcspn(line, "#\r\n")] = '\0';
		if (line[strspn(line, " \t")])
			rc = nct_gate_parse_budget(o, line);
	}
	if (ferror(f)) { /* a directory, say */
		fprintf(stderr, NCT_PROGRAM " gate: %s: cannot be read\n", value);
		rc = -EINVAL;
	}
	free(line);
	fclose(f);
	return rc;
}

/* ---- numbers ----------------------------------------------------------------------------------
 */

/* "5%" or "0.05"; false: neither, or not from least to most. */
static bool read_part(const char *value, double least, double most, double *part)
{
	char *end;

	if (*value < '0' || *value > '9')
		return false;
	*part = strtod(value, &end);
	if (!strcmp(end, "%"))
		*part /= 100;
	else if (*end)
		return false;
	return *part >= least && *part <= most;
}

int nct_gate_parse_alpha(struct nct_options *o, const char *value)
{
	return read_part(value, 1e-9, 0.5, &o->gate.alpha) ? 0 : -EINVAL;
}

int nct_gate_parse_paranoid(struct nct_options *o, const char *value)
{
	(void)value;
	o->gate.alpha = PARANOID_ALPHA;
	return 0;
}

int nct_gate_parse_power(struct nct_options *o, const char *value)
{
	return read_part(value, 0.5, 0.999, &o->gate.power) ? 0 : -EINVAL;
}

int nct_gate_parse_detect(struct nct_options *o, const char *value)
{
	return read_part(value, 0.001, 1000, &o->gate.detect) ? 0 : -EINVAL;
}

/* With its unit: "0.05" would be meant as a part. */
static int read_time(const char *value, uint64_t *ns)
{
	size_t len = strlen(value);

	if (!len || (value[len - 1] != 's' && value[len - 1] != 'm' && value[len - 1] != 'h'))
		return -EINVAL;
	return nct_parse_duration(value, ns);
}

/* A part, a time, or both: "5%,1ms". */
int nct_gate_parse_min_effect(struct nct_options *o, const char *value)
{
	char part[32];
	size_t len = strcspn(value, ",");

	snprintf(part, sizeof(part), "%.*s", (int)len, value);
	if (!strchr(part, '%') && !value[len])
		return read_time(value, &o->gate.min_effect_ns);
	if (!strchr(part, '%') || !read_part(part, 0, 1000, &o->gate.min_effect))
		return -EINVAL;
	o->gate.any_effect = o->gate.min_effect == 0;
	return value[len] ? read_time(value + len + 1, &o->gate.min_effect_ns) : 0;
}

/* ---- output -------------------------------------------------------------------------------------
 */

int nct_gate_parse_save(struct nct_options *o, const char *value)
{
	o->gate.save = value;
	return *value ? 0 : -EINVAL;
}

int nct_gate_parse_format(struct nct_options *o, const char *value)
{
	static const char *const words[] = {
		[NCT_FORMAT_TEXT] = "text",
		[NCT_FORMAT_JSON] = "json",
		[NCT_FORMAT_JUNIT] = "junit",
		[NCT_FORMAT_MARKDOWN] = "markdown",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(value, words[i])) {
			o->format = (enum nct_format)i;
			return 0;
		}
	return -EINVAL;
}

void nct_gate_options_free(struct nct_gate_options *g)
{
	free(g->budgets);
	free(g->allowed);
	free(g->against);
	free(g->baseline);
	memset(g, 0, sizeof(*g));
}
