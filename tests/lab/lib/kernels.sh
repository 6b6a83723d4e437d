# shellcheck shell=bash
# The kernels: Debian's own packages, downloaded and unpacked, never installed.
#
# In the cache:  debs/*.deb        only while unpacking (kept with LAB_KEEP_DEBS=1)
#                trees/PACKAGE/    vmlinuz, vmlinux, lib/modules/RELEASE (the modules we use, not
#                                  compressed), release, version
#                resolved/META     the package that META stood for when the lists were last read

# One row per kernel: name, meta package, directory below LAB_MODULES whose modules replace the
# package's own ("-": none), the set of patches they are built with (lib/modules.sh; none: they
# are found there), and the patch of tests/mutants/ that breaks them.
kernel_table() {
	cat <<'END'
stock-6.12          linux-image-6.12-amd64        -
stock-6.12-cloud    linux-image-6.12-cloud-amd64  -
stock-6.1           linux-image-amd64             -
patched-6.12        linux-image-6.12-amd64        patched-6.12        patched
recovery-6.12       linux-image-6.12-amd64        recovery-6.12       recovery
traced-6.12         linux-image-6.12-amd64        traced-6.12         traced
mutant-early-retry  linux-image-6.12-amd64        mutant-early-retry  patched  early-retry
mutant-short-hold   linux-image-6.12-amd64        mutant-short-hold   patched  short-hold
mutant-long-hold    linux-image-6.12-amd64        mutant-long-hold    patched  long-hold
mutant-keep-alive   linux-image-6.12-amd64        mutant-keep-alive   patched  keep-alive
mutant-reset        linux-image-6.12-amd64        mutant-reset        patched  reset
mutant-over-limit   linux-image-6.12-amd64        mutant-over-limit   patched  over-limit
mutant-slow-err-work   linux-image-6.12-amd64     mutant-slow-err-work   patched  slow-err-work
mutant-slow-ccr        linux-image-6.12-amd64     mutant-slow-ccr        patched  slow-ccr
mutant-slow-hold       linux-image-6.12-amd64     mutant-slow-hold       patched  slow-hold
mutant-slow-reconnect  linux-image-6.12-amd64     mutant-slow-reconnect  patched  slow-reconnect
END
	# A kernel of one's own (lab campaign --image).
	[ -z "${LAB_TREE:-}" ] || echo "image - -"
}

# What a guest may load; dependencies come along. What a flavour has built in or lacks is
# recorded in trees/PACKAGE/modules.{builtin,absent}.
kernel_modules() {
	cat <<'END'
nvme-core nvme-fabrics nvme-tcp nvme-rdma nvme-fc nvme
nvmet nvmet-tcp nvmet-rdma nvmet-fc nvme-fcloop nvme-loop
virtio_pci virtio_blk virtio_console 9pnet_virtio 9p loop nbd null_blk ext4
dummy veth sch_netem rdma_rxe rdma_ucm ib_uverbs
nf_tables nft_reject nft_reject_ipv4 nft_limit nft_numgen nft_counter tcp_diag inet_diag
crc32c_generic crc32_generic crc32c-intel crc32-pclmul crct10dif-pclmul crct10dif_generic
sha256_generic hmac
END
}

kernel_row() { # NAME FIELD
	kernel_table | awk -v name="$1" -v field="$2" '$1 == name { print $field }'
}

kernel_must_exist() {
	[ -n "$(kernel_row "$1" 1)" ] ||
		die "$EXIT_USAGE" "no such kernel: $1 (see: lab kernels)"
}

# The image package a meta package stands for now, by the package lists of this machine.
# Unsigned is preferred: it is the same kernel, and it is what replaced modules are built for.
lists_resolve() { # META
	local image
	image=$(apt-cache depends "$1" 2>/dev/null | awk '$1 == "Depends:" { print $2; exit }')
	[ -n "$image" ] || return 1
	if apt-cache show "$image-unsigned" 2>/dev/null | grep -q '^Package:'; then
		image=$image-unsigned
	fi
	echo "$image"
}

