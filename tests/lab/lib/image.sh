# shellcheck shell=bash
# The guest's initramfs. Two archives, one after the other: the base (userland, modules), made once
# per kernel and kept; and what changes with every run (guest scripts, binary, SCRIPT, files).
# Nothing is compressed: under emulation unpacking costs more than reading.

# Real tools where busybox has none or a lesser one.
GUEST_TOOLS="ip ss rdma nft tc"

# image_base NAME - path of the kernel's base archive, made if anything it consists of changed
image_base() {
	local stamp
	need busybox cpio sha256sum ldd depmod
	stamp=$(image_inputs "$1" | sha256sum) || return 1
	stamp=$LAB_CACHE/images/$1-${stamp:0:16}.cpio
	[ -s "$stamp" ] || locked "image-$1" image_make "$1" "$stamp" || return 1
	echo "$stamp"
}

# Everything that the base archive depends on, by content.
image_inputs() {
	local tree overlay
	tree=$(kernel_tree "$1")
	overlay=$(kernel_overlay "$1")
	cat "$tree/version" "$tree/complete" "$LAB_DIR/lib/image.sh" "$LAB_DIR/lib/btf.sh" \
		"$LAB_DIR/lib/btf.awk" "$LAB_DIR"/guest/*.c "$(busybox_static)"
	[ -z "$overlay" ] || cat "$overlay"/*.ko
	local tool
	for tool in $GUEST_TOOLS; do
		cat "$(command -v "$tool")" || die "$EXIT_INFRA" \
			"$tool is missing; run: tests/setup.sh lab"
	done
}

busybox_static() {
	command -v busybox
}

image_make() { # NAME ARCHIVE
	local work tree
	[ -s "$2" ] && return
	note "building the guest image of $1"
	mkdir -p "$LAB_CACHE/images"
	work=$(temp_dir image) || die "$EXIT_INFRA" "no room in $LAB_CACHE"
	tree=$(kernel_tree "$1")
	if image_userland "$work/root" && image_modules "$1" "$tree" "$work/root" &&
		programs_build "$work/root/bin" &&
		archive "$work/root" "$work/archive"; then
		find "$LAB_CACHE/images" -name "$1-????????????????.cpio" -mmin +600 -delete
		mv "$work/archive" "$2"
		rm -rf "$work"
	else
		rm -rf "$work"
		die "$EXIT_INFRA" "could not build the guest image of $1"
	fi
}

# archive DIR FILE
archive() {
	(cd "$1" && find . -mindepth 1 | sort | cpio -o -H newc -R 0:0 --quiet) >"$2"
}

image_userland() { # ROOT
	local root=$1 applet tool library dir
	mkdir -p "$root"/{bin,dev,proc,sys,run,tmp,root,etc,lab,out,lib,lib64,usr,var} || return 1
	ln -s bin "$root/sbin"
	ln -s ../bin "$root/usr/bin"
	ln -s ../bin "$root/usr/sbin"
	ln -s ../lib "$root/usr/lib"
	cp "$(busybox_static)" "$root/bin/busybox" || return 1
	for applet in $(busybox --list); do
		ln -s busybox "$root/bin/$applet" 2>/dev/null
	done
	for tool in $GUEST_TOOLS; do
		cp -L --remove-destination "$(command -v "$tool")" "$root/bin/$tool" || return 1
		while read -r library; do
			dir=$root${library%/*}
			mkdir -p "$dir" && cp -Ln "$library" "$dir/" || return 1
		done < <(ldd "$(command -v "$tool")" | grep -o '/[^ ]*')
	done
	printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' >"$root/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
	printf '127.0.0.1 localhost lab\n' >"$root/etc/hosts"
	printf 'lab\n' >"$root/etc/hostname"
}

# The tree's modules, with those of the overlay in place of or beside them.
image_modules() { # NAME TREE ROOT
	local overlay module old release
	release=$(cat "$2/release")
	cp -a "$2/lib/modules" "$3/lib/" || return 1
	overlay=$(kernel_overlay "$1")
	if [ -n "$overlay" ]; then
		for module in "$overlay"/*.ko; do
			old=$(find "$3/lib/modules" -name "${module##*/}")
			[ -n "$old" ] || { old=$3/lib/modules/$release/extra/${module##*/}
				mkdir -p "${old%/*}"; }
			cp "$module" "$old" || return 1
		done
		depmod -b "$3" "$release" || return 1
	fi
	cp "$2/modules.absent" "$2/modules.builtin" "$3/lab/" 2>/dev/null
	[ ! -e "$2/config" ] || { mkdir -p "$3/boot" && cp "$2/config" "$3/boot/config-$release"; } || return 1
	offsets_write "$2/vmlinux" "$3/lib/modules" >"$3/lab/offsets" &&
		grep -q '^offset nvme_ctrl instance' "$3/lab/offsets" ||
		{ note "no type information in the modules of $1"; return 1; }
}

# programs_build DIR - each of guest/*.c is a program
programs_build() {
	local source program
	need gcc
	for source in "$LAB_DIR"/guest/*.c; do
		program=${source##*/}
		program=$1/${program%.c}
		gcc -std=gnu11 -O2 -Wall -Wextra -static -pthread -o "$program" "$source" &&
			strip "$program" || return 1
	done
}

# overlay_make ROOT SPEC... - fill ROOT with what this run adds; SPEC is HOST[:GUEST]
overlay_make() {
	local root=$1 spec from to
	shift
	mkdir -p "$root/lab" "$root/root" &&
		cp "$LAB_DIR"/guest/*.sh "$LAB_DIR"/guest/*.awk "$root/lab/" &&
		cp "$LAB_DIR/guest/init" "$root/init" || return 1
	for spec in "$@"; do
		from=${spec%%:*}
		to=/root/${from##*/}
		[ "$from" = "$spec" ] || to=${spec#*:}
		[ -e "$from" ] || { note "--file $spec: there is no $from"; return 1; }
		mkdir -p "$root${to%/*}" && cp -RL "$from" "$root$to" || return 1
	done
}
