// SPDX-License-Identifier: GPL-2.0
/* The columns in front of an event. */
#include "ftrace_line.h"

#include <string.h>

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Goes back over spaces, and over the thread group that the tracer may print: "(    12)". */
static const char *back_over_blanks(const char *from, const char *p)
{
	const char *open;

	while (p > from && p[-1] == ' ')
		p--;
	if (p == from || p[-1] != ')')
		return p;
	open = memrchr(from, '(', (size_t)(p - from));
	if (!open)
		return p;
	while (open > from && open[-1] == ' ')
		open--;
	return open;
}

/* "TASK-PID" ends here. Task names may hold anything. */
static bool pid_before(const char *from, const char *p, uint32_t *pid)
{
	struct nct_cursor digits = { .end = p };
	uint64_t n;

	while (p > from && digit(p[-1]))
		p--;
	digits.p = p;
	if (p == from || p[-1] != '-' || !nct_take_number(&digits, 10, &n))
		return false;
	*pid = (uint32_t)n;
	return true;
}

/* " d..1." — there, or not — and the time with its colon. */
static bool take_time(struct nct_cursor *c, struct nct_stamp *stamp)
{
	struct nct_cursor flags;

	nct_skip_spaces(c);
	if (nct_take_seconds(c, stamp) && nct_take_char(c, ':'))
		return true;
	return nct_take_until(c, " ", &flags) && nct_skip_spaces(c) && nct_take_seconds(c, stamp) &&
	       nct_take_char(c, ':');
}

static bool take_name(struct nct_cursor c, struct nct_trace_line *out)
{
	nct_skip_spaces(&c);
	if (!nct_take_until(&c, ": ", &out->event) || !nct_take_char(&c, ':'))
		return false;
	nct_skip_spaces(&c);
	out->body = c;
	return true;
}

/* "TASK-PID  [CPU] FLAGS  SECONDS: EVENT: …" */
static bool take_bracketed(struct nct_cursor line, struct nct_trace_line *out)
{
	const char *at = line.p;

	while ((at = memchr(at, '[', (size_t)(line.end - at)))) {
		struct nct_cursor c = { at + 1, line.end };
		uint64_t cpu;

		if (nct_take_number(&c, 6, &cpu) && nct_take_char(&c, ']') &&
		    pid_before(line.p, back_over_blanks(line.p, at), &out->pid) &&
		    take_time(&c, &out->stamp)) {
			out->cpu = (uint32_t)cpu;
			return take_name(c, out);
		}
		at++;
	}
	return false;
}

/* "TASK-PID  0d.h1 1234us+: EVENT: …": the latency format. us: where that stands. */
static bool take_latency_at(struct nct_cursor line, const char *us, struct nct_trace_line *out)
{
	struct nct_cursor time = { us, us }, cpu, after = { us + 2, line.end };
	const char *p;
	uint64_t n;

	while (time.p > line.p && digit(time.p[-1]))
		time.p--;
	p = time.p;
	while (p > line.p && p[-1] == ' ')
		p--;
	cpu.end = p;
	while (p > line.p && p[-1] != ' ')
		p--;
	cpu.p = p;
	if (!pid_before(line.p, back_over_blanks(line.p, p), &out->pid) ||
	    !nct_take_number(&cpu, 6, &n) || after.end - after.p < 3)
		return false;
	out->cpu = (uint32_t)n;
	if (!nct_take_number(&time, 16, &n))
		return false;
	out->stamp = (struct nct_stamp) { NCT_CLOCK_UPTIME, n * 1000, 1000 };
	after.p++;
	return nct_take_char(&after, ':') && take_name(after, out);
}

static bool take_latency(struct nct_cursor line, struct nct_trace_line *out)
{
	const char *at = line.p;

	while ((at = memmem(at, (size_t)(line.end - at), "us", 2))) {
		if (at > line.p && digit(at[-1]))
			return take_latency_at(line, at, out);
		at += 2;
	}
	return false;
}

bool nct_trace_line_parse(const struct nct_line *line, struct nct_trace_line *out)
{
	struct nct_cursor c = { line->s, line->s + line->len };

	return take_bracketed(c, out) || take_latency(c, out);
}

bool nct_trace_argument(struct nct_cursor body, const char *key, struct nct_cursor *value)
{
	size_t n = strlen(key);

	while (body.p < body.end) {
		struct nct_cursor word;

		nct_skip_spaces(&body);
		if (!nct_take_until(&body, " ", &word))
			return false;
		if ((size_t)(word.end - word.p) > n && !memcmp(word.p, key, n) &&
		    word.p[n] == '=') {
			*value = (struct nct_cursor) { word.p + n + 1, word.end };
			return true;
		}
	}
	return false;
}
