// SPDX-License-Identifier: GPL-2.0
#include "decode.h"

#include <stdio.h>
#include <string.h>

#include "../../bpf/event.h"
#include "../recovery/trigger.h"

/* The two enums are kept equal, so that no table is needed between them. */
_Static_assert((int)NCTB_WORK_ERR == (int)NCT_WORK_ERR, "work numbers");
_Static_assert((int)NCTB_WORK_RESET == (int)NCT_WORK_RESET, "work numbers");
_Static_assert((int)NCTB_WORK_TEARDOWN == (int)NCT_WORK_TEARDOWN, "work numbers");
_Static_assert((int)NCTB_WORK_RECONNECT == (int)NCT_WORK_RECONNECT, "work numbers");
_Static_assert((int)NCTB_WORK_FENCING == (int)NCT_WORK_FENCING, "work numbers");
_Static_assert((int)NCTB_RELEASE_FAILOVER == (int)NCT_RELEASE_FAILOVER, "release numbers");
_Static_assert((int)NCTB_RELEASE_CANCEL == (int)NCT_RELEASE_CANCEL, "release numbers");
_Static_assert(NCTB_WAITED_BUCKETS == NCT_WAITED_BUCKETS, "buckets");
_Static_assert(NCTB_DEVICE_LEN == NCT_DEVICE_LEN, "names of devices");
_Static_assert(NCTB_UNKNOWN_INT == NCT_UNKNOWN_INT, "the integer that is not known");

static enum nct_state state_of(const struct nct_states *states, __s32 raw)
{
	return raw >= 0 && raw < NCT_MAX_RAW_STATES ? states->map[raw] : NCT_STATE_UNKNOWN;
}

/* The symbol, of those that may not end in a NUL, which tells most; "" if none does. */
static void copy_site(char site[NCT_SITE_LEN], const char (*symbols)[NCTB_FRAME_LEN], int max)
{
	char frames[NCTB_FRAMES][NCTB_FRAME_LEN + 1];
	const char *list[NCTB_FRAMES];
	int n, i;

	for (n = 0; n < max && symbols[n][0]; n++) {
		snprintf(frames[n], sizeof(frames[n]), "%.*s", NCTB_FRAME_LEN, symbols[n]);
		nct_symbol_clean(frames[n]);
		list[n] = frames[n];
	}
	i = nct_trigger_frame(list, n);
	snprintf(site, NCT_SITE_LEN, "%s", i < 0 ? "" : list[i]);
}

static void decode_state(struct nct_event *ev, const void *data, const struct nct_states *states)
{
	const struct nctb_state *rec = data;

	ev->type = NCT_EV_STATE;
	ev->state.raw_old = rec->old_state;
	ev->state.raw_new = rec->new_state;
	ev->state.old_state = state_of(states, rec->old_state);
	ev->state.new_state = state_of(states, rec->new_state);
	copy_site(ev->state.site, rec->frames, NCTB_FRAMES);
}

static void decode_timeout(struct nct_event *ev, const void *data, const struct nct_states *states)
{
	const struct nctb_timeout *rec = data;

	(void)states;
	ev->type = NCT_EV_TIMEOUT;
	ev->timeout.opcode = rec->opcode;
	ev->timeout.admin = rec->admin;
	ev->timeout.age_ns = rec->age_ns;
}

static void decode_work(struct nct_event *ev, const void *data, const struct nct_states *states)
{
	const struct nctb_work_event *rec = data;

	(void)states;
	ev->type = rec->h.type == NCTB_WORK_START ? NCT_EV_WORK_START : NCT_EV_WORK_END;
	ev->work.work = rec->work;
	ev->work.attempt = rec->attempt;
}

static void decode_result(struct nct_event *ev, const void *data, const struct nct_states *states)
{
	(void)states;
	ev->type = NCT_EV_ATTEMPT_RESULT;
	ev->result.status = ((const struct nctb_result *)data)->status;
}

static void decode_release(struct nct_event *ev, const void *data, const struct nct_states *states)
{
	const struct nctb_release_event *rec = data;

	(void)states;
	ev->type = NCT_EV_RELEASE;
	ev->release.how = rec->how;
	ev->release.at_ns = rec->at_ns;
}

static void decode_error(struct nct_event *ev, const void *data, const struct nct_states *states)
{
	const struct nctb_error *rec = data;

	(void)states;
	ev->type = NCT_EV_ERROR;
	copy_site(ev->error.site, &rec->site, 1);
}

static void decode_ccr_start(struct nct_event *ev, const void *data,
			     const struct nct_states *states)
{
	const struct nctb_ccr_start *rec = data;

	(void)states;
	ev->type = NCT_EV_CCR_START;
	nct_ccr_init(ev);
	ev->ccr.source = rec->source;
	ev->ccr.timeout_ms = rec->timeout_ms;
	ev->ccr.ciu = rec->ciu;
}

static void decode_ccr_end(struct nct_event *ev, const void *data, const struct nct_states *states)
{
	const struct nctb_ccr_end *rec = data;

	(void)states;
	ev->type = NCT_EV_CCR_END;
	nct_ccr_init(ev);
	ev->ccr.source = rec->source;
	ev->ccr.status = rec->status;
	ev->ccr.immediate = rec->immediate;
	ev->ccr.ccrs = rec->ccrs;
	ev->ccr.command_ns = rec->command_ns;
}

