/* SPDX-License-Identifier: GPL-2.0 */
/* Storms for benchmarks: every controller takes the same steps, a round again and again. */
#ifndef NCT_TESTS_BENCH_STEP_H
#define NCT_TESTS_BENCH_STEP_H

#include <stdio.h>

#include "../../tools/recovery/event.h"

#define CONTROLLERS 1000
#define ROUND_NS    100000000000ull /* longer than any of them */

struct step {
	enum nct_event_type type;
	int a, b;
	const char *site;
	uint64_t at_ns; /* in its round */
};

/* The event of one controller in the round at time 0; of types that are not here the caller
 * fills in the rest. */
static inline struct nct_event step_event(const struct step *s, int controller)
{
	struct nct_event ev = {
		.ts_ns = s->at_ns + (uint64_t)controller,
		.ctrl = 0xffff888000000000ull + (uint64_t)controller * 4096,
		.instance = controller,
		.cpu = (uint32_t)controller % 64,
		.type = s->type,
	};

	switch (s->type) {
	case NCT_EV_STATE:
		ev.state.old_state = ev.state.raw_old = s->a;
		ev.state.new_state = ev.state.raw_new = s->b;
		snprintf(ev.state.site, sizeof(ev.state.site), "%s", s->site);
		break;
	case NCT_EV_WORK_START:
	case NCT_EV_WORK_END:
		ev.work.work = s->a;
		ev.work.attempt = NCT_UNKNOWN_INT;
		break;
	case NCT_EV_ATTEMPT_RESULT:
		ev.result.status = s->a;
		break;
	case NCT_EV_TIMEOUT:
		ev.timeout.opcode = s->a;
		break;
	case NCT_EV_RELEASE:
		ev.release.how = s->a;
		break;
	default:
		break;
	}
	return ev;
}

#endif
