// SPDX-License-Identifier: GPL-2.0
#include "impact.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../bpf/event.h"
#include "../sys/clock.h"
#include "../sys/settings.h"

_Static_assert((int)NCTB_IO_OFF == (int)NCT_IO_OFF, "io modes");
_Static_assert((int)NCTB_IO_COLD == (int)NCT_IO_COLD, "io modes");
_Static_assert((int)NCTB_IO_WINDOW == (int)NCT_IO_WINDOW, "io modes");
_Static_assert((int)NCTB_IO_ALWAYS == (int)NCT_IO_ALWAYS, "io modes");

/* After the last recovery: the next path may fail at once. */
#define LINGER_NS 1000000000ull

/* Attached in this order: who waits for completions first. */
static const char *const hot[] = { "io__complete", "io__remap", "io__bio_end" };
#define NHOT (sizeof(hot) / sizeof(hot[0]))

struct nct_impact {
	enum nct_io_mode mode;
	pthread_t thread;
	bool running;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t change;
	bool stop;
	struct nct_maps maps;
	bool held, complete;
	unsigned int turn; /* counts how often the hooks of nvme_core came */
	uint8_t *open;	   /* by instance: it is recovering */
	size_t ninstances;
	size_t nopen;
	uint64_t closed_ns; /* when the last of them was over */
	int error;
};

/* What the thread holds. */
struct loaded {
	struct bpf_object *object;
	struct bpf_link *error;
	struct bpf_link *link[NHOT];
	unsigned int turn;
	bool attached;
	int control, bios; /* maps; owned by struct nct_maps */
};

struct nct_impact *nct_impact_new(enum nct_io_mode mode)
{
	struct nct_impact *p = calloc(1, sizeof(*p));
	pthread_condattr_t attr;

	if (!p)
		return NULL;
	p->mode = mode;
	nct_maps_init(&p->maps);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&p->change, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&p->lock, NULL);
	return p;
}

/* -1: not known. */
static int32_t max_retries(void)
{
	char value[16];
	int32_t n;

	nct_core_parameter("max_retries", value, sizeof(value));
	return sscanf(value, "%" SCNd32, &n) == 1 ? n : -1;
}

static int control(struct nct_impact *p, int map, bool errors, uint64_t window_ns)
{
	struct nctb_io_control value = {
		.mode = p->complete ? p->mode : NCT_IO_OFF,
		.errors = errors,
		.window_ns = window_ns,
		.max_retries = max_retries(),
	};
	__u32 zero = 0;

	return bpf_map_update_elem(map, &zero, &value, BPF_ANY) ? -errno : 0;
}

/* Bios that found no path while the hooks were there: their addresses will be used again. */
static void forget_bios(int map)
{
	__u64 bio;

	while (!bpf_map_get_next_key(map, NULL, &bio) && !bpf_map_delete_elem(map, &bio))
		;
}

static void detach(struct nct_impact *p, struct loaded *l)
{
	control(p, l->control, l->error, 0);
	for (size_t i = 0; i < NHOT; i++) {
		bpf_link__destroy(l->link[i]);
		l->link[i] = NULL;
	}
	forget_bios(l->bios);
	l->attached = false;
}

static void unload(struct nct_impact *p, struct loaded *l)
{
	if (!l->object)
		return;
	detach(p, l);
	bpf_link__destroy(l->error);
	l->error = NULL;
	bpf_object__close(l->object);
	l->object = NULL;
}

static int attach_one(struct bpf_object *object, const char *name, struct bpf_link **link)
{
	*link = bpf_program__attach(bpf_object__find_program_by_name(object, name));
	return *link ? 0 : -errno;
}

/* What completes from now on is seen. */
static int attach(struct nct_impact *p, struct loaded *l)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < NHOT; i++)
		rc = attach_one(l->object, hot[i], &l->link[i]);
	if (!rc)
		rc = control(p, l->control, l->error, nct_monotonic_ns());
	l->attached = true;
	if (rc)
		detach(p, l);
	return rc;
}

