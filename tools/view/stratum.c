// SPDX-License-Identifier: GPL-2.0
#include "stratum.h"

/* "" if it is not known. */
static struct nct_word controller_name(const struct nct_stratum *s)
{
	return s->instance < 0 ? nct_word("%s", "") : nct_word("nvme%d", s->instance);
}

static struct nct_phrase fence_words(const struct nct_stratum *s)
{
	const char *fence = nct_fence_name(s->fence);

	return s->no_fence ? nct_phrase("no fence applies")
			   : nct_phrase("fence %s", fence ? fence : "unknown");
}

struct nct_phrase nct_stratum_words(unsigned int by, const struct nct_stratum *s, bool hosts)
{
	struct nct_phrase words = nct_phrase("%s", by ? "" : "all recoveries");

	if (by & NCT_BY_FENCE)
		words = fence_words(s);
	if (by & NCT_BY_TRANSPORT)
		words = nct_phrase("%.100s%stransport %s", words.s, *words.s ? ", " : "",
				   nct_plain(s->transport).s);
	if (by & NCT_BY_CONTROLLER)
		words = nct_phrase("%.100s%scontroller %s", words.s, *words.s ? ", " : "",
				   nct_plain(controller_name(s).s).s);
	if ((by & NCT_BY_CONTROLLER) && hosts)
		words = nct_phrase("%.50s, host %.190s", words.s, nct_plain(s->host).s);
	return words;
}

/* The word for one of the bits of by; NULL: not known. */
static const char *group_of(unsigned int bit, const struct nct_stratum *s, struct nct_word *room)
{
	if (bit == NCT_BY_FENCE)
		return s->no_fence ? "none" : nct_fence_name(s->fence);
	*room = bit == NCT_BY_TRANSPORT ? nct_word("%s", s->transport) : controller_name(s);
	return *room->s ? room->s : NULL;
}

/* With several, what is not known is "unknown": its place must not be taken by the next. */
void nct_stratum_json(struct nct_json *b, unsigned int by, const struct nct_stratum *s)
{
	static const char *const words[] = { "fence", "transport", "controller" };
	bool one = !(by & (by - 1));
	struct nct_phrase names = { "" }, group = { "" };

	for (unsigned int i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct nct_word room;
		const char *word;

		if (!(by & 1u << i))
			continue;
		word = group_of(1u << i, s, &room);
		names = nct_phrase("%.60s%s%s", names.s, *names.s ? "," : "", words[i]);
		group = nct_phrase("%.100s%s%s", group.s, *group.s ? "," : "",
				   word	 ? word
				   : one ? ""
					 : "unknown");
	}
	nct_json_put_string(b, "by", names.s);
	nct_json_put_string(b, "group", group.s);
	if (by & NCT_BY_CONTROLLER)
		nct_json_put_string(b, "host", s->host);
}
