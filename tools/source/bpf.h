/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The live source: BPF programs in the running kernel → events in clock order.
 */
#ifndef NCT_SOURCE_BPF_H
#define NCT_SOURCE_BPF_H

#include <stdbool.h>
#include <stddef.h>

#include "../recovery/recovery.h"
#include "../sys/error.h"

struct nct_bpf;

/* Which rungs of the ladder may be used. */
enum nct_attach {
	NCT_ATTACH_AUTO = 0,	   /* all, the best that the kernel has for each hook */
	NCT_ATTACH_TRACEPOINT = 1, /* no function of the kernel is touched */
	NCT_ATTACH_FUNCTION = 2,   /* as on a kernel without our tracepoints */
	NCT_ATTACH_FENTRY = 3,	   /* nothing else */
	NCT_ATTACH_KPROBE = 4,	   /* kprobes alone: they do not pin modules */
};

/* What is watched of I/O: see bpf/io.h. */
enum nct_io_mode {
	NCT_IO_OFF = 0,
	NCT_IO_COLD = 1,   /* what is told without any hook on the I/O path */
	NCT_IO_WINDOW = 2, /* those as well, while a recovery is open */
	NCT_IO_ALWAYS = 3, /* … all the time */
};

struct nct_bpf_opts {
	enum nct_attach attach;
	enum nct_io_mode io;
	size_t ring_bytes; /* 0: default; rounded up to a power of two pages */
};

/* How one hook is served on this kernel, best first. */
enum nct_rung {
	NCT_RUNG_NONE = 0,
	NCT_RUNG_TRACEPOINT = 1,
	NCT_RUNG_FENTRY = 2,
	NCT_RUNG_KPROBE = 3,
};

struct nct_hook_status {
	const char *name;     /* e.g. "tcp.err_work.start" */
	const char *function; /* the kernel function or tracepoint */
	const char *module;   /* the module whose doings it tells of */
	const char *serves;   /* what it is for, in words */
	enum nct_rung rung;   /* NONE: not attached */
	char reason[160];     /* why not, or why not the best rung; "" if all is well */
	bool module_present;
	bool idle;   /* not attached because nothing could make it fire */
	bool needed; /* without it phases are missing or merged */
	bool spare;  /* this kernel has nothing for it to tell, or another hook tells it */
};

/* Called once per event, in clock order. Returning non-zero stops the poll,
 * which returns that value. */
typedef int (*nct_event_fn)(void *ctx, const struct nct_event *ev);

/*
 * Loads and attaches what this kernel offers and takes the inventory of
 * controllers, which the first poll delivers as NCT_EV_SNAPSHOT events.
 * A kernel without nvme modules is no error: they are awaited.
 * Returns 0; else -1 and *err (NCT_EXIT_SYSTEM).
 */
int nct_bpf_open(struct nct_bpf **src, const struct nct_bpf_opts *opts, struct nct_error *err);

/*
 * Waits up to timeout_ms for events (returns early when some were delivered or a
 * signal came). Events are held back for a few milliseconds to be put in clock
 * order. Returns 0, fn's value, or -1 and *err.
 */
int nct_bpf_poll(struct nct_bpf *src, int timeout_ms, nct_event_fn fn, void *ctx,
		 struct nct_error *err);

/* Delivers what is held back and what is still in the ring buffer. */
int nct_bpf_drain(struct nct_bpf *src, nct_event_fn fn, void *ctx, struct nct_error *err);

enum nct_dialect nct_bpf_dialect(const struct nct_bpf *src);

/* Hook states as of now; valid until the next call on src. */
const struct nct_hook_status *nct_bpf_hooks(struct nct_bpf *src, size_t *n);

/* Controllers there were when sysfs was looked at last, and whether any nvme module
 * is present. */
size_t nct_bpf_controllers(const struct nct_bpf *src);
bool nct_bpf_nvme_present(const struct nct_bpf *src);

/* Changes whenever hooks were attached or released, the first controller came or the
 * last one went. */
unsigned int nct_bpf_generation(const struct nct_bpf *src);

/* The function of a hook without which requests are not watched at all, and which could not be
 * attached; NULL: there is none. */
const char *nct_bpf_io_missing(const struct nct_bpf *src);

/* Why requests are watched less closely than was asked for, as -errno; 0: they are not. */
int nct_bpf_io_error(struct nct_bpf *src);

/* Detaches everything. NULL is allowed. */
void nct_bpf_close(struct nct_bpf *src);

#endif
