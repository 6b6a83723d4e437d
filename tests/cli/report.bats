#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# report on a recording made by SQL, and on files that are none. Needs no kernel.

load sample

setup() {
	nct=${NCT:-$BATS_TEST_DIRNAME/../../build/nvme-ccr-trace}
	cd "$BATS_TEST_TMPDIR" || return 1
	export TZ=UTC0 COLUMNS=80 LC_ALL=C
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

@test "what has no wall time is not dropped unsaid" {
	recording r
	sqlite3 r "DELETE FROM anchor; UPDATE session SET origin = 2"
	for c in "report --format json" hist "export --to csv"; do
		# shellcheck disable=SC2086
		"$nct" $c --since @0 --controller 1 r 2>err
		cat err
		grep -q '^nvme-ccr-trace .*: 2 recoveries have no wall time: --since and --until cannot select them' err
		# shellcheck disable=SC2086
		"$nct" $c --controller 1 r 2>err
		if grep -q 'no wall time' err; then return 1; fi
	done
}

@test "a filter that nothing matches is no empty recording" {
	recording r
	for c in "report --format json" report "report --html page" hist "export --to csv"; do
		# shellcheck disable=SC2086
		"$nct" $c --until @0 r 2>err
		cat err
		grep -q 'there are 3 recoveries, resets and deletes included, and none matches' err
	done
	"$nct" hist --until @0 r 2>err
	grep -q 'no recovery to count (left out: 0 incomplete, 0 resets or deletes, 3 that do not match)' err
	sqlite3 r "DELETE FROM event"
	"$nct" report --until @0 r 2>err
	[ ! -s err ]
}

@test "several files, in the order of time" {
	recording a
	recording b
	sqlite3 b "UPDATE anchor SET realtime_ns = realtime_ns - 3600000000000"
	"$nct" report a b >out
	head -1 out | grep -q 'summary: 6 recoveries'
	grep -q 'session 1 .* from 2026-11-22 05:10:48' out
	grep -q 'session 2 .* from 2026-11-22 06:10:48' out
	cmp <("$nct" export --to json a b) <("$nct" export --to json b a)
}

@test "a glob that takes along what SQLite keeps beside a recording" {
	recording nvme.nct
	recording nvme.nct.1
	: >nvme.nct-wal
	: >nvme.nct-shm
	: >nvme.nct.1-journal
	for c in "report --format json" "hist --format json" "export --to json"; do
		# shellcheck disable=SC2086
		cmp <("$nct" $c nvme.nct*) <("$nct" $c nvme.nct nvme.nct.1)
	done
	"$nct" report nvme.nct* | head -1 | grep -q 'summary: 6 recoveries'
	fails 2 "nvme.nct-wal belongs to the recording nvme.nct: give that instead" nvme.nct-wal
	fails 2 "there is no file stray-wal" nvme.nct stray-wal
	cp nvme.nct odd-wal
	: >odd
	"$nct" report odd-wal | head -1 | grep -q 'summary: 3 recoveries'
}

@test "the summary says what sessions are of, and how exact they are" {
	recording a
	recording b
	"$nct" report a >out
	if grep -qE 'times exact|^ +in a' out; then return 1; fi
	sqlite3 b "UPDATE session SET origin = 2, input = 'kern.log', resolution_ns = 1000000000"
	"$nct" report a b >out
	cat out
	grep -A1 'session 1 ' out | grep -qx ' *in a'
	grep 'session 2 ' out | grep -q '; times exact to 1 s$'
	grep -A1 'session 2 ' out | grep -qx ' *in b, imported from kern.log'
	"$nct" report b | grep -A1 'session 1 ' | grep -qx ' *imported from kern.log'
	"$nct" hist --format json a b | grep -q '"resolution_ns":1000000000}$'
	"$nct" hist --format json a | grep -q '"resolution_ns":null}$'
}

@test "an unknown fence has one name, and none is not unknown" {
	recording r
	"$nct" report --fence unknown r >out
	cat out
	grep -qx '  fence           unknown 1' out
	sed '/^-- nvme/,$!d' out | grep -qx '  fence           unknown'
	sqlite3 r "UPDATE controller SET transport = 'pcie'"
	[ "$("$nct" report --format json --fence unknown r | wc -l)" -eq 0 ]
	"$nct" report r >out
	cat out
	[ "$(grep -c '^  fence           none applies$' out)" -eq 2 ]
	"$nct" hist r | grep -q '^  no fence applies, n 2$'
	"$nct" hist --format json r | grep -q '"group":"none"'
}

@test "a copy is told, for what is in it counts twice" {
	recording a
	cp a b
	"$nct" report --format json a b >twice 2>err
	grep -q ': b begins with the same session as a: if it is a copy' err
	[ "$(wc -l <twice)" -eq $((2 * $("$nct" report --format json a | wc -l))) ]
	sqlite3 b "UPDATE session SET start_ns = start_ns - 1"
	"$nct" report --format json a b >twice 2>err
	run ! grep 'same session' err
}

@test "a file that is given twice counts once" {
	recording a
	ln a b
	for c in "report --format json" "hist --format json" "export --to json"; do
		# shellcheck disable=SC2086
		"$nct" $c a ./a b >twice 2>err
		grep -q ': ./a is the same file as a: left out' err
		grep -q ': b is the same file as a: left out' err
		# shellcheck disable=SC2086
		cmp twice <("$nct" $c a)
	done
}

@test "each bad file is named, before anything is written" {
	recording good
	echo junk >junk
	for c in report "report --html o" hist "export --to csv"; do
		echo precious >o
		rc=0
		# shellcheck disable=SC2086
		"$nct" $c -o o good junk nowhere >out 2>err || rc=$?
		cat err
		[ "$rc" -eq 2 ]
		grep -q 'junk is not a recording' err
		grep -q 'there is no file nowhere' err
		[ "$(cat o)" = precious ]
	done
}

@test "each damaged file is named" {
	for f in r s; do
		recording $f
		sqlite3 $f 'UPDATE event SET ts_ns = -5 WHERE id = 9'
	done
	for c in report hist "export --to perfetto"; do
		rc=0
		# shellcheck disable=SC2086
		"$nct" $c r s >out 2>err || rc=$?
		cat err
		[ "$rc" -eq 5 ]
		[ "$(grep -c 'r is damaged: 1 rows make no sense' err)" -eq 1 ]
		[ "$(grep -c 's is damaged: 1 rows make no sense' err)" -eq 1 ]
	done
}

@test "controllers of several hosts are apart, and say whose they are" {
	recording a
	recording b
	sqlite3 b "UPDATE session SET host = 'db8'"
	"$nct" report a b >out
	head -1 out | grep -q 'summary: 6 recoveries, 0 resets, 0 deletes of 4 controllers'
	grep -q '^  nvme1 on db7, ' out
	grep -q '^  nvme1 on db8, ' out
	[ "$(grep '^Session' out | tr '\n' ';')" = \
		'Session 1: host db7, kernel 6.12.0 x86_64;Session 2: host db8, kernel 6.12.0 x86_64;' ]
	sed '1,/^Session 2/d' out | grep -c '^-- nvme' | grep -qx 3
	"$nct" report a >out
	[ "$(grep -c ' on db7' out)" -eq 1 ] # that of the session
	if grep -q '^Session' out; then return 1; fi
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
