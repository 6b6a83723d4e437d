// SPDX-License-Identifier: GPL-2.0
#include "fingerprint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The place of the first that is not before it. */
static size_t place_of(const struct nct_fingerprint *f, const char *name)
{
	size_t i = 0;

	while (i < f->n && strcmp(f->list[i].name, name) < 0)
		i++;
	return i;
}

const struct nct_trait *nct_fingerprint_find(const struct nct_fingerprint *f, const char *name)
{
	size_t i = place_of(f, name);

	return i < f->n && !strcmp(f->list[i].name, name) ? &f->list[i] : NULL;
}

/* Makes it if it is not there; NULL: out of memory. */
static struct nct_trait *trait_of(struct nct_fingerprint *f, const char *name)
{
	size_t i = place_of(f, name);
	struct nct_trait *grown;

	if (i < f->n && !strcmp(f->list[i].name, name))
		return &f->list[i];
	grown = realloc(f->list, (f->n + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	f->list = grown;
	memmove(&grown[i + 1], &grown[i], (f->n++ - i) * sizeof(*grown));
	memset(&grown[i], 0, sizeof(*grown));
	snprintf(grown[i].name, sizeof(grown[i].name), "%s", name);
	return &grown[i];
}

static int add_value(struct nct_trait *t, const char *value)
{
	char(*grown)[NCT_TRAIT_VALUE];
	size_t i = 0;

	while (i < t->n && strcmp(t->values[i], value) < 0)
		i++;
	if (i < t->n && !strcmp(t->values[i], value))
		return 0;
	if (t->n == NCT_TRAIT_MAX) {
		t->more = true;
		return 0;
	}
	grown = realloc(t->values, (t->n + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	t->values = grown;
	memmove(grown[i + 1], grown[i], (t->n++ - i) * sizeof(*grown));
	memcpy(grown[i], value, sizeof(*grown));
	return 0;
}

/* Both are cut off where they are too long, before they are looked up: what is equal stays so. */
int nct_fingerprint_add(struct nct_fingerprint *f, const char *name, const char *value)
{
	char key[NCT_TRAIT_NAME], text[NCT_TRAIT_VALUE] = "";
	struct nct_trait *t;

	if (!*value)
		return 0;
	snprintf(key, sizeof(key), "%s", name);
	snprintf(text, sizeof(text), "%s", value);
	t = trait_of(f, key);
	return t ? add_value(t, text) : -ENOMEM;
}

void nct_fingerprint_more(struct nct_fingerprint *f, const char *name)
{
	size_t i = place_of(f, name);

	if (i < f->n && !strcmp(f->list[i].name, name))
		f->list[i].more = true;
}

int nct_fingerprint_add_settings(struct nct_fingerprint *f, const struct nct_settings *settings)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < settings->n; i++)
		rc = nct_fingerprint_add(f, settings->list[i].name, settings->list[i].value);
	return rc;
}

static int add_number(struct nct_fingerprint *f, const char *name, int32_t n)
{
	char text[16];

	if (n == NCT_UNKNOWN_INT)
		return 0;
	snprintf(text, sizeof(text), "%d", n);
	return nct_fingerprint_add(f, name, text);
}

int nct_fingerprint_add_identity(struct nct_fingerprint *f, const struct nct_identity *id)
{
	const struct {
		const char *name;
		int32_t n;
	} numbers[] = {
		{ "kato_ms", id->kato_ms },
		{ "reconnect_delay_ms", id->reconnect_delay_ms },
		{ "ctrl_loss_tmo_ms", id->ctrl_loss_tmo_ms },
		{ "cqt_ms", id->cqt_ms },
		{ "ccr", id->ccr },
		{ "tbkas", id->tbkas },
	};
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		rc = add_number(f, numbers[i].name, numbers[i].n);
	return rc;
}

bool nct_trait_differs(const struct nct_trait *a, const struct nct_trait *b)
{
	if (!a || !b || nct_trait_is_told_only(a->name))
		return false;
	if (a->n != b->n || a->more != b->more)
		return true;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->values[i], b->values[i]) != 0)
			return true;
	return false;
}

bool nct_trait_is_told_only(const char *name)
{
	return !strcmp(name, "kernel") || !strcmp(name, "dialect");
}

void nct_fingerprint_free(struct nct_fingerprint *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->list[i].values);
	free(f->list);
	memset(f, 0, sizeof(*f));
}
