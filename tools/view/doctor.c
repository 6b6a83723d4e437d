// SPDX-License-Identifier: GPL-2.0
#include "doctor.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#define MAX_PHASE_HOOKS 4

/* Which hook bounds which phase; %s stands for the transport's prefix. */
static const struct {
	const char *phase;
	const char *hooks[MAX_PHASE_HOOKS];
	const char *on; /* the transports that have it; NULL: all */
	bool fences;	/* only CCR-capable kernels have it */
} phases[] = {
	{ .phase = "trigger",
	  .hooks = { "core.state", "core.error", "%s.timeout", "%s.ioerr_work" } },
	{ .phase = "queue",
	  .hooks = { "core.state", "%s.err_work.start", "%s.fencing_work.start",
		     "%s.reset_work.start" } },
	{ .phase = "ccr",
	  .hooks = { "core.ccr.start", "core.ccr.end", "core.ccr.command", "core.ccr.submit" },
	  .on = "tcp rdma fc",
	  .fences = true },
	{ .phase = "hold",
	  .hooks = { "core.hold.start", "core.hold.end", "%s.err_work.end", "%s.fencing_work.end" },
	  .on = "tcp rdma fc",
	  .fences = true },
	{ .phase = "teardown",
	  .hooks = { "%s.err_work.start", "%s.reset_work.start", "core.state",
		     "core.recovery_end" } },
	{ .phase = "backoff",
	  .hooks = { "core.state", "%s.reconnect_work.start", "%s.connect_work.start" },
	  .on = "tcp rdma fc loop" },
	{ .phase = "connect",
	  .hooks = { "%s.reconnect_work.start", "%s.connect_work.start", "core.state" } },
	{ .phase = "time to retry",
	  .hooks = { "core.cancel", "core.failover" },
	  .on = "tcp rdma pci loop" },
	/* fc aborts each request by itself */
	{ .phase = "time to retry", .hooks = { "core.failover" }, .on = "fc" },
	{ .phase = "removal", .hooks = { "core.state", "core.gone" } },
};

#define NPHASES (sizeof(phases) / sizeof(phases[0]))

static const char *const transports[] = { "tcp", "rdma", "fc", "pci", "loop" };

#define NTRANSPORTS (sizeof(transports) / sizeof(transports[0]))

static const char *rung_name(enum nct_rung rung)
{
	static const char *const names[] = {
		[NCT_RUNG_NONE] = "none",
		[NCT_RUNG_FENTRY] = "fentry",
		[NCT_RUNG_KPROBE] = "kprobe",
		[NCT_RUNG_TRACEPOINT] = "tracepoint",
	};

	return names[rung];
}

static const struct nct_hook_status *find_hook(const struct nct_diagnosis *d, const char *name)
{
	for (size_t i = 0; i < d->nhooks; i++)
		if (!strcmp(d->hooks[i].name, name))
			return &d->hooks[i];
	return NULL;
}

/* The hook of a phase on a transport, or NULL where that transport, or kernel, has none. */
static const struct nct_hook_status *phase_hook(const struct nct_diagnosis *d, size_t phase,
						size_t k, const char *transport)
{
	char name[64];
	const char *pattern = phases[phase].hooks[k];
	const struct nct_hook_status *h;

	if (!pattern)
		return NULL;
	if (!strncmp(pattern, "%s", 2))
		snprintf(name, sizeof(name), "%s%s", transport, pattern + 2);
	else
		snprintf(name, sizeof(name), "%s", pattern);
	h = find_hook(d, name);
	return h && !h->spare ? h : NULL;
}

/* Whether this kernel, on this transport, has such a phase. */
static bool phase_on(const struct nct_diagnosis *d, size_t phase, const char *transport)
{
	bool fencing = d->dialect != NCT_DIALECT_BASELINE && d->dialect != NCT_DIALECT_UNKNOWN;

	if (phases[phase].fences && !fencing)
		return false;
	return !phases[phase].on || strstr(phases[phase].on, transport);
}

static bool transport_present(const struct nct_diagnosis *d, const char *transport)
{
	char name[64];
	const struct nct_hook_status *h;

	snprintf(name, sizeof(name), "%s.reset_work.start", transport);
	h = find_hook(d, name);
	return h && h->module_present;
}

/* ---- text -------------------------------------------------------------------- */

static void print_checks(FILE *out, const struct nct_diagnosis *d)
{
	static const char *const words[] = { "ok", "note", "FAILED" };

	fprintf(out, "\nSystem\n");
	for (size_t i = 0; i < d->nchecks; i++) {
		const struct nct_check *c = &d->checks[i];

		fprintf(out, "  %-6s  %-13s %s\n", words[c->status], c->name, c->detail);
		if (c->remedy[0])
			fprintf(out, "  %22s to do: %s\n", "", c->remedy);
	}
}

/* A tracepoint may serve several hooks of a phase. */
static bool told(const struct nct_diagnosis *d, size_t phase, size_t k, const char *transport)
{
	const struct nct_hook_status *h = phase_hook(d, phase, k, transport), *before;

	for (size_t i = 0; i < k; i++) {
		before = phase_hook(d, phase, i, transport);
		if (before && !strcmp(before->function, h->function))
			return true;
	}
	return false;
}

static void print_phase(FILE *out, const struct nct_diagnosis *d, size_t phase,
			const char *transport)
{
	const char *sep = "";

	fprintf(out, "    %-14s ", phases[phase].phase);
	for (size_t k = 0; k < MAX_PHASE_HOOKS; k++) {
		const struct nct_hook_status *h = phase_hook(d, phase, k, transport);

		if (!h || told(d, phase, k, transport))
			continue;
		fprintf(out, "%s%s (%s)", sep, h->function,
			h->rung ? rung_name(h->rung) : "NOT SEEN");
		sep = ", ";
	}
	fprintf(out, "\n");
}

