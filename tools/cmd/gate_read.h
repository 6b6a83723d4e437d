/* SPDX-License-Identifier: GPL-2.0 */
/* What gate reads: recordings, JSON lines of recoveries, and its own baseline files. */
#ifndef NCT_CMD_GATE_READ_H
#define NCT_CMD_GATE_READ_H

#include <json-c/json.h>
#include <stdio.h>

#include "../gate/side.h"
#include "../sys/error.h"

/*
 * Adds the recoveries of all files to side; files is put in order. Returns 0; else -1 and *err:
 * NCT_EXIT_USAGE for a file that is none of these, or holds nonsense; NCT_EXIT_UNTRUSTED for one
 * that is damaged or cut off; NCT_EXIT_SYSTEM for one that cannot be read.
 */
int nct_gate_read(char **files, size_t n, struct nct_side *side, struct nct_error *err);

#define NCT_BASELINE_SCHEMA "nvme-ccr-trace/baseline/1"

/* One object of JSON that recoveries were written as (schema recovery/1), or a session (session/1).
 * NULL: it was added; "out of memory"; or what is wrong with it, a static string. */
const char *nct_gate_json_line(struct json_object *line, struct nct_side *side);

/* "nvme3" → 3; -1: it is no such name. */
int32_t nct_gate_instance(const char *name);

/* A whole baseline file, likewise. */
const char *nct_gate_baseline_read(struct json_object *file, struct nct_side *side);

/* Writes side so that nct_gate_baseline_read() makes the same of it: one line for each recovery.
 * Returns 0, -ENOMEM or -errno. */
int nct_gate_baseline_write(FILE *out, const struct nct_side *side);

#endif
