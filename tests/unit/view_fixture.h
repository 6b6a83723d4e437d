/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of views share: recoveries made by hand, and golden files. */
#ifndef NCT_TESTS_VIEW_FIXTURE_H
#define NCT_TESTS_VIEW_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../tools/recovery/recovery.h"
#include "../../tools/sys/anchors.h"

#define US  1000ull
#define MS  1000000ull
#define SEC 1000000000ull

#define START_NS      (1000 * SEC) /* CLOCK_MONOTONIC; 2026-11-22T06:10:48.123456789Z */
#define START_WALL_NS 1795327848123456789ull

#define MAX_SPANS 256

struct span_spec {
	enum nct_phase phase;
	uint64_t duration_ns;
};

static const struct nct_anchor anchor = { START_NS, START_NS, START_WALL_NS };

static inline void fixed_time_zone(void)
{
	setenv("TZ", "UTC0", 1);
	tzset();
}

/* A recovery of nvme1 on tcp, the io-timeout of a baseline kernel, without phases. */
static inline struct nct_recovery plain_recovery(void)
{
	struct nct_recovery rec = {
		.kind = NCT_KIND_RECOVERY,
		.dialect = NCT_DIALECT_BASELINE,
		.id = {
			.instance = 1,
			.cntlid = 2,
			.transport = "tcp",
			.address = "traddr=127.0.0.1,trsvcid=4421",
			.subsystem = "nqn.2014-08.org.example:s1",
			.kato_ms = 5000,
			.reconnect_delay_ms = 10000,
			.max_reconnects = 60,
			.ctrl_loss_tmo_ms = 600000,
			.cqt_ms = 0,
		},
		.trigger = { "io-timeout", "nvme_tcp_timeout", 2 },
		.start_ns = START_NS,
		.time_to_retry_ns = 41 * MS,
		.time_to_live_ns = NCT_NONE,
		.hold_requested_ms = NCT_UNKNOWN_INT,
		.fence = NCT_FENCE_UNFENCED,
		.fence_reason = "kernel-without-fencing",
		.last_status = NCT_UNKNOWN_INT,
	};

	return rec;
}

/* Of a source that did not reset at once; 15 s are waited at most. */
static inline struct nct_ccr_attempt ccr_attempt(int source, uint64_t duration_ns,
						 uint64_t command_ns, int status,
						 enum nct_ccr_result result)
{
	return (struct nct_ccr_attempt) {
		.source = source,
		.start_ns = START_NS,
		.duration_ns = duration_ns,
		.command_ns = command_ns,
		.status = status,
		.result = result,
		.ccrs = NCT_UNKNOWN_INT,
		.timeout_ms = 15000,
		.ciu = 77,
	};
}

/* Appends a phase; spans is the room for MAX_SPANS of them. */
static inline void add_span(struct nct_recovery *rec, struct nct_span *spans, enum nct_phase phase,
			    uint64_t duration_ns)
{
	assert_true(rec->nspans < MAX_SPANS);
	rec->spans = spans;
	spans[rec->nspans++] =
		(struct nct_span) { phase, rec->start_ns + rec->duration_ns, duration_ns };
	rec->duration_ns += duration_ns;
	rec->total_ns[phase] += duration_ns;
	rec->attempts += phase == NCT_PHASE_CONNECT;
}

static inline void add_spans(struct nct_recovery *rec, struct nct_span *spans,
			     const struct span_spec *spec, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add_span(rec, spans, spec[i].phase, spec[i].duration_ns);
}

/* What nobody looked at, as the reducer leaves it. */
static inline void no_io(struct nct_io *io)
{
	*io = (struct nct_io) {
		.requests = NCT_NONE,
		.reads = NCT_NONE,
		.writes = NCT_NONE,
		.bytes = NCT_NONE,
		.oldest_ns = NCT_NONE,
		.failed_over = NCT_NONE,
		.cancelled = NCT_NONE,
		.completed_late = NCT_NONE,
		.first_release_ns = NCT_NONE,
		.last_release_ns = NCT_NONE,
		.errors = NCT_NONE,
	};
}

/* 256 requests: most failed over to nvme0, some answered after all; no blackout yet. */
static inline void add_io(struct nct_recovery *rec)
{
	rec->io = (struct nct_io) {
		.seen = true,
		.requests = 256,
		.reads = 200,
		.writes = 56,
		.bytes = 1 << 20,
		.oldest_ns = 3100 * MS,
		.failed_over = 250,
		.completed_late = 6,
		.first_release_ns = START_NS + 40 * MS,
		.last_release_ns = START_NS + 41 * MS,
		.paths = { { 0, 251 } },
		.npaths = 1,
	};
}

/* until_ns: NCT_NONE: not over. Both after START_NS. */
static inline void add_blackout(struct nct_recovery *rec, const char *device, int64_t since_ns,
				uint64_t until_ns, uint64_t uncertain_ns)
{
	struct nct_blackout *b = &rec->io.blackouts[rec->io.nblackouts++];

	assert_true(rec->io.nblackouts <= NCT_IO_BLACKOUTS);
	snprintf(b->device, sizeof(b->device), "%s", device);
	b->since_ns = START_NS + (uint64_t)since_ns;
	b->until_ns = until_ns == NCT_NONE ? NCT_NONE : START_NS + until_ns;
	b->uncertain_ns = uncertain_ns;
}

static inline void end_live(struct nct_recovery *rec)
{
	rec->end = NCT_END_LIVE;
	rec->time_to_live_ns = rec->duration_ns;
}

static inline char *read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *buf = calloc(1, 65536);

	assert_non_null(buf);
	if (f) {
		assert_true(fread(buf, 1, 65535, f) < 65535);
		fclose(f);
	}
	return buf;
}

/* Compares with tests/data/view/NAME; UPDATE_GOLDEN=1 writes it instead. */
static inline void assert_golden(const char *text, const char *name)
{
	char path[256];
	char *golden;

	snprintf(path, sizeof(path), "tests/data/view/%s", name);
	if (getenv("UPDATE_GOLDEN")) {
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		fputs(text, f);
		assert_int_equal(fclose(f), 0);
	}
	golden = read_file(path);
	if (strcmp(text, golden))
		fprintf(stderr, "--- %s: got\n%s--- expected\n%s---\n", name, text, golden);
	assert_string_equal(text, golden);
	free(golden);
}

#endif
