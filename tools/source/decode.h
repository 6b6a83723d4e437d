/* SPDX-License-Identifier: GPL-2.0 */
/* From the records of bpf/event.h to events of the model. */
#ifndef NCT_SOURCE_DECODE_H
#define NCT_SOURCE_DECODE_H

#include "kernel_btf.h"

/* A module that was loaded or freed. */
struct nct_module_change {
	bool loaded;
	char name[64];
};

enum nct_decoded {
	NCT_DECODED_EVENT = 0,	/* *ev is filled; ev->ctrl still is the address */
	NCT_DECODED_MODULE = 1, /* *module is filled */
	NCT_DECODED_BAD = -1,	/* not a record of this ABI: count it */
};

/* data is one record of size bytes, copied as needed. */
enum nct_decoded nct_decode(const void *data, size_t size, const struct nct_states *states,
			    struct nct_event *ev, struct nct_module_change *module);

#endif
