// SPDX-License-Identifier: GPL-2.0
/* Files without a fault of which the rows make no sense: what no recorder writes is left out,
 * counted, and said; what is around it is told. */
#include "recording_fixture.h"

#define FIRST(type) " WHERE id = (SELECT min(id) FROM event WHERE type = " #type ")"

static const char *fresh(void)
{
	const char *path = in_dir("rows");
	struct feed f = make_feed_io(6, NCT_DIALECT_BASELINE, 1);

	unlink(path);
	record_feed(path, &f, NCT_DIALECT_BASELINE);
	free(f.ev);
	return path;
}

static size_t events_there(const char *path)
{
	struct told t;

	replay_ok(&t, path);
	free(t.events.ev);
	return t.events.n;
}

/* Replays what sql has made of a recording; the caller frees t->events.ev. */
static void replay_changed(struct told *t, const char *sql, const char *says)
{
	const char *path = fresh();
	struct nct_error err;

	execute(path, sql);
	if (!replay_into(t, path, &err))
		fail_msg("%s: nothing was found wrong", sql);
	assert_int_equal(err.code, NCT_EXIT_UNTRUSTED);
	if (!strstr(err.text, says))
		fail_msg("%s: \"%s\" does not say \"%s\"", sql, err.text, says);
	assert_int_equal(t->sessions, t->ended);
}

/* One row each. */
static void events(void **state)
{
	static const char *const changes[] = {
		"ts_ns = -1 WHERE id = 5",
		"ts_ns = 9223372036854775807 WHERE id = 5",
		"ts_ns = 'noon' WHERE id = 5",
		"ts_ns = x'01' WHERE id = 5",
		"ts_ns = 0.5 WHERE id = 5",
		"type = -7 WHERE id = 6",
		"type = 1 << 33 WHERE id = 6",
		"instance = -2 WHERE id = 6",
		"instance = (1 << 32) + 1 WHERE id = 6",
		"cpu = -1 WHERE id = 6",
		"ctrl = 'one' WHERE id = 6",
		"session = 77 WHERE id = (SELECT max(id) FROM event)",
		"session = 77 WHERE id = 5",
		"session = 9223372036854775807 WHERE id = (SELECT max(id) FROM event)",
		"session = -1 WHERE id = (SELECT min(id) FROM event)",
		"a = 'LIVE'" FIRST(1),
		"c = 1 << 32" FIRST(1),
		"text = x'61'" FIRST(1),
		"text = 'a' || char(0) || 'b'" FIRST(1),
		"a = 0.5" FIRST(6),
		"a = 999" FIRST(14),
		"a = 'nvme0'" FIRST(14),
		"a = 'many'" FIRST(17),
		"e = 0.5" FIRST(17),
		"e = x'01'" FIRST(18),
		"a = 1 << 32" FIRST(19),
		"a = -1 - (1 << 31)" FIRST(20),
		"text = x'6e'" FIRST(21),
	};
	size_t n = events_there(fresh());
	char sql[256];
	struct told t;

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		snprintf(sql, sizeof(sql), "UPDATE event SET %s", changes[i]);
		replay_changed(&t, sql, ": 1 rows make no sense");
		/* In the place of the event that it is lost. */
		if (t.events.n != n || t.lost != 1)
			fail_msg("%s: %zu of %zu events", sql, t.events.n, n);
		free(t.events.ev);
	}
}

/* Of an identity nothing is told if a part of it is wrong, not even to the next event. */
static void identities(void **state)
{
	static const char *const columns[] = {
		"cqt_ms = 'x'",	   "cntlid = 1 << 32",	    "ccr = 'yes'",
		"tbkas = 1 << 32", "transport = x'746370'", "address = 'a' || char(0)"
	};
	char sql[256];
	struct told t;

	(void)state;
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		snprintf(sql, sizeof(sql),
			 "UPDATE controller SET %s WHERE id = 1; "
			 "INSERT INTO event SELECT max(id) + 1, session, ts_ns, ctrl, instance, "
			 "cpu, 14, 1, 0, 0, 0, 0, 0, 0, NULL FROM event; "
			 "DELETE FROM event WHERE type = 14 AND a > 1",
			 columns[i]);
		replay_changed(&t, sql, ": 2 rows make no sense");
		assert_int_equal(t.lost, 2);
		for (size_t k = 0; k < t.events.n; k++)
			assert_int_not_equal(t.events.ev[k].type, NCT_EV_IDENTITY);
		free(t.events.ev);
	}
}

