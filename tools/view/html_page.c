// SPDX-License-Identifier: GPL-2.0
#include "html_page.h"

#include "page.h" /* made by html/build.sh: HTML_PAGE_DIR, HTML_PAGE_CHARTS */

/* The assembler takes the files as they are: no generated source of ten times their size. */
#define EMBED(name, path)                                                                          \
	__asm__(".pushsection .rodata\n"                                                           \
		".global " #name ", " #name "_end\n" #name ":\n"                                   \
		".incbin \"" path "\"\n" #name "_end:\n"                                           \
		".byte 0\n"                                                                        \
		".popsection\n")

EMBED(nct_html_page_head, HTML_PAGE_DIR "/head.html");
EMBED(nct_html_page_tail, HTML_PAGE_DIR "/tail.html");

const bool nct_html_page_charts = HTML_PAGE_CHARTS;
