// SPDX-License-Identifier: GPL-2.0
/* Time stamps of logs. */
#include <string.h>

#include "logline.h"

#define NS 1000000000ull

/* Jan 1, 2001, in days: for stamps that do not tell their year. */
#define SOME_YEAR_DAYS 11323

struct date {
	int year, month, day; /* month and day from 1 */
};

struct time_of_day {
	uint64_t ns; /* since midnight */
	uint64_t resolution_ns;
	bool comma;
};

/* Days since 1970 of the Gregorian calendar, years being counted from March. */
static int64_t days_of(const struct date *d)
{
	int64_t year = d->month > 2 ? d->year : d->year - 1;
	int64_t months = (d->month + 9) % 12;
	int64_t day_of_year = (153 * months + 2) / 5 + d->day - 1;

	return 365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719468;
}

static bool set(struct nct_stamp *s, enum nct_clock clock, const struct date *d,
		const struct time_of_day *t, int64_t east_s)
{
	int64_t seconds = days_of(d) * 86400 - east_s;

	if (seconds < 0)
		return false;
	*s = (struct nct_stamp) { clock, (uint64_t)seconds * NS + t->ns, t->resolution_ns };
	return true;
}

/* Where the year is not told: it is a leap year once it had a Feb 29. */
static void set_no_year(struct nct_stamp *s, struct nct_stamp_state *state, const struct date *d,
			const struct time_of_day *t)
{
	static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
	uint64_t days = SOME_YEAR_DAYS + 365ull * (state->rollovers % 200) + state->leap_days % 50;

	days += (uint64_t)(before[d->month - 1] + d->day - 1);
	days += state->leap_year && d->month > 2;
	state->leap_year |= d->month == 2 && d->day == 29;
	*s = (struct nct_stamp) { NCT_CLOCK_LOCAL, days * 86400 * NS + t->ns, t->resolution_ns };
}

/* The digits behind the point, of which nine count; the resolution is the last one's worth. */
static bool take_fraction(struct nct_cursor *c, uint64_t *ns, uint64_t *resolution_ns)
{
	uint64_t worth = NS, value = 0;
	const char *from = c->p;

	for (; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++) {
		if (worth == 1)
			continue;
		worth /= 10;
		value += worth * (uint64_t)(*c->p - '0');
	}
	*ns = value;
	*resolution_ns = worth;
	return c->p > from;
}

bool nct_take_seconds(struct nct_cursor *c, struct nct_stamp *stamp)
{
	struct nct_cursor at = *c;
	uint64_t seconds, ns, resolution_ns;

	if (!nct_take_number(&at, 9, &seconds) || !nct_take_char(&at, '.') ||
	    !take_fraction(&at, &ns, &resolution_ns))
		return false;
	*stamp = (struct nct_stamp) { NCT_CLOCK_UPTIME, seconds * NS + ns, resolution_ns };
	*c = at;
	return true;
}

bool nct_take_unix(struct nct_cursor *c, struct nct_stamp *stamp)
{
	struct nct_cursor at = *c;
	uint64_t seconds, ns, resolution_ns;

	/* From 1973, or any number would do, until 2262, as all others. */
	if (!nct_take_number(&at, 10, &seconds) || seconds < 100000000 || seconds > 9214646400ull ||
	    !nct_take_char(&at, '.') || !take_fraction(&at, &ns, &resolution_ns))
		return false;
	*stamp = (struct nct_stamp) { NCT_CLOCK_UTC, seconds * NS + ns, resolution_ns };
	*c = at;
	return true;
}

/* Exactly this many digits. */
static bool take_digits(struct nct_cursor *c, unsigned int digits, int *n)
{
	int value = 0;

	if ((size_t)(c->end - c->p) < digits)
		return false;
	for (unsigned int i = 0; i < digits; i++) {
		if (c->p[i] < '0' || c->p[i] > '9')
			return false;
		value = value * 10 + (c->p[i] - '0');
	}
	c->p += digits;
	*n = value;
	return true;
}

