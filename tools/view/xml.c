// SPDX-License-Identifier: GPL-2.0
#include "xml.h"

#include <string.h>

#include "utf8.h"

/* XML 1.0 has no way to write most control characters, U+FFFE and U+FFFF. The bytes of one; 0:
 * none. */
static size_t forbidden(const char *s)
{
	if ((unsigned char)*s < ' ' || *s == 0x7f)
		return 1;
	return strncmp(s, "\357\277\276", 3) && strncmp(s, "\357\277\277", 3) ? 0 : 3;
}

static void add_char(struct nct_text *t, char c)
{
	switch (c) {
	case '&':
		nct_text_add(t, "&amp;");
		break;
	case '<':
		nct_text_add(t, "&lt;");
		break;
	case '>':
		nct_text_add(t, "&gt;");
		break;
	case '"':
		nct_text_add(t, "&quot;");
		break;
	default:
		nct_text_add(t, "%c", c);
	}
}

/* What targets send may hold any bytes. */
void nct_xml_text(struct nct_text *t, const char *s)
{
	char clean[NCT_UTF8_ROOM(512)];

	nct_utf8_clean(clean, sizeof(clean), s);
	for (const char *c = clean; *c;) {
		size_t bytes = forbidden(c);

		if (bytes)
			nct_text_add(t, "?");
		else
			add_char(t, *c);
		c += bytes ? bytes : 1;
	}
}

void nct_xml_attribute(struct nct_text *t, const char *name, const char *value)
{
	nct_text_add(t, " %s=\"", name);
	nct_xml_text(t, value);
	nct_text_add(t, "\"");
}
