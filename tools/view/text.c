// SPDX-License-Identifier: GPL-2.0
#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../sys/output.h"

#define NSEC_PER_SEC 1000000000ull
#define TEXT_CHUNK   4096
#define LINE_ROOM    256

static bool reserve(struct nct_text *t, size_t more)
{
	size_t size = t->size ? t->size : TEXT_CHUNK;
	char *grown;

	while (size - t->len <= more)
		size *= 2;
	if (size == t->size)
		return true;
	grown = realloc(t->buf, size);
	if (!grown)
		return false;
	t->buf = grown;
	t->size = size;
	return true;
}

/* What is left of the buffer is tried first: mostly it will do. */
void nct_text_add(struct nct_text *t, const char *fmt, ...)
{
	bool fits = reserve(t, LINE_ROOM);
	va_list ap;
	int n = 0;

	for (int tries = 0; fits && tries < 2; tries++) {
		va_start(ap, fmt);
		n = vsnprintf(t->buf + t->len, t->size - t->len, fmt, ap);
		va_end(ap);
		if (n >= 0 && (size_t)n < t->size - t->len) {
			t->len += (size_t)n;
			return;
		}
		fits = n >= 0 && reserve(t, (size_t)n);
	}
	t->failed = true;
}

void nct_text_repeat(struct nct_text *t, const char *s, int n)
{
	size_t len = strlen(s);

	if (n <= 0)
		return;
	if (!reserve(t, len * (size_t)n)) {
		t->failed = true;
		return;
	}
	for (; n > 0; n--, t->len += len)
		memcpy(t->buf + t->len, s, len);
}

void nct_text_column(struct nct_text *t, int column)
{
	/* Continuation bytes of UTF-8 take no column. */
	for (size_t i = t->len; i && t->buf[i - 1] != '\n'; i--)
		column -= ((unsigned char)t->buf[i - 1] & 0xc0) != 0x80;
	nct_text_repeat(t, " ", column > 1 ? column : 1);
}

void nct_text_wrapped(struct nct_text *t, int width, int column, int indent, const char *words)
{
	while (*words) {
		int len = (int)strcspn(words, " ");

		if (column + len > width && column > indent) {
			while (t->len && t->buf[t->len - 1] == ' ')
				t->len--;
			nct_text_add(t, "\n%*s", indent, "");
			column = indent;
		}
		nct_text_add(t, "%.*s", len, words);
		column += len;
		words += len;
		if (*words == ' ') {
			nct_text_add(t, " ");
			column++;
			words++;
		}
	}
	nct_text_add(t, "\n");
}

int nct_text_write(struct nct_text *t, FILE *out)
{
	int rc = t->len ? nct_output_put(out, t->buf, t->len) : 0;

	if (!rc && t->failed)
		rc = -ENOMEM;
	nct_text_clear(t);
	return rc;
}

void nct_text_clear(struct nct_text *t)
{
	t->len = 0;
	t->failed = false;
}

void nct_text_free(struct nct_text *t)
{
	free(t->buf);
	memset(t, 0, sizeof(*t));
}

struct nct_word nct_word(const char *fmt, ...)
{
	struct nct_word w;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w.s, sizeof(w.s), fmt, ap);
	va_end(ap);
	return w;
}

struct nct_phrase nct_phrase(const char *fmt, ...)
{
	struct nct_phrase p;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p.s, sizeof(p.s), fmt, ap);
	va_end(ap);
	return p;
}

/* value / unit to three digits. */
static struct nct_word three_digits(uint64_t value, uint64_t unit, const char *name)
{
	unsigned int whole = (unsigned int)(value / unit);
	unsigned int thousandths = (unsigned int)(value % unit * 1000 / unit);

	if (whole >= 100)
		return nct_word("%u %s", whole, name);
	if (whole >= 10)
		return nct_word("%u.%u %s", whole, thousandths / 100, name);
	return nct_word("%u.%02u %s", whole, thousandths / 10, name);
}

static struct nct_word minutes(uint64_t seconds)
{
	unsigned int s = (unsigned int)(seconds % 60), m = (unsigned int)(seconds / 60 % 60);
	unsigned long long h = seconds / 3600;

	return h ? nct_word("%lluh%02um%02us", h, m, s) : nct_word("%um%02us", m, s);
}

