// SPDX-License-Identifier: GPL-2.0
/* What `live` prints: progress, reminders, filters of length, and storms. */
#include "view_fixture.h"

#include <errno.h>

#include "../../tools/view/screen.h"

#define NSTORM 500

struct fixture {
	struct nct_anchors anchors;
	struct nct_screen *screen;
	FILE *out;
	char *buf;
	size_t len;
};

static void open_screen(struct fixture *f, uint64_t min_duration_ns)
{
	struct nct_screen_opts opts = {
		.style = { .width = 80 },
		.anchors = &f->anchors,
		.min_duration_ns = min_duration_ns,
	};

	memset(f, 0, sizeof(*f));
	nct_anchors_add(&f->anchors, &anchor);
	f->out = open_memstream(&f->buf, &f->len);
	assert_non_null(f->out);
	opts.out = f->out;
	f->screen = nct_screen_new(&opts);
	assert_non_null(f->screen);
}

/* What was printed; to be freed. */
static char *close_screen(struct fixture *f)
{
	assert_int_equal(nct_screen_finish(f->screen), 0);
	assert_int_equal(nct_screen_unwritten(f->screen), 0);
	nct_screen_free(f->screen);
	fclose(f->out);
	return f->buf;
}

static void finish_golden(struct fixture *f, const char *name)
{
	char *text = close_screen(f);

	assert_golden(text, name);
	free(text);
}

/* A tick at `age` after the start, with the recovery open. */
static void tick(struct fixture *f, struct nct_recovery *rec, uint64_t age)
{
	nct_screen_tick(f->screen, START_NS + age);
	if (rec) {
		struct nct_recovery now = *rec;

		now.duration_ns = age;
		nct_screen_open(f->screen, &now);
	}
	assert_int_equal(nct_screen_tick_done(f->screen), 0);
}

/* Begins the next phase, the last one having lasted so long. */
static void next_phase(struct fixture *f, struct nct_recovery *rec, struct nct_span *spans,
		       uint64_t lasted, enum nct_phase phase)
{
	struct nct_span *last = &spans[rec->nspans - 1];

	last->duration_ns += lasted;
	rec->total_ns[last->phase] += lasted;
	rec->duration_ns += lasted;
	add_span(rec, spans, phase, 0);
	if (f)
		assert_int_equal(nct_screen_phase(f->screen, rec), 0);
}

static void end(struct fixture *f, struct nct_recovery *rec, struct nct_span *spans,
		uint64_t lasted)
{
	struct nct_span *last = &spans[rec->nspans - 1];

	last->duration_ns += lasted;
	rec->total_ns[last->phase] += lasted;
	rec->duration_ns += lasted;
	end_live(rec);
	assert_int_equal(nct_screen_end(f->screen, rec), 0);
}

static void progress(void **state)
{
	struct nct_span spans[MAX_SPANS];
	struct nct_recovery rec = plain_recovery();
	struct fixture f;

	(void)state;
	open_screen(&f, 0);
	add_span(&rec, spans, NCT_PHASE_QUEUE, 0);
	nct_screen_begin(f.screen, &rec);
	next_phase(&f, &rec, spans, 120 * US, NCT_PHASE_TEARDOWN);
	next_phase(&f, &rec, spans, 45 * MS, NCT_PHASE_BACKOFF);
	next_phase(&f, &rec, spans, 10 * SEC, NCT_PHASE_CONNECT);
	rec.last_status = -111;
	next_phase(&f, &rec, spans, 3 * MS, NCT_PHASE_BACKOFF);
	next_phase(&f, &rec, spans, 10 * SEC, NCT_PHASE_CONNECT);
	end(&f, &rec, spans, 250 * MS);
	finish_golden(&f, "progress.txt");
}

