// SPDX-License-Identifier: GPL-2.0
/* What applications felt, and who disturbed the fencing, in each form in which it is shown. */
#include "json_fixture.h"

#include "../../tools/stats/strata.h"
#include "../../tools/view/csv.h"
#include "../../tools/view/histogram.h"
#include "../../tools/view/summary.h"
#include "../../tools/view/timeline.h"

static const struct nct_style ascii = { .width = 80 };

static const struct span_spec one_attempt[] = {
	{ NCT_PHASE_QUEUE, 120 * US },
	{ NCT_PHASE_TEARDOWN, 42 * MS },
	{ NCT_PHASE_BACKOFF, 10 * SEC },
	{ NCT_PHASE_CONNECT, 270 * MS },
};

/* With room for its phases. */
struct made {
	struct nct_recovery rec;
	struct nct_span spans[MAX_SPANS];
};

static void begin(struct made *m)
{
	m->rec = plain_recovery();
	no_io(&m->rec.io);
	add_spans(&m->rec, m->spans, one_attempt, 4);
	end_live(&m->rec);
}

/* Two devices, the second one with a first completion that may have been missed. */
static void begin_with_io(struct made *m)
{
	begin(m);
	add_io(&m->rec);
	add_blackout(&m->rec, "nvme0n1", -3100 * (int64_t)MS, 320 * MS, 0);
	add_blackout(&m->rec, "nvme0n2", -3000 * (int64_t)MS, 500 * MS, 12 * MS);
}

/* ---- JSON ---- */

static struct json_object *item(struct json_object *o, const char *path, size_t i)
{
	assert_true(json_object_array_length(at(o, path)) > i);
	return json_object_array_get_idx(at(o, path), i);
}

static void json_of_io(void **state)
{
	struct json_object *o;
	struct made m;

	(void)state;
	begin_with_io(&m);
	m.rec.io.waited[0] = 2;
	m.rec.io.waited[3] = 248;
	m.rec.io.waited[NCT_WAITED_BUCKETS - 1] = 1;
	m.rec.io.paths[m.rec.io.npaths++] = (struct nct_io_path) { NCT_UNKNOWN_INT, 3 };
	o = parsed(&m.rec);
	assert_number(o, "io.in_flight.requests", 256);
	assert_number(o, "io.in_flight.reads", 200);
	assert_number(o, "io.in_flight.writes", 56);
	assert_number(o, "io.in_flight.bytes", 1 << 20);
	assert_number(o, "io.in_flight.oldest_ns", 3100 * MS);
	assert_false(json_object_get_boolean(at(o, "io.in_flight.partial")));
	assert_number(o, "io.failed_over", 250);
	assert_number(o, "io.cancelled", 0);
	assert_number(o, "io.completed_late", 6);
	assert_number(o, "io.errors", 0);
	assert_number(o, "io.first_release_ns", START_NS + 40 * MS);
	assert_number(o, "io.last_release_ns", START_NS + 41 * MS);
	assert_int_equal(json_object_array_length(at(o, "io.paths")), 2);
	assert_text(item(o, "io.paths", 0), "controller", "nvme0");
	assert_number(item(o, "io.paths", 0), "bios", 251);
	assert_null_at(item(o, "io.paths", 1), "controller");
	assert_int_equal(json_object_array_length(at(o, "io.waited")), 3); /* none that is empty */
	assert_number(item(o, "io.waited", 0), "from_ns", 0);
	assert_number(item(o, "io.waited", 1), "from_ns", (int64_t)nct_waited_from_ns(3));
	assert_number(item(o, "io.waited", 1), "to_ns", (int64_t)nct_waited_from_ns(4));
	assert_number(item(o, "io.waited", 1), "requests", 248);
	assert_null_at(item(o, "io.waited", 2), "to_ns");
	json_object_put(o);
}

