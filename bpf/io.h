/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What becomes of the requests that are in flight when a controller leaves LIVE.
 *
 * All of this runs on cold paths: when the state changes, when the recovery's work begins, when a
 * request is cancelled or failed over. What needs the hot path is in io.bpf.c. Nothing is told
 * request by request: it is counted here, and told when the teardown is over and at the end.
 */
#ifndef NCT_BPF_IO_H
#define NCT_BPF_IO_H

#include "emit.h"

/* The running kernel's number of a state. */
#define STATE(value) ((s32)bpf_core_enum_value(enum nvme_ctrl_state, value))

#define is_state(state, value) ((state) == STATE(value))

#define IO_HEADS      8	    /* namespaces of one controller whose blackout is told */
#define IO_SLOTS      4	    /* controllers of one namespace that recover at a time */
#define IO_MAX_TAGS   32768 /* looked at, at most, so that a failure is not delayed by that */
#define IO_MAX_PATHS_TAGS 65536 /* the same over all paths of a subsystem */
#define IO_MAX_LOCKED 4096	/* the same under a lock */
#define IO_MAX_QUEUES 1024
#define IO_MAX_PATHS  16    /* of one subsystem, asked for their last completions */
#define IO_MAX_BIOS   256   /* of one request */

/* include/linux/nvme.h: what a host says of a command that got no answer. */
#define STATUS_MASK	 0x7ff
#define HOST_PATH_ERROR	 0x370
#define HOST_ABORTED_CMD 0x371

/*
 * Of one recovery. The walk over its requests is kept here, too, and not on the stack: what the
 * verifier does not know it need not follow.
 */
struct io {
	u64 left_ns; /* the controller left LIVE; 0: over */
	u32 counted; /* 1: what was in flight was counted; 2: it was looked back, too */
	u32 told;    /* 1: what became of it was told */
	u32 looked;  /* 1: for what completed before the hot hooks came */
	u32 blind;   /* there was too much to look at */
	u32 more;    /* there are namespaces, or controllers of one, beyond our places */
	u64 first_ns, last_ns;
	u64 failed_over, cancelled, errors;
	s32 to[NCTB_IO_PATHS]; /* instance + 1; 0: free */
	u64 bios[NCTB_IO_PATHS];
	u64 waited[NCTB_WAITED_BUCKETS];

	u64 head[IO_HEADS], disk[IO_HEADS];
	u64 since_ns[IO_HEADS]; /* the last completion before, or the oldest start */
	u32 dark;		/* of one of them nothing was seen to complete */
	u32 after;		/* bit per head: something completed before the hot hooks came */
	u64 requests, reads, writes, bytes;
	u64 oldest_ns; /* when it started; 0: not known */
	u64 tags;      /* struct blk_mq_tags ** */
	u64 rqs;       /* struct request ** of one of them */
	u64 next_ctrl; /* of the subsystem's list of controllers */
	u64 last_ctrl; /* where that list ends */
	s32 budget;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, MAX_CONTROLLERS);
	__type(key, u64);
	__type(value, struct io);
} io SHARED_MAP;

/* Zeros: too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct io);
} io_blank SHARED_MAP;

/* Set by user space. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct nctb_io_control);
} io_control SHARED_MAP;

/* One recovery of one controller, as one namespace sees it. */
struct io_slot {
	u64 ctrl; /* 0: free */
	u64 left_ns;
	u64 since_ns; /* the last completion before, or the oldest start */
	u64 first_ns; /* the first completion after; 0: none yet */
};

struct io_head {
	u64 disk;    /* struct gendisk */
	u64 last_ns; /* the last completion, if the hot hooks are always there */
	struct io_slot slot[IO_SLOTS];
};

/* By struct nvme_ns_head. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, u64);
	__type(value, struct io_head);
} io_heads SHARED_MAP;

/* A bio's address is used again soon after it has ended; what it is for tells it from others. */
struct io_bio {
	u64 ctrl; /* whose it was */
	u64 sector;
	u64 bytes;
};

/* Bios that were failed over and are not on a new path yet, as far as was seen. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, u64);
	__type(value, struct io_bio);
} io_bios SHARED_MAP;

/* By request: when one started that was failed over. Since Linux 6.12 nothing in it tells: it looks
 * like one that completed. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, u64);
	__type(value, u64);
} io_failed SHARED_MAP;

/* An argument of a program is a typed pointer to the verifier, which functions that are not static
 * must not get. */
static __always_inline u64 plain(u64 address)
{
	u64 copy = 0;

	bpf_probe_read_kernel(&copy, sizeof(copy), &address);
	return copy;
}

static __always_inline struct nctb_io_control *io_controlled(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&io_control, &zero);
}

