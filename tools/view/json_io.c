// SPDX-License-Identifier: GPL-2.0
#include "json_io.h"

static void put_in_flight(struct nct_json *b, const struct nct_io *io)
{
	struct nct_json o = nct_json_object();

	nct_json_put_ns(&o, "requests", io->requests);
	nct_json_put_ns(&o, "reads", io->reads);
	nct_json_put_ns(&o, "writes", io->writes);
	nct_json_put_ns(&o, "bytes", io->bytes);
	nct_json_put_ns(&o, "oldest_ns", io->oldest_ns);
	nct_json_put_bool(&o, "partial", io->requests == NCT_NONE ? NCT_UNKNOWN_INT : io->partial);
	nct_json_put_object(b, "in_flight", &o);
}

static void put_paths(struct nct_json *b, const struct nct_io *io)
{
	struct json_object *list = json_object_new_array();
	char name[32];

	for (size_t i = 0; i < io->npaths; i++) {
		struct nct_json o = nct_json_object();

		snprintf(name, sizeof(name), "nvme%d", io->paths[i].to);
		nct_json_put_string(&o, "controller", io->paths[i].to >= 0 ? name : NULL);
		nct_json_put_ns(&o, "bios", io->paths[i].bios);
		nct_json_append(b, list, &o);
	}
	nct_json_put_made(b, "paths", list);
}

static void put_waited(struct nct_json *b, const struct nct_io *io)
{
	struct json_object *list = json_object_new_array();

	for (unsigned int i = 0; i < NCT_WAITED_BUCKETS; i++) {
		struct nct_json o;

		if (!io->waited[i])
			continue;
		o = nct_json_object();
		nct_json_put_ns(&o, "from_ns", nct_waited_from_ns(i));
		nct_json_put_ns(&o, "to_ns", nct_waited_to_ns(i));
		nct_json_put_ns(&o, "requests", io->waited[i]);
		nct_json_append(b, list, &o);
	}
	nct_json_put_made(b, "waited", list);
}

static void put_blackouts(struct nct_json *b, const struct nct_io *io)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < io->nblackouts; i++) {
		const struct nct_blackout *blackout = &io->blackouts[i];
		bool over = blackout->until_ns != NCT_NONE;
		struct nct_json o = nct_json_object();

		nct_json_put_string(&o, "device", blackout->device);
		nct_json_put_ns(&o, "since_ns", blackout->since_ns);
		nct_json_put_ns(&o, "until_ns", blackout->until_ns);
		nct_json_put_ns(&o, "duration_ns", nct_blackout_ns(blackout));
		nct_json_put_ns(&o, "uncertain_ns", over ? blackout->uncertain_ns : NCT_NONE);
		nct_json_append(b, list, &o);
	}
	nct_json_put_made(b, "blackouts", list);
	nct_json_put(b, "more_blackouts", json_object_new_boolean(io->more_blackouts));
}

void nct_json_put_io(struct nct_json *b, const struct nct_recovery *rec)
{
	const struct nct_io *io = &rec->io;
	struct nct_json o;

	if (!io->seen) {
		nct_json_put(b, "io", NULL);
		return;
	}
	o = nct_json_object();
	put_in_flight(&o, io);
	nct_json_put_ns(&o, "failed_over", io->failed_over);
	nct_json_put_ns(&o, "cancelled", io->cancelled);
	nct_json_put_ns(&o, "completed_late", io->completed_late);
	nct_json_put_ns(&o, "errors", io->errors);
	nct_json_put_ns(&o, "first_release_ns", io->first_release_ns);
	nct_json_put_ns(&o, "last_release_ns", io->last_release_ns);
	put_paths(&o, io);
	put_waited(&o, io);
	put_blackouts(&o, io);
	nct_json_put_object(b, "io", &o);
}

static void put_intruder(struct nct_json *b, const struct nct_recovery *rec)
{
	struct nct_json o;

	if (!rec->intruder_ns) {
		nct_json_put(b, "intruder", NULL);
		return;
	}
	o = nct_json_object();
	nct_json_put_ns(&o, "at_ns", rec->intruder_ns);
	nct_json_put_string(&o, "site", rec->intruder_site);
	nct_json_put_object(b, "intruder", &o);
}

static void put_keep_alives(struct nct_json *b, const struct nct_recovery *rec)
{
	struct nct_json o;

	if (!rec->keep_alives) {
		nct_json_put(b, "keep_alives", NULL);
		return;
	}
	o = nct_json_object();
	nct_json_put_ns(&o, "count", rec->keep_alives);
	nct_json_put_ns(&o, "first_ns", rec->keep_alive_ns ? rec->keep_alive_ns : NCT_NONE);
	nct_json_put_object(b, "keep_alives", &o);
}

void nct_json_put_disturbances(struct nct_json *b, const struct nct_recovery *rec)
{
	put_intruder(b, rec);
	put_keep_alives(b, rec);
}
