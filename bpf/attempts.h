/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CCR attempts as functions of the kernel show them: begun and ended by the function that
 * makes one, with the admin command in between; or, where that function is not to be seen,
 * by the command alone.
 */
#ifndef NCT_BPF_ATTEMPTS_H
#define NCT_BPF_ATTEMPTS_H

#include "bodies.h"

#define NVME_ADMIN_CCR	 0x38
#define CCR_IMMEDIATE	 1   /* bit 0 of the command's result */
#define CCRS_SUCCESS	 1   /* in log page 1Eh */
#define MAX_ATTEMPTS	 1024
#define MAX_SUBSYS_PATHS 256 /* controllers of a subsystem that are looked at */

/* As the command names the impacted controller, to the source. */
struct attempt_key {
	u64 source;
	u64 icid;
};

struct attempt {
	u64 impacted;
	u64 start_ns;
	u64 command_ns; /* 0: not completed */
	s32 immediate;
	u32 command_only; /* nobody else tells of this attempt */
};

/* LRU, as a missed return leaves its entry behind. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_ATTEMPTS);
	__type(key, struct attempt_key);
	__type(value, struct attempt);
} attempts SEC(".maps");

static __always_inline int begin_attempt(u64 now, const struct attempt_key *key, u64 impacted,
					 bool command_only)
{
	struct attempt attempt = {
		.impacted = impacted,
		.start_ns = now,
		.immediate = NCTB_UNKNOWN_INT,
		.command_only = command_only,
	};

	bpf_map_update_elem(&attempts, key, &attempt, BPF_ANY);
	return on_ccr_start(now, impacted, key->source, NCTB_UNKNOWN_INT);
}

static __always_inline u64 cntlid_of(u64 ctrl)
{
	struct nvme_ctrl *c = (void *)ctrl;

	return BPF_CORE_READ(c, cntlid);
}

/* ---- nvme_issue_wait_ccr(source, impacted, ...) -------------------------------------- */

static __always_inline int on_attempt_start(u64 source, u64 impacted)
{
	struct attempt_key key = { source, cntlid_of(impacted) };

	return begin_attempt(bpf_ktime_get_ns(), &key, impacted, false);
}

/* It returns 0 only if the reset was immediate, or the log page said success. */
static __always_inline int on_attempt_end(u64 source, u64 impacted, s32 status)
{
	struct ccr_outcome outcome = { 0, status, NCTB_UNKNOWN_INT, NCTB_UNKNOWN_INT };
	struct attempt_key key = { source, cntlid_of(impacted) };
	struct attempt *attempt = bpf_map_lookup_elem(&attempts, &key);
	u64 now = bpf_ktime_get_ns();

	if (attempt) {
		outcome.command_ns = attempt->command_ns;
		outcome.immediate = attempt->immediate;
		bpf_map_delete_elem(&attempts, &key);
	}
	if (!status && outcome.immediate != 1)
		outcome.ccrs = CCRS_SUCCESS;
	return on_ccr_end(now, impacted, source, outcome);
}

/* ---- the command -------------------------------------------------------------------- */

static __always_inline u64 icid_of(struct nvme_command *cmd)
{
	return BPF_CORE_READ(cmd, common.cdw10) & 0xffff;
}

static __always_inline void command_done(struct attempt *attempt, u64 now, s32 status,
					 union nvme_result *result)
{
	attempt->command_ns = now - attempt->start_ns;
	if (!status)
		attempt->immediate = BPF_CORE_READ(result, u32) & CCR_IMMEDIATE;
}

/* nvme_ccr_end_io(): sent by nvme_issue_wait_ccr(), which does not wait for it alone. */
static __always_inline int on_ccr_completion(u64 rq)
{
	struct nvme_request *req = nvme_req(rq);
	struct attempt_key key = {
		(u64)BPF_CORE_READ(req, ctrl),
		icid_of(BPF_CORE_READ(req, cmd)),
	};
	struct attempt *attempt = bpf_map_lookup_elem(&attempts, &key);

	if (attempt)
		command_done(attempt, bpf_ktime_get_ns(), BPF_CORE_READ(req, status),
			     &req->result);
	return 0;
}

/* The controller of the source's subsystem that has this id; 0: none. */
static __always_inline u64 impacted_of(u64 source, u64 icid)
{
	struct nvme_ctrl *c = (void *)source;
	struct nvme_subsystem *subsys = BPF_CORE_READ(c, subsys);
	struct list_head *entry = BPF_CORE_READ(subsys, ctrls.next);
	u64 ctrl;
	int i;

	for (i = 0; i < MAX_SUBSYS_PATHS && entry && entry != &subsys->ctrls; i++) {
		ctrl = (u64)entry - bpf_core_field_offset(struct nvme_ctrl, subsys_entry);
		if (cntlid_of(ctrl) == icid)
			return ctrl;
		entry = BPF_CORE_READ(entry, next);
	}
	return 0;
}

static __always_inline bool is_ccr(u64 cmd)
{
	struct nvme_command *c = (void *)cmd;

	return BPF_CORE_READ(c, common.opcode) == NVME_ADMIN_CCR;
}

static __always_inline struct attempt_key key_of_submission(u64 queue, u64 cmd)
{
	struct request_queue *q = (void *)queue;

	return (struct attempt_key) {
		(u64)BPF_CORE_READ(q, tag_set, driver_data),
		icid_of((void *)cmd),
	};
}

/* __nvme_submit_sync_cmd(queue, command, result, ...), of other CCR-capable kernels. */
static __always_inline int on_submit(u64 queue, u64 cmd)
{
	u64 now = bpf_ktime_get_ns(), impacted;
	struct attempt_key key;

	if (!is_ccr(cmd))
		return 0;
	key = key_of_submission(queue, cmd);
	if (bpf_map_lookup_elem(&attempts, &key))
		return 0; /* nvme_issue_wait_ccr() told of it */
	impacted = impacted_of(key.source, key.icid);
	return impacted ? begin_attempt(now, &key, impacted, true) : 0;
}

/*
 * Where the command is all there is to see of an attempt, it ends with it only if it
 * failed, or reset at once. Else the host waits on, and what comes of that is not told.
 */
static __always_inline int on_submitted(u64 queue, u64 cmd, u64 result, s32 status)
{
	u64 now = bpf_ktime_get_ns();
	struct attempt_key key;
	struct attempt *attempt;
	struct attempt ended;

	if (!is_ccr(cmd))
		return 0;
	key = key_of_submission(queue, cmd);
	attempt = bpf_map_lookup_elem(&attempts, &key);
	if (!attempt)
		return 0;
	command_done(attempt, now, status, (void *)result);
	if (!attempt->command_only)
		return 0;
	ended = *attempt;
	bpf_map_delete_elem(&attempts, &key);
	if (status || ended.immediate == 1) {
		struct ccr_outcome outcome = { ended.command_ns, status, ended.immediate,
					       NCTB_UNKNOWN_INT };

		return on_ccr_end(now, ended.impacted, key.source, outcome);
	}
	return 0;
}

#endif