static void print_phases(FILE *out, const struct nct_diagnosis *d)
{
	fprintf(out, "\nWhat bounds each phase\n");
	for (size_t t = 0; t < NTRANSPORTS; t++) {
		if (!transport_present(d, transports[t])) {
			fprintf(out, "  %-4s  not loaded\n", transports[t]);
			continue;
		}
		fprintf(out, "  %s\n", transports[t]);
		for (size_t p = 0; p < NPHASES; p++)
			if (phase_on(d, p, transports[t]))
				print_phase(out, d, p, transports[t]);
	}
	if (d->dialect == NCT_DIALECT_BASELINE)
		fprintf(out, "  ccr, hold: this kernel has neither; every retry after a failure is "
			     "unfenced\n");
}

static void print_degraded(FILE *out, const struct nct_diagnosis *d)
{
	bool any = false;

	for (size_t i = 0; i < d->nhooks; i++) {
		const struct nct_hook_status *h = &d->hooks[i];

		if (!h->reason[0] || h->spare || (!h->module_present && !h->rung))
			continue;
		if (!any)
			fprintf(out, "\nDegraded or idle\n");
		any = true;
		fprintf(out, "  %-26s %s: %s (for: %s)\n", h->name,
			h->rung ? rung_name(h->rung) : "not attached", h->reason, h->serves);
	}
}

int nct_doctor_text(FILE *out, const struct nct_diagnosis *d)
{
	fprintf(out, "kernel %s, dialect %s, %zu controller%s\n", d->kernel,
		nct_dialect_name(d->dialect), d->controllers, d->controllers == 1 ? "" : "s");
	print_checks(out, d);
	if (d->hooks) {
		print_phases(out, d);
		print_degraded(out, d);
	}
	if (d->able)
		fprintf(out, "\nRecoveries can be observed on this system.\n");
	else
		fprintf(out, "\nRecoveries can NOT be observed on this system: %s\n",
			d->error.text);
	return fflush(out) ? -errno : 0;
}

/* ---- JSON -------------------------------------------------------------------- */

static void add_string(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, value && value[0] ? json_object_new_string(value) : NULL);
}

static struct json_object *json_checks(const struct nct_diagnosis *d)
{
	static const char *const words[] = { "ok", "note", "failed" };
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < d->nchecks; i++) {
		struct json_object *o = json_object_new_object();

		add_string(o, "name", d->checks[i].name);
		add_string(o, "status", words[d->checks[i].status]);
		add_string(o, "detail", d->checks[i].detail);
		add_string(o, "remedy", d->checks[i].remedy);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *json_hooks(const struct nct_diagnosis *d)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < d->nhooks; i++) {
		const struct nct_hook_status *h = &d->hooks[i];
		struct json_object *o;

		if (h->spare)
			continue;
		o = json_object_new_object();
		add_string(o, "name", h->name);
		add_string(o, "function", h->function);
		add_string(o, "module", h->module);
		json_object_object_add(o, "module_present",
				       json_object_new_boolean(h->module_present));
		add_string(o, "attached", h->rung ? rung_name(h->rung) : NULL);
		add_string(o, "reason", h->reason);
		add_string(o, "serves", h->serves);
		json_object_object_add(o, "needed", json_object_new_boolean(h->needed));
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *json_phase(const struct nct_diagnosis *d, size_t phase,
				      const char *transport)
{
	struct json_object *o = json_object_new_object(), *by = json_object_new_array();
	bool all = true;

	for (size_t k = 0; k < MAX_PHASE_HOOKS; k++) {
		const struct nct_hook_status *h = phase_hook(d, phase, k, transport);

		if (h && h->rung)
			json_object_array_add(by, json_object_new_string(h->name));
		else if (h && h->needed)
			all = false;
	}
	add_string(o, "phase", phases[phase].phase);
	add_string(o, "transport", transport);
	json_object_object_add(o, "hooks", by);
	json_object_object_add(o, "complete", json_object_new_boolean(all));
	return o;
}

static struct json_object *json_phases(const struct nct_diagnosis *d)
{
	struct json_object *list = json_object_new_array();

	for (size_t t = 0; t < NTRANSPORTS; t++)
		for (size_t p = 0; p < NPHASES && transport_present(d, transports[t]); p++)
			if (phase_on(d, p, transports[t]))
				json_object_array_add(list, json_phase(d, p, transports[t]));
	return list;
}

int nct_doctor_json(FILE *out, const struct nct_diagnosis *d)
{
	struct json_object *o = json_object_new_object();
	int ret;

	add_string(o, "schema", "nvme-ccr-trace/doctor/1");
	add_string(o, "kernel", d->kernel);
	add_string(o, "dialect",
		   d->dialect == NCT_DIALECT_UNKNOWN ? NULL : nct_dialect_name(d->dialect));
	json_object_object_add(o, "controllers", json_object_new_int64(d->controllers));
	json_object_object_add(o, "able", json_object_new_boolean(d->able));
	add_string(o, "error", d->able ? NULL : d->error.text);
	json_object_object_add(o, "checks", json_checks(d));
	json_object_object_add(o, "phases", json_phases(d));
	json_object_object_add(o, "hooks", json_hooks(d));
	ret = fprintf(out, "%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN)) < 0 ||
	      fflush(out);
	json_object_put(o);
	return ret ? -errno : 0;
}