static void decode_hold_start(struct nct_event *ev, const void *data,
			      const struct nct_states *states)
{
	const struct nctb_hold_start *rec = data;

	(void)states;
	ev->type = NCT_EV_HOLD_START;
	ev->hold.requested_ms = rec->requested_ms;
	snprintf(ev->hold.reason, sizeof(ev->hold.reason), "%s", nct_hold_reason(rec->why));
}

static void decode_hold_end(struct nct_event *ev, const void *data, const struct nct_states *states)
{
	(void)data;
	(void)states;
	ev->type = NCT_EV_HOLD_END;
	ev->hold.requested_ms = NCT_UNKNOWN_INT;
}

static void decode_gone(struct nct_event *ev, const void *data, const struct nct_states *states)
{
	(void)data;
	(void)states;
	ev->type = NCT_EV_GONE;
}

static void append(char *buf, size_t size, const char *key, const char *value, size_t max)
{
	size_t used = strlen(buf);

	if (value[0])
		snprintf(buf + used, size - used, "%s%s=%.*s", used ? "," : "", key, (int)max,
			 value);
}

/* As nvmf_get_address() and nvme_pci_get_address() print it. */
static void copy_address(struct nct_identity *id, const struct nctb_identity *rec)
{
	if (!rec->fabrics) {
		snprintf(id->address, sizeof(id->address), "%.*s", NCTB_STR_LEN, rec->traddr);
		return;
	}
	append(id->address, sizeof(id->address), "traddr", rec->traddr, sizeof(rec->traddr));
	append(id->address, sizeof(id->address), "trsvcid", rec->trsvcid, sizeof(rec->trsvcid));
	append(id->address, sizeof(id->address), "host_traddr", rec->host_traddr,
	       sizeof(rec->host_traddr));
	append(id->address, sizeof(id->address), "host_iface", rec->host_iface,
	       sizeof(rec->host_iface));
}

static int32_t ms(int64_t seconds)
{
	return seconds < 0 ? -1 : seconds > INT32_MAX / 1000 ? INT32_MAX : (int32_t)seconds * 1000;
}

#define CTRATT_TBKAS (1u << 6) /* Identify Controller, NVMe Base 2.0 figure 275 */

/* ctrl_loss_tmo is kept by the kernel as max_reconnects × reconnect_delay. */
static void copy_config(struct nct_identity *id, const struct nctb_identity *rec)
{
	int64_t tries = rec->max_reconnects;

	id->kato_ms = ms(rec->kato_s);
	id->cqt_ms = rec->cqt_ms < 0 ? NCT_UNKNOWN_INT : rec->cqt_ms;
	id->ccr = rec->ciu < 0 ? NCT_UNKNOWN_INT : rec->ciu != 0;
	id->tbkas = (rec->ctratt & CTRATT_TBKAS) != 0;
	id->reconnect_delay_ms = rec->fabrics ? ms(rec->reconnect_delay_s) : NCT_UNKNOWN_INT;
	id->max_reconnects = rec->fabrics ? rec->max_reconnects : NCT_UNKNOWN_INT;
	id->ctrl_loss_tmo_ms = NCT_UNKNOWN_INT;
	if (rec->fabrics)
		id->ctrl_loss_tmo_ms = tries < 0 ? -1 : ms(tries * rec->reconnect_delay_s);
}

static void decode_identity(struct nct_event *ev, const void *data, const struct nct_states *states)
{
	const struct nctb_identity *rec = data;
	struct nct_identity *id = &ev->identity;

	(void)states;
	ev->type = NCT_EV_IDENTITY;
	id->instance = rec->h.instance;
	id->cntlid = rec->cntlid;
	snprintf(id->transport, sizeof(id->transport), "%.*s", (int)sizeof(rec->transport),
		 rec->transport);
	snprintf(id->subsystem, sizeof(id->subsystem), "%.*s", NCTB_NQN_LEN, rec->subsystem);
	copy_address(id, rec);
	copy_config(id, rec);
}

static void decode_in_flight(struct nct_event *ev, const void *data,
			     const struct nct_states *states)
{
	const struct nctb_in_flight *rec = data;

	(void)states;
	ev->type = NCT_EV_IN_FLIGHT;
	ev->in_flight.requests = rec->requests;
	ev->in_flight.reads = rec->reads;
	ev->in_flight.writes = rec->writes;
	ev->in_flight.bytes = rec->bytes;
	ev->in_flight.oldest_ns = rec->oldest_ns;
	ev->in_flight.partial = rec->partial;
}

static void decode_io_released(struct nct_event *ev, const void *data,
			       const struct nct_states *states)
{
	const struct nctb_io_released *rec = data;

	(void)states;
	ev->type = NCT_EV_IO_RELEASED;
	ev->io_released.failed_over = rec->failed_over;
	ev->io_released.cancelled = rec->cancelled;
	ev->io_released.first_ns = rec->first_ns;
	ev->io_released.last_ns = rec->last_ns;
	ev->io_released.errors = rec->errors;
}

