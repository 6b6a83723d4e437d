#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# The man pages: complete, well-formed, and true.

setup() {
	root=$BATS_TEST_DIRNAME/../..
	nct=${NCT:-$root/build/nvme-ccr-trace}
	man=$root/build/man
	cd "$BATS_TEST_TMPDIR" || return 1
}

commands() {
	"$nct" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

# Names of options, with their values: as --help prints them, and as the page's source does.
options_of_help() { # COMMAND
	"$nct" "$1" --help | sed -nE 's/^  ((-[a-z], )?--[a-z-]+( [A-Z]+)?) .*/\1/p' | sort
}

options_of_page() { # COMMAND
	awk '$1 != "%include" { print; next } { while ((getline line < $2) > 0) print line }' \
		"docs/man/nvme-ccr-trace-$1.1.scd" |
		sed -nE '/^# OPTIONS/,/^# (EXIT|JSON|FORMATS)/s/^((\*-|\*--).*)$/\1/p' | tr -d '*_' | sort
}

@test "every command has a man page, and the program itself" {
	[ -s "$man/nvme-ccr-trace.1" ]
	[ "$(commands | wc -l)" -ge 6 ]
	for c in $(commands); do
		echo "$c"
		[ -s "$man/nvme-ccr-trace-$c.1" ]
		grep -qF "*$c*" "$root/docs/man/nvme-ccr-trace.1.scd"
	done
}

@test "each option in --help is in the man page, and the other way round" {
	cd "$root"
	for c in $(commands); do
		options_of_help "$c" >"$BATS_TEST_TMPDIR/help"
		options_of_page "$c" >"$BATS_TEST_TMPDIR/page"
		[ "$(wc -l <"$BATS_TEST_TMPDIR/help")" -ge 3 ]
		echo "$c: --help (<) and man page (>)"
		diff "$BATS_TEST_TMPDIR/help" "$BATS_TEST_TMPDIR/page"
	done
}

@test "man formats the pages without a warning" {
	for page in "$man"/*.[15]; do
		echo "$page"
		MANWIDTH=120 man --warnings -l "$page" >text 2>err
		[ ! -s err ]
		grep -q "^NAME" text
		if grep -qE '%include|^ *```' text; then return 1; fi
	done
}

@test "what a page refers to is there" {
	for name in $(cat "$root"/docs/man/*.scd | grep -oE '\*nvme-ccr-trace[a-z-]*\*\([15]\)' | sort -u |
		sed -E 's/\*(.*)\*\((.)\)/\1.\2/'); do
		echo "$name"
		[ -s "$man/$name" ]
	done
}

# The literal blocks of the section, one file each.
queries() {
	awk '/^# / { inside = $0 == "# QUERIES" } !inside { next }
		/^```/ { open = !open; n += open; next } open { print > ("query" n ".sql") }' \
		"$root/docs/man/nvme-ccr-trace-recording.5.scd"
}

@test "the SQL of nvme-ccr-trace-recording(5) runs on a recording, and finds something" {
	"$root/build/cli/make_recording" host.nct 5 12
	queries
	[ "$(ls query*.sql | wc -l)" -eq 6 ]
	for q in query*.sql; do
		cat "$q"
		sqlite3 -bail -header host.nct <"$q" >rows
		[ "$(wc -l <rows)" -gt 1 ]
	done
	# The second one adds up to the whole.
	sum=$(sqlite3 host.nct <query2.sql | awk -F'|' '{ s += $3 } END { printf "%.2f", s }')
	[ "$sum" = "$(sqlite3 host.nct "select printf('%.2f', sum(duration_ns) / 1e9)
		from recovery where kind = 'recovery'")" ]
	# The last one: the longest of all is first, those that did not end among them.
	longest=$(sqlite3 host.nct "select printf('%.3f', max(coalesce(until_ns,
		(select start_ns + duration_ns from recovery where id = recovery)) - since_ns) / 1e6) from blackout")
	[ "$(sqlite3 host.nct <query6.sql | head -n 1 | awk -F'|' '{ printf "%.3f", $7 }')" = "$longest" ]
	[ "$(sqlite3 host.nct "select printf('%.3f', max(blackout_ms)) from impact")" = "$longest" ]
}

@test "the SQL of nvme-ccr-trace-recording(5) keeps hosts, and kinds, apart" {
	"$root/build/cli/make_recording" host.nct 5 12
	queries
	sqlite3 host.nct <query5.sql >before
	sqlite3 host.nct "update recovery set duration_ns = 1000000000000000 where id =
		(select min(id) from recovery where kind <> 'recovery')"
	cmp before <(sqlite3 host.nct <query5.sql)
	# Half of the recoveries become those of another host.
	sqlite3 host.nct "create temp table other as select * from session;
		update other set id = 1000000, host = 'host2.example'; insert into session select * from other;
		update recovery set session = 1000000 where id % 2"
	for q in 3 4; do
		sqlite3 host.nct <query$q.sql >rows
		cut -d'|' -f1 rows | sort -u | tr '\n' ' ' | grep -qx 'host1.example host2.example '
	done
}

@test "the schema in nvme-ccr-trace-recording(5) is that of a recording" {
	"$root/build/cli/make_recording" host.nct 5 1
	awk '/^# / { inside = $0 == "# SCHEMA" } inside && $1 == "%include" { print $2 }' \
		"$root/docs/man/nvme-ccr-trace-recording.5.scd" >included
	(cd "$root" && cat $(cat "$BATS_TEST_TMPDIR/included")) | sqlite3 -bail schema.db
	names='select m.type, m.name, c.name, c.type from sqlite_master m, pragma_table_info(m.name) c
		where m.name not like "sqlite%" order by 1, 2, 3'
	[ "$(sqlite3 schema.db "$names" | wc -l)" -gt 100 ]
	diff <(sqlite3 schema.db "$names") <(sqlite3 host.nct "$names")
}
