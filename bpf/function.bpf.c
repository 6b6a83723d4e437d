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

static __always_inline bool leaves_live(s32 state)
{
	if (state == (s32)bpf_core_enum_value(enum nvme_ctrl_state, NVME_CTRL_RESETTING) ||
	    state == (s32)bpf_core_enum_value(enum nvme_ctrl_state, NVME_CTRL_DELETING))
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
	return state == (s32)bpf_core_enum_value(enum nvme_ctrl_state, NVME_CTRL_LIVE);
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

static __always_inline s32 remember_state(u64 ctrl, s32 state)
{
	struct controller now = { .state = state };
	struct controller *c = bpf_map_lookup_elem(&controllers, &ctrl);
	s32 old = c ? c->state : NCTB_STATE_UNKNOWN;

	if (c && !is_live(old))
		now.released = c->released;
	bpf_map_update_elem(&controllers, &ctrl, &now, BPF_ANY);
	return old;
}

/*
 * nvme_change_ctrl_state() returned true. The change was made under the lock, soon
 * after the function was entered: what follows (waking waiters, kicking the requeue
 * lists) may take long, so the time is that of the entry.
 */
static __always_inline int on_state(void *ctx, u64 own_frames, u64 now, u64 ctrl, s32 state)
{
	s32 old = remember_state(ctrl, state);
	bool leaves = leaves_live(state);
	struct nctb_state *rec;

	if (leaves || is_live(state))
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

static __always_inline int on_release(u64 ctrl, u32 how)
{
	u64 now = bpf_ktime_get_ns();
	struct nvme_ctrl *c = (void *)ctrl;
	struct controller fresh = { .released = 1 }, *seen;
	struct nctb_release_event *rec;

	fresh.state = BPF_CORE_READ(c, state);
	if (!ctrl || is_live(fresh.state))
		return 0; /* a path error of a healthy controller */
	/* Hundreds of requests fail over in one recovery: tell the first. */
	seen = bpf_map_lookup_elem(&controllers, &ctrl);
	if (seen && __sync_lock_test_and_set(&seen->released, 1))
		return 0;
	if (!seen)
		bpf_map_update_elem(&controllers, &ctrl, &fresh, BPF_ANY);
	if (!RESERVE(rec))
		return count_lost();
	BEGIN(rec, NCTB_RELEASE, now, ctrl);
	rec->how = how;
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
	return on_release((u64)BPF_CORE_READ(nvme_req(rq), ctrl), NCTB_RELEASE_FAILOVER);
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
};

/*
 * Keyed by an address on the stack of the call: unique among calls that are in
 * progress, whatever interrupts or migrates them. LRU, as a missed return leaves its
 * entry behind.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, u64);
	__type(value, struct call);
} calls SEC(".maps");

static __always_inline int save_call(u64 key, u64 arg0, u64 arg1)
{
	struct call call = { bpf_ktime_get_ns(), arg0, arg1 };

	bpf_map_update_elem(&calls, &key, &call, BPF_ANY);
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
#define RETURN_PROBES(name, BODY)                                                      \
	SEC("?kprobe")                                                                 \
	int kprobe__##name(struct pt_regs *ctx)                                        \
	{                                                                              \
		return save_call(PROBE_ENTRY_KEY(ctx), PT_REGS_PARM1(ctx),             \
				 PT_REGS_PARM2(ctx));                                  \
	}                                                                              \
	SEC("?kretprobe")                                                              \
	int kretprobe__##name(struct pt_regs *ctx)                                     \
	{                                                                              \
		u64 ret __attribute__((unused)) = PT_REGS_RC(ctx);                     \
		struct call call;                                                      \
		u64 arg0, arg1 __attribute__((unused)), now __attribute__((unused));   \
		u64 own_frames __attribute__((unused)) = 0;                            \
		if (!take_call(PROBE_RETURN_KEY(ctx), &call))                          \
			return 0;                                                      \
		arg0 = call.arg0;                                                      \
		arg1 = call.arg1;                                                      \
		now = call.entered_ns;                                                 \
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
	RETURN_PROBES(name, BODY)

/* At the return of a function with two arguments; BODY sees also `ret`. */
#define RETURN2_HOOK(name, function, BODY)                                        \
	SEC("?fexit/" #function)                                                  \
	int fexit__##name(u64 *ctx)                                               \
	{                                                                         \
		u64 arg0 = ctx[0], arg1 __attribute__((unused)) = ctx[1];         \
		u64 ret = ctx[2];                                                 \
		return BODY;                                                      \
	}                                                                         \
	RETURN_PROBES(name, BODY)

/* The same, and BODY sees in `now` when the function was entered. */
#define CALL2_HOOK(name, function, BODY)                                          \
	SEC("?fentry/" #function)                                                 \
	int fentry__##name(u64 *ctx)                                              \
	{                                                                         \
		return save_call(TRAMPOLINE_KEY(ctx), 0, 0);                      \
	}                                                                         \
	SEC("?fexit/" #function)                                                  \
	int fexit__##name(u64 *ctx)                                               \
	{                                                                         \
		u64 arg0 = ctx[0], arg1 = ctx[1], ret = ctx[2];                   \
		struct call call = { .entered_ns = bpf_ktime_get_ns() };          \
		u64 now, own_frames = TRAMPOLINE_FRAMES;                          \
		take_call(TRAMPOLINE_KEY(ctx), &call);                            \
		now = call.entered_ns;                                            \
		return BODY;                                                      \
	}                                                                         \
	RETURN_PROBES(name, BODY)

/* Both ends of a work. */
#define WORK_HOOKS(name, function, work, ctrl_of)                                      \
	ENTRY_HOOK(name##_start, function, on_work(ctrl_of(arg0), NCTB_WORK_START, work)) \
	RETURN_HOOK(name##_end, function, on_work(ctrl_of(arg0), NCTB_WORK_END, work))

#define SITE(name) (name), sizeof(name)

/* A bool is returned in the lowest byte, the rest of the register is not defined. */
#define returned_true(ret) ((ret) & 0xff)

/* Most calls are in vain (every socket callback tries): only `true` counts. */
CALL2_HOOK(state, nvme_change_ctrl_state,
	   returned_true(ret) ? on_state(ctx, own_frames, now, arg0, (s32)arg1) : 0)
ENTRY_HOOK(gone, nvme_free_ctrl, on_gone(ctrl_of_device(arg0)))
ENTRY_HOOK(cancel, nvme_cancel_tagset, on_release(arg0, NCTB_RELEASE_CANCEL))
ENTRY_HOOK(failover, nvme_failover_req, on_failover(arg0))

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
