#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Runs parts of the test suite (each function below that calls run), each of which speaks TAP, shows what
# they say and closes with the line "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 3

passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Counts the TAP of one command. A command that fails without a failed test (a crash,
# a lab that cannot boot) counts as one failure of its own.
run() {
	local name=$1 bad good skip rc
	shift
	echo "# $name"
	"$@" 2>&1 | tee "$log"
	rc=${PIPESTATUS[0]}
	good=$(grep -c '^ok ' "$log")
	skip=$(grep -ci '^ok .*# skip' "$log")
	bad=$(grep -c '^not ok ' "$log")
	if [ "$rc" -ne 0 ] && [ "$bad" -eq 0 ]; then
		echo "not ok - $name ended with status $rc"
		bad=1
	elif [ "$good" -eq 0 ] && [ "$bad" -eq 0 ]; then
		echo "not ok - $name ran no test"
		bad=1
	fi
	passed=$((passed + good - skip)) skipped=$((skipped + skip)) failed=$((failed + bad))
}

# Runs one command and keeps what it says; that it failed, or did nothing, is a failed test.
aside() { # LOG COMMAND...
	local log=$1 rc
	shift
	"$@" >"$log" 2>&1
	rc=$?
	if [ "$rc" -ne 0 ] && ! grep -q '^not ok' "$log"; then
		echo "not ok - $* ended with status $rc" >>"$log"
	elif ! grep -qE '^(not )?ok' "$log"; then
		echo "not ok - $* ran no test" >>"$log"
	fi
}

# Waits until there is room for one more job.
room() {
	[ "$(jobs -rp | wc -l)" -lt 2 ] || wait -n
}

units() {
	local dir t
	dir=$(mktemp -d) || return 1
	export CMOCKA_MESSAGE_OUTPUT=TAP
	for t in tests/unit/test_*.c; do
		t=$(basename "$t" .c)
		room
		aside "$dir/$t" "build/unit/$t" &
		room
		# Sanitized, the property test takes five times as long for each stream; and a kill as long as
		# it has been waited for.
		NCT_STREAMS=${NCT_STREAMS:-20000} NCT_KILLS=${NCT_KILLS:-10} aside "$dir/$t.sanitized" "build/asan-unit/$t" &
	done
	wait
	for t in "$dir"/*; do
		echo "# ${t##*/}"
		cat "$t"
	done
	rm -r "$dir"
}

unit() {
	run "unit, and with ASan and UBSan" units
}

cli() {
	run "cli" bats --tap tests/cli
	run "kernel-patch" bats --tap tests/kernel-patch
}

# Each reader of files for a moment, from what was kept of longer runs. `make fuzz` is the long run.
fuzz() {
	# shellcheck disable=SC2046 # names are words
	run "fuzz" tests/fuzz/run "${FUZZ_SECONDS:-10}" \
		$(basename -s .c tests/fuzz/fuzz_*.c | sed 's/^fuzz_//')
}

html() {
	run "report --html, in Chromium" tests/html/run
}

# The kernels of `make check`. What the recovering dialect does is proven on patched-6.12; the others
# get what their own part is about (all of it: make check-lab KERNEL=...).
MUTANTS="mutant-early-retry mutant-short-hold mutant-long-hold mutant-keep-alive mutant-reset mutant-over-limit"
KERNELS="stock-6.12 stock-6.12-cloud stock-6.1 patched-6.12 recovery-6.12 traced-6.12"
short() { # KERNEL
	case $1 in
	stock-6.12-cloud) echo boot tcp-kill tcp-drop tcp-reset tcp-removal truth-kill late-module ;;
	recovery-6.12) echo boot tcp-kill tcp-drop tcp-removal truth-kill ccr-aen ccr-rejected ccr-timeout ccr-unfenced ;;
	traced-6.12) echo boot tcp-kill tcp-drop tcp-removal fronts ;;
	mutant-over-limit) echo audit-limit ;;
	mutant-early-retry) echo audit-fencing ghost-ccr ;;
	mutant-*) echo audit-fencing ;;
	esac
}

lab_run() { # KERNEL SCENARIO...
	local kernel=$1 args=()
	shift
	for s in "$@"; do args+=(--scenario "$s"); done
	# Two guests make each other's clocks stand still at times. The checks allow for what they
	# can account for (agree.py), and judge boundaries by the median of a whole run.
	export LAB_JOBS=${LAB_JOBS:-2}
	run "lab: $kernel" tests/lab/lab run --kernel "$kernel" "${args[@]}"
}

# What is broken on purpose gets just what shows it, two at a time: each wants its guest for itself.
mutants() {
	local dir kernel s args
	dir=$(mktemp -d) || return 1
	for kernel in $MUTANTS; do
		args=()
		for s in $(short "$kernel"); do args+=(--scenario "$s"); done
		room
		aside "$dir/$kernel" tests/lab/lab run --kernel "$kernel" "${args[@]}" &
	done
	wait
	cat "$dir"/*
	rm -r "$dir"
}

lab() {
	local kernel chosen
	for kernel in ${KERNEL:-$KERNELS}; do
		case ${KERNEL:+$kernel} in
		'' | mutant-*) chosen=$(short "$kernel") ;;
		*) chosen= ;;
		esac
		# shellcheck disable=SC2086 # words are wanted
		lab_run "$kernel" ${SCENARIO:-$chosen}
	done
	# After that of which they are mutants: less is compiled.
	[ -n "${KERNEL:-}" ] || run "lab: mutants" mutants
}

# A recording whose disk freezes, is full, or loses its power.
disk() {
	run "disk" tests/disk/check
}

# Regressions planted in kernels; again: what they left behind, compared anew.
gate() {
	run "gate" tests/gate/run
}

gate_again() {
	run "gate, planted regressions" tests/gate/run --again
}

# The tests of gate, tested.
mutation() {
	run "mutations of gate" tests/mutation/run
}

mutation_short() {
	run "mutations of gate, every sixth" tests/mutation/run --every 6
}

# The ghost write, many times.
ghost() {
	export LAB_ROUNDS=${ROUNDS:-20} LAB_PATIENCE=${LAB_PATIENCE:-10}
	lab_run stock-6.12 ghost-unfenced ghost-controls
	lab_run patched-6.12 ghost-ccr ghost-cqt ghost-unfenced ghost-controls
}

debug_kernel() {
	run "debug kernel" tests/debug-kernel/check
}

patches() {
	run "patches" tests/patches.sh "${PATCHES:-tip}"
}

for part in "$@"; do "$part"; done
[ "$skipped" -eq 0 ] || echo "# $skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