static void json_of_blackouts(void **state)
{
	struct json_object *o, *b;
	struct made m;

	(void)state;
	begin_with_io(&m);
	add_blackout(&m.rec, "", 0, NCT_NONE, 0);
	o = parsed(&m.rec);
	assert_int_equal(json_object_array_length(at(o, "io.blackouts")), 3);
	b = item(o, "io.blackouts", 1);
	assert_text(b, "device", "nvme0n2");
	assert_number(b, "since_ns", START_NS - 3 * SEC);
	assert_number(b, "until_ns", START_NS + 500 * MS);
	assert_number(b, "duration_ns", 3500 * MS);
	assert_number(b, "uncertain_ns", 12 * MS);
	assert_number(item(o, "io.blackouts", 0), "uncertain_ns", 0);
	b = item(o, "io.blackouts", 2);
	assert_null_at(b, "device");
	assert_number(b, "since_ns", START_NS);
	assert_null_at(b, "until_ns");
	assert_null_at(b, "duration_ns");
	assert_null_at(b, "uncertain_ns");
	json_object_put(o);
}

/* Somebody looked, and could tell nothing. */
static void json_of_what_is_not_known(void **state)
{
	static const char *const paths[] = {
		"io.in_flight.requests",  "io.in_flight.reads",
		"io.in_flight.writes",	  "io.in_flight.bytes",
		"io.in_flight.oldest_ns", "io.in_flight.partial",
		"io.failed_over",	  "io.cancelled",
		"io.completed_late",	  "io.errors",
		"io.first_release_ns",	  "io.last_release_ns",
	};
	struct json_object *o;
	struct made m;

	(void)state;
	begin(&m);
	o = parsed(&m.rec);
	assert_null_at(o, "io");
	json_object_put(o);
	m.rec.io.seen = true;
	o = parsed(&m.rec);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_null_at(o, paths[i]);
	assert_int_equal(json_object_array_length(at(o, "io.paths")), 0);
	assert_int_equal(json_object_array_length(at(o, "io.waited")), 0);
	assert_int_equal(json_object_array_length(at(o, "io.blackouts")), 0);
	json_object_put(o);
}

static void json_of_disturbances(void **state)
{
	struct nct_ccr_attempt ccr = ccr_attempt(0, 3 * SEC, MS, -110, NCT_CCR_TIMEOUT);
	struct json_object *o;
	struct made m;

	(void)state;
	begin(&m);
	ccr.late_ns = 1200 * MS;
	m.rec.ccr = &ccr;
	m.rec.nccr = 1;
	m.rec.id.ccr = 1;
	m.rec.id.tbkas = 0;
	m.rec.intruder_ns = START_NS + MS;
	m.rec.keep_alives = 3;
	m.rec.keep_alive_ns = START_NS + 2 * MS;
	o = parsed(&m.rec);
	assert_number(item(o, "ccr", 0), "late_ns", 1200 * MS);
	assert_true(json_object_get_boolean(at(o, "configured.ccr")));
	assert_int_equal(json_object_get_type(at(o, "configured.tbkas")), json_type_boolean);
	assert_false(json_object_get_boolean(at(o, "configured.tbkas")));
	assert_number(o, "intruder.at_ns", START_NS + MS);
	assert_null_at(o, "intruder.site");
	assert_number(o, "keep_alives.count", 3);
	assert_number(o, "keep_alives.first_ns", START_NS + 2 * MS);
	json_object_put(o);
	snprintf(m.rec.intruder_site, sizeof(m.rec.intruder_site), "nvme_sysfs_reset");
	o = parsed(&m.rec);
	assert_text(o, "intruder.site", "nvme_sysfs_reset");
	json_object_put(o);
}

/* ---- text ---- */

static char *block_in(const struct nct_recovery *rec, const struct nct_style *style)
{
	struct nct_text t = { 0 };

	nct_timeline_block(&t, style, rec, &anchor);
	assert_false(t.failed);
	return t.buf;
}

static void block_has(const struct nct_recovery *rec, const char *line)
{
	struct nct_style wide = { .width = 200 };
	char *text = block_in(rec, &wide);

	if (!strstr(text, line))
		fail_msg("not in the block: %s\n%s", line, text);
	free(text);
}

