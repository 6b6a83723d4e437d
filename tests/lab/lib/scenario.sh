# shellcheck shell=bash
# What a scenario says of itself, in comments at its head ("# KEY: VALUE"):
#
#   description  one line
#   requires     words: kernel=GLOB[,GLOB...] and module=NAME
#   transport    tcp (default), rdma, fc, pci
#   paths        default 2; 0: the scenario gets a bare guest
#   timeout      seconds in the guest, default 120
#   mem, qemu    as --mem, and words for QEMU's command line
#   binary       "none": needs none of our programs
#   alone        "yes": shares its guest with no other scenario

SCENARIOS=${LAB_SCENARIOS:-$LAB_DIR/scenarios}

scenario_all() {
	local file
	for file in "$SCENARIOS"/*.sh; do
		file=${file##*/}
		echo "${file%.sh}"
	done
}

scenario_must_exist() {
	[ -f "$SCENARIOS/$1.sh" ] || die "$EXIT_USAGE" "no such scenario: $1 (see: lab run --list)"
}

# header NAME KEY DEFAULT
header() {
	local value
	value=$(sed -n "/^[^#]/q; s/^# *$2: *//p" "$SCENARIOS/$1.sh" | head -n 1)
	echo "${value:-$3}"
}

# scenario_group NAME - scenarios with the same answer can share a guest
scenario_group() {
	local alone=
	[ "$(header "$1" alone no)" = no ] || alone=$1
	printf '%s|%s|%s|%s|%s\n' "$(header "$1" transport tcp)" "$(header "$1" paths 2)" \
		"$(header "$1" mem 1024)" "$(header "$1" qemu '')" "$alone"
}

# scenario_unfit NAME KERNEL - why it cannot run there, or nothing
scenario_unfit() {
	local word
	for word in $(header "$1" requires '') $(transport_needs "$(header "$1" transport tcp)"); do
		case $word in
		kernel=*) kernel_matches "$2" "${word#*=}" || { echo "is for ${word#*=}"; return; } ;;
		module=*) kernel_lacks "$2" "${word#*=}" &&
			{ echo "$2 has no module ${word#*=}"; return; } ;;
		*) die "$EXIT_USAGE" "scenario $1: cannot understand 'requires: $word'" ;;
		esac
	done
}

transport_needs() {
	case $1 in
	rdma) echo module=rdma_rxe ;;
	fc) echo module=nvme-fcloop ;;
	esac
}

kernel_matches() { # KERNEL GLOB[,GLOB...]
	local glob globs
	IFS=, read -r -a globs <<<"$2"
	for glob in "${globs[@]}"; do
		# shellcheck disable=SC2053 # a pattern is meant
		[[ $1 == $glob ]] && return
	done
	return 1
}

kernel_lacks() { # KERNEL MODULE
	grep -qx "$2" "$(kernel_tree "$1")/modules.absent" 2>/dev/null
}
