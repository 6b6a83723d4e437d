// SPDX-License-Identifier: GPL-2.0
/*
 * The function front end: works on kernels without our tracepoints.
 *
 * Each hook has an fentry/fexit program and a kprobe one for kernels that refuse
 * the former. None is loaded by default ("?"): tools/source/hooks.c picks, hook by
 * hook, what the running kernel offers. Only cold functions are hooked.
 */
#include "emit.h"

/* ---- bodies ------------------------------------------------------------- */

#define is_state(state, value) \
	((state) == (s32)bpf_core_enum_value(enum nvme_ctrl_state, value))

static __always_inline bool leaves_live(s32 state)
{
	if (is_state(state, NVME_CTRL_RESETTING) || is_state(state, NVME_CTRL_DELETING))
		return true;
	if (bpf_core_enum_value_exists(enum nvme_ctrl_state___ccr, NVME_CTRL_RECOVERING___ccr) &&
	    state == (s32)bpf_core_enum_value(enum nvme_ctrl_state___ccr,
					      NVME_CTRL_RECOVERING___ccr))
		return true;
	return bpf_core_enum_value_exists(enum nvme_ctrl_state___ccr, NVME_CTRL_FENCING___ccr) &&
	       state == (s32)bpf_core_enum_value(enum nvme_ctrl_state___ccr,
						 NVME_CTRL_FENCING___ccr);
}

