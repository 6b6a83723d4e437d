/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The walk over a controller's tags: what is in flight when it leaves LIVE, and when its namespaces
 * completed something for the last time.
 */
#ifndef NCT_BPF_WALK_H
#define NCT_BPF_WALK_H

#include "io.h"

/* ---- the walk over tags ---------------------------------------------------------- */

/* What is looked for. */
enum io_look {
	IO_IN_FLIGHT, /* what is */
	IO_BEFORE,    /* when the last completions were, at the earliest */
	IO_AFTER,     /* completions that nobody saw */
};

/* What the callbacks of bpf_loop() get. */
struct walk {
	struct io *r;
	enum io_look look;
	u64 window_ns; /* since when completions are seen */
};

static __always_inline void see_head(struct io *r, struct nvme_ns *ns, u64 started)
{
	u64 head = (u64)BPF_CORE_READ(ns, head);
	int i;

	if (!head)
		return;
#pragma unroll
	for (i = 0; i < IO_HEADS; i++) {
		if (r->head[i] == head) {
			if (started < r->since_ns[i])
				r->since_ns[i] = started;
			return;
		}
		if (!r->head[i]) {
			r->head[i] = head;
			r->disk[i] = disk_of(ns);
			r->since_ns[i] = started;
			return;
		}
	}
	r->more = 1;
}

static __always_inline void see_in_flight(struct io *r, struct request *rq)
{
	u64 started = BPF_CORE_READ(rq, start_time_ns);
	u32 op = BPF_CORE_READ(rq, cmd_flags) & 0xff; /* REQ_OP_MASK */

	if (started > r->left_ns)
		return;
	r->requests++;
	r->reads += op == 0; /* REQ_OP_READ */
	r->writes += op & 1; /* data goes to the device */
	r->bytes += BPF_CORE_READ(rq, __data_len);
	if (!started) /* the queue keeps no statistics */
		return;
	if (!r->oldest_ns || started < r->oldest_ns)
		r->oldest_ns = started;
	see_head(r, ns_of(rq), started);
}

static __always_inline void note_completed(const struct walk *w, int i, u64 started)
{
	struct io *r = w->r;

	if (w->look == IO_AFTER)
		r->after |= 1u << i;
	else if (started > r->since_ns[i])
		r->since_ns[i] = started;
}

static __always_inline bool was_failed_over(struct request *rq, u64 started)
{
	u64 key = (u64)rq, *failed = bpf_map_lookup_elem(&io_failed, &key);

	return failed && *failed == started;
}

/* A request that is over keeps its times until its tag is used again. One that was never sent has no
 * deadline; one that got no answer, or a bad one, a status, or was failed over. */
static __always_inline void see_completed(const struct walk *w, struct request *rq)
{
	u64 started = BPF_CORE_READ(rq, start_time_ns), head;
	bool after = started > w->r->left_ns;
	int i;

	if (!started || !BPF_CORE_READ(rq, deadline) || BPF_CORE_READ(nvme_req((u64)rq), status))
		return;
	if (after != (w->look == IO_AFTER) || (after && started >= w->window_ns) ||
	    was_failed_over(rq, started))
		return;
	head = (u64)BPF_CORE_READ(ns_of(rq), head);
	if (!head)
		return;
#pragma unroll
	for (i = 0; i < IO_HEADS; i++)
		if (w->r->head[i] == head) {
			note_completed(w, i, started);
			return;
		}
}

static long see_tag(u32 tag, void *ctx)
{
	const struct walk *w = ctx;
	struct io *r = w->r;
	struct request *rq = NULL;
	u32 state;

	if (--r->budget < 0)
		return 1;
	bpf_probe_read_kernel(&rq, sizeof(rq), (void *)(r->rqs + tag * sizeof(rq)));
	if (!rq)
		return 0;
	state = BPF_CORE_READ(rq, state);
	if (w->look == IO_IN_FLIGHT) {
		/* A place keeps its last request, which may have another tag by now. */
		if (state == bpf_core_enum_value(enum mq_rq_state, MQ_RQ_IN_FLIGHT) &&
		    (u32)BPF_CORE_READ(rq, tag) == tag)
			see_in_flight(r, rq);
	} else if (state == bpf_core_enum_value(enum mq_rq_state, MQ_RQ_IDLE)) {
		see_completed(w, rq);
	}
	return 0;
}

