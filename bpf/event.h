/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ABI between the BPF programs and user space; known to the programs and to
 * tools/source alone.
 *
 * Plain old data. Every record starts with struct nctb_header and has a fixed
 * size for its type. Enumerators have explicit numbers and are only appended
 * to; any other change raises NCTB_ABI.
 */
#ifndef NCT_BPF_EVENT_H
#define NCT_BPF_EVENT_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#define NCTB_ABI 2

#define NCTB_FRAMES 6	   /* callers kept of a state change, the innermost ones */
#define NCTB_FRAME_LEN 48  /* "nvme_tcp_error_recovery_work [nvme_tcp]" */
#define NCTB_NQN_LEN 224   /* NVMF_NQN_SIZE and the NUL */
#define NCTB_STR_LEN 64	   /* one part of an address */
#define NCTB_DEVICE_LEN 32 /* DISK_NAME_LEN */
#define NCTB_IO_PATHS 16   /* new paths told of one recovery */
#define NCTB_WAITED_BUCKETS 40
#define NCTB_MODULE_LEN 56 /* MODULE_NAME_LEN on 64 bit */

enum nctb_type {
	NCTB_STATE = 1,
	NCTB_TIMEOUT = 2,
	NCTB_WORK_START = 3,
	NCTB_WORK_END = 4,
	NCTB_ATTEMPT_RESULT = 5,
	NCTB_RELEASE = 6,
	NCTB_GONE = 7,
	NCTB_IDENTITY = 8,
	NCTB_MODULE = 9,
	NCTB_ERROR = 10,
	NCTB_CCR_START = 11,
	NCTB_CCR_END = 12,
	NCTB_HOLD_START = 13,
	NCTB_HOLD_END = 14,
	NCTB_IN_FLIGHT = 15,
	NCTB_IO_RELEASED = 16,
	NCTB_IO_PATH = 17,
	NCTB_IO_WAITED = 18,
	NCTB_BLACKOUT = 19,
	NCTB_CCR_NOTICE = 20,
	NCTB_KEEP_ALIVE = 21,
};

/* The same numbers as enum nct_work of the model. */
enum nctb_work {
	NCTB_WORK_ERR = 1,
	NCTB_WORK_RESET = 2,
	NCTB_WORK_TEARDOWN = 3,
	NCTB_WORK_RECONNECT = 4,
	NCTB_WORK_FENCING = 5,
};

enum nctb_release {
	NCTB_RELEASE_FAILOVER = 1,
	NCTB_RELEASE_CANCEL = 2,
};

#define NCTB_STATE_UNKNOWN (-1)

#define NCTB_UNKNOWN_INT (-2147483647 - 1) /* an integer that could not be told */

struct nctb_header {
	__u16 abi;
	__u16 type;
	__u32 size;	/* of the whole record */
	__u64 ts_ns;	/* CLOCK_MONOTONIC */
	__u64 ctrl;	/* address of struct nvme_ctrl; 0: none */
	__s32 instance; /* nvmeN; -1: none */
	__u32 cpu;
};

struct nctb_state {
	struct nctb_header h;
	__s32 old_state; /* the kernel's numbers; NCTB_STATE_UNKNOWN */
	__s32 new_state;
	/* Symbols of the callers, innermost first; filled when the controller
	 * leaves LIVE or is deleted: the call site is the reason. */
	char frames[NCTB_FRAMES][NCTB_FRAME_LEN];
};

struct nctb_timeout {
	struct nctb_header h;
	__u64 age_ns; /* since the request was started; 0: not known */
	__u32 opcode;
	__u32 admin; /* 1: on the admin queue */
};

struct nctb_work_event {
	struct nctb_header h;
	__u32 work;   /* enum nctb_work */
	__s32 attempt; /* NCTB_WORK_RECONNECT: n, counted as the kernel does */
};

struct nctb_result {
	struct nctb_header h;
	__s32 status; /* 0, -errno or NVMe status */
	__u32 pad;
};

/* Told once for each recovery, when its teardown is over. */
struct nctb_release_event {
	struct nctb_header h;
	__u64 at_ns; /* when the last request in flight was released */
	__u32 how;   /* enum nctb_release */
	__u32 pad;
};

