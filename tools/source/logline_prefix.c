// SPDX-License-Identifier: GPL-2.0
/* What stands before the kernel's words, whoever put it there. */
#include <stdlib.h>
#include <string.h>

#include "logline.h"
#include "logline_json.h"

/* "[    T123]", "[C1]": who printed it, with CONFIG_PRINTK_CALLER. */
static void skip_caller(struct nct_cursor *c)
{
	struct nct_cursor at = *c;
	uint64_t n;

	nct_skip_spaces(&at);
	if (!nct_take_char(&at, '['))
		return;
	nct_skip_spaces(&at);
	if ((nct_take_char(&at, 'T') || nct_take_char(&at, 'C')) && nct_take_number(&at, 10, &n) &&
	    nct_take_char(&at, ']'))
		*c = at;
}

/* The kernel's own stamp, which syslog keeps in front of its words. */
static void take_inner(struct nct_cursor *c, struct nct_logparser *p, struct nct_logline *out)
{
	struct nct_cursor at = *c;
	struct nct_stamp stamp;

	if (at.p < at.end && *at.p == '[' && nct_take_bracket(&at, &p->stamps, &stamp) &&
	    stamp.clock == NCT_CLOCK_UPTIME) {
		out->uptime = stamp;
		*c = at;
		skip_caller(c);
		nct_take_char(c, ' ');
	}
}

static bool is(const struct nct_cursor *word, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(word->end - word->p) == n && !memcmp(word->p, text, n);
}

/* "kernel:", "kernel[0]:". *kernel: it is that, and not another program's name. */
static bool take_ident(struct nct_cursor *c, bool *kernel)
{
	struct nct_cursor at = *c, name;
	uint64_t pid;

	if (!nct_take_until(&at, " :[", &name))
		return false;
	if (nct_take_char(&at, '[') &&
	    (!nct_take_number(&at, 10, &pid) || !nct_take_char(&at, ']')))
		return false;
	if (!nct_take_char(&at, ':'))
		return false;
	nct_take_char(&at, ' ');
	*kernel = is(&name, "kernel");
	*c = at;
	return true;
}

/* "HOST kernel: " and, without a host, "kernel: ". */
static bool take_origin(struct nct_cursor *c, struct nct_logline *out)
{
	struct nct_cursor at = *c, host;

	if (take_ident(c, &out->kernel))
		return true;
	if (!nct_take_until(&at, " ", &host) || !nct_take_char(&at, ' ') ||
	    !take_ident(&at, &out->kernel))
		return false;
	out->host = host.p;
	out->host_len = (size_t)(host.end - host.p);
	*c = at;
	return true;
}

/* "kern  :warn  : " of dmesg --decode. */
static void skip_decoded(struct nct_cursor *c)
{
	struct nct_cursor at = *c, word;

	if (at.p >= at.end || *at.p < 'a' || *at.p > 'z')
		return;
	for (int i = 0; i < 2; i++) {
		if (!nct_take_until(&at, " :[", &word) || word.end - word.p > 8)
			return;
		nct_skip_spaces(&at);
		if (!nct_take_char(&at, ':'))
			return;
	}
	nct_skip_spaces(&at);
	if (at.p < at.end && (*at.p == '[' || (*at.p >= '0' && *at.p <= '9')))
		*c = at;
}

/* "<6>" of the raw buffer. */
static void skip_level(struct nct_cursor *c)
{
	struct nct_cursor at = *c;
	uint64_t n;

	if (nct_take_char(&at, '<') && nct_take_number(&at, 4, &n) && nct_take_char(&at, '>'))
		*c = at;
}

/* "6,339,5140900,-;words" of /dev/kmsg: level, number, microseconds, flags. A number that
 * is left out is a record that was overwritten before it was read. */
static bool take_kmsg(struct nct_cursor *c, struct nct_logparser *p, struct nct_logline *out)
{
	struct nct_cursor at = *c, flags;
	uint64_t level, seq, us;

	if (!nct_take_number(&at, 4, &level) || !nct_take_char(&at, ',') ||
	    !nct_take_number(&at, 18, &seq) || !nct_take_char(&at, ',') ||
	    !nct_take_number(&at, 13, &us) || !nct_take_char(&at, ',') ||
	    !nct_take_until(&at, ";", &flags) || !nct_take_char(&at, ';'))
		return false;
	if (p->next_seq && seq > p->next_seq)
		out->missed = seq - p->next_seq;
	p->next_seq = seq + 1;
	out->uptime = (struct nct_stamp) { NCT_CLOCK_UPTIME, us * 1000, 1000 };
	*c = at;
	return true;
}

/* Lines that journalctl itself puts between two boots. */
static bool is_separator(const struct nct_cursor *c)
{
	struct nct_cursor at = *c;

	return nct_take(&at, "-- Boot ") || nct_take(&at, "-- Reboot --");
}

static void place(struct nct_logline *out, const struct nct_stamp *stamp)
{
	if (stamp->clock == NCT_CLOCK_UPTIME)
		out->uptime = *stamp;
	else
		out->wall = *stamp;
}

/* dmesg, and journalctl -o short-monotonic. */
static bool bracketed(struct nct_logparser *p, struct nct_cursor *c, struct nct_logline *out)
{
	struct nct_stamp stamp;

	if (!nct_take_bracket(c, &p->stamps, &stamp))
		return false;
	place(out, &stamp);
	skip_caller(c);
	nct_take_char(c, ' ');
	out->kernel = true;
	out->msg = *c;
	if (stamp.clock == NCT_CLOCK_UPTIME && memchr(c->p, ':', (size_t)(c->end - c->p))) {
		struct nct_logline other = *out;
		struct nct_cursor at = *c;

		other.kernel = false;
		if (take_origin(&at, &other) && other.kernel) {
			*out = other;
			*c = at;
		}
	}
	return true;
}

/* syslog, journalctl, and dmesg --time-format iso, which names no host. */
static bool dated(struct nct_logparser *p, struct nct_cursor *c, struct nct_logline *out)
{
	bool comma = false;

	if (!nct_take_iso(c, &out->wall, &comma) && !nct_take_syslog(c, &p->stamps, &out->wall))
		return false;
	nct_skip_spaces(c);
	if (comma)
		out->kernel = true;
	else
		take_origin(c, out);
	return true;
}

void nct_logline_parse(struct nct_logparser *p, const struct nct_line *line,
		       struct nct_logline *out)
{
	struct nct_cursor c = { line->s, line->s + line->len };

	*out = (struct nct_logline) { .host = "", .msg = c };
	if (c.p < c.end && *c.p == '{' && nct_logline_json(p, line, out)) {
		take_inner(&out->msg, p, out);
		return;
	}
	skip_level(&c);
	skip_decoded(&c);
	nct_skip_spaces(&c);
	if (c.p >= c.end || is_separator(&c)) {
		out->boot = c.p < c.end;
		return;
	}
	if (*c.p == '[') {
		if (!bracketed(p, &c, out))
			return;
	} else if (take_kmsg(&c, p, out)) {
		out->kernel = true;
	} else if (!dated(p, &c, out)) {
		/* No stamp at all: dmesg --notime, or a line broken in two. */
		out->kernel = true;
	}
	take_inner(&c, p, out);
	out->msg = c;
}
