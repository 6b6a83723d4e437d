// SPDX-License-Identifier: GPL-2.0
/*
 * How many events per second the recorder takes, beside the limit: the same rows in the same
 * table by SQLite alone, in one transaction. And how long a report on as many events takes,
 * as text and as JSON.
 *
 *	recording DIRECTORY NVME-CCR-TRACE [EVENTS]
 *
 * The figures are per second of processor time: what else the machine does, and what its disk
 * takes to sync, is not our speed. The second is beside it, as wall_s.
 *
 * Prints one JSON line.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "../../tools/cmd/replay.h"
#include "../../tools/recording/fields.h"
#include "../../tools/recording/recording.h"
#include "step.h"

#define EVENTS 1000000ull

/* One recovery with a CCR attempt and a failed reconnect. */
static const struct step steps[] = {
	{ NCT_EV_IDENTITY, 0, 0, NULL, 0 },
	{ NCT_EV_TIMEOUT, 0x02, 0, NULL, 500 },
	{ NCT_EV_STATE, NCT_STATE_LIVE, NCT_STATE_RECOVERING, "nvme_tcp_timeout", 1000 },
	{ NCT_EV_ERROR, 0, 0, "nvme_tcp_timeout", 2000 },
	{ NCT_EV_WORK_START, NCT_WORK_ERR, 0, NULL, 20000 },
	{ NCT_EV_CCR_START, 7, 0, NULL, 30000 },
	{ NCT_EV_CCR_END, 7, 0, NULL, 38000000 },
	{ NCT_EV_STATE, NCT_STATE_RECOVERING, NCT_STATE_RESETTING, "", 38100000 },
	{ NCT_EV_RELEASE, NCT_RELEASE_FAILOVER, 0, NULL, 40000000 },
	{ NCT_EV_STATE, NCT_STATE_RESETTING, NCT_STATE_CONNECTING, "", 50000000 },
	{ NCT_EV_WORK_END, NCT_WORK_ERR, 0, NULL, 50001000 },
	{ NCT_EV_WORK_START, NCT_WORK_RECONNECT, 0, NULL, 10000000000 },
	{ NCT_EV_ATTEMPT_RESULT, -111, 0, NULL, 10100000000 },
	{ NCT_EV_WORK_END, NCT_WORK_RECONNECT, 0, NULL, 10100001000 },
	{ NCT_EV_WORK_START, NCT_WORK_RECONNECT, 0, NULL, 20000000000 },
	{ NCT_EV_STATE, NCT_STATE_CONNECTING, NCT_STATE_LIVE, "", 20020000000 },
	{ NCT_EV_WORK_END, NCT_WORK_RECONNECT, 0, NULL, 20020001000 },
};

#define STEPS (sizeof(steps) / sizeof(steps[0]))

static void identify(struct nct_identity *id, int controller)
{
	*id = (struct nct_identity) {
		.instance = controller,
		.cntlid = controller + 1,
		.transport = "tcp",
		.kato_ms = 5000,
		.reconnect_delay_ms = 10000,
		.max_reconnects = 60,
		.ctrl_loss_tmo_ms = 600000,
		.cqt_ms = 5000,
	};
	snprintf(id->address, sizeof(id->address), "traddr=10.0.%d.%d,trsvcid=4420",
		 controller / 250, controller % 250);
	snprintf(id->subsystem, sizeof(id->subsystem), "nqn.2014-08.org.example:array%d",
		 controller % 4);
}

/* Event i of an endless storm of all controllers. */
static struct nct_event event_of(uint64_t i)
{
	int controller = (int)(i % CONTROLLERS);
	const struct step *s = &steps[i / CONTROLLERS % STEPS];
	struct nct_event ev = step_event(s, controller);

	ev.ts_ns += ROUND_NS * (1 + i / CONTROLLERS / STEPS);
	switch (s->type) {
	case NCT_EV_IDENTITY:
		identify(&ev.identity, controller);
		break;
	case NCT_EV_ERROR:
		snprintf(ev.error.site, sizeof(ev.error.site), "%s", s->site);
		break;
	case NCT_EV_CCR_START:
	case NCT_EV_CCR_END:
		ev.ccr.source = s->a;
		ev.ccr.ccrs = 1;
		ev.ccr.timeout_ms = 15000;
		break;
	default:
		break;
	}
	return ev;
}