static bool take_time(struct nct_cursor *c, struct time_of_day *t)
{
	int h, m, s;

	if (!take_digits(c, 2, &h) || !nct_take_char(c, ':') || !take_digits(c, 2, &m) ||
	    !nct_take_char(c, ':') || !take_digits(c, 2, &s) || h > 23 || m > 59 || s > 60)
		return false;
	t->ns = ((uint64_t)h * 3600 + (uint64_t)m * 60 + (uint64_t)s) * NS;
	t->resolution_ns = NS;
	t->comma = c->p < c->end && *c->p == ',';
	if (c->p < c->end && (*c->p == '.' || t->comma)) {
		uint64_t ns;

		c->p++;
		if (!take_fraction(c, &ns, &t->resolution_ns))
			return false;
		t->ns += ns;
	}
	return true;
}

static bool take_date(struct nct_cursor *c, struct date *d)
{
	return take_digits(c, 4, &d->year) && nct_take_char(c, '-') &&
	       take_digits(c, 2, &d->month) && nct_take_char(c, '-') &&
	       take_digits(c, 2, &d->day) && d->year >= 1970 && d->year < 2262 && d->month >= 1 &&
	       d->month <= 12 && d->day >= 1 && d->day <= 31;
}

/* "Z", "+01:00", "+0100", "+01"; false and nothing taken: there is none. */
static bool take_zone(struct nct_cursor *c, int64_t *east_s)
{
	struct nct_cursor at = *c;
	bool west = at.p < at.end && *at.p == '-';
	int h, m = 0;

	*east_s = 0;
	if (nct_take_char(c, 'Z'))
		return true;
	if (!nct_take_char(&at, west ? '-' : '+') || !take_digits(&at, 2, &h))
		return false;
	nct_take_char(&at, ':');
	if (!take_digits(&at, 2, &m))
		m = 0;
	*east_s = (west ? -60 : 60) * ((int64_t)h * 60 + m);
	*c = at;
	return true;
}

bool nct_take_iso(struct nct_cursor *c, struct nct_stamp *stamp, bool *comma)
{
	struct nct_cursor at = *c;
	struct time_of_day t;
	struct date d;
	int64_t east_s;
	bool zone;

	if (!take_date(&at, &d) || (!nct_take_char(&at, 'T') && !nct_take_char(&at, ' ')) ||
	    !take_time(&at, &t))
		return false;
	zone = take_zone(&at, &east_s);
	if (!set(stamp, zone ? NCT_CLOCK_UTC : NCT_CLOCK_LOCAL, &d, &t, east_s))
		return false;
	*comma = t.comma;
	*c = at;
	return true;
}

static bool take_month(struct nct_cursor *c, int *month)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	if (c->end - c->p < 3)
		return false;
	for (int i = 0; i < 12; i++) {
		if (!memcmp(names + 3 * i, c->p, 3)) {
			c->p += 3;
			*month = i + 1;
			return true;
		}
	}
	return false;
}

static bool take_weekday(struct nct_cursor *c)
{
	static const char names[] = "SunMonTueWedThuFriSat";

	for (int i = 0; c->end - c->p >= 3 && i < 7; i++) {
		if (!memcmp(names + 3 * i, c->p, 3)) {
			c->p += 3;
			return true;
		}
	}
	return false;
}

/* "Nov 22", "Nov  2", and reltime's "Nov22". */
static bool take_month_day(struct nct_cursor *c, struct date *d)
{
	uint64_t day;

	if (!take_month(c, &d->month))
		return false;
	nct_skip_spaces(c);
	if (!nct_take_number(c, 2, &day) || day < 1 || day > 31)
		return false;
	d->day = (int)day;
	return true;
}

