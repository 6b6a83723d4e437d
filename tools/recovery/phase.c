// SPDX-License-Identifier: GPL-2.0
/*
 * Spans of a recovery: contiguous, in order, summing to the duration.
 *
 * A span's time is added to the totals while it is the last one, so all sums
 * hold at any moment.
 */
#include <errno.h>
#include <stdlib.h>

#include "model.h"

static struct nct_span *last_span(struct nct_open *o)
{
	return &o->rec.spans[o->rec.nspans - 1];
}

enum nct_phase nct_phase_now(const struct nct_open *o)
{
	return o->rec.spans[o->rec.nspans - 1].phase;
}

/* Lets the last span end at now_ns, later or earlier than it did so far. */
void nct_phase_extend(struct nct_open *o, uint64_t now_ns)
{
	struct nct_span *s = last_span(o);

	if (now_ns < s->start_ns)
		now_ns = s->start_ns;
	o->rec.total_ns[s->phase] -= s->duration_ns;
	s->duration_ns = now_ns - s->start_ns;
	o->rec.total_ns[s->phase] += s->duration_ns;
	o->rec.duration_ns = now_ns - o->rec.start_ns;
}

static int grow(struct nct_open *o)
{
	size_t cap = o->spans_cap ? 2 * o->spans_cap : 8;
	struct nct_span *spans;

	if (o->rec.nspans < o->spans_cap)
		return 0;
	if (o->rec.nspans >= NCT_MAX_SPANS) {
		o->rec.notes |= NCT_NOTE_SPANS_COALESCED;
		return -E2BIG;
	}
	spans = realloc(o->rec.spans, cap * sizeof(*spans));
	if (!spans)
		return -ENOMEM;
	o->rec.spans = spans;
	o->spans_cap = cap;
	return 0;
}

/*
 * Ends the last span at at_ns and begins the next. Returns 0, -EALREADY if the
 * last one is of this phase, -E2BIG or -ENOMEM if there is no room: then the
 * last one goes on.
 */
int nct_phase_open(struct nct_open *o, enum nct_phase phase, uint64_t at_ns)
{
	int err;

	if (o->rec.nspans && nct_phase_now(o) == phase)
		return -EALREADY;
	err = grow(o);
	if (err)
		return err;
	if (o->rec.nspans) {
		nct_phase_extend(o, at_ns);
		at_ns = last_span(o)->start_ns + last_span(o)->duration_ns;
	}
	o->rec.spans[o->rec.nspans++] = (struct nct_span) { .phase = phase, .start_ns = at_ns };
	return 0;
}

void nct_phase_enter(struct nct_reducer *r, struct nct_ctrl *c, enum nct_phase phase,
		     uint64_t at_ns)
{
	int err = nct_phase_open(&c->open, phase, at_ns);

	if (err == -ENOMEM)
		r->error = err;
	if (err)
		return;
	nct_phase_extend(&c->open, c->last_ns);
	if (r->ops.phase)
		r->ops.phase(r->ctx, &c->open.rec);
}
