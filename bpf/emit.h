/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How records get from a program to user space; shared by the front ends.
 *
 * Everything is read with bpf_probe_read_kernel() from plain addresses, so that
 * the same body serves fentry, fexit, kprobe and tracepoint programs.
 */
#ifndef NCT_BPF_EMIT_H
#define NCT_BPF_EMIT_H

#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "kernel_types.h"
#include "event.h"

#define MAX_CONTROLLERS 16384

/*
 * The front ends are linked into one object: weak, so that each may define the maps
 * that all share.
 */
#define SHARED_MAP __weak SEC(".maps")

/* Size is set by user space before loading. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SHARED_MAP;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct nctb_counters);
} counters SHARED_MAP;

/* What the programs remember of a controller between events. */
struct controller {
	u64 released_ns; /* the last in-flight request so far was released; 0: none was */
	u64 failed_over; /* requests handed to another path */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_CONTROLLERS);
	__type(key, u64);
	__type(value, struct controller);
} controllers SHARED_MAP;

/* Atomic: an interrupt on this CPU may run another of our programs. */
#define COUNT(member)                                                                  \
	do {                                                                           \
		u32 zero_ = 0;                                                         \
		struct nctb_counters *c_ = bpf_map_lookup_elem(&counters, &zero_);     \
		if (c_)                                                                \
			__sync_fetch_and_add(&c_->member, 1);                          \
	} while (0)

static __always_inline int count_lost(void)
{
	COUNT(lost);
	return 0;
}

static __always_inline void fill_header(struct nctb_header *h, u16 type, u32 size, u64 ts_ns,
					u64 ctrl)
{
	struct nvme_ctrl *c = (void *)ctrl;

	h->abi = NCTB_ABI;
	h->type = type;
	h->size = size;
	h->ts_ns = ts_ns;
	h->ctrl = ctrl;
	h->instance = ctrl ? BPF_CORE_READ(c, instance) : -1;
	h->cpu = bpf_get_smp_processor_id();
}

/*
 * A record is reserved, tested for NULL by the caller (count_lost() then: verifiers
 * before 6.2 lose track of a pointer that is tested twice), begun, filled, submitted.
 * The time is the caller's: read first thing, before whatever is collected.
 */
#define RESERVE(rec) ((rec) = bpf_ringbuf_reserve(&events, sizeof(*(rec)), 0))
#define BEGIN(rec, type, ts_ns, ctrl) \
	fill_header(&(rec)->h, (type), sizeof(*(rec)), (ts_ns), (ctrl))
#define SUBMIT(rec)                           \
	do {                                  \
		COUNT(emitted);               \
		bpf_ringbuf_submit((rec), 0); \
	} while (0)

/* A string that may be NULL: "" then. */
#define READ_STR(dst, ptr)                                                         \
	do {                                                                       \
		const void *p_ = (ptr);                                            \
		(dst)[0] = 0;                                                      \
		if (p_)                                                            \
			bpf_probe_read_kernel_str((dst), sizeof(dst), p_);         \
	} while (0)

static __always_inline void read_fabrics(struct nctb_identity *id, struct nvmf_ctrl_options *opts)
{
	id->reconnect_delay_s = BPF_CORE_READ(opts, reconnect_delay);
	id->max_reconnects = BPF_CORE_READ(opts, max_reconnects);
	READ_STR(id->traddr, BPF_CORE_READ(opts, traddr));
	READ_STR(id->trsvcid, BPF_CORE_READ(opts, trsvcid));
	READ_STR(id->host_traddr, BPF_CORE_READ(opts, host_traddr));
	READ_STR(id->host_iface, BPF_CORE_READ(opts, host_iface));
}

static __always_inline void read_pci(struct nctb_identity *id, struct nvme_ctrl *c)
{
	id->reconnect_delay_s = 0;
	id->max_reconnects = 0;
	READ_STR(id->traddr, BPF_CORE_READ(c, dev, kobj.name));
	id->trsvcid[0] = 0;
	id->host_traddr[0] = 0;
	id->host_iface[0] = 0;
}

static __always_inline s32 read_cqt(struct nvme_ctrl *ctrl)
{
	struct nvme_ctrl___cqt *c = (void *)ctrl;

	if (!bpf_core_field_exists(c->cqt))
		return -1;
	return BPF_CORE_READ(c, cqt);
}

static __always_inline s32 read_ciu(struct nvme_ctrl *ctrl)
{
	struct nvme_ctrl___ciu *c = (void *)ctrl;

	if (!bpf_core_field_exists(c->ciu))
		return -1;
	return BPF_CORE_READ(c, ciu);
}

/*
 * Who the controller is, told by the kernel at the time of the event: sysfs may
 * be gone when user space looks.
 */
static __always_inline int emit_identity(u64 now, u64 ctrl)
{
	struct nvme_ctrl *c = (void *)ctrl;
	struct nvmf_ctrl_options *opts = BPF_CORE_READ(c, opts);
	struct nvme_subsystem *subsys = BPF_CORE_READ(c, subsys);
	struct nctb_identity *id;

	if (!RESERVE(id))
		return count_lost();
	BEGIN(id, NCTB_IDENTITY, now, ctrl);
	id->cntlid = BPF_CORE_READ(c, cntlid);
	id->kato_s = BPF_CORE_READ(c, kato);
	id->cqt_ms = read_cqt(c);
	id->fabrics = !!opts;
	id->ciu = read_ciu(c);
	id->ctratt = BPF_CORE_READ(c, ctratt);
	READ_STR(id->transport, BPF_CORE_READ(c, ops, name));
	if (opts)
		read_fabrics(id, opts);
	else
		read_pci(id, c);
	id->subsystem[0] = 0;
	if (subsys)
		bpf_probe_read_kernel_str(id->subsystem, sizeof(id->subsystem), &subsys->subnqn);
	else if (opts)
		READ_STR(id->subsystem, BPF_CORE_READ(opts, subsysnqn));
	SUBMIT(id);
	return 0;
}

#endif
