// SPDX-License-Identifier: GPL-2.0
/* CSV: every row has all columns, whatever the strings hold. */
#include "view_fixture.h"

#include "../../tools/view/csv.h"

#define MAX_FIELDS 64

struct row {
	char *fields[MAX_FIELDS];
	size_t n;
};

/* A parser after RFC 4180; text is overwritten. Returns what follows the row. */
static char *parse_row(char *s, struct row *row)
{
	row->n = 0;
	for (;;) {
		char *to = s, *from = s;
		bool quoted = *from == '"';

		assert_true(row->n < MAX_FIELDS);
		row->fields[row->n++] = to;
		if (quoted)
			from++;
		while (*from && (quoted || (*from != ',' && *from != '\n'))) {
			if (quoted && *from == '"' && *++from != '"')
				break;
			assert_true(quoted || *from != '"');
			*to++ = *from++;
		}
		s = from + 1;
		assert_true(*from == ',' || *from == '\n');
		if (*from == '\n') {
			*to = '\0';
			return s;
		}
		*to = '\0';
	}
}

static const char *field(const struct row *header, const struct row *row, const char *name)
{
	assert_int_equal(header->n, row->n);
	for (size_t i = 0; i < header->n; i++)
		if (!strcmp(header->fields[i], name))
			return row->fields[i];
	fail_msg("no column %s", name);
	return NULL;
}

static char *table(const struct nct_recovery *rec, const struct nct_anchor *a,
		   const struct nct_json_origin *origin, struct row *header, struct row *row)
{
	struct nct_text t = { 0 };
	char *end;

	nct_csv_header(&t);
	nct_csv_row(&t, rec, a, origin);
	assert_false(t.failed);
	end = parse_row(parse_row(t.buf, header), row);
	assert_ptr_equal(end, t.buf + t.len);
	return t.buf;
}

static const struct span_spec spec[] = { { NCT_PHASE_QUEUE, 120 * US },
					 { NCT_PHASE_CCR, 3 * MS },
					 { NCT_PHASE_TEARDOWN, 42 * MS },
					 { NCT_PHASE_BACKOFF, 10 * SEC },
					 { NCT_PHASE_CONNECT, 270 * MS } };

static void complete_row(void **state)
{
	const struct nct_json_origin origin = { "host1", 1000 };
	struct nct_ccr_attempt ccr = ccr_attempt(0, 3 * MS, 2 * MS, 0, NCT_CCR_SUCCESS);
	struct nct_span spans[MAX_SPANS];
	struct nct_recovery rec = plain_recovery();
	struct row h, r;
	char *buf;

	(void)state;
	add_spans(&rec, spans, spec, 5);
	end_live(&rec);
	rec.fence = NCT_FENCE_CCR;
	rec.fence_reason = NULL;
	rec.ccr = &ccr;
	rec.nccr = 1;
	rec.notes = NCT_NOTE_LOSSY | NCT_NOTE_MISSED_BOUNDARY;
	buf = table(&rec, &anchor, &origin, &h, &r);
	assert_string_equal(field(&h, &r, "kind"), "recovery");
	assert_string_equal(field(&h, &r, "host"), "host1");
	assert_string_equal(field(&h, &r, "controller"), "nvme1");
	assert_string_equal(field(&h, &r, "address"), "traddr=127.0.0.1,trsvcid=4421");
	assert_string_equal(field(&h, &r, "start"), "2026-11-22T06:10:48.123456789Z");
	assert_string_equal(field(&h, &r, "start_ns"), "1000000000000");
	assert_string_equal(field(&h, &r, "queue_ns"), "120000");
	assert_string_equal(field(&h, &r, "ccr_ns"), "3000000");
	assert_string_equal(field(&h, &r, "hold_ns"), "");
	assert_string_equal(field(&h, &r, "ccr_attempts"), "1");
	assert_string_equal(field(&h, &r, "ccr_last_source"), "nvme0");
	assert_string_equal(field(&h, &r, "ccr_last_result"), "success");
	assert_string_equal(field(&h, &r, "fence"), "ccr");
	assert_string_equal(field(&h, &r, "end"), "live");
	assert_string_equal(field(&h, &r, "notes"), "lossy missed-boundary");
	assert_string_equal(field(&h, &r, "resolution_ns"), "1000");
	free(buf);
}

