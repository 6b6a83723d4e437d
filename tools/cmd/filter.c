// SPDX-License-Identifier: GPL-2.0
#include "filter.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* Parses one of "nvme1", "1" up to a comma or the end. NULL: it is neither. */
static const char *parse_controller(const char *s, int32_t *instance)
{
	uint64_t n = 0;
	const char *digits;

	if (!strncmp(s, "nvme", 4))
		s += 4;
	for (digits = s; *s >= '0' && *s <= '9'; s++) {
		n = n * 10 + (uint64_t)(*s - '0');
		if (n > INT32_MAX)
			return NULL;
	}
	if (s == digits || (*s && *s != ','))
		return NULL;
	*instance = (int32_t)n;
	return s;
}

static int count_controllers(const char *list)
{
	int32_t unused;
	int n = 0;

	for (;;) {
		list = parse_controller(list, &unused);
		if (!list)
			return -EINVAL;
		n++;
		if (!*list++)
			return n;
	}
}

int nct_filter_add_controllers(struct nct_filter *f, const char *list)
{
	int n = count_controllers(list);
	int32_t *grown;

	if (n < 0)
		return n;
	grown = realloc(f->controllers, (f->ncontrollers + (size_t)n) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	f->controllers = grown;
	for (; n > 0; n--) {
		list = parse_controller(list, &grown[f->ncontrollers++]);
		list++;
	}
	return 0;
}

int nct_filter_add_subsystem(struct nct_filter *f, const char *pattern)
{
	const char **grown;

	if (!*pattern)
		return -EINVAL;
	grown = realloc(f->subsystems, (f->nsubsystems + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	f->subsystems = grown;
	grown[f->nsubsystems++] = pattern;
	return 0;
}

static bool match_controller(const struct nct_filter *f, int32_t instance)
{
	for (size_t i = 0; i < f->ncontrollers; i++)
		if (f->controllers[i] == instance)
			return true;
	return !f->ncontrollers;
}

static bool match_subsystem(const struct nct_filter *f, const char *nqn)
{
	for (size_t i = 0; i < f->nsubsystems; i++)
		if (*nqn && (!strcmp(f->subsystems[i], nqn) || !fnmatch(f->subsystems[i], nqn, 0)))
			return true;
	return !f->nsubsystems;
}

bool nct_filter_match(const struct nct_filter *f, const struct nct_recovery *rec)
{
	return match_controller(f, rec->id.instance) && match_subsystem(f, rec->id.subsystem);
}

bool nct_filter_long_enough(const struct nct_filter *f, const struct nct_recovery *rec)
{
	return rec->duration_ns >= f->min_duration_ns;
}

void nct_filter_free(struct nct_filter *f)
{
	free(f->controllers);
	free(f->subsystems);
	memset(f, 0, sizeof(*f));
}
