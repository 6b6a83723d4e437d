/* SPDX-License-Identifier: GPL-2.0 */
/* Two sides to be compared, made for a test. */
#ifndef NCT_TEST_GATE_FIXTURE_H
#define NCT_TEST_GATE_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../tools/gate/gate.h"

#define MS 1000000ull

struct fixture {
	struct nct_side side[2];
	struct nct_gate_opts opts;
	struct nct_gate gate;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->opts.compare = (struct nct_compare_opts) {
		.by = NCT_BY_FENCE | NCT_BY_TRANSPORT,
		.alpha = 0.05,
		.min_effect = 0.05,
		.detect = 0.5,
		.power = 0.8,
	};
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	nct_gate_free(&f->gate);
	nct_side_free(&f->side[0]);
	nct_side_free(&f->side[1]);
	free(f);
	return 0;
}

static struct nct_times times(enum nct_fence fence, const char *transport, uint64_t retry_ns)
{
	struct nct_times t = { .fence = fence, .end = NCT_END_LIVE, .instance = 1 };

	snprintf(t.transport, sizeof(t.transport), "%s", transport);
	for (int m = 0; m < NCT_METRIC_COUNT; m++)
		t.ns[m] = NCT_NONE;
	t.ns[NCT_METRIC_RETRY] = retry_ns;
	return t;
}

/* n recoveries whose time to retry is around retry_ms, 2 % up and down. */
static void add(struct nct_side *s, size_t n, enum nct_fence fence, const char *transport,
		double retry_ms)
{
	for (size_t i = 0; i < n; i++) {
		double jitter = 0.98 + 0.04 * (double)(i * 7 % n) / (double)n;
		struct nct_times t =
			times(fence, transport, (uint64_t)(retry_ms * jitter * (double)MS) + i);

		assert_int_equal(nct_side_times(s, &t, 1), 0);
	}
}

static enum nct_gate_verdict judge_with(struct fixture *f, struct nct_budget *b, size_t n)
{
	nct_gate_free(&f->gate);
	assert_int_equal(nct_gate_judge(&f->gate, &f->side[0], &f->side[1], b, n, &f->opts), 0);
	return f->gate.verdict;
}

static enum nct_gate_verdict judge(struct fixture *f)
{
	return judge_with(f, NULL, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
