/* SPDX-License-Identifier: GPL-2.0 */
/* What many recoveries come to: the first thing that a report says. */
#ifndef NCT_VIEW_SUMMARY_H
#define NCT_VIEW_SUMMARY_H

#include "../recovery/reducer.h"
#include "../sys/clock.h"
#include "style.h"
#include "text.h"

/* One observation. */
struct nct_summary_session {
	const char *host;   /* "": not known */
	const char *source; /* "watched", "kernel log" … */
	const char *file;   /* that it is in; "": not worth telling */
	const char *input;  /* that it was imported from; "" */
	uint64_t resolution_ns;
	uint64_t start_ns, end_ns;
	const struct nct_anchor *anchor; /* NULL: wall time is not known */
	bool cut_off;
	const struct nct_reducer_stats *stats;
};

struct nct_summary;

/* NULL: out of memory. */
struct nct_summary *nct_summary_new(void);
void nct_summary_free(struct nct_summary *s);

/* Both copy what they keep. Rows say whose controller it is when there are several hosts, be it
 * by their sessions only. Out of memory: something is not counted, which is told. */
void nct_summary_session(struct nct_summary *s, const struct nct_summary_session *session);
void nct_summary_recovery(struct nct_summary *s, const char *host, const struct nct_recovery *rec);

/* Whether sessions were of more than one host. */
bool nct_summary_several_hosts(const struct nct_summary *s);

/* Adds it, and an empty line after it. Times of day are local. */
void nct_summary_print(struct nct_text *t, const struct nct_style *style, struct nct_summary *s);

#endif
