// SPDX-License-Identifier: GPL-2.0
/*
 * What live shows and what a report on its recording shows are the same bytes. The kernel is
 * played: this test is linked without source/bpf.c.
 */
#include <errno.h>
#include <sys/utsname.h>

#include "recording_fixture.h"

#include "../../tools/cmd/watch.h"
#include "../../tools/view/timeline.h"

/* ---- the kernel ---- */

static struct feed feed;
static size_t told;
static const struct nct_hook_status hook = {
	.name = "core.state",
	.function = "nvme_change_ctrl_state",
	.module = "nvme_core",
	.rung = NCT_RUNG_FENTRY,
	.module_present = true,
	.needed = true,
};

int nct_bpf_open(struct nct_bpf **src, const struct nct_bpf_opts *opts, struct nct_error *err)
{
	(void)opts;
	(void)err;
	*src = (struct nct_bpf *)&feed;
	return 0;
}

/* A few events at a time, then none. */
int nct_bpf_poll(struct nct_bpf *src, int timeout_ms, nct_event_fn fn, void *ctx,
		 struct nct_error *err)
{
	size_t until = told + 50 < feed.n ? told + 50 : feed.n;

	(void)src;
	(void)timeout_ms;
	(void)err;
	if (told == until)
		look_again();
	while (told < until) {
		int rc = fn(ctx, &feed.ev[told++]);

		if (rc)
			return rc;
	}
	return 0;
}

int nct_bpf_drain(struct nct_bpf *src, nct_event_fn fn, void *ctx, struct nct_error *err)
{
	return told < feed.n ? nct_bpf_poll(src, 0, fn, ctx, err) : 0;
}

enum nct_dialect nct_bpf_dialect(const struct nct_bpf *src)
{
	(void)src;
	return NCT_DIALECT_RECOVERING;
}

const struct nct_hook_status *nct_bpf_hooks(struct nct_bpf *src, size_t *n)
{
	(void)src;
	*n = 1;
	return &hook;
}

size_t nct_bpf_controllers(const struct nct_bpf *src)
{
	(void)src;
	return 2;
}

bool nct_bpf_nvme_present(const struct nct_bpf *src)
{
	(void)src;
	return true;
}

const char *nct_bpf_io_missing(const struct nct_bpf *src)
{
	(void)src;
	return NULL;
}

int nct_bpf_io_error(struct nct_bpf *src)
{
	(void)src;
	return 0;
}

unsigned int nct_bpf_generation(const struct nct_bpf *src)
{
	(void)src;
	return 1;
}

void nct_bpf_close(struct nct_bpf *src)
{
	(void)src;
}

/* ---- what is watched ---- */

/* As if it happened now; the last recoveries are open at the end. */
static void prepare(uint64_t seed)
{
	uint64_t shift;

	free(feed.ev);
	feed = make_feed(seed, NCT_DIALECT_RECOVERING, 3);
	shift = nct_monotonic_ns() - feed.ev[0].ts_ns;
	for (size_t i = 0; i < feed.n; i++)
		feed.ev[i].ts_ns += shift;
	feed.n -= 4;
	told = 0;
}

static int watch(enum nct_format format, const char *output, const char *recording,
		 struct nct_error *err)
{
	const struct nct_watch_opts opts = { .show = output != NULL,
					     .output = output,
					     .recording = { .path = recording } };
	struct nct_watch *w = nct_watch_new();
	int rc;

	assert_non_null(w);
	w->options.format = format;
	w->options.duration_ns = 100 * MS;
	rc = nct_watch_run(w, &opts, err);
	nct_watch_free(w);
	return rc;
}

/* Standard error of a watch is of no interest, and long. */
static void watch_ok(enum nct_format format, const char *output, const char *recording)
{
	struct nct_error err = { 0 };

	if (watch(format, output, recording, &err))
		fail_msg("%s", err.text);
}

static void json_is_the_same(void **state)
{
	const char *out = in_dir("live.json"), *recording = in_dir("json.nct");
	struct nct_error err;
	struct lines l;
	struct utsname uts;
	char *live, host[sizeof(uts.nodename) + 16];
	size_t len;

	(void)state;
	assert_int_equal(uname(&uts), 0);
	snprintf(host, sizeof(host), "\"host\":\"%s\"", uts.nodename);
	for (uint64_t seed = 1; seed < 6; seed++) {
		unlink(recording);
		prepare(seed);
		watch_ok(NCT_FORMAT_JSON, out, recording);
		live = slurp(out, &len);
		live[len] = '\0';
		assert_true(len > 1000);
		assert_non_null(strstr(live, host));
		lines_open(&l);
		assert_int_equal(replay_lines(&l, recording, &err), 0);
		assert_same_lines(live, lines_close(&l));
	}
}

struct blocks {
	const char *live;
	struct nct_style style;
	size_t n;
};

static void find_block(void *ctx, const struct nct_recovery *rec, const struct nct_origin *origin)
{
	struct blocks *b = ctx;
	struct nct_text t = { 0 };

	nct_timeline_block(&t, &b->style, rec, origin->anchor);
	nct_text_add(&t, "%c", '\0');
	if (!strstr(b->live, t.buf))
		fail_msg("live has no such block:\n%s", t.buf);
	nct_text_free(&t);
	b->n++;
}

