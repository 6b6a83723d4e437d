// SPDX-License-Identifier: GPL-2.0
/* The JSON of a recovery: its shape, its sums, and null for what is not known. */
#include "json_fixture.h"

#include <errno.h>

static const struct span_spec one_attempt[] = {
	{ NCT_PHASE_QUEUE, 120 * US },
	{ NCT_PHASE_TEARDOWN, 42 * MS },
	{ NCT_PHASE_BACKOFF, 10 * SEC },
	{ NCT_PHASE_CONNECT, 270 * MS },
};

static void complete_recovery(void **state)
{
	struct nct_span spans[MAX_SPANS];
	struct nct_recovery rec = plain_recovery();
	struct json_object *o;

	(void)state;
	add_spans(&rec, spans, one_attempt, 4);
	end_live(&rec);
	o = parsed(&rec);
	assert_text(o, "schema", "nvme-ccr-trace/recovery/1");
	assert_text(o, "kind", "recovery");
	assert_text(o, "controller", "nvme1");
	assert_number(o, "cntlid", 2);
	assert_text(o, "transport", "tcp");
	assert_text(o, "address", "traddr=127.0.0.1,trsvcid=4421");
	assert_text(o, "subsystem", "nqn.2014-08.org.example:s1");
	assert_text(o, "dialect", "baseline");
	assert_text(o, "trigger.reason", "io-timeout");
	assert_text(o, "trigger.site", "nvme_tcp_timeout");
	assert_number(o, "trigger.opcode", 2);
	assert_text(o, "start", "2026-11-22T06:10:48.123456789Z");
	assert_number(o, "start_ns", START_NS);
	assert_number(o, "time_to_retry_ns", 41 * MS);
	assert_number(o, "time_to_live_ns", (int64_t)rec.duration_ns);
	assert_text(o, "fence", "unfenced");
	assert_text(o, "fence_reason", "kernel-without-fencing");
	assert_text(o, "end", "live");
	assert_number(o, "attempts", 1);
	assert_number(o, "attempts_max", 60);
	assert_number(o, "configured.kato_ms", 5000);
	assert_number(o, "configured.reconnect_delay_ms", 10000);
	assert_number(o, "configured.ctrl_loss_tmo_ms", 600000);
	assert_number(o, "configured.cqt_ms", 0);
	assert_false(json_object_get_boolean(at(o, "lossy")));
	json_object_put(o);
}

static void phases_sum_up(void **state)
{
	struct nct_span spans[MAX_SPANS];
	struct nct_recovery rec = plain_recovery();
	int64_t sum = 0, totals = 0;
	struct json_object *o;

	(void)state;
	add_spans(&rec, spans, one_attempt, 4);
	add_spans(&rec, spans, one_attempt + 2, 2);
	end_live(&rec);
	o = parsed(&rec);
	for (size_t i = 0; i < json_object_array_length(at(o, "phases")); i++) {
		struct json_object *p = json_object_array_get_idx(at(o, "phases"), i);

		assert_number(p, "start_ns", (int64_t)START_NS + sum);
		sum += json_object_get_int64(at(p, "duration_ns"));
	}
	json_object_object_foreach(at(o, "phase_totals_ns"), key, value)
	{
		(void)key;
		totals += json_object_get_int64(value);
	}
	assert_int_equal(sum, rec.duration_ns);
	assert_int_equal(totals, rec.duration_ns);
	assert_number(o, "duration_ns", sum);
	assert_number(o, "phase_totals_ns.backoff", 20 * SEC);
	assert_int_equal(json_object_object_length(at(o, "phase_totals_ns")), 4);
	json_object_put(o);
}

/* Nothing is known but that something happened. */
static struct nct_recovery unknown_recovery(void)
{
	struct nct_recovery rec = {
		.kind = NCT_KIND_RECOVERY,
		.trigger = { NULL, "", NCT_OPCODE_UNKNOWN },
		.start_ns = START_NS,
		.time_to_retry_ns = NCT_NONE,
		.time_to_live_ns = NCT_NONE,
		.hold_requested_ms = NCT_UNKNOWN_INT,
		.last_status = NCT_UNKNOWN_INT,
		.end = NCT_END_INCOMPLETE,
		.notes = NCT_NOTE_LOSSY | NCT_NOTE_CUT_SHORT,
	};

	nct_identity_init(&rec.id, -1);
	return rec;
}

static void unknown_is_null(void **state)
{
	static const char *const paths[] = {
		"controller",
		"cntlid",
		"transport",
		"address",
		"subsystem",
		"dialect",
		"trigger.reason",
		"trigger.site",
		"trigger.opcode",
		"time_to_retry_ns",
		"time_to_live_ns",
		"hold",
		"fence",
		"fence_reason",
		"end_reason",
		"end_site",
		"attempts_max",
		"last_status",
		"configured.kato_ms",
		"configured.cqt_ms",
		"configured.reconnect_delay_ms",
		"configured.ctrl_loss_tmo_ms",
		"configured.ccr",
		"configured.tbkas",
		"io",
		"intruder",
		"keep_alives",
	};
	struct nct_recovery rec = unknown_recovery();
	struct json_object *o = parsed(&rec);

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_null_at(o, paths[i]);
	assert_int_equal(json_object_array_length(at(o, "phases")), 0);
	assert_int_equal(json_object_array_length(at(o, "ccr")), 0);
	assert_int_equal(json_object_object_length(at(o, "phase_totals_ns")), 0);
	assert_true(json_object_get_boolean(at(o, "lossy")));
	assert_string_equal(json_object_to_json_string_ext(at(o, "notes"), JSON_C_TO_STRING_PLAIN),
			    "[\"lossy\",\"cut-short\"]");
	json_object_put(o);
}