static long see_queue(u32 queue, void *ctx)
{
	const struct walk *w = ctx;
	struct io *r = w->r;
	struct blk_mq_tags *tags = NULL;
	u32 n;

	bpf_probe_read_kernel(&tags, sizeof(tags), (void *)(r->tags + queue * sizeof(tags)));
	if (!tags)
		return 0;
	r->rqs = (u64)BPF_CORE_READ(tags, rqs);
	n = BPF_CORE_READ(tags, nr_tags);
	bpf_loop(n < IO_MAX_TAGS ? n : IO_MAX_TAGS, see_tag, ctx, 0);
	return r->budget < 0;
}

static __always_inline void see_controller(struct walk *w, u64 ctrl)
{
	struct nvme_ctrl *c = (void *)ctrl;
	struct blk_mq_tag_set *set = BPF_CORE_READ(c, tagset);
	u32 n;

	if (!set)
		return;
	w->r->tags = (u64)BPF_CORE_READ(set, tags);
	n = BPF_CORE_READ(set, nr_hw_queues);
	bpf_loop(n < IO_MAX_QUEUES ? n : IO_MAX_QUEUES, see_queue, w, 0);
}

static long see_path(u32 n __attribute__((unused)), void *ctx)
{
	struct walk *w = ctx;
	u64 entry = w->r->next_ctrl;
	struct list_head *list = (void *)entry;

	if (!entry || entry == w->r->last_ctrl)
		return 1;
	w->r->next_ctrl = (u64)BPF_CORE_READ(list, next);
	see_controller(w, entry - bpf_core_field_offset(struct nvme_ctrl, subsys_entry));
	return 0;
}

/* ---- when the controller leaves LIVE ------------------------------------------------ */

/* False: another CPU was faster, for another path of the namespace. */
static __always_inline bool fill_slot(struct io_slot *s, u64 was, u64 ctrl, const struct io *r,
				      u64 since_ns)
{
	if (__sync_val_compare_and_swap(&s->ctrl, was, ctrl) != was)
		return false;
	s->left_ns = r->left_ns;
	s->since_ns = since_ns;
	s->first_ns = 0;
	return true;
}

/* A place for this recovery among those that the namespace sees: that of an earlier one of the same
 * controller, or one that is free, or whose recovery is over. */
static __always_inline void take_slot(struct io_head *h, u64 ctrl, struct io *r, u64 since_ns)
{
	int i;

#pragma unroll
	for (i = 0; i < IO_SLOTS; i++)
		if (h->slot[i].ctrl == ctrl && fill_slot(&h->slot[i], ctrl, ctrl, r, since_ns))
			return;
#pragma unroll
	for (i = 0; i < IO_SLOTS; i++) {
		u64 was = h->slot[i].ctrl;

		if ((!was || !io_of(was)) && fill_slot(&h->slot[i], was, ctrl, r, since_ns))
			return;
	}
	r->more = 1;
}

/* Where nothing completes already, because of another path, it did not begin with this one. */
static __always_inline u64 dark_since(const struct io_head *h, u64 ctrl, u64 since_ns)
{
	int i;

#pragma unroll
	for (i = 0; i < IO_SLOTS; i++) {
		const struct io_slot *s = &h->slot[i];

		if (s->ctrl && s->ctrl != ctrl && !s->first_ns && s->since_ns < since_ns && io_of(s->ctrl))
			since_ns = s->since_ns;
	}
	return since_ns;
}

static long claim_head(u32 i, void *ctx)
{
	const struct of_recovery *of = ctx;
	struct io *r = of->r;
	u32 zero = 0;
	struct io *blank = bpf_map_lookup_elem(&io_blank, &zero);
	struct io_head *h;
	u64 head, since_ns;

	if (i >= IO_HEADS || !r->head[i] || !blank)
		return 1;
	head = r->head[i];
	bpf_map_update_elem(&io_heads, &head, blank, BPF_NOEXIST);
	h = bpf_map_lookup_elem(&io_heads, &head);
	if (!h)
		return 0;
	h->disk = r->disk[i];
	since_ns = r->since_ns[i];
	/* Exact, where all completions are seen. */
	if (h->last_ns > since_ns && h->last_ns <= r->left_ns)
		since_ns = h->last_ns;
	since_ns = dark_since(h, of->ctrl, since_ns);
	/* What a look back finds is later, or it is nothing. */
	r->since_ns[i] = since_ns;
	take_slot(h, of->ctrl, r, since_ns);
	return 0;
}

static __always_inline int emit_in_flight(u64 ctrl, const struct io *r)
{
	struct nctb_in_flight *rec;

	if (!RESERVE(rec))
		return count_lost();
	BEGIN(rec, NCTB_IN_FLIGHT, bpf_ktime_get_ns(), ctrl);
	rec->requests = r->requests;
	rec->reads = r->reads;
	rec->writes = r->writes;
	rec->bytes = r->bytes;
	rec->oldest_ns = r->oldest_ns ? r->left_ns - r->oldest_ns : ~0ull;
	rec->partial = r->budget < 0;
	rec->pad = 0;
	SUBMIT(rec);
	return 0;
}

