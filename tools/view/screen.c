// SPDX-License-Identifier: GPL-2.0
#include "screen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "progress.h"
#include "storm.h"
#include "text.h"
#include "timeline.h"
#include "toll.h"

#define NSEC_PER_MSEC 1000000ull
#define NSEC_PER_SEC  1000000000ull

#define HELD_BACK_NS	 (200 * NSEC_PER_MSEC)
#define QUIET_NS	 (5 * NSEC_PER_SEC) /* no reminder so soon after another line */
#define PATIENCE_BUSY_MS 100
#define PATIENCE_IDLE_MS 1000

/* A storm begins with more than STORM_OPEN open at once, or begun in a second. It is
 * over when none is open for a second, or few of which none changes for longer. */
#define STORM_OPEN    8
#define CALM_OPEN     4
#define CALM_NS	      (5 * NSEC_PER_SEC)
#define FIRST_LINE_NS (300 * NSEC_PER_MSEC) /* when the first line tells something */

/* What has been told about an open recovery. */
struct shown {
	int32_t instance;
	uint64_t start_ns;
	bool announced; /* its first line was printed */
	bool present;	/* seen in this tick */
	uint64_t last_line_ns;
	uint64_t reminder_ns; /* age at which the next one is due */
};

struct nct_screen {
	struct nct_screen_opts opts;
	uint64_t now_ns;
	struct nct_text text; /* held back since text_since_ns */
	uint64_t text_since_ns;

	struct shown *open;
	size_t nopen;
	size_t open_size;
	size_t hint; /* where to look first */

	uint64_t begun_ns[STORM_OPEN + 1]; /* ring */
	size_t begun;

	bool storm;
	uint64_t storm_since_ns;
	uint64_t change_ns;	/* when one last began or ended */
	uint64_t storm_line_ns; /* of the last line, 0: none yet */
	size_t storm_line_open; /* what it said */
	struct nct_storm_view view;
	struct nct_toll toll; /* what has ended since text_since_ns, or in the storm */
	size_t unwritten;     /* ended, and not told yet */
};

struct nct_screen *nct_screen_new(const struct nct_screen_opts *opts)
{
	struct nct_screen *s = calloc(1, sizeof(*s));

	if (s)
		s->opts = *opts;
	return s;
}

void nct_screen_free(struct nct_screen *s)
{
	if (!s)
		return;
	nct_text_free(&s->text);
	nct_storm_free(&s->view);
	nct_toll_free(&s->toll);
	free(s->open);
	free(s);
}

static const struct nct_anchor *anchor_at(const struct nct_screen *s, uint64_t ns)
{
	return nct_anchors_near(s->opts.anchors, ns);
}

static void advance(struct nct_screen *s, uint64_t now_ns)
{
	if (now_ns > s->now_ns)
		s->now_ns = now_ns;
}

/* Notes that a line was added, and from when it is held back. */
static void held(struct nct_screen *s, size_t len_before)
{
	if (!len_before)
		s->text_since_ns = s->now_ns;
}

static int write_out(struct nct_screen *s)
{
	int rc = nct_text_write(&s->text, s->opts.out);

	if (rc)
		return rc;
	if (!s->storm)
		nct_toll_clear(&s->toll); /* those had their blocks */
	if (!s->toll.n)
		s->unwritten = 0;
	return 0;
}

/* Writes what has been held back long enough. */
static int settle(struct nct_screen *s)
{
	if (!s->text.len && !s->text.failed)
		return 0;
	if (!s->storm && s->now_ns < s->text_since_ns + HELD_BACK_NS)
		return 0;
	return write_out(s);
}

static struct shown *find(struct nct_screen *s, const struct nct_recovery *rec)
{
	for (size_t i = 0; i < s->nopen; i++) {
		size_t at = (s->hint + i) % s->nopen;
		struct shown *o = &s->open[at];

		if (o->start_ns == rec->start_ns && o->instance == rec->id.instance) {
			s->hint = at + 1; /* ticks come in the order of begins */
			return o;
		}
	}
	return NULL;
}

static struct shown *add(struct nct_screen *s, const struct nct_recovery *rec)
{
	struct shown *grown;

