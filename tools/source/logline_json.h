/* SPDX-License-Identifier: GPL-2.0 */
/* journalctl -o json: one object a line. */
#ifndef NCT_SOURCE_LOGLINE_JSON_H
#define NCT_SOURCE_LOGLINE_JSON_H

#include "logline.h"

/* False: it is no such object. What out points to lives in p until the next call. */
bool nct_logline_json(struct nct_logparser *p, const struct nct_line *line,
		      struct nct_logline *out);

#endif