static void block_lacks(const struct nct_recovery *rec, const char *words)
{
	char *text = block_in(rec, &ascii);

	if (strstr(text, words))
		fail_msg("in the block: %s\n%s", words, text);
	free(text);
}

static void block_of_io(void **state)
{
	char *text;
	struct made m;

	(void)state;
	begin_with_io(&m);
	m.rec.io.errors = 3;
	text = block_in(&m.rec, &ascii);
	assert_golden(text, "impact.txt");
	free(text);
	block_has(
		&m.rec,
		"\n  I/O             256 requests in flight (200 reads, 56 writes, 1.00 MiB), the "
		"oldest for 3.100 s; 250 failed over to nvme0, 6 answered late\n");
	block_has(&m.rec, "\n  I/O errors      3 reached the layer above\n");
	block_has(&m.rec, "\n  blackout        nvme0n1 3.420 s; "
			  "nvme0n2 at most 3.500 s, at least 3.488 s\n");
}

/* The same, but for what is not known or zero. */
static void block_leaves_out(void **state)
{
	struct made m;

	(void)state;
	begin(&m);
	block_lacks(&m.rec, "I/O");
	block_lacks(&m.rec, "blackout");
	m.rec.io.seen = true;
	block_lacks(&m.rec, "I/O");
	block_lacks(&m.rec, "blackout");
	m.rec.io.cancelled = 2;
	block_has(&m.rec, "\n  I/O             2 cancelled\n");
	m.rec.io.requests = 1;
	m.rec.io.writes = 1;
	m.rec.io.reads = 0;
	m.rec.io.partial = true;
	block_has(&m.rec, "\n  I/O             at least 1 request in flight (1 write); "
			  "2 cancelled\n");
	m.rec.io.failed_over = 5;
	m.rec.io.npaths = 2;
	m.rec.io.paths[0] = (struct nct_io_path) { 3, 7 };
	m.rec.io.paths[1] = (struct nct_io_path) { NCT_UNKNOWN_INT, 1 };
	block_has(&m.rec, "\n  I/O errors      not known\n");
	m.rec.io.errors = 0;
	block_lacks(&m.rec, "I/O errors");
	block_has(&m.rec, "; 5 failed over (bios: 7 to nvme3, 1 to others), 2 cancelled\n");
	add_blackout(&m.rec, "nvme0n1", -(int64_t)SEC, NCT_NONE, 0);
	m.rec.end = NCT_END_NONE;
	block_has(&m.rec, " nvme0n1 not over yet, after 11.312 s\n");
	m.rec.end = NCT_END_LIVE;
	block_has(&m.rec, " nvme0n1 not over when the recovery was, after 11.312 s\n");
	m.rec.end = NCT_END_INCOMPLETE;
	block_has(&m.rec, " nvme0n1 not over when the observation ended, after 11.312 s\n");
}

/* A reset that somebody asked for is felt as well. */
static void block_of_a_reset(void **state)
{
	struct made m;

	(void)state;
	begin_with_io(&m);
	m.rec.kind = NCT_KIND_RESET;
	block_has(&m.rec, "\n  I/O             256 requests in flight");
}

static void lines_fit(void **state)
{
	struct made m;

	(void)state;
	begin_with_io(&m);
	for (int width = 40; width <= 200; width++) {
		struct nct_style style = { .width = width };
		char *text = block_in(&m.rec, &style), *line = strstr(text, "\n  I/O ") + 1;

		assert_null(strstr(line, " \n"));
		for (; *line; line += strcspn(line, "\n") + 1)
			if (strcspn(line, "\n") > (size_t)width)
				fail_msg("wider than %d: %s", width, line);
		free(text);
	}
}

static void errors_are_a_warning(void **state)
{
	struct nct_style color = { .color = true, .width = 80 };
	char *text;
	struct made m;

	(void)state;
	begin_with_io(&m);
	m.rec.io.errors = 3;
	text = block_in(&m.rec, &color);
	assert_non_null(strstr(text, nct_paint(&color, NCT_PAINT_WARN)));
	assert_non_null(strstr(strstr(text, "I/O errors"), nct_paint(&color, NCT_PAINT_WARN)));
	free(text);
}

