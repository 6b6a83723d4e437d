#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# build.sh KERNEL - the debug kernel, as a tree that the lab can boot, and the NVMe modules that
# KERNEL (patched-6.12, recovery-6.12, traced-6.12 or stock-6.12) stands for. Nothing is installed.
#
# Below $DEBUG_KERNEL (default build/debug-kernel):
#   linux/       the source, unpatched, configured with `config` beside this, and built: some 3 GB
#   source/      its NVMe parts as they came, but for *.patch beside this
#   tree/        what the lab boots (LAB_TREE)
#   out/         where kernel-patch/ builds
#   modules/     what it built (LAB_MODULES)
#   *.log        what make said
#
# The source is of exactly the version of the lab's own kernel. What is up to date is kept; when
# only a patch has changed, only NVMe modules are built. With ccache installed, it is used.
set -u

HERE=$(cd "$(dirname "$0")" && pwd) || exit 125
LAB_ROOT=$(cd "$HERE/../.." && pwd) || exit 125
# shellcheck disable=SC2034 # for the lab's parts
LAB_DIR=$LAB_ROOT/tests/lab
PATH=$PATH:/usr/sbin:/sbin
B=${DEBUG_KERNEL:-$LAB_ROOT/build/debug-kernel}

for part in common kernels modules btf; do
	# shellcheck source=/dev/null
	. "$LAB_DIR/lib/$part.sh"
done

# kmake LOG ARGUMENT... - make in the kernel's tree; what is built depends on its inputs alone
kmake() {
	local log=$B/$1 cc=gcc
	shift
	command -v ccache >/dev/null && cc='ccache gcc'
	nice -n 19 make -C "$B/linux" -j"$(nproc)" CC="$cc" KBUILD_BUILD_TIMESTAMP=@0 \
		KBUILD_BUILD_USER=lab KBUILD_BUILD_HOST=lab "$@" >"$log" 2>&1 && return
	tail -n 40 "$log" >&2
	die "$EXIT_INFRA" "the debug kernel could not be built; all of it: $log"
}

# unpack DEB - the whole source to linux/, and once more what the patches apply to
unpack() {
	rm -rf "$B/linux" "$B/source" "$B/new"
	mkdir -p "$B/new" "$B/source" &&
		dpkg-deb --fsys-tarfile "$1" | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' |
		tar -xJ --strip-components=1 -C "$B/new" &&
		"$LAB_ROOT/kernel-patch/build.sh" --unpack "$B/new" "$B/source" && mv "$B/new" "$B/linux"
}

source_get() { # VERSION
	[ "$(cat "$B/linux/.version-of-package" 2>/dev/null)" != "$1" ] || return 0
	deb_unpack stock-6.12 linux-source-6.12 "$1" unpack || exit "$EXIT_INFRA"
	echo "$1" >"$B/linux/.version-of-package"
}

# What is wrong with the kernel as it came, and would hide what is wrong with our patches; each says why.
source_mend() {
	local fix
	for fix in "$HERE"/*.patch; do
		patch -d "$B/source" -p1 -R -s -f --dry-run <"$fix" >/dev/null 2>&1 ||
			patch -d "$B/source" -p1 -s --no-backup-if-mismatch <"$fix" ||
			die "$EXIT_INFRA" "$fix does not apply to $B/source"
	done
}

# allnoconfig and our fragment; a line that does not get its way is an error, not a surprise
configure() {
	local line lost=
	kmake configure.log KCONFIG_ALLCONFIG="$HERE/config" allnoconfig
	while read -r line; do
		grep -qxF "$line" "$B/linux/.config" || lost+=" $line"
	done < <(grep -E '^(CONFIG_|# CONFIG_.* is not set)' "$HERE/config")
	[ -z "$lost" ] || die "$EXIT_INFRA" "this kernel does not take:$lost"
}

# What the kernel without our modules is made from.
inputs() { # VERSION
	{ echo "$1"; cat "$HERE/config"; gcc --version; } | sha256sum
}

kernel_build() { # VERSION
	local want
	want=$(inputs "$1")
	[ "$(cat "$B/linux/.built" 2>/dev/null)" != "$want" ] || return 0
	rm -f "$B/linux/.built"
	configure
	note "building the debug kernel: half an hour or more without ccache ($B/build.log)"
	kmake build.log bzImage modules
	echo "$want" >"$B/linux/.built"
}

# What the lab's own unpacking makes out of a package, out of what we built
tree_build() {
	local release want
	want=$(cat "$B/linux/.built")
	[ "$(cat "$B/tree/version" 2>/dev/null)" != "$want" ] || ! tree_complete "$B/tree" || return 0
	note "taking what guests need"
	release=$(cat "$B/linux/include/config/kernel.release")
	rm -rf "$B/all" "$B/tree"
	mkdir -p "$B/all/boot" "$B/tree"
	kmake install.log INSTALL_MOD_PATH="$B/all" INSTALL_MOD_STRIP=--strip-debug modules_install
	if ! { cp "$B/linux/arch/x86/boot/bzImage" "$B/all/boot/vmlinuz-$release" &&
		tree_fill "$B/all" "$B/tree" && echo "$want" >"$B/tree/version" &&
		kernel_modules | sha256sum >"$B/tree/complete"; }; then
		die "$EXIT_INFRA" "could not make $B/tree"
	fi
	rm -rf "$B/all"
}

# The NVMe modules of this kernel with the set of patches; stock has its own.
modules_build() { # KERNEL
	local release set cc=gcc
	set=$(kernel_row "$1" 4)
	[ -n "$set" ] || return 0
	command -v ccache >/dev/null && cc='ccache gcc'
	release=$(cat "$B/tree/release")
	if ! nice -n 19 make -C "$LAB_ROOT/kernel-patch" modules KVER="$release" SET="$set" CC="$cc" \
		KSRC="$B/source" KDIR="$B/linux" OUT="$B/out" >"$B/$set.log" 2>&1; then
		tail -n 40 "$B/$set.log" >&2
		die "$EXIT_INFRA" "the modules of $1 could not be built; all of it: $B/$set.log"
	fi
	rm -rf "$B/modules/$1"
	mkdir -p "$B/modules" && cp -R "$B/out/$release/$set" "$B/modules/$1"
}

main() {
	local version
	[ $# -eq 1 ] || { echo "usage: build.sh KERNEL" >&2; exit "$EXIT_USAGE"; }
	kernel_must_exist "$1"
	need gcc make flex bison bc pahole patch dpkg-deb xz depmod
	mkdir -p "$B"
	kernel_ready stock-6.12
	version=$(cat "$(kernel_tree stock-6.12)/version")
	source_get "$version" && source_mend && kernel_build "$version" && tree_build && modules_build "$1"
}

main "$@"
