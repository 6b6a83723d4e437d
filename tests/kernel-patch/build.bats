#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# What kernel-patch/ refuses, and that it says why. Nothing is compiled here: headers and source are
# made up. That the real thing builds and runs is shown by the lab's kernels.

setup() {
	ROOT=$BATS_TEST_DIRNAME/../..
	unset KSRC SET SERIES EXTRA_PATCH MAKEFLAGS MAKELEVEL
	export KVER=6.12.5-test KDIR=$BATS_TEST_TMPDIR/headers OUT=$BATS_TEST_TMPDIR/out
	headers "$KVER" m 6 12 5
	SOURCE=$BATS_TEST_TMPDIR/source
	source_tree 6 12 5
	series 'int two;'
}

headers() { # RELEASE NVME_CORE VERSION PATCHLEVEL SUBLEVEL
	mkdir -p "$KDIR/include/generated/uapi/linux"
	echo "CONFIG_NVME_CORE=$2" >"$KDIR/.config"
	echo "#define UTS_RELEASE \"$1\"" >"$KDIR/include/generated/utsrelease.h"
	printf '#define LINUX_VERSION_%s %s\n' MAJOR "$3" PATCHLEVEL "$4" SUBLEVEL "$5" \
		>"$KDIR/include/generated/uapi/linux/version.h"
	# Instead of a build.
	printf 'modules:\n\t@echo "built in $(M)"; exit 7\n' >"$KDIR/Makefile"
}

source_tree() { # VERSION PATCHLEVEL SUBLEVEL
	mkdir -p "$SOURCE"/{drivers/nvme/host,include/linux,scripts}
	printf 'VERSION = %s\nPATCHLEVEL = %s\nSUBLEVEL = %s\nEXTRAVERSION =\n' "$@" >"$SOURCE/Makefile"
	printf 'int one;\n\nMODULE_LICENSE("GPL");\n' >"$SOURCE/drivers/nvme/host/core.c"
	echo 'int two;' >"$SOURCE/include/linux/nvme.h"
}

series() { # TEXT_OF_THE_OLD_LINE
	export SERIES=$BATS_TEST_TMPDIR/series
	mkdir -p "$SERIES"/{recovery,tracepoints}
	printf '# a comment\nrecovery/0001-a.patch\ntracepoints/0001-b.patch\n' >"$SERIES/series"
	printf -- '--- a/include/linux/nvme.h\n+++ b/include/linux/nvme.h\n@@ -1 +1 @@\n-%s\n+int changed;\n' \
		"$1" >"$SERIES/recovery/0001-a.patch"
	printf -- '--- a/drivers/nvme/host/core.c\n+++ b/drivers/nvme/host/core.c\n@@ -1,2 +1,3 @@\n int one;\n+int traced;\n \n' \
		>"$SERIES/tracepoints/0001-b.patch"
}

modules() {
	run make -s -C "$ROOT/kernel-patch" modules OUT="$OUT" "$@"
	[ "$status" -ne 0 ]
}

@test "a kernel without a series is refused, and those with one are named" {
	unset SERIES
	modules KVER=6.1.0-56-amd64
	[[ $output == *"no patches for Linux 6.1,"*"linux-6.12"* ]]
}

@test "missing headers: how to install them" {
	modules KDIR=/nowhere KSRC="$SOURCE"
	[[ $output == *"no headers of $KVER"*"apt-get install linux-headers-$KVER"* ]]
}

@test "headers of another kernel are refused" {
	headers 6.12.4-test m 6 12 4
	modules KSRC="$SOURCE"
	[[ $output == *"are those of 6.12.4-test, not of 6.12.5-test"* ]]
}

@test "source of another version than the headers is refused" {
	source_tree 6 12 4
	modules KSRC="$SOURCE"
	[[ $output == *"is Linux 6.12.4, the headers of $KVER are 6.12.5"* ]]
	[ ! -e "$OUT/$KVER/patched" ]
}

@test "source that is not there, or is rubbish" {
	modules KSRC="$BATS_TEST_TMPDIR/none"
	[[ $output == *"no kernel source in"*"apt-get install linux-source-6.12"* ]]
	echo rubbish >"$BATS_TEST_TMPDIR/rubbish.tar.xz"
	modules KSRC="$BATS_TEST_TMPDIR/rubbish.tar.xz"
	[[ $output == *"rubbish.tar.xz"* ]]
}

@test "a kernel with nvme-core built in is refused" {
	headers "$KVER" y 6 12 5
	modules KSRC="$SOURCE"
	[[ $output == *"nvme-core is not a module"* ]]
}

@test "an unknown set is refused" {
	modules SET=all KSRC="$SOURCE"
	[[ $output == *"no such set: all"* ]]
}