	if (s->nopen == s->open_size) {
		size_t size = s->open_size ? 2 * s->open_size : 64;

		grown = realloc(s->open, size * sizeof(*grown));
		if (!grown) {
			s->text.failed = true;
			return NULL;
		}
		s->open = grown;
		s->open_size = size;
	}
	s->open[s->nopen] = (struct shown) { .instance = rec->id.instance,
					     .start_ns = rec->start_ns,
					     .present = true };
	return &s->open[s->nopen++];
}

static struct shown *find_or_add(struct nct_screen *s, const struct nct_recovery *rec)
{
	struct shown *o = find(s, rec);

	return o ? o : add(s, rec);
}

static void forget(struct nct_screen *s, struct shown *o)
{
	size_t at = (size_t)(o - s->open);

	s->nopen--;
	memmove(o, o + 1, (s->nopen - at) * sizeof(*o));
	s->hint = at;
}

/* More than STORM_OPEN are open, or have begun within a second. */
static bool crowded(const struct nct_screen *s)
{
	uint64_t oldest = s->begun_ns[s->begun % (STORM_OPEN + 1)];

	return s->nopen > STORM_OPEN ||
	       (s->begun > STORM_OPEN && s->now_ns - oldest < NSEC_PER_SEC);
}

/* What was held back is told by the storm: its ended ones are in the toll. */
static void start_storm(struct nct_screen *s)
{
	s->storm = true;
	s->storm_since_ns = s->now_ns;
	s->storm_line_ns = 0;
	nct_text_clear(&s->text);
	nct_text_add(&s->text, "%s storm: more than %d at once, from here one line for all; %s\n",
		     nct_time_of_day(anchor_at(s, s->now_ns), s->now_ns).s, STORM_OPEN,
		     "single ones: --controller NAME, or --format json");
	for (size_t i = 0; i < s->nopen; i++)
		s->open[i].announced = false;
}

static void add_toll(struct nct_screen *s)
{
	nct_toll_block(&s->text, &s->opts.style, &s->toll, anchor_at(s, s->now_ns));
	nct_toll_clear(&s->toll);
}

static void line_printed(struct nct_screen *s, struct shown *o, const struct nct_recovery *rec)
{
	o->announced = true;
	o->last_line_ns = s->now_ns;
	o->reminder_ns = nct_progress_next_age(rec->duration_ns);
}

static void print_begin(struct nct_screen *s, struct shown *o, const struct nct_recovery *rec)
{
	size_t before = s->text.len;

	nct_progress_begin(&s->text, rec, anchor_at(s, rec->start_ns));
	line_printed(s, o, rec);
	held(s, before);
}

static void print_reminder(struct nct_screen *s, struct shown *o, const struct nct_recovery *rec)
{
	size_t before = s->text.len;

	nct_progress_reminder(&s->text, rec, anchor_at(s, s->now_ns));
	line_printed(s, o, rec);
	held(s, before);
}

static bool long_enough(const struct nct_screen *s, const struct nct_recovery *rec)
{
	return rec->duration_ns >= s->opts.min_duration_ns;
}

/* One whose cause is not known yet may still get it, with its next event. */
static bool may_announce(const struct nct_screen *s, const struct nct_recovery *rec)
{
	bool explained = rec->trigger.reason || (rec->notes & NCT_NOTE_STARTED_BEFORE);

	return !s->storm && long_enough(s, rec) && explained;
}

int nct_screen_begin(struct nct_screen *s, const struct nct_recovery *rec)
{
	struct shown *o;

	advance(s, rec->start_ns);
	s->change_ns = s->now_ns;
	s->begun_ns[s->begun++ % (STORM_OPEN + 1)] = s->now_ns;
	o = find_or_add(s, rec);
	if (!s->storm && crowded(s))
		start_storm(s);
	if (o && may_announce(s, rec))
		print_begin(s, o, rec);
	return settle(s);
}

int nct_screen_phase(struct nct_screen *s, const struct nct_recovery *rec)
{
	struct shown *o = find_or_add(s, rec);
	size_t before;

	advance(s, rec->spans[rec->nspans - 1].start_ns);
	if (!o || s->storm || !long_enough(s, rec))
		return settle(s);
	if (!o->announced)
		print_begin(s, o, rec);
	if (nct_progress_wanted(rec)) {
		before = s->text.len;
		nct_progress_phase(&s->text, rec, anchor_at(s, s->now_ns));
		line_printed(s, o, rec);
		held(s, before);
	}
	return settle(s);
}

