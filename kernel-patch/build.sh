#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# build.sh OUT - build one set of NVMe modules below OUT; what KVER, SET, KSRC and KDIR mean is said in
# the Makefile beside this. Everything is done in copies; nothing is installed.
# build.sh --unpack SOURCE DIRECTORY - only take the parts that we need out of a kernel's source.
#
#   OUT/source-X.Y.Z/      the parts of the kernel source that we need, as they came
#   OUT/KVER/tree/         a patched copy; when the set changes, only files that differ do
#   OUT/KVER/SET/*.ko      the result
#
# EXTRA_PATCH=FILE, for tests: one more patch on top; the result is then in OUT/KVER/SET+NAME/.
#
# Exit status: 2 wrong kernel, source or option, 3 something is missing on this system, else make's.
set -u

HERE=$(cd "$(dirname "$0")" && pwd) || exit 3
KVER=${KVER:-$(uname -r)}
SET=${SET:-patched}
KDIR=${KDIR:-/lib/modules/$KVER/build}
EXTRA_PATCH=${EXTRA_PATCH:-}
# base RELEASE - X.Y of it
base() {
	[[ $1 =~ ^[0-9]+\.[0-9]+ ]] && echo "${BASH_REMATCH[0]}"
}

BASE=$(base "$KVER")
SERIES=${SERIES:-$HERE/linux-$BASE}
# What is copied of the kernel's source; the scripts are for checking patches.
PARTS='drivers/nvme include/linux/nvme*.h Makefile scripts/checkpatch.pl scripts/spelling.txt
	scripts/const_structs.checkpatch scripts/checkpatch'

die() { # STATUS MESSAGE...
	local status=$1
	shift
	printf 'kernel-patch: %s\n' "$@" >&2
	exit "$status"
}

# version FILE - X.Y.Z out of a kernel's top Makefile
version() {
	awk -F ' *= *' '$1 == "VERSION" { v = $2 } $1 == "PATCHLEVEL" { p = $2 }
		$1 == "SUBLEVEL" { print v "." p "." $2; exit }' "$1" 2>/dev/null
}

# set_pattern - which lines of the series make up the set
set_pattern() {
	case $SET in
	patched) echo . ;;
	recovery) echo '^recovery/' ;;
	traced) echo '^tracepoints/0001-' ;;
	*) die 2 "no such set: $SET (patched, recovery or traced)" ;;
	esac
}

# patches - the files that make up the set
patches() {
	local patch
	grep -v '^ *\(#\|$\)' "$SERIES/series" | grep "$(set_pattern)" | while read -r patch; do
		echo "$SERIES/$patch"
	done
	[ -z "$EXTRA_PATCH" ] || echo "$EXTRA_PATCH"
}

# The kernel to build for: a series exists, its headers are there, its NVMe code is modular.
kernel_check() {
	local value
	set_pattern >/dev/null || exit
	[ -s "$SERIES/series" ] || die 2 "there are no patches for Linux $BASE, the series of $KVER" \
		"there are for: $(cd "$HERE" && echo linux-*/)" \
		"name another installed kernel with KVER=..., as in: make modules KVER=$(kernel_other)"
	[ -r "$KDIR/.config" ] || die 3 "no headers of $KVER in $KDIR" \
		"install them, as in: apt-get install linux-headers-$KVER"
	value=$(headers_release)
	[ "$value" = "$KVER" ] || die 2 "the headers in $KDIR are those of ${value:-no kernel}, not of $KVER"
	grep -q '^CONFIG_NVME_CORE=m' "$KDIR/.config" ||
		die 2 "in $KVER nvme-core is not a module, so it cannot be replaced" \
			"use a kernel that has it as a module, as Debian's amd64 flavour (not cloud-amd64)"
}

kernel_other() {
	local dir
	for dir in /lib/modules/*; do
		[ -s "$HERE/linux-$(base "${dir##*/}")/series" ] &&
			echo "${dir##*/}" && return
	done
	echo 6.12...
}

headers_release() {
	sed -n 's/^#define UTS_RELEASE "\(.*\)"/\1/p' "$KDIR/include/generated/utsrelease.h" 2>/dev/null
}

# headers_version - X.Y.Z of the headers; Debian's release names do not have to say it
headers_version() {
	awk '{ v[$2] = $3 } END { print v["LINUX_VERSION_MAJOR"] "." v["LINUX_VERSION_PATCHLEVEL"] "." \
		v["LINUX_VERSION_SUBLEVEL"] }' "$KDIR/include/generated/uapi/linux/version.h"
}

# take TAR_OPTION... - the parts we need out of a tar archive, into DIR
take() {
	local parts=()
	read -r -d '' -a parts <<<"$PARTS"
	# The name of the archive's top directory varies. GNU tar fails for parts that are not there.
	tar --strip-components=1 --wildcards --no-wildcards-match-slash -C "$DIR" "$@" \
		"${parts[@]/#/*/}" 2>"$DIR/tar.errors" || ! grep -v 'Not found in archive\|Exiting with' "$DIR/tar.errors"
}

take_tree() { # TREE
	local part
	(cd "$1" && for part in $PARTS; do find "$part" -type f 2>/dev/null; done) |
		tar -C "$1" -T - -cf - | tar -C "$DIR" -xf -
}

# source_unpack - KSRC, of whatever kind, into DIR
source_unpack() {
	case $KSRC in
	*.deb) dpkg-deb --fsys-tarfile "$KSRC" |
		tar -xO --wildcards './usr/src/linux-source-*.tar.xz' | take -xJf - ;;
	*.tar*) take -xf "$KSRC" ;;
	*) take_tree "$KSRC" ;;
	esac
}

