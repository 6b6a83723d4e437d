/* SPDX-License-Identifier: GPL-2.0 */
/* Recoveries as JSON, schema nvme-ccr-trace/recovery/1. */
#ifndef NCT_VIEW_JSON_H
#define NCT_VIEW_JSON_H

#include <stdio.h>

#include "../recovery/recovery.h"
#include "../sys/clock.h"

#define NCT_JSON_SCHEMA "nvme-ccr-trace/recovery/1"

/* Where it is from, and how exact its times are. */
struct nct_json_origin {
	const char *host;	/* NULL or "": not known */
	uint64_t resolution_ns; /* 0, 1: exact */
};

/*
 * Writes one recovery as one line and flushes. What is not known is null. The
 * same recovery, anchor and origin give the same bytes. anchor NULL: wall time is not
 * known. origin NULL: exact, of a host that is not known. Returns 0 or -errno.
 */
int nct_json_recovery(FILE *out, const struct nct_recovery *rec, const struct nct_anchor *anchor,
		      const struct nct_json_origin *origin);

#define NCT_JSON_SESSION_SCHEMA "nvme-ccr-trace/session/1"

/* What recoveries come from: one observation, or one boot in a log. Strings may be NULL or
 * "": not known. */
struct nct_json_session {
	const char *source; /* "bpf", "dmesg", "ftrace" */
	const char *host, *kernel, *input;
	uint64_t start_ns, end_ns;	 /* CLOCK_MONOTONIC, or the log's own clock; NCT_NONE */
	const struct nct_anchor *anchor; /* near its start; NULL: wall time is not known */
	uint64_t resolution_ns;		 /* 0, 1: exact */
	uint64_t lost;			 /* events */
	bool cut_off;			 /* it did not end cleanly: end_ns is the last sign of it */
};

/* Writes one session as one line and flushes, likewise. Returns 0 or -errno. */
int nct_json_session(FILE *out, const struct nct_json_session *session);

#endif
