#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# What report, hist and export make of the files that they are given, and of times that select nothing.

setup() {
	nct=${NCT:-$BATS_TEST_DIRNAME/../../build/nvme-ccr-trace}
	top=$BATS_TEST_DIRNAME/../..
	cd "$BATS_TEST_TMPDIR" || return 1
	export TZ=UTC0 COLUMNS=80 LC_ALL=C
	recording a.nct
}

recording() { # FILE
	sqlite3 "$1" <<-SQL
		PRAGMA application_id = 0x6e636374;
		PRAGMA user_version = 1;
		.read $top/tools/recording/schema.sql
		.read $top/tests/data/recording/sample.sql
	SQL
}

@test "controllers of two hosts are two, however they are called" {
	cp a.nct b.nct
	sqlite3 b.nct "update session set host = 'db8'"
	"$nct" report a.nct b.nct >out
	grep -q '6 recoveries, .* of 4 controllers' out
	[ "$(grep -c '^  nvme1 on db[78], tcp' out)" -eq 2 ]
	[ "$(grep -c '^Host db[78]$' out)" -eq 2 ]
	[ "$(sed -n '/^Host db8/,$p' out | grep -c '^-- nvme')" -eq 3 ]
	"$nct" report --format json a.nct b.nct >out
	[ "$(grep -c '"host":"db8"' out)" -eq 3 ]
	"$nct" report a.nct >out
	! grep -q '^Host\|nvme1 on' out
}

@test "what SQLite keeps beside a recording is not taken for one" {
	: >a.nct-wal
	: >a.nct-shm
	"$nct" report --format json a.nct* >out
	[ "$(wc -l <out)" -eq 3 ]
	rm a.nct-wal a.nct-shm
	: >other-wal # of nothing that is there
	run "$nct" report other-wal
	[ "$status" -eq 2 ]
}

@test "a file that is named twice is read once, with a word" {
	ln -s a.nct link.nct
	for args in "report --format json" "export --to json"; do
		# shellcheck disable=SC2086 # words are wanted
		"$nct" $args a.nct ./a.nct link.nct >out 2>err
		[ "$(wc -l <out)" -eq 3 ]
		[ "$(grep -c 'are one file, read once' err)" -eq 2 ]
	done
}

@test "each file that is no recording is named, before anything is written" {
	echo no >one
	echo no >two
	for args in report hist "export --to csv"; do
		echo text >out
		# shellcheck disable=SC2086 # words are wanted
		run "$nct" $args --output out a.nct one two
		[ "$status" -eq 2 ]
		[[ $output == *"one is not a recording"*"two is not a recording"* ]]
		[ "$(cat out)" = text ]
	done
}

@test "a filter that nothing passes is told from a quiet night" {
	for args in report hist "export --to csv"; do
		# shellcheck disable=SC2086 # words are wanted
		"$nct" $args --controller nvme99 a.nct >out 2>err
		grep -q 'none of 3 recoveries matches' err
	done
}

@test "recoveries without wall time, which no time selects, are counted" {
	printf '[   10.0] nvme nvme0: starting error recovery\n[   11.0] nvme nvme0: Reconnecting in 1 seconds...\n' >log
	"$nct" import --from dmesg --output log.nct log
	"$nct" report --since 01:00 log.nct a.nct >out 2>err || true
	grep -q '1 of 4 recoveries have no wall time' err
}

@test "times that leave nothing, and days that are none, are refused" {
	for range in "--since 07:00 --until 06:00" "--since 07:00 --until 07:00" "--since 2026-02-30" \
		"--until 2026-04-31T10:00:00Z"; do
		# shellcheck disable=SC2086 # words are wanted
		run "$nct" report $range a.nct
		echo "$range: $status, $output"
		[ "$status" -eq 2 ]
	done
	"$nct" report --since 2024-02-29 --until 2026-12-31T23:59:59Z a.nct >/dev/null
}