/* CCR by two sources, then the hold: each step tells how the one before it came out. */
static void fencing(void **state)
{
	struct nct_ccr_attempt ccr[] = {
		ccr_attempt(0, 3 * MS, 3 * MS, 0x4141, NCT_CCR_REJECTED),
		ccr_attempt(3, 4 * SEC - 3 * MS, 2 * MS, -110, NCT_CCR_TIMEOUT),
	};
	struct nct_span spans[MAX_SPANS];
	struct nct_recovery rec = plain_recovery();
	struct fixture f;

	(void)state;
	open_screen(&f, 0);
	rec.dialect = NCT_DIALECT_RECOVERING;
	rec.fence = NCT_FENCE_UNKNOWN;
	rec.fence_reason = NULL;
	rec.id.cqt_ms = 5000;
	rec.ccr = ccr;
	add_span(&rec, spans, NCT_PHASE_QUEUE, 0);
	nct_screen_begin(f.screen, &rec);
	rec.nccr = 1;
	next_phase(&f, &rec, spans, 120 * US, NCT_PHASE_CCR);
	rec.nccr = 2;
	rec.has_hold = true;
	rec.hold_requested_ms = 11000;
	snprintf(rec.hold_reason, sizeof(rec.hold_reason), "ccr-timeout");
	next_phase(&f, &rec, spans, 4 * SEC, NCT_PHASE_HOLD);
	tick(&f, &rec, 10 * SEC);
	rec.fence = NCT_FENCE_HOLD;
	rec.fence_reason = "ccr-timeout";
	next_phase(&f, &rec, spans, 11 * SEC, NCT_PHASE_TEARDOWN);
	next_phase(&f, &rec, spans, 45 * MS, NCT_PHASE_BACKOFF);
	next_phase(&f, &rec, spans, 10 * SEC, NCT_PHASE_CONNECT);
	end(&f, &rec, spans, 250 * MS);
	finish_golden(&f, "fencing.txt");
}

/* Neither CCR nor CQT. */
static void retry_not_safe(void **state)
{
	struct nct_span spans[MAX_SPANS];
	struct nct_recovery rec = plain_recovery();
	struct fixture f;

	(void)state;
	open_screen(&f, 0);
	rec.dialect = NCT_DIALECT_RECOVERING;
	rec.fence_reason = "no-ccr-no-cqt";
	add_span(&rec, spans, NCT_PHASE_QUEUE, 0);
	nct_screen_begin(f.screen, &rec);
	next_phase(&f, &rec, spans, 120 * US, NCT_PHASE_TEARDOWN);
	finish_golden(&f, "unsafe.txt");
}

/* Ten minutes without an end: late attempts have no lines, reminders stand for them. */
static void reminders(void **state)
{
	struct nct_span spans[MAX_SPANS];
	struct nct_recovery rec = plain_recovery();
	struct fixture f;

	(void)state;
	open_screen(&f, 0);
	add_span(&rec, spans, NCT_PHASE_QUEUE, 0);
	nct_screen_begin(f.screen, &rec);
	next_phase(&f, &rec, spans, 120 * US, NCT_PHASE_TEARDOWN);
	next_phase(&f, &rec, spans, 45 * MS, NCT_PHASE_BACKOFF);
	rec.last_status = -113;
	for (uint64_t second = 1; second <= 600; second++) {
		tick(&f, &rec, second * SEC);
		if (second % 10)
			continue;
		next_phase(&f, &rec, spans,
			   START_NS + second * SEC + 500 * MS - spans[rec.nspans - 1].start_ns,
			   NCT_PHASE_CONNECT);
		next_phase(&f, &rec, spans, 3 * MS, NCT_PHASE_BACKOFF);
	}
	finish_golden(&f, "reminders.txt");
}

/* Nothing of what ends before --min-duration; the rest from there on. */
static void min_duration(void **state)
{
	struct nct_span spans[MAX_SPANS], short_spans[MAX_SPANS];
	struct nct_recovery rec = plain_recovery(), brief = plain_recovery();
	struct fixture f;

	(void)state;
	open_screen(&f, 5 * SEC);
	add_span(&rec, spans, NCT_PHASE_QUEUE, 0);
	nct_screen_begin(f.screen, &rec);
	brief.id.instance = 2;
	add_span(&brief, short_spans, NCT_PHASE_QUEUE, 0);
	nct_screen_begin(f.screen, &brief);
	next_phase(&f, &rec, spans, 120 * US, NCT_PHASE_TEARDOWN);
	next_phase(&f, &rec, spans, 45 * MS, NCT_PHASE_BACKOFF);
	end(&f, &brief, short_spans, 4 * SEC);
	tick(&f, &rec, 4900 * MS);
	tick(&f, &rec, 5000 * MS);
	next_phase(&f, &rec, spans, 10 * SEC, NCT_PHASE_CONNECT);
	end(&f, &rec, spans, 250 * MS);
	finish_golden(&f, "min-duration.txt");
}

