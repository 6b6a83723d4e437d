#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# report on a recording made by SQL, and on files that are none. Needs no kernel.

setup() {
	nct=${NCT:-$BATS_TEST_DIRNAME/../../build/nvme-ccr-trace}
	cd "$BATS_TEST_TMPDIR" || return 1
	export TZ=UTC0 COLUMNS=80 LC_ALL=C
}

# recording FILE - the sample
recording() {
	local top=$BATS_TEST_DIRNAME/../..
	sqlite3 "$1" <<-SQL
		PRAGMA application_id = 0x6e636374;
		PRAGMA user_version = 1;
		.read $top/tools/recording/schema.sql
		.read $top/tests/data/recording/sample.sql
	SQL
}

# fails STATUS TEXT ARGUMENT... - report exits so and says TEXT on stderr
fails() {
	local wanted=$1 text=$2 rc=0
	shift 2
	"$nct" report "$@" >out 2>err || rc=$?
	echo "status $rc, stderr: $(cat err)"
	[ "$rc" -eq "$wanted" ]
	grep -qF -- "$text" err
}

@test "report --help has examples and every option" {
	run "$nct" report --help
	[ "$status" -eq 0 ]
	[[ $output == *"report [OPTION]... FILE..."* ]]
	for o in controller subsystem since until min-duration fence end format output color help; do
		[[ $output == *"--$o"* ]]
	done
}

@test "report wants a file" {
	fails 2 "what to read is missing: give FILE..."
	fails 2 "there is no file nowhere" nowhere
	fails 2 "Try 'nvme-ccr-trace report --help'" nowhere
}

@test "what is no recording is refused and untouched" {
	echo '{"a": 1}' >json
	fails 2 "json is not a recording" json
	: >empty
	fails 2 "empty is not a recording: it is empty" empty
	fails 2 "not a plain file" .
	sqlite3 other 'CREATE TABLE t (a)'
	md5sum other >sum
	fails 2 "another kind of SQLite file" other
	md5sum -c sum
}

@test "a newer schema is refused" {
	recording r
	sqlite3 r 'PRAGMA user_version = 7'
	fails 2 "schema 7, known here: 1" r
}

@test "a bad name costs no output" {
	recording r
	echo precious >o
	fails 2 "there is no file nowhere" --output o r nowhere
	[ "$(cat o)" = precious ]
}

@test "the summary comes first, then a block for each" {
	recording r
	"$nct" report r >out
	cat out
	head -1 out | grep -q 'summary: 3 recoveries, 0 resets, 0 deletes of 2 controllers'
	grep -q 'session 1       watched on db7 from 2026-11-22 06:10:48 for 1m40s; 14 events, 4 LOST' out
	grep -q 'lost            4 events; recoveries that this may touch are lossy: 1' out
	grep -q 'recoveries      2: 2 live, 0 removed, 0 incomplete' out
	grep -q 'time to retry   worst 200 ms, median 41.0 ms' out
	grep -q 'time to live    worst 5.000 s, median 1.200 s' out
	[ "$(grep -c '^-- nvme' out)" -eq 3 ]
	grep -q '^  left LIVE       06:10:58.000000 (2026-11-22T06:10:58.000000000Z)' out
}

@test "JSON has a line for each, as live prints them" {
	recording r
	"$nct" report --format json r >out
	[ "$(wc -l <out)" -eq 3 ]
	[ "$(grep -c '"schema":"nvme-ccr-trace/recovery/1"' out)" -eq 3 ]
	[ "$(grep -c '"host":"db7","resolution_ns":null}$' out)" -eq 3 ]
}

@test "filters" {
	recording r
	n() { "$nct" report --format json "$@" r | wc -l; }
	[ "$(n --controller 1)" -eq 2 ]
	[ "$(n --subsystem '*:s2')" -eq 1 ]
	[ "$(n --end live)" -eq 2 ]
	[ "$(n --end removed,incomplete)" -eq 1 ]
	[ "$(n --fence unfenced)" -eq 2 ]
	[ "$(n --fence unfenced,unknown)" -eq 3 ]
	[ "$(n --fence ccr,hold)" -eq 0 ]
	[ "$(n --min-duration 2s)" -eq 2 ]
	[ "$(n --since '2026-11-22 06:11:30')" -eq 2 ] # the one that goes on, too
	[ "$(n --until 2026-11-22T06:11:30Z)" -eq 2 ]
	[ "$(n --since 2026-11-22T06:12:30Z)" -eq 0 ]
}

@test "several files, in their order" {
	recording a
	recording b
	"$nct" report b a >out
	head -1 out | grep -q 'summary: 6 recoveries'
	grep -q 'session 2' out
}

@test "--output writes there" {
	recording r
	"$nct" report r >out
	"$nct" report r -o o
	cmp out o
	fails 3 "cannot open /nonexistent/x for writing" --output /nonexistent/x r
}

@test "output that cannot be written exits 3" {
	recording r
	for f in text json; do
		rc=0
		"$nct" report --format $f r >/dev/full 2>err || rc=$?
		[ "$rc" -eq 3 ]
		grep -q "No space left on device" err
	done
}

@test "a damaged recording: what can be read, and exit 5" {
	recording r
	# Enough for a second page of events, of which only the first is left.
	sqlite3 r "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
		INSERT INTO event (id, session, ts_ns, ctrl, instance, cpu, type)
		SELECT i, 1, 1070000000000 + i, 11, 1, 0, 11 FROM n"
	truncate -s -16384 r
	fails 5 "r is damaged" --format json r
	[ "$(wc -l <out)" -ge 2 ]
	recording s
	sqlite3 s 'UPDATE event SET ts_ns = -5 WHERE id = 9'
	fails 5 "1 rows make no sense" s
	grep -q 'summary: 3 recoveries' out
}

@test "a recording on a read-only medium" {
	recording r
	[ "$(id -u)" -ne 0 ] || skip "root may write anywhere"
	chmod a-w r .
	"$nct" report --format json r >/dev/null
	chmod u+w .
}
