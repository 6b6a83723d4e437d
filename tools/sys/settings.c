// SPDX-License-Identifier: GPL-2.0
#include "settings.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zlib.h>

void nct_settings_add(struct nct_settings *s, const char *name, const char *value)
{
	struct nct_setting *to = &s->list[s->n];

	if (!*value || s->n == NCT_SETTINGS)
		return;
	snprintf(to->name, sizeof(to->name), "%.*s", (int)sizeof(to->name) - 1, name);
	snprintf(to->value, sizeof(to->value), "%.*s", (int)sizeof(to->value) - 1, value);
	s->n++;
}

/* ---- hardware ------------------------------------------------------------------------ */

/* The model of the first CPU, where the architecture tells one. */
static void add_cpu_model(struct nct_settings *s)
{
	FILE *f = fopen("/proc/cpuinfo", "r");
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		char *value = strchr(line, ':');

		if (strncmp(line, "model name", 10) || !value)
			continue;
		value += 1 + strspn(value + 1, " ");
		value[strcspn(value, "\n")] = '\0';
		nct_settings_add(s, "cpu", value);
		break;
	}
	if (f)
		fclose(f);
}

/* What follows "#1 SMP" in the version that the kernel tells: PREEMPT_DYNAMIC, PREEMPT_RT. */
static void add_preemption(struct nct_settings *s, const char *version)
{
	const char *flag = strstr(version, "PREEMPT");
	char word[32];

	snprintf(word, sizeof(word), "%.*s", flag ? (int)strcspn(flag, " ") : 4,
		 flag ? flag : "none");
	nct_settings_add(s, "preemption", word);
}

static void add_host(struct nct_settings *s, const struct utsname *uts)
{
	char cpus[16];

	snprintf(cpus, sizeof(cpus), "%ld", sysconf(_SC_NPROCESSORS_ONLN));
	nct_settings_add(s, "machine", uts->machine);
	nct_settings_add(s, "cpus", cpus);
	add_cpu_model(s);
	add_preemption(s, uts->version);
}

/* ---- the kernel's configuration -------------------------------------------------------- */

/* Options that move times: the tick, preemption, and what is for debugging. */
static const char *const options[] = {
	"CONFIG_HZ",
	"CONFIG_PREEMPT_NONE",
	"CONFIG_PREEMPT_VOLUNTARY",
	"CONFIG_PREEMPT",
	"CONFIG_PREEMPT_RT",
	"CONFIG_NO_HZ_FULL",
	"CONFIG_NVME_MULTIPATH",
	"CONFIG_PROVE_LOCKING",
	"CONFIG_KASAN",
	"CONFIG_KCSAN",
	"CONFIG_DEBUG_KMEMLEAK",
	"CONFIG_DEBUG_PREEMPT",
};

#define NOPTIONS (sizeof(options) / sizeof(options[0]))

/* Plain or compressed. NULL: it is not kept. */
static gzFile open_config(const char *release)
{
	static const char *const places[] = { "/proc/config.gz%.0s", "/boot/config-%s",
					      "/lib/modules/%s/config",
					      "/lib/modules/%s/build/.config" };
	gzFile f = NULL;
	char path[256];

	for (size_t i = 0; !f && i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), places[i], release);
		f = gzopen(path, "r");
	}
	return f;
}

/* The value in "NAME=value"; NULL: it is another line. */
static const char *value_of(char *line, const char *name)
{
	size_t len = strlen(name);

	if (strncmp(line, name, len) || line[len] != '=')
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	return line + len + 1;
}

/* What the file does not set is "n". */
static void add_config(struct nct_settings *s, const char *release)
{
	char values[NOPTIONS][16], line[512];
	gzFile f = open_config(release);

	if (!f)
		return;
	memset(values, 0, sizeof(values));
	while (gzgets(f, line, sizeof(line)))
		for (size_t i = 0; i < NOPTIONS; i++) {
			const char *value = value_of(line, options[i]);

			if (value)
				snprintf(values[i], sizeof(values[i]), "%s", value);
		}
	gzclose(f);
	for (size_t i = 0; i < NOPTIONS; i++)
		nct_settings_add(s, options[i], *values[i] ? values[i] : "n");
}

/* ---- parameters ------------------------------------------------------------------------- */

void nct_core_parameter(const char *name, char *value, size_t size)
{
	char path[128];
	FILE *f;

	value[0] = '\0';
	snprintf(path, sizeof(path), "/sys/module/nvme_core/parameters/%s", name);
	f = fopen(path, "re");
	if (!f)
		return;
	if (fgets(value, (int)size, f))
		value[strcspn(value, "\n")] = '\0';
	fclose(f);
}

static void add_parameter(struct nct_settings *s, const char *name)
{
	char label[64], value[64];

	snprintf(label, sizeof(label), "nvme_core.%s", name);
	nct_core_parameter(name, value, sizeof(value));
	nct_settings_add(s, label, value);
}

void nct_settings_read(struct nct_settings *s)
{
	static const char *const parameters[] = { "io_timeout", "admin_timeout", "max_retries",
						  "multipath", "iopolicy" };
	struct utsname uts;

	if (uname(&uts))
		return;
	add_host(s, &uts);
	add_config(s, uts.release);
	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++)
		add_parameter(s, parameters[i]);
}
