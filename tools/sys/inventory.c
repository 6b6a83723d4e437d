// SPDX-License-Identifier: GPL-2.0
#include "inventory.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

#define NVME_CLASS "/sys/class/nvme"

/* One attribute without its newline; "" and false when it cannot be read. */
static bool read_attr(const char *ctrl, const char *name, char *buf, size_t size)
{
	char path[PATH_MAX];
	FILE *f;
	bool ok;

	buf[0] = '\0';
	snprintf(path, sizeof(path), NVME_CLASS "/%s/%s", ctrl, name);
	f = fopen(path, "re");
	if (!f)
		return false;
	ok = fgets(buf, size, f);
	fclose(f);
	buf[strcspn(buf, "\n")] = '\0';
	return ok;
}

/* "off" is how the fabrics attributes print -1. */
static int32_t read_int(const char *ctrl, const char *name, int32_t unknown)
{
	char buf[32], *end;
	long value;

	if (!read_attr(ctrl, name, buf, sizeof(buf)))
		return unknown;
	if (!strcmp(buf, "off"))
		return -1;
	value = strtol(buf, &end, 10);
	return end == buf || value > INT32_MAX || value < INT32_MIN ? unknown : (int32_t)value;
}

static int32_t seconds_to_ms(int32_t s)
{
	return s < 0 || s > INT32_MAX / 1000 ? s : s * 1000;
}

static void read_config(const char *ctrl, struct nct_identity *id)
{
	int32_t delay = read_int(ctrl, "reconnect_delay", NCT_UNKNOWN_INT);
	int32_t loss = read_int(ctrl, "ctrl_loss_tmo", NCT_UNKNOWN_INT);
	int32_t ciu = read_int(ctrl, "ciu", NCT_UNKNOWN_INT);

	id->kato_ms = seconds_to_ms(read_int(ctrl, "kato", NCT_UNKNOWN_INT));
	id->reconnect_delay_ms = seconds_to_ms(delay);
	id->ctrl_loss_tmo_ms = seconds_to_ms(loss);
	id->cqt_ms = read_int(ctrl, "cqt", NCT_UNKNOWN_INT);
	id->ccr = ciu == NCT_UNKNOWN_INT ? ciu : ciu != 0;
	id->tbkas = NCT_UNKNOWN_INT; /* sysfs does not tell */
	id->max_reconnects = NCT_UNKNOWN_INT;
	if (loss == -1)
		id->max_reconnects = -1;
	else if (loss >= 0 && delay > 0)
		id->max_reconnects = loss / delay; /* as nvme_ctrl_loss_tmo_show() multiplies */
}

static bool read_controller(const char *name, struct nct_identity *id, enum nct_state *state,
			    uint64_t *read_ns)
{
	char buf[NCT_STATE_NAME_LEN];

	memset(id, 0, sizeof(*id));
	if (sscanf(name, "nvme%d", &id->instance) != 1)
		return false;
	*read_ns = nct_monotonic_ns();
	if (!read_attr(name, "state", buf, sizeof(buf)))
		return false;
	*state = nct_state_from_name(buf);
	id->cntlid = read_int(name, "cntlid", NCT_UNKNOWN_INT);
	read_attr(name, "transport", id->transport, sizeof(id->transport));
	read_attr(name, "address", id->address, sizeof(id->address));
	read_attr(name, "subsysnqn", id->subsystem, sizeof(id->subsystem));
	read_config(name, id);
	return true;
}

int nct_inventory(int (*fn)(void *ctx, const struct nct_identity *id, enum nct_state state,
			    uint64_t read_ns),
		  void *ctx)
{
	DIR *dir = opendir(NVME_CLASS);
	struct dirent *entry;
	int n = 0, ret = 0;

	if (!dir)
		return 0;
	while (ret >= 0 && (entry = readdir(dir))) {
		struct nct_identity id;
		enum nct_state state;
		uint64_t read_ns;

		if (!read_controller(entry->d_name, &id, &state, &read_ns))
			continue;
		ret = fn(ctx, &id, state, read_ns);
		n++;
	}
	closedir(dir);
	return ret < 0 ? ret : n;
}

bool nct_module_present(const char *module)
{
	char path[128], buf[16] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/%s", module);
	if (access(path, F_OK))
		return false;
	snprintf(path, sizeof(path), "/sys/module/%s/initstate", module);
	f = fopen(path, "re");
	if (!f)
		return true; /* built in */
	if (!fgets(buf, sizeof(buf), f))
		buf[0] = '\0';
	fclose(f);
	return !strcmp(buf, "live\n");
}

bool nct_module_used(const char *module)
{
	char path[128];
	struct dirent *entry;
	bool used = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/module/%s/initstate", module);
	if (access(path, F_OK))
		return true; /* built in */
	snprintf(path, sizeof(path), "/sys/module/%s/holders", module);
	dir = opendir(path);
	if (!dir)
		return true; /* not told (no CONFIG_MODULE_UNLOAD): it cannot be unloaded */
	while ((entry = readdir(dir)))
		used |= entry->d_name[0] != '.';
	closedir(dir);
	return used;
}
