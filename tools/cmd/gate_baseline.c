// SPDX-License-Identifier: GPL-2.0
/* The baseline file: one side as JSON, a line for each recovery, to be kept beside the code. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../sys/jsonread.h"
#include "../sys/output.h"
#include "../view/jsonbuild.h"
#include "gate_read.h"

#define MOST_COUNTED (1ull << 40)

/* Keys of the counts of a side, and where they are. */
static const struct {
	const char *key;
	size_t offset;
} counts[] = {
	{ "asked_for", offsetof(struct nct_side, left_out.asked_for) },
	{ "incomplete", offsetof(struct nct_side, left_out.incomplete) },
	{ "lost", offsetof(struct nct_side, lost) },
	{ "cut_off", offsetof(struct nct_side, cut_off) },
	{ "unaudited", offsetof(struct nct_side, unaudited) },
};

#define NCOUNTS (sizeof(counts) / sizeof(counts[0]))

/* ---- writing ---------------------------------------------------------------------------- */

/* A member of the file: its key, and the start of what is in it. */
static int put_raw(FILE *out, const char *text)
{
	return nct_output_put(out, text, strlen(text));
}

static int put_counts(FILE *out, const struct nct_side *s)
{
	int rc = 0;
	char line[96];

	snprintf(line, sizeof(line), "\"resolution_ns\": %llu,\n",
		 (unsigned long long)s->resolution_ns);
	rc = put_raw(out, line);
	for (size_t i = 0; !rc && i < NCOUNTS; i++) {
		const uint64_t *n = (const uint64_t *)((const char *)s + counts[i].offset);

		snprintf(line, sizeof(line), "\"%s\": %llu,\n", counts[i].key,
			 (unsigned long long)*n);
		rc = put_raw(out, line);
	}
	return rc;
}

static struct nct_json fingerprint_object(const struct nct_trait *t)
{
	struct json_object *values = json_object_new_array();
	struct nct_json line = nct_json_object();

	nct_json_put_string(&line, "name", t->name);
	for (size_t i = 0; i < t->n; i++)
		nct_json_append_string(&line, values, t->values[i]);
	nct_json_put_made(&line, "values", values);
	if (t->more)
		nct_json_put_bool(&line, "more", true);
	return line;
}

static struct nct_json rule_object(const struct nct_side *s, int rule)
{
	struct nct_json line = nct_json_object();

	nct_json_put_string(&line, "rule", nct_rules[rule].id);
	nct_json_put_ns(&line, "fired", s->fired[rule]);
	return line;
}

static struct nct_json times_object(const struct nct_times *t)
{
	struct nct_json line = nct_json_object();
	char name[32];

	snprintf(name, sizeof(name), "nvme%d", t->instance);
	nct_json_put_string(&line, "fence", t->no_fence ? "none" : nct_fence_name(t->fence));
	nct_json_put_string(&line, "end", nct_end_name(t->end));
	nct_json_put_string(&line, "transport", t->transport);
	nct_json_put_string(&line, "controller", t->instance >= 0 ? name : NULL);
	nct_json_put_string(&line, "host", t->host);
	if (t->lossy)
		nct_json_put_bool(&line, "lossy", true);
	if (t->missed_boundary)
		nct_json_put_bool(&line, "missed_boundary", true);
	if (t->blackout_at_least)
		nct_json_put_bool(&line, "blackout_at_least", true);
	for (int m = 0; m < NCT_METRIC_COUNT; m++)
		if (t->ns[m] != NCT_NONE)
			nct_json_put_ns(&line, nct_metric_name((enum nct_metric)m), t->ns[m]);
	return line;
}

/* One line of a list. */
static int put_item(FILE *out, struct nct_json item, bool last)
{
	const char *text = item.failed
				   ? NULL
				   : json_object_to_json_string_ext(
					     item.object, JSON_C_TO_STRING_PLAIN |
								  JSON_C_TO_STRING_NOSLASHESCAPE);
	int rc = text ? put_raw(out, text) : -ENOMEM;

	json_object_put(item.object);
	return rc ? rc : put_raw(out, last ? "\n" : ",\n");
}

int nct_gate_baseline_write(FILE *out, const struct nct_side *s)
{
	int rc = put_raw(out, "{\n\"schema\": \"" NCT_BASELINE_SCHEMA "\",\n");

	if (!rc)
		rc = put_counts(out, s);
	if (!rc)
		rc = put_raw(out, "\"fingerprint\": [\n");
	for (size_t i = 0; !rc && i < s->fingerprint.n; i++)
		rc = put_item(out, fingerprint_object(&s->fingerprint.list[i]),
			      i + 1 == s->fingerprint.n);
	if (!rc)
		rc = put_raw(out, "],\n\"audit\": [\n");
	for (int rule = 0; !rc && rule < NCT_RULE_COUNT; rule++)
		rc = put_item(out, rule_object(s, rule), rule + 1 == NCT_RULE_COUNT);
	if (!rc)
		rc = put_raw(out, "],\n\"recoveries\": [\n");
	for (size_t i = 0; !rc && i < s->n; i++)
		rc = put_item(out, times_object(&s->times[i]), i + 1 == s->n);
	return rc ? rc : put_raw(out, "]\n}\n");
}

/* ---- reading ----------------------------------------------------------------------------- */

typedef const char *(*item_fn)(struct nct_json_in *item, struct nct_side *side);

