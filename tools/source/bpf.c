// SPDX-License-Identifier: GPL-2.0
#include "bpf.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../bpf/event.h"
#include "../sys/checks.h"
#include "../sys/clock.h"
#include "../sys/inventory.h"
#include "decode.h"
#include "groups.h"
#include "impact.h"
#include "lives.h"
#include "order.h"

/*
 * How long an event waits for an older one. A CPU is between reading the clock and
 * reserving its record for nanoseconds; a preempted virtual CPU for milliseconds.
 */
#define HOLD_NS	      50000000ull
#define NSEC_PER_MSEC 1000000ull
#define IDLE_MS	      1000 /* the ring buffer wakes us anyway */

struct nct_bpf {
	struct nct_group_set groups;
	struct nct_impact *impact;
	struct ring_buffer *ring;
	struct nct_order *order;
	struct nct_lives lives;
	struct nctb_counters *per_cpu;
	int ncpus;
	uint64_t lost;		  /* told so far */
	uint64_t unsure_since_ns; /* no loss before this */
	uint64_t pending_lost;	  /* records we could not keep ourselves */
	enum nct_dialect told_dialect;
	bool had_controllers;
	unsigned int turns; /* the first controller came, or the last one went */
};

static int keep(struct nct_bpf *src, const struct nct_event *ev)
{
	if (nct_order_add(src->order, ev))
		src->pending_lost++;
	return 0;
}

/* The first controller of a transport has its hooks attached, the last one takes them
 * with it. */
static void note_controllers(struct nct_bpf *src, const struct nct_event *ev)
{
	bool news = ev->type == NCT_EV_GONE;

	if (ev->type == NCT_EV_GONE)
		nct_life_end(&src->lives, ev->instance);
	else if (ev->type == NCT_EV_IDENTITY)
		news = nct_life_group(&src->lives, ev->instance,
				      nct_group_of(ev->identity.transport));
	if (news)
		nct_groups_review(&src->groups);
}

static int on_record(void *ctx, void *data, size_t size)
{
	struct nct_module_change module;
	struct nct_bpf *src = ctx;
	struct nct_event ev;

	switch (nct_decode(data, size, &src->groups.states, &ev, &module)) {
	case NCT_DECODED_EVENT:
		ev.ctrl = nct_life_of(&src->lives, ev.instance, ev.ctrl);
		note_controllers(src, &ev);
		nct_impact_event(src->impact, &ev);
		return keep(src, &ev);
	case NCT_DECODED_MODULE:
		nct_groups_module(&src->groups, module.name, module.loaded, nct_monotonic_ns());
		return 0;
	case NCT_DECODED_BAD:
		break;
	}
	src->pending_lost++;
	return 0;
}

static int snapshot(void *ctx, const struct nct_identity *id, enum nct_state state,
		    uint64_t read_ns)
{
	struct nct_bpf *src = ctx;
	struct nct_event ev = {
		.ts_ns = read_ns,
		.type = NCT_EV_SNAPSHOT,
		.instance = id->instance,
		.ctrl = nct_life_of(&src->lives, id->instance, 0),
	};

	nct_life_found(&src->lives, id->instance);
	nct_life_group(&src->lives, id->instance, nct_group_of(id->transport));
	ev.snapshot.state = state;
	ev.snapshot.id = *id;
	nct_impact_event(src->impact, &ev);
	return keep(src, &ev);
}

/* A hook that is to be there, and is not. */
static bool is_missing(const struct nct_bpf *src, size_t i)
{
	const struct nct_hook_status *status = &src->groups.status[i];

	return src->groups.group[nct_hooks[i].group].held && !status->rung && !status->spare;
}

/* Then nothing follows from it that no fencing was seen. */
static bool fencing_missing(const struct nct_bpf *src)
{
	for (size_t i = 0; i < nct_hook_count; i++)
		if (nct_hooks[i].needed && nct_hooks[i].dialects && is_missing(src, i))
			return true;
	return false;
}

static void tell_dialect(struct nct_bpf *src)
{
	struct nct_event ev = { .ts_ns = 0, .type = NCT_EV_DIALECT, .instance = -1 };

	ev.dialect = src->groups.states.dialect;
	if (ev.dialect == src->told_dialect || ev.dialect == NCT_DIALECT_UNKNOWN ||
	    fencing_missing(src))
		return;
	src->told_dialect = ev.dialect;
	keep(src, &ev); /* time 0: before any event of this kernel */
}