static __always_inline bool io_off(void)
{
	struct nctb_io_control *c = io_controlled();

	return !c || c->mode == NCTB_IO_OFF;
}

static __always_inline bool io_cold(void)
{
	struct nctb_io_control *c = io_controlled();

	return !c || c->mode <= NCTB_IO_COLD;
}

static __always_inline struct io *io_of(u64 ctrl)
{
	return bpf_map_lookup_elem(&io, &ctrl);
}

/* nvme_req(): the driver's part follows the request; it starts with
 * struct nvme_request in every transport. */
static __always_inline struct nvme_request *nvme_req(u64 rq)
{
	return (void *)(rq + bpf_core_type_size(struct request));
}

/* ---- namespaces --------------------------------------------------------------------- */

static __always_inline struct nvme_ns *ns_of(struct request *rq)
{
	return BPF_CORE_READ(rq, q, queuedata);
}

/* The block device that applications see. */
static __always_inline u64 disk_of(struct nvme_ns *ns)
{
	struct nvme_ns_head___mpath *head = (void *)BPF_CORE_READ(ns, head);
	u64 disk = 0;

	if (bpf_core_field_exists(head->disk))
		disk = (u64)BPF_CORE_READ(head, disk);
	return disk ? disk : (u64)BPF_CORE_READ(ns, disk);
}

/* What the callbacks of bpf_loop() get. */
struct of_recovery {
	struct io *r;
	u64 ctrl, now;
};

static __always_inline struct io_head *head_number(const struct io *r, u32 i)
{
	u64 head = i < IO_HEADS ? r->head[i] : 0;

	return head ? bpf_map_lookup_elem(&io_heads, &head) : NULL;
}

/* The slot of a recovery; NULL if it has none. */
static __always_inline struct io_slot *slot_of(struct io_head *h, u64 ctrl)
{
	int i;

#pragma unroll
	for (i = 0; i < IO_SLOTS; i++)
		if (h->slot[i].ctrl == ctrl)
			return &h->slot[i];
	return NULL;
}

/* ---- when the controller leaves LIVE ------------------------------------------------ */

static __always_inline void io_expect(u64 now, u64 ctrl)
{
	u32 zero = 0;
	struct io *blank = bpf_map_lookup_elem(&io_blank, &zero), *fresh;

	if (io_off() || !blank || bpf_map_update_elem(&io, &ctrl, blank, BPF_ANY))
		return;
	fresh = io_of(ctrl);
	if (fresh)
		fresh->left_ns = now;
}

/* ---- when requests are released ------------------------------------------------------ */

static __always_inline void io_note_time(struct io *r, u64 now)
{
	int i;

	__sync_val_compare_and_swap(&r->first_ns, 0, now);
#pragma unroll
	for (i = 0; i < 4; i++) {
		u64 latest = r->last_ns;

		if (latest >= now || __sync_val_compare_and_swap(&r->last_ns, latest, now) == latest)
			return;
	}
}

/* Two buckets for each power of two, from 2^20 on; as nct_waited_from_ns() has it. */
static __always_inline u32 bucket_of(u64 ns)
{
	u32 shift = 0, bucket;
	u64 n = ns >> 20;

	if (!n)
		return 0;
#pragma unroll
	for (u32 step = 32; step; step /= 2)
		if (n >> (shift + step))
			shift += step;
	bucket = 1 + 2 * shift + ((ns >> (19 + shift)) & 1);
	return bucket < NCTB_WAITED_BUCKETS ? bucket : NCTB_WAITED_BUCKETS - 1;
}

/*
 * The recovery of a request that was in flight when its controller left LIVE; NULL if it was not:
 * requests that came later are refused before they are started, and have no deadline.
 * at_target: it was sent; else the time of its release tells nothing of safety.
 */
static __always_inline struct io *io_of_request(u64 ctrl, struct request *rq, u64 now,
						bool at_target)
{
	u64 started = BPF_CORE_READ(rq, start_time_ns);
	struct io *r = io_of(ctrl);
	struct nvme_ctrl *c = (void *)ctrl;
	u32 bucket;

	if (!r || !r->left_ns || !BPF_CORE_READ(rq, deadline) || started > r->left_ns ||
	    BPF_CORE_READ(rq, q) == BPF_CORE_READ(c, admin_q))
		return NULL;
	bucket = bucket_of(started < now ? now - started : 0);
	/* Passthrough requests have no start time. */
	if (started && bucket < NCTB_WAITED_BUCKETS)
		__sync_fetch_and_add(&r->waited[bucket], 1);
	if (at_target)
		io_note_time(r, now);
	return r;
}

