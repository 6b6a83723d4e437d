# shellcheck shell=bash
# Kernels with modules of our own: built on demand from kernel-patch/, against exactly the packages
# that the kernel comes from. Nothing is installed: the headers are unpacked in the cache, too.
#
# In the cache:  build/VERSION/headers/     the header packages, unpacked
#                build/VERSION/source/      what we need of the source package
#                build/VERSION/out/         where kernel-patch/ builds, all kernels in the same tree: only
#                                           what a patch touches is compiled again
#
# A mutant is broken on purpose: a patch of tests/mutants/ on top of a set.

KERNEL_PATCH=$LAB_ROOT/kernel-patch
MUTANTS=$LAB_ROOT/tests/mutants

# modules_ours NAME - its modules are built here; from a directory of the user's own they are taken
# as they are
modules_ours() {
	[ -n "$(kernel_row "$1" 4)" ] && [ -z "$LAB_MODULES_GIVEN" ]
}

# modules_ready NAME TREE - LAB_MODULES/OVERLAY/*.ko are what the patches say, for this tree
modules_ready() {
	modules_ours "$1" || return 0
	modules_fresh "$1" "$2" || locked modules modules_make "$1" "$2" "$(kernel_row "$1" 4)"
}

# modules_mutant NAME - the patch that breaks it; nothing if it is whole
modules_mutant() {
	local mutant
	mutant=$(kernel_row "$1" 5)
	[ -z "$mutant" ] || echo "$MUTANTS/$mutant.patch"
}

# What the modules are made from, by content.
modules_inputs() { # NAME TREE
	local mutant
	mutant=$(modules_mutant "$1")
	cat "$2/version" "$KERNEL_PATCH/build.sh" "$LAB_DIR/lib/modules.sh" ${mutant:+"$mutant"}
	find "${SERIES:-$KERNEL_PATCH/linux-6.12}" -type f | sort | xargs cat
}

modules_fresh() { # NAME TREE
	local overlay
	overlay=$(kernel_overlay "$1")
	[ -s "$overlay/inputs" ] && [ "$(cat "$overlay/inputs")" = "$(modules_inputs "$1" "$2" | sha256sum)" ]
}

modules_make() { # NAME TREE SET
	local overlay version release base new mutant what=$3
	modules_fresh "$1" "$2" && return
	need gcc make patch pahole strip xz apt-get dpkg-deb
	overlay=$(kernel_overlay "$1")
	version=$(cat "$2/version") release=$(cat "$2/release")
	base=$LAB_CACHE/build/$version
	mkdir -p "$base" "${overlay%/*}"
	headers_ready "$1" "$release" "$version" "$base/headers" &&
		source_ready "$1" "$release" "$version" "$base/source" || exit "$EXIT_INFRA"
	note "building the modules of $1"
	mutant=$(modules_mutant "$1")
	[ -z "$mutant" ] || what+=+$(basename -s .patch "$mutant")
	if ! EXTRA_PATCH=$mutant make -C "$KERNEL_PATCH" modules KVER="$release" SET="$3" KSRC="$base/source" \
		KDIR="$base/headers/usr/src/linux-headers-$release" OUT="$base/out" >"$base/$what.log" 2>&1; then
		tail -n 40 "$base/$what.log" >&2
		die "$EXIT_INFRA" "the modules of $1 could not be built; all of it: $base/$what.log"
	fi
	new=$(mktemp -d "${overlay%/*}/new.XXXXXX") && cp "$base/out/$release/$what"/*.ko "$new/" &&
		modules_inputs "$1" "$2" | sha256sum >"$new/inputs" && rm -rf "$overlay" &&
		mv "$new" "$overlay" || die "$EXIT_INFRA" "could not write $overlay"
}

# deb_unpack KERNEL PACKAGE VERSION COMMAND... - COMMAND with the path of that very version
deb_unpack() {
	local deb version=$3 kernel=$1 package=$2
	shift 3
	deb=$(deb_fetch "$kernel" "$package" "$version") || {
		note "the kernel is version $version; its headers and source must be the same:" \
			"$package $version is not to be had"
		[ -z "$(apt-cache madison "$package")" ] || note "there is:" \
			"$(apt-cache madison "$package" | cut -d '|' -f 2 | tr -d '\n')"
		return 1
	}
	note "unpacking ${deb##*/}"
	"$@" "$deb" || { note "could not unpack $deb; remove it if it is damaged"; return 1; }
	[ -n "${LAB_KEEP_DEBS:-}" ] || rm -f "$deb"
}

headers_ready() { # KERNEL RELEASE VERSION DIR
	local common=${2%-*} package
	# A tree that was moved is as good as none.
	[ "$(cat "$4/complete" 2>/dev/null)" != "$4" ] || return 0
	rm -rf "$4"
	mkdir -p "$4" || return 1
	for package in "linux-headers-$2" "linux-headers-$common-common" "linux-kbuild-$common"; do
		deb_unpack "$1" "$package" "$3" headers_unpack "$4" || return 1
	done
	# The one absolute path in them; all others are relative links.
	sed -i "s|^include /usr/src|include $4/usr/src|" "$4/usr/src/linux-headers-$2/Makefile" &&
		echo "$4" >"$4/complete"
}

headers_unpack() { # DIR DEB
	dpkg -x "$2" "$1"
}

source_ready() { # KERNEL RELEASE VERSION DIR
	[ ! -e "$4/complete" ] || return 0
	rm -rf "$4"
	mkdir -p "$4" || return 1
	deb_unpack "$1" "linux-source-$(cut -d . -f 1,2 <<<"$2")" "$3" \
		source_unpack "$4" && touch "$4/complete"
}

source_unpack() { # DIR DEB
	"$KERNEL_PATCH/build.sh" --unpack "$2" "$1"
}
