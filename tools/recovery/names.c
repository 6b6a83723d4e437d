// SPDX-License-Identifier: GPL-2.0
/* The words of the vocabulary, and how kernels spell controller states. */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "recovery.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *name_of(const char *const *names, size_t n, unsigned int i, const char *other)
{
	return i < n && names[i] ? names[i] : other;
}

/* `name`: the kernel's enum without NVME_CTRL_. `sysfs`: the attribute state. */
static const struct {
	const char *name;
	const char *sysfs;
} states[NCT_STATE_COUNT] = {
	[NCT_STATE_UNKNOWN] = { "UNKNOWN", "unknown" },
	[NCT_STATE_NEW] = { "NEW", "new" },
	[NCT_STATE_LIVE] = { "LIVE", "live" },
	[NCT_STATE_RESETTING] = { "RESETTING", "resetting" },
	[NCT_STATE_CONNECTING] = { "CONNECTING", "connecting" },
	[NCT_STATE_DELETING] = { "DELETING", "deleting" },
	[NCT_STATE_DELETING_NOIO] = { "DELETING_NOIO", "deleting (no IO)" },
	[NCT_STATE_DEAD] = { "DEAD", "dead" },
	[NCT_STATE_RECOVERING] = { "RECOVERING", "recovering" },
	[NCT_STATE_FENCING] = { "FENCING", "fencing" },
	[NCT_STATE_FENCED] = { "FENCED", "fenced" },
};

const char *nct_state_name(enum nct_state state)
{
	unsigned int i = state;

	return i < COUNT(states) ? states[i].name : "UNKNOWN";
}

enum nct_state nct_state_from_name(const char *name)
{
	static const char prefix[] = "NVME_CTRL_";

	if (!name)
		return NCT_STATE_UNKNOWN;
	if (!strncmp(name, prefix, sizeof(prefix) - 1))
		name += sizeof(prefix) - 1;
	for (size_t i = 1; i < COUNT(states); i++)
		if (!strcasecmp(name, states[i].name) || !strcasecmp(name, states[i].sysfs))
			return (enum nct_state)i;
	return NCT_STATE_UNKNOWN;
}

const char *nct_phase_name(enum nct_phase phase)
{
	static const char *const names[] = {
		[NCT_PHASE_QUEUE] = "queue",	 [NCT_PHASE_CCR] = "ccr",
		[NCT_PHASE_HOLD] = "hold",	 [NCT_PHASE_TEARDOWN] = "teardown",
		[NCT_PHASE_BACKOFF] = "backoff", [NCT_PHASE_CONNECT] = "connect",
	};

	return name_of(names, COUNT(names), phase, "unknown");
}

const char *nct_kind_name(enum nct_kind kind)
{
	static const char *const names[] = {
		[NCT_KIND_RECOVERY] = "recovery",
		[NCT_KIND_RESET] = "reset",
		[NCT_KIND_DELETE] = "delete",
	};

	return name_of(names, COUNT(names), kind, "unknown");
}

const char *nct_fence_name(enum nct_fence fence)
{
	static const char *const names[] = {
		[NCT_FENCE_CCR] = "ccr",
		[NCT_FENCE_CCR_IMMEDIATE] = "ccr-immediate",
		[NCT_FENCE_HOLD] = "hold",
		[NCT_FENCE_UNFENCED] = "unfenced",
	};

	return name_of(names, COUNT(names), fence, NULL);
}

const char *nct_end_name(enum nct_end end)
{
	static const char *const names[] = {
		[NCT_END_NONE] = "open",
		[NCT_END_LIVE] = "live",
		[NCT_END_REMOVED] = "removed",
		[NCT_END_INCOMPLETE] = "incomplete",
	};

	return name_of(names, COUNT(names), end, "unknown");
}

const char *nct_ccr_result_name(enum nct_ccr_result result)
{
	static const char *const names[] = {
		[NCT_CCR_UNKNOWN] = "unknown",	 [NCT_CCR_SUCCESS] = "success",
		[NCT_CCR_REJECTED] = "rejected", [NCT_CCR_TIMEOUT] = "timeout",
		[NCT_CCR_FAILED] = "failed",
	};

	return name_of(names, COUNT(names), result, "unknown");
}

/* A host's errors that are not listed are "ccr-error". */
static const struct {
	int32_t why;
	const char *reason;
} hold_reasons[] = {
	{ -EOPNOTSUPP, "ccr-not-supported" },
	{ -ENODEV, "no-source" },
	{ -EBUSY, "no-credit" },
	{ -EALREADY, "ccr-in-progress" },
	{ -ENOLINK, "source-lost" },
	{ -EINTR, "source-lost" }, /* its commands were cancelled */
	{ -ETIMEDOUT, "ccr-timeout" },
	{ -ETIME, "ccr-timeout" },
	{ -EREMOTEIO, "ccr-failed" },
	{ 1, "ccr-rejected" }, /* any NVMe status */
	{ -EIO, "ccr-error" },
};

const char *nct_hold_reason(int32_t why)
{
	if (!why || why == NCT_UNKNOWN_INT)
		return "";
	if (why > 0)
		why = 1;
	for (size_t i = 0; i < COUNT(hold_reasons); i++)
		if (hold_reasons[i].why == why)
			return hold_reasons[i].reason;
	return "ccr-error";
}

const char *nct_hold_reason_known(const char *reason)
{
	for (size_t i = 0; i < COUNT(hold_reasons); i++)
		if (!strcmp(hold_reasons[i].reason, reason))
			return hold_reasons[i].reason;
	return NULL;
}

const char *nct_dialect_name(enum nct_dialect dialect)
{
	static const char *const names[] = {
		[NCT_DIALECT_UNKNOWN] = "unknown",
		[NCT_DIALECT_BASELINE] = "baseline",
		[NCT_DIALECT_RECOVERING] = "recovering",
		[NCT_DIALECT_FENCING] = "fencing",
	};

	return name_of(names, COUNT(names), dialect, "unknown");
}