static void decode_io_path(struct nct_event *ev, const void *data, const struct nct_states *states)
{
	const struct nctb_io_count *rec = data;

	(void)states;
	ev->type = NCT_EV_IO_PATH;
	ev->io_path.to = rec->which;
	ev->io_path.bios = rec->n;
}

static void decode_io_waited(struct nct_event *ev, const void *data,
			     const struct nct_states *states)
{
	const struct nctb_io_count *rec = data;

	(void)states;
	ev->type = NCT_EV_IO_WAITED;
	ev->io_waited.bucket = rec->which;
	ev->io_waited.requests = rec->n;
}

static void decode_blackout(struct nct_event *ev, const void *data, const struct nct_states *states)
{
	const struct nctb_blackout *rec = data;

	(void)states;
	ev->type = NCT_EV_BLACKOUT;
	snprintf(ev->blackout.device, sizeof(ev->blackout.device), "%.*s", NCTB_DEVICE_LEN,
		 rec->device);
	ev->blackout.since_ns = rec->since_ns;
	ev->blackout.until_ns = rec->until_ns;
	ev->blackout.uncertain_ns = rec->uncertain_ns;
}

static void decode_ccr_notice(struct nct_event *ev, const void *data,
			      const struct nct_states *states)
{
	(void)data;
	(void)states;
	ev->type = NCT_EV_CCR_NOTICE;
}

static void decode_keep_alive(struct nct_event *ev, const void *data,
			      const struct nct_states *states)
{
	(void)data;
	(void)states;
	ev->type = NCT_EV_KEEP_ALIVE;
}

static const struct {
	size_t size;
	void (*decode)(struct nct_event *ev, const void *data, const struct nct_states *states);
} decoders[] = {
	[NCTB_STATE] = { sizeof(struct nctb_state), decode_state },
	[NCTB_TIMEOUT] = { sizeof(struct nctb_timeout), decode_timeout },
	[NCTB_WORK_START] = { sizeof(struct nctb_work_event), decode_work },
	[NCTB_WORK_END] = { sizeof(struct nctb_work_event), decode_work },
	[NCTB_ATTEMPT_RESULT] = { sizeof(struct nctb_result), decode_result },
	[NCTB_RELEASE] = { sizeof(struct nctb_release_event), decode_release },
	[NCTB_ERROR] = { sizeof(struct nctb_error), decode_error },
	[NCTB_CCR_START] = { sizeof(struct nctb_ccr_start), decode_ccr_start },
	[NCTB_CCR_END] = { sizeof(struct nctb_ccr_end), decode_ccr_end },
	[NCTB_HOLD_START] = { sizeof(struct nctb_hold_start), decode_hold_start },
	[NCTB_HOLD_END] = { sizeof(struct nctb_hold_end), decode_hold_end },
	[NCTB_GONE] = { sizeof(struct nctb_gone), decode_gone },
	[NCTB_IN_FLIGHT] = { sizeof(struct nctb_in_flight), decode_in_flight },
	[NCTB_IO_RELEASED] = { sizeof(struct nctb_io_released), decode_io_released },
	[NCTB_IO_PATH] = { sizeof(struct nctb_io_count), decode_io_path },
	[NCTB_IO_WAITED] = { sizeof(struct nctb_io_count), decode_io_waited },
	[NCTB_BLACKOUT] = { sizeof(struct nctb_blackout), decode_blackout },
	[NCTB_CCR_NOTICE] = { sizeof(struct nctb_ccr_notice), decode_ccr_notice },
	[NCTB_KEEP_ALIVE] = { sizeof(struct nctb_keep_alive), decode_keep_alive },
	[NCTB_IDENTITY] = { sizeof(struct nctb_identity), decode_identity },
};

static enum nct_decoded decode_module(const void *data, size_t size,
				      struct nct_module_change *module)
{
	const struct nctb_module *rec = data;

	if (size < sizeof(*rec))
		return NCT_DECODED_BAD;
	module->loaded = rec->loaded;
	snprintf(module->name, sizeof(module->name), "%.*s", NCTB_MODULE_LEN, rec->name);
	return NCT_DECODED_MODULE;
}

enum nct_decoded nct_decode(const void *data, size_t size, const struct nct_states *states,
			    struct nct_event *ev, struct nct_module_change *module)
{
	const struct nctb_header *h = data;

	if (size < sizeof(*h) || h->abi != NCTB_ABI || h->size > size)
		return NCT_DECODED_BAD;
	if (h->type == NCTB_MODULE)
		return decode_module(data, size, module);
	if (h->type >= sizeof(decoders) / sizeof(decoders[0]) || !decoders[h->type].decode ||
	    size < decoders[h->type].size)
		return NCT_DECODED_BAD;
	memset(ev, 0, sizeof(*ev));
	ev->ts_ns = h->ts_ns;
	ev->ctrl = h->ctrl;
	ev->instance = h->instance;
	ev->cpu = h->cpu;
	decoders[h->type].decode(ev, data, states);
	return NCT_DECODED_EVENT;
}
