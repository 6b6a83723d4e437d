/* SPDX-License-Identifier: GPL-2.0 */
/* Strings that come from the target may hold any bytes; file formats may not. */
#ifndef NCT_VIEW_UTF8_H
#define NCT_VIEW_UTF8_H

#include <stddef.h>

/* Room for a string of len bytes, whatever they are, with its NUL. */
#define NCT_UTF8_ROOM(len) (3 * (len) + 5)

/* Copies, with U+FFFD for each byte that is not part of well-formed UTF-8. What does not
 * fit is cut off, between characters. Returns the length. */
size_t nct_utf8_clean(char *to, size_t size, const char *from);

#endif