/* Kernels before 5.18 do not tell of failed requests. */
static bool tells_errors(void)
{
	return libbpf_find_vmlinux_btf_id("block_rq_error", BPF_TRACE_RAW_TP) > 0;
}

static int load(struct nct_impact *p, struct loaded *l, const struct nct_maps *maps)
{
	bool errors = tells_errors();
	int rc = nct_programs_open(&l->object, maps, 0);

	if (rc)
		return rc;
	for (size_t i = 0; p->mode >= NCT_IO_WINDOW && i < NHOT; i++)
		bpf_program__set_autoload(bpf_object__find_program_by_name(l->object, hot[i]),
					  true);
	bpf_program__set_autoload(bpf_object__find_program_by_name(l->object, "io__error"), errors);
	rc = bpf_object__load(l->object);
	if (!rc && errors)
		rc = attach_one(l->object, "io__error", &l->error);
	if (rc) {
		bpf_object__close(l->object);
		l->object = NULL;
	}
	return rc;
}

/* Whether the hot hooks are to be there; until_ns: when to ask again, if nothing changes. */
static bool wanted(const struct nct_impact *p, uint64_t now_ns, uint64_t *until_ns)
{
	*until_ns = UINT64_MAX;
	if (p->mode == NCT_IO_ALWAYS)
		return true;
	if (p->mode != NCT_IO_WINDOW)
		return false;
	if (p->nopen)
		return true;
	if (!p->closed_ns || now_ns >= p->closed_ns + LINGER_NS)
		return false;
	*until_ns = p->closed_ns + LINGER_NS;
	return true;
}

static void wait_until(struct nct_impact *p, uint64_t until_ns)
{
	struct timespec ts = { until_ns / 1000000000, until_ns % 1000000000 };

	if (until_ns == UINT64_MAX)
		pthread_cond_wait(&p->change, &p->lock);
	else
		pthread_cond_timedwait(&p->change, &p->lock, &ts);
}

/* One step, without the lock: the kernel may take its time. Returns -errno. */
static int step(struct nct_impact *p, struct loaded *l, const struct nct_maps *maps, bool held,
		bool want)
{
	int rc = 0;

	if (!held) {
		unload(p, l);
		return 0;
	}
	l->control = maps->fd[NCT_MAP_IO_CONTROL];
	l->bios = maps->fd[NCT_MAP_IO_BIOS];
	if (!l->object)
		rc = load(p, l, maps);
	if (!rc && want && !l->attached)
		return attach(p, l);
	if (!rc && !want && l->attached)
		detach(p, l);
	return rc;
}

static bool settled(const struct loaded *l, bool held, bool want)
{
	return held ? l->object && l->attached == want : !l->object;
}

/* With the lock held, but for the steps. */
static void work(struct nct_impact *p, struct loaded *l)
{
	uint64_t until_ns;
	bool want, held;
	unsigned int turn;
	int rc;

	while (!p->stop) {
		want = wanted(p, nct_monotonic_ns(), &until_ns);
		turn = p->turn;
		held = p->held && !p->error && l->turn == turn;
		if (settled(l, held, want) && l->turn == turn) {
			wait_until(p, until_ns);
			continue;
		}
		pthread_mutex_unlock(&p->lock);
		rc = step(p, l, &p->maps, held, want);
		pthread_mutex_lock(&p->lock);
		if (!held)
			l->turn = turn;
		if (rc && turn == p->turn)
			p->error = rc;
	}
}

static void *run(void *arg)
{
	struct nct_impact *p = arg;
	struct loaded l = { 0 };

	pthread_mutex_lock(&p->lock);
	work(p, &l);
	pthread_mutex_unlock(&p->lock);
	unload(p, &l);
	return NULL;
}

/* Signals are for the main thread. */
static void start(struct nct_impact *p)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	p->running = !pthread_create(&p->thread, NULL, run, p);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!p->running)
		p->error = -EAGAIN;
}