/* An error was detected: on a controller that still is LIVE, where the call site of the
 * state change will not tell it, or right after that change. */
struct nctb_error {
	struct nctb_header h;
	char site[NCTB_FRAME_LEN];
};

/* One CCR attempt; the header's controller is the impacted one. */
struct nctb_ccr_start {
	struct nctb_header h;
	__s32 source;	  /* instance of the source controller */
	__s32 timeout_ms; /* most that the host waits; NCTB_UNKNOWN_INT */
	__s32 ciu;	  /* of the impacted controller; NCTB_UNKNOWN_INT */
	__u32 pad;
};

struct nctb_ccr_end {
	struct nctb_header h;
	__u64 command_ns; /* latency of the admin command; 0: not known, or not completed */
	__s32 source;
	__s32 status;	 /* 0: success; -errno; NVMe status */
	__s32 immediate; /* bit 0 of the command's result; NCTB_UNKNOWN_INT */
	__s32 ccrs;	 /* of the log page's entry; NCTB_UNKNOWN_INT */
};

/* Requests in flight are held for a time. */
struct nctb_hold_start {
	struct nctb_header h;
	__s32 requested_ms;
	__s32 why; /* what CCR came to: -errno, NVMe status; NCTB_UNKNOWN_INT */
};

struct nctb_hold_end {
	struct nctb_header h;
};

/* Requests of the I/O queues, at the time when the controller left LIVE. ~0: not known. */
struct nctb_in_flight {
	struct nctb_header h;
	__u64 requests, reads, writes, bytes;
	__u64 oldest_ns; /* its age */
	__u32 partial;	 /* 1: there were more */
	__u32 pad;
};

struct nctb_io_released {
	struct nctb_header h;
	__u64 failed_over, cancelled;
	__u64 first_ns, last_ns; /* ~0: none was */
	__u64 errors;
};

/* NCTB_IO_PATH: which = instance, n = bios. NCTB_IO_WAITED: which = bucket, n = requests. */
struct nctb_io_count {
	struct nctb_header h;
	__s32 which;
	__u32 pad;
	__u64 n;
};

struct nctb_blackout {
	struct nctb_header h;
	__u64 since_ns, until_ns; /* until 0: it is not over */
	__u64 uncertain_ns;
	char device[NCTB_DEVICE_LEN];
};

/* NCTB_CCR_NOTICE: the header's controller is the source. */
struct nctb_ccr_notice {
	struct nctb_header h;
};

struct nctb_keep_alive {
	struct nctb_header h;
};

enum nctb_io_mode {
	NCTB_IO_OFF = 0,
	NCTB_IO_COLD = 1,
	NCTB_IO_WINDOW = 2,
	NCTB_IO_ALWAYS = 3,
};

/* What user space tells the programs. */
struct nctb_io_control {
	__u32 mode;   /* enum nctb_io_mode */
	__u32 errors; /* failed requests are told of */
	__u64 window_ns;   /* since when the hot hooks are there; 0: they are not */
	__s32 max_retries; /* of nvme_core; -1: not known */
	__u32 pad;
};

struct nctb_gone {
	struct nctb_header h;
};

struct nctb_identity {
	struct nctb_header h;
	__s32 cntlid;
	__u32 kato_s;
	__s32 reconnect_delay_s; /* meaningful if fabrics */
	__s32 max_reconnects;
	__s32 cqt_ms; /* -1: the kernel does not know CQT */
	__u32 fabrics;
	__s32 ciu;    /* -1: the kernel does not know CIU; 0: the controller has none */
	__u32 ctratt;
	char transport[16];
	char traddr[NCTB_STR_LEN]; /* PCIe: the device's name */
	char trsvcid[16];
	char host_traddr[NCTB_STR_LEN];
	char host_iface[16];
	char subsystem[NCTB_NQN_LEN];
};

struct nctb_module {
	struct nctb_header h;
	__u32 loaded; /* 1: loaded; 0: freed */
	__u32 pad;
	char name[NCTB_MODULE_LEN];
};

/* One per CPU: what the programs themselves saw of losses. */
struct nctb_counters {
	__u64 emitted;
	__u64 lost; /* the ring buffer was full */
};

#endif