/* Where its bios go is seen when they get there. */
static __always_inline void remember_bios(u64 ctrl, struct request *rq)
{
	struct bio *bio = BPF_CORE_READ(rq, bio);
	int i;

	if (io_cold())
		return;
	for (i = 0; i < IO_MAX_BIOS && bio; i++) {
		u64 key = (u64)bio;
		struct io_bio is = {
			.ctrl = ctrl,
			.sector = BPF_CORE_READ(bio, bi_iter.bi_sector),
			.bytes = BPF_CORE_READ(bio, bi_iter.bi_size),
		};

		bpf_map_update_elem(&io_bios, &key, &is, BPF_ANY);
		bio = BPF_CORE_READ(bio, bi_next);
	}
}

static __always_inline void remember_failed(u64 rq)
{
	u64 started = BPF_CORE_READ((struct request *)rq, start_time_ns);

	if (started && !io_cold())
		bpf_map_update_elem(&io_failed, &rq, &started, BPF_ANY);
}

/*
 * Aborted by the host: the target may have it. A path error of the host's own: it was refused before
 * it was sent, or that failed. Any other status is the target's answer: it is as good as completed.
 */
static __always_inline void io_failed_over(u64 ctrl, u64 rq, u64 now)
{
	struct request *req = (void *)rq;
	u16 status = BPF_CORE_READ(nvme_req(rq), status) & STATUS_MASK;
	struct io *r;

	remember_failed(rq);
	if (status != HOST_ABORTED_CMD && status != HOST_PATH_ERROR)
		return;
	r = io_of_request(ctrl, req, now, status == HOST_ABORTED_CMD);
	if (!r)
		return;
	__sync_fetch_and_add(&r->failed_over, 1);
	remember_bios(ctrl, req);
}

#define REQ_BIT(name) (1u << bpf_core_enum_value(enum req_flag_bits, name))

/* One of a multipath device will be failed over next, and is counted then; but not if nobody wants
 * it tried again, as read-ahead, or it was tried too often: nvme_decide_disposition(). */
static __always_inline bool is_failed_over_next(struct request *rq)
{
	struct nctb_io_control *control = io_controlled();
	u32 flags = BPF_CORE_READ(rq, cmd_flags);

	if (control && control->max_retries >= 0 &&
	    BPF_CORE_READ(nvme_req((u64)rq), retries) >= control->max_retries)
		return false;
	return flags & REQ_BIT(__REQ_DRV) /* REQ_NVME_MPATH */ &&
	       !(flags & (REQ_BIT(__REQ_FAILFAST_DEV) | REQ_BIT(__REQ_FAILFAST_TRANSPORT) |
			  REQ_BIT(__REQ_FAILFAST_DRIVER)));
}

static __always_inline int on_cancel_request(u64 rq, u64 ctrl)
{
	struct request *req = (void *)rq;
	struct io *r;

	if (BPF_CORE_READ(req, state) != bpf_core_enum_value(enum mq_rq_state, MQ_RQ_IN_FLIGHT) ||
	    is_failed_over_next(req))
		return 0;
	r = io_of_request(ctrl, req, bpf_ktime_get_ns(), true);
	if (r)
		__sync_fetch_and_add(&r->cancelled, 1);
	return 0;
}

/* ---- what is told ---------------------------------------------------------------------- */

/* Whether all errors were seen: those of requests, and of bios that have no path. On a delete they
 * come later. */
static __always_inline bool errors_known(s32 state)
{
	struct nctb_io_control *control = io_controlled();

	return control && control->errors && control->window_ns &&
	       !is_state(state, NVME_CTRL_DELETING);
}

static __always_inline int io_emit_released(u64 now, u64 ctrl, const struct io *r, bool errors)
{
	struct nctb_io_released *rec;

	if (!RESERVE(rec))
		return count_lost();
	BEGIN(rec, NCTB_IO_RELEASED, now, ctrl);
	rec->failed_over = r->failed_over;
	rec->cancelled = r->cancelled;
	rec->first_ns = r->first_ns ? r->first_ns : ~0ull;
	rec->last_ns = r->first_ns ? r->last_ns : ~0ull;
	rec->errors = errors ? r->errors : ~0ull;
	SUBMIT(rec);
	return 0;
}

static __always_inline int io_emit_pair(u64 now, u64 ctrl, u16 type, s32 which, u64 n)
{
	struct nctb_io_count *rec;

	if (!RESERVE(rec))
		return count_lost();
	BEGIN(rec, type, now, ctrl);
	rec->which = which;
	rec->pad = 0;
	rec->n = n;
	SUBMIT(rec);
	return 0;
}

