/* SPDX-License-Identifier: GPL-2.0 */
/* Times as people write them. */
#ifndef NCT_SYS_DURATION_H
#define NCT_SYS_DURATION_H

#include <stdint.h>

/*
 * "1.5s" → nanoseconds. Units ns, us, ms, s, m, h; a plain number is seconds.
 * Nine decimals count. Returns 0; -EINVAL: not a duration;
 * -ERANGE: more than INT64_MAX ns (292 years).
 */
int nct_parse_duration(const char *text, uint64_t *ns);

#endif
