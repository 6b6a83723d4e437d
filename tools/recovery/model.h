/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside of the reducer: not for users of the model.
 *
 * ctrl.c    which controllers there are
 * identity.c  who they are
 * open.c    a recovery begins and ends
 * phase.c   its spans
 * state.c   what a state change means
 * work.c    what a work's start or end means
 * fence.c   CCR attempts, the hold, and whether the retry was made safe
 * evidence.c  why the controller left LIVE
 * io.c      what became of the requests in flight
 *
 * How phases follow from events, where it is not obvious: while a controller is
 * RECOVERING or FENCING, a work that starts may attempt CCR, hold, or go on to
 * tear down, and only a later event tells which. Until then the decision is
 * pending: the phase before it stays the last one. Once known, the new phase is
 * opened backwards at the time the work started (pending_ns). In the same way
 * the end of an attempt or of a hold is remembered (mark_ns) and becomes the
 * boundary if nothing prolongs the phase. So a span that was announced is never
 * taken back; its start may only be earlier than the event that revealed it.
 */
#ifndef NCT_RECOVERY_MODEL_H
#define NCT_RECOVERY_MODEL_H

#include "reducer.h"
#include "trigger.h"

#define NCT_MAX_SPANS	    65536 /* spans, and CCR attempts, kept per recovery */
#define NCT_RECENT_TIMEOUTS 4

/* A timeout or an error explains leaving LIVE if it is not older than this. */
#define NCT_EVIDENCE_NS 1000000000ull

struct nct_open {
	struct nct_recovery rec;
	bool active;
	struct nct_ctrl *prev, *next; /* all open ones, by start */
	size_t spans_cap;
	size_t ccr_cap;

	bool fencing_told;  /* had there been any, it would have been told */
	bool kind_open;	    /* the site did not tell; the first work may */
	bool deleting;	    /* opened by DELETING: ends at GONE */
	unsigned int works; /* bit per enum nct_work: started in it, still running */

	bool pending; /* a work runs since pending_ns, its phase not yet known */
	uint64_t pending_ns;
	bool mark; /* the last attempt, or the hold, ended at mark_ns */
	uint64_t mark_ns;

	bool ccr_running; /* the last attempt has not ended */
	bool no_credit;	  /* a source was left out because it had none */
	bool may_fence;	  /* the kernel began fencing */
	bool past_fence;  /* teardown or later was reached */
	bool hold_done;
	uint64_t hold_since_ns;
};

struct nct_seen_timeout {
	uint64_t ts_ns;
	uint64_t age_ns;
	uint32_t cpu;
	int32_t opcode;
	bool admin;
};

struct nct_ctrl {
	struct nct_ctrl *by_id; /* hash chains */
	struct nct_ctrl *by_instance;
	uint64_t id; /* 0: not told */
	int32_t instance;

	struct nct_identity identity;
	bool identity_fresh; /* told after the last state change */

	enum nct_state state; /* UNKNOWN: not told, or unknown here */
	bool state_seen;
	uint64_t last_ns;
	unsigned int works; /* bit per enum nct_work: still running */
	struct {
		bool valid;
		uint64_t ts_ns;
		enum nct_state old_state;
		enum nct_state new_state;
	} edge; /* the last state change, to know a duplicate */

	struct nct_seen_timeout timeouts[NCT_RECENT_TIMEOUTS]; /* since LIVE */
	unsigned int ntimeouts;
	uint64_t error_ns;
	char error_site[NCT_SITE_LEN]; /* "": none since LIVE */

	struct nct_open open;
};

struct nct_table {
	struct nct_ctrl **bucket;
	size_t nbuckets; /* a power of two */
	size_t count;
};

struct nct_reducer {
	enum nct_dialect dialect;
	struct nct_reducer_ops ops;
	void *ctx;
	struct nct_reducer_stats stats;
	struct nct_table ids;
	struct nct_table instances;
	struct nct_ctrl *first, *last; /* controllers with an open recovery */
	bool lost;
	uint64_t lost_until_ns;
	int error; /* of the event being pushed: 0 or -ENOMEM */
};