struct nct_word nct_duration(uint64_t ns)
{
	if (ns == NCT_NONE)
		return nct_word("not seen");
	if (ns < 1000)
		return nct_word("%u ns", (unsigned int)ns);
	if (ns < 1000000)
		return three_digits(ns, 1000, "us");
	if (ns < NSEC_PER_SEC)
		return three_digits(ns, 1000000, "ms");
	if (ns >= 60 * NSEC_PER_SEC)
		return minutes(ns / NSEC_PER_SEC);
	return nct_word("%u.%03u s", (unsigned int)(ns / NSEC_PER_SEC),
			(unsigned int)(ns % NSEC_PER_SEC / 1000000));
}

struct nct_word nct_size(uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	size_t i = 0;

	if (bytes < 1024)
		return nct_word("%u byte%s", (unsigned int)bytes, bytes == 1 ? "" : "s");
	/* Two steps at once in the end, so that the fraction is exact enough. */
	for (; bytes >= 1024 * 1024; i++)
		bytes /= 1024;
	return three_digits(bytes, 1024, units[i]);
}

struct nct_word nct_config_ms(int32_t ms)
{
	if (ms == NCT_UNKNOWN_INT)
		return nct_word("?");
	if (ms < 0)
		return nct_word("unlimited");
	return ms % 1000 ? nct_word("%d ms", ms) : nct_word("%d s", ms / 1000);
}

struct nct_word nct_time_of_day(const struct nct_anchor *anchor, uint64_t monotonic_ns)
{
	struct nct_word w = { "" };

	if (!anchor)
		return nct_word("[%5llu.%06llu]", (unsigned long long)(monotonic_ns / 1000000000),
				(unsigned long long)(monotonic_ns / 1000 % 1000000));
	nct_format_local(nct_anchor_wall_ns(anchor, monotonic_ns), w.s, sizeof(w.s));
	return w;
}

struct nct_word nct_of_attempts(int32_t max)
{
	if (max == NCT_UNKNOWN_INT)
		return nct_word("%s", "");
	return max < 0 ? nct_word(" (no limit)") : nct_word(" of %d", max);
}

struct nct_word nct_attempt(const struct nct_recovery *rec, size_t n)
{
	if (rec->notes & NCT_NOTE_STARTED_BEFORE)
		return nct_word("attempt (%zu seen)", n);
	return nct_word("attempt %zu%s", n, nct_of_attempts(rec->id.max_reconnects).s);
}

struct nct_word nct_configured_backoff(const struct nct_recovery *rec)
{
	if (rec->id.reconnect_delay_ms == NCT_UNKNOWN_INT)
		return nct_word("%s", "");
	return nct_word("reconnect_delay %s", nct_config_ms(rec->id.reconnect_delay_ms).s);
}

struct nct_word nct_status(int32_t status)
{
	if (status == NCT_UNKNOWN_INT)
		return nct_word("status not known");
	if (status < 0)
		return nct_word("%.48s (%d)", strerror(-status), status);
	/* Status code type and code as in the completion, without the phase bit. */
	return nct_word("NVMe status %xh/%02xh%s", (unsigned int)status >> 8 & 7,
			(unsigned int)status & 0xff, status & 0x4000 ? ", do not retry" : "");
}

struct nct_phrase nct_plain(const char *s)
{
	struct nct_phrase p = { "?" };
	size_t n = 0;

	for (; s && s[n] && n < sizeof(p.s) - 1; n++)
		p.s[n] = s[n] < ' ' || s[n] > '~' ? '?' : s[n];
	if (n)
		p.s[n] = '\0';
	return p;
}

/* The value of key in "a=x,b=y", its length in *len. */
static const char *value_of(const char *list, const char *key, int *len)
{
	size_t n = strlen(key);

	for (const char *s = list; s && *s; s = strchr(s, ',') ? strchr(s, ',') + 1 : NULL)
		if (!strncmp(s, key, n) && s[n] == '=') {
			*len = (int)strcspn(s + n + 1, ",");
			return s + n + 1;
		}
	return NULL;
}

struct nct_phrase nct_short_address(const char *address)
{
	int naddr = 0, nport = 0;
	const char *addr = value_of(address, "traddr", &naddr);
	const char *port = value_of(address, "trsvcid", &nport);
	bool ipv6;

	if (!addr || !port)
		return nct_plain(address);
	ipv6 = memchr(addr, ':', (size_t)naddr) != NULL;
	return nct_plain(nct_phrase("%s%.*s%s:%.*s", ipv6 ? "[" : "", naddr, addr, ipv6 ? "]" : "",
				    nport, port)
				 .s);
}