/* The cause may be told after the beginning: the line waits for it. */
static void late_cause(void **state)
{
	struct nct_span spans[MAX_SPANS];
	struct nct_recovery rec = plain_recovery();
	struct nct_trigger trigger = rec.trigger;
	struct fixture f;
	char *text;

	(void)state;
	open_screen(&f, 0);
	rec.trigger = (struct nct_trigger) { .opcode = NCT_OPCODE_UNKNOWN };
	add_span(&rec, spans, NCT_PHASE_QUEUE, 0);
	nct_screen_begin(f.screen, &rec);
	rec.trigger = trigger;
	next_phase(&f, &rec, spans, 120 * US, NCT_PHASE_TEARDOWN);
	text = close_screen(&f);
	assert_non_null(strstr(text, "left LIVE: io-timeout at nvme_tcp_timeout\n"));
	assert_null(strstr(text, "not known"));
	free(text);
}

struct crowd {
	struct nct_recovery rec[NSTORM];
	struct nct_span spans[NSTORM][8];
	bool over[NSTORM];
};

static void crowd_tick(struct fixture *f, struct crowd *c, uint64_t age)
{
	nct_screen_tick(f->screen, START_NS + age);
	for (int i = 0; i < NSTORM; i++) {
		struct nct_recovery now = c->rec[i];

		if (c->over[i] || START_NS + age < now.start_ns)
			continue;
		now.duration_ns = START_NS + age - now.start_ns;
		nct_screen_open(f->screen, &now);
	}
	assert_int_equal(nct_screen_tick_done(f->screen), 0);
}

static void crowd_begin(struct fixture *f, struct crowd *c)
{
	for (int i = 0; i < NSTORM; i++) {
		struct nct_recovery *rec = &c->rec[i];

		*rec = plain_recovery();
		rec->id.instance = i;
		rec->start_ns = START_NS + (uint64_t)i * 200 * US;
		if (i % 25)
			rec->trigger.reason = "connection-lost";
		if (i % 10 == 9)
			snprintf(rec->id.transport, sizeof(rec->id.transport), "rdma");
		snprintf(rec->id.subsystem, sizeof(rec->id.subsystem), "nqn.example:s%d", i % 3);
		add_span(rec, c->spans[i], NCT_PHASE_QUEUE, 0);
		nct_screen_begin(f->screen, rec);
	}
}

/* Controller i comes back after 2 s + i × 10 ms; every 50th never does. */
static void crowd_live(struct fixture *f, struct crowd *c, uint64_t age)
{
	for (int i = 0; i < NSTORM; i++) {
		uint64_t lasted = 2 * SEC + (uint64_t)i * 10 * MS;

		if (c->over[i] || i % 50 == 0 || START_NS + age < c->rec[i].start_ns + lasted)
			continue;
		c->over[i] = true;
		if (i == 77)
			c->rec[i].notes |= NCT_NOTE_LOSSY;
		end(f, &c->rec[i], c->spans[i],
		    c->rec[i].start_ns + lasted - c->spans[i][c->rec[i].nspans - 1].start_ns);
	}
}

