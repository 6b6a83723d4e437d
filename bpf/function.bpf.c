// SPDX-License-Identifier: GPL-2.0
/*
 * The function front end: works on kernels without our tracepoints.
 *
 * Each hook has an fentry/fexit program and a kprobe one for kernels that refuse
 * the former. None is loaded by default ("?"): tools/source/hooks.c picks, hook by
 * hook, what the running kernel offers. Only cold functions are hooked.
 */
#include "attempts.h"

#ifndef __maybe_unused
#define __maybe_unused __attribute__((unused))
#endif

/* ---- from an argument to the controller ----------------------------------- */

#define CONTROLLER(type, member, addr)                                            \
	((addr) - bpf_core_field_offset(struct type, member) +                    \
	 bpf_core_field_offset(struct type, ctrl))

#define ctrl_itself(addr) (addr)
#define ctrl_of_device(addr) ((addr) - bpf_core_field_offset(struct nvme_ctrl, ctrl_device))
#define ctrl_of_anatt_timer(addr) ((addr) - bpf_core_field_offset(struct nvme_ctrl___ana, anatt_timer))
#define ctrl_of_ka_work(addr) ((addr) - bpf_core_field_offset(struct nvme_ctrl, ka_work))
#define ctrl_of_reset_work(addr) ((addr) - bpf_core_field_offset(struct nvme_ctrl, reset_work))
#define ctrl_of_tcp_err_work(addr) CONTROLLER(nvme_tcp_ctrl, err_work, addr)
#define ctrl_of_tcp_connect_work(addr) CONTROLLER(nvme_tcp_ctrl, connect_work, addr)
#define ctrl_of_rdma_err_work(addr) CONTROLLER(nvme_rdma_ctrl, err_work, addr)
#define ctrl_of_rdma_reconnect_work(addr) CONTROLLER(nvme_rdma_ctrl, reconnect_work, addr)
#define ctrl_of_fc_ioerr_work(addr) CONTROLLER(nvme_fc_ctrl, ioerr_work, addr)
#define ctrl_of_fc_connect_work(addr) CONTROLLER(nvme_fc_ctrl, connect_work, addr)
#define ctrl_of_tcp_fencing_work(addr) CONTROLLER(nvme_tcp_ctrl___fencing, fencing_work, addr)
#define ctrl_of_rdma_fencing_work(addr) CONTROLLER(nvme_rdma_ctrl___fencing, fencing_work, addr)
#define ctrl_of_fc_fencing_work(addr) CONTROLLER(nvme_fc_ctrl___fencing, fencing_work, addr)
#define ctrl_of_rdma(addr) ((addr) + bpf_core_field_offset(struct nvme_rdma_ctrl, ctrl))
#define ctrl_of_fc(addr) ((addr) + bpf_core_field_offset(struct nvme_fc_ctrl, ctrl))

/* ---- from the entry of a call to its return --------------------------------- */

