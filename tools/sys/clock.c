// SPDX-License-Identifier: GPL-2.0
#include "clock.h"

#include <stdio.h>
#include <time.h>

#define NSEC_PER_SEC  1000000000ull
#define NSEC_PER_USEC 1000ull

static uint64_t clock_ns(clockid_t id)
{
	struct timespec ts = { 0 };

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

uint64_t nct_monotonic_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

void nct_anchor_now(struct nct_anchor *a)
{
	/* The three are some tens of nanoseconds apart: the order is that of need. */
	a->monotonic_ns = clock_ns(CLOCK_MONOTONIC);
	a->realtime_ns = clock_ns(CLOCK_REALTIME);
	a->boottime_ns = clock_ns(CLOCK_BOOTTIME);
}

uint64_t nct_anchor_wall_ns(const struct nct_anchor *a, uint64_t monotonic_ns)
{
	uint64_t before;

	if (monotonic_ns >= a->monotonic_ns)
		return a->realtime_ns + (monotonic_ns - a->monotonic_ns);
	before = a->monotonic_ns - monotonic_ns;
	return a->realtime_ns > before ? a->realtime_ns - before : 0;
}

void nct_format_utc(uint64_t realtime_ns, char *buf, size_t size)
{
	time_t seconds = (time_t)(realtime_ns / NSEC_PER_SEC);
	struct tm tm = { 0 };
	size_t n;

	gmtime_r(&seconds, &tm);
	n = strftime(buf, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + n, size - n, ".%09lluZ", (unsigned long long)(realtime_ns % NSEC_PER_SEC));
}

void nct_format_local(uint64_t realtime_ns, char *buf, size_t size)
{
	time_t seconds = (time_t)(realtime_ns / NSEC_PER_SEC);
	unsigned long long usec = realtime_ns % NSEC_PER_SEC / NSEC_PER_USEC;
	struct tm tm = { 0 };
	size_t n;

	localtime_r(&seconds, &tm);
	n = strftime(buf, size, "%H:%M:%S", &tm);
	snprintf(buf + n, size - n, ".%06llu", usec);
}

void nct_format_local_date(uint64_t realtime_ns, char *buf, size_t size)
{
	time_t seconds = (time_t)(realtime_ns / NSEC_PER_SEC);
	struct tm tm = { 0 };

	localtime_r(&seconds, &tm);
	if (!strftime(buf, size, "%Y-%m-%d %H:%M:%S", &tm))
		*buf = '\0';
}
