#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# install.sh install OUT | uninstall - put the built modules where depmod prefers them to the
# distribution's, or remove them again. KVER, SET and INSTALL_MOD_PATH are as in the Makefile.
set -u

KVER=${KVER:-$(uname -r)}
SET=${SET:-patched}
MODULES=${INSTALL_MOD_PATH:-}/lib/modules/$KVER
# A directory of our own, so that uninstalling takes away nothing else.
DEST=$MODULES/updates/nvme-ccr

die() {
	printf 'kernel-patch: %s\n' "$@" >&2
	exit 3
}

# chosen - the file that modprobe would load nvme-core from
chosen() {
	modinfo ${INSTALL_MOD_PATH:+-b "$INSTALL_MOD_PATH"} -k "$KVER" -F filename nvme-core
}

index() {
	depmod ${INSTALL_MOD_PATH:+-b "$INSTALL_MOD_PATH"} "$KVER" || die "depmod failed"
}

next_steps() { # WHAT
	cat <<-END
		$1 are loaded next time. What is loaded now stays until then:
		  if no NVMe device is in use:  modprobe -r nvme-tcp nvme-rdma nvme-fc nvme nvmet-tcp nvmet-rdma nvmet-fc nvme-loop
		                                modprobe nvme-tcp
		  otherwise, reboot
		If the system boots from NVMe, its initramfs has a copy of its own: update-initramfs -u -k $KVER
	END
}

lockdown() {
	grep -qs '\[\(integrity\|confidentiality\)\]' /sys/kernel/security/lockdown || return 0
	echo "This kernel is locked down (Secure Boot): it will refuse modules that are not signed; see README.md"
}

install_modules() { # OUT
	local from=$1/$KVER/$SET
	[ -d "$MODULES" ] || die "there is no $MODULES: is $KVER installed?"
	[ -w "$MODULES" ] || die "cannot write to $MODULES: run this as root"
	rm -rf "$DEST"
	if ! { mkdir -p "$DEST" && cp "$from"/*.ko "$DEST/"; }; then
		die "could not copy $from to $DEST"
	fi
	index
	case $(chosen) in
	"$DEST"/*) ;;
	*) die "depmod prefers $(chosen) to ours: see 'search' in /etc/depmod.d" ;;
	esac
	echo "installed the '$SET' modules in $DEST"
	next_steps They
	lockdown
}

uninstall_modules() {
	[ -d "$DEST" ] || { echo "nothing to uninstall: there is no $DEST"; return; }
	[ -w "$MODULES" ] || die "cannot write to $MODULES: run this as root"
	rm -rf "$DEST"
	rmdir "$MODULES/updates" 2>/dev/null
	index
	echo "removed $DEST; modprobe takes $(chosen) again"
	next_steps "The distribution's modules"
}

case ${1:-}:$# in
install:2) install_modules "$2" ;;
uninstall:1) uninstall_modules ;;
*) die "usage: install.sh install OUT | uninstall" ;;
esac
