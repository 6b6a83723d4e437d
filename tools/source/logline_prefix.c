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

struct origin {
	struct nct_cursor host; /* empty: not told */
	bool kernel;		/* it is that, and not another program's name */
	bool pid;
};

/* "kernel:", "kernel[0]:". */
static bool take_ident(struct nct_cursor *c, struct origin *o)
{
	struct nct_cursor at = *c, name;
	uint64_t pid;

	if (!nct_take_until(&at, " :[", &name))
		return false;
	o->pid = nct_take_char(&at, '[');
	if (o->pid && (!nct_take_number(&at, 10, &pid) || !nct_take_char(&at, ']')))
		return false;
	if (!nct_take_char(&at, ':'))
		return false;
	nct_take_char(&at, ' ');
	o->kernel = is(&name, "kernel");
	*c = at;
	return true;
}

/* "HOST kernel: " and, without a host, "kernel: ". */
static bool take_origin(struct nct_cursor *c, struct origin *o)
{
	struct nct_cursor at = *c, host;

	*o = (struct origin) { .host = { c->p, c->p } };
	if (take_ident(c, o))
		return true;
	if (!nct_take_until(&at, " ", &host) || !nct_take_char(&at, ' ') || !take_ident(&at, o))
		return false;
	o->host = host;
	*c = at;
	return true;
}

static void from(struct nct_logline *out, const struct origin *o)
{
	out->kernel = o->kernel;
	out->host = o->host.p;
	out->host_len = (size_t)(o->host.end - o->host.p);
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

/*
 * journalctl -o short-monotonic has "HOST NAME: " behind the stamp, dmesg has not; but the
 * kernel's own words may look like it ("nvme nvme0: "). It is one if it is the kernel's, if
 * it has a process, or if the kernel's lines have been seen with this host.
 */
static void monotonic_origin(struct nct_logparser *p, struct nct_cursor *c, struct nct_logline *out)
{
	struct nct_cursor at = *c;
	struct origin o;

	if (!memchr(c->p, ':', (size_t)(c->end - c->p)) || !take_origin(&at, &o))
		return;
	if (!o.kernel && (o.host.p == o.host.end || !(o.pid || is(&o.host, p->host))))
		return;
	if (o.kernel)
		nct_copy_rest(o.host, p->host, sizeof(p->host));
	from(out, &o);
	*c = at;
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
	if (stamp.clock == NCT_CLOCK_UPTIME)
		monotonic_origin(p, c, out);
	return true;
}

/* syslog, journalctl, and dmesg --time-format iso, which names no host. */
static bool dated(struct nct_logparser *p, struct nct_cursor *c, struct nct_logline *out)
{
	bool comma = false;
	struct origin o;

	if (!nct_take_iso(c, &out->wall, &comma) && !nct_take_syslog(c, &p->stamps, &out->wall) &&
	    !nct_take_unix(c, &out->wall))
		return false;
	nct_skip_spaces(c);
	if (comma)
		out->kernel = true;
	else if (take_origin(c, &o))
		from(out, &o);
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