static void crowd_removed(struct fixture *f, struct crowd *c)
{
	for (int i = 0; i < NSTORM; i++) {
		struct nct_recovery *rec = &c->rec[i];

		if (c->over[i])
			continue;
		c->over[i] = true;
		rec->duration_ns = START_NS + 12 * SEC - rec->start_ns;
		rec->end = NCT_END_REMOVED;
		nct_screen_end(f->screen, rec);
	}
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* The groups of the block: their counts, and what is counted as the rest. */
static size_t sum_of_groups(const char *text)
{
	size_t sum = 0, n;
	const char *line = strstr(text, "-- storm: ");

	for (; line && *line; line = strchr(line, '\n') + 1) {
		const char *count = strstr(line, ": ");

		if (sscanf(line, "  and %zu more", &n) == 1)
			sum += n;
		else if (!strncmp(line, "  nqn.", 6) && sscanf(count, ": %zu recoveries", &n) == 1)
			sum += n;
	}
	return sum;
}

static void storm(void **state)
{
	struct crowd *c = calloc(1, sizeof(*c));
	struct fixture f;
	char *text;

	(void)state;
	assert_non_null(c);
	open_screen(&f, 0);
	crowd_begin(&f, c);
	for (uint64_t age = 100 * MS; age < 14 * SEC; age += 100 * MS) {
		crowd_live(&f, c, age);
		if (age == 12 * SEC)
			crowd_removed(&f, c);
		crowd_tick(&f, c, age);
	}
	text = close_screen(&f);
	assert_true(count_lines(text) <= 40);
	assert_int_equal(sum_of_groups(text), NSTORM);
	assert_non_null(strstr(text, "500 recoveries: 490 live, 10 removed, 0 incomplete"));
	assert_golden(text, "storm.txt");
	free(text);
	free(c);
}

/* The observation ends in the middle of a storm: all are told. */
static void storm_cut_short(void **state)
{
	struct crowd *c = calloc(1, sizeof(*c));
	struct fixture f;
	char *text;

	(void)state;
	assert_non_null(c);
	open_screen(&f, 0);
	crowd_begin(&f, c);
	crowd_tick(&f, c, 400 * MS);
	for (int i = 0; i < NSTORM; i++) {
		/* of a kernel that could have fenced; those of s0: all but a few did */
		c->rec[i].dialect = NCT_DIALECT_RECOVERING;
		if (i % 3 == 0 && i % 25)
			c->rec[i].fence = i < 450 ? NCT_FENCE_CCR : NCT_FENCE_HOLD;
		c->rec[i].end = NCT_END_INCOMPLETE;
		nct_screen_end(f.screen, &c->rec[i]);
	}
	assert_int_equal(nct_screen_unwritten(f.screen), NSTORM);
	text = close_screen(&f);
	assert_non_null(strstr(text, "500 recoveries: 0 live, 0 removed, 500 incomplete"));
	assert_non_null(strstr(text, "    fence         ccr 144, hold 16\n"));
	assert_non_null(strstr(text, "    fence         unfenced 160\n"));
	assert_int_equal(sum_of_groups(text), NSTORM);
	free(text);
	free(c);
}

/* Few stay down after a storm: its block comes, and they get their own lines. */
static void survivors(void **state)
{
	struct crowd *c = calloc(1, sizeof(*c));
	struct fixture f;
	char *text;

	(void)state;
	assert_non_null(c);
	open_screen(&f, 0);
	crowd_begin(&f, c);
	for (int i = 0; i < NSTORM - 2; i++) {
		c->over[i] = true;
		end(&f, &c->rec[i], c->spans[i], SEC);
	}
	for (uint64_t age = 1200 * MS; age < 8 * SEC; age += 100 * MS)
		crowd_tick(&f, c, age);
	text = close_screen(&f);
	assert_non_null(strstr(text, "storm over; still open: 2\n"));
	assert_non_null(strstr(text, "nvme498 rdma") ? "" : strstr(text, "nvme498 tcp"));
	assert_non_null(strstr(text, "nvme499"));
	free(text);
	free(c);
}

static void failing_output(void **state)
{
	struct nct_span spans[MAX_SPANS];
	struct nct_recovery rec = plain_recovery();
	struct nct_anchors anchors = { 0 };
	struct nct_screen_opts opts = { .out = fopen("/dev/full", "w"),
					.style = { .width = 80 },
					.anchors = &anchors };
	struct nct_screen *s = nct_screen_new(&opts);

	(void)state;
	if (!opts.out)
		skip();
	nct_anchors_add(&anchors, &anchor);
	add_span(&rec, spans, NCT_PHASE_QUEUE, 3 * SEC);
	end_live(&rec);
	assert_int_equal(nct_screen_end(s, &rec), 0); /* held back */
	nct_screen_tick(s, START_NS + 4 * SEC);
	assert_int_equal(nct_screen_tick_done(s), -ENOSPC);
	assert_int_equal(nct_screen_unwritten(s), 1);
	nct_screen_free(s);
	fclose(opts.out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fencing),	cmocka_unit_test(retry_not_safe),
		cmocka_unit_test(progress),	cmocka_unit_test(reminders),
		cmocka_unit_test(min_duration), cmocka_unit_test(late_cause),
		cmocka_unit_test(storm),	cmocka_unit_test(storm_cut_short),
		cmocka_unit_test(survivors),	cmocka_unit_test(failing_output),
	};

	fixed_time_zone();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
