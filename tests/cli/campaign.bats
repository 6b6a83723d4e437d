#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# lab campaign: what it refuses, and what it leaves alone. Campaigns themselves: make check-gate.

bats_require_minimum_version 1.5.0

setup() {
	root=$BATS_TEST_DIRNAME/../..
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir mods
	: >bzImage
}

refused() { # MESSAGE ARGUMENT...
	local message=$1
	shift
	run --separate-stderr "$root/tests/lab/lab" campaign "$@"
	echo "$stderr"
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[[ $stderr == *"$message"* ]]
	[ ! -e x.nct ]
}

@test "what a campaign needs is asked for" {
	refused 'are needed'
	refused 'are needed' --kernel stock-6.12 --scenario kill -o x.nct
	refused 'are needed' --scenario kill --rounds 3 -o x.nct
	refused '--rounds needs a value' --kernel stock-6.12 --rounds
	refused 'no such option: --foo' --foo 3
	for n in 0 -1 x 1.5 99999999; do
		refused 'a number from 1 on' --kernel stock-6.12 --scenario kill --rounds "$n" -o x.nct
		refused 'a number from 1 on' --kernel stock-6.12 --scenario kill --rounds 3 --per-guest "$n" -o x.nct
		refused 'a number from 1 on' --kernel stock-6.12 --scenario kill --rounds 3 --mem "$n" -o x.nct
	done
	refused 'no such kernel: foo' --kernel foo --scenario kill --rounds 3 -o x.nct
	refused 'there are: ccr drop hold kill' --kernel stock-6.12 --scenario foo --rounds 3 -o x.nct
	refused 'does not run on stock-6.12' --kernel stock-6.12 --scenario hold --rounds 3 -o x.nct
}

@test "two kernels need two names" {
	refused 'with %K' --interleave stock-6.12,stock-6.1 --scenario kill --rounds 3 -o x.nct
	refused 'takes two kernels' --interleave stock-6.12 --scenario kill --rounds 3 -o x-%K.nct
	refused 'no such kernel: foo' --interleave stock-6.12,foo --scenario kill --rounds 3 -o x-%K.nct
}

@test "a kernel of one's own is an image and its modules" {
	refused 'both are needed' --image bzImage --scenario kill --rounds 3 -o x.nct
	refused 'both are needed' --image nowhere --modules mods --scenario kill --rounds 3 -o x.nct
	refused 'both are needed' --image bzImage --modules nowhere --scenario kill --rounds 3 -o x.nct
	refused 'which is missing' --kernel image --scenario kill --rounds 3 -o x.nct
	[ ! -s bzImage ]
}
