// SPDX-License-Identifier: GPL-2.0
/* Each event takes no more room than its type needs. */
#include "spool.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 4096

struct head {
	uint16_t size; /* of what follows, without padding */
	uint8_t anchor;
	uint8_t mark;
};

/* What is used of an event of a type; the rest of it is zero. */
static size_t used(const struct nct_event *ev)
{
#define WITH(MEMBER) (offsetof(struct nct_event, MEMBER) + sizeof(ev->MEMBER))
	switch (ev->type) {
	case NCT_EV_STATE:
		return WITH(state);
	case NCT_EV_ERROR:
		return WITH(error);
	case NCT_EV_TIMEOUT:
		return WITH(timeout);
	case NCT_EV_WORK_START:
	case NCT_EV_WORK_END:
		return WITH(work);
	case NCT_EV_ATTEMPT_RESULT:
		return WITH(result);
	case NCT_EV_CCR_START:
	case NCT_EV_CCR_END:
		return WITH(ccr);
	case NCT_EV_RELEASE:
		return WITH(release);
	case NCT_EV_LOST:
		return WITH(lost);
	case NCT_EV_DIALECT:
		return WITH(dialect);
	case NCT_EV_GONE:
		return offsetof(struct nct_event, state);
	default:
		return sizeof(*ev);
	}
#undef WITH
}

static size_t padded(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

static size_t add(struct nct_spool *s, struct head head, const void *data)
{
	size_t need = sizeof(uint64_t) + padded(head.size), at = s->len;

	if (s->len + need > s->size) {
		size_t size = s->size ? 2 * s->size : FIRST_SIZE;
		char *buf = realloc(s->buf, size); /* twice is enough: the largest is < 4096 */

		if (!buf)
			return NCT_SPOOL_NONE;
		s->buf = buf;
		s->size = size;
	}
	memcpy(s->buf + at, &head, sizeof(head));
	memcpy(s->buf + at + sizeof(uint64_t), data, head.size);
	s->len += need;
	return at;
}

size_t nct_spool_event(struct nct_spool *s, const struct nct_event *ev, unsigned int mark)
{
	s->events++;
	return add(s, (struct head) { .size = (uint16_t)used(ev), .mark = (uint8_t)mark }, ev);
}

size_t nct_spool_anchor(struct nct_spool *s, const struct nct_anchor *a)
{
	return add(s, (struct head) { .size = sizeof(*a), .anchor = 1 }, a);
}

struct nct_event *nct_spool_at(struct nct_spool *s, size_t at)
{
	return (struct nct_event *)(void *)(s->buf + at + sizeof(uint64_t));
}

void nct_spool_mark(struct nct_spool *s, size_t at, unsigned int mark)
{
	s->buf[at + offsetof(struct head, mark)] = (char)mark;
}

int nct_spool_each(const struct nct_spool *s, const struct nct_spool_ops *ops, void *ctx)
{
	int rc = 0;

	for (size_t at = 0; at < s->len && !rc;) {
		struct nct_event ev = { 0 };
		struct nct_anchor anchor;
		struct head head;

		memcpy(&head, s->buf + at, sizeof(head));
		memcpy(head.anchor ? (void *)&anchor : (void *)&ev, s->buf + at + sizeof(uint64_t),
		       head.size);
		rc = head.anchor ? ops->anchor(ctx, &anchor) : ops->event(ctx, &ev, head.mark);
		at += sizeof(uint64_t) + padded(head.size);
	}
	return rc;
}

void nct_spool_free(struct nct_spool *s)
{
	free(s->buf);
	*s = (struct nct_spool) { 0 };
}
