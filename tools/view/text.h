/* SPDX-License-Identifier: GPL-2.0 */
/* Text in the making, and the words for times, statuses and controllers. */
#ifndef NCT_VIEW_TEXT_H
#define NCT_VIEW_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../recovery/recovery.h"
#include "../sys/clock.h"

/* All zero is the valid empty state. */
struct nct_text {
	char *buf;
	size_t len;
	size_t size;
	bool failed; /* out of memory: something is missing */
};

/* A short string by value, so that it can be made in an argument list. */
struct nct_word {
	char s[64];
};

/* The same for the longest string an identity holds. */
struct nct_phrase {
	char s[NCT_NQN_LEN + 32];
};

/* Both cut off what does not fit. */
__attribute__((format(printf, 1, 2))) struct nct_word nct_word(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) struct nct_phrase nct_phrase(const char *fmt, ...);

__attribute__((format(printf, 2, 3))) void nct_text_add(struct nct_text *t, const char *fmt, ...);

/* Adds s n times; n < 1: nothing. */
void nct_text_repeat(struct nct_text *t, const char *s, int n);

/* Adds spaces up to a column of the last line, at least one. The line must hold no
 * escape sequences. */
void nct_text_column(struct nct_text *t, int column);

/* Adds words, and line breaks between them where the width asks for it, and a newline. Each further
 * line is indented; column is where the first one begins. */
void nct_text_wrapped(struct nct_text *t, int width, int column, int indent, const char *words);

/* Writes it out, flushes, and empties it. Returns 0, -ENOMEM if it was not
 * complete (what there is is written), or -errno. */
int nct_text_write(struct nct_text *t, FILE *out);
void nct_text_clear(struct nct_text *t);
void nct_text_free(struct nct_text *t);

/*
 * A duration for people, cut off and not rounded: "120 us", "41.0 ms",
 * "1.312 s", "2m10s", "1h02m03s"; "not seen" for NCT_NONE.
 */
struct nct_word nct_duration(uint64_t ns);

/* A number of bytes for people, cut off and not rounded: "512 bytes", "4.00 KiB", "1.25 GiB". */
struct nct_word nct_size(uint64_t bytes);

/* A configured time as it was given: "5 s", "1500 ms"; "unlimited" for -1, "?"
 * when unknown. */
struct nct_word nct_config_ms(int32_t ms);

/* Local time of day of a CLOCK_MONOTONIC instant, "06:10:48.123456"; without an anchor
 * that instant as a kernel log shows it, "[  123.456789]". */
struct nct_word nct_time_of_day(const struct nct_anchor *anchor, uint64_t monotonic_ns);

/* " of 60", "" when the limit is not known, " (no limit)" for -1. */
struct nct_word nct_of_attempts(int32_t max);

/* The n-th connect attempt of a recovery: "attempt 2 of 60"; when its beginning was
 * not seen, "attempt (2 seen)". */
struct nct_word nct_attempt(const struct nct_recovery *rec, size_t n);

/* "reconnect_delay 10 s" beside a backoff; "" when not known. */
struct nct_word nct_configured_backoff(const struct nct_recovery *rec);

/* What the status of a connect attempt means: "Connection refused (-111)",
 * "NVMe status 1h/82h, do not retry". */
struct nct_word nct_status(int32_t status);

/* A string from the kernel, with anything that is not plain ASCII made "?", so
 * that no name can steer the terminal; "?" when empty. */
struct nct_phrase nct_plain(const char *s);

/* "127.0.0.1:4421" from "traddr=127.0.0.1,trsvcid=4421,…", or all of it. */
struct nct_phrase nct_short_address(const char *address);

#endif
