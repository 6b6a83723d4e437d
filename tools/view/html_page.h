/* SPDX-License-Identifier: GPL-2.0 */
/* The page that was built from html/, as bytes; what is reported comes between its parts. */
#ifndef NCT_VIEW_HTML_PAGE_H
#define NCT_VIEW_HTML_PAGE_H

#include <stdbool.h>
#include <stdint.h>

extern const char nct_html_page_head[], nct_html_page_tail[];
extern const uint64_t nct_html_page_head_size, nct_html_page_tail_size;
extern const bool nct_html_page_charts;

#endif
