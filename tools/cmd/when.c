// SPDX-License-Identifier: GPL-2.0
/* Moments as people write them. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "options.h"

#define NSEC_PER_SEC 1000000000ull
#define MAX_SECONDS  (INT64_MAX / (int64_t)NSEC_PER_SEC)

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ".123" → nanoseconds; further digits than nine are skipped. No dot: 0. */
static uint64_t take_fraction(const char **s)
{
	uint64_t ns = 0, scale = NSEC_PER_SEC / 10;

	if (**s != '.' || !digit((*s)[1]))
		return 0;
	for (++*s; digit(**s); ++*s, scale /= 10)
		ns += scale * (uint64_t)(**s - '0');
	return ns;
}

static int from_seconds(int64_t seconds, uint64_t fraction_ns, uint64_t *ns)
{
	if (seconds < 0 || seconds >= MAX_SECONDS)
		return -ERANGE;
	*ns = (uint64_t)seconds * NSEC_PER_SEC + fraction_ns;
	return 0;
}

static int unix_time(const char *s, uint64_t *ns)
{
	int64_t seconds = 0;
	uint64_t fraction;

	if (!digit(*s))
		return -EINVAL;
	for (; digit(*s); s++)
		seconds = seconds < MAX_SECONDS ? seconds * 10 + (*s - '0') : MAX_SECONDS;
	fraction = take_fraction(&s);
	return *s ? -EINVAL : from_seconds(seconds, fraction, ns);
}

static int ago(const char *s, uint64_t now_ns, uint64_t *ns)
{
	uint64_t duration_ns;
	int rc = nct_parse_duration(s, &duration_ns);

	if (rc)
		return rc;
	if (digit(s[strlen(s) - 1])) /* of a plain number nobody knows what it counts */
		return -EINVAL;
	if (duration_ns > now_ns)
		return -ERANGE;
	*ns = now_ns - duration_ns;
	return 0;
}

/* "Z", "+01:00"; NULL: it is no zone. */
static const char *take_zone(const char *s, int64_t *offset)
{
	int sign = *s == '-' ? -1 : 1;

	*offset = 0;
	if (*s == 'Z')
		return s + 1;
	if ((*s != '+' && *s != '-') || !digit(s[1]) || !digit(s[2]) || s[3] != ':' ||
	    !digit(s[4]) || !digit(s[5]))
		return NULL;
	*offset = sign *
		  (((s[1] - '0') * 10 + s[2] - '0') * 3600 + ((s[4] - '0') * 10 + s[5] - '0') * 60);
	return s + 6;
}

/* "06:10", "06:10:48.5"; NULL: it is no time of day. */
static const char *take_time(const char *s, struct tm *tm, uint64_t *fraction_ns)
{
	const char *end;

	tm->tm_hour = tm->tm_min = tm->tm_sec = 0;
	s = strptime(s, "%H:%M", tm);
	if (!s || *s != ':')
		return s;
	end = strptime(s, ":%S", tm);
	if (end)
		*fraction_ns = take_fraction(&end);
	return end;
}

/* mktime and timegm take 30 February for 2 March; whoever wrote it meant something else. */
static bool is_date(const struct tm *tm)
{
	struct tm day = { .tm_year = tm->tm_year, .tm_mon = tm->tm_mon, .tm_mday = tm->tm_mday };

	timegm(&day);
	return day.tm_mday == tm->tm_mday && day.tm_mon == tm->tm_mon;
}

static int calendar(const char *s, uint64_t now_ns, uint64_t *ns)
{
	time_t now = (time_t)(now_ns / NSEC_PER_SEC);
	struct tm tm = { 0 }, date = { 0 };
	uint64_t fraction_ns = 0;
	int64_t offset = 0;
	const char *day = strptime(s, "%Y-%m-%d", &date);

	if (day)
		tm = date;
	if (!day && localtime_r(&now, &tm))
		day = take_time(s, &tm, &fraction_ns);
	else if (day && (*day == 'T' || *day == ' '))
		day = take_time(day + 1, &tm, &fraction_ns);
	if (!day || !is_date(&tm))
		return -EINVAL;
	tm.tm_isdst = -1;
	if (!*day)
		return from_seconds(mktime(&tm), fraction_ns, ns);
	day = take_zone(day, &offset);
	if (!day || *day)
		return -EINVAL;
	return from_seconds(timegm(&tm) - offset, fraction_ns, ns);
}

int nct_parse_time(const char *text, uint64_t now_ns, uint64_t *realtime_ns)
{
	int rc;

	if (*text == '@')
		return unix_time(text + 1, realtime_ns);
	if (!digit(*text)) /* strptime skips blanks and takes signs */
		return -EINVAL;
	rc = ago(text, now_ns, realtime_ns);
	return rc == -EINVAL ? calendar(text, now_ns, realtime_ns) : rc;
}
