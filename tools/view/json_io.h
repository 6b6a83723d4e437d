/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of json.c: what became of the requests in flight, and who disturbed the fencing. */
#ifndef NCT_VIEW_JSON_IO_H
#define NCT_VIEW_JSON_IO_H

#include "../recovery/recovery.h"
#include "jsonbuild.h"

/* "io": null if nobody looked. */
void nct_json_put_io(struct nct_json *b, const struct nct_recovery *rec);

/* "intruder", "keep_alives": null if there was none. */
void nct_json_put_disturbances(struct nct_json *b, const struct nct_recovery *rec);

#endif