static double clock_s(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Of all threads of this process. */
static double now(void)
{
	return clock_s(CLOCK_PROCESS_CPUTIME_ID);
}

static void die(const char *what, const char *why)
{
	fprintf(stderr, "recording: %s: %s\n", what, why);
	exit(1);
}

/* ---- ours ---- */

static double record(const char *path, uint64_t n)
{
	const struct nct_recorder_opts opts = { .path = path, .wait = true };
	struct nct_session s = {
		.origin = NCT_ORIGIN_BPF,
		.dialect = NCT_DIALECT_RECOVERING,
		.resolution_ns = 1,
		.end_ns = NCT_NONE,
	};
	struct nct_anchor anchor;
	struct nct_recorder *r;
	struct nct_error err;
	double began;

	nct_anchor_now(&anchor);
	if (nct_recorder_open(&r, &opts, &err))
		die("open", err.text);
	began = now();
	nct_recorder_session(r, &s);
	nct_recorder_anchor(r, &anchor);
	for (uint64_t i = 0; i < n; i++) {
		struct nct_event ev = event_of(i);

		nct_recorder_event(r, &ev);
	}
	if (nct_recorder_close(r, NCT_NONE, &err))
		die("close", err.text);
	return now() - began;
}

/* Processor time of `report OPTION FILE`. */
static double report(const char *tool, const char *option, const char *path)
{
	char command[3 * 4096];
	struct rusage before, after;
	struct timeval took, kernel;

	snprintf(command, sizeof(command), "'%s' report %s '%s' >/dev/null", tool, option, path);
	getrusage(RUSAGE_CHILDREN, &before);
	if (system(command))
		die("report", command);
	getrusage(RUSAGE_CHILDREN, &after);
	timersub(&after.ru_utime, &before.ru_utime, &took);
	timersub(&after.ru_stime, &before.ru_stime, &kernel);
	timeradd(&took, &kernel, &took);
	return (double)took.tv_sec + (double)took.tv_usec / 1e6;
}

static void count(void *ctx, const struct nct_recovery *rec, const struct nct_origin *origin)
{
	(void)rec;
	(void)origin;
	++*(uint64_t *)ctx;
}

static double replay(char *path, uint64_t *recoveries)
{
	const struct nct_replay replay = { .recovery = count, .ctx = recoveries };
	struct nct_error err;
	double began = now();

	if (nct_replay_files(&path, 1, &replay, &err))
		die("replay", err.text);
	return now() - began;
}

/* ---- the limit: the rows of table event alone, one transaction, one fsync ---- */

static double bulk_insert(const char *path, uint64_t n)
{
	sqlite3 *db;
	sqlite3_stmt *stmt;
	double began;

	if (sqlite3_open(path, &db) ||
	    sqlite3_exec(db,
			 "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
			 "CREATE TABLE event (id INTEGER PRIMARY KEY, session INTEGER, ts_ns "
			 "INTEGER, ctrl INTEGER, instance INTEGER, cpu INTEGER, type INTEGER, a "
			 "INTEGER, b INTEGER, c INTEGER, d INTEGER, e INTEGER, f INTEGER, g "
			 "INTEGER, text TEXT)",
			 NULL, NULL, NULL) ||
	    sqlite3_prepare_v2(db, "INSERT INTO event VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", -1,
			       &stmt, NULL))
		die("sqlite", sqlite3_errmsg(db));
	began = now();
	sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
	for (uint64_t i = 0; i < n; i++) {
		struct nct_event ev = event_of(i);

		sqlite3_bind_int64(stmt, 1, (int64_t)i + 1);
		sqlite3_bind_int64(stmt, 2, 1);
		sqlite3_bind_int64(stmt, 3, (int64_t)ev.ts_ns);
		sqlite3_bind_int64(stmt, 4, (int64_t)ev.ctrl);
		sqlite3_bind_int(stmt, 5, ev.instance);
		sqlite3_bind_int64(stmt, 6, ev.cpu);
		sqlite3_bind_int(stmt, 7, (int)ev.type);
		nct_fields_bind(stmt, 8, &ev);
		sqlite3_step(stmt);
		sqlite3_reset(stmt);
		sqlite3_clear_bindings(stmt);
	}
	if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL))
		die("commit", sqlite3_errmsg(db));
	began = now() - began;
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return began;
}

int main(int argc, char **argv)
{
	uint64_t n = argc > 3 ? strtoull(argv[3], NULL, 0) : EVENTS, recoveries = 0;
	char ours[4096], peer[4096];
	double record_s, bulk_s, replay_s, wall_s;

	if (argc < 3) {
		fprintf(stderr, "usage: recording DIRECTORY NVME-CCR-TRACE [EVENTS]\n");
		return 2;
	}
	snprintf(ours, sizeof(ours), "%s/bench.nct", argv[1]);
	snprintf(peer, sizeof(peer), "%s/bench.sqlite", argv[1]);
	unlink(ours);
	unlink(peer);
	bulk_s = bulk_insert(peer, n);
	wall_s = clock_s(CLOCK_MONOTONIC);
	record_s = record(ours, n);
	wall_s = clock_s(CLOCK_MONOTONIC) - wall_s;
	replay_s = replay(ours, &recoveries);
	printf("{\"bench\":\"recording\",\"events\":%llu,\"recoveries\":%llu,"
	       "\"events_per_second\":%.0f,\"wall_s\":%.3f,\"inserts_per_second\":%.0f,"
	       "\"replay_s\":%.3f,\"report_s\":%.3f,\"report_json_s\":%.3f}\n",
	       (unsigned long long)n, (unsigned long long)recoveries, (double)n / record_s, wall_s,
	       (double)n / bulk_s, replay_s, report(argv[2], "", ours),
	       report(argv[2], "--format json", ours));
	unlink(ours);
	unlink(peer);
	return 0;
}