/* A log may be silent for months around New Year. What goes back by less is none. */
static void guess_year(struct nct_stamp_state *state, int month)
{
	if (state->month > month + 6) {
		state->rollovers++;
		state->leap_days += state->leap_year;
		state->leap_year = false;
	} else if (state->month && state->month + 6 < month && state->rollovers) {
		state->rollovers--; /* a line that came late */
	}
	state->month = month;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

/*
 * Zones have no order in their names, but of the two of one place it can be told: EDT after
 * EST, CEST after CET, BST after GMT are summer time. 1: to is, -1: from was, 0: not known.
 */
static int summer(const char *from, const char *to)
{
	size_t n = strlen(from), m = strlen(to);

	if (ends_with(from, "DT") != ends_with(to, "DT"))
		return ends_with(to, "DT") ? 1 : -1;
	if (n != m)
		return m > n ? 1 : -1;
	return (strcmp(from, "GMT") == 0) - (strcmp(to, "GMT") == 0);
}

/* Where the name of the zone changes, the wall clock was moved by an hour, which took no
 * time. What the names do not tell shows: only in spring there is a gap. */
static void keep_time(struct nct_stamp_state *state, struct nct_stamp *stamp,
		      struct nct_cursor word)
{
	int64_t seconds = (int64_t)(stamp->ns / NS), last_s = (int64_t)(state->zoned_ns / NS);
	char zone[sizeof(state->zone)];
	int to;

	nct_copy_rest(word, zone, sizeof(zone));
	to = state->zone[0] && strcmp(state->zone, zone) ? summer(state->zone, zone) : 0;
	if (state->zone[0] && strcmp(state->zone, zone) && !to)
		to = seconds + state->shift_s - last_s < 3600 ? -1 : 1;
	state->shift_s -= to * 3600;
	if (seconds + state->shift_s >= 0)
		stamp->ns += (uint64_t)(state->shift_s * (int64_t)NS);
	memcpy(state->zone, zone, sizeof(zone));
	state->zoned_ns = stamp->ns;
}

/* What stands behind the time: "UTC", "+03", or a name that does not tell what it means. */
static bool take_zone_name(struct nct_cursor *c, struct nct_stamp_state *state,
			   struct nct_stamp *stamp)
{
	struct nct_cursor word, offset;
	int64_t east_s;

	if (!nct_take_char(c, ' ') || !nct_take_until(c, " ", &word))
		return false;
	offset = word;
	if (take_zone(&offset, &east_s) && offset.p == word.end) {
		if ((int64_t)stamp->ns < east_s * (int64_t)NS)
			return false;
		stamp->clock = NCT_CLOCK_UTC;
		stamp->ns -= (uint64_t)(east_s * (int64_t)NS);
	} else if (word.end - word.p == 3 && !memcmp(word.p, "UTC", 3)) {
		stamp->clock = NCT_CLOCK_UTC;
	} else {
		keep_time(state, stamp, word);
	}
	return true;
}

/* "Sun 2026-11-22 16:42:38 UTC" */
static bool take_full(struct nct_cursor *c, struct nct_stamp_state *state, struct nct_stamp *stamp)
{
	struct nct_cursor at = *c;
	bool comma;

	if (!take_weekday(&at) || !nct_take_char(&at, ' ') || !nct_take_iso(&at, stamp, &comma))
		return false;
	if (stamp->clock == NCT_CLOCK_LOCAL && !take_zone_name(&at, state, stamp))
		return false;
	*c = at;
	return true;
}

bool nct_take_syslog(struct nct_cursor *c, struct nct_stamp_state *state, struct nct_stamp *stamp)
{
	struct nct_cursor at = *c;
	struct time_of_day t;
	struct date d;

	if (take_full(c, state, stamp))
		return true;
	if (!take_month_day(&at, &d) || !nct_skip_spaces(&at) || !take_time(&at, &t))
		return false;
	guess_year(state, d.month);
	set_no_year(stamp, state, &d, &t);
	*c = at;
	return true;
}

/* ---- dmesg's brackets --------------------------------------------------------------- */

/* "<    0.000123>" of --show-delta; counts only where there is nothing else. */
static bool take_delta(struct nct_cursor *c, struct nct_stamp *stamp)
{
	struct nct_cursor at = *c;

	if (!nct_take_char(&at, '<'))
		return false;
	nct_skip_spaces(&at);
	if (!nct_take_seconds(&at, stamp) || !nct_take_char(&at, '>'))
		return false;
	*c = at;
	return true;
}

/* "Sun Nov 22 16:42:38 2026": --ctime. Its zone is not told. */
static bool take_ctime(struct nct_cursor *c, struct nct_stamp *stamp)
{
	struct nct_cursor at = *c;
	struct time_of_day t;
	struct date d;

	if (!take_weekday(&at) || !nct_skip_spaces(&at) || !take_month_day(&at, &d) ||
	    !nct_skip_spaces(&at) || !take_time(&at, &t) || !nct_skip_spaces(&at) ||
	    !take_digits(&at, 4, &d.year) || d.year >= 2262 ||
	    !set(stamp, NCT_CLOCK_LOCAL, &d, &t, 0))
		return false;
	*c = at;
	return true;
}

/* "Nov22 16:42": --reltime names the minute when it is another one, and nothing else. */
static bool take_minute(struct nct_cursor *c, struct nct_stamp_state *state,
			struct nct_stamp *stamp)
{
	struct nct_cursor at = *c;
	struct time_of_day t = { .resolution_ns = 60 * NS };
	struct date d;
	int h, m;

	if (!take_month_day(&at, &d) || !nct_skip_spaces(&at) || !take_digits(&at, 2, &h) ||
	    !nct_take_char(&at, ':') || !take_digits(&at, 2, &m))
		return false;
	guess_year(state, d.month);
	t.ns = ((uint64_t)h * 60 + (uint64_t)m) * 60 * NS;
	set_no_year(stamp, state, &d, &t);
	/* The deltas before may have led into this minute already. */
	if (stamp->ns <= state->elapsed_ns && state->elapsed_ns - stamp->ns < 60 * NS)
		stamp->ns = state->elapsed_ns;
	state->elapsed_ns = stamp->ns;
	*c = at;
	return true;
}

static bool add_elapsed(struct nct_stamp_state *state, struct nct_stamp *stamp)
{
	state->elapsed_ns += stamp->ns;
	stamp->ns = state->elapsed_ns;
	stamp->clock = NCT_CLOCK_LOCAL;
	return true;
}

/* "+0.000123" (--reltime) and a delta alone (--time-format delta). */
static bool take_elapsed(struct nct_cursor *c, struct nct_stamp_state *state,
			 struct nct_stamp *stamp)
{
	struct nct_cursor at = *c;

	if (nct_take_char(&at, '+')) {
		nct_skip_spaces(&at);
		if (!nct_take_seconds(&at, stamp))
			return false;
		/* All of them hang on a stamp that is exact to the minute. */
		stamp->resolution_ns = 60 * NS;
	} else if (!take_delta(&at, stamp)) {
		return false;
	}
	*c = at;
	return add_elapsed(state, stamp);
}

bool nct_take_bracket(struct nct_cursor *c, struct nct_stamp_state *state, struct nct_stamp *stamp)
{
	struct nct_cursor at = *c;
	struct nct_stamp delta;

	if (!nct_take_char(&at, '['))
		return false;
	nct_skip_spaces(&at);
	if (!nct_take_seconds(&at, stamp) && !take_ctime(&at, stamp) &&
	    !take_minute(&at, state, stamp) && !take_elapsed(&at, state, stamp))
		return false;
	nct_skip_spaces(&at);
	if (take_delta(&at, &delta))
		nct_skip_spaces(&at);
	if (!nct_take_char(&at, ']'))
		return false;
	*c = at;
	return true;
}
