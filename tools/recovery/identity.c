// SPDX-License-Identifier: GPL-2.0
/* Who a controller is: what is not known yet is filled, never made up. */
#include <string.h>

#include "model.h"

/* Copies at most size - 1 bytes; `from` need not be terminated within size. */
void nct_copy_string(char *to, const char *from, size_t size)
{
	size_t n = strnlen(from, size - 1);

	memcpy(to, from, n);
	to[n] = '\0';
}

void nct_identity_init(struct nct_identity *id, int32_t instance)
{
	memset(id, 0, sizeof(*id));
	id->instance = instance;
	id->cntlid = NCT_UNKNOWN_INT;
	id->kato_ms = NCT_UNKNOWN_INT;
	id->reconnect_delay_ms = NCT_UNKNOWN_INT;
	id->max_reconnects = NCT_UNKNOWN_INT;
	id->ctrl_loss_tmo_ms = NCT_UNKNOWN_INT;
	id->cqt_ms = NCT_UNKNOWN_INT;
	id->ccr = NCT_UNKNOWN_INT;
	id->tbkas = NCT_UNKNOWN_INT;
}

void nct_ccr_init(struct nct_event *ev)
{
	ev->ccr.source = NCT_UNKNOWN_INT;
	ev->ccr.status = NCT_UNKNOWN_INT;
	ev->ccr.immediate = NCT_UNKNOWN_INT;
	ev->ccr.ccrs = NCT_UNKNOWN_INT;
	ev->ccr.timeout_ms = NCT_UNKNOWN_INT;
	ev->ccr.ciu = NCT_UNKNOWN_INT;
	ev->ccr.command_ns = 0;
}

static void take_int(int32_t *to, int32_t from, bool keep)
{
	if (from != NCT_UNKNOWN_INT && (!keep || *to == NCT_UNKNOWN_INT))
		*to = from;
}

static void take_string(char *to, const char *from, size_t size, bool keep)
{
	if (from[0] && (!keep || !to[0]))
		nct_copy_string(to, from, size);
}

static void take(struct nct_identity *to, const struct nct_identity *from, bool keep)
{
	take_string(to->transport, from->transport, sizeof(to->transport), keep);
	take_string(to->address, from->address, sizeof(to->address), keep);
	take_string(to->subsystem, from->subsystem, sizeof(to->subsystem), keep);
	take_int(&to->kato_ms, from->kato_ms, keep);
	take_int(&to->reconnect_delay_ms, from->reconnect_delay_ms, keep);
	take_int(&to->max_reconnects, from->max_reconnects, keep);
	take_int(&to->ctrl_loss_tmo_ms, from->ctrl_loss_tmo_ms, keep);
	take_int(&to->cqt_ms, from->cqt_ms, keep);
	take_int(&to->ccr, from->ccr, keep);
	take_int(&to->tbkas, from->tbkas, keep);
}

/* The newer knowledge wins. */
void nct_identity_update(struct nct_identity *to, const struct nct_identity *from)
{
	take(to, from, false);
	take_int(&to->cntlid, from->cntlid, false);
}

/* The older knowledge wins. */
void nct_identity_fill(struct nct_identity *to, const struct nct_identity *from, bool cntlid)
{
	take(to, from, true);
	if (cntlid)
		take_int(&to->cntlid, from->cntlid, true);
}