static void blocks_are_the_same(void **state)
{
	const char *out = in_dir("live.txt");
	char *files[] = { (char *)in_dir("text.nct") };
	struct blocks b = { 0 };
	const struct nct_replay replay = { .recovery = find_block, .ctx = &b };
	struct nct_error err;
	size_t len;
	FILE *f;

	(void)state;
	prepare(9);
	watch_ok(NCT_FORMAT_TEXT, out, files[0]);
	b.live = slurp(out, &len);
	((char *)b.live)[len] = '\0';
	f = fopen(out, "r");
	nct_style_detect(&b.style, f, NCT_COLOR_AUTO);
	fclose(f);
	assert_int_equal(nct_replay_files(files, 1, &replay, &err), 0);
	assert_true(b.n >= 3);
	free((char *)b.live);
}

static void nothing_shown(void **state)
{
	struct told t;

	(void)state;
	prepare(4);
	watch_ok(NCT_FORMAT_TEXT, NULL, in_dir("quiet.nct"));
	replay_ok(&t, in_dir("quiet.nct"));
	assert_int_equal(t.events.n, feed.n);
	assert_int_equal(t.cut_off, 0);
	assert_int_equal(t.anchors, 1);
	assert_string_equal(t.session.kernel[0] ? "" : "no kernel", "");
	free(t.events.ev);
}

/* Output that breaks does not end a recording, but is told by the exit code. */
static void broken_output(void **state)
{
	struct nct_error err = { 0 };
	struct told t;

	(void)state;
	prepare(4);
	assert_int_equal(watch(NCT_FORMAT_JSON, "/dev/full", in_dir("broken.nct"), &err), -1);
	assert_int_equal(err.code, NCT_EXIT_SYSTEM);
	assert_non_null(strstr(err.text, "No space left on device"));
	replay_ok(&t, in_dir("broken.nct"));
	assert_int_equal(t.events.n, feed.n);
	assert_int_equal(t.cut_off, 0);
	free(t.events.ev);
	prepare(4);
	assert_int_equal(watch(NCT_FORMAT_JSON, "/dev/full", NULL, &err), -1);
	assert_true(told < feed.n); /* without a recording there is no point in going on */
}

struct viewed {
	size_t fences[NCT_FENCE_UNFENCED + 1];
	size_t finished;
	int fail; /* -errno of the next that is written */
};

static int view_ended(void *ctx, FILE *out, const struct nct_recovery *rec,
		      const struct nct_anchor *anchor, const char *host)
{
	struct viewed *v = ctx;

	assert_non_null(out);
	assert_non_null(anchor);
	assert_true(host[0]);
	assert_true(rec->end != NCT_END_NONE);
	v->fences[rec->fence] += rec->kind == NCT_KIND_RECOVERY;
	return v->fail;
}

static int view_finish(void *ctx, FILE *out, uint64_t lost)
{
	struct viewed *v = ctx;

	(void)out;
	(void)lost;
	v->finished++;
	return 0;
}

static int watch_view(struct viewed *v, unsigned int fences)
{
	const struct nct_watch_opts opts = { .show = true,
					     .output = in_dir("view.txt"),
					     .view = { view_ended, view_finish, v } };
	struct nct_watch *w = nct_watch_new();
	struct nct_error err = { 0 };
	int rc;

	assert_non_null(w);
	prepare(4);
	w->options.duration_ns = 100 * MS;
	w->options.filter.fences = fences;
	rc = nct_watch_run(w, &opts, &err);
	nct_watch_free(w);
	return rc;
}

/* It gets what the whole filter lets through, and the end once; nothing after an error. */
static void a_view_of_its_own(void **state)
{
	struct viewed all = { 0 }, some = { 0 }, broken = { .fail = -ENOSPC };
	size_t others = 0;

	(void)state;
	assert_int_equal(watch_view(&all, 0), 0);
	assert_int_equal(all.finished, 1);
	assert_true(all.fences[NCT_FENCE_CCR] > 0);
	assert_int_equal(watch_view(&some, 1u << NCT_FENCE_CCR), 0);
	assert_int_equal(some.fences[NCT_FENCE_CCR], all.fences[NCT_FENCE_CCR]);
	for (int i = 0; i <= NCT_FENCE_UNFENCED; i++)
		others += i == NCT_FENCE_CCR ? 0 : some.fences[i];
	assert_int_equal(others, 0);
	assert_int_equal(watch_view(&broken, 1u << NCT_FENCE_CCR), -1);
	assert_int_equal(broken.fences[NCT_FENCE_CCR], 1);
	assert_int_equal(broken.finished, 0);
}

static int end(void **state)
{
	free(feed.ev);
	return remove_dir(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_is_the_same),  cmocka_unit_test(blocks_are_the_same),
		cmocka_unit_test(nothing_shown),     cmocka_unit_test(broken_output),
		cmocka_unit_test(a_view_of_its_own),
	};

	return cmocka_run_group_tests(tests, make_dir, end);
}