static __always_inline bool is_live(s32 state)
{
	return is_state(state, NVME_CTRL_LIVE);
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

static __always_inline s32 state_of(u64 ctrl)
{
	struct nvme_ctrl *c = (void *)ctrl;

	return BPF_CORE_READ(c, state);
}

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

static __always_inline bool is_new(s32 state)
{
	return is_state(state, NVME_CTRL_NEW);
}

/*
 * nvme_change_ctrl_state() returned true. The change was made under the lock, soon
 * after the function was entered: what follows (waking waiters, kicking the requeue
 * lists) may take long, so time and old state are those of the entry. Another CPU may
 * have changed the state between our entry and the lock: then old is what it was
 * before that change, which the reducer recognises by the impossible edge.
 */
static __always_inline int on_state(void *ctx, u64 own_frames, u64 now, s32 old, u64 ctrl,
				    s32 state)
{
	bool leaves = leaves_live(state);
	struct nctb_state *rec;

	if (is_state(state, NVME_CTRL_CONNECTING) || is_state(state, NVME_CTRL_DELETING))
		emit_release(now, ctrl);
	if (leaves && is_live(old))
		expect_release(ctrl);
	if (leaves || is_live(state) || is_new(old))
		emit_identity(now, ctrl);
	if (!RESERVE(rec))
		return count_lost();
	BEGIN(rec, NCTB_STATE, now, ctrl);
	rec->old_state = old;
	rec->new_state = state;
	if (leaves) {
		read_frames(ctx, own_frames, rec);
	} else {
		/* Ring buffer memory is not zeroed. */
		__builtin_memset(rec->frames, 0, sizeof(rec->frames));
	}
	SUBMIT(rec);
	return 0;
}

static __always_inline int on_work(u64 ctrl, u16 type, u32 work)
{
	struct nvme_ctrl *c = (void *)ctrl;
	struct nctb_work_event *rec;

	if (!RESERVE(rec))
		return count_lost();
	BEGIN(rec, type, bpf_ktime_get_ns(), ctrl);
	rec->work = work;
	/* The work counts itself after our hook at its entry. */
	rec->attempt = BPF_CORE_READ(c, nr_reconnects) + 1;
	SUBMIT(rec);
	return 0;
}

static __always_inline int on_error(u64 ctrl, const char *site, u32 len)
{
	struct nvme_ctrl *c = (void *)ctrl;
	struct nctb_error *rec;

	if (!is_live(BPF_CORE_READ(c, state)))
		return 0;
	if (!RESERVE(rec))
		return count_lost();
	BEGIN(rec, NCTB_ERROR, bpf_ktime_get_ns(), ctrl);
	__builtin_memcpy(rec->site, site, len);
	SUBMIT(rec);
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

/* nvme_req(): the driver's part follows the request; it starts with
 * struct nvme_request in every transport. */
static __always_inline struct nvme_request *nvme_req(u64 rq)
{
	return (void *)(rq + bpf_core_type_size(struct request));
}

static __always_inline int on_failover(u64 rq)
{
	return on_release((u64)BPF_CORE_READ(nvme_req(rq), ctrl), 1);
}

/* The transport's ->timeout(): only what may start a recovery is told. */
static __always_inline int on_timeout(u64 rq)
{
	struct request *req = (void *)rq;
	struct nvme_ctrl *c = BPF_CORE_READ(nvme_req(rq), ctrl);
	u64 now = bpf_ktime_get_ns(), started;
	struct nctb_timeout *rec;

	if (!c || !is_live(BPF_CORE_READ(c, state)))
		return 0;
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
	if (!RESERVE(rec))
		return count_lost();
	BEGIN(rec, NCTB_GONE, bpf_ktime_get_ns(), ctrl);
	SUBMIT(rec);
	return 0;
}

/* ---- from an argument to the controller ----------------------------------- */

#define CONTROLLER(type, member, addr)                                            \
	((addr) - bpf_core_field_offset(struct type, member) +                    \
	 bpf_core_field_offset(struct type, ctrl))

#define ctrl_itself(addr) (addr)
#define ctrl_of_device(addr) ((addr) - bpf_core_field_offset(struct nvme_ctrl, ctrl_device))
#define ctrl_of_anatt_timer(addr) ((addr) - bpf_core_field_offset(struct nvme_ctrl___ana, anatt_timer))
#define ctrl_of_reset_work(addr) ((addr) - bpf_core_field_offset(struct nvme_ctrl, reset_work))
#define ctrl_of_tcp_err_work(addr) CONTROLLER(nvme_tcp_ctrl, err_work, addr)
#define ctrl_of_tcp_connect_work(addr) CONTROLLER(nvme_tcp_ctrl, connect_work, addr)
#define ctrl_of_rdma_err_work(addr) CONTROLLER(nvme_rdma_ctrl, err_work, addr)
#define ctrl_of_rdma_reconnect_work(addr) CONTROLLER(nvme_rdma_ctrl, reconnect_work, addr)
#define ctrl_of_fc_ioerr_work(addr) CONTROLLER(nvme_fc_ctrl, ioerr_work, addr)
#define ctrl_of_fc_connect_work(addr) CONTROLLER(nvme_fc_ctrl, connect_work, addr)
#define ctrl_of_rdma(addr) ((addr) + bpf_core_field_offset(struct nvme_rdma_ctrl, ctrl))
#define ctrl_of_fc(addr) ((addr) + bpf_core_field_offset(struct nvme_fc_ctrl, ctrl))

/* ---- from the entry of a call to its return --------------------------------- */

struct call {
	u64 entered_ns;
	u64 arg0;
	u64 arg1;
	s64 old_state; /* of a controller that is about to change it */
};

/*
 * Keyed by an address on the stack of the call: unique among calls that are in
 * progress, whatever interrupts or migrates them. LRU, as a missed return leaves its
 * entry behind.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, struct call);
} calls SEC(".maps");

static __always_inline int save_call(u64 now, u64 key, u64 arg0, u64 arg1, s64 old_state)
{
	struct call call = { now, arg0, arg1, old_state };

	/*
	 * No two calls in progress share an address: what stands there is of a call
	 * whose return was missed (a kretprobe has few instances).
	 */
	if (bpf_map_update_elem(&calls, &key, &call, BPF_NOEXIST)) {
		count_lost();
		bpf_map_update_elem(&calls, &key, &call, BPF_ANY);
	}
	return 0;
}

static __always_inline bool take_call(u64 key, struct call *call)
{
	struct call *saved = bpf_map_lookup_elem(&calls, &key);

	if (!saved)
		return false;
	*call = *saved;
	bpf_map_delete_elem(&calls, &key);
	return true;
}

/* The programs at entry and return of one call get the same context: the arguments,
 * which the trampoline keeps on the stack between the two. */
#define TRAMPOLINE_KEY(ctx) ((u64)(ctx))

#define TRAMPOLINE_FRAMES 2 /* the program and its trampoline */

#if defined(__TARGET_ARCH_x86)
#define RETURN_ADDRESS_SIZE 8 /* pushed by call, popped by ret */
#else
#define RETURN_ADDRESS_SIZE 0
#endif

#define PROBE_ENTRY_KEY(regs) (PT_REGS_SP(regs) + RETURN_ADDRESS_SIZE)
#define PROBE_RETURN_KEY(regs) PT_REGS_SP(regs)

/* ---- hooks ------------------------------------------------------------------ */

/* At entry; BODY sees the first argument as `arg0`. */
#define ENTRY_HOOK(name, function, BODY)                        \
	SEC("?fentry/" #function)                               \
	int fentry__##name(u64 *ctx)                            \
	{                                                       \
		u64 arg0 = ctx[0];                              \
		return BODY;                                    \
	}                                                       \
	SEC("?kprobe")                                          \
	int kprobe__##name(struct pt_regs *ctx)                 \
	{                                                       \
		u64 arg0 = PT_REGS_PARM1(ctx);                  \
		return BODY;                                    \
	}

/* At entry; BODY sees the first two arguments. */
#define ENTRY2_HOOK(name, function, BODY)                       \
	SEC("?fentry/" #function)                               \
	int fentry__##name(u64 *ctx)                            \
	{                                                       \
		u64 arg0 = ctx[0], arg1 = ctx[1];               \
		return BODY;                                    \
	}                                                       \
	SEC("?kprobe")                                          \
	int kprobe__##name(struct pt_regs *ctx)                 \
	{                                                       \
		u64 arg0 = PT_REGS_PARM1(ctx);                  \
		u64 arg1 = PT_REGS_PARM2(ctx);                  \
		return BODY;                                    \
	}

/* A return probe has lost the arguments: a probe at the entry keeps them. */
#define RETURN_PROBES(name, BODY, OLD_STATE)                                           \
	SEC("?kprobe")                                                                 \
	int kprobe__##name(struct pt_regs *ctx)                                        \
	{                                                                              \
		u64 now = bpf_ktime_get_ns();                                          \
		u64 arg0 = PT_REGS_PARM1(ctx), arg1 = PT_REGS_PARM2(ctx);              \
		return save_call(now, PROBE_ENTRY_KEY(ctx), arg0, arg1, OLD_STATE);    \
	}                                                                              \
	SEC("?kretprobe")                                                              \
	int kretprobe__##name(struct pt_regs *ctx)                                     \
	{                                                                              \
		u64 ret __attribute__((unused)) = PT_REGS_RC(ctx);                     \
		struct call call;                                                      \
		u64 arg0, arg1 __attribute__((unused)), now __attribute__((unused));   \
		u64 own_frames __attribute__((unused)) = 0;                            \
		s32 old __attribute__((unused));                                       \
		if (!take_call(PROBE_RETURN_KEY(ctx), &call))                          \
			return 0;                                                      \
		arg0 = call.arg0;                                                      \
		arg1 = call.arg1;                                                      \
		now = call.entered_ns;                                                 \
		old = call.old_state;                                                  \
		return BODY;                                                           \
	}

/* At the return of a function with one argument that returns nothing. */
#define RETURN_HOOK(name, function, BODY)                       \
	SEC("?fexit/" #function)                                \
	int fexit__##name(u64 *ctx)                             \
	{                                                       \
		u64 arg0 = ctx[0];                              \
		return BODY;                                    \
	}                                                       \
	RETURN_PROBES(name, BODY, 0)

/* At the return of a function with two arguments; BODY sees also `ret`. */
#define RETURN2_HOOK(name, function, BODY)                                        \
	SEC("?fexit/" #function)                                                  \
	int fexit__##name(u64 *ctx)                                               \
	{                                                                         \
		u64 arg0 = ctx[0], arg1 __attribute__((unused)) = ctx[1];         \
		u64 ret = ctx[2];                                                 \
		return BODY;                                                      \
	}                                                                         \
	RETURN_PROBES(name, BODY, 0)

/*
 * The same for a change of a controller's state, the first argument: BODY sees also
 * `now`, when the function was entered, and `old`, the state that it found then.
 */
#define CHANGE_HOOK(name, function, BODY)                                         \
	SEC("?fentry/" #function)                                                 \
	int fentry__##name(u64 *ctx)                                              \
	{                                                                         \
		u64 now = bpf_ktime_get_ns(); /* before anything else */          \
		return save_call(now, TRAMPOLINE_KEY(ctx), 0, 0, state_of(ctx[0])); \
	}                                                                         \
	SEC("?fexit/" #function)                                                  \
	int fexit__##name(u64 *ctx)                                               \
	{                                                                         \
		u64 arg0 = ctx[0], arg1 = ctx[1], ret = ctx[2];                   \
		struct call call = { .entered_ns = bpf_ktime_get_ns(),            \
				     .old_state = NCTB_STATE_UNKNOWN };           \
		u64 now, own_frames = TRAMPOLINE_FRAMES;                          \
		s32 old;                                                          \
		take_call(TRAMPOLINE_KEY(ctx), &call);                            \
		now = call.entered_ns;                                            \
		old = call.old_state;                                             \
		return BODY;                                                      \
	}                                                                         \
	RETURN_PROBES(name, BODY, state_of(arg0))

/* Both ends of a work. */
#define WORK_HOOKS(name, function, work, ctrl_of)                                      \
	ENTRY_HOOK(name##_start, function, on_work(ctrl_of(arg0), NCTB_WORK_START, work)) \
	RETURN_HOOK(name##_end, function, on_work(ctrl_of(arg0), NCTB_WORK_END, work))

#define SITE(name) (name), sizeof(name)

/* A bool is returned in the lowest byte, the rest of the register is not defined. */
#define returned_true(ret) ((ret) & 0xff)

/* Most calls are in vain (every socket callback tries): only `true` counts. */
CHANGE_HOOK(state, nvme_change_ctrl_state,
	    returned_true(ret) ? on_state(ctx, own_frames, now, old, arg0, (s32)arg1) : 0)
ENTRY_HOOK(gone, nvme_free_ctrl, on_gone(ctrl_of_device(arg0)))
/* Its return: it cancels and completes one request after the other. */
RETURN_HOOK(cancel, nvme_cancel_tagset, on_release(arg0, 0))
ENTRY_HOOK(failover, nvme_failover_req, on_failover(arg0))
/* It ends in a tail call to nvme_reset_ctrl(): no call site is left to be seen. */
ENTRY_HOOK(anatt, nvme_anatt_timeout,
	   on_error(ctrl_of_anatt_timer(arg0), SITE("nvme_anatt_timeout")))

ENTRY_HOOK(tcp_timeout, nvme_tcp_timeout, on_timeout(arg0))
WORK_HOOKS(tcp_err, nvme_tcp_error_recovery_work, NCTB_WORK_ERR, ctrl_of_tcp_err_work)
WORK_HOOKS(tcp_reconnect, nvme_tcp_reconnect_ctrl_work, NCTB_WORK_RECONNECT,
	   ctrl_of_tcp_connect_work)
WORK_HOOKS(tcp_reset, nvme_reset_ctrl_work, NCTB_WORK_RESET, ctrl_of_reset_work)
RETURN2_HOOK(tcp_result, nvme_tcp_setup_ctrl,
	     !returned_true(arg1) ? on_result(ctrl_itself(arg0), (s32)ret) : 0)

ENTRY_HOOK(rdma_timeout, nvme_rdma_timeout, on_timeout(arg0))
WORK_HOOKS(rdma_err, nvme_rdma_error_recovery_work, NCTB_WORK_ERR, ctrl_of_rdma_err_work)
WORK_HOOKS(rdma_reconnect, nvme_rdma_reconnect_ctrl_work, NCTB_WORK_RECONNECT,
	   ctrl_of_rdma_reconnect_work)
WORK_HOOKS(rdma_reset, nvme_rdma_reset_ctrl_work, NCTB_WORK_RESET, ctrl_of_reset_work)
RETURN2_HOOK(rdma_result, nvme_rdma_setup_ctrl,
	     !returned_true(arg1) ? on_result(ctrl_of_rdma(arg0), (s32)ret) : 0)

ENTRY_HOOK(fc_timeout, nvme_fc_timeout, on_timeout(arg0))
/* It ends in tail calls down to nvme_reset_ctrl(): no call site is left to be seen. */
ENTRY_HOOK(fc_ioerr, nvme_fc_ctrl_ioerr_work,
	   on_error(ctrl_of_fc_ioerr_work(arg0), SITE("nvme_fc_ctrl_ioerr_work")))
WORK_HOOKS(fc_reset, nvme_fc_reset_ctrl_work, NCTB_WORK_TEARDOWN, ctrl_of_reset_work)
WORK_HOOKS(fc_reconnect, nvme_fc_connect_ctrl_work, NCTB_WORK_RECONNECT,
	   ctrl_of_fc_connect_work)
/* Called with what the attempt returned, when that was not 0. */
ENTRY2_HOOK(fc_result, nvme_fc_reconnect_or_delete, on_result(ctrl_of_fc(arg0), (s32)arg1))

ENTRY_HOOK(pci_timeout, nvme_timeout, on_timeout(arg0))
WORK_HOOKS(pci_reset, nvme_reset_work, NCTB_WORK_RESET, ctrl_of_reset_work)

WORK_HOOKS(loop_reset, nvme_loop_reset_ctrl_work, NCTB_WORK_RESET, ctrl_of_reset_work)

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

SEC("?tp_btf/module_load")
int tp__module_load(u64 *ctx)
{
	return on_module((void *)ctx[0], 1);
}

SEC("?tp_btf/module_free")
int tp__module_free(u64 *ctx)
{
	return on_module((void *)ctx[0], 0);
}

char LICENSE[] SEC("license") = "GPL";
