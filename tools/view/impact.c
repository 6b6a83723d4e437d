// SPDX-License-Identifier: GPL-2.0
#include "impact.h"

static bool some(uint64_t n)
{
	return n && n != NCT_NONE;
}

/* "3 reads"; nothing if there are none, or that is not known. */
static void add_count(struct nct_text *t, const char **separator, uint64_t n, const char *one)
{
	if (!some(n))
		return;
	nct_text_add(t, "%s%llu %s%s", *separator, (unsigned long long)n, one, n == 1 ? "" : "s");
	*separator = ", ";
}

static void add_in_flight(struct nct_text *t, const struct nct_io *io)
{
	const char *separator = " (";

	nct_text_add(t, "%s%llu request%s in flight", io->partial ? "at least " : "",
		     (unsigned long long)io->requests, io->requests == 1 ? "" : "s");
	add_count(t, &separator, io->reads, "read");
	add_count(t, &separator, io->writes, "write");
	if (some(io->bytes)) {
		nct_text_add(t, "%s%s", separator, nct_size(io->bytes).s);
		separator = ", ";
	}
	nct_text_add(t, "%s", *separator == ',' ? ")" : "");
	if (io->oldest_ns != NCT_NONE)
		nct_text_add(t, ", the oldest for %s", nct_duration(io->oldest_ns).s);
}

static struct nct_word path_name(const struct nct_io_path *path)
{
	return path->to < 0 ? nct_word("others") : nct_word("nvme%d", path->to);
}

/* Each request has a bio at least: with fewer of them, where the others went was not seen. */
static bool one_path(const struct nct_io *io)
{
	return io->npaths == 1 && io->paths[0].bios >= io->failed_over;
}

/* With one path the number is that of the requests. Several have bios, which are others. */
static void add_paths(struct nct_text *t, const struct nct_io *io)
{
	if (one_path(io)) {
		nct_text_add(t, " to %s", path_name(&io->paths[0]).s);
		return;
	}
	for (size_t i = 0; i < io->npaths; i++)
		nct_text_add(t, "%s%llu to %s",
			     i ? ", " : " (bios: ", (unsigned long long)io->paths[i].bios,
			     path_name(&io->paths[i]).s);
	if (io->npaths)
		nct_text_add(t, ")");
}

static void add_released(struct nct_text *t, const struct nct_io *io, const char *separator)
{
	if (some(io->failed_over)) {
		nct_text_add(t, "%s%llu failed over", separator,
			     (unsigned long long)io->failed_over);
		add_paths(t, io);
		separator = ", ";
	}
	if (some(io->cancelled)) {
		nct_text_add(t, "%s%llu cancelled", separator, (unsigned long long)io->cancelled);
		separator = ", ";
	}
	if (some(io->completed_late))
		nct_text_add(t, "%s%llu answered late", separator,
			     (unsigned long long)io->completed_late);
}

/* A line of words that are wrapped, which are emptied; none if there are none. */
static void add_line(struct nct_text *t, const struct nct_style *style, const char *name,
		     struct nct_text *words)
{
	t->failed |= words->failed;
	if (!words->len)
		return;
	nct_text_add(t, "  %s", name);
	nct_text_column(t, NCT_IMPACT_COLUMN);
	nct_text_wrapped(t, style->width, NCT_IMPACT_COLUMN, NCT_IMPACT_COLUMN, words->buf);
	nct_text_clear(words);
}

static void add_errors(struct nct_text *t, const struct nct_style *style, const struct nct_io *io)
{
	bool told = io->failed_over != NCT_NONE;

	if (!io->errors || !told)
		return;
	nct_text_add(t, "  I/O errors");
	nct_text_column(t, NCT_IMPACT_COLUMN);
	if (io->errors == NCT_NONE)
		nct_text_add(t, "not known\n");
	else
		nct_text_add(t, "%s%llu reached the layer above%s\n",
			     nct_paint(style, NCT_PAINT_WARN), (unsigned long long)io->errors,
			     nct_paint(style, NCT_PAINT_NONE));
}

static const char *not_over(const struct nct_recovery *rec)
{
	switch (rec->end) {
	case NCT_END_NONE:
		return "not over yet";
	case NCT_END_INCOMPLETE:
		return "not over when the observation ended";
	default:
		return "not over when the recovery was";
	}
}

struct nct_word nct_blackout_text(const struct nct_recovery *rec, const struct nct_blackout *b)
{
	uint64_t ns = nct_blackout_ns(b), end_ns = rec->start_ns + rec->duration_ns;

	if (ns == NCT_NONE)
		return end_ns > b->since_ns ? nct_word("%s, after %s", not_over(rec),
						       nct_duration(end_ns - b->since_ns).s)
					    : nct_word("%s", not_over(rec));
	if (!b->uncertain_ns)
		return nct_duration(ns);
	return nct_word("at most %s, at least %s", nct_duration(ns).s,
			nct_duration(b->uncertain_ns < ns ? ns - b->uncertain_ns : 0).s);
}

static void add_blackouts(struct nct_text *words, const struct nct_recovery *rec)
{
	for (size_t i = 0; i < rec->io.nblackouts; i++) {
		const struct nct_blackout *b = &rec->io.blackouts[i];

		nct_text_add(words, "%s%s %s", i ? "; " : "", nct_plain(b->device).s,
			     nct_blackout_text(rec, b).s);
	}
	if (rec->io.more_blackouts)
		nct_text_add(words, "%snot known of more devices or paths",
			     rec->io.nblackouts ? "; " : "");
}

void nct_impact_lines(struct nct_text *t, const struct nct_style *style,
		      const struct nct_recovery *rec)
{
	const struct nct_io *io = &rec->io;
	struct nct_text words = { 0 };

	if (!io->seen)
		return;
	if (some(io->requests))
		add_in_flight(&words, io);
	add_released(&words, io, words.len ? "; " : "");
	add_line(t, style, "I/O", &words);
	add_errors(t, style, io);
	add_blackouts(&words, rec);
	add_line(t, style, "blackout", &words);
	nct_text_free(&words);
}
