/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Logs, line by line: what stands before the kernel's own words.
 *
 * Understood are dmesg in all its forms, journalctl (short, short-precise, short-full,
 * short-iso, short-iso-precise, short-monotonic, short-unix, json) and syslog files (RFC 3164
 * and ISO time stamps), also when the kernel's own time stamp is repeated behind theirs.
 */
#ifndef NCT_SOURCE_LOGLINE_H
#define NCT_SOURCE_LOGLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- lines ---------------------------------------------------------------------- */

/* The rest of a longer line is passed over. */
#define NCT_LINE_MAX (1u << 20)

struct nct_lines {
	int fd;	   /* -1: all there is lies in buf */
	char *buf; /* owned, unless borrowed */
	size_t size, start, end;
	bool eof, borrowed, skipping;
};

struct nct_line {
	const char *s; /* without its end of line; valid until the next call */
	size_t len;
	bool cut; /* the input ends within it, or it was longer than NCT_LINE_MAX */
};

/* Reads fd, which stays the caller's. 0 or -ENOMEM. */
int nct_lines_open(struct nct_lines *l, int fd);
/* Reads what lies in memory, which must outlive l. */
void nct_lines_memory(struct nct_lines *l, const char *data, size_t size);
/* Whether the input begins with these bytes; to be asked before the first line. */
bool nct_lines_begin_with(struct nct_lines *l, const char *bytes, size_t n);
/* 1 and the next line; 0: there is no more; -errno. NUL bytes at either end of a line, as a
 * crash leaves them in a log, are no part of it; nor is a carriage return. */
int nct_lines_next(struct nct_lines *l, struct nct_line *line);
void nct_lines_close(struct nct_lines *l);

/* ---- a place in a line ------------------------------------------------------------ */

struct nct_cursor {
	const char *p, *end;
};

/* Each takes what it names and returns true, or takes nothing. */
bool nct_take(struct nct_cursor *c, const char *text);
bool nct_take_char(struct nct_cursor *c, char ch);
bool nct_take_number(struct nct_cursor *c, unsigned int max_digits, uint64_t *n);
/* An optional sign and a number that fits. */
bool nct_take_int(struct nct_cursor *c, int32_t *n);
bool nct_skip_spaces(struct nct_cursor *c); /* true: there was at least one */
/* Up to the first of these bytes or the end; true unless it is empty. */
bool nct_take_until(struct nct_cursor *c, const char *stops, struct nct_cursor *word);
/* Copies what is left, cut to size - 1 bytes, with a NUL behind it. */
void nct_copy_rest(struct nct_cursor c, char *to, size_t size);

/* ---- time stamps -------------------------------------------------------------------- */

enum nct_clock {
	NCT_CLOCK_NONE = 0,
	NCT_CLOCK_UPTIME, /* the kernel's own, since boot */
	NCT_CLOCK_UTC,	  /* wall time: since 1970 */
	NCT_CLOCK_LOCAL,  /* wall time of a zone, or of a year, that is not told: good for
			   * durations, not for saying when */
};

struct nct_stamp {
	enum nct_clock clock;
	uint64_t ns;
	uint64_t resolution_ns; /* the last digit's worth */
};

/* What one stamp has to know of those before it. All zero at the start of an input. */
struct nct_stamp_state {
	uint64_t elapsed_ns;	/* sum of deltas, where a log has nothing else */
	int month;		/* of the last stamp without a year: 1…12 */
	unsigned int rollovers; /* years passed since the first of them */
	unsigned int leap_days; /* Feb 29 seen in those years … */
	bool leap_year;		/* … and in this one */
	char zone[8];		/* of the last stamp that names one, but not what it means */
	int64_t shift_s;	/* what its clock has to be moved by, to go on as the first one's */
	uint64_t zoned_ns;	/* the last stamp with it, so moved */
};

/* "12.345678": seconds. The stamp's clock is UPTIME. */
bool nct_take_seconds(struct nct_cursor *c, struct nct_stamp *stamp);
/* What stands in the brackets of dmesg, closing bracket included. */
bool nct_take_bracket(struct nct_cursor *c, struct nct_stamp_state *state, struct nct_stamp *stamp);
/* "2026-11-22T16:42:38.123456+00:00"; *comma: dmesg's way to write the fraction. */
bool nct_take_iso(struct nct_cursor *c, struct nct_stamp *stamp, bool *comma);
/* "1795365758.123456": seconds since 1970. */
bool nct_take_unix(struct nct_cursor *c, struct nct_stamp *stamp);
/* "Nov 22 16:42:38.123456", and "Sun 2026-11-22 16:42:38 UTC". */
bool nct_take_syslog(struct nct_cursor *c, struct nct_stamp_state *state, struct nct_stamp *stamp);

/* ---- what a line says ---------------------------------------------------------------- */

struct nct_logline {
	struct nct_stamp uptime; /* clock NONE: not told */
	struct nct_stamp wall;	 /* likewise */
	const char *host;	 /* not terminated; never NULL */
	size_t host_len;	 /* 0: not told */
	bool kernel;		 /* false: another program said it */
	bool anonymous;		 /* JSON that does not tell who said it */
	bool boot;		 /* the log says that another boot begins here */
	char boot_id[33];	 /* "": not told */
	uint64_t missed;	 /* records known to be missing right before this one */
	struct nct_cursor msg;
};

struct json_object;

/* All zero is the valid empty state. One per input. */
struct nct_logparser {
	struct nct_stamp_state stamps;
	struct json_object *json; /* of the last line */
	uint64_t next_seq;	  /* of /dev/kmsg; 0: not known */
	char host[64];		  /* that stands behind the kernel's own stamp; "": none seen */
	char *bytes;		  /* a message that JSON gives as numbers */
};

/* The result points into the line, or into the parser, until the next call. */
void nct_logline_parse(struct nct_logparser *p, const struct nct_line *line,
		       struct nct_logline *out);
void nct_logparser_free(struct nct_logparser *p);

#endif
