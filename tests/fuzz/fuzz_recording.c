// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer: a recording of anything at all. The input's first byte says what becomes a file:
 *   'S'   the input as it is: so begins every SQLite file
 *   'p'   an intact recording, of which bytes are overwritten: place (3 bytes), how many, these
 *   else  an intact recording, of which rows are overwritten: rows.h
 */
#include <unistd.h>

#include "rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const unsigned char intact[], intact_end[];
__asm__(".pushsection .rodata\n"
	".global intact, intact_end\n"
	"intact:\n"
	".incbin \"tests/fuzz/corpus/recording/intact\"\n"
	"intact_end:\n"
	".popsection\n");

#define MAX_NS (INT64_MAX / 4)

/* ---- what is told ---- */

#define ENDS(array) (memchr(array, '\0', sizeof(array)) != NULL)

static int on_session(void *ctx, const struct nct_session *s)
{
	REQUIRE(s->origin >= NCT_ORIGIN_BPF && s->origin <= NCT_ORIGIN_FTRACE);
	REQUIRE(s->dialect <= NCT_DIALECT_FENCING);
	REQUIRE(s->resolution_ns > 0 && s->start_ns <= MAX_NS);
	REQUIRE(s->end_ns == NCT_NONE || (s->end_ns >= s->start_ns && s->end_ns <= MAX_NS));
	REQUIRE(ENDS(s->host) && ENDS(s->kernel) && ENDS(s->tool) && ENDS(s->input));
	return check_start(ctx, s);
}

static void check_identity(const struct nct_identity *id)
{
	REQUIRE(ENDS(id->transport) && ENDS(id->address) && ENDS(id->subsystem));
}

static int on_event(void *ctx, const struct nct_event *ev)
{
	struct check *c = ctx;

	REQUIRE(c->reducer);
	REQUIRE(ev->ts_ns <= MAX_NS && ev->instance >= -1);
	if (ev->type == NCT_EV_SNAPSHOT)
		check_identity(&ev->snapshot.id);
	else if (ev->type == NCT_EV_IDENTITY)
		check_identity(&ev->identity);
	c->events++;
	return nct_reducer_push(c->reducer, ev);
}

static int on_anchor(void *ctx, const struct nct_anchor *a)
{
	struct check *c = ctx;

	REQUIRE(c->reducer);
	REQUIRE(a->monotonic_ns <= MAX_NS && a->boottime_ns <= MAX_NS && a->realtime_ns <= MAX_NS);
	c->anchors++;
	return 0;
}

static int on_session_end(void *ctx, const struct nct_session *s, uint64_t end_ns)
{
	REQUIRE(end_ns >= s->start_ns && end_ns <= MAX_NS);
	check_finish(ctx, end_ns);
	return 0;
}

static const struct nct_replay_ops ops = { on_session, on_event, on_anchor, on_session_end, NULL };

/* One line for people, whatever the file has to say. */
static void check_error(const struct nct_error *err, const char *path, const struct check *told)
{
	REQUIRE(err->code == NCT_EXIT_USAGE || err->code == NCT_EXIT_UNTRUSTED);
	REQUIRE(err->code != NCT_EXIT_USAGE || !told->sessions);
	REQUIRE(strstr(err->text, path));
	for (const char *c = err->text; *c; c++)
		REQUIRE((unsigned char)*c >= ' ' && *c != 0x7f);
}

/* ---- what is read ---- */

static const char *path_of(void)
{
	static char path[64];

	if (!*path)
		snprintf(path, sizeof(path), "%s/nct-fuzz-%d",
			 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm", (int)getpid());
	return path;
}

static void spill(const char *path, const void *bytes, size_t n)
{
	FILE *f = fopen(path, "w");

	REQUIRE(f && fwrite(bytes, 1, n, f) == n);
	REQUIRE(!fclose(f));
}

static void tidy(const char *path)
{
	static const char *const beside[] = { "", "-wal", "-shm", "-journal" };
	char name[80];

	for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, beside[i]);
		unlink(name);
	}
}

/* 0, or that there is a fault. */
static int replay(const void *bytes, size_t n, struct check *told)
{
	const char *path = path_of();
	struct nct_error err = { 0 };
	int rc;

	spill(path, bytes, n);
	rc = nct_recording_replay(path, &ops, told, &err);
	tidy(path);
	REQUIRE(!told->reducer); /* what was begun was ended */
	if (rc)
		check_error(&err, path, told);
	return rc;
}

static void replay_patched(struct input *in)
{
	size_t size = (size_t)(intact_end - intact), n, place;
	struct check told = { 0 };
	unsigned char *file = malloc(size);

	REQUIRE(file);
	memcpy(file, intact, size);
	while (in->left) {
		const char *bytes;

		place = take(in, 3) % size;
		n = take(in, 1);
		n = n < size - place ? n : size - place;
		bytes = take_bytes(in, &n);
		memcpy(file + place, bytes, n);
	}
	replay(file, size, &told);
	free(file);
}

static void replay_rows(struct input *in)
{
	sqlite3 *db = rows_open(intact, (size_t)(intact_end - intact));
	struct check told = { 0 };
	sqlite3_int64 size;
	unsigned char *file;

	rows_overwrite(db, in);
	file = sqlite3_serialize(db, "main", &size, 0);
	REQUIRE(file);
	if (!replay(file, (size_t)size, &told))
		rows_were_right(db, &told);
	sqlite3_free(file);
	sqlite3_close(db);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct check told = { 0 };

	if (!size)
		return 0;
	if (*data == 'S') {
		replay(data, size, &told);
		return 0;
	}
	if (take(&in, 1) == 'p')
		replay_patched(&in);
	else
		replay_rows(&in);
	return 0;
}
