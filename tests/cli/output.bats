#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Where commands write to: what must not be overwritten, and pipes that are closed.

load sample

setup() {
	nct=${NCT:-$BATS_TEST_DIRNAME/../../build/nvme-ccr-trace}
	cd "$BATS_TEST_TMPDIR" || return 1
	recording night.nct
}

# spared FILE ARGUMENT... - refused with 2, and not a byte of FILE is another
spared() {
	local file=$1 before rc=0
	shift
	before=$(sha256sum "$file")
	"$nct" "$@" >out 2>err || rc=$?
	echo "$*: status $rc, stderr: $(cat err)"
	[ "$rc" -eq 2 ]
	grep -q "$file is a recording" err
	[ "$(sha256sum "$file")" = "$before" ]
}

@test "no output goes to a recording: not to the input, and to no other" {
	cp night.nct other.nct
	for file in night.nct other.nct; do
		spared "$file" report --output "$file" night.nct
		spared "$file" report --format json --output "$file" night.nct
		spared "$file" report --html "$file" night.nct
		spared "$file" hist --output "$file" night.nct
		for to in json csv perfetto; do
			spared "$file" export --to "$to" --output "$file" night.nct
		done
	done
}

@test "live does not print into a recording" {
	spared night.nct live --format json --output night.nct
}

@test "a recording of a later version is one, too" {
	sqlite3 night.nct 'PRAGMA user_version = 1000'
	cp night.nct later.nct
	sqlite3 night.nct 'PRAGMA user_version = 1'
	spared later.nct report --html later.nct night.nct
	spared later.nct export --to csv --output later.nct night.nct
}

@test "an output that is text already is replaced, whole" {
	head -c 100000 /dev/zero >hist.txt
	"$nct" hist --output hist.txt night.nct
	"$nct" hist night.nct >hist.stdout
	cmp hist.txt hist.stdout
}

@test "an output can be a pipe" {
	mkfifo fifo
	"$nct" report --format json --output fifo night.nct &
	cat fifo >read.json
	wait $!
	"$nct" report --format json night.nct | cmp - read.json
}

@test "commands that read recordings end in silence when nobody reads on" {
	mkfifo fifo
	for args in "report" "report --format json" "hist" "audit" "export --to csv"; do
		exec 5<>fifo # so that opening the writer does not wait
		exec 6>fifo
		exec 5>&-
		rc=0
		# shellcheck disable=SC2086 # arguments are words
		"$nct" $args night.nct >&6 2>err || rc=$?
		exec 6>&-
		echo "$args: status $rc, stderr: $(cat err)"
		[ "$rc" -eq 141 ] # 128 + SIGPIPE
		[ ! -s err ]
	done
}
