/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of dmesg*.c: one controller's line, and what was read of that controller before. */
#ifndef NCT_SOURCE_DMESG_CTRL_H
#define NCT_SOURCE_DMESG_CTRL_H

#include "logsession.h"

/* Bits of struct nct_log_session.marks. */
enum nct_dmesg_mark {
	NCT_DMESG_CCR = 0,     /* the kernel knows of CCR */
	NCT_DMESG_FENCING = 1, /* … and says so in dialect fencing's words */
};

/* How far a controller's recovery is, as the log tells. */
enum nct_dmesg_step {
	NCT_STEP_UNKNOWN = 0, /* nothing was told of it yet */
	NCT_STEP_LIVE,
	NCT_STEP_DOWN,	     /* it fences, or is torn down */
	NCT_STEP_CONNECTING, /* it waits for the next attempt, or makes it */
	NCT_STEP_GONE,
};

struct nct_dmesg_ctrl {
	uint64_t step; /* enum nct_dmesg_step */
	uint64_t timeout_ns;
	const char *timeout_site; /* that printed the line before; NULL: it was another one */
	uint64_t attempt_ns;	  /* the end of the last CCR attempt; 0: none */
	uint64_t announced_ns;	  /* "attempting CCR"; 0: not, or it has begun */
	bool ccr_running;
	bool fencing;
	bool connecting;		  /* an attempt to connect has begun */
	bool tcp, rdma, fc;		  /* the transport, told to the model */
	int32_t delay_ms, max_reconnects; /* as told to the model; 0: not told */
};

struct nct_dmesg_line {
	struct nct_log_sessions *all;
	struct nct_log_session *ls;
	struct nct_dmesg_ctrl *c;
	int32_t instance;
	bool cut;     /* a number at the end of the line may have lost digits */
	bool timeout; /* the line tells of one */
	struct nct_cursor rest;
};

/* ---- dmesg_ctrl.c: the events --------------------------------------------------------- */

struct nct_event nct_dmesg_event(const struct nct_dmesg_line *l, enum nct_event_type type);
void nct_dmesg_put(struct nct_dmesg_line *l, struct nct_event *ev);
/* LIVE → what an error makes of it. */
void nct_dmesg_down(struct nct_dmesg_line *l, enum nct_state to, const char *site);
/* It is torn down, and waits for the next attempt. delay_ms: NCT_UNKNOWN_INT. */
void nct_dmesg_backoff(struct nct_dmesg_line *l, int32_t delay_ms);
/* An attempt to connect is running: where that was not known, it is from now on. */
void nct_dmesg_connects(struct nct_dmesg_line *l);
void nct_dmesg_status(struct nct_dmesg_line *l, int32_t status);
void nct_dmesg_live(struct nct_dmesg_line *l);
void nct_dmesg_deleted(struct nct_dmesg_line *l);
/* Deleted while LIVE: the log does not tell when that is over. */
void nct_dmesg_removed(struct nct_dmesg_line *l);
void nct_dmesg_ccr_announced(struct nct_dmesg_line *l);
void nct_dmesg_ccr_end(struct nct_dmesg_line *l, int32_t source, int32_t status);
void nct_dmesg_hold_start(struct nct_dmesg_line *l, int32_t requested_ms);
void nct_dmesg_hold_end(struct nct_dmesg_line *l);
void nct_dmesg_transport(struct nct_dmesg_line *l, const char *name, bool *told);
void nct_dmesg_max_reconnects(struct nct_dmesg_line *l, int32_t max);
void nct_dmesg_new(struct nct_dmesg_line *l, const struct nct_identity *id);

/* ---- dmesg_lines.c: the words ---------------------------------------------------------- */

/* What stands behind "nvme nvmeN: ". True: it tells of recoveries. */
bool nct_dmesg_words(struct nct_dmesg_line *l);

#endif
