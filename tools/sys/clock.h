/* SPDX-License-Identifier: GPL-2.0 */
/* Clocks: events carry CLOCK_MONOTONIC; people read wall time. */
#ifndef NCT_SYS_CLOCK_H
#define NCT_SYS_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* One instant, read on all three clocks; nanoseconds. */
struct nct_anchor {
	uint64_t monotonic_ns;
	uint64_t boottime_ns;
	uint64_t realtime_ns;
};

uint64_t nct_monotonic_ns(void);
void nct_anchor_now(struct nct_anchor *a);

/* Wall time of a CLOCK_MONOTONIC instant, by the anchor taken nearest to it.
 * A suspend between the two makes them differ by its length. */
uint64_t nct_anchor_wall_ns(const struct nct_anchor *a, uint64_t monotonic_ns);

/* "2026-11-22T06:10:48.123456789Z"; needs 31 bytes. */
void nct_format_utc(uint64_t realtime_ns, char *buf, size_t size);

/* Local time of day, "06:10:48.123456"; needs 16 bytes. */
void nct_format_local(uint64_t realtime_ns, char *buf, size_t size);

/* With its date, to the second: "2026-11-22 06:10:48"; needs 20 bytes. */
void nct_format_local_date(uint64_t realtime_ns, char *buf, size_t size);

#endif
