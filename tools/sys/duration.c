// SPDX-License-Identifier: GPL-2.0
#include "duration.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The unit's nanoseconds; 0: no such unit. */
static uint64_t unit_ns(const char *unit)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "", 1000000000ull },
		{ "ns", 1 },
		{ "us", 1000 },
		{ "ms", 1000000 },
		{ "s", 1000000000ull },
		{ "m", 60 * 1000000000ull },
		{ "h", 3600 * 1000000000ull },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(unit, units[i].name))
			return units[i].ns;
	return 0;
}

/* ns + unit × the decimals at s, of which the first nine count. */
static uint64_t add_decimals(uint64_t ns, const char *s, uint64_t unit)
{
	uint64_t scale = 1, fraction = 0;

	for (; digit(*s) && scale < 1000000000; s++, scale *= 10)
		fraction = fraction * 10 + (uint64_t)(*s - '0');
	return ns + unit / scale * fraction + unit % scale * fraction / scale;
}

int nct_parse_duration(const char *text, uint64_t *ns)
{
	const char *s = text, *decimals;
	uint64_t whole = 0, unit;

	if (!digit(*s))
		return -EINVAL;
	for (; digit(*s); s++) /* saturates, and is out of range then whatever the unit */
		whole = whole <= INT64_MAX / 10 ? whole * 10 + (uint64_t)(*s - '0') : INT64_MAX;
	decimals = *s == '.' && digit(s[1]) ? ++s : "";
	while (digit(*s))
		s++;
	unit = unit_ns(s);
	if (!unit)
		return -EINVAL;
	if (whole >= INT64_MAX / unit)
		return -ERANGE;
	*ns = add_decimals(whole * unit, decimals, unit);
	return 0;
}
