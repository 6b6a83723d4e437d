/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recoveries as one HTML file that needs nothing but a browser: its page (html/) is built
 * into the program, the recoveries are in it as their JSON lines.
 *
 *	nct_html_begin, then for each session its recoveries by nct_html_add and one
 *	nct_html_session, then nct_html_end.
 *
 * Nothing is kept in memory but what belongs to the session under way, so a page may be as
 * large as the disk allows. All return 0 or -errno; after a failure the file is of no use,
 * and what is called further fails in the same way.
 */
#ifndef NCT_VIEW_HTML_H
#define NCT_VIEW_HTML_H

#include "json.h"

/* Zero it before nct_html_begin. */
struct nct_html {
	FILE *out;
	int error; /* the first -errno; 0: none */
};

/* Whether the page has its charts: a program built without npm writes the summary and the
 * table alone, and the page says so. */
bool nct_html_has_charts(void);

/* out stays the caller's, who closes it. */
int nct_html_begin(struct nct_html *html, FILE *out);

/* anchor and origin as for nct_json_recovery. */
int nct_html_add(struct nct_html *html, const struct nct_recovery *rec,
		 const struct nct_anchor *anchor, const struct nct_json_origin *origin);

/* What the recoveries added since the session before, or since the begin, come from. */
int nct_html_session(struct nct_html *html, const struct nct_json_session *session);

int nct_html_end(struct nct_html *html);

#endif