/* Also after a loss of events: controllers may have gone unnoticed. */
static void take_inventory(struct nct_bpf *src)
{
	nct_lives_begin_sweep(&src->lives);
	nct_inventory(snapshot, src);
	nct_lives_sweep(&src->lives);
	nct_impact_sweep(src->impact, &src->lives);
	nct_groups_review(&src->groups);
}

static int update_groups(struct nct_bpf *src, struct nct_error *err)
{
	bool core_attached;

	if (nct_groups_update(&src->groups, &src->lives, nct_monotonic_ns(), &core_attached, err))
		return -1;
	tell_dialect(src);
	nct_impact_update(src->impact, &src->groups.maps, src->groups.group[NCT_GROUP_CORE].held,
			  !nct_bpf_io_missing(src));
	if (core_attached)
		take_inventory(src);
	src->turns += src->had_controllers != (src->lives.count > 0);
	src->had_controllers = src->lives.count > 0;
	return 0;
}

static const char *first_reason(const struct nct_bpf *src)
{
	for (size_t i = 0; i < nct_hook_count; i++)
		if (src->groups.status[i].reason[0])
			return src->groups.status[i].reason;
	return "no reason was given";
}

/* Neither is there anything to watch, nor could it come. */
static bool hopeless(const struct nct_bpf *src)
{
	for (size_t i = 0; i < nct_hook_count; i++)
		if (nct_hooks[i].group == NCT_GROUP_MODULES && src->groups.status[i].rung)
			return false;
	return !src->groups.group[NCT_GROUP_CORE].present;
}

static int open_ring(struct nct_bpf *src, struct nct_error *err)
{
	if (hopeless(src))
		return nct_fail(
			err, NCT_EXIT_SYSTEM,
			"this kernel has no NVMe, and no modules can be loaded into it: boot one "
			"with CONFIG_NVME_CORE, or with CONFIG_MODULES and the nvme modules");

	if (src->groups.maps.fd[NCT_MAP_EVENTS] < 0)
		return nct_fail(err, NCT_EXIT_SYSTEM, "the kernel lets no program be attached: %s",
				first_reason(src));
	src->ncpus = libbpf_num_possible_cpus();
	src->per_cpu = calloc(src->ncpus > 0 ? src->ncpus : 1, sizeof(*src->per_cpu));
	src->ring = ring_buffer__new(src->groups.maps.fd[NCT_MAP_EVENTS], on_record, src, NULL);
	if (!src->ring || !src->per_cpu || src->ncpus < 1)
		return nct_fail(err, NCT_EXIT_SYSTEM, "cannot read the ring buffer: %s",
				strerror(errno));
	return 0;
}

int nct_bpf_open(struct nct_bpf **out, const struct nct_bpf_opts *opts, struct nct_error *err)
{
	struct nct_bpf *src;

	*out = NULL;
	if (nct_checks_require(err))
		return -1;
	src = calloc(1, sizeof(*src));
	if (!src)
		return nct_fail(err, NCT_EXIT_SYSTEM, "out of memory");
	nct_groups_init(&src->groups, opts);
	for (int g = NCT_GROUP_CORE; g < NCT_GROUP_COUNT; g++)
		nct_groups_module(&src->groups, nct_groups[g].module, true, nct_monotonic_ns());
	src->order = nct_order_new();
	src->impact = nct_impact_new(opts->io);
	if (!src->order || !src->impact)
		nct_fail(err, NCT_EXIT_SYSTEM, "out of memory");
	else if (!update_groups(src, err) && !open_ring(src, err))
		*out = src;
	if (*out)
		return 0;
	nct_bpf_close(src);
	return -1;
}

static uint64_t count_lost(struct nct_bpf *src)
{
	uint64_t lost = 0;
	__u32 zero = 0;

	if (bpf_map_lookup_elem(src->groups.maps.fd[NCT_MAP_COUNTERS], &zero, src->per_cpu))
		return src->lost;
	for (int i = 0; i < src->ncpus; i++)
		lost += src->per_cpu[i].lost;
	return lost;
}

/*
 * Tells of losses before anything held back is delivered: no event delivered so far
 * is younger than unsure_since_ns, so the loss lies after all of them.
 */