# apt-cache needs a second; its answer only changes with the lists.
kernel_package() { # NAME
	local meta known
	meta=$(kernel_row "$1" 2)
	known=$LAB_CACHE/resolved/$meta
	if [ ! -s "$known" ] || [ /var/lib/apt/lists -nt "$known" ]; then
		mkdir -p "$LAB_CACHE/resolved"
		if lists_resolve "$meta" >"$known.$$"; then
			mv "$known.$$" "$known"
		else
			rm -f "$known.$$"
		fi
	fi
	[ -s "$known" ] && cat "$known"
}

kernel_tree() { # NAME - where its package is or will be unpacked; LAB_TREE takes its place
	local package
	[ -z "${LAB_TREE:-}" ] || { echo "$LAB_TREE"; return; }
	package=$(kernel_package "$1") && echo "$LAB_CACHE/trees/$package"
}

kernel_overlay() { # NAME - the directory of replacement modules, nothing if it has none
	local overlay
	overlay=$(kernel_row "$1" 3)
	[ "$overlay" = - ] || echo "$LAB_MODULES/$overlay"
}

kernel_status() { # NAME
	local tree overlay
	tree=$(kernel_tree "$1") || { echo "unknown to the package lists (apt-get update)"; return; }
	overlay=$(kernel_overlay "$1")
	if ! tree_complete "$tree"; then
		echo "to be downloaded"
	elif modules_ours "$1" && ! modules_fresh "$1" "$tree"; then
		echo "modules to be built"
	elif [ -n "$overlay" ] && ! overlay_fits "$overlay" "$tree" 2>/dev/null; then
		echo "no fitting modules in $overlay"
	else
		echo "ready"
	fi
}

kernels_list() {
	local name tree version
	while read -r name _; do
		tree=$(kernel_tree "$name") || tree=
		version=$(cat "$tree/version" 2>/dev/null) || version=-
		printf '%-18s %-46s %-22s %s\n' "$name" "${tree##*/}" "$version" \
			"$(kernel_status "$name")"
	done < <(kernel_table)
}

