// SPDX-License-Identifier: GPL-2.0
/*
 * What only the I/O path knows: when a namespace completes a request again, and which path
 * those that were failed over take. Attached while a recovery is open (or always, on request);
 * on a healthy host nothing of this is there.
 */
#include "bodies.h"

/* Of a namespace; also of those that nobody asks for, when all are to be kept. */
static __always_inline struct io_head *head_of(struct request *rq, bool always)
{
	struct nvme_ns *ns = ns_of(rq);
	u64 head = (u64)BPF_CORE_READ(ns, head);
	struct io_head fresh = {}, *h;

	if (!head)
		return NULL;
	h = bpf_map_lookup_elem(&io_heads, &head);
	if (h || !always)
		return h;
	fresh.disk = disk_of(ns);
	bpf_map_update_elem(&io_heads, &head, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&io_heads, &head);
}

/* The answer to a request that was in flight when its controller left LIVE. After the teardown there is
 * none: what starts that early then was cancelled, and is answered at its next try. */
static __always_inline bool is_late(struct request *rq, u64 ctrl)
{
	u64 started = BPF_CORE_READ(rq, start_time_ns);
	struct io *r = io_of(ctrl);

	return r && r->left_ns && !r->told && started && started <= r->left_ns;
}

static __always_inline bool is_dark(const struct io_slot *s, u64 now)
{
	return s->ctrl && !s->first_ns && now > s->left_ns;
}

/* A late answer ends no blackout, for it says nothing of what comes: it begins after that. */
static __always_inline void note_completion(struct io_slot *s, u64 now, bool late)
{
	if (!is_dark(s, now))
		return;
	if (!late)
		__sync_val_compare_and_swap(&s->first_ns, 0, now);
	else if (now > s->since_ns)
		s->since_ns = now;
}

/* Also called for what is failed over next, or retried: not a completion, for it has a status. */
SEC("?tp_btf/nvme_complete_rq")
int io__complete(u64 *arg)
{
	struct nctb_io_control *control = io_controlled();
	struct request *rq = (void *)arg[0];
	u64 now = bpf_ktime_get_ns(), ctrl;
	struct io_head *h;
	bool late, dark = false;
	int i;

	if (!rq || !control || BPF_CORE_READ(nvme_req((u64)rq), status))
		return 0;
	ctrl = (u64)BPF_CORE_READ(nvme_req((u64)rq), ctrl);
	if (BPF_CORE_READ(rq, q) == BPF_CORE_READ((struct nvme_ctrl *)ctrl, admin_q))
		return 0;
	h = head_of(rq, control->mode == NCTB_IO_ALWAYS);
	if (!h)
		return 0;
	if (control->mode == NCTB_IO_ALWAYS)
		h->last_ns = now;
#pragma unroll
	for (i = 0; i < IO_SLOTS; i++)
		dark |= is_dark(&h->slot[i], now);
	if (!dark)
		return 0;
	late = is_late(rq, ctrl);
#pragma unroll
	for (i = 0; i < IO_SLOTS; i++)
		note_completion(&h->slot[i], now, late);
	return 0;
}

static __always_inline void count_path(struct io *r, s32 instance)
{
	int i;

#pragma unroll
	for (i = 0; i < NCTB_IO_PATHS; i++) {
		s32 is = __sync_val_compare_and_swap(&r->to[i], 0, instance + 1);

		if (is && is != instance + 1)
			continue;
		__sync_fetch_and_add(&r->bios[i], 1);
		return;
	}
}

/* Whether it is the bio that was failed over, and not another one at its address. */
static __always_inline bool is_same(const struct io_bio *is, struct bio *bio)
{
	return BPF_CORE_READ(bio, bi_iter.bi_sector) == is->sector &&
	       BPF_CORE_READ(bio, bi_iter.bi_size) == is->bytes;
}

/* The multipath device gives a bio to one of its paths. What lies above it remaps bios, too. */
SEC("?tp_btf/block_bio_remap")
int io__remap(u64 *arg)
{
	u64 bio = arg[0];
	struct io_bio *is = bpf_map_lookup_elem(&io_bios, &bio);
	struct bio *b = (void *)bio;
	struct gendisk *disk;
	struct nvme_ns *ns;
	struct io *r;

	if (!is)
		return 0;
	disk = BPF_CORE_READ(b, bi_bdev, bd_disk);
	ns = BPF_CORE_READ(disk, private_data);
	r = io_of(is->ctrl);
	if (r && is_same(is, b) && BPF_CORE_READ(ns, disk) == disk)
		count_path(r, BPF_CORE_READ(ns, ctrl, instance));
	bpf_map_delete_elem(&io_bios, &bio);
	return 0;
}

/* One that was failed over, and ends without having found a path. */
SEC("?tp_btf/block_bio_complete")
int io__bio_end(u64 *arg)
{
	u64 bio = arg[1];
	struct io_bio *is = bpf_map_lookup_elem(&io_bios, &bio);
	struct bio *b = (void *)bio;
	struct io *r;

	if (!is)
		return 0;
	r = io_of(is->ctrl);
	if (r && is_same(is, b) && BPF_CORE_READ(b, bi_status))
		__sync_fetch_and_add(&r->errors, 1);
	bpf_map_delete_elem(&io_bios, &bio);
	return 0;
}

/* A request fails, for the layer above to see. Cold: there is no other reason for it. */
SEC("?tp_btf/block_rq_error")
int io__error(u64 *arg)
{
	struct request *rq = (void *)arg[0];
	u64 ctrl;
	struct io *r;

	if (!rq)
		return 0;
	ctrl = (u64)BPF_CORE_READ(nvme_req((u64)rq), ctrl);
	r = ctrl ? io_of(ctrl) : NULL; /* of other drivers: not a key of ours */
	if (r)
		__sync_fetch_and_add(&r->errors, 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
