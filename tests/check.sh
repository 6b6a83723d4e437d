#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Runs parts of the test suite (unit, cli, lab), each of which speaks TAP, shows what
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

unit() {
	local t
	export CMOCKA_MESSAGE_OUTPUT=TAP
	for t in tests/unit/test_*.c; do
		t=$(basename "$t" .c)
		run "unit: $t" "build/unit/$t"
		# Sanitized, the property test takes five times as long for each stream.
		NCT_STREAMS=${NCT_STREAMS:-20000} \
			run "unit with ASan and UBSan: $t" "build/asan-unit/$t"
	done
}

cli() {
	run "cli" bats --tap tests/cli
}

lab() {
	local kernel args=()
	for s in ${SCENARIO:-}; do args+=(--scenario "$s"); done
	# One guest at a time: two of them make each other's clocks stand still, and the
	# boundaries are compared to fractions of a millisecond.
	export LAB_JOBS=${LAB_JOBS:-1}
	for kernel in ${KERNEL:-stock-6.12 stock-6.12-cloud stock-6.1}; do
		run "lab: $kernel" tests/lab/lab run --kernel "$kernel" "${args[@]}"
	done
}

for part in "$@"; do "$part"; done
[ "$skipped" -eq 0 ] || echo "# $skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
