/* SPDX-License-Identifier: GPL-2.0 */
/* What of a host and its kernel decides how long recoveries take, besides the code: two recordings
 * are comparable if they agree in it. */
#ifndef NCT_SYS_SETTINGS_H
#define NCT_SYS_SETTINGS_H

#include <stddef.h>

#define NCT_SETTINGS 32

struct nct_setting {
	char name[40]; /* "CONFIG_HZ", "nvme_core.io_timeout", "cpus" */
	char value[96];
};

/* All zero is the valid empty state. */
struct nct_settings {
	struct nct_setting list[NCT_SETTINGS];
	size_t n;
};

/* Copies both, cut off where they are too long. An empty value is not known: not added; nor is
 * what there is no room for. */
void nct_settings_add(struct nct_settings *s, const char *name, const char *value);

/* Those of this host, as far as they can be read: hardware, preemption, the kernel's configuration
 * where it is kept (/proc/config.gz, /boot, or with the modules), parameters of nvme_core. */
void nct_settings_read(struct nct_settings *s);

/* A parameter of the module nvme_core, as text; "" if it cannot be read: it is not loaded, or has
 * none of this name. size: of value, at least 1. */
void nct_core_parameter(const char *name, char *value, size_t size);

#endif
