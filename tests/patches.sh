#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# patches.sh [tip|all] - the kernel patches as their upstream would want them, as TAP: checkpatch
# --strict, no warning of gcc (W=1) or sparse on a line that we wrote; all: each patch of the series
# builds, too (a quarter of an hour).
set -u
cd "$(dirname "$0")/.." || exit 3

LAB_DIR=$PWD/tests/lab
# shellcheck disable=SC2034 # used by the parts
LAB_ROOT=$PWD
PATH=$PATH:/usr/sbin:/sbin
for part in common kernels modules btf; do
	# shellcheck source=/dev/null
	. "$LAB_DIR/lib/$part.sh"
done

KERNEL=patched-6.12
PATCHES=$PWD/kernel-patch/linux-6.12
failed=0 number=0

report() { # STATUS NAME [FILE_THAT_SAYS_WHY]
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
		return
	fi
	failed=1
	echo "not ok $number - $2"
	[ $# -lt 3 ] || tail -n 40 "$3" | sed 's/^/# /'
}

# The sign-off is the committer's; what cannot be had without the whole tree is not asked for.
checkpatch() {
	local patch
	while read -r patch; do
		perl "$SOURCE/scripts/checkpatch.pl" --strict --no-tree --no-signoff --quiet \
			--ignore FILE_PATH_CHANGES "$PATCHES/$patch" >"$WORK/log" 2>&1
		report $? "checkpatch --strict $patch" "$WORK/log"
	done < <(grep -v '^ *\(#\|$\)' "$PATCHES/series")
}

# build SERIES_DIR LOG [MAKE_VARIABLE...] - all of that series
build() {
	local series=$1 log=$2
	shift 2
	SERIES=$series make -C kernel-patch modules KVER="$RELEASE" KSRC="$SOURCE" KDIR="$KDIR" \
		OUT="$WORK/out" "$@" >"$log" 2>&1
}

# ours LOG - warnings that are on lines which are not the kernel's own
ours() {
	python3 - "$1" "$SOURCE" "$WORK/out/$RELEASE/tree" <<-'END'
		import difflib, pathlib, re, sys
		log, source, tree = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
		added = {}
		def lines(name):
		    if name not in added:
		        old = (source / name).read_text().splitlines() if (source / name).exists() else []
		        new = (tree / name).read_text().splitlines()
		        codes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
		        added[name] = {n + 1 for tag, _, _, b, e in codes if tag != "equal" for n in range(b, e)}
		    return added[name]
		bad = set()
		for line in open(log, errors="replace"):
		    found = re.match(r"(\S+?):(\d+):\d*:? *(warning|error|sparse)", line)
		    if not found:
		        continue
		    path = pathlib.Path(found.group(1))
		    name = str(path.relative_to(tree)) if path.is_absolute() and path.is_relative_to(tree) else found.group(1)
		    if (tree / name).exists() and int(found.group(2)) in lines(name):
		        bad.add(line.rstrip())
		print("\n".join(sorted(bad)))
		sys.exit(bool(bad))
	END
}

tip() {
	build "$PATCHES" "$WORK/log" SET=patched W=1 C=1
	report $? "the whole series builds" "$WORK/log"
	grep -q '^  CHECK ' "$WORK/log"
	report $? "sparse has looked at it" "$WORK/log"
	ours "$WORK/log" >"$WORK/ours"
	report $? "no warning of gcc (W=1) or sparse on lines of ours" "$WORK/ours"
}

# Each patch on top of those before it.
each() {
	local patch count=0
	mkdir -p "$WORK/series"
	ln -s "$PATCHES"/* "$WORK/series/" && rm "$WORK/series/series"
	while read -r patch; do
		echo "$patch" >>"$WORK/series/series"
		count=$((count + 1))
		build "$WORK/series" "$WORK/log" SET=patched
		report $? "builds with the first $count patches, up to $patch" "$WORK/log"
	done < <(grep -v '^ *\(#\|$\)' "$PATCHES/series")
	build "$PATCHES" "$WORK/log" SET=traced
	report $? "builds with the tracepoints alone" "$WORK/log"
}

need perl sparse python3
kernel_ready "$KERNEL"
TREE=$(kernel_tree "$KERNEL")
RELEASE=$(cat "$TREE/release")
SOURCE=$LAB_CACHE/build/$(cat "$TREE/version")/source
KDIR=$LAB_CACHE/build/$(cat "$TREE/version")/headers/usr/src/linux-headers-$RELEASE
WORK=$(temp_dir patches) || exit 3
trap 'rm -rf "$WORK"' EXIT
checkpatch
tip
[ "${1:-tip}" != all ] || each
echo "1..$number"
exit $failed
