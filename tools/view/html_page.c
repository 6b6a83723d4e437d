// SPDX-License-Identifier: GPL-2.0
#include "html_page.h"

#include "page.h" /* made by html/build.sh: HTML_PAGE_DIR, HTML_PAGE_CHARTS */

/* The assembler takes the files as they are: no generated source of ten times their size. */
#define EMBED(name, path)                                                                          \
	__asm__(".pushsection .rodata\n"                                                           \
		".balign 8\n"                                                                      \
		".global " #name "_size\n" #name "_size: .quad 2f - 1f\n"                          \
		".global " #name "\n" #name ":\n"                                                  \
		"1: .incbin \"" path "\"\n2:\n"                                                    \
		".popsection\n")

EMBED(nct_html_page_head, HTML_PAGE_DIR "/head.html");
EMBED(nct_html_page_tail, HTML_PAGE_DIR "/tail.html");

const bool nct_html_page_charts = HTML_PAGE_CHARTS;