static int tell_losses(struct nct_bpf *src, nct_event_fn fn, void *ctx)
{
	struct nct_event ev = { .type = NCT_EV_LOST, .instance = -1 };
	uint64_t now = nct_monotonic_ns(), lost = count_lost(src);

	ev.ts_ns = now;
	ev.lost.count = lost - src->lost + src->pending_lost;
	ev.lost.since_ns = src->unsure_since_ns;
	src->lost = lost;
	src->pending_lost = 0;
	src->unsure_since_ns = now;
	if (!ev.lost.count)
		return 0;
	take_inventory(src);
	return fn(ctx, &ev);
}

/* How long there is nothing to do, unless something happens. */
static int slice_ms(const struct nct_bpf *src, uint64_t now, uint64_t deadline)
{
	uint64_t until = now + IDLE_MS * NSEC_PER_MSEC;

	if (deadline < until)
		until = deadline;
	if (nct_order_held(src->order) && now + HOLD_NS < until)
		until = now + HOLD_NS;
	if (src->groups.review_ns < until)
		until = src->groups.review_ns;
	return until > now ? (until - now) / NSEC_PER_MSEC + 1 : 0;
}

/*
 * Reads all there is; what happened HOLD_NS before *read_ns is then complete. Returns
 * 1 when a signal came, 0, or -1 and *err.
 */
static int read_ring(struct nct_bpf *src, int timeout_ms, uint64_t *read_ns, struct nct_error *err)
{
	int ret = ring_buffer__poll(src->ring, timeout_ms);

	if (ret < 0 && ret != -EINTR)
		return nct_fail(err, NCT_EXIT_SYSTEM, "cannot read the ring buffer: %s",
				strerror(-ret));
	if (update_groups(src, err))
		return -1;
	/* Attaching may have taken long: nothing may overtake what came meanwhile. */
	*read_ns = nct_monotonic_ns();
	ring_buffer__consume(src->ring);
	return ret == -EINTR;
}

int nct_bpf_poll(struct nct_bpf *src, int timeout_ms, nct_event_fn fn, void *ctx,
		 struct nct_error *err)
{
	uint64_t now = nct_monotonic_ns(), deadline = now + timeout_ms * NSEC_PER_MSEC;
	int interrupted, ret;
	size_t held;

	do {
		interrupted = read_ring(src, slice_ms(src, now, deadline), &now, err);
		if (interrupted < 0)
			return -1;
		held = nct_order_held(src->order);
		if ((ret = tell_losses(src, fn, ctx)) ||
		    (ret = nct_order_flush(src->order, now - HOLD_NS, fn, ctx)))
			return ret;
	} while (!interrupted && now < deadline && held == nct_order_held(src->order));
	return 0;
}

int nct_bpf_drain(struct nct_bpf *src, nct_event_fn fn, void *ctx, struct nct_error *err)
{
	int ret = ring_buffer__consume(src->ring);

	if (ret < 0)
		return nct_fail(err, NCT_EXIT_SYSTEM, "cannot read the ring buffer: %s",
				strerror(-ret));
	ret = tell_losses(src, fn, ctx);
	return ret ? ret : nct_order_flush(src->order, UINT64_MAX, fn, ctx);
}

enum nct_dialect nct_bpf_dialect(const struct nct_bpf *src)
{
	return src->groups.states.dialect;
}

const struct nct_hook_status *nct_bpf_hooks(struct nct_bpf *src, size_t *n)
{
	*n = nct_hook_count;
	return src->groups.status;
}

size_t nct_bpf_controllers(const struct nct_bpf *src)
{
	return src->lives.count;
}

bool nct_bpf_nvme_present(const struct nct_bpf *src)
{
	return src->groups.group[NCT_GROUP_CORE].present;
}

unsigned int nct_bpf_generation(const struct nct_bpf *src)
{
	return src->groups.generation + src->turns;
}

const char *nct_bpf_io_missing(const struct nct_bpf *src)
{
	if (!src->groups.group[NCT_GROUP_CORE].held || src->groups.opts.io == NCT_IO_OFF)
		return NULL;
	for (size_t i = 0; i < nct_hook_count; i++)
		if (nct_hooks[i].io && is_missing(src, i))
			return src->groups.status[i].function;
	return NULL;
}

int nct_bpf_io_error(struct nct_bpf *src)
{
	return nct_impact_error(src->impact);
}

void nct_bpf_close(struct nct_bpf *src)
{
	if (!src)
		return;
	nct_impact_free(src->impact); /* uses the maps */
	ring_buffer__free(src->ring);
	nct_groups_free(&src->groups);
	nct_order_free(src->order);
	nct_lives_free(&src->lives);
	free(src->per_cpu);
	free(src);
}
