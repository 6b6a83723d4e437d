// SPDX-License-Identifier: GPL-2.0
#include "report_blocks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* That of a session comes before its first block, which begins at a place in the file. */
struct nct_block_heading {
	size_t at, number;
	char host[256], kernel[128];
};

int nct_blocks_open(struct nct_blocks *b)
{
	int fd = memfd_create("report", MFD_CLOEXEC);

	b->file = fd < 0 ? NULL : fdopen(fd, "w+");
	return b->file ? 0 : -ENOMEM;
}

static int add_heading(struct nct_blocks *b, size_t number, const struct nct_session *session)
{
	struct nct_block_heading *grown, *h;

	if (b->nheadings && b->headings[b->nheadings - 1].number == number)
		return 0;
	grown = realloc(b->headings, (b->nheadings + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	b->headings = grown;
	h = &grown[b->nheadings++];
	*h = (struct nct_block_heading) { .at = b->size, .number = number };
	snprintf(h->host, sizeof(h->host), "%s", session->host);
	snprintf(h->kernel, sizeof(h->kernel), "%s", session->kernel);
	return 0;
}

int nct_blocks_add(struct nct_blocks *b, struct nct_text *text, size_t number,
		   const struct nct_session *session)
{
	int rc = text->failed ? -ENOMEM : add_heading(b, number, session);

	errno = 0;
	if (!rc && fwrite(text->buf, 1, text->len, b->file) != text->len)
		rc = errno ? -errno : -EIO;
	b->size += text->len;
	nct_text_clear(text);
	return rc;
}

/* The next bytes of the blocks. */
static int copy(FILE *from, FILE *to, size_t bytes)
{
	char buf[65536];

	while (bytes) {
		size_t n = bytes < sizeof(buf) ? bytes : sizeof(buf);

		errno = 0;
		if (fread(buf, 1, n, from) != n || fwrite(buf, 1, n, to) != n)
			return errno ? -errno : -EIO;
		bytes -= n;
	}
	return 0;
}

static int write_heading(FILE *out, const struct nct_block_heading *h)
{
	fprintf(out, "Session %zu: host %s, kernel %s\n\n", h->number,
		h->host[0] ? nct_plain(h->host).s : "not known",
		h->kernel[0] ? nct_plain(h->kernel).s : "not known");
	return ferror(out) ? -EIO : 0;
}

int nct_blocks_write(struct nct_blocks *b, FILE *out, bool headings)
{
	size_t done = 0;
	int rc = 0;

	if (fflush(b->file) || fseek(b->file, 0, SEEK_SET))
		return -errno;
	for (size_t i = 0; headings && !rc && i < b->nheadings; i++) {
		rc = copy(b->file, out, b->headings[i].at - done);
		done = b->headings[i].at;
		if (!rc)
			rc = write_heading(out, &b->headings[i]);
	}
	return rc ? rc : copy(b->file, out, b->size - done);
}

void nct_blocks_free(struct nct_blocks *b)
{
	if (b->file)
		fclose(b->file);
	free(b->headings);
	memset(b, 0, sizeof(*b));
}
