#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Usage, help, version, and output that cannot be written: none of it needs a kernel.

setup() {
	nct=${NCT:-$BATS_TEST_DIRNAME/../../build/nvme-ccr-trace}
}

# refused STATUS TEXT ARGUMENT... - exits so, says TEXT on stderr, prints nothing on stdout
refused() {
	local status_wanted=$1 text=$2 out rc=0
	shift 2
	out=$("$nct" "$@" 2>"$BATS_TEST_TMPDIR/err") || rc=$?
	echo "status $rc, stdout \"$out\", stderr: $(cat "$BATS_TEST_TMPDIR/err")"
	[ "$rc" -eq "$status_wanted" ]
	[ -z "$out" ]
	grep -qF -- "$text" "$BATS_TEST_TMPDIR/err"
}

@test "--help lists the commands and exits 0" {
	run "$nct" --help
	[ "$status" -eq 0 ]
	[[ $output == "Usage: nvme-ccr-trace "* ]]
	[[ $output == *"  live "* ]]
	for c in record report doctor; do
		[[ $output == *"  $c "* ]]
	done
}

@test "-h is --help" {
	diff <("$nct" -h) <("$nct" --help)
}

@test "--version is one line with the name" {
	run "$nct" --version
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output =~ ^nvme-ccr-trace\ [0-9a-z.+-]+$ ]]
}

@test "live --help has examples and every option" {
	run "$nct" live --help
	[ "$status" -eq 0 ]
	[[ $output == *EXAMPLES* ]]
	for o in controller subsystem min-duration duration format output color attach io ring help; do
		[[ $output == *"--$o"* ]]
	done
}

@test "no line of help is longer than 100 columns" {
	for c in "" $("$nct" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
		# shellcheck disable=SC2086
		if "$nct" $c --help | grep -E '^.{101}'; then return 1; fi
	done
}

@test "an unknown command is refused, the known ones are named" {
	refused 2 'unknown command "lvie"; the commands are: live ' lvie
	refused 2 'unknown command ""' ""
}

@test "an unknown option is refused, with and without a command" {
	refused 2 "unknown or ambiguous option --nonsense" --nonsense
	refused 2 "unknown or ambiguous option --nonsense" live --nonsense
	refused 2 "Try 'nvme-ccr-trace live --help'" live -x
}

@test "surplus arguments are refused" {
	refused 2 'surplus argument "nvme1"' live nvme1
	refused 2 'surplus argument "x"' live --format json x
}

@test "bad values are refused, the message names option, value and what is accepted" {
	refused 2 '--min-duration "5x": not accepted; give a number with ns' live --min-duration 5x
	refused 2 '--duration "0"' live --duration 0
	refused 2 '--controller "sda": not accepted; give a name such as' live --controller sda
	refused 2 '--format "xml": not accepted; give text or json' live --format xml
	refused 2 '--color "red"' live --color red
	refused 2 '--attach "ptrace"' live --attach ptrace
	refused 2 '--io "hot"' live --io hot
	refused 2 '--format needs a value' live --format
}

@test "help and version that cannot be written exit 3" {
	local rc
	for args in --help --version "live --help"; do
		rc=0
		# shellcheck disable=SC2086
		"$nct" $args >&- 2>"$BATS_TEST_TMPDIR/err" || rc=$?
		[ "$rc" -eq 3 ]
		grep -q "cannot write to standard output: Bad file descriptor" \
			"$BATS_TEST_TMPDIR/err"
		rc=0
		# shellcheck disable=SC2086
		"$nct" $args >/dev/full 2>"$BATS_TEST_TMPDIR/err" || rc=$?
		[ "$rc" -eq 3 ]
		grep -q "No space left on device" "$BATS_TEST_TMPDIR/err"
	done
}

@test "help into a closed pipe exits 3 and is not killed" {
	local fifo=$BATS_TEST_TMPDIR/pipe rc=0
	mkfifo "$fifo"
	exec 5<>"$fifo" # so that opening the writer does not wait
	exec 6>"$fifo"
	exec 5>&-
	"$nct" live --help >&6 2>"$BATS_TEST_TMPDIR/err" || rc=$?
	exec 6>&-
	[ "$rc" -eq 3 ]
	grep -q "Broken pipe" "$BATS_TEST_TMPDIR/err"
}

@test "live with a closed standard output exits 3 before it does anything" {
	local rc=0
	"$nct" live --duration 1ms >&- 2>"$BATS_TEST_TMPDIR/err" || rc=$?
	[ "$rc" -eq 3 ]
	grep -q "cannot write to standard output: Bad file descriptor" "$BATS_TEST_TMPDIR/err"
}

@test "an output file that cannot be opened exits 3 and is named" {
	refused 3 "cannot open /nonexistent/x for writing" live --output /nonexistent/x
}

@test "a closed standard error does not end up in another file" {
	local rc=0
	"$nct" --nonsense 2>&- || rc=$?
	[ "$rc" -eq 2 ]
}
