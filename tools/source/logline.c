// SPDX-License-Identifier: GPL-2.0
/* Lines of an input, and a cursor to read them with. */
#include "logline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_SIZE (256u << 10)

int nct_lines_open(struct nct_lines *l, int fd)
{
	*l = (struct nct_lines) { .fd = fd, .buf = malloc(FIRST_SIZE), .size = FIRST_SIZE };
	return l->buf ? 0 : -ENOMEM;
}

void nct_lines_memory(struct nct_lines *l, const char *data, size_t size)
{
	*l = (struct nct_lines) {
		.fd = -1,
		.buf = (char *)data,
		.size = size,
		.end = size,
		.eof = true,
		.borrowed = true,
	};
}

void nct_lines_close(struct nct_lines *l)
{
	if (!l->borrowed)
		free(l->buf);
	l->buf = NULL;
}

/* Makes room behind what is not yet told: moves it to the front, or grows. */
static int make_room(struct nct_lines *l)
{
	size_t left = l->end - l->start;
	char *buf;

	if (l->start) {
		memmove(l->buf, l->buf + l->start, left);
		l->start = 0;
		l->end = left;
	}
	if (l->end < l->size / 2)
		return 0;
	buf = realloc(l->buf, 2 * l->size);
	if (!buf)
		return -ENOMEM;
	l->buf = buf;
	l->size *= 2;
	return 0;
}

static int fill(struct nct_lines *l)
{
	int rc = make_room(l);
	ssize_t n;

	if (rc)
		return rc;
	do
		n = read(l->fd, l->buf + l->end, l->size - l->end);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	l->eof = n == 0;
	l->end += (size_t)n;
	return 0;
}

bool nct_lines_begin_with(struct nct_lines *l, const char *bytes, size_t n)
{
	/* What cannot be read is told by the first line. */
	while (l->end - l->start < n && !l->eof)
		if (fill(l))
			return false;
	return l->end - l->start >= n && !memcmp(l->buf + l->start, bytes, n);
}

static void tell(struct nct_line *line, const char *s, size_t len, bool cut)
{
	while (len && (s[len - 1] == '\r' || s[len - 1] == '\0'))
		len--;
	while (len && *s == '\0') {
		s++;
		len--;
	}
	*line = (struct nct_line) { s, len, cut };
}

/* Passes over what is left of a line that is too long. */
static int skip_rest(struct nct_lines *l)
{
	int rc = 0;

	for (;;) {
		const char *from = l->buf + l->start;
		const char *nl = memchr(from, '\n', l->end - l->start);

		if (nl) {
			l->start = (size_t)(nl + 1 - l->buf);
			return 0;
		}
		l->start = l->end;
		if (l->eof || rc)
			return rc;
		rc = fill(l);
	}
}

/* What is returned has to stay where it is, so its rest is passed over at the next call. */
static int too_long(struct nct_lines *l, struct nct_line *line)
{
	tell(line, l->buf + l->start, NCT_LINE_MAX, true);
	l->start += NCT_LINE_MAX;
	l->skipping = true;
	return 1;
}

int nct_lines_next(struct nct_lines *l, struct nct_line *line)
{
	size_t seen = 0;
	int rc;

	if (l->skipping) {
		l->skipping = false;
		rc = skip_rest(l);
		if (rc)
			return rc;
	}
	for (;;) {
		const char *from = l->buf + l->start;
		size_t have = l->end - l->start;
		const char *nl = have > seen ? memchr(from + seen, '\n', have - seen) : NULL;
		size_t len = nl ? (size_t)(nl - from) : have;

		if (len > NCT_LINE_MAX)
			return too_long(l, line);
		if (nl || (l->eof && have)) {
			l->start += len + (nl != NULL);
			tell(line, from, len, !nl);
			return 1;
		}
		if (l->eof)
			return 0;
		seen = have;
		rc = fill(l);
		if (rc)
			return rc;
	}
}

/* ---- a place in a line ------------------------------------------------------------ */

bool nct_take(struct nct_cursor *c, const char *text)
{
	size_t n = strlen(text);

	if ((size_t)(c->end - c->p) < n || memcmp(c->p, text, n))
		return false;
	c->p += n;
	return true;
}

bool nct_take_char(struct nct_cursor *c, char ch)
{
	if (c->p >= c->end || *c->p != ch)
		return false;
	c->p++;
	return true;
}

static bool digit(char ch)
{
	return ch >= '0' && ch <= '9';
}

/* At most 19 digits: more do not fit. */
bool nct_take_number(struct nct_cursor *c, unsigned int max_digits, uint64_t *n)
{
	const char *p = c->p;
	uint64_t value = 0;
	unsigned int digits = 0;

	for (; p < c->end && digit(*p); p++) {
		if (++digits > max_digits)
			return false;
		value = value * 10 + (uint64_t)(*p - '0');
	}
	if (!digits)
		return false;
	c->p = p;
	*n = value;
	return true;
}

bool nct_take_int(struct nct_cursor *c, int32_t *n)
{
	struct nct_cursor at = *c;
	bool minus = nct_take_char(&at, '-');
	uint64_t value;

	if (!nct_take_number(&at, 10, &value) || value > INT32_MAX)
		return false;
	*n = minus ? -(int32_t)value : (int32_t)value;
	*c = at;
	return true;
}

bool nct_skip_spaces(struct nct_cursor *c)
{
	const char *from = c->p;

	while (c->p < c->end && (*c->p == ' ' || *c->p == '\t'))
		c->p++;
	return c->p > from;
}

bool nct_take_until(struct nct_cursor *c, const char *stops, struct nct_cursor *word)
{
	word->p = c->p;
	while (c->p < c->end && (!*c->p || !strchr(stops, *c->p)))
		c->p++;
	word->end = c->p;
	return word->end > word->p;
}

void nct_copy_rest(struct nct_cursor c, char *to, size_t size)
{
	size_t n = (size_t)(c.end - c.p) < size - 1 ? (size_t)(c.end - c.p) : size - 1;

	memcpy(to, c.p, n);
	to[n] = '\0';
}
