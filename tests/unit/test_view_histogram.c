// SPDX-License-Identifier: GPL-2.0
/* Histograms: what they say, that they fit, and their JSON. */
#include "view_fixture.h"

#include <json-c/json.h>

#include "../../tools/view/histogram.h"

static const struct nct_style ascii = { .unicode = false, .width = 80 };

/* A recovery that was made safe so, and took this long until its retry. */
static void add(struct nct_strata *s, enum nct_fence fence, uint64_t retry_ns)
{
	struct nct_span spans[MAX_SPANS];
	struct nct_recovery rec = plain_recovery();

	rec.fence = fence;
	rec.time_to_retry_ns = retry_ns;
	add_span(&rec, spans, NCT_PHASE_QUEUE, 100 * US);
	if (fence == NCT_FENCE_HOLD)
		add_span(&rec, spans, NCT_PHASE_HOLD, retry_ns - 10 * MS);
	add_span(&rec, spans, NCT_PHASE_TEARDOWN, 12 * MS);
	end_live(&rec);
	assert_int_equal(nct_strata_add(s, &rec, "host1", 1), 0);
}

/* Fast ones by CCR, slow ones by a hold, one that nothing made safe. */
static struct nct_strata two_modes(void)
{
	struct nct_strata s = { .by = NCT_BY_FENCE };

	for (uint64_t i = 0; i < 200; i++)
		add(&s, NCT_FENCE_CCR, (i % 5 ? 100 + i % 17 * 5 : 400 + i % 40) * MS);
	for (uint64_t i = 0; i < 12; i++)
		add(&s, NCT_FENCE_HOLD, (7000 + i * 10) * MS);
	add(&s, NCT_FENCE_UNFENCED, 41 * MS);
	s.left_out.asked_for = 3;
	s.left_out.incomplete = 1;
	nct_strata_sort(&s);
	return s;
}

static char *text_of(const struct nct_strata *s, const struct nct_style *style)
{
	struct nct_text t = { 0 };

	nct_histogram_text(&t, style, s);
	assert_false(t.failed);
	return t.buf;
}

static void looks(void **state)
{
	struct nct_style unicode = { .unicode = true, .width = 80 };
	struct nct_strata s = two_modes();
	char *text = text_of(&s, &ascii);

	(void)state;
	assert_golden(text, "histogram.txt");
	free(text);
	text = text_of(&s, &unicode);
	assert_golden(text, "histogram-unicode.txt");
	free(text);
	nct_strata_free(&s);
}

/* In columns: bytes that continue a character of UTF-8 take none. */
static size_t longest_line(const char *text)
{
	size_t longest = 0, n = 0;

	for (; *text; text++) {
		n = *text == '\n' ? 0 : n + (((unsigned char)*text & 0xc0) != 0x80);
		longest = n > longest ? n : longest;
	}
	return longest;
}

static void fits_any_width(void **state)
{
	struct nct_strata s = two_modes();

	(void)state;
	for (int width = 40; width <= 200; width++)
		for (int unicode = 0; unicode < 2; unicode++) {
			struct nct_style style = { .unicode = unicode, .width = width };
			char *text = text_of(&s, &style);

			assert_in_range(longest_line(text), width - 1, width); /* a full bar */
			assert_non_null(strstr(text, unicode ? "█" : "#"));
			assert_null(strstr(text, " \n"));
			free(text);
		}
	nct_strata_free(&s);
}

static void ascii_is_ascii(void **state)
{
	struct nct_strata s = two_modes();
	char *text = text_of(&s, &ascii);

	(void)state;
	for (const char *c = text; *c; c++)
		assert_true(*c == '\n' || (*c >= ' ' && *c <= '~'));
	free(text);
	nct_strata_free(&s);
}

static void nothing_without_samples(void **state)
{
	struct nct_strata s = { .by = NCT_BY_FENCE, .left_out.incomplete = 4 };
	struct nct_text t = { 0 };
	char *text;

	(void)state;
	nct_histogram_text(&t, &ascii, &s);
	assert_int_equal(t.len, 0);
	add(&s, NCT_FENCE_UNFENCED, NCT_NONE);
	nct_strata_sort(&s);
	text = text_of(&s, &ascii);
	assert_null(strstr(text, "TIME TO RETRY"));
	assert_null(strstr(text, "PHASE ccr"));
	assert_null(strstr(text, "fence ccr"));
	assert_non_null(strstr(text, "TIME TO LIVE"));
	free(text);
	nct_strata_free(&s);
}