static void device_names_do_not_steer_the_terminal(void **state)
{
	struct made m;

	(void)state;
	begin_with_io(&m);
	snprintf(m.rec.io.blackouts[0].device, sizeof(m.rec.io.blackouts[0].device), "\033[2Jn1");
	block_lacks(&m.rec, "\033");
	block_has(&m.rec, "?[2Jn1 3.420 s");
}

static void block_of_disturbances(void **state)
{
	struct nct_ccr_attempt ccr = ccr_attempt(0, 3 * SEC, MS, -110, NCT_CCR_TIMEOUT);
	struct made m;

	(void)state;
	begin(&m);
	block_lacks(&m.rec, "disturbed");
	ccr.late_ns = 1200 * MS;
	m.rec.ccr = &ccr;
	m.rec.nccr = 1;
	m.rec.intruder_ns = START_NS + 7 * MS;
	snprintf(m.rec.intruder_site, sizeof(m.rec.intruder_site), "nvme_sysfs_reset");
	m.rec.keep_alives = 3;
	m.rec.keep_alive_ns = START_NS + 2 * MS;
	block_has(&m.rec, "then waited 2.999 s); a notice came 1.200 s later\n");
	block_has(&m.rec,
		  "\n  disturbed       requests were held, yet a reset or delete got through "
		  "after 7.00 ms at nvme_sysfs_reset\n");
	block_has(&m.rec, "\n  disturbed       requests were held, yet the keep-alive ran 3 times, "
			  "first after 2.00 ms\n");
}