# source_ready - sets SOURCE; unpacked once per source and version
source_ready() {
	local want have
	want=$(headers_version)
	KSRC=${KSRC:-/usr/src/linux-source-$BASE.tar.xz}
	[ -e "$KSRC" ] || die 3 "no kernel source in $KSRC" \
		"install it, as in: apt-get install linux-source-$BASE   or name it: KSRC=..."
	SOURCE=$OUT/source-$want
	if [ "$(cat "$SOURCE/complete" 2>/dev/null)" != "$(source_id)" ] || [ -d "$KSRC" ]; then
		echo "  SOURCE  $KSRC"
		DIR=$(mktemp -d "$OUT/source.XXXXXX") || exit 3
		trap 'rm -rf "$DIR"' EXIT
		source_unpack || die 2 "cannot unpack $KSRC"
		have=$(version "$DIR/Makefile")
		[ "$have" = "$want" ] || die 2 "$KSRC is Linux ${have:-nothing}, the headers of $KVER are $want" \
			"source and headers must be of the same version; upgrade the older one"
		source_id >"$DIR/complete"
		rm -rf "$SOURCE"
		mv "$DIR" "$SOURCE"
	fi
}

source_id() {
	stat -L -c '%n %s %Y' "$KSRC"
}

# same_tree NEW TREE - make TREE's sources those of NEW, and leave alone what is the same, so that
# only what changed is compiled again
same_tree() {
	local file
	mkdir -p "$2"
	(cd "$2" && find . \( -name '*.c' -a ! -name '*.mod.c' \) -o -name '*.h' -o -name 'K*' -o \
		-name Makefile) | while read -r file; do
		[ -e "$1/$file" ] || rm -f "$2/$file"
	done
	(cd "$1" && find . -type f) | while read -r file; do
		cmp -s "$1/$file" "$2/$file" && continue
		mkdir -p "$2/${file%/*}" && cp "$1/$file" "$2/$file" || exit 3
	done
}

# modules_mark DIR - `modinfo` and /sys/module/NAME/version tell our modules from the distribution's.
# DKMS needs that, too: it does not replace a module by one of the same version.
modules_mark() {
	local file mark='MODULE_VERSION("1.0+nvme-ccr-0.1.0");'
	grep -rl '^MODULE_LICENSE(' "$1" | while read -r file; do
		sed -i "/^MODULE_VERSION(/d; s/^MODULE_LICENSE(.*/&\n$mark/" "$file"
	done
}

# tree_ready - sets TREE: the source with this set's patches
tree_ready() {
	local patch
	TREE=$OUT/$KVER/tree
	DIR=$(mktemp -d "$OUT/patch.XXXXXX") || exit 3
	trap 'rm -rf "$DIR"' EXIT
	cp -R "$SOURCE/drivers" "$SOURCE/include" "$DIR/" || exit 3
	patches | while read -r patch; do
		# No fuzz: what does not fit exactly belongs to another kernel.
		patch -d "$DIR" -p1 -F0 -s --no-backup-if-mismatch <"$patch" >"$DIR.log" 2>&1 ||
			die 2 "${patch#"$SERIES/"} does not apply to Linux $(headers_version):" "$(cat "$DIR.log"; rm "$DIR.log")"
	done || exit
	rm -f "$DIR.log"
	modules_mark "$DIR/drivers"
	echo 'obj-m += drivers/nvme/common/ drivers/nvme/host/ drivers/nvme/target/' >"$DIR/Kbuild"
	same_tree "$DIR" "$TREE"
	rm -rf "$DIR"
	trap - EXIT
}

# Our headers come first: they must win against those that are installed.
includes() {
	local common=$KDIR arch
	# Debian keeps what all flavours share in a directory of its own.
	common=$(sed -n 's/^include \(\/.*\)\/Makefile$/\1/p' "$KDIR/Makefile")
	common=${common:-$KDIR}
	arch=$(uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/; s/ppc64.*/powerpc/; s/s390x/s390/')
	printf '%s ' "-I$TREE/include" "-I$common/arch/$arch/include" "-I./arch/$arch/include/generated" \
		"-I$common/include" -I./include "-I$common/arch/$arch/include/uapi" \
		"-I./arch/$arch/include/generated/uapi" "-I$common/include/uapi" \
		-I./include/generated/uapi -include "$common/include/linux/compiler-version.h" \
		-include "$common/include/linux/kconfig.h"
}

modules_build() {
	make -C "$KDIR" M="$TREE" LINUXINCLUDE="$(includes)" modules
}

modules_collect() {
	local module out=$OUT/$KVER/$SET
	[ -z "$EXTRA_PATCH" ] || out+=+$(basename -s .patch "$EXTRA_PATCH")
	rm -rf "$out"
	mkdir -p "$out"
	while read -r module; do
		cp "$TREE/${module%.o}.ko" "$out/" 2>/dev/null || cp "${module%.o}.ko" "$out/" || exit 3
	done <"$TREE/modules.order"
	# Types stay (.BTF), line numbers go.
	strip --strip-debug "$out"/*.ko
	echo "  MODULES $(find "$out" -name '*.ko' | wc -l) in $out"
}

if [ "${1:-}" = --unpack ] && [ $# -eq 3 ]; then
	KSRC=$2 DIR=$3
	source_unpack
	exit
fi
[ $# -eq 1 ] || die 2 "usage: build.sh DIRECTORY | build.sh --unpack SOURCE DIRECTORY (see the Makefile)"
kernel_check
mkdir -p "$1" && OUT=$(cd "$1" && pwd) || exit 3
source_ready
tree_ready
modules_build && modules_collect
