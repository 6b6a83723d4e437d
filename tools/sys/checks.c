// SPDX-License-Identifier: GPL-2.0
#include "checks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inventory.h"

static void say(struct nct_check *c, enum nct_check_status status, const char *detail,
		const char *remedy)
{
	c->status = status;
	snprintf(c->detail, sizeof(c->detail), "%s", detail);
	snprintf(c->remedy, sizeof(c->remedy), "%s", remedy);
}

/*
 * CAP_BPF and CAP_PERFMON load tracing programs that read kernel memory. Finding the
 * BTF of a module goes through BPF_BTF_GET_FD_BY_ID, which asks for CAP_SYS_ADMIN.
 */
static void check_capabilities(struct nct_check *c)
{
	static const struct {
		cap_value_t cap;
		const char *name;
	} needed[] = {
		{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN" },
		{ CAP_BPF, "CAP_BPF" },
		{ CAP_PERFMON, "CAP_PERFMON" },
	};
	cap_flag_value_t set;
	cap_t caps = cap_get_proc();
	char missing[120] = "";

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (caps && !cap_get_flag(caps, needed[i].cap, CAP_EFFECTIVE, &set) &&
		    set == CAP_SET)
			continue;
		snprintf(missing + strlen(missing), sizeof(missing) - strlen(missing), "%s%s",
			 missing[0] ? ", " : "", needed[i].name);
	}
	if (caps)
		cap_free(caps);
	if (!missing[0]) {
		say(c, NCT_CHECK_OK, "CAP_SYS_ADMIN, CAP_BPF, CAP_PERFMON", "");
		return;
	}
	say(c, NCT_CHECK_FAILED, "", "run it as root, e.g. with sudo");
	snprintf(c->detail, sizeof(c->detail), "missing %s", missing);
}

static void check_btf(struct nct_check *c)
{
	if (!access("/sys/kernel/btf/vmlinux", R_OK)) {
		say(c, NCT_CHECK_OK, "/sys/kernel/btf/vmlinux", "");
		return;
	}
	say(c, NCT_CHECK_FAILED, "",
	    "boot a kernel with CONFIG_DEBUG_INFO_BTF=y and "
	    "CONFIG_DEBUG_INFO_BTF_MODULES=y (Debian's kernels have both)");
	snprintf(c->detail, sizeof(c->detail),
		 "no BTF of the running kernel: /sys/kernel/btf/vmlinux: %s", strerror(errno));
}

static void check_module_btf(struct nct_check *c)
{
	struct stat st;

	if (stat("/sys/module/nvme_core/initstate", &st))
		say(c, NCT_CHECK_OK, "nvme_core is not a loaded module", "");
	else if (!access("/sys/kernel/btf/nvme_core", R_OK))
		say(c, NCT_CHECK_OK, "/sys/kernel/btf/nvme_core", "");
	else
		say(c, NCT_CHECK_FAILED, "nvme_core is loaded without BTF",
		    "use a kernel with CONFIG_DEBUG_INFO_BTF_MODULES=y; for modules of your own, "
		    "build them where pahole and the kernel's vmlinux are present");
}

static void check_lockdown(struct nct_check *c)
{
	char buf[100] = "";
	FILE *f = fopen("/sys/kernel/security/lockdown", "re");

	if (f && !fgets(buf, sizeof(buf), f))
		buf[0] = '\0';
	if (f)
		fclose(f);
	if (strstr(buf, "[confidentiality]"))
		say(c, NCT_CHECK_FAILED,
		    "lockdown is in confidentiality mode: BPF may not read the kernel",
		    "boot with lockdown=integrity or lockdown=none");
	else
		say(c, NCT_CHECK_OK, "does not stand in the way", "");
}

static void check_nvme(struct nct_check *c)
{
	if (nct_module_present("nvme_core"))
		say(c, NCT_CHECK_OK, "nvme_core is present", "");
	else
		say(c, NCT_CHECK_NOTE, "nvme_core is not loaded: there is nothing to observe yet",
		    "modprobe nvme-tcp (or nvme-rdma, nvme-fc, nvme); `live` picks it up when it "
		    "comes");
}

static void check_multipath(struct nct_check *c)
{
	char value = 0;
	FILE *f = fopen("/sys/module/nvme_core/parameters/multipath", "re");

	if (f) {
		value = fgetc(f);
		fclose(f);
	}
	if (value == 'N')
		say(c, NCT_CHECK_NOTE,
		    "native multipath is off: requests are not failed over by nvme",
		    "nvme_core.multipath=Y on the kernel command line, unless dm-multipath is in "
		    "use");
	else
		say(c, NCT_CHECK_OK,
		    value == 'Y' ? "native multipath is on" : "not told by this kernel", "");
}

static const struct {
	const char *name;
	void (*run)(struct nct_check *c);
} all[] = {
	{ "capabilities", check_capabilities },
	{ "BTF", check_btf },
	{ "module BTF", check_module_btf },
	{ "lockdown", check_lockdown },
	{ "nvme", check_nvme },
	{ "multipath", check_multipath },
};

_Static_assert(sizeof(all) / sizeof(all[0]) <= NCT_MAX_CHECKS, "raise NCT_MAX_CHECKS");

size_t nct_checks_run(struct nct_check checks[NCT_MAX_CHECKS])
{
	size_t n = sizeof(all) / sizeof(all[0]);

	for (size_t i = 0; i < n; i++) {
		checks[i] = (struct nct_check) { .name = all[i].name };
		all[i].run(&checks[i]);
	}
	return n;
}

int nct_checks_require(struct nct_error *err)
{
	struct nct_check checks[NCT_MAX_CHECKS];
	size_t n = nct_checks_run(checks);

	for (size_t i = 0; i < n; i++)
		if (checks[i].status == NCT_CHECK_FAILED)
			return nct_fail(err, NCT_EXIT_SYSTEM, "%s: %s", checks[i].detail,
					checks[i].remedy);
	return 0;
}
