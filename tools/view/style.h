/* SPDX-License-Identifier: GPL-2.0 */
/* How text is to look: colour, character set, width. */
#ifndef NCT_VIEW_STYLE_H
#define NCT_VIEW_STYLE_H

#include <stdbool.h>
#include <stdio.h>

enum nct_color {
	NCT_COLOR_AUTO = 0,
	NCT_COLOR_ALWAYS = 1,
	NCT_COLOR_NEVER = 2,
};

enum nct_paint {
	NCT_PAINT_NONE = 0, /* ends any other */
	NCT_PAINT_STRONG,
	NCT_PAINT_GOOD,
	NCT_PAINT_BAD,
	NCT_PAINT_WARN,
	NCT_PAINT_BAR,
};

struct nct_style {
	bool color;
	bool unicode;
	int width; /* columns */
};

/*
 * What fits out: colour on a terminal only unless asked for (and not with
 * NO_COLOR or a dumb terminal), Unicode where the locale's character set is
 * UTF-8, the width of the terminal, else COLUMNS, else 80.
 */
void nct_style_detect(struct nct_style *style, FILE *out, enum nct_color color);

/* The escape sequence that switches paint on; "" without colour. */
const char *nct_paint(const struct nct_style *style, enum nct_paint paint);

#endif
