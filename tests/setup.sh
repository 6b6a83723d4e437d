#!/bin/bash
# Make sure the Debian packages that a part of this project needs are installed.
#
#   tests/setup.sh GROUP...      groups: build lint unit html fuzz lab patches r bench
#
# As root, missing packages are installed. Otherwise the command that would do it is printed and
# the exit status is 3. Nothing is printed, and nothing is fetched, when nothing is missing.
set -u

# packages GROUP - the packages of one group, on stdout
packages() {
	case $1 in
	build)	echo gcc make clang llvm bpftool pkg-config libbpf-dev libelf-dev zlib1g-dev \
			libjson-c-dev libcap-dev libsqlite3-dev \
			libprotobuf-c-dev protobuf-c-compiler libc6-dev ;;
	lint)	echo clang-tidy clang-format cppcheck shellcheck ;;
	unit)	echo libcmocka-dev bats sqlite3 protobuf-compiler python3 scdoc man-db ;;
	# of the clang that is there, or of that which is about to come
	fuzz)	clang=$(clang -dumpversion 2>/dev/null)
		clang=${clang%%.*}
		echo "libclang-rt-${clang:-14}-dev" ;;
	lab)	echo qemu-system-x86 busybox-static cpio xz-utils zstd kmod iproute2 nftables \
			python3 gcc libc6-dev bpftool e2fsprogs \
			gcc-12 make patch pahole binutils libelf1 libssl3 ;;
	patches) echo perl sparse ;;
	kernel)	echo flex bison bc libssl-dev libelf-dev rsync perl ccache ;;
	# Debian's npm brings hundreds of packages: not where there is another one.
	html)	echo chromium fonts-dejavu-core "$(command -v npm >/dev/null || echo nodejs npm)" ;;
	r)	echo r-base-core ;;
	bench)	echo bpftrace libbpf-tools trace-cmd ;;
	*)	return 1 ;;
	esac
}

# missing PACKAGE... - those that are not installed (or provided by an installed package)
missing() {
	dpkg-query -W -f '${db:Status-Status} ${Package}\n${db:Status-Status} ${Provides}\n' \
		2>/dev/null | awk -v want="$*" '
		$1 == "installed" {
			for (i = 2; i <= NF; i++) {
				sub(/,$/, "", $i)
				have[$i] = 1
			}
		}
		END {
			n = split(want, w, " ")
			for (i = 1; i <= n; i++)
				if (!(w[i] in have) && !seen[w[i]]++)
					print w[i]
		}'
}

# install PACKAGE... - fetch the package lists once, then install
install() {
	export DEBIAN_FRONTEND=noninteractive
	echo "setup: installing $*" >&2
	apt-get update -q ||
		echo "setup: apt-get update failed; trying with the package lists at hand" >&2
	if ! apt-get install -q -y --no-install-recommends "$@"; then
		echo "setup: could not install: $*; see the messages of apt-get above" >&2
		return 1
	fi
}

main() {
	local group all=() need=()
	if [ $# -eq 0 ]; then
		echo "usage: ${0##*/} GROUP...   (build lint unit html fuzz lab patches r bench)" >&2
		return 2
	fi
	for group in "$@"; do
		read -r -a need < <(packages "$group")
		if [ ${#need[@]} -eq 0 ]; then
			echo "setup: no such group: $group (build lint unit html fuzz lab patches r bench)" >&2
			return 2
		fi
		all+=("${need[@]}")
	done
	mapfile -t need < <(missing "${all[@]}")
	[ ${#need[@]} -eq 0 ] && return 0
	if [ "$(id -u)" -ne 0 ]; then
		echo "setup: packages are missing; run: sudo apt-get install -y" \
			"--no-install-recommends ${need[*]}" >&2
		return 3
	fi
	install "${need[@]}"
}

main "$@"
