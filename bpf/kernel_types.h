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

struct list_head {
	struct list_head *next;
};

struct blk_mq_tags;

struct blk_mq_tag_set {
	unsigned int nr_hw_queues;
	void *driver_data; /* of nvme: the controller */
	struct blk_mq_tags **tags;
};

struct request_queue {
	struct blk_mq_tag_set *tag_set;
	void *queuedata; /* of nvme: struct nvme_ns */
};

/* Numbers of enumerators are relocated by name. */
enum mq_rq_state {
	MQ_RQ_IDLE,
	MQ_RQ_IN_FLIGHT,
};

enum req_flag_bits {
	__REQ_FAILFAST_DEV,
	__REQ_FAILFAST_TRANSPORT,
	__REQ_FAILFAST_DRIVER,
	__REQ_DRV,
};

struct gendisk {
	char disk_name[1]; /* longer; only its address is used */
	void *private_data; /* of a path: struct nvme_ns */
};

struct block_device {
	struct gendisk *bd_disk;
};

struct bvec_iter {
	u64 bi_sector;
	unsigned int bi_size;
};

struct bio {
	struct bio *bi_next;
	struct block_device *bi_bdev;
	u8 bi_status;
	struct bvec_iter bi_iter;
};

struct request {
	struct request_queue *q;
	u64 start_time_ns;
	u32 cmd_flags;
	int tag;
	unsigned int __data_len;
	unsigned long deadline;
	enum mq_rq_state state;
	struct bio *bio;
};

struct blk_mq_tags {
	unsigned int nr_tags;
	struct request **rqs;
};

struct module {
	char name[1]; /* longer; only its address is used */
};

struct nvme_subsystem {
	struct list_head ctrls;
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
	struct blk_mq_tag_set *tagset;
	struct device *dev;
	struct device ctrl_device;
	int instance;
	struct work_struct reset_work;
	struct nvme_subsystem *subsys;
	struct list_head subsys_entry;
	u16 cntlid;
	unsigned int kato;
	u32 ctratt;
	struct delayed_work ka_work;
	int nr_reconnects;
	struct nvmf_ctrl_options *opts;
};

/* CCR-capable kernels. */
struct nvme_ctrl___cqt {
	u16 cqt;
};

struct nvme_ctrl___ciu {
	u8 ciu;
};

struct nvme_ns_head {
};

/* CONFIG_NVME_MULTIPATH */
struct nvme_ns_head___mpath {
	struct gendisk *disk;
};

struct nvme_ns {
	struct nvme_ctrl *ctrl;
	struct nvme_ns_head *head;
	struct gendisk *disk;
};

struct timer_list {
};

struct nvme_ctrl___ana {
	struct timer_list anatt_timer; /* CONFIG_NVME_MULTIPATH */
};

struct nvme_common_command {
	u8 opcode;
	__le32 cdw10;
};

struct nvme_command {
	struct nvme_common_command common;
};

union nvme_result {
	__le32 u32;
};

struct nvme_request {
	struct nvme_command *cmd;
	union nvme_result result;
	u8 retries;
	u16 status;
	struct nvme_ctrl *ctrl;
};

/* A work that is delayed on some kernels: its address is that of the work inside. */
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

/* Dialect fencing. */
struct nvme_tcp_ctrl___fencing {
	struct nvme_ctrl ctrl;
	struct work_struct fencing_work;
};

struct nvme_rdma_ctrl___fencing {
	struct work_struct fencing_work;
	struct nvme_ctrl ctrl;
};

struct nvme_fc_ctrl___fencing {
	struct work_struct fencing_work;
	struct nvme_ctrl ctrl;
};

#pragma clang attribute pop

#endif
