// SPDX-License-Identifier: GPL-2.0
/*
 * make_recording FILE SEED CONTROLLERS - what the recorder makes of a host that fails at random:
 * one session, wall time 2026-11-22T06:10:48Z at its start, its clocks exact.
 */
#include "../unit/simulate.h"

#include "../../tools/recording/recording.h"

#define START_NS      (1000 * SEC)
#define START_WALL_NS 1795327848000000000ull

static const struct nct_session session = {
	.origin = NCT_ORIGIN_BPF,
	.dialect = NCT_DIALECT_RECOVERING,
	.resolution_ns = 1,
	.start_ns = START_NS,
	.end_ns = NCT_NONE,
	.host = "host1.example",
	.kernel = "6.12.0",
	.tool = "make_recording",
};

static int by_time(const void *a, const void *b)
{
	const struct nct_event *x = a, *y = b;

	return (x->ts_ns > y->ts_ns) - (x->ts_ns < y->ts_ns);
}

/* What the simulation leaves out. */
static void name_it(struct nct_event *ev)
{
	struct nct_identity *id = &ev->identity;

	if (ev->type != NCT_EV_IDENTITY)
		return;
	snprintf(id->subsystem, sizeof(id->subsystem), "nqn.2014-08.org.example:s%d",
		 ev->instance / 4);
	snprintf(id->address, sizeof(id->address), "traddr=192.0.2.%d,trsvcid=4420",
		 ev->instance + 1);
	id->kato_ms = 5000;
	id->reconnect_delay_ms = 10000;
	id->max_reconnects = 60;
	id->ctrl_loss_tmo_ms = 600000;
}

/* All controllers' events, in the order of time. */
static struct nct_event *events_of(uint64_t seed, int controllers, size_t *n)
{
	struct sim m = { .seed = seed, .dialect = NCT_DIALECT_RECOVERING };

	for (int i = 0; i < controllers; i++) {
		m.now = START_NS + rnd(&m.seed, 60 * SEC);
		m.id = 1000 * (uint64_t)(i + 1);
		m.instance = i;
		for (int life = 0; life < 8; life++) {
			m.nexpected = 0;
			m.id++;
			m.now += rnd(&m.seed, 600 * SEC);
			simulate(&m);
		}
	}
	sim_impact(&m);
	for (size_t i = 0; i < m.nevents; i++)
		name_it(&m.events[i]);
	qsort(m.events, m.nevents, sizeof(*m.events), by_time);
	*n = m.nevents;
	return m.events;
}

static void record(struct nct_recorder *r, const struct nct_event *events, size_t n)
{
	const struct nct_anchor anchor = { START_NS, START_NS + 7 * SEC, START_WALL_NS };

	nct_recorder_session(r, &session);
	nct_recorder_anchor(r, &anchor);
	for (size_t i = 0; i < n; i++)
		nct_recorder_event(r, &events[i]);
}

int main(int argc, char **argv)
{
	struct nct_recorder_opts opts = { .wait = true };
	struct nct_recorder *r;
	struct nct_event *events;
	struct nct_error err;
	size_t n;

	if (argc != 4)
		return NCT_EXIT_USAGE;
	opts.path = argv[1];
	events = events_of(strtoull(argv[2], NULL, 10), atoi(argv[3]), &n);
	if (nct_recorder_open(&r, &opts, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return err.code;
	}
	record(r, events, n);
	if (nct_recorder_close(r, events[n - 1].ts_ns + SEC, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return err.code;
	}
	free(events);
	return 0;
}
