// SPDX-License-Identifier: GPL-2.0
/*
 * kill -9 of a process that records as fast as it can, at random moments: the file opens,
 * what is in it is a beginning of what was recorded, and at most the last second is missing.
 * The next recorder appends to it.
 *
 * NCT_KILLS: how often.
 */
#include "recording_fixture.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define KILLS	   40
#define SESSION_NS SEC

/* The child says how far it has come. */
struct progress {
	_Atomic uint64_t now_ns; /* of the event that was put last */
	_Atomic uint64_t n;
};

/* The time of an event is that of its recording; its cpu is its number. */
static void record_for_ever(const char *path, struct progress *p, uint64_t rotate_bytes)
{
	const struct nct_recorder_opts opts = { .path = path, .rotate_bytes = rotate_bytes };
	struct nct_session s = session_of(NCT_DIALECT_RECOVERING);
	struct feed f = make_feed(41, NCT_DIALECT_RECOVERING, 50);
	struct nct_recorder *r = open_ok(&opts);
	struct nct_anchor a;

	s.start_ns = nct_monotonic_ns();
	nct_anchor_now(&a);
	nct_recorder_session(r, &s);
	nct_recorder_anchor(r, &a);
	for (uint32_t i = 0;; i++) {
		struct nct_event ev = f.ev[i % f.n];

		ev.ts_ns = nct_monotonic_ns();
		ev.cpu = i;
		nct_recorder_event(r, &ev);
		p->now_ns = ev.ts_ns;
		p->n = i + 1;
	}
}

static struct progress *shared_progress(void)
{
	void *p = mmap(NULL, sizeof(struct progress), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(p != MAP_FAILED);
	return p;
}

/* Whether a file was put aside for the fourth time. */
static bool rotated(const char *path)
{
	char name[160];

	snprintf(name, sizeof(name), "%s.4", path);
	return !access(name, F_OK);
}

/* Lets it record until it is delay_ns past its first event, or, with rotation, past
 * some rotations; then kills it. */
static void record_and_kill(const char *path, struct progress *p, uint64_t delay_ns,
			    uint64_t rotate_bytes)
{
	uint64_t first_ns = 0, deadline_ns = nct_monotonic_ns() + 120 * SEC;
	pid_t pid;
	int status;

	p->now_ns = p->n = 0;
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		record_for_ever(path, p, rotate_bytes);
		_exit(0);
	}
	for (;;) {
		uint64_t now_ns = p->now_ns;

		if (!first_ns && (!rotate_bytes || rotated(path)))
			first_ns = now_ns;
		if (first_ns && now_ns - first_ns >= delay_ns)
			break;
		assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
		assert_true(nct_monotonic_ns() < deadline_ns);
		look_again();
	}
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

/* The numbers from *next on, without a gap but for those of a told loss. */
static void assert_unbroken(const struct told *t, uint64_t *next)
{
	for (size_t i = 0; i < t->events.n; i++) {
		const struct nct_event *ev = &t->events.ev[i];

		if (ev->type == NCT_EV_LOST) {
			*next += ev->lost.count;
		} else if (ev->type != NCT_EV_SNAPSHOT) {
			assert_int_equal(ev->cpu, *next);
			++*next;
		}
	}
}

/* Of the last session in the file; and of its recoveries in the tables nothing is wrong. */
static void assert_saved(const char *path, const struct progress *p, uint64_t *next)
{
	struct nct_error err;
	struct lines l;
	struct told t;

	replay_ok(&t, path);
	assert_true(t.cut_off >= 1);
	assert_unbroken(&t, next);
	assert_true(*next <= p->n + 1);
	if (t.last_ns + SEC < p->now_ns)
		fail_msg("the last %llu ms are missing",
			 (unsigned long long)((p->now_ns - t.last_ns) / MS));
	lines_open(&l);
	assert_int_equal(replay_lines(&l, path, &err), 0);
	free(lines_close(&l));
	free(t.events.ev);
}

static uint64_t kills(void)
{
	const char *text = getenv("NCT_KILLS");

	return text ? strtoull(text, NULL, 0) : KILLS;
}

static void killed(void **state)
{
	struct progress *p = shared_progress();
	uint64_t seed = nct_monotonic_ns();

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (uint64_t i = 0; i < kills(); i++) {
		/* Some at the very beginning, when the file is not even there. */
		uint64_t delay_ns = i % 4 ? rnd(&seed, SESSION_NS) : rnd(&seed, 5 * MS);
		const char *path = in_dir("killed");
		uint64_t next = 0;

		unlink(path); /* what is left beside it is none of the next one's */
		record_and_kill(path, p, delay_ns, 0);
		if (delay_ns > SEC / 2 || !access(path, F_OK)) {
			struct nct_error err;
			struct told t;

			assert_int_equal(replay_into(&t, path, &err), 0);
			free(t.events.ev);
			if (t.sessions)
				assert_saved(path, p, &next);
			else
				assert_true(delay_ns < SEC);
		}
	}
	munmap(p, sizeof(*p));
}

/* A process that died while it recorded is no reason to refuse what follows. */
static void appended_after_a_kill(void **state)
{
	const char *path = in_dir("again");
	struct progress *p = shared_progress();
	struct feed f = make_feed(3, NCT_DIALECT_BASELINE, 2);
	struct told before, after;

	(void)state;
	record_and_kill(path, p, SEC, 0);
	replay_ok(&before, path);
	record_feed(path, &f, NCT_DIALECT_BASELINE);
	replay_ok(&after, path);
	assert_int_equal(after.sessions, before.sessions + 1);
	assert_int_equal(after.cut_off, 1);
	assert_int_equal(after.events.n, before.events.n + f.n);
	for (size_t i = 0; i < before.events.n; i++)
		assert_same_event(&after.events.ev[i], &before.events.ev[i], i);
	free(before.events.ev);
	free(after.events.ev);
	free(f.ev);
	munmap(p, sizeof(*p));
}

/* In the middle of beginning a new file, too: all of them together hold the beginning. */
static void killed_while_rotating(void **state)
{
	struct progress *p = shared_progress();
	uint64_t seed = 77, next = 0;
	char path[128], name[160];
	struct stat st;
	size_t n = 0;

	(void)state;
	snprintf(path, sizeof(path), "%s", in_dir("rotating"));
	record_and_kill(path, p, rnd(&seed, SEC), 300 << 10);
	do
		snprintf(name, sizeof(name), "%s.%zu", path, ++n);
	while (!access(name, F_OK));
	assert_true(n > 3);
	while (--n) {
		struct told t;

		snprintf(name, sizeof(name), "%s.%zu", path, n);
		replay_ok(&t, name);
		assert_unbroken(&t, &next);
		free(t.events.ev);
	}
	if (!stat(path, &st) && st.st_size) { /* a new one takes its name from an empty one */
		struct told t;

		replay_ok(&t, path);
		assert_unbroken(&t, &next);
		free(t.events.ev);
	}
	assert_true(next > 0 && next <= p->n + 1);
	munmap(p, sizeof(*p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed),
		cmocka_unit_test(appended_after_a_kill),
		cmocka_unit_test(killed_while_rotating),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
