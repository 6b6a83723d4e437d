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

/* The bits of a comma list of names, each looked up by bit_of; 0: one is no such name. */
static unsigned int bits_of(const char *list, unsigned int (*bit_of)(const char *name, size_t len))
{
	unsigned int bits = 0;

	for (;;) {
		size_t len = strcspn(list, ",");
		unsigned int bit = bit_of(list, len);

		if (!bit)
			return 0;
		bits |= bit;
		if (!list[len])
			return bits;
		list += len + 1;
	}
}

static bool same(const char *name, size_t len, const char *known)
{
	return strlen(known) == len && !memcmp(name, known, len);
}

static unsigned int fence_bit(const char *name, size_t len)
{
	for (int i = NCT_FENCE_CCR; i <= NCT_FENCE_UNFENCED; i++)
		if (same(name, len, nct_fence_name((enum nct_fence)i)))
			return 1u << i;
	return same(name, len, "unknown") ? 1u << NCT_FENCE_UNKNOWN : 0;
}

static unsigned int end_bit(const char *name, size_t len)
{
	for (int i = NCT_END_LIVE; i <= NCT_END_INCOMPLETE; i++)
		if (same(name, len, nct_end_name((enum nct_end)i)))
			return 1u << i;
	return 0;
}

int nct_filter_add_fences(struct nct_filter *f, const char *list)
{
	unsigned int bits = bits_of(list, fence_bit);

	f->fences |= bits;
	return bits ? 0 : -EINVAL;
}

int nct_filter_add_ends(struct nct_filter *f, const char *list)
{
	unsigned int bits = bits_of(list, end_bit);

	f->ends |= bits;
	return bits ? 0 : -EINVAL;
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

static bool match_time(const struct nct_filter *f, const struct nct_recovery *rec,
		       uint64_t start_wall_ns)
{
	if (!f->has_since && !f->has_until)
		return true;
	if (start_wall_ns == NCT_NONE)
		return false;
	if (f->has_until && start_wall_ns >= f->until_ns)
		return false;
	return !f->has_since || start_wall_ns + rec->duration_ns >= f->since_ns;
}

/* By all but its time. */
static bool match_rest(const struct nct_filter *f, const struct nct_recovery *rec)
{
	/* A reset has no fence, as nothing on PCIe; asking for one asks for what could have one. */
	if (f->fences && (!nct_fence_applies(rec) || !(f->fences & 1u << rec->fence)))
		return false;
	if (f->ends && !(f->ends & 1u << rec->end))
		return false;
	return nct_filter_match(f, rec) && nct_filter_long_enough(f, rec);
}

bool nct_filter_ended(const struct nct_filter *f, const struct nct_recovery *rec,
		      uint64_t start_wall_ns)
{
	return match_time(f, rec, start_wall_ns) && match_rest(f, rec);
}

bool nct_filter_untimed(const struct nct_filter *f, const struct nct_recovery *rec,
			uint64_t start_wall_ns)
{
	return start_wall_ns == NCT_NONE && (f->has_since || f->has_until) && match_rest(f, rec);
}

void nct_filter_free(struct nct_filter *f)
{
	free(f->controllers);
	free(f->subsystems);
	memset(f, 0, sizeof(*f));
}