static void unknown_is_empty(void **state)
{
	struct nct_recovery rec = plain_recovery();
	struct row h, r;
	char *buf;

	(void)state;
	rec.id = (struct nct_identity) { .instance = -1,
					 .cntlid = NCT_UNKNOWN_INT,
					 .kato_ms = NCT_UNKNOWN_INT,
					 .reconnect_delay_ms = NCT_UNKNOWN_INT,
					 .max_reconnects = NCT_UNKNOWN_INT,
					 .ctrl_loss_tmo_ms = NCT_UNKNOWN_INT,
					 .cqt_ms = NCT_UNKNOWN_INT };
	rec.trigger = (struct nct_trigger) { .opcode = NCT_OPCODE_UNKNOWN };
	rec.dialect = NCT_DIALECT_UNKNOWN;
	rec.time_to_retry_ns = NCT_NONE;
	rec.fence = NCT_FENCE_UNKNOWN;
	rec.fence_reason = NULL;
	rec.end = NCT_END_REMOVED;
	buf = table(&rec, NULL, NULL, &h, &r);
	for (size_t i = 0; i < h.n; i++)
		if (*r.fields[i] && strcmp(h.fields[i], "kind") && strcmp(h.fields[i], "end") &&
		    strcmp(h.fields[i], "start_ns") && strcmp(h.fields[i], "duration_ns") &&
		    strcmp(h.fields[i], "ccr_attempts") && strcmp(h.fields[i], "attempts"))
			fail_msg("%s is \"%s\"", h.fields[i], r.fields[i]);
	free(buf);
}

static void hostile_strings(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "plain", "plain" },
		{ "a,b", "a,b" },
		{ "say \"hi\"", "say \"hi\"" },
		{ "\"", "\"" },
		{ "\"\",\"", "\"\",\"" },
		{ "two\nlines\r\n", "two?lines??" },
		{ "\033[2J\x7f", "?[2J?" },
		{ "\xc2\x9b"
		  "2J\xc2\xa0",
		  "??2J\xc2\xa0" },
		{ "=1+1", "'=1+1" },
		{ "=HYPERLINK(\"http://x\",\"y\")", "'=HYPERLINK(\"http://x\",\"y\")" },
		{ "+1", "'+1" },
		{ "-1", "'-1" },
		{ "@SUM(1)", "'@SUM(1)" },
		{ "\t=1", "'?=1" },
		{ "\r=1", "'?=1" },
		{ "a=1", "a=1" },
		{ " kept ", " kept " },
		{ "\xff", "\xef\xbf\xbd" },
		{ "%s%n", "%s%n" },
		{ "grüße", "grüße" },
	};
	struct row h, r;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nct_recovery rec = plain_recovery();
		char *buf;

		snprintf(rec.id.subsystem, sizeof(rec.id.subsystem), "%s", cases[i].in);
		buf = table(&rec, &anchor, NULL, &h, &r);
		assert_string_equal(field(&h, &r, "subsystem"), cases[i].out);
		free(buf);
	}
}

static void longest_strings_fit(void **state)
{
	struct nct_recovery rec = plain_recovery();
	struct row h, r;
	char *buf;

	(void)state;
	memset(rec.id.subsystem, 0xfe, sizeof(rec.id.subsystem) - 1);
	buf = table(&rec, &anchor, NULL, &h, &r);
	assert_int_equal(strlen(field(&h, &r, "subsystem")), 3 * (NCT_NQN_LEN - 1));
	free(buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(complete_row),
		cmocka_unit_test(unknown_is_empty),
		cmocka_unit_test(hostile_strings),
		cmocka_unit_test(longest_strings_fit),
	};

	fixed_time_zone();
	return cmocka_run_group_tests_name("view_csv", tests, NULL, NULL);
}
