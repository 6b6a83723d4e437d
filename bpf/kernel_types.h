/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fields of kernel structures that the programs read, and nothing else.
 *
 * There is no vmlinux.h: offsets are relocated at load time against the BTF of
 * the running kernel, so only names and types have to be right here. What may be
 * missing on some kernel has a flavour of its own (the part after ___ is ignored
 * when types are matched) and is read behind bpf_core_field_exists().
 */
#ifndef NCT_BPF_KERNEL_TYPES_H
#define NCT_BPF_KERNEL_TYPES_H

#include <linux/types.h>
#include <stdbool.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __s32 s32;
typedef __u64 u64;
typedef __s64 s64;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kobject {
	const char *name;
};

struct device {
	struct kobject kobj;
};

/* Only where it lies in other structures matters. */
struct work_struct {
};

struct delayed_work {
	struct work_struct work;
};

struct request_queue;

struct request {
	struct request_queue *q;
	u64 start_time_ns;
};

struct module {
	char name[1]; /* longer; only its address is used */
};

struct nvme_subsystem {
	char subnqn[1]; /* longer; only its address is used */
};

struct nvmf_ctrl_options {
	int max_reconnects;
	char *subsysnqn;
	char *traddr;
	char *trsvcid;
	char *host_traddr;
	char *host_iface;
	unsigned int reconnect_delay;
};

struct nvme_ctrl_ops {
	const char *name;
};

/* Numbers are those of 6.12 and are relocated by name. */
enum nvme_ctrl_state {
	NVME_CTRL_NEW,
	NVME_CTRL_LIVE,
	NVME_CTRL_RESETTING,
	NVME_CTRL_CONNECTING,
	NVME_CTRL_DELETING,
};

/* States of CCR-capable kernels. */
enum nvme_ctrl_state___ccr {
	NVME_CTRL_RECOVERING___ccr = 100,
	NVME_CTRL_FENCING___ccr = 101,
};

struct nvme_ctrl {
	enum nvme_ctrl_state state;
	const struct nvme_ctrl_ops *ops;
	struct request_queue *admin_q;
	struct device *dev;
	struct device ctrl_device;
	int instance;
	struct work_struct reset_work;
	struct nvme_subsystem *subsys;
	u16 cntlid;
	unsigned int kato;
	int nr_reconnects;
	struct nvmf_ctrl_options *opts;
};

struct nvme_ctrl___cqt {
	u16 cqt; /* CCR-capable kernels */
};

struct timer_list {
};

struct nvme_ctrl___ana {
	struct timer_list anatt_timer; /* CONFIG_NVME_MULTIPATH */
};

struct nvme_common_command {
	u8 opcode;
};

struct nvme_command {
	struct nvme_common_command common;
};

struct nvme_request {
	struct nvme_command *cmd;
	struct nvme_ctrl *ctrl;
};

struct nvme_tcp_ctrl {
	struct nvme_ctrl ctrl;
	struct work_struct err_work;
	struct delayed_work connect_work;
};

struct nvme_rdma_ctrl {
	struct work_struct err_work;
	struct delayed_work reconnect_work;
	struct nvme_ctrl ctrl;
};

struct nvme_fc_ctrl {
	struct work_struct ioerr_work;
	struct delayed_work connect_work;
	struct nvme_ctrl ctrl;
};

#pragma clang attribute pop

#endif