static void count_end(struct nct_screen *s, const struct nct_recovery *rec)
{
	if (nct_toll_add(&s->toll, rec))
		s->text.failed = true;
	if (s->storm && s->toll.n >= NCT_TOLL_MAX) /* it goes on; memory does not */
		add_toll(s);
}

int nct_screen_end(struct nct_screen *s, const struct nct_recovery *rec)
{
	struct shown *o = find(s, rec);
	size_t before = s->text.len;

	if (o)
		forget(s, o);
	advance(s, rec->start_ns + rec->duration_ns);
	s->change_ns = s->now_ns;
	if (!long_enough(s, rec)) {
		s->toll.too_short += s->storm || s->text.len;
		return settle(s);
	}
	s->unwritten++;
	count_end(s, rec);
	if (!s->storm) {
		nct_timeline_block(&s->text, &s->opts.style, rec, anchor_at(s, rec->start_ns));
		held(s, before);
	}
	return settle(s);
}

void nct_screen_tick(struct nct_screen *s, uint64_t now_ns)
{
	advance(s, now_ns);
	s->hint = 0;
	nct_storm_clear(&s->view);
	for (size_t i = 0; i < s->nopen; i++)
		s->open[i].present = false;
}

void nct_screen_open(struct nct_screen *s, const struct nct_recovery *rec)
{
	struct shown *o = find_or_add(s, rec);

	if (!o)
		return;
	o->present = true;
	if (s->storm) {
		nct_storm_count(&s->view, rec);
		return;
	}
	if (!long_enough(s, rec))
		return;
	if (!o->announced) {
		print_begin(s, o, rec);
		print_reminder(s, o, rec);
	} else if (rec->duration_ns >= o->reminder_ns) {
		if (s->now_ns - o->last_line_ns >= QUIET_NS)
			print_reminder(s, o, rec);
		else
			o->reminder_ns = nct_progress_next_age(rec->duration_ns);
	}
}

/* Those that are no longer open, whatever became of them. */
static void sweep(struct nct_screen *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->nopen; i++)
		if (s->open[i].present)
			s->open[kept++] = s->open[i];
	s->nopen = kept;
}

/* Each second at first, then rarer, but soon when the number open has changed. */
static bool storm_line_due(const struct nct_screen *s)
{
	uint64_t age = s->now_ns - s->storm_since_ns, since = s->now_ns - s->storm_line_ns;
	uint64_t step = NSEC_PER_SEC;

	if (!s->view.open)
		return false; /* the block is next */
	if (!s->storm_line_ns)
		return age >= FIRST_LINE_NS;
	if (s->view.open == s->storm_line_open && age >= 60 * NSEC_PER_SEC)
		step = 60 * NSEC_PER_SEC;
	else if (s->view.open == s->storm_line_open && age >= 10 * NSEC_PER_SEC)
		step = 10 * NSEC_PER_SEC;
	return since >= step;
}

static void storm_line(struct nct_screen *s)
{
	nct_storm_line(&s->text, &s->view, &s->toll, anchor_at(s, s->now_ns), s->now_ns);
	s->storm_line_ns = s->now_ns;
	s->storm_line_open = s->view.open;
}

static bool calm(const struct nct_screen *s)
{
	uint64_t quiet_ns = s->now_ns - s->change_ns;

	return s->nopen ? s->nopen <= CALM_OPEN && quiet_ns >= CALM_NS : quiet_ns >= NSEC_PER_SEC;
}

static void end_storm(struct nct_screen *s)
{
	add_toll(s);
	s->storm = false;
	if (s->nopen)
		nct_text_add(&s->text, "%s storm over; still open: %zu\n",
			     nct_time_of_day(anchor_at(s, s->now_ns), s->now_ns).s, s->nopen);
}

int nct_screen_tick_done(struct nct_screen *s)
{
	sweep(s);
	if (!s->storm)
		return settle(s);
	if (!calm(s)) {
		if (storm_line_due(s))
			storm_line(s);
		return settle(s);
	}
	end_storm(s);
	return write_out(s);
}

int nct_screen_patience_ms(const struct nct_screen *s)
{
	return s->nopen || s->storm || s->text.len ? PATIENCE_BUSY_MS : PATIENCE_IDLE_MS;
}

size_t nct_screen_unwritten(const struct nct_screen *s)
{
	return s->unwritten;
}

int nct_screen_finish(struct nct_screen *s)
{
	if (s->storm)
		add_toll(s);
	return write_out(s);
}