static void hostile_names_do_not_steer_the_terminal(void **state)
{
	struct nct_strata s = { .by = NCT_BY_TRANSPORT };
	struct nct_recovery rec = plain_recovery();
	char *text;

	(void)state;
	snprintf(rec.id.transport, sizeof(rec.id.transport), "%s", "\033[2Jx");
	end_live(&rec);
	assert_int_equal(nct_strata_add(&s, &rec, NULL, 1), 0);
	nct_strata_sort(&s);
	text = text_of(&s, &ascii);
	assert_null(strchr(text, '\033'));
	assert_non_null(strstr(text, "transport ?[2Jx"));
	free(text);
	nct_strata_free(&s);
}

static void durations_without_surplus_digits(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 120, "120 ns" },
		{ 1500, "1.5 us" },
		{ 250 * MS, "250 ms" },
		{ 2 * SEC, "2 s" },
		{ 90 * SEC, "1.5 min" },
		{ 7200 * SEC, "2 h" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(nct_round_duration(cases[i].ns).s, cases[i].text);
}

static int64_t number(struct json_object *o, const char *key)
{
	struct json_object *value;

	assert_true(json_object_object_get_ex(o, key, &value));
	assert_int_equal(json_object_get_type(value), json_type_int);
	return json_object_get_int64(value);
}

static const char *string(struct json_object *o, const char *key)
{
	struct json_object *value;

	assert_true(json_object_object_get_ex(o, key, &value));
	return json_object_get_string(value);
}

static void check_json_bins(struct json_object *o)
{
	struct json_object *bins;
	int64_t sum = 0, last = -1;

	assert_true(json_object_object_get_ex(o, "bins", &bins));
	for (size_t i = 0; i < json_object_array_length(bins); i++) {
		struct json_object *bin = json_object_array_get_idx(bins, i);

		if (last >= 0)
			assert_int_equal(number(bin, "from_ns"), last);
		last = number(bin, "to_ns");
		sum += number(bin, "n");
	}
	assert_int_equal(sum, number(o, "n"));
}

static void json_lines(void **state)
{
	struct nct_strata s = two_modes();
	size_t len, lines = 0, retries = 0;
	char *buf = NULL, *save = NULL;
	FILE *f = open_memstream(&buf, &len);

	(void)state;
	assert_int_equal(nct_histogram_json(f, &s), 0);
	assert_int_equal(fclose(f), 0);
	for (char *l = strtok_r(buf, "\n", &save); l; l = strtok_r(NULL, "\n", &save), lines++) {
		struct json_object *o = json_tokener_parse(l);

		assert_non_null(o);
		assert_string_equal(string(o, "schema"), "nvme-ccr-trace/hist/1");
		assert_string_equal(string(o, "by"), "fence");
		check_json_bins(o);
		if (!strcmp(string(o, "metric"), "time_to_retry") && ++retries == 1) {
			assert_string_equal(string(o, "group"), "ccr");
			assert_int_equal(number(o, "n"), 200);
			assert_int_equal(number(o, "min_ns"), 100 * MS);
			assert_int_equal(number(o, "p50_ns"), 150 * MS);
			assert_int_equal(number(o, "max_ns"), 435 * MS);
		}
		json_object_put(o);
	}
	assert_int_equal(retries, 3);
	assert_int_equal(lines, 3 + 3 + 3 + 1 + 3); /* retry, live, queue, hold, teardown */
	free(buf);
	nct_strata_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(looks),
		cmocka_unit_test(fits_any_width),
		cmocka_unit_test(ascii_is_ascii),
		cmocka_unit_test(nothing_without_samples),
		cmocka_unit_test(hostile_names_do_not_steer_the_terminal),
		cmocka_unit_test(durations_without_surplus_digits),
		cmocka_unit_test(json_lines),
	};

	fixed_time_zone();
	return cmocka_run_group_tests_name("view_histogram", tests, NULL, NULL);
}
