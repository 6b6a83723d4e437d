// SPDX-License-Identifier: GPL-2.0
#include "style.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_DEFAULT 80
#define WIDTH_MIN     40
#define WIDTH_MAX     200 /* longer bars are no easier to read */

static bool set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

static bool want_color(FILE *out, enum nct_color color)
{
	const char *term = getenv("TERM");

	if (color != NCT_COLOR_AUTO)
		return color == NCT_COLOR_ALWAYS;
	return isatty(fileno(out)) && !set("NO_COLOR") && term && strcmp(term, "dumb") != 0;
}

static int width_of(FILE *out)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size = { 0 };
	int width = 0;

	if (!ioctl(fileno(out), TIOCGWINSZ, &size))
		width = size.ws_col;
	if (!width && columns)
		width = atoi(columns);
	if (width <= 0)
		width = WIDTH_DEFAULT;
	if (width < WIDTH_MIN)
		return WIDTH_MIN;
	return width > WIDTH_MAX ? WIDTH_MAX : width;
}

void nct_style_detect(struct nct_style *style, FILE *out, enum nct_color color)
{
	style->color = want_color(out, color);
	style->unicode = !strcmp(nl_langinfo(CODESET), "UTF-8");
	style->width = width_of(out);
}

const char *nct_paint(const struct nct_style *style, enum nct_paint paint)
{
	static const char *const sequences[] = {
		[NCT_PAINT_NONE] = "\033[0m",	 [NCT_PAINT_STRONG] = "\033[1m",
		[NCT_PAINT_GOOD] = "\033[1;32m", [NCT_PAINT_BAD] = "\033[1;31m",
		[NCT_PAINT_WARN] = "\033[1;33m", [NCT_PAINT_BAR] = "\033[36m",
	};

	return style->color ? sequences[paint] : "";
}
