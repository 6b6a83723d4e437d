// SPDX-License-Identifier: GPL-2.0
#include "html.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../sys/output.h"
#include "html_page.h"

/* An element of type application/json ends at "</script", and "<!--" changes what ends it.
 * Outside of strings JSON has no '<'; within them it may be written like this. */
#define ESCAPED_LESS_THAN "\\u003c"

/* Keeps the first failure. */
static int done(struct nct_html *html, int rc)
{
	if (rc && !html->error)
		html->error = rc;
	return html->error;
}

static int put_escaped(FILE *out, const char *text, size_t len)
{
	const char *end = text + len;

	errno = 0;
	while (text < end) {
		const char *bad = memchr(text, '<', (size_t)(end - text));
		size_t n = (size_t)((bad ? bad : end) - text);

		if (fwrite(text, 1, n, out) != n || (bad && fputs(ESCAPED_LESS_THAN, out) == EOF))
			return errno ? -errno : -EIO;
		text += n + (bad ? 1 : 0);
	}
	return 0;
}

struct line {
	FILE *file;
	char *text;
	size_t len;
};

static int line_open(struct line *line)
{
	line->file = open_memstream(&line->text, &line->len);
	return line->file ? 0 : -ENOMEM;
}

/* Writes what was put into the line, unless that went wrong (rc). */
static int line_close(struct nct_html *html, struct line *line, int rc)
{
	if (fclose(line->file) && !rc)
		rc = -ENOMEM;
	if (!rc)
		rc = put_escaped(html->out, line->text, line->len);
	free(line->text);
	return done(html, rc);
}

bool nct_html_has_charts(void)
{
	return nct_html_page_charts;
}

int nct_html_begin(struct nct_html *html, FILE *out)
{
	*html = (struct nct_html) { .out = out };
	return done(html, nct_output_put(out, nct_html_page_head, nct_html_page_head_size));
}

int nct_html_add(struct nct_html *html, const struct nct_recovery *rec,
		 const struct nct_anchor *anchor, const struct nct_json_origin *origin)
{
	struct line line = { 0 };

	if (html->error)
		return html->error;
	if (line_open(&line))
		return done(html, -ENOMEM);
	return line_close(html, &line, nct_json_recovery(line.file, rec, anchor, origin));
}

int nct_html_session(struct nct_html *html, const struct nct_json_session *session)
{
	struct line line = { 0 };

	if (html->error)
		return html->error;
	if (line_open(&line))
		return done(html, -ENOMEM);
	return line_close(html, &line, nct_json_session(line.file, session));
}

int nct_html_end(struct nct_html *html)
{
	if (html->error)
		return html->error;
	return done(html, nct_output_put(html->out, nct_html_page_tail, nct_html_page_tail_size));
}