kernels_fetch() {
	local name names=("$@")
	[ $# -gt 0 ] || mapfile -t names < <(kernel_table | awk '!$5 { print $1 }')
	for name in "${names[@]}"; do
		kernel_must_exist "$name"
		kernel_ready "$name"
	done
}

# A tree made for another list of modules is as good as none.
tree_complete() {
	[ -s "$1/complete" ] && [ "$(cat "$1/complete")" = "$(kernel_modules | sha256sum)" ]
}

# kernel_ready NAME - download and unpack unless that was done
kernel_ready() {
	local tree
	tree=$(kernel_tree "$1")
	if [ -z "$tree" ]; then
		lists_refresh "$1"
		tree=$(kernel_tree "$1") || die "$EXIT_INFRA" "the package lists know no" \
			"$(kernel_row "$1" 2); check the Debian 12 security source of apt"
	fi
	tree_complete "$tree" || [ -z "${LAB_TREE:-}" ] ||
		die "$EXIT_INFRA" "LAB_TREE: $tree is not whole, or made for another list of modules"
	tree_complete "$tree" || locked kernels tree_make "$1" "${tree##*/}" "$tree"
	modules_ready "$1" "$tree"
	overlay_check "$1" "$tree"
}

lists_refresh() {
	note "the package lists know nothing of $(kernel_row "$1" 2): apt-get update"
	apt-get update -q >&2 ||
		note "apt-get update failed (run it as root, with a mirror in reach)"
}

tree_make() { # NAME PACKAGE TREE
	local work deb
	tree_complete "$3" && return
	need apt-get dpkg-deb depmod modprobe xz zstd
	work=$(temp_dir unpack) || die "$EXIT_INFRA" "no room for $2 in $LAB_CACHE"
	deb=$(deb_fetch "$1" "$2") || { rm -rf "$work"; exit "$EXIT_INFRA"; }
	note "unpacking ${deb##*/}"
	if ! { dpkg -x "$deb" "$work/all" && tree_fill "$work/all" "$work/tree" &&
		dpkg-deb -f "$deb" Version >"$work/tree/version" &&
		kernel_modules | sha256sum >"$work/tree/complete"; }; then
		rm -rf "$work"
		die "$EXIT_INFRA" "could not unpack $deb; remove it if it is damaged"
	fi
	mkdir -p "${3%/*}"
	rm -rf "$3"
	mv "$work/tree" "$3"
	rm -rf "$work"
	[ -n "${LAB_KEEP_DEBS:-}" ] || rm -f "$deb"
}

# deb_fetch NAME PACKAGE [VERSION] - its path on stdout; a whole file or none, whatever interrupts us
deb_fetch() {
	local debs=$LAB_CACHE/debs part found what=$2${3:+=$3}
	mkdir -p "$debs/part.$$"
	found=$(find "$debs" -maxdepth 1 -name "$2_${3:-}*.deb" | sort -V | tail -n 1)
	if [ -z "$found" ]; then
		note "downloading $what"
		(cd "$debs/part.$$" &&
			apt-get download -q -o APT::Sandbox::User=root "$what" >&2) ||
			{ lists_refresh "$1" && (cd "$debs/part.$$" &&
				apt-get download -q -o APT::Sandbox::User=root "$what" >&2); }
		part=$(find "$debs/part.$$" -name '*.deb')
		[ -n "$part" ] && mv "$part" "$debs/" && found=$debs/${part##*/}
	fi
	rm -rf "$debs/part.$$"
	[ -n "$found" ] || { note "cannot download $what: no mirror in reach, or it has" \
		"been replaced there (then: apt-get update)"; return 1; }
	echo "$found"
}

# tree_fill ALL TREE - take the kernel and the modules that guests use out of a whole package
tree_fill() {
	local all=$1 tree=$2 release
	release=$(basename "$all"/lib/modules/*)
	mkdir -p "$tree/lib/modules/$release"
	echo "$release" >"$tree/release"
	cp "$all"/boot/config-* "$tree/config" 2>/dev/null
	cp "$all"/boot/vmlinuz-* "$tree/vmlinuz" &&
		cp "$all/lib/modules/$release"/modules.{order,builtin,builtin.modinfo} \
			"$tree/lib/modules/$release/" &&
		depmod -b "$all" "$release" &&
		modules_take "$all" "$tree" "$release" &&
		depmod -b "$tree" "$release" &&
		vmlinux_extract "$tree/vmlinuz" "$tree/vmlinux"
}

modules_take() { # ALL TREE RELEASE
	local module line
	# shellcheck disable=SC2013 # words are wanted
	for module in $(kernel_modules); do
		if ! modprobe -d "$1" -S "$3" --show-depends "$module" >"$2/depends" 2>/dev/null; then
			echo "$module" >>"$2/modules.absent"
			continue
		fi
		while read -r line; do
			case $line in
			builtin*) echo "$module" >>"$2/modules.builtin" ;;
			insmod*) line=${line#insmod }
				module_unpack "${line%% *}" "$1" "$2" || return 1 ;;
			esac
		done <"$2/depends"
	done
	rm -f "$2/depends"
}

module_unpack() { # FILE ALL TREE - copy it below TREE, not compressed
	local file=$1 to=$3${1#"$2"}
	mkdir -p "${to%/*}"
	case $file in
	*.ko.xz) xz -dc "$file" >"${to%.xz}" ;;
	*.ko.zst) zstd -qdc "$file" >"${to%.zst}" ;;
	*) cp "$file" "$to" ;;
	esac
}

# Replacement modules of another kernel would be refused in the guest, or worse: accepted.
overlay_check() { # NAME TREE
	local overlay
	overlay=$(kernel_overlay "$1")
	[ -z "$overlay" ] || overlay_fits "$overlay" "$2" || exit "$EXIT_INFRA"
}

overlay_fits() { # OVERLAY TREE
	local module made release
	release=$(cat "$2/release" 2>/dev/null) || release=
	for module in "$1"/*.ko; do
		[ -e "$module" ] || { note "no modules in $1: build them first"; return 1; }
		made=$(modinfo -F vermagic "$module")
		[ "${made%% *}" = "$release" ] || [ -z "$release" ] || { note "$module was" \
			"built for ${made%% *}, the kernel is $release: build it again"; return 1; }
	done
}