static void sizes(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{ 0, "0 bytes" },	    { 1, "1 byte" },
		{ 1023, "1023 bytes" },	    { 1024, "1.00 KiB" },
		{ 10240, "10.0 KiB" },	    { 1024 * 1024 - 1, "1023 KiB" },
		{ 5ull << 18, "1.25 MiB" }, { 3ull << 40, "3.00 TiB" },
		{ UINT64_MAX, "15.9 EiB" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(nct_size(cases[i].bytes).s, cases[i].text);
}

/* ---- summary ---- */

static char *summary_of(const struct nct_recovery *recs, size_t n)
{
	struct nct_summary *s = nct_summary_new();
	struct nct_text t = { 0 };

	assert_non_null(s);
	for (size_t i = 0; i < n; i++)
		nct_summary_recovery(s, "host1", &recs[i]);
	nct_summary_print(&t, &ascii, s);
	assert_false(t.failed);
	nct_summary_free(s);
	return t.buf;
}

static void worst_blackout_of_a_controller(void **state)
{
	struct nct_recovery recs[4];
	struct made m, quiet;
	char *text;

	(void)state;
	begin(&quiet);
	begin_with_io(&m);
	recs[0] = recs[1] = recs[2] = m.rec;
	recs[1].io.blackouts[0].until_ns += SEC;
	recs[2].kind = NCT_KIND_RESET; /* felt, but no recovery */
	recs[2].io.blackouts[0].until_ns += 5 * SEC;
	recs[3] = quiet.rec;
	text = summary_of(&recs[3], 1);
	assert_null(strstr(text, "blackout"));
	free(text);
	text = summary_of(recs, 4);
	assert_non_null(strstr(text, "\n  blackout        worst 4.420 s, of nvme0n1\n"));
	free(text);
	recs[1].io.blackouts[0].until_ns = NCT_NONE;
	text = summary_of(recs, 4);
	assert_non_null(strstr(text, "\n  blackout        worst at least 13.412 s, of nvme0n1; "
				     "1 not over, or not known of all\n"));
	free(text);
	recs[1].io.blackouts[0].until_ns = recs[0].io.blackouts[0].until_ns + SEC;
	recs[1].io.more_blackouts = true; /* of a device that may have felt more */
	text = summary_of(recs, 4);
	assert_non_null(strstr(text, "\n  blackout        worst 4.420 s, of nvme0n1; "
				     "1 not over, or not known of all\n"));
	free(text);
}

/* ---- hist ---- */

static void blackouts_are_a_metric(void **state)
{
	struct nct_strata s = { .by = NCT_BY_FENCE };
	const struct nct_samples *samples;
	struct nct_text t = { 0 };
	struct made m;

	(void)state;
	begin(&m);
	assert_int_equal(nct_strata_add(&s, &m.rec, "host1", 1), 0);
	begin_with_io(&m);
	assert_int_equal(nct_strata_add(&s, &m.rec, "host1", 1), 0);
	m.rec.io.blackouts[0].until_ns = NCT_NONE; /* may be the longest */
	assert_int_equal(nct_strata_add(&s, &m.rec, "host1", 1), 0);
	nct_strata_sort(&s);
	samples = &s.list[0].samples[NCT_METRIC_BLACKOUT];
	assert_int_equal(samples->n, 2);
	assert_int_equal(samples->values[0], 3500 * MS);
	assert_int_equal(s.list[0].at_least.n, 1);
	assert_int_equal(samples->values[1], s.list[0].at_least.values[0]);
	assert_int_equal(s.list[0].samples[NCT_METRIC_PHASE + NCT_PHASE_QUEUE].n, 3);
	assert_string_equal(nct_metric_name(NCT_METRIC_BLACKOUT), "blackout");
	assert_string_equal(nct_metric_name(NCT_METRIC_PHASE + NCT_PHASE_QUEUE), "queue");
	nct_histogram_text(&t, &ascii, &s);
	assert_non_null(strstr(t.buf, "BLACKOUT: "));
	assert_non_null(strstr(t.buf, "    1 of these not over when the recovery was"));
	nct_text_free(&t);
	nct_strata_free(&s);
}

/* ---- CSV ---- */

static void assert_row_ends(const struct nct_recovery *rec, const char *expected)
{
	struct nct_text t = { 0 };
	size_t len = strlen(expected);

	nct_csv_row(&t, rec, &anchor, NULL);
	assert_true(t.len > len);
	assert_string_equal(t.buf + t.len - len, expected);
	nct_text_free(&t);
}

static void columns_at_the_end(void **state)
{
	static const char names[] = "resolution_ns,in_flight,in_flight_bytes,failed_over,cancelled,"
				    "completed_late,io_errors,first_release_ns,blackout_ns,"
				    "blackout_device,blackout_at_least_ns\n";
	struct nct_text t = { 0 };
	struct made m;

	(void)state;
	nct_csv_header(&t);
	assert_string_equal(t.buf + t.len - strlen(names), names);
	nct_text_free(&t);
	begin_with_io(&m);
	assert_row_ends(&m.rec,
			",,256,1048576,250,0,6,0,1000040000000,3500000000,nvme0n2,3500000000\n");
	m.rec.io.blackouts[1].until_ns = NCT_NONE;
	assert_row_ends(&m.rec, ",,256,1048576,250,0,6,0,1000040000000,,nvme0n2,13312120000\n");
	m.rec.io.seen = false;
	assert_row_ends(&m.rec, ",,,,,,,,,\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_of_io),
		cmocka_unit_test(json_of_blackouts),
		cmocka_unit_test(json_of_what_is_not_known),
		cmocka_unit_test(json_of_disturbances),
		cmocka_unit_test(block_of_io),
		cmocka_unit_test(block_leaves_out),
		cmocka_unit_test(block_of_a_reset),
		cmocka_unit_test(lines_fit),
		cmocka_unit_test(errors_are_a_warning),
		cmocka_unit_test(device_names_do_not_steer_the_terminal),
		cmocka_unit_test(block_of_disturbances),
		cmocka_unit_test(sizes),
		cmocka_unit_test(worst_blackout_of_a_controller),
		cmocka_unit_test(blackouts_are_a_metric),
		cmocka_unit_test(columns_at_the_end),
	};

	fixed_time_zone();
	return cmocka_run_group_tests_name("view_io", tests, NULL, NULL);
}