/* ctrl.c */
struct nct_ctrl *nct_ctrl_find(struct nct_reducer *r, uint64_t id, int32_t instance);
struct nct_ctrl *nct_ctrl_new(struct nct_reducer *r, uint64_t id, int32_t instance);
void nct_ctrl_name(struct nct_reducer *r, struct nct_ctrl *c, uint64_t id, int32_t instance);
void nct_ctrl_forget(struct nct_reducer *r, struct nct_ctrl *c);
void nct_ctrl_tables_free(struct nct_reducer *r);

/* identity.c */
void nct_identity_update(struct nct_identity *to, const struct nct_identity *from);
void nct_identity_fill(struct nct_identity *to, const struct nct_identity *from, bool cntlid);
void nct_copy_string(char *to, const char *from, size_t size);

/* open.c */
struct nct_begin {
	uint64_t ts_ns;
	enum nct_kind kind;
	enum nct_phase phase;
	unsigned int notes;
};
bool nct_open_begin(struct nct_reducer *r, struct nct_ctrl *c, const struct nct_begin *how);
void nct_open_announce(struct nct_reducer *r, struct nct_ctrl *c);
void nct_open_end(struct nct_reducer *r, struct nct_ctrl *c, uint64_t ts_ns, enum nct_end end,
		  const char *reason, const char *site);
void nct_open_replaced(struct nct_reducer *r, struct nct_ctrl *c, uint64_t ts_ns);

/* phase.c */
int nct_phase_open(struct nct_open *o, enum nct_phase phase, uint64_t at_ns);
void nct_phase_extend(struct nct_open *o, uint64_t now_ns);
enum nct_phase nct_phase_now(const struct nct_open *o);
void nct_phase_enter(struct nct_reducer *r, struct nct_ctrl *c, enum nct_phase phase,
		     uint64_t at_ns);

/* state.c */
bool nct_state_fences(enum nct_state state);
bool nct_state_deletes(enum nct_state state);
void nct_state_event(struct nct_reducer *r, struct nct_ctrl *c, const struct nct_event *ev,
		     uint64_t ts_ns);
void nct_state_snapshot(struct nct_reducer *r, struct nct_ctrl *c, enum nct_state state,
			uint64_t ts_ns);

/* work.c */
void nct_work_start(struct nct_reducer *r, struct nct_ctrl *c, enum nct_work work, uint64_t ts_ns);
void nct_work_end(struct nct_reducer *r, struct nct_ctrl *c, enum nct_work work, uint64_t ts_ns);
void nct_connecting(struct nct_reducer *r, struct nct_ctrl *c, uint64_t ts_ns);

/* fence.c */
bool nct_fence_event(struct nct_reducer *r, struct nct_ctrl *c, const struct nct_event *ev,
		     uint64_t ts_ns);
void nct_hold_enter(struct nct_reducer *r, struct nct_ctrl *c, uint64_t ts_ns);
void nct_fence_leave(struct nct_reducer *r, struct nct_ctrl *c, uint64_t ts_ns);
void nct_fence_close(struct nct_ctrl *c, uint64_t ts_ns);
void nct_fence_decide(struct nct_open *o);

/* io.c */
void nct_io_init(struct nct_io *io);
bool nct_io_event(struct nct_ctrl *c, const struct nct_event *ev, uint64_t ts_ns);
/* The recovery has ended. What is still in flight when a controller is deleted before its teardown
 * is over is counted no more: that it was answered is not known. */
void nct_io_close(struct nct_recovery *rec);
bool nct_io_notice(struct nct_reducer *r, int32_t source, uint64_t ts_ns);

/* evidence.c */
void nct_evidence_timeout(struct nct_ctrl *c, const struct nct_event *ev, uint64_t ts_ns);
void nct_evidence_error(struct nct_ctrl *c, const struct nct_event *ev, uint64_t ts_ns);
void nct_evidence_forget(struct nct_ctrl *c);
enum nct_kind nct_evidence_trigger(const struct nct_ctrl *c, uint64_t ts_ns, uint32_t cpu,
				   const char *site, struct nct_trigger *trigger);
void nct_evidence_work(struct nct_ctrl *c, enum nct_work work);
void nct_evidence_no_work(struct nct_ctrl *c);

/* trigger.c: why a deletion by this site ends a recovery; NULL if not known. */
const char *nct_end_reason_of(const char *site);

#endif
