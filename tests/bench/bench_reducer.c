// SPDX-License-Identifier: GPL-2.0
/*
 * How many events per second the reducer takes: 1,000 controllers that recover
 * at the same time, two failed attempts each, their events interleaved.
 *
 *	reducer           events per second, beside those of a plain copy of the same
 *	                  events: so a slow machine can be told from a slow reducer
 *	reducer memory    what the process keeps resident for as many open recoveries
 *
 * Prints one JSON line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../tools/recovery/reducer.h"
#include "step.h"

#define TARGET_EVENTS 10000000ull

static const struct step steps[] = {
	{ NCT_EV_TIMEOUT, 0x02, 0, NULL, 0 },
	{ NCT_EV_STATE, NCT_STATE_LIVE, NCT_STATE_RESETTING, "nvme_tcp_timeout", 1000 },
	{ NCT_EV_WORK_START, NCT_WORK_ERR, 0, NULL, 20000 },
	{ NCT_EV_RELEASE, NCT_RELEASE_FAILOVER, 0, NULL, 40000 },
	{ NCT_EV_STATE, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "", 5000000 },
	{ NCT_EV_WORK_END, NCT_WORK_ERR, 0, NULL, 5001000 },
	{ NCT_EV_WORK_START, NCT_WORK_RECONNECT, 0, NULL, 10000000000 },
	{ NCT_EV_ATTEMPT_RESULT, -111, 0, NULL, 10100000000 },
	{ NCT_EV_WORK_END, NCT_WORK_RECONNECT, 0, NULL, 10100001000 },
	{ NCT_EV_WORK_START, NCT_WORK_RECONNECT, 0, NULL, 20000000000 },
	{ NCT_EV_ATTEMPT_RESULT, -111, 0, NULL, 20100000000 },
	{ NCT_EV_WORK_END, NCT_WORK_RECONNECT, 0, NULL, 20100001000 },
	{ NCT_EV_WORK_START, NCT_WORK_RECONNECT, 0, NULL, 30000000000 },
	{ NCT_EV_STATE, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "", 30020000000 },
	{ NCT_EV_WORK_END, NCT_WORK_RECONNECT, 0, NULL, 30020001000 },
};

#define STEPS (sizeof(steps) / sizeof(steps[0]))

static struct nct_event *make_round(void)
{
	struct nct_event *events = calloc(CONTROLLERS * STEPS, sizeof(*events));

	for (size_t s = 0; events && s < STEPS; s++)
		for (int c = 0; c < CONTROLLERS; c++)
			events[s * CONTROLLERS + (size_t)c] = step_event(&steps[s], c);
	return events;
}

/* Of this process: what else the machine does is not our speed. */
static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int run(struct nct_reducer *r, struct nct_event *events)
{
	size_t n = CONTROLLERS * STEPS;

	for (uint64_t done = 0; done < TARGET_EVENTS; done += n)
		for (size_t i = 0; i < n; i++) {
			if (nct_reducer_push(r, &events[i]))
				return -1;
			events[i].ts_ns += ROUND_NS;
		}
	return 0;
}

/* ---- the baseline: what handing over an event costs at the least ---- */

static struct nct_event last;

static int copy_event(const struct nct_event *ev)
{
	memcpy(&last, ev, sizeof(last));
	return 0;
}

/* Volatile: neither the call nor the copy may be optimised away. */
static int (*volatile copy)(const struct nct_event *ev) = copy_event;

static double copies_per_second(struct nct_event *events)
{
	size_t n = CONTROLLERS * STEPS;
	uint64_t done = 0;
	double start = now();

	for (; done < TARGET_EVENTS; done += n)
		for (size_t i = 0; i < n; i++) {
			copy(&events[i]);
			events[i].ts_ns += ROUND_NS;
		}
	return (double)done / (now() - start);
}

static int bench_speed(void)
{
	struct nct_reducer *r = nct_reducer_new(NCT_DIALECT_BASELINE, NULL, NULL);
	struct nct_event *events = make_round();
	const struct nct_reducer_stats *stats;
	double start, seconds;
	int err = 1;

	if (!r || !events)
		goto out;
	start = now();
	if (run(r, events))
		goto out;
	seconds = now() - start;
	stats = nct_reducer_stats(r);
	printf("{\"bench\":\"reducer\",\"controllers\":%d,\"events\":%llu,\"recoveries\":%llu,"
	       "\"seconds\":%.3f,\"events_per_second\":%.0f,\"copies_per_second\":%.0f}\n",
	       CONTROLLERS, (unsigned long long)stats->events, (unsigned long long)stats->finished,
	       seconds, (double)stats->events / seconds, copies_per_second(events));
	err = 0;
out:
	free(events);
	nct_reducer_free(r);
	return err;
}

/* ---- memory ---- */

/* A line of /proc/self/status in KiB, 0 if it is not there. */
static unsigned long status_kib(const char *key)
{
	FILE *status = fopen("/proc/self/status", "r");
	size_t len = strlen(key);
	unsigned long kib = 0;
	char line[128];

	while (status && fgets(line, sizeof(line), status))
		if (!strncmp(line, key, len))
			kib = strtoul(line + len, NULL, 10);
	if (status)
		fclose(status);
	return kib;
}

static struct nct_event identity_of(int controller)
{
	struct nct_event ev = step_event(&steps[0], controller);

	ev.type = NCT_EV_IDENTITY;
	ev.identity = (struct nct_identity) { .instance = controller, .cntlid = controller };
	snprintf(ev.identity.transport, sizeof(ev.identity.transport), "tcp");
	snprintf(ev.identity.address, sizeof(ev.identity.address),
		 "traddr=192.0.2.1,trsvcid=%d,host_traddr=192.0.2.2", 10000 + controller);
	snprintf(ev.identity.subsystem, sizeof(ev.identity.subsystem),
		 "nqn.2014-08.org.example:array-%d", controller);
	return ev;
}

/* All but what ends them: the change to LIVE and the end of that work. */
static int open_recoveries(struct nct_reducer *r)
{
	for (int c = 0; c < CONTROLLERS; c++) {
		struct nct_event ev = identity_of(c);

		if (nct_reducer_push(r, &ev))
			return -1;
	}
	for (size_t s = 0; s < STEPS - 2; s++)
		for (int c = 0; c < CONTROLLERS; c++) {
			struct nct_event ev = step_event(&steps[s], c);

			if (nct_reducer_push(r, &ev))
				return -1;
		}
	return 0;
}

static int bench_memory(void)
{
	unsigned long before = status_kib("VmRSS:"), peak;
	struct nct_reducer *r = nct_reducer_new(NCT_DIALECT_BASELINE, NULL, NULL);
	int err = 1;

	if (r && !open_recoveries(r)) {
		peak = status_kib("VmHWM:");
		printf("{\"bench\":\"reducer-memory\",\"controllers\":%d,\"open\":%llu,"
		       "\"rss_before_kib\":%lu,\"peak_kib\":%lu,\"growth_kib\":%lu}\n",
		       CONTROLLERS, (unsigned long long)nct_reducer_stats(r)->open, before, peak,
		       peak - before);
		err = !before || peak < before || nct_reducer_stats(r)->open != CONTROLLERS;
	}
	nct_reducer_free(r);
	return err;
}

int main(int argc, char **argv)
{
	if (argc == 1)
		return bench_speed();
	if (argc == 2 && !strcmp(argv[1], "memory"))
		return bench_memory();
	fprintf(stderr, "usage: reducer [memory]\n");
	return 2;
}
