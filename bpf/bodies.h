/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is told of each event; the same whichever front end saw it.
 *
 * Controllers, requests and works are plain addresses here: a program takes them from
 * its own arguments, and checks them as its kind demands.
 */
#ifndef NCT_BPF_BODIES_H
#define NCT_BPF_BODIES_H

#include "walk.h"

/* ---- states ------------------------------------------------------------------ */

/* A state that only CCR-capable kernels have. */
#define is_ccr_state(state, value)                                                  \
	(bpf_core_enum_value_exists(enum nvme_ctrl_state___ccr, value##___ccr) &&   \
	 (state) == (s32)bpf_core_enum_value(enum nvme_ctrl_state___ccr, value##___ccr))

static __always_inline bool is_recovering(s32 state)
{
	return is_ccr_state(state, NVME_CTRL_RECOVERING);
}

/* From LIVE, or to be deleted from any state: then the caller is of interest. */
static __always_inline bool may_leave_live(s32 old, s32 state)
{
	if (is_state(state, NVME_CTRL_RESETTING))
		return !is_recovering(old);
	return is_state(state, NVME_CTRL_DELETING) || is_recovering(state) ||
	       is_ccr_state(state, NVME_CTRL_FENCING);
}

static __always_inline bool is_live(s32 state)
{
	return is_state(state, NVME_CTRL_LIVE);
}

static __always_inline bool is_new(s32 state)
{
	return is_state(state, NVME_CTRL_NEW);
}

static __always_inline s32 state_of(u64 ctrl)
{
	struct nvme_ctrl *c = (void *)ctrl;

	return BPF_CORE_READ(c, state);
}

/* The callers as symbols, resolved here and now: user space would need kallsyms
 * to be readable and the module to be still loaded. Looking up a module's symbol
 * takes microseconds: no more frames than the site may lie deep, and not our own. */
static __always_inline void read_frames(void *ctx, u64 own_frames, struct nctb_state *rec)
{
	u64 stack[NCTB_FRAMES] = {};
	int i;

	bpf_get_stack(ctx, stack, sizeof(stack), own_frames & BPF_F_SKIP_FIELD_MASK);
#pragma unroll
	for (i = 0; i < NCTB_FRAMES; i++) {
		/* A return address points behind the call. */
		u64 addr = stack[i] - 1;

		rec->frames[i][0] = 0;
		if (stack[i])
			BPF_SNPRINTF(rec->frames[i], NCTB_FRAME_LEN, "%ps", addr);
	}
}

/* ---- release of the requests in flight ------------------------------------------ */

/* A new recovery: nothing is released yet. */
static __always_inline void expect_release(u64 ctrl)
{
	struct controller fresh = {};

	bpf_map_update_elem(&controllers, &ctrl, &fresh, BPF_ANY);
}

/* Requests complete on several CPUs: one that was held up must not set the time back. */
static __always_inline void note_latest(struct controller *c, u64 now)
{
	int i;

#pragma unroll
	for (i = 0; i < 4; i++) {
		u64 latest = c->released_ns;

		if (latest >= now ||
		    __sync_val_compare_and_swap(&c->released_ns, latest, now) == latest)
			return;
	}
}

/* Hundreds of requests are released in one recovery: they are noted, and told together. */
static __always_inline int on_release(u64 ctrl, u64 requests)
{
	u64 now = bpf_ktime_get_ns();
	struct controller fresh = { .released_ns = now, .failed_over = requests }, *c;

	if (!ctrl || is_live(state_of(ctrl)))
		return 0; /* a path error of a healthy controller */
	c = bpf_map_lookup_elem(&controllers, &ctrl);
	if (!c) {
		bpf_map_update_elem(&controllers, &ctrl, &fresh, BPF_ANY);
		return 0;
	}
	note_latest(c, now);
	__sync_fetch_and_add(&c->failed_over, requests);
	return 0;
}

/* The teardown is over: what was in flight is released by now. */
static __always_inline int emit_release(u64 now, u64 ctrl)
{
	struct controller *c = bpf_map_lookup_elem(&controllers, &ctrl);
	struct nctb_release_event *rec;

	if (!c || !c->released_ns)
		return 0;
	if (!RESERVE(rec))
		return count_lost();
	BEGIN(rec, NCTB_RELEASE, now, ctrl);
	rec->at_ns = c->released_ns;
	rec->how = c->failed_over ? NCTB_RELEASE_FAILOVER : NCTB_RELEASE_CANCEL;
	rec->pad = 0;
	SUBMIT(rec);
	return 0;
}

/* ---- the events ------------------------------------------------------------------ */

/* Before the change itself: with it the recovery may be over. */
static __always_inline void tell_io(u64 now, u64 ctrl, s32 state, bool locked)
{
	bool over = is_live(state) || is_state(state, NVME_CTRL_DELETING);

	if (over)
		io_look_after(ctrl, locked);
	if (over || is_state(state, NVME_CTRL_CONNECTING))
		io_tell(now, ctrl, state);
}

/* The state was changed. own_frames: what of the stack is between us and the function
 * that changes it, or its caller. locked: that one still has its lock. */
static __always_inline int on_state(void *ctx, u64 own_frames, bool locked, u64 now, s32 old, u64 ctrl,
				    s32 state)
{
	bool leaves = may_leave_live(old, state);
	struct nctb_state *rec;

	if (is_state(state, NVME_CTRL_CONNECTING) || is_state(state, NVME_CTRL_DELETING))
		emit_release(now, ctrl);
	tell_io(now, ctrl, state, locked);
	if (leaves && is_live(old)) {
		expect_release(ctrl);
		io_expect(now, ctrl);
	}
	if (leaves || is_live(state) || is_new(old))
		emit_identity(now, ctrl);
	if (!RESERVE(rec))
		return count_lost();
	BEGIN(rec, NCTB_STATE, now, ctrl);
	rec->old_state = old;
	rec->new_state = state;
	if (leaves || is_recovering(old)) {
		read_frames(ctx, own_frames, rec);
	} else {
		/* Ring buffer memory is not zeroed. */
		__builtin_memset(rec->frames, 0, sizeof(rec->frames));
	}
	SUBMIT(rec);
	return 0;
}

static __always_inline s32 reconnects_of(u64 ctrl)
{
	struct nvme_ctrl *c = (void *)ctrl;

	return BPF_CORE_READ(c, nr_reconnects);
}

static __always_inline int on_work(u64 ctrl, u16 type, u32 work, s32 attempt)
{
	struct nctb_work_event *rec;

	if (!RESERVE(rec))
		return count_lost();
	BEGIN(rec, type, bpf_ktime_get_ns(), ctrl);
	rec->work = work;
	rec->attempt = attempt;
	SUBMIT(rec);
	if (type == NCTB_WORK_START && work == NCTB_WORK_RECONNECT) {
		io_look_after(ctrl, false);
	} else if (type == NCTB_WORK_START) {
		io_count(ctrl);
		io_look_back(ctrl);
	}
	return 0;
}

/* site: a symbol; NULL: the one that ip lies in. */
static __always_inline int on_error(u64 ctrl, const char *site, u32 len, u64 ip)
{
	struct nctb_error *rec;

	if (!RESERVE(rec))
		return count_lost();
	BEGIN(rec, NCTB_ERROR, bpf_ktime_get_ns(), ctrl);
	rec->site[0] = 0;
	if (site)
		__builtin_memcpy(rec->site, site, len);
	else
		BPF_SNPRINTF(rec->site, NCTB_FRAME_LEN, "%ps", ip);
	SUBMIT(rec);
	io_count(ctrl); /* the state has changed just before, under a lock */
	return 0;
}

static __always_inline int on_result(u64 ctrl, s32 status)
{
	struct nctb_result *rec;

	if (!RESERVE(rec))
		return count_lost();
	BEGIN(rec, NCTB_ATTEMPT_RESULT, bpf_ktime_get_ns(), ctrl);
	rec->status = status;
	rec->pad = 0;
	SUBMIT(rec);
	return 0;
}

static __always_inline int on_failover(u64 rq)
{
	u64 ctrl = (u64)BPF_CORE_READ(nvme_req(rq), ctrl);

	if (ctrl)
		io_failed_over(ctrl, rq, bpf_ktime_get_ns());
	return on_release(ctrl, 1);
}

/* tcp and rdma end a request whose time is up while its controller is torn down, and tell nobody. */
static __always_inline int on_late_timeout(u64 rq, u64 ctrl, s32 state)
{
	if (!is_state(state, NVME_CTRL_RESETTING) && !is_state(state, NVME_CTRL_CONNECTING))
		return 0;
	return on_cancel_request(rq, ctrl);
}

/* The transport's ->timeout(): only what may start a recovery is told. */
static __always_inline int on_timeout(u64 rq, bool ends_late)
{
	struct request *req = (void *)rq;
	struct nvme_ctrl *c = BPF_CORE_READ(nvme_req(rq), ctrl);
	u64 now = bpf_ktime_get_ns(), started;
	struct nctb_timeout *rec;
	s32 state;

	if (!c)
		return 0;
	state = BPF_CORE_READ(c, state);
	if (!is_live(state))
		return ends_late ? on_late_timeout(rq, (u64)c, state) : 0;
	if (!RESERVE(rec))
		return count_lost();
	BEGIN(rec, NCTB_TIMEOUT, now, (u64)c);
	started = BPF_CORE_READ(req, start_time_ns);
	rec->age_ns = started && started < now ? now - started : 0;
	rec->opcode = BPF_CORE_READ(nvme_req(rq), cmd, common.opcode);
	rec->admin = BPF_CORE_READ(req, q) == BPF_CORE_READ(c, admin_q);
	SUBMIT(rec);
	return 0;
}

/*
 * nvme_free_ctrl() runs when the last reference is dropped; the instance number is given
 * back inside it. (nvme_uninit_ctrl() would be earlier, but is inlined where it matters.)
 */
static __always_inline int on_gone(u64 ctrl)
{
	struct nctb_gone *rec;

	bpf_map_delete_elem(&controllers, &ctrl);
	io_tell(bpf_ktime_get_ns(), ctrl, STATE(NVME_CTRL_DELETING)); /* gives its slots back */
	if (!RESERVE(rec))
		return count_lost();
	BEGIN(rec, NCTB_GONE, bpf_ktime_get_ns(), ctrl);
	SUBMIT(rec);
	return 0;
}

/* ---- fencing ---------------------------------------------------------------------- */

static __always_inline s32 instance_of(u64 ctrl)
{
	struct nvme_ctrl *c = (void *)ctrl;

	return BPF_CORE_READ(c, instance);
}

static __always_inline int on_ccr_start(u64 now, u64 impacted, u64 source, s32 timeout_ms)
{
	s32 ciu = read_ciu((void *)impacted);
	struct nctb_ccr_start *rec;

	if (!RESERVE(rec))
		return count_lost();
	BEGIN(rec, NCTB_CCR_START, now, impacted);
	rec->source = instance_of(source);
	rec->timeout_ms = timeout_ms;
	rec->ciu = ciu < 0 ? NCTB_UNKNOWN_INT : ciu;
	rec->pad = 0;
	SUBMIT(rec);
	return 0;
}

/* What came of an attempt. */
struct ccr_outcome {
	u64 command_ns;
	s32 status;
	s32 immediate;
	s32 ccrs;
};

static __always_inline int on_ccr_end(u64 now, u64 impacted, u64 source,
				      struct ccr_outcome outcome)
{
	struct nctb_ccr_end *rec;

	if (!RESERVE(rec))
		return count_lost();
	BEGIN(rec, NCTB_CCR_END, now, impacted);
	rec->command_ns = outcome.command_ns;
	rec->source = instance_of(source);
	rec->status = outcome.status;
	rec->immediate = outcome.immediate;
	rec->ccrs = outcome.ccrs;
	SUBMIT(rec);
	return 0;
}

static __always_inline int on_hold_start(u64 ctrl, s32 requested_ms, s32 why)
{
	struct nctb_hold_start *rec;

	if (!RESERVE(rec))
		return count_lost();
	BEGIN(rec, NCTB_HOLD_START, bpf_ktime_get_ns(), ctrl);
	rec->requested_ms = requested_ms;
	rec->why = why;
	SUBMIT(rec);
	return 0;
}

static __always_inline int on_hold_end(u64 ctrl)
{
	struct nctb_hold_end *rec;

	if (!RESERVE(rec))
		return count_lost();
	BEGIN(rec, NCTB_HOLD_END, bpf_ktime_get_ns(), ctrl);
	SUBMIT(rec);
	return 0;
}

/* A source has word that a CCR is completed: notice F4h, log page 1Eh. It says nothing of whose. */
#define CCR_NOTICE 0x1ef402

static __always_inline int on_async_event(u64 ctrl, u64 result)
{
	struct nctb_ccr_notice *rec;
	u32 what = 0;

	bpf_probe_read_kernel(&what, sizeof(what), (void *)result);
	if ((what & 0xffff07) != CCR_NOTICE)
		return 0;
	if (!RESERVE(rec))
		return count_lost();
	BEGIN(rec, NCTB_CCR_NOTICE, bpf_ktime_get_ns(), ctrl);
	SUBMIT(rec);
	return 0;
}

/* It should have been stopped before the requests are held. */
static __always_inline int on_keep_alive(u64 ctrl)
{
	s32 state = state_of(ctrl);
	struct nctb_keep_alive *rec;

	if (!is_recovering(state) && !is_ccr_state(state, NVME_CTRL_FENCING))
		return 0;
	if (!RESERVE(rec))
		return count_lost();
	BEGIN(rec, NCTB_KEEP_ALIVE, bpf_ktime_get_ns(), ctrl);
	SUBMIT(rec);
	return 0;
}

/* ---- modules that come and go ----------------------------------------------- */

static __always_inline int on_module(struct module *mod, u32 loaded)
{
	struct nctb_module *rec;
	char name[NCTB_MODULE_LEN] = {};

	bpf_probe_read_kernel_str(name, sizeof(name), &mod->name);
	if (name[0] != 'n' || name[1] != 'v' || name[2] != 'm' || name[3] != 'e')
		return 0;
	if (!RESERVE(rec))
		return count_lost();
	BEGIN(rec, NCTB_MODULE, bpf_ktime_get_ns(), 0);
	rec->loaded = loaded;
	rec->pad = 0;
	__builtin_memcpy(rec->name, name, sizeof(name));
	SUBMIT(rec);
	return 0;
}

#endif
