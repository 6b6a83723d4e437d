// SPDX-License-Identifier: GPL-2.0
#include "utf8.h"

#include <string.h>

#define REPLACEMENT "\357\277\275" /* U+FFFD in UTF-8 */

/* Length of the well-formed UTF-8 sequence at s; 0: there is none. */
static size_t utf8_length(const unsigned char *s)
{
	size_t n = 0;

	if (s[0] < 0x80)
		n = 1;
	else if (s[0] >= 0xc2 && s[0] < 0xe0)
		n = 2;
	else if (s[0] >= 0xe0 && s[0] < 0xf0)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] < 0xf5)
		n = 4;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if (n >= 3 && ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
		       (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f)))
		return 0; /* overlong, a surrogate, or beyond Unicode */
	return n;
}

size_t nct_utf8_clean(char *to, size_t size, const char *from)
{
	size_t len = 0;

	while (*from && len + sizeof(REPLACEMENT) < size) {
		size_t n = utf8_length((const unsigned char *)from);

		memcpy(to + len, n ? from : REPLACEMENT, n ? n : sizeof(REPLACEMENT) - 1);
		len += n ? n : sizeof(REPLACEMENT) - 1;
		from += n ? n : 1;
	}
	to[len] = '\0';
	return len;
}
