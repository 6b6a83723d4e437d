#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# record: usage, and files it must not touch. All this comes before the kernel is looked at.

setup() {
	nct=${NCT:-$BATS_TEST_DIRNAME/../../build/nvme-ccr-trace}
	cd "$BATS_TEST_TMPDIR" || return 1
}

# refused STATUS TEXT ARGUMENT... - record exits so, says TEXT on stderr, nothing on stdout
refused() {
	local wanted=$1 text=$2 rc=0
	shift 2
	"$nct" record "$@" >out 2>err || rc=$?
	echo "status $rc, stderr: $(cat err)"
	[ "$rc" -eq "$wanted" ]
	[ ! -s out ]
	grep -qF -- "$text" err
}

@test "record --help has examples and every option" {
	run "$nct" record --help
	[ "$status" -eq 0 ]
	for o in output rotate keep live duration format color attach io ring help; do
		[[ $output == *"--$o"* ]]
	done
}

@test "record wants a file" {
	refused 2 "give -o FILE"
	refused 2 "-o needs a value" -o
	refused 2 'surplus argument "x"' -o r x
}

@test "bad limits are refused" {
	refused 2 '--rotate "100": not accepted; give a size with K, M or G, or a time' -o r --rotate 100
	refused 2 '--keep "0"' -o r --rotate 1M --keep 0
	refused 2 "--keep means nothing without --rotate" -o r --keep 3
	refused 2 "--live takes no value" -o r --live=yes
}

@test "a file that is not a recording is refused and untouched" {
	echo precious >f
	touch -d '2001-01-01' f
	refused 2 "f is not a recording" -o f
	[ "$(cat f)" = precious ]
	[ "$(stat -c %Y f)" -eq "$(date -d 2001-01-01 +%s)" ]
	sqlite3 db 'CREATE TABLE t (a)'
	md5sum db >sum
	refused 2 "another kind of SQLite file" -o db
	md5sum -c sum
	refused 2 "not a plain file" -o .
	refused 2 "not a plain file" -o /dev/null
}

@test "when the kernel cannot be watched, no file is left" {
	[ ! -e /sys/class/nvme ] || [ "$(id -u)" -ne 0 ] || skip "this one can"
	refused 3 "" -o r --duration 1ms
	[ ! -e r ]
}
