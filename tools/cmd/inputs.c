// SPDX-License-Identifier: GPL-2.0
#include "inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../recording/recording.h"
#include "../stats/times.h"
#include "cmd.h"
#include "replay.h"

/* A session tells what its clocks are before much else. */
#define EVENTS_BEFORE_ANCHOR 1000

/* ---- what is no recording of its own ------------------------------------------------------ */

/* The length of "X" in "X-wal", if X is there; 0: it is no file beside another. */
static size_t owner_length(const char *path)
{
	static const char *const endings[] = { "-wal", "-shm", "-journal" };
	size_t len = strlen(path), owner = 0;
	struct nct_error no_recording;
	char *name;

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t n = strlen(endings[i]);

		if (len > n && !strcmp(path + len - n, endings[i]))
			owner = len - n;
	}
	/* Nothing keeps anybody from naming a recording so. */
	if (!owner || !nct_recording_check(path, &no_recording))
		return 0;
	name = strndup(path, owner);
	if (!name || access(name, F_OK))
		owner = 0;
	free(name);
	return owner;
}

static bool is_given(char *const files[], size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(files[i]) == len && !memcmp(files[i], name, len))
			return true;
	return false;
}

/* A glob takes them along; by themselves they are a mistake. */
static int leave_out_logs(char *files[], size_t *n, struct nct_error *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++) {
		char *path = files[i];
		size_t owner = owner_length(path);

		if (owner && !is_given(files, *n, path, owner))
			return nct_fail(err, NCT_EXIT_USAGE,
					"%s belongs to the recording %.*s: give that instead", path,
					(int)owner, path);
		if (!owner)
			files[kept++] = path;
	}
	*n = kept;
	return 0;
}

/* ---- what is there twice -------------------------------------------------------------------- */

bool nct_inputs_same(const char *a, const char *b)
{
	struct stat x, y;

	return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static void leave_out_doubles(char *files[], size_t *n, const char *command)
{
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++) {
		size_t twin = 0;

		while (twin < kept && !nct_inputs_same(files[twin], files[i]))
			twin++;
		if (twin == kept)
			files[kept++] = files[i];
		else
			fprintf(stderr, NCT_PROGRAM " %s: %s is the same file as %s: left out\n",
				command, files[i], files[twin]);
	}
	*n = kept;
}

int nct_inputs_distinct(char *files[], size_t *n, const char *command, struct nct_error *err)
{
	int rc = leave_out_logs(files, n, err);

	if (!rc)
		leave_out_doubles(files, n, command);
	return rc;
}

/* ---- the order of time ------------------------------------------------------------------------
 */

struct input {
	char *path;
	size_t place;	  /* on the command line */
	uint64_t wall_ns; /* of its first session's start; NCT_NONE: not known */
	uint64_t start_ns;
	size_t events;
	bool any;	   /* there is a session, and the rest is of the first one: */
	uint64_t first_ns; /* its start */
	char host[NCT_HOST_LEN];
};

static int on_session(void *ctx, const struct nct_session *s)
{
	struct input *in = ctx;

	in->start_ns = s->start_ns;
	if (!in->any) {
		in->any = true;
		in->first_ns = s->start_ns;
		snprintf(in->host, sizeof(in->host), "%s", s->host);
	}
	return 0;
}

static int on_anchor(void *ctx, const struct nct_anchor *a)
{
	struct input *in = ctx;

	in->wall_ns = nct_anchor_wall_ns(a, in->start_ns);
	return 1;
}

static int on_event(void *ctx, const struct nct_event *ev)
{
	struct input *in = ctx;

	(void)ev;
	return ++in->events > EVENTS_BEFORE_ANCHOR;
}

static int by_time(const void *a, const void *b)
{
	const struct input *x = a, *y = b;

	if (x->wall_ns != y->wall_ns)
		return x->wall_ns < y->wall_ns ? -1 : 1;
	return x->place < y->place ? -1 : 1;
}

/* To the nanosecond: no two observations of a host begin so. */
static bool begins_as(const struct input *a, const struct input *b)
{
	return a->any && b->any && a->first_ns && a->first_ns == b->first_ns &&
	       a->wall_ns == b->wall_ns && !strcmp(a->host, b->host);
}

/* Which of them is the better one is not for us to say. They are in the order of time. */
static void tell_copies(const struct input *inputs, size_t n, const char *command)
{
	for (size_t i = 1; i < n; i++)
		if (begins_as(&inputs[i - 1], &inputs[i]))
			fprintf(stderr,
				NCT_PROGRAM " %s: %s begins with the same session as %s: if it is "
					    "a copy, all in it counts twice\n",
				command, inputs[i].path, inputs[i - 1].path);
}

/* What is wrong with a file is told when all of it is read. */
static int sort(struct nct_options *o, const char *command, struct nct_error *err)
{
	static const struct nct_replay_ops ops = { .session = on_session,
						   .event = on_event,
						   .anchor = on_anchor };
	struct input *inputs;
	struct nct_error later;

	if (o->nfiles < 2)
		return 0;
	inputs = calloc(o->nfiles, sizeof(*inputs));
	if (!inputs)
		return nct_fail(err, NCT_EXIT_SYSTEM, "out of memory");
	for (size_t i = 0; i < o->nfiles; i++) {
		inputs[i] = (struct input) { .path = o->files[i], .place = i, .wall_ns = NCT_NONE };
		nct_recording_replay(o->files[i], &ops, &inputs[i], &later);
	}
	qsort(inputs, o->nfiles, sizeof(*inputs), by_time);
	tell_copies(inputs, o->nfiles, command);
	for (size_t i = 0; i < o->nfiles; i++)
		o->files[i] = inputs[i].path;
	free(inputs);
	return 0;
}

int nct_inputs_settle(struct nct_options *options, const char *command, struct nct_error *err)
{
	int rc = nct_inputs_distinct(options->files, &options->nfiles, command, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < options->nfiles; i++) {
		struct nct_error bad;

		if (!nct_recording_check(options->files[i], &bad))
			continue;
		nct_replay_error(command, err, &bad, rc != 0);
		rc = -1;
	}
	return rc ? rc : sort(options, command, err);
}
