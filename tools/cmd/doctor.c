// SPDX-License-Identifier: GPL-2.0
/* doctor: what can be observed on this kernel, by which hook, and what not and why. */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "../view/doctor.h"
#include "cmd.h"
#include "options.h"

static const struct nct_usage usage = {
	.command = "doctor",
	.description =
		"Say what can be observed on this kernel, by which hook, and what not and why.\n"
		"Exits with 0 when recoveries can be observed, with 3 when not.\n",
	.examples = "  " NCT_PROGRAM " doctor\n"
		    "  " NCT_PROGRAM
		    " doctor --format json | jq '.hooks[] | select(.attached == null)'\n",
	.options = NCT_OPT_FORMAT | NCT_OPT_ATTACH,
};

/* Without the hook on state changes nothing can be told at all. */
static bool able(struct nct_diagnosis *d)
{
	for (size_t i = 0; i < d->nhooks; i++) {
		const struct nct_hook_status *h = &d->hooks[i];

		if (strcmp(h->name, "core.state") || h->rung || !h->module_present)
			continue;
		nct_fail(&d->error, NCT_EXIT_SYSTEM, "%s: %s", h->function, h->reason);
		return false;
	}
	return true;
}

static struct nct_bpf *diagnose(struct nct_diagnosis *d, enum nct_attach attach)
{
	const struct nct_bpf_opts opts = { .attach = attach };
	struct utsname uts;
	struct nct_bpf *src;

	uname(&uts);
	snprintf(d->kernel, sizeof(d->kernel), "%.60s %.15s", uts.release, uts.machine);
	d->nchecks = nct_checks_run(d->checks);
	if (nct_bpf_open(&src, &opts, &d->error))
		return NULL;
	d->dialect = nct_bpf_dialect(src);
	d->controllers = nct_bpf_controllers(src);
	d->hooks = nct_bpf_hooks(src, &d->nhooks);
	d->able = able(d);
	return src;
}

int nct_cmd_doctor(int argc, char **argv)
{
	struct nct_diagnosis d = { .able = false };
	struct nct_options o;
	struct nct_error err;
	struct nct_bpf *src;
	int ret;

	if (nct_options_parse(&o, &usage, argc, argv, &err))
		return nct_options_complain(&usage, &err);
	if (o.help) {
		nct_options_help(&usage);
		nct_options_free(&o);
		return NCT_EXIT_OK;
	}
	src = diagnose(&d, o.attach);
	ret = o.format == NCT_FORMAT_JSON ? nct_doctor_json(stdout, &d)
					  : nct_doctor_text(stdout, &d);
	nct_bpf_close(src);
	nct_options_free(&o);
	if (ret) {
		nct_fail(&err, NCT_EXIT_SYSTEM, "cannot write to standard output: %s",
			 strerror(-ret));
		return nct_options_complain(&usage, &err);
	}
	return d.able ? NCT_EXIT_OK : NCT_EXIT_SYSTEM;
}