static void ccr_and_hold(void **state)
{
	struct nct_ccr_attempt attempts[] = {
		ccr_attempt(0, 38 * MS, 2 * MS, 0, NCT_CCR_SUCCESS),
		ccr_attempt(-1, 1, NCT_NONE, NCT_UNKNOWN_INT, NCT_CCR_UNKNOWN),
	};
	struct nct_recovery rec = plain_recovery();
	struct nct_span spans[MAX_SPANS];
	struct json_object *o, *a;

	(void)state;
	add_span(&rec, spans, NCT_PHASE_HOLD, 14 * SEC);
	attempts[0].ccrs = 1;
	attempts[1].immediate = attempts[1].timeout_ms = attempts[1].ciu = NCT_UNKNOWN_INT;
	rec.ccr = attempts;
	rec.nccr = 2;
	rec.has_hold = true;
	rec.hold_requested_ms = 15000;
	snprintf(rec.hold_reason, sizeof(rec.hold_reason), "ccr-failed");
	o = parsed(&rec);
	a = json_object_array_get_idx(at(o, "ccr"), 0);
	assert_text(a, "source", "nvme0");
	assert_number(a, "duration_ns", 38 * MS);
	assert_number(a, "command_ns", 2 * MS);
	assert_number(a, "status", 0);
	assert_number(a, "wait_ns", 36 * MS);
	assert_number(a, "timeout_ms", 15000);
	assert_number(a, "ciu", 77);
	assert_number(a, "ccrs", 1);
	assert_null_at(a, "late_ns");
	assert_false(json_object_get_boolean(at(a, "immediate")));
	assert_text(a, "result", "success");
	a = json_object_array_get_idx(at(o, "ccr"), 1);
	assert_null_at(a, "source");
	assert_null_at(a, "command_ns");
	assert_null_at(a, "wait_ns");
	assert_null_at(a, "timeout_ms");
	assert_null_at(a, "ciu");
	assert_null_at(a, "status");
	assert_null_at(a, "immediate");
	assert_null_at(a, "ccrs");
	assert_null_at(a, "result");
	assert_number(o, "hold.requested_ms", 15000);
	assert_number(o, "hold.actual_ns", 14 * SEC);
	assert_text(o, "hold.reason", "ccr-failed");
	json_object_put(o);
}

static void reset_has_no_fence(void **state)
{
	struct nct_recovery rec = plain_recovery();
	struct json_object *o;

	(void)state;
	rec.kind = NCT_KIND_RESET;
	o = parsed(&rec);
	assert_text(o, "kind", "reset");
	assert_null_at(o, "fence");
	assert_null_at(o, "fence_reason");
	json_object_put(o);
}

/* Names come from the target: they cannot make the line anything but JSON. */
static void hostile_names(void **state)
{
	struct nct_recovery rec = plain_recovery();
	struct json_object *o;

	(void)state;
	snprintf(rec.id.subsystem, sizeof(rec.id.subsystem), "a\"b\n\033[2J\xff\xc3\xa9\xc0\xafz");
	o = parsed(&rec);
	assert_text(o, "subsystem", "a\"b\n\033[2J\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbdz");
	json_object_put(o);
	memset(rec.id.subsystem, 0xff, sizeof(rec.id.subsystem) - 1);
	rec.id.subsystem[sizeof(rec.id.subsystem) - 1] = '\0';
	o = parsed(&rec);
	assert_int_equal(json_object_get_string_len(at(o, "subsystem")), 3 * (NCT_NQN_LEN - 1));
	json_object_put(o);
}

static void same_bytes_again(void **state)
{
	struct nct_span spans[MAX_SPANS];
	struct nct_recovery rec = plain_recovery();
	char *first, *second;

	(void)state;
	add_spans(&rec, spans, one_attempt, 4);
	end_live(&rec);
	first = json_text(&rec);
	second = json_text(&rec);
	assert_string_equal(first, second);
	assert_golden(first, "plain.json");
	free(first);
	free(second);
}

static void full_disk_is_an_error(void **state)
{
	struct nct_recovery rec = plain_recovery();
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	if (!full)
		skip();
	assert_int_equal(nct_json_recovery(full, &rec, &anchor, NULL), -ENOSPC);
	fclose(full);
}

/* Of a log without wall time, and of another host. */
static void imported(void **state)
{
	const struct nct_json_origin origin = { "db7", 1000000 };
	struct nct_recovery rec = plain_recovery();
	char *buf = NULL;
	size_t len;
	FILE *f = open_memstream(&buf, &len);
	struct json_object *o;

	(void)state;
	assert_non_null(f);
	assert_int_equal(nct_json_recovery(f, &rec, NULL, &origin), 0);
	assert_int_equal(fclose(f), 0);
	o = json_tokener_parse(buf);
	assert_non_null(o);
	assert_null_at(o, "start");
	assert_number(o, "start_ns", START_NS);
	assert_text(o, "host", "db7");
	assert_number(o, "resolution_ns", 1000000);
	json_object_put(o);
	free(buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(complete_recovery),  cmocka_unit_test(phases_sum_up),
		cmocka_unit_test(unknown_is_null),    cmocka_unit_test(ccr_and_hold),
		cmocka_unit_test(reset_has_no_fence), cmocka_unit_test(hostile_names),
		cmocka_unit_test(same_bytes_again),   cmocka_unit_test(full_disk_is_an_error),
		cmocka_unit_test(imported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
