# shellcheck shell=bash
# What every part of the lab uses: places, exit codes, messages, locks.

: "${LAB_ROOT:?}"
LAB_CACHE=${LAB_CACHE:-$LAB_ROOT/build/lab}
# Directories of replacement modules, one per kernel row that names an overlay.
LAB_MODULES_GIVEN=${LAB_MODULES:-}
LAB_MODULES=${LAB_MODULES:-$LAB_ROOT/build/modules}

# Far from what a script returns by itself, and `timeout`'s 124 for the same thing.
# shellcheck disable=SC2034 # used by the other parts
readonly EXIT_USAGE=2 EXIT_SPLAT=120 EXIT_DIED=121 EXIT_TIMEOUT=124 EXIT_INFRA=125

note() {
	printf 'lab: %s\n' "$*" >&2
}

# die STATUS MESSAGE... - for problems that end the whole command
die() {
	local status=$1
	shift
	note "$@"
	exit "$status"
}

# need TOOL... - every tool must be there before half of the work is done
need() {
	local tool
	for tool in "$@"; do
		command -v "$tool" >/dev/null ||
			die "$EXIT_INFRA" "$tool is missing; run: tests/setup.sh lab"
	done
}

# locked NAME COMMAND... - COMMAND alone of all labs that share the cache
locked() {
	local name=$1 status
	shift
	mkdir -p "$LAB_CACHE" || die "$EXIT_INFRA" "cannot create the cache $LAB_CACHE"
	{
		flock 9 || die "$EXIT_INFRA" "cannot lock $LAB_CACHE/$name.lock"
		"$@"
		status=$?
	} 9>"$LAB_CACHE/$name.lock"
	return "$status"
}

# temp_dir NAME - a directory of this run's own; the caller removes it. What runs that were killed
# have left is removed after a day.
temp_dir() {
	mkdir -p "$LAB_CACHE/tmp" || return 1
	find "$LAB_CACHE/tmp" -mindepth 1 -maxdepth 1 -mmin +1440 -exec rm -rf {} +
	mktemp -d "$LAB_CACHE/tmp/$1.XXXXXX"
}
