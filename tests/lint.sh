#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Style and static analysis. Everything is built with -Wall -Wextra -Werror anyway.
set -u
cd "$(dirname "$0")/.." || exit 3
failed=0

check() { # NAME COMMAND...
	local name=$1
	shift
	if "$@"; then
		echo "ok - $name"
	else
		echo "not ok - $name"
		failed=1
	fi
}

mapfile -t c_files < <(git ls-files --cached --others --exclude-standard '*.c' '*.h')
mapfile -t shell_files < <(git ls-files --cached --others --exclude-standard '*.sh' tests/lab/lab tests/lab/demo \
	tests/lab/guest/init tests/bench/run tests/html/run tests/fuzz/run tests/debug-kernel/check tests/disk/check .ci/run)

# Macros that look like calls make clang-format and cppcheck stumble in BPF sources.
mapfile -t plain_c < <(printf '%s\n' "${c_files[@]}" | grep -v '^bpf/')

sizes() {
	awk '
	FNR == 1 { start = 0; lines = 0 }
	{ lines = FNR; name[FILENAME] = FILENAME; n[FILENAME] = FNR }
	/^[A-Za-z_].*[^;]$/ { head = $0 }
	/^\{/ { start = FNR; what = head }
	/^\}/ && start {
		limit = what ~ /^int main\(/ ? 60 : 80
		if (FNR - start > limit) { printf "%s:%d: %d lines: %s\n", FILENAME, start, FNR - start, what; bad = 1 }
		start = 0
	}
	END {
		for (f in n) if (n[f] > 600) { printf "%s: %d lines\n", f, n[f]; bad = 1 }
		exit bad
	}' "$@"
}

cppcheck_all() {
	cppcheck --quiet --std=c11 --enable=warning,portability,performance --inline-suppr \
		--error-exitcode=1 --suppress=missingIncludeSystem -D__x86_64__ -Ibuild \
		--suppress=preprocessorErrorDirective:build/perfetto.pb-c.h \
		"${@}"
}

mapfile -t analysed < <(printf '%s\n' "${plain_c[@]}" | grep '^tools/.*\.c$')

check "shellcheck" shellcheck -x -e SC1091,SC2317 "${shell_files[@]}"
check "clang-format" clang-format --dry-run -Werror "${plain_c[@]}"
check "sizes: functions of 80 lines, main of 60, files of 600" sizes "${c_files[@]}"
check "cppcheck" cppcheck_all "${analysed[@]}"
exit $failed