static const char *read_trait(struct nct_json_in *in, struct nct_side *side)
{
	const char *name = nct_json_in_string(in, "name");
	struct json_object *values = nct_json_in_array(in, "values");

	if (!*name || !values)
		return "a line of its fingerprint has no name, or no values";
	for (size_t i = 0; i < json_object_array_length(values); i++) {
		struct json_object *value = json_object_array_get_idx(values, i);

		if (!json_object_is_type(value, json_type_string))
			return "a value of its fingerprint is no string";
		if (nct_fingerprint_add(&side->fingerprint, name, json_object_get_string(value)))
			return "out of memory";
	}
	if (nct_json_in_bool(in, "more"))
		nct_fingerprint_more(&side->fingerprint, name);
	return in->wrong ? "a line of its fingerprint is none that this program writes" : NULL;
}

/* False: it is missing, or more than this program can have counted. */
static bool add_count(struct nct_json_in *in, const char *key, uint64_t *to)
{
	uint64_t n = nct_json_in_ns(in, key);

	if (n > MOST_COUNTED)
		return false;
	*to += n;
	return true;
}

/* A rule of a later program is none of ours. */
static const char *read_rule(struct nct_json_in *in, struct nct_side *side)
{
	const char *id = nct_json_in_string(in, "rule");
	uint64_t other = 0, *fired = &other;

	for (int rule = 0; rule < NCT_RULE_COUNT; rule++)
		if (!strcmp(id, nct_rules[rule].id))
			fired = &side->fired[rule];
	return add_count(in, "fired", fired) ? NULL : "a line of its audit has no number";
}

/* An older program did not have all the rules: that they did not fire says nothing. */
static void look_for_rules(struct json_object *list, struct nct_side *side)
{
	for (int rule = 0; rule < NCT_RULE_COUNT; rule++) {
		bool judged = false;

		for (size_t i = 0; list && i < json_object_array_length(list); i++) {
			struct nct_json_in in = { .object = json_object_array_get_idx(list, i) };

			judged |= !strcmp(nct_json_in_string(&in, "rule"), nct_rules[rule].id);
		}
		side->unjudged[rule] |= !judged;
	}
}

static const char *read_fence(struct nct_json_in *in, struct nct_times *t)
{
	const char *word = nct_json_in_string(in, "fence");

	t->no_fence = !strcmp(word, "none");
	if (t->no_fence || !*word)
		return NULL;
	for (int fence = NCT_FENCE_CCR; fence < NCT_FENCES; fence++)
		if (!strcmp(word, nct_fence_name((enum nct_fence)fence)))
			t->fence = (enum nct_fence)fence;
	return t->fence ? NULL : "the fence of a recovery is a word that is not known";
}

static const char *read_times(struct nct_json_in *in, struct nct_side *side)
{
	struct nct_times t = { .lossy = nct_json_in_bool(in, "lossy") };
	const char *end = nct_json_in_string(in, "end");
	const char *wrong = read_fence(in, &t);

	t.missed_boundary = nct_json_in_bool(in, "missed_boundary");
	t.blackout_at_least = nct_json_in_bool(in, "blackout_at_least");
	t.end = !strcmp(end, "live") ? NCT_END_LIVE : NCT_END_REMOVED;
	if (t.end == NCT_END_REMOVED && strcmp(end, "removed") != 0)
		wrong = "the end of a recovery is a word that is not known";
	t.instance = nct_gate_instance(nct_json_in_string(in, "controller"));
	snprintf(t.transport, sizeof(t.transport), "%s", nct_json_in_string(in, "transport"));
	snprintf(t.host, sizeof(t.host), "%s", nct_json_in_string(in, "host"));
	for (int m = 0; m < NCT_METRIC_COUNT; m++)
		t.ns[m] = nct_json_in_ns(in, nct_metric_name((enum nct_metric)m));
	if (in->wrong)
		wrong = "a value of a recovery is none that this program writes";
	if (!wrong && nct_side_times(side, &t, 1))
		wrong = "out of memory";
	return wrong;
}

static const char *read_list(struct nct_json_in *in, const char *key, item_fn read,
			     struct nct_side *side)
{
	struct json_object *list = nct_json_in_array(in, key);
	const char *wrong = list ? NULL : "one of its lists is missing";

	for (size_t i = 0; !wrong && i < json_object_array_length(list); i++) {
		struct nct_json_in item = { .object = json_object_array_get_idx(list, i) };

		wrong = json_object_is_type(item.object, json_type_object)
				? read(&item, side)
				: "an item of its lists is no object";
	}
	return wrong;
}

const char *nct_gate_baseline_read(struct json_object *file, struct nct_side *side)
{
	struct nct_json_in in = { .object = file };
	uint64_t resolution_ns = nct_json_in_ns(&in, "resolution_ns");
	const char *wrong = read_list(&in, "fingerprint", read_trait, side);

	for (size_t i = 0; i < NCOUNTS; i++)
		if (!add_count(&in, counts[i].key, (uint64_t *)((char *)side + counts[i].offset)))
			wrong = "one of its counts is missing, or no number";
	if (resolution_ns == NCT_NONE)
		wrong = "its resolution is missing, or no number";
	else if (resolution_ns > side->resolution_ns)
		side->resolution_ns = resolution_ns;
	if (!wrong)
		wrong = read_list(&in, "audit", read_rule, side);
	if (!wrong)
		look_for_rules(nct_json_in_array(&in, "audit"), side);
	return wrong ? wrong : read_list(&in, "recoveries", read_times, side);
}
