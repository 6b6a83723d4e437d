// SPDX-License-Identifier: GPL-2.0
#include "inputs.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../recording/recording.h"
#include "cmd.h"

/* Whether it is called like what SQLite keeps beside a file that is there. */
static bool kept_beside(const char *name)
{
	static const char *const suffixes[] = { "-wal", "-shm", "-journal" };
	size_t len = strlen(name);
	char base[4096];

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t tail = strlen(suffixes[i]);

		if (len <= tail || len - tail >= sizeof(base) ||
		    strcmp(name + len - tail, suffixes[i]))
			continue;
		memcpy(base, name, len - tail);
		base[len - tail] = '\0';
		return !access(base, F_OK);
	}
	return false;
}

/* The one among the first n that is the same file; NULL: none. */
static const char *named_before(char *const files[], size_t n, const char *name)
{
	struct stat st, other;

	if (stat(name, &st))
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (!stat(files[i], &other) && other.st_dev == st.st_dev &&
		    other.st_ino == st.st_ino)
			return files[i];
	return NULL;
}

static void take(struct nct_options *o)
{
	size_t n = 0;

	for (size_t i = 0; i < o->nfiles; i++) {
		const char *twin = named_before(o->files, n, o->files[i]);

		if (twin)
			fprintf(stderr, NCT_PROGRAM ": %s and %s are one file, read once\n", twin,
				o->files[i]);
		else if (!kept_beside(o->files[i]))
			o->files[n++] = o->files[i];
	}
	o->nfiles = n;
}

int nct_inputs_check(struct nct_options *o, struct nct_error *err)
{
	struct nct_error bad;
	int rc = 0;

	take(o);
	for (size_t i = 0; i < o->nfiles; i++) {
		if (!nct_recording_check(o->files[i], &bad))
			continue;
		if (rc)
			fprintf(stderr, NCT_PROGRAM ": %s\n", err->text);
		*err = bad;
		rc = -1;
	}
	return rc;
}
