// SPDX-License-Identifier: GPL-2.0
/* Files of the first program of this schema version, which had fewer tables and columns: they are
 * read, appended to, and get what they lack with the session that is appended, or not at all. What
 * is made here that program can read, and append to. */
#include "recording_fixture.h"

#define FIRST_SCHEMA "tests/data/recording/first-schema.sql"
#define IDENTITY     "PRAGMA application_id = 0x6e636374; PRAGMA user_version = 1"

/* A file there; the name stays valid. */
static const char *file(const char *name)
{
	static char names[16][128];
	size_t i = 0, skip = strlen(dir) + 1;

	while (names[i][0] && strcmp(names[i] + skip, name))
		assert_true(++i < 16);
	snprintf(names[i], sizeof(names[0]), "%s/%s", dir, name);
	return names[i];
}

/* All of what sql selects, as one text to be freed. */
static char *selected(const char *path, const char *sql)
{
	sqlite3 *db = database(path);
	sqlite3_stmt *stmt = query(db, sql);
	size_t len;
	char *text;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	while (sqlite3_step(stmt) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(stmt); i++) {
			const char *cell = (const char *)sqlite3_column_text(stmt, i);

			fprintf(out, "%s%s", cell ? cell : "NULL",
				i + 1 < sqlite3_column_count(stmt) ? "|" : "\n");
		}
	assert_int_equal(fclose(out), 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return text;
}

static const char tables[] = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";

/* Of all tables and views, their columns. */
static const char columns[] =
	"SELECT m.type, m.name, c.name, c.type, c.\"notnull\", c.pk FROM sqlite_master m, "
	"pragma_table_info(m.name) c ORDER BY 1, 2, 3";

static const char objects[] = "SELECT type, name, sql FROM sqlite_master ORDER BY rowid";

/* The columns of a table, in one line. */
static char *columns_of(const char *path, const char *table)
{
	char sql[160], *text;

	snprintf(sql, sizeof(sql), "SELECT group_concat(name) FROM pragma_table_info('%s')", table);
	text = selected(path, sql);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* For each table of a file. */
static void for_tables(const char *of, void (*fn)(void *ctx, const char *table, const char *names),
		       void *ctx)
{
	char *all = selected(of, tables), *table, *save;

	for (table = strtok_r(all, "\n", &save); table; table = strtok_r(NULL, "\n", &save)) {
		char *names = columns_of(of, table);

		fn(ctx, table, names);
		free(names);
	}
	free(all);
}

static void create_first(const char *path)
{
	size_t len;
	char *sql = slurp(FIRST_SCHEMA, &len);

	sql[len] = '\0';
	execute(path, sql);
	execute(path, IDENTITY);
	free(sql);
}

struct copy {
	const char *from, *to;
};

static void copy_table(void *ctx, const char *table, const char *names)
{
	const struct copy *c = ctx;
	char sql[1024];

	snprintf(sql, sizeof(sql),
		 "ATTACH '%s' AS new; INSERT INTO main.%s (%s) SELECT %s FROM new.%s", c->from,
		 table, names, names, table);
	execute(c->to, sql);
}

/* What that program would have made of it. */
static void record_first(const char *path, const struct feed *f, enum nct_dialect dialect)
{
	struct copy c = { file("copied"), path };

	unlink(c.from);
	unlink(path);
	record_feed(c.from, f, dialect);
	create_first(path);
	for_tables(path, copy_table, &c);
}

static void add_rows(void *ctx, const char *table, const char *names)
{
	struct copy *c = ctx;
	char sql[1024], *text;
	FILE *out = fopen(c->to, "a");
	bool session = !strcmp(table, "session");

	assert_non_null(out);
	snprintf(sql, sizeof(sql), "SELECT '%s', %s FROM %s WHERE %s ORDER BY 2, 3, 4", table,
		 names, table,
		 session		    ? "id = 1"
		 : strstr(names, "session") ? "session = 1"
					    : "recovery IN (SELECT id FROM recovery WHERE "
					      "session = 1)");
	text = selected(c->from, sql);
	fputs(text, out);
	free(text);
	assert_int_equal(fclose(out), 0);
}

/* The rows of the first session, as far as that program knows them; to be freed. */
static char *first_rows(const char *path)
{
	struct copy c = { path, file("rows.txt") };
	const char *first = file("first-empty");
	size_t len;
	char *text;

	unlink(c.to);
	unlink(first);
	create_first(first);
	for_tables(first, add_rows, &c);
	text = slurp(c.to, &len);
	text[len] = '\0';
	return text;
}

static void assert_same(char *a, char *b)
{
	assert_true(strlen(a) > 0);
	assert_same_lines(a, b);
}

/* ---- tests ---- */

static void first_is_read(void **state)
{
	const char *path = file("first");
	struct feed f = make_feed(31, NCT_DIALECT_RECOVERING, 5);
	struct lines straight, replayed;
	struct nct_error err = { 0 };
	struct told t;

	(void)state;
	record_first(path, &f, NCT_DIALECT_RECOVERING);
	replay_ok(&t, path);
	assert_int_equal(t.events.n, f.n);
	for (size_t i = 0; i < f.n; i++)
		assert_same_event(&t.events.ev[i], &f.ev[i], i);
	lines_open(&straight);
	reduce_straight(&straight, &f, NCT_DIALECT_RECOVERING);
	lines_open(&replayed);
	assert_int_equal(replay_lines(&replayed, path, &err), 0);
	assert_same(lines_close(&straight), lines_close(&replayed));
	free(f.ev);
	free(t.events.ev);
}

/* One of the columns may be there without the other. */
static void a_column_is_missing(void **state)
{
	static const char *const missing[] = { "ccr", "tbkas" };
	struct feed f = make_feed_io(32, NCT_DIALECT_RECOVERING, 2);
	const char *path = file("lacks");
	char sql[80];

	(void)state;
	for (size_t m = 0; m < 2; m++) {
		struct told t;
		bool other = false;

		unlink(path);
		record_feed(path, &f, NCT_DIALECT_RECOVERING);
		snprintf(sql, sizeof(sql), "ALTER TABLE controller DROP COLUMN %s", missing[m]);
		execute(path, sql);
		replay_ok(&t, path);
		assert_int_equal(t.events.n, f.n);
		for (size_t i = 0; i < f.n; i++) {
			const struct nct_identity *id = &t.events.ev[i].identity;

			if (t.events.ev[i].type != NCT_EV_IDENTITY)
				continue;
			assert_int_equal(m ? id->tbkas : id->ccr, NCT_UNKNOWN_INT);
			other |= (m ? id->ccr : id->tbkas) != NCT_UNKNOWN_INT;
		}
		assert_true(other);
		free(t.events.ev);
	}
	free(f.ev);
}

/* It is then as one that is made anew, and what was in it is what it was. */
static void first_is_appended_to(void **state)
{
	struct feed old = make_feed(33, NCT_DIALECT_FENCING, 4);
	struct feed new = make_feed_io(34, NCT_DIALECT_RECOVERING, 6);
	const char *path = file("grown"), *fresh = file("fresh");
	char *before;
	struct told t;
	sqlite3 *db;

	(void)state;
	record_first(path, &old, NCT_DIALECT_FENCING);
	before = first_rows(path);
	record_feed(path, &new, NCT_DIALECT_RECOVERING);
	record_feed(fresh, &new, NCT_DIALECT_RECOVERING);
	assert_same(before, first_rows(path));
	assert_same(selected(path, columns), selected(fresh, columns));
	replay_ok(&t, path);
	assert_int_equal(t.sessions, 2);
	assert_int_equal(t.events.n, old.n + new.n);
	for (size_t i = 0; i < new.n; i++)
		assert_same_event(&t.events.ev[old.n + i], &new.ev[i], i);
	db = database(path);
	assert_true(value(db, "SELECT count(*) FROM impact WHERE session = 2") > 5);
	assert_int_equal(value(db, "SELECT count(*) FROM impact WHERE session = 1"), 0);
	assert_int_equal(value(db, "SELECT count(*) FROM controller WHERE session = 1 AND "
				   "(ccr IS NOT NULL OR tbkas IS NOT NULL)"),
			 0);
	assert_true(value(db, "SELECT count(*) FROM controller WHERE ccr IS NOT NULL") > 0);
	assert_same(selected(path, "PRAGMA integrity_check"), strdup("ok\n"));
	sqlite3_close(db);
	free(old.ev);
	free(new.ev);
	free(t.events.ev);
}

/* What it has of its own, and what was there before, stays as it is. */
static void only_what_lacks(void **state)
{
	struct feed f = make_feed(35, NCT_DIALECT_BASELINE, 1);
	const char *path = file("own");
	char *before;

	(void)state;
	record_first(path, &f, NCT_DIALECT_BASELINE);
	execute(path,
		"CREATE TABLE notes (text); INSERT INTO notes VALUES ('mine'); "
		"CREATE VIEW mine AS SELECT text FROM notes; CREATE INDEX i ON event (ts_ns)");
	before = selected(path,
			  "SELECT sql FROM sqlite_master WHERE type <> 'table' ORDER BY rowid");
	record_feed(path, &f, NCT_DIALECT_BASELINE);
	assert_same(before, selected(path, "SELECT sql FROM sqlite_master WHERE type <> 'table' "
					   "AND name <> 'impact' ORDER BY rowid"));
	assert_same(selected(path, "SELECT * FROM mine"), strdup("mine\n"));
	/* There is nothing to do for the next one. */
	before = selected(path, objects);
	record_feed(path, &f, NCT_DIALECT_BASELINE);
	assert_same(before, selected(path, objects));
	free(f.ev);
}

/* Opened, and nothing recorded. */
static void nothing_to_append(void **state)
{
	const struct nct_recorder_opts opts = { .path = file("untouched") };
	struct feed f = make_feed(36, NCT_DIALECT_BASELINE, 1);
	char *before;

	(void)state;
	record_first(opts.path, &f, NCT_DIALECT_BASELINE);
	before = selected(opts.path, objects);
	close_ok(open_ok(&opts), NCT_NONE);
	assert_same(before, selected(opts.path, objects));
	free(f.ev);
}

/* A session that cannot be begun leaves no trace; tried again, both come. */
static void at_once_or_not_at_all(void **state)
{
	const struct nct_recorder_opts opts = { .path = file("refused"), .say = hear };
	struct feed f = make_feed_io(37, NCT_DIALECT_RECOVERING, 2);
	struct feed old = make_feed(38, NCT_DIALECT_BASELINE, 1);
	struct nct_session s = session_of(NCT_DIALECT_RECOVERING);
	struct nct_recorder *r;
	char *before;
	struct told t;

	(void)state;
	record_first(opts.path, &old, NCT_DIALECT_BASELINE);
	execute(opts.path, "CREATE TRIGGER no BEFORE INSERT ON session BEGIN "
			   "SELECT raise(ABORT, 'not today'); END");
	before = selected(opts.path, objects);
	r = open_ok(&opts);
	nct_recorder_session(r, &s);
	put_feed(r, &f);
	wait_failures(r, 1);
	assert_same(before, selected(opts.path, objects));
	execute(opts.path, "DROP TRIGGER no");
	wait_events(r, f.n);
	close_ok(r, end_of(&f));
	replay_ok(&t, opts.path);
	assert_int_equal(t.sessions, 2);
	assert_int_equal(t.events.n, old.n + f.n);
	unlink(file("fresh"));
	record_feed(file("fresh"), &f, NCT_DIALECT_RECOVERING);
	assert_same(selected(opts.path, columns), selected(file("fresh"), columns));
	free(f.ev);
	free(old.ev);
	free(t.events.ev);
}

/* Something else has the name: that is said at once, and nothing touched. */
static void names_that_are_taken(void **state)
{
	static const char *const taken[] = { "CREATE VIEW blackout AS SELECT 1 AS n",
					     "CREATE TABLE io_path (what TEXT); "
					     "INSERT INTO io_path VALUES ('mine')" };
	struct feed f = make_feed(39, NCT_DIALECT_BASELINE, 1);
	const struct nct_recorder_opts opts = { .path = file("taken") };
	struct nct_recorder *r;
	struct nct_error err;
	char *before;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		record_first(opts.path, &f, NCT_DIALECT_BASELINE);
		execute(opts.path, taken[i]);
		before = selected(opts.path, objects);
		assert_int_equal(nct_recorder_open(&r, &opts, &err), -1);
		assert_int_equal(err.code, NCT_EXIT_UNTRUSTED);
		assert_non_null(strstr(err.text, "cannot append to"));
		assert_null(strstr(err.text, "not an error"));
		assert_same(before, selected(opts.path, objects));
		assert_int_equal(access(file("taken-wal"), F_OK), -1);
	}
	free(f.ev);
}

/* ---- that program, and a file of this one ---- */

static void prepare_both(void *ctx, const char *table, const char *names)
{
	sqlite3 *db = ctx;
	char sql[1024];

	snprintf(sql, sizeof(sql), "SELECT %s FROM %s", names, table);
	sqlite3_finalize(query(db, sql));
	snprintf(sql, sizeof(sql), "INSERT INTO %s (%s) SELECT %s FROM %s WHERE 0", table, names,
		 names, table);
	sqlite3_finalize(query(db, sql));
}

/* It names the columns that it knows: the others must be there, and accept that nothing is said of
 * them. */
static void first_reads_and_appends(void **state)
{
	struct feed f = make_feed_io(40, NCT_DIALECT_RECOVERING, 5);
	const char *first = file("first-empty"), *path = file("newer");
	struct feed old = make_feed(41, NCT_DIALECT_FENCING, 3);
	struct copy c = { file("copied"), path };
	struct told t;
	sqlite3 *db;

	(void)state;
	record_feed(path, &f, NCT_DIALECT_RECOVERING);
	unlink(first);
	create_first(first);
	db = database(path);
	for_tables(first, prepare_both, db);
	sqlite3_close(db);
	/* Appended by it: rows with its columns alone, numbered on. */
	unlink(c.from);
	record_feed(c.from, &f, NCT_DIALECT_RECOVERING);
	record_feed(c.from, &old, NCT_DIALECT_FENCING);
	execute(c.from,
		"DELETE FROM session WHERE id = 1; DELETE FROM event WHERE session = 1; "
		"DELETE FROM anchor WHERE session = 1; "
		"DELETE FROM phase WHERE recovery IN (SELECT id FROM recovery WHERE session = "
		"1); DELETE FROM ccr_attempt WHERE recovery IN (SELECT id FROM recovery WHERE "
		"session = 1); DELETE FROM recovery WHERE session = 1; "
		"DELETE FROM controller WHERE session = 1");
	for_tables(first, copy_table, &c);
	replay_ok(&t, path);
	assert_int_equal(t.sessions, 2);
	assert_int_equal(t.events.n, f.n + old.n);
	for (size_t i = 0; i < old.n; i++)
		assert_same_event(&t.events.ev[f.n + i], &old.ev[i], i);
	free(f.ev);
	free(old.ev);
	free(t.events.ev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_is_read),	cmocka_unit_test(a_column_is_missing),
		cmocka_unit_test(first_is_appended_to), cmocka_unit_test(only_what_lacks),
		cmocka_unit_test(nothing_to_append),	cmocka_unit_test(at_once_or_not_at_all),
		cmocka_unit_test(names_that_are_taken), cmocka_unit_test(first_reads_and_appends),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