/* disk 0: of others, which have no place. until_ns 0: it is not over. */
static __always_inline int emit_blackout(u64 now, u64 ctrl, u64 disk, u64 since_ns, u64 until_ns,
					 u64 uncertain_ns)
{
	struct gendisk *d = (void *)disk;
	struct nctb_blackout *rec;

	if (!RESERVE(rec))
		return count_lost();
	BEGIN(rec, NCTB_BLACKOUT, now, ctrl);
	rec->since_ns = since_ns;
	rec->until_ns = until_ns;
	rec->uncertain_ns = uncertain_ns;
	rec->device[0] = 0;
	if (d)
		bpf_probe_read_kernel_str(rec->device, sizeof(rec->device), &d->disk_name);
	SUBMIT(rec);
	return 0;
}

/* Until when nothing completed; 0: it is not over. What completed before the hot hooks were there was
 * not seen: up to *unseen ns earlier it may have been. */
static __always_inline u64 dark_until(const struct of_recovery *of, u32 i, const struct io_slot *s,
				      u64 window_ns, u64 *unseen)
{
	u64 until_ns = s->first_ns;

	if (!until_ns && of->r->after & (1u << (i & 31)))
		until_ns = window_ns;
	*unseen = until_ns && window_ns > s->left_ns && window_ns > s->since_ns ?
			  window_ns - s->left_ns : 0;
	if (until_ns && until_ns - s->left_ns < *unseen)
		*unseen = until_ns - s->left_ns;
	return until_ns;
}

static long tell_blackout(u32 i, void *ctx)
{
	const struct of_recovery *of = ctx;
	struct nctb_io_control *control = io_controlled();
	struct io_head *h = head_number(of->r, i);
	struct io_slot *s = h ? slot_of(h, of->ctrl) : NULL;
	u64 since_ns, until_ns, unseen;

	if (i >= IO_HEADS || !of->r->head[i] || !control || !control->window_ns)
		return 1;
	if (!s || of->r->blind) {
		of->r->more = 1;
	} else {
		until_ns = dark_until(of, i, s, control->window_ns, &unseen);
		since_ns = s->since_ns;
		/* Over already when the late answer came that it should begin with. */
		if (until_ns && since_ns > until_ns)
			since_ns = of->r->since_ns[i];
		emit_blackout(of->now, of->ctrl, h->disk, since_ns, until_ns, unseen);
	}
	return 0;
}

static long free_slot(u32 i, void *ctx)
{
	const struct of_recovery *of = ctx;
	struct io_head *h = head_number(of->r, i);
	struct io_slot *s = h ? slot_of(h, of->ctrl) : NULL;

	if (s)
		s->ctrl = 0;
	return 0;
}

static long tell_path(u32 i, void *ctx)
{
	const struct of_recovery *of = ctx;

	if (i >= NCTB_IO_PATHS || !of->r->to[i])
		return 1;
	io_emit_pair(of->now, of->ctrl, NCTB_IO_PATH, of->r->to[i] - 1, of->r->bios[i]);
	return 0;
}

static long tell_waited(u32 i, void *ctx)
{
	const struct of_recovery *of = ctx;

	if (i >= NCTB_WAITED_BUCKETS)
		return 1;
	if (of->r->waited[i])
		io_emit_pair(of->now, of->ctrl, NCTB_IO_WAITED, i, of->r->waited[i]);
	return 0;
}

/*
 * The teardown is over (the state is CONNECTING), or the recovery: what there is so far. A change to
 * LIVE may be told so late that the controller has left it again: what is counted since then is of
 * the next recovery.
 */
__weak __noinline int io_tell_scalar(u64 now, u64 ctrl, s32 state)
{
	bool over = !is_state(state, NVME_CTRL_CONNECTING);
	struct io *r = io_of(ctrl);
	struct of_recovery of = { .ctrl = ctrl, .now = now };

	if (!r || !r->left_ns || r->left_ns > now || (r->told && !over))
		return 0;
	r->told = 1;
	io_emit_released(now, ctrl, r, errors_known(state));
	if (!over)
		return 0;
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) {
		of.r = r;
		bpf_loop(NCTB_IO_PATHS, tell_path, &of, 0);
		bpf_loop(NCTB_WAITED_BUCKETS, tell_waited, &of, 0);
		bpf_loop(IO_HEADS, tell_blackout, &of, 0);
		bpf_loop(IO_HEADS, free_slot, &of, 0);
	}
	if (r->more)
		emit_blackout(now, ctrl, 0, r->left_ns, 0, 0);
	bpf_map_delete_elem(&io, &ctrl);
	return 0;
}

#define io_tell(now, ctrl, state) io_tell_scalar((now), plain(ctrl), (state))

#endif