/* Without the hooks that count what is released, nothing of it is told. */
static void set_complete(struct nct_impact *p, bool complete)
{
	if (p->complete == complete)
		return;
	p->complete = complete;
	if (p->maps.fd[NCT_MAP_IO_CONTROL] >= 0)
		p->error = control(p, p->maps.fd[NCT_MAP_IO_CONTROL], false, 0);
}

void nct_impact_update(struct nct_impact *p, const struct nct_maps *maps, bool held, bool complete)
{
	if (maps->fd[NCT_MAP_IO_CONTROL] < 0)
		return;
	held = held && complete;
	pthread_mutex_lock(&p->lock);
	set_complete(p, complete);
	if (p->maps.fd[NCT_MAP_IO_CONTROL] < 0) {
		p->maps = *maps;
		p->error = control(p, maps->fd[NCT_MAP_IO_CONTROL], false, 0);
		if (p->mode != NCT_IO_OFF)
			start(p);
	}
	if (held && !p->held) {
		p->turn++;
		p->error = 0;
	}
	if (held != p->held)
		pthread_cond_signal(&p->change);
	p->held = held;
	pthread_mutex_unlock(&p->lock);
}

static bool grow(struct nct_impact *p, size_t instance)
{
	size_t n = p->ninstances ? p->ninstances : 64;
	uint8_t *open;

	if (instance < p->ninstances)
		return true;
	while (n <= instance)
		n *= 2;
	open = realloc(p->open, n);
	if (!open)
		return false;
	memset(open + p->ninstances, 0, n - p->ninstances);
	p->open = open;
	p->ninstances = n;
	return true;
}

static void set_open(struct nct_impact *p, int32_t instance, bool open)
{
	if (instance < 0 || !grow(p, (size_t)instance) || p->open[instance] == open)
		return;
	p->open[instance] = open;
	p->nopen += open ? 1 : -1;
	/* What the kernel refused in the middle of an outage it may grant in the next one. */
	if (open)
		p->error = 0;
	if (!p->nopen)
		p->closed_ns = nct_monotonic_ns();
	if (p->nopen == (open ? 1u : 0u))
		pthread_cond_signal(&p->change);
}

static bool is_over(enum nct_state state)
{
	return state == NCT_STATE_LIVE || state == NCT_STATE_DELETING ||
	       state == NCT_STATE_DELETING_NOIO || state == NCT_STATE_DEAD;
}

void nct_impact_event(struct nct_impact *p, const struct nct_event *ev)
{
	enum nct_state state = NCT_STATE_UNKNOWN;
	bool leaves = false;

	if (ev->type == NCT_EV_STATE) {
		state = ev->state.new_state;
		leaves = ev->state.old_state == NCT_STATE_LIVE && !is_over(state);
	} else if (ev->type == NCT_EV_SNAPSHOT) {
		state = ev->snapshot.state;
	} else if (ev->type == NCT_EV_GONE) {
		state = NCT_STATE_DEAD;
	}
	if (!leaves && !is_over(state))
		return;
	pthread_mutex_lock(&p->lock);
	set_open(p, ev->instance, leaves);
	pthread_mutex_unlock(&p->lock);
}

void nct_impact_sweep(struct nct_impact *p, const struct nct_lives *lives)
{
	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < p->ninstances; i++)
		if (i >= lives->room || !lives->by_instance[i].id)
			set_open(p, (int32_t)i, false);
	pthread_mutex_unlock(&p->lock);
}

int nct_impact_error(struct nct_impact *p)
{
	int error;

	pthread_mutex_lock(&p->lock);
	error = p->error;
	pthread_mutex_unlock(&p->lock);
	return error;
}

void nct_impact_free(struct nct_impact *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_signal(&p->change);
	pthread_mutex_unlock(&p->lock);
	if (p->running)
		pthread_join(p->thread, NULL);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->change);
	free(p->open);
	free(p);
}
