// SPDX-License-Identifier: GPL-2.0
/*
 * The tracepoint front end: our own events of nvme_core (docs/tracepoints.md), and those
 * by which the kernel tells of modules.
 *
 * Arguments are typed. The verifier has those of a module's tracepoint for pointers that
 * may be null, so each is looked at before it is used.
 */
#include "bodies.h"

/* Of the stack: the program, bpf_trace_run*(), and the function that has the event in it.
 * While several programs are attached, __traceiter_*() is in between; who reads the frames
 * knows that it tells nothing. */
#define TRACEPOINT_FRAMES 3

/* BODY sees the event's arguments as `arg`; the first is `ctrl`, a controller. */
#define CONTROLLER_EVENT(name, BODY)      \
	SEC("?tp_btf/" #name)             \
	int tp__##name(u64 *arg)          \
	{                                 \
		u64 ctrl = arg[0];        \
                                          \
		if (!ctrl)                \
			return 0;         \
		return BODY;              \
	}

/* The same, and the second one is `source`, another controller. */
#define CCR_EVENT(name, BODY)                                         \
	SEC("?tp_btf/" #name)                                         \
	int tp__##name(u64 *arg)                                      \
	{                                                             \
		u64 now = bpf_ktime_get_ns(), ctrl = arg[0];          \
		u64 source = arg[1];                                  \
                                                                      \
		if (!ctrl || !source)                                 \
			return 0;                                     \
		return BODY;                                          \
	}

/* Both ends of a work. The event comes after the work has counted its attempt. */
static __always_inline int on_traced_work(u64 ctrl, u16 type, u32 work)
{
	return on_work(ctrl, type, work, reconnects_of(ctrl));
}

static __always_inline int on_reconnect_end(u64 ctrl, s32 status)
{
	on_result(ctrl, status);
	return on_traced_work(ctrl, NCTB_WORK_END, NCTB_WORK_RECONNECT);
}

/* A command that did not complete has no result, and 0 is no CCRS of a completed reset. */
static __always_inline struct ccr_outcome outcome_of(u64 command_ns, s32 status, s32 immediate,
						     u8 ccrs)
{
	return (struct ccr_outcome) {
		.command_ns = command_ns,
		.status = status,
		.immediate = command_ns ? immediate : NCTB_UNKNOWN_INT,
		.ccrs = ccrs ? ccrs : NCTB_UNKNOWN_INT,
	};
}

CONTROLLER_EVENT(nvme_ctrl_state_change,
		 on_state(arg, TRACEPOINT_FRAMES, true, bpf_ktime_get_ns(), (s32)arg[1], ctrl,
			  (s32)arg[2]))
CONTROLLER_EVENT(nvme_error_detected, on_error(ctrl, NULL, 0, arg[1]))
CONTROLLER_EVENT(nvme_err_work_start, on_traced_work(ctrl, NCTB_WORK_START, NCTB_WORK_ERR))
CONTROLLER_EVENT(nvme_err_work_end, on_traced_work(ctrl, NCTB_WORK_END, NCTB_WORK_ERR))
CONTROLLER_EVENT(nvme_reconnect_start,
		 on_traced_work(ctrl, NCTB_WORK_START, NCTB_WORK_RECONNECT))
CONTROLLER_EVENT(nvme_reconnect_end, on_reconnect_end(ctrl, (s32)arg[1]))

CCR_EVENT(nvme_ccr_start, on_ccr_start(now, ctrl, source, (s32)arg[2]))
CCR_EVENT(nvme_ccr_end,
	  on_ccr_end(now, ctrl, source,
		     outcome_of(arg[2], (s32)arg[3], (s32)arg[4], (u8)arg[5])))
CONTROLLER_EVENT(nvme_hold_start, on_hold_start(ctrl, (s32)arg[1], (s32)arg[2]))
CONTROLLER_EVENT(nvme_hold_end, on_hold_end(ctrl))

/* ---- modules that come and go ----------------------------------------------- */

SEC("?tp_btf/module_load")
int tp__module_load(u64 *arg)
{
	return on_module((void *)arg[0], 1);
}

SEC("?tp_btf/module_free")
int tp__module_free(u64 *arg)
{
	return on_module((void *)arg[0], 0);
}

char LICENSE[] SEC("license") = "GPL";