/*
 * Counts what is in flight: as soon as it may be done after the state has changed, and before the
 * teardown. Later calls do nothing. bpf_loop() came with Linux 5.17; without it nothing is known.
 * This and the other functions that are not static are verified once, and not for each caller.
 */
__weak __noinline int io_count_scalar(u64 ctrl)
{
	struct io *r = io_of(ctrl);
	struct walk w = { .r = r, .look = IO_IN_FLIGHT };
	struct of_recovery of = { .r = r, .ctrl = ctrl };

	if (!r || !r->left_ns || __sync_val_compare_and_swap(&r->counted, 0, 1))
		return 0;
	if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop))
		return 0;
	w.r = r;
	of.r = r;
	r->budget = IO_MAX_TAGS;
	see_controller(&w, ctrl);
	bpf_loop(IO_HEADS, claim_head, &of, 0);
	return emit_in_flight(ctrl, r);
}

static long update_head(u32 i, void *ctx)
{
	const struct of_recovery *of = ctx;
	struct io_head *h = head_number(of->r, i);
	struct io_slot *s = h ? slot_of(h, of->ctrl) : NULL;

	if (s && i < IO_HEADS && of->r->since_ns[i] > s->since_ns)
		s->since_ns = of->r->since_ns[i];
	return 0;
}

/* All paths of the subsystem; or no more than so many tags of them, and then nothing is known. */
static __always_inline void see_paths(struct walk *w, u64 ctrl, s32 budget)
{
	struct nvme_ctrl *c = (void *)ctrl;
	struct nvme_subsystem *subsys = BPF_CORE_READ(c, subsys);

	w->r->budget = budget;
	w->r->last_ctrl = (u64)subsys + bpf_core_field_offset(struct nvme_subsystem, ctrls);
	w->r->next_ctrl = (u64)BPF_CORE_READ(subsys, ctrls.next);
	bpf_loop(IO_MAX_PATHS, see_path, w, 0);
	if (w->r->budget < 0)
		w->r->blind = 1;
}

/*
 * The last completion before the failure, as well as it can be told afterwards: it was not before
 * the start of any request that is over, on any path. Done by the recovery's work, which may take
 * its time.
 */
__weak __noinline int io_look_back_scalar(u64 ctrl)
{
	struct io *r = io_of(ctrl);
	struct walk w = { .r = r, .look = IO_BEFORE };
	struct of_recovery of = { .r = r, .ctrl = ctrl };

	if (!r || !r->left_ns || !r->head[0] || __sync_val_compare_and_swap(&r->counted, 1, 2) != 1)
		return 0;
	if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop))
		return 0;
	w.r = r;
	of.r = r;
	see_paths(&w, ctrl, IO_MAX_PATHS_TAGS);
	bpf_loop(IO_HEADS, update_head, &of, 0);
	return 0;
}

static long find_dark(u32 i, void *ctx)
{
	const struct of_recovery *of = ctx;
	struct io_head *h = head_number(of->r, i);
	struct io_slot *s = h ? slot_of(h, of->ctrl) : NULL;

	if (!s || s->first_ns)
		return 0;
	of->r->dark = 1;
	return 1;
}

/*
 * Nothing was seen to complete: either it was still dark, or something did before the hot hooks came,
 * and nothing since. To be asked once they are there, before the tags are used again: by the work that
 * reconnects, or else at the end, where there may be a lock.
 */
__weak __noinline int io_look_after_scalar(u64 ctrl, u32 locked)
{
	struct nctb_io_control *control = io_controlled();
	struct io *r = io_of(ctrl);
	struct walk w = { .r = r, .look = IO_AFTER };
	struct of_recovery of = { .r = r, .ctrl = ctrl };

	if (!r || !r->left_ns || r->looked || !control || control->window_ns <= r->left_ns)
		return 0;
	r->looked = 1;
	if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop))
		return 0;
	w.r = r;
	of.r = r;
	w.window_ns = control->window_ns;
	bpf_loop(IO_HEADS, find_dark, &of, 0);
	if (r->dark)
		see_paths(&w, ctrl, locked ? IO_MAX_LOCKED : IO_MAX_PATHS_TAGS);
	return 0;
}

#define io_count(ctrl) io_count_scalar(plain(ctrl))
#define io_look_back(ctrl) io_look_back_scalar(plain(ctrl))
#define io_look_after(ctrl, locked) io_look_after_scalar(plain(ctrl), (locked))

#endif
