// SPDX-License-Identifier: GPL-2.0
/* report --html: the page holds the lines of --format json, and nothing gets out of them. */
#include "recording_fixture.h"

#include <json-c/json.h>

#include "../../tools/cmd/report_html.h"
#include "../../tools/view/html.h"

#define DATA_BEGINS "id=\"data\">\n"

/* The lines within a page, which is what browsers take for them: up to the first "</script". */
static char *data_of(const char *page)
{
	const char *begin = strstr(page, DATA_BEGINS), *end;
	char *data;

	assert_non_null(begin);
	begin += strlen(DATA_BEGINS);
	end = strstr(begin, "</script");
	assert_non_null(end);
	assert_non_null(strstr(end, "</html>"));
	data = strndup(begin, (size_t)(end - begin));
	assert_non_null(data);
	assert_null(strchr(data, '<'));
	return data;
}

/* One line as JSON: of the schema, or NULL. */
static struct json_object *line_of(const char *line, const char *schema)
{
	struct json_object *o = json_tokener_parse(line), *name;

	assert_non_null(o);
	assert_true(json_object_object_get_ex(o, "schema", &name));
	if (!strcmp(json_object_get_string(name), schema))
		return o;
	json_object_put(o);
	return NULL;
}

static int report(const char *recording, const char *html, struct nct_error *err)
{
	char *files[] = { (char *)recording };
	struct nct_options options = { .html = html, .files = files, .nfiles = 1 };

	return nct_report_html(&options, err);
}

static char *report_ok(const char *recording)
{
	const char *html = in_dir("page.html");
	struct nct_error err = { 0 };
	size_t len;
	char *page, *data;

	if (report(recording, html, &err))
		fail_msg("%s", err.text);
	page = slurp(html, &len);
	page[len] = '\0';
	data = data_of(page);
	free(page);
	return data;
}

/* The simulated host's strings have no '<'. */
static void holds_the_lines_of_json(void **state)
{
	const char *path = in_dir("two.nct");
	struct feed feeds[] = { make_feed(1, NCT_DIALECT_RECOVERING, 8),
				make_feed(2, NCT_DIALECT_BASELINE, 8) };
	struct lines l;
	struct nct_error err = { 0 };
	char *data, *expected, *at;
	size_t sessions = 0;

	(void)state;
	record_feed(path, &feeds[0], NCT_DIALECT_RECOVERING);
	record_feed(path, &feeds[1], NCT_DIALECT_BASELINE);
	lines_open(&l);
	assert_int_equal(replay_lines(&l, path, &err), 0);
	expected = lines_close(&l);
	data = report_ok(path);
	at = expected;
	for (char *save = NULL, *line = strtok_r(data, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		struct json_object *session = line_of(line, NCT_JSON_SESSION_SCHEMA);

		if (!session) {
			assert_memory_equal(line, at, strlen(line));
			at += strlen(line) + 1;
			continue;
		}
		sessions++;
		assert_string_equal(json_object_get_string(json_object_object_get(session, "host")),
				    "db7");
		assert_non_null(json_object_object_get(session, "start"));
		json_object_put(session);
	}
	assert_int_equal(*at, '\0');
	assert_int_equal(sessions, 2);
	free(expected);
	free(data);
	free(feeds[0].ev);
	free(feeds[1].ev);
}

static void names_of_targets_stay_inside(void **state)
{
	static const char *const names[] = { "</script><script>alert(1)</script>", "<!-- <script>",
					     "</SCRIPT >" };
	struct nct_recovery rec = { .kind = NCT_KIND_RECOVERY, .trigger = { .opcode = -1 } };
	struct nct_json_origin origin = { .host = "<b>" };
	struct nct_html html;
	char *page = NULL, *data, *save = NULL, *line;
	size_t len;
	FILE *out = open_memstream(&page, &len);

	(void)state;
	assert_int_equal(nct_html_begin(&html, out), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(rec.id.subsystem, sizeof(rec.id.subsystem), "%s", names[i]);
		assert_int_equal(nct_html_add(&html, &rec, NULL, &origin), 0);
	}
	assert_int_equal(nct_html_end(&html), 0);
	assert_int_equal(fclose(out), 0);
	data = data_of(page);
	line = strtok_r(data, "\n", &save);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct json_object *o = line_of(line, NCT_JSON_SCHEMA);

		assert_non_null(o);
		assert_string_equal(json_object_get_string(json_object_object_get(o, "subsystem")),
				    names[i]);
		json_object_put(o);
		line = strtok_r(NULL, "\n", &save);
	}
	free(data);
	free(page);
}

static void full_disk_is_an_error(void **state)
{
	const char *path = in_dir("full.nct");
	struct feed f = make_feed(3, NCT_DIALECT_BASELINE, 4);
	struct nct_error err = { 0 };

	(void)state;
	if (access("/dev/full", W_OK))
		skip();
	record_feed(path, &f, NCT_DIALECT_BASELINE);
	assert_int_equal(report(path, "/dev/full", &err), -1);
	assert_int_equal(err.code, NCT_EXIT_SYSTEM);
	assert_non_null(strstr(err.text, "/dev/full"));
	assert_int_equal(report(path, in_dir("no/such/place"), &err), -1);
	assert_int_equal(err.code, NCT_EXIT_SYSTEM);
	free(f.ev);
}

static void one_output_at_a_time(void **state)
{
	struct nct_options options = { .html = in_dir("never.html"), .output = "out" };
	struct nct_error err = { 0 };

	(void)state;
	assert_int_equal(nct_report_html(&options, &err), -1);
	assert_int_equal(err.code, NCT_EXIT_USAGE);
	options.output = NULL;
	options.format = NCT_FORMAT_JSON;
	assert_int_equal(nct_report_html(&options, &err), -1);
	assert_int_equal(err.code, NCT_EXIT_USAGE);
	assert_int_equal(access(in_dir("never.html"), F_OK), -1);
}

static void recordings_are_not_replaced(void **state)
{
	const char *path = in_dir("kept.nct");
	struct feed f = make_feed(5, NCT_DIALECT_BASELINE, 2);
	struct nct_error err = { 0 };

	(void)state;
	record_feed(path, &f, NCT_DIALECT_BASELINE);
	assert_int_equal(report(path, path, &err), -1);
	assert_int_equal(err.code, NCT_EXIT_USAGE);
	free(report_ok(path));
	free(f.ev);
}

/* What could be read is shown, and that it is not all is told. */
static void damaged_recording(void **state)
{
	const char *path = in_dir("damaged.nct");
	struct feed f = make_feed(4, NCT_DIALECT_RECOVERING, 24);
	struct nct_error err = { 0 };
	size_t len;
	char *buf;

	(void)state;
	record_feed(path, &f, NCT_DIALECT_RECOVERING);
	buf = slurp(path, &len);
	memset(buf + len / 2, 0xa5, len / 2);
	spill(path, buf, len);
	free(buf);
	assert_int_equal(report(path, in_dir("damaged.html"), &err), -1);
	assert_int_equal(err.code, NCT_EXIT_UNTRUSTED);
	buf = slurp(in_dir("damaged.html"), &len);
	buf[len] = '\0';
	free(data_of(buf));
	free(buf);
	free(f.ev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_the_lines_of_json),
		cmocka_unit_test(names_of_targets_stay_inside),
		cmocka_unit_test(full_disk_is_an_error),
		cmocka_unit_test(one_output_at_a_time),
		cmocka_unit_test(recordings_are_not_replaced),
		cmocka_unit_test(damaged_recording),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