struct call {
	u64 entered_ns;
	u64 arg0;
	u64 arg1;
	u64 arg2;
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

static __always_inline int save_call(u64 key, const struct call *call)
{
	/*
	 * No two calls in progress share an address: what stands there is of a call
	 * whose return was missed (a kretprobe has few instances).
	 */
	if (bpf_map_update_elem(&calls, &key, call, BPF_NOEXIST)) {
		count_lost();
		bpf_map_update_elem(&calls, &key, call, BPF_ANY);
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

/* What a function returned, however many arguments it has (Linux 5.17). */
static __always_inline u64 returned(void *ctx)
{
	u64 ret = 0;

	bpf_get_func_ret(ctx, &ret);
	return ret;
}

/* ---- hooks ------------------------------------------------------------------ */

/*
 * What a BODY may use: `arg0` to `arg2`, the function's arguments; at its return also
 * `ret`. What it does not use is not read, and need not exist.
 */
#define TRAMPOLINE_ARGS                                         \
	u64 arg0 = ctx[0];                                      \
	u64 arg1 __maybe_unused = ctx[1];                       \
	u64 arg2 __maybe_unused = ctx[2]

#define PROBE_ARGS                                              \
	u64 arg0 = PT_REGS_PARM1(ctx);                          \
	u64 arg1 __maybe_unused = PT_REGS_PARM2(ctx);           \
	u64 arg2 __maybe_unused = PT_REGS_PARM3(ctx)

#define ENTRY_HOOK(name, function, BODY)                        \
	SEC("?fentry/" #function)                               \
	int fentry__##name(u64 *ctx)                            \
	{                                                       \
		TRAMPOLINE_ARGS;                                \
		return BODY;                                    \
	}                                                       \
	SEC("?kprobe")                                          \
	int kprobe__##name(struct pt_regs *ctx)                 \
	{                                                       \
		PROBE_ARGS;                                     \
		return BODY;                                    \
	}

/* A return probe has lost the arguments: a probe at the entry keeps them. */
#define RETURN_PROBES(name, BODY, OLD_STATE)                                   \
	SEC("?kprobe")                                                         \
	int kprobe__##name(struct pt_regs *ctx)                                \
	{                                                                      \
		u64 now = bpf_ktime_get_ns();                                  \
		PROBE_ARGS;                                                    \
		struct call call = { now, arg0, arg1, arg2, OLD_STATE };       \
		return save_call(PROBE_ENTRY_KEY(ctx), &call);                 \
	}                                                                      \
	SEC("?kretprobe")                                                      \
	int kretprobe__##name(struct pt_regs *ctx)                             \
	{                                                                      \
		u64 ret __maybe_unused = PT_REGS_RC(ctx), own_frames __maybe_unused = 0; \
		u64 arg0, arg1 __maybe_unused, arg2 __maybe_unused;            \
		u64 now __maybe_unused;                                        \
		s32 old __maybe_unused;                                        \
		struct call call;                                              \
		if (!take_call(PROBE_RETURN_KEY(ctx), &call))                  \
			return 0;                                              \
		arg0 = call.arg0;                                              \
		arg1 = call.arg1;                                              \
		arg2 = call.arg2;                                              \
		now = call.entered_ns;                                         \
		old = call.old_state;                                          \
		return BODY;                                                   \
	}

/* RET: where a trampoline finds what the function returned; 0 if BODY does not ask. */
#define RETURN_HOOK(name, function, RET, BODY)                  \
	SEC("?fexit/" #function)                                \
	int fexit__##name(u64 *ctx)                             \
	{                                                       \
		TRAMPOLINE_ARGS;                                \
		u64 ret __maybe_unused = RET;                   \
		return BODY;                                    \
	}                                                       \
	RETURN_PROBES(name, BODY, 0)

/*
 * The same for a change of a controller's state, the first argument: BODY sees also
 * `now`, when the function was entered, and `old`, the state that it found then. The
 * change is made under a lock, soon after that: what follows (waking waiters, kicking
 * the requeue lists) may take long. Another CPU may have changed the state between our
 * entry and the lock: then old is what it was before that change, which the reducer
 * recognises by the impossible edge.
 */
#define CHANGE_HOOK(name, function, RET, BODY)                                 \
	SEC("?fentry/" #function)                                              \
	int fentry__##name(u64 *ctx)                                           \
	{                                                                      \
		u64 now = bpf_ktime_get_ns(); /* before anything else */       \
		struct call call = { .entered_ns = now, .old_state = state_of(ctx[0]) }; \
		return save_call(TRAMPOLINE_KEY(ctx), &call);                  \
	}                                                                      \
	SEC("?fexit/" #function)                                               \
	int fexit__##name(u64 *ctx)                                            \
	{                                                                      \
		TRAMPOLINE_ARGS;                                               \
		u64 ret __maybe_unused = RET, now, own_frames = TRAMPOLINE_FRAMES; \
		struct call call = { .entered_ns = bpf_ktime_get_ns(),         \
				     .old_state = NCTB_STATE_UNKNOWN };        \
		s32 old;                                                       \
		take_call(TRAMPOLINE_KEY(ctx), &call);                         \
		now = call.entered_ns;                                         \
		old = call.old_state;                                          \
		return BODY;                                                   \
	}                                                                      \
	RETURN_PROBES(name, BODY, state_of(arg0))

/* Both ends of a work. It counts its attempt after our hook at its entry. */
#define WORK_HOOKS(name, function, work, ctrl_of)                               \
	ENTRY_HOOK(name##_start, function,                                      \
		   on_function_work(ctrl_of(arg0), NCTB_WORK_START, work))      \
	RETURN_HOOK(name##_end, function, 0,                                    \
		    on_function_work(ctrl_of(arg0), NCTB_WORK_END, work))

static __always_inline int on_function_work(u64 ctrl, u16 type, u32 work)
{
	return on_work(ctrl, type, work, reconnects_of(ctrl) + 1);
}

/* It ends in a tail call to nvme_reset_ctrl(): no call site is left to be seen. */
#define SITE_HOOK(name, function, ctrl_of)                                      \
	ENTRY_HOOK(name, function, on_last_sight(ctrl_of(arg0), #function, sizeof(#function)))

static __always_inline int on_last_sight(u64 ctrl, const char *site, u32 len)
{
	return is_live(state_of(ctrl)) ? on_error(ctrl, site, len, 0) : 0;
}

/* A bool is returned in the lowest byte, the rest of the register is not defined. */
#define returned_true(ret) ((ret) & 0xff)

/* The lock is free again: what is in flight can be counted at once. */
static __always_inline int on_function_state(void *ctx, u64 own_frames, u64 now, s32 old, u64 ctrl,
					     s32 state)
{
	on_state(ctx, own_frames, false, now, old, ctrl, state);
	if (may_leave_live(old, state))
		io_count(ctrl);
	return 0;
}

/* Most calls are in vain (every socket callback tries): only `true` counts. */
CHANGE_HOOK(state, nvme_change_ctrl_state, ctx[2],
	    returned_true(ret) ? on_function_state(ctx, own_frames, now, old, arg0, (s32)arg1)
				: 0)
/* The helper that leaves RECOVERING; it does so only if it finds that state. */
CHANGE_HOOK(recovery_end, nvme_end_ctrl_recovery, 0,
	    is_recovering(old) ? on_state(ctx, own_frames, false, now, old, arg0,
					  STATE(NVME_CTRL_RESETTING)) : 0)
ENTRY_HOOK(gone, nvme_free_ctrl, on_gone(ctrl_of_device(arg0)))
/* Its return: it cancels and completes one request after the other. */
RETURN_HOOK(cancel, nvme_cancel_tagset, 0, on_release(arg0, 0))
ENTRY_HOOK(failover, nvme_failover_req, on_failover(arg0))
ENTRY_HOOK(cancel_request, nvme_cancel_request, on_cancel_request(arg0, arg1))
ENTRY_HOOK(keep_alive, nvme_keep_alive_work, on_keep_alive(ctrl_of_ka_work(arg0)))
ENTRY_HOOK(ccr_notice, nvme_complete_async_event, on_async_event(arg0, arg2))
SITE_HOOK(anatt, nvme_anatt_timeout, ctrl_of_anatt_timer)

/* One attempt to have a source reset the impacted controller. */
ENTRY_HOOK(ccr_start, nvme_issue_wait_ccr, on_attempt_start(arg0, arg1))
RETURN_HOOK(ccr_end, nvme_issue_wait_ccr, returned(ctx), on_attempt_end(arg0, arg1, (s32)ret))
ENTRY_HOOK(ccr_command, nvme_ccr_end_io, on_ccr_completion(arg0))
ENTRY_HOOK(ccr_submit, __nvme_submit_sync_cmd, on_submit(arg0, arg1))
RETURN_HOOK(ccr_submitted, __nvme_submit_sync_cmd, returned(ctx),
	    on_submitted(arg0, arg1, arg2, (s32)ret))

ENTRY_HOOK(tcp_timeout, nvme_tcp_timeout, on_timeout(arg0, true))
WORK_HOOKS(tcp_err, nvme_tcp_error_recovery_work, NCTB_WORK_ERR, ctrl_of_tcp_err_work)
WORK_HOOKS(tcp_fencing, nvme_tcp_fencing_work, NCTB_WORK_FENCING, ctrl_of_tcp_fencing_work)
WORK_HOOKS(tcp_reconnect, nvme_tcp_reconnect_ctrl_work, NCTB_WORK_RECONNECT,
	   ctrl_of_tcp_connect_work)
WORK_HOOKS(tcp_reset, nvme_reset_ctrl_work, NCTB_WORK_RESET, ctrl_of_reset_work)
RETURN_HOOK(tcp_result, nvme_tcp_setup_ctrl, ctx[2],
	     !returned_true(arg1) ? on_result(ctrl_itself(arg0), (s32)ret) : 0)

ENTRY_HOOK(rdma_timeout, nvme_rdma_timeout, on_timeout(arg0, true))
WORK_HOOKS(rdma_err, nvme_rdma_error_recovery_work, NCTB_WORK_ERR, ctrl_of_rdma_err_work)
WORK_HOOKS(rdma_fencing, nvme_rdma_fencing_work, NCTB_WORK_FENCING, ctrl_of_rdma_fencing_work)
WORK_HOOKS(rdma_reconnect, nvme_rdma_reconnect_ctrl_work, NCTB_WORK_RECONNECT,
	   ctrl_of_rdma_reconnect_work)
WORK_HOOKS(rdma_reset, nvme_rdma_reset_ctrl_work, NCTB_WORK_RESET, ctrl_of_reset_work)
RETURN_HOOK(rdma_result, nvme_rdma_setup_ctrl, ctx[2],
	     !returned_true(arg1) ? on_result(ctrl_of_rdma(arg0), (s32)ret) : 0)

ENTRY_HOOK(fc_timeout, nvme_fc_timeout, on_timeout(arg0, false))
SITE_HOOK(fc_ioerr, nvme_fc_ctrl_ioerr_work, ctrl_of_fc_ioerr_work)
WORK_HOOKS(fc_fencing, nvme_fc_fencing_work, NCTB_WORK_FENCING, ctrl_of_fc_fencing_work)
WORK_HOOKS(fc_reset, nvme_fc_reset_ctrl_work, NCTB_WORK_TEARDOWN, ctrl_of_reset_work)
WORK_HOOKS(fc_reconnect, nvme_fc_connect_ctrl_work, NCTB_WORK_RECONNECT,
	   ctrl_of_fc_connect_work)
/* Called with what the attempt returned, when that was not 0. */
ENTRY_HOOK(fc_result, nvme_fc_reconnect_or_delete, on_result(ctrl_of_fc(arg0), (s32)arg1))

ENTRY_HOOK(pci_timeout, nvme_timeout, on_timeout(arg0, false))
WORK_HOOKS(pci_reset, nvme_reset_work, NCTB_WORK_RESET, ctrl_of_reset_work)

WORK_HOOKS(loop_reset, nvme_loop_reset_ctrl_work, NCTB_WORK_RESET, ctrl_of_reset_work)

char LICENSE[] SEC("license") = "GPL";
