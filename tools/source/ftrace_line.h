/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of ftrace*.c */
#ifndef NCT_SOURCE_FTRACE_LINE_H
#define NCT_SOURCE_FTRACE_LINE_H

#include "logsession.h"

struct nct_trace_line {
	uint32_t pid, cpu;
	struct nct_stamp stamp;
	struct nct_cursor event; /* its name */
	struct nct_cursor body;	 /* what it prints */
};

/* False: it is no event. */
bool nct_trace_line_parse(const struct nct_line *line, struct nct_trace_line *out);

/* What was read of a controller. */
struct nct_trace_ctrl {
	uint64_t released_ns; /* the last request released in this recovery; 0: none */
	uint64_t state;	      /* enum nct_state, as told so far */
	uint64_t before;      /* … and the one before that */
	uint64_t changed_ns;
	bool failed_over; /* … some of them by nvme_failover_req() */
	int32_t max_reconnects;
	bool transport; /* told to the model */
};

#define NCT_TRACE_DEPTH 4

/* What a task is in the middle of, from the entries of functions whose returns are probed. */
struct nct_trace_task {
	size_t asked[NCT_TRACE_DEPTH]; /* where in the spool: states asked for */
	uint32_t nasked;
	int32_t work_ctrl; /* instance; valid if work */
	uint32_t work;	   /* enum nct_work; 0: none */
	int32_t ccr_ctrl, ccr_source;
	bool ccr;
	int32_t cancels; /* instance + 1: nvme_cancel_tagset() runs; 0: not */
	char work_site[NCT_SITE_LEN];
	char reset_site[NCT_SITE_LEN]; /* who called nvme_reset_ctrl(); "" */
};

/* How an event in the spool is to be taken. */
enum nct_trace_mark {
	NCT_TRACE_TOLD = 0,
	NCT_TRACE_ASKED = 1,   /* a change of state was asked for, in numbers */
	NCT_TRACE_GRANTED = 2, /* … and made */
	NCT_TRACE_REFUSED = 3, /* … and refused */
	NCT_TRACE_RELEASE = 4, /* requests were released: told at the end of teardown */
};

/* Indexes of struct nct_log_session.marks. */
enum {
	NCT_TRACE_NAMED = 0,	/* numbers of states were named */
	NCT_TRACE_NUMBERED = 1, /* there were some */
	NCT_TRACE_RELEASED = 2, /* 3 → 1, which only released kernels do */
	NCT_TRACE_CCR = 3,	/* functions that only kernels with CCR have */
	NCT_TRACE_FENCE = 4,	/* a CCR or a hold was told: they were traced */
};

struct nct_trace {
	struct nct_log_sessions *all;
	struct nct_log_session *ls;
	const struct nct_trace_line *line;
};

/* "nvme3" or a number behind "inst=". */
bool nct_trace_argument(struct nct_cursor body, const char *key, struct nct_cursor *value);
struct nct_event nct_trace_event(const struct nct_trace *t, enum nct_event_type type,
				 int32_t instance);
size_t nct_trace_put(struct nct_trace *t, struct nct_event *ev, enum nct_trace_mark mark);
void nct_trace_identity(struct nct_trace *t, int32_t instance, const char *transport,
			int32_t max_reconnects);

/* ftrace_tracepoint.c, ftrace_kprobe.c. True: understood. */
bool nct_trace_tracepoint(struct nct_trace *t);
bool nct_trace_kprobe(struct nct_trace *t);

/* ftrace_state.c: "state 3 RESETTING"; and what to do when the session is over. */
bool nct_trace_name_state(struct nct_log_session *ls, const struct nct_line *line);
void nct_trace_opening(struct nct_log_session *ls);
int nct_trace_finish(struct nct_log_sessions *all, struct nct_log_session *ls, struct nct_event *ev,
		     unsigned int mark);

#endif