@test "a patch that does not fit exactly is refused, and named" {
	series 'int three;'
	modules KSRC="$SOURCE"
	[[ $output == *"recovery/0001-a.patch does not apply to Linux 6.12.5"* ]]
	[[ $output != *"built in"* ]]
}

@test "a failed build fails, and leaves no modules" {
	modules KSRC="$SOURCE"
	[[ $output == *"built in $OUT/$KVER/tree"* ]]
	[ ! -e "$OUT/$KVER/patched" ]
}

@test "each set has its patches; changing the set touches only what differs" {
	tree=$OUT/$KVER/tree
	modules KSRC="$SOURCE" SET=recovery
	grep -q changed "$tree/include/linux/nvme.h"
	! grep -q traced "$tree/drivers/nvme/host/core.c"
	touch -d '2020-01-01' "$tree/include/linux/nvme.h"
	modules KSRC="$SOURCE" SET=patched
	grep -q traced "$tree/drivers/nvme/host/core.c"
	[ "$(stat -c %Y "$tree/include/linux/nvme.h")" = "$(date -d 2020-01-01 +%s)" ]
	modules KSRC="$SOURCE" SET=traced
	grep -q 'int two' "$tree/include/linux/nvme.h"
	grep -q traced "$tree/drivers/nvme/host/core.c"
}

@test "an extra patch comes on top of the set, must fit, and is gone without it" {
	core=$OUT/$KVER/tree/drivers/nvme/host/core.c
	extra=$BATS_TEST_TMPDIR/mutant.patch
	printf -- '--- a/drivers/nvme/host/core.c\n+++ b/drivers/nvme/host/core.c\n@@ -1,3 +1,3 @@\n int one;\n-int traced;\n+int broken;\n \n' >"$extra"
	EXTRA_PATCH=$extra modules KSRC="$SOURCE"
	grep -q broken "$core"
	grep -q changed "$OUT/$KVER/tree/include/linux/nvme.h"
	modules KSRC="$SOURCE"
	! grep -q broken "$core"
	EXTRA_PATCH=$extra modules KSRC="$SOURCE" SET=recovery
	[[ $output == *"mutant.patch does not apply"* ]]
}

@test "source comes out of a tree, an archive and a .deb alike" {
	mkdir "$BATS_TEST_TMPDIR/deb" && mv "$SOURCE" "$BATS_TEST_TMPDIR/linux-source-6.12"
	cd "$BATS_TEST_TMPDIR"
	mkdir -p deb/usr/src deb/DEBIAN
	tar -cJf deb/usr/src/linux-source-6.12.tar.xz linux-source-6.12
	printf 'Package: linux-source-6.12\nVersion: 6.12.5-1\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: x\n' \
		>deb/DEBIAN/control
	dpkg-deb -b deb source.deb >/dev/null
	for kind in linux-source-6.12 deb/usr/src/linux-source-6.12.tar.xz source.deb; do
		rm -rf got && mkdir got
		"$ROOT/kernel-patch/build.sh" --unpack "$PWD/$kind" "$PWD/got"
		cmp got/drivers/nvme/host/core.c linux-source-6.12/drivers/nvme/host/core.c
		cmp got/include/linux/nvme.h linux-source-6.12/include/linux/nvme.h
		cmp got/Makefile linux-source-6.12/Makefile
	done
}

@test "installing where that kernel is not, or removing what is not there, says so" {
	mkdir -p "$OUT/$KVER/patched" && touch "$OUT/$KVER/patched/nvme-core.ko"
	INSTALL_MOD_PATH=$BATS_TEST_TMPDIR run "$ROOT/kernel-patch/install.sh" install "$OUT"
	[ "$status" -eq 3 ]
	[[ $output == *"is $KVER installed?"* ]]
	INSTALL_MOD_PATH=$BATS_TEST_TMPDIR run "$ROOT/kernel-patch/install.sh" uninstall
	[ "$status" -eq 0 ]
	[[ $output == *"nothing to uninstall"* ]]
}

@test "dkms.conf names exactly the modules that a build makes, for 6.12 only" {
	cd "$ROOT/kernel-patch"
	kernelver=$KVER kernel_source_dir=$KDIR . ./dkms.conf
	[ "${#BUILT_MODULE_NAME[@]}" -eq 14 ]
	[[ 6.12.117+deb12-amd64 =~ $BUILD_EXCLUSIVE_KERNEL ]]
	[[ ! 6.1.0-56-amd64 =~ $BUILD_EXCLUSIVE_KERNEL ]]
	headers "$KVER" y 6 12 5
	kernelver=$KVER kernel_source_dir=$KDIR . ./dkms.conf
	[[ ! 6.12.117+deb12-cloud-amd64 =~ $BUILD_EXCLUSIVE_KERNEL ]]
}