static void anchors(void **state)
{
	static const char *const changes[] = {
		"UPDATE anchor SET realtime_ns = -1 WHERE id = (SELECT min(id) FROM anchor)",
		"UPDATE anchor SET monotonic_ns = 'x' WHERE id = (SELECT min(id) FROM anchor)",
		"INSERT INTO anchor SELECT 1000000, 77, 1, 2, 3",
		"INSERT INTO anchor SELECT 1000000, 9223372036854775807, 1, 2, 3",
	};
	struct told t;

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		replay_changed(&t, changes[i], ": 1 rows make no sense");
		assert_int_equal(t.sessions, 1);
		free(t.events.ev);
	}
}

/* Without knowing what it is, nothing of it can be told; the rest of it is less. */
static void sessions(void **state)
{
	static const char *const fatal[] = { "origin = 4", "origin = 'bpf'", "dialect = -1",
					     "resolution_ns = 0", "start_ns = 'x'" };
	static const char *const harmless[] = { "host = x'ff'", "input = 'a' || char(0)" };
	static const char *const ends[] = { "end_ns = start_ns - 1", "end_ns = 'x'",
					    "end_ns = -1" };
	size_t n = events_there(fresh());
	char sql[128];
	struct told t;

	(void)state;
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++) {
		snprintf(sql, sizeof(sql), "UPDATE session SET %s", fatal[i]);
		replay_changed(&t, sql, "rows make no sense");
		assert_int_equal(t.sessions, 0);
		assert_int_equal(t.events.n, 0);
	}
	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
		snprintf(sql, sizeof(sql), "UPDATE session SET %s", harmless[i]);
		replay_changed(&t, sql, ": 1 rows make no sense");
		assert_int_equal(t.events.n, n);
		free(t.events.ev);
	}
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(sql, sizeof(sql), "UPDATE session SET %s", ends[i]);
		replay_changed(&t, sql, ": 1 rows make no sense");
		assert_int_equal(t.cut_off, 1);
		assert_int_equal(t.events.n, n);
		assert_int_equal(t.end_ns, t.last_ns);
		free(t.events.ev);
	}
}

/* It would never end, and fill the memory or the day. */
static void views(void **state)
{
	struct told t;

	(void)state;
	replay_changed(&t,
		       "ALTER TABLE anchor RENAME TO was; CREATE VIEW anchor AS "
		       "WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) "
		       "SELECT n.id, 1 AS session, 1 AS monotonic_ns, 1 AS boottime_ns, "
		       "1 AS realtime_ns FROM n",
		       "is damaged");
	assert_int_equal(t.sessions, 0);
}

/* What SQLite says may have names from the file: they are not to move anybody's cursor. */
static void one_line(void **state)
{
	const char *path = fresh();
	struct nct_error err;
	struct told t;

	(void)state;
	execute(path, "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE "
		      "anchor (id COLLATE \"\033[31m\n\", session, monotonic_ns, boottime_ns, "
		      "realtime_ns)' WHERE name = 'anchor'");
	assert_int_equal(replay_into(&t, path, &err), -1);
	assert_int_equal(err.code, NCT_EXIT_UNTRUSTED);
	assert_non_null(strstr(err.text, "collation sequence: ?[31m?"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events),  cmocka_unit_test(identities),
		cmocka_unit_test(anchors), cmocka_unit_test(sessions),
		cmocka_unit_test(views),   cmocka_unit_test(one_line),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
