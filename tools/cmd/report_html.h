/* SPDX-License-Identifier: GPL-2.0 */
/* report --html: recordings → one page for browsers. */
#ifndef NCT_CMD_REPORT_HTML_H
#define NCT_CMD_REPORT_HTML_H

#include "options.h"

/*
 * Writes what options let through of options->files to options->html. Returns 0; else -1
 * and *err: of nct_replay_files, with a page that holds what could be read; NCT_EXIT_USAGE
 * when another output was asked for, too; NCT_EXIT_SYSTEM when it cannot be written.
 */
int nct_report_html(const struct nct_options *options, struct nct_error *err);

#endif
