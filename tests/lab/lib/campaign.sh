# shellcheck shell=bash
# lab campaign: one failure, repeated, as one recording. A guest does some rounds and continues the
# recording of the one before; FILE changes only when a guest has done all of its rounds, and FILE.campaign
# beside it says how many there are, and of what. Both are replaced together: FILE.new and FILE.campaign.new
# are written first, and whoever finds only the latter ends what was interrupted between the two.

CAMPAIGNS=${LAB_CAMPAIGNS:-$LAB_DIR/campaigns}
# Guests that fail one after the other, before the campaign is given up.
CAMPAIGN_TRIES=3

campaign_options() {
	NAME='' ROUNDS='' PER_GUEST=15 KERNELS='' IMAGE='' MODULES='' CONFIG=''
	exec_defaults
	while [ $# -gt 0 ]; do
		[ $# -gt 1 ] || die "$EXIT_USAGE" "$1 needs a value (see: lab help)"
		case $1 in
		--kernel) KERNELS=$2 ;;
		--interleave) KERNELS=$2; INTERLEAVE=1 ;;
		--scenario) NAME=$2 ;;
		--rounds) ROUNDS=$2 ;;
		--per-guest) PER_GUEST=$2 ;;
		--image) IMAGE=$2 ;;
		--modules) MODULES=$2 ;;
		--config) CONFIG=$2 ;;
		--mem) MB=$2 ;;
		--accel) ACCEL=$2 ;;
		-o | --output) OUTPUT=$2 ;;
		*) die "$EXIT_USAGE" "campaign: no such option: $1 (see: lab help)" ;;
		esac
		shift 2
	done
	[ -n "$KERNELS" ] || [ -z "$IMAGE" ] || KERNELS=image
}

campaign_numbers() {
	local value
	for value in "$ROUNDS" "$PER_GUEST" "$MB"; do
		[[ $value =~ ^[1-9][0-9]{0,5}$ ]] ||
			die "$EXIT_USAGE" "--rounds, --per-guest and --mem take a number from 1 on, not \"$value\""
	done
}

campaign_check() {
	local kernel
	[ -n "$NAME" ] && [ -n "$ROUNDS" ] && [ -n "$OUTPUT" ] && [ -n "$KERNELS" ] ||
		die "$EXIT_USAGE" "campaign: --kernel (or --interleave, or --image), --scenario, --rounds and -o are needed"
	campaign_numbers
	[ -f "$CAMPAIGNS/$NAME.sh" ] || die "$EXIT_USAGE" "no such campaign: $NAME; there are:" \
		"$(basename -s .sh "$CAMPAIGNS"/*.sh | tr '\n' ' ')"
	[ -z "$IMAGE$MODULES" ] || { [ -f "$IMAGE" ] && [ -d "$MODULES" ]; } ||
		die "$EXIT_USAGE" "--image takes a bzImage, and --modules the directory where make modules_install put" \
			"its modules (INSTALL_MOD_PATH); both are needed"
	[ -z "$CONFIG" ] || [ -f "$CONFIG" ] || die "$EXIT_USAGE" "--config: there is no file $CONFIG"
	IFS=, read -r -a KERNELS <<<"$KERNELS"
	[ -z "${INTERLEAVE:-}" ] || { [ ${#KERNELS[@]} -gt 1 ] && [[ $OUTPUT == *%K* ]]; } ||
		die "$EXIT_USAGE" "--interleave takes two kernels, and -o a name with %K in the place of theirs"
	for kernel in "${KERNELS[@]}"; do
		campaign_fits "$kernel"
		KERNEL=$kernel campaign_claim
	done
}

campaign_fits() { # KERNEL
	if [ "$1" = image ]; then
		[ -n "$IMAGE" ] || die "$EXIT_USAGE" "the kernel \"image\" is that of --image, which is missing"
		return
	fi
	kernel_must_exist "$1"
	local why
	why=$(SCENARIOS=$CAMPAIGNS scenario_unfit "$NAME" "$1")
	[ -z "$why" ] || die "$EXIT_USAGE" "the campaign $NAME does not run on $1: it $why"
}

campaign_main() {
	OUTPUT='' INTERLEAVE=''
	campaign_options "$@"
	campaign_check
	need qemu-system-x86_64 cpio tar flock
	binary_check
	ACCEL=$(KERNEL=${KERNELS[0]} accel_choose "$ACCEL")
	GUEST=
	trap 'campaign_abort' EXIT
	trap 'exit 130' INT TERM HUP
	for KERNEL in "${KERNELS[@]}"; do
		campaign_lock "$(campaign_file)"
		campaign_kernel
		campaign_resume
	done
	campaign_run
}

# The guest's shell is a child of its own, so that a signal to us ends it at once.
campaign_abort() {
	[ -z "$GUEST" ] || { kill "$GUEST" && wait "$GUEST"; } 2>/dev/null
}

# campaign_kernel - what KERNEL needs to be booted; an image of one's own is a tree of its own
campaign_kernel() {
	unset LAB_TREE
	[ "$KERNEL" != image ] || { LAB_TREE=$(own_tree "$IMAGE" "$MODULES" "$CONFIG") || exit "$EXIT_INFRA"; }
	kernel_ready "$KERNEL"
}

campaign_file() { # - of KERNEL
	echo "${OUTPUT//%K/$KERNEL}"
}

# What must not change within a recording.
campaign_what() {
	echo "campaign $NAME"
	echo "kernel $KERNEL"
	echo "modules $(image_inputs "$KERNEL" | sha256sum)"
}

campaign_done() { # FILE - rounds
	awk '$1 == "rounds" { n += $2 } END { print n + 0 }' "$1.campaign" 2>/dev/null || echo 0
}

# campaign_claim - FILE is a campaign's, of this failure and kernel, or not there yet
campaign_claim() {
	local file
	file=$(campaign_file)
	campaign_mend "$file"
	[ -e "$file" ] || [ -e "$file.campaign" ] || return 0
	[ -e "$file" ] && [ -e "$file.campaign" ] || die "$EXIT_USAGE" "$file and $file.campaign belong together, and" \
		"one of them is missing: give the campaign another name, or remove the other"
	[ "$(head -n 2 "$file.campaign")" = "$(printf 'campaign %s\nkernel %s' "$NAME" "$KERNEL")" ] ||
		campaign_refuse "$file"
}

campaign_refuse() { # FILE
	die "$EXIT_USAGE" "$1 is of another campaign, kernel, or build of it (see $1.campaign):" \
		"give this one another name"
}

# campaign_mend FILE - what a campaign that was killed has left half done; never while it lives
campaign_mend() {
	[ -e "$1.new" ] || [ -e "$1.campaign.new" ] || return 0
	campaign_lock "$1"
	if [ -e "$1.new" ]; then
		rm -f "$1.campaign.new" && rm -f "$1.new"
	elif [ -e "$1.campaign.new" ]; then
		mv "$1.campaign.new" "$1.campaign"
	fi
}

# campaign_lock FILE - one campaign at a time, until this one and its guest are gone
campaign_lock() {
	local name fd
	name=$(realpath -m "$1" | sha256sum)
	name=$LAB_CACHE/campaigns/${name:0:16}
	[[ " ${LOCKED:-} " != *" $name "* ]] || return 0
	mkdir -p "${name%/*}" && exec {fd}>"$name" || die "$EXIT_INFRA" "cannot write to $LAB_CACHE"
	flock -n "$fd" || die "$EXIT_USAGE" "$1: another campaign is at work on it"
	LOCKED+=" $name"
}

# campaign_resume - what KERNEL has done already; nothing of another build's is continued
campaign_resume() {
	local file
	file=$(campaign_file)
	[ -e "$file" ] || return 0
	[ "$(grep -v '^rounds' "$file.campaign")" = "$(campaign_what)" ] || campaign_refuse "$file"
	note "$file: $(campaign_done "$file") of $ROUNDS rounds are done"
}

# campaign_run - guests of all kernels in turn, so that what changes on this machine changes for all
campaign_run() {
	local left=1 file todo
	declare -gA FAILED=()
	while [ "$left" -gt 0 ]; do
		left=0
		for KERNEL in "${KERNELS[@]}"; do
			file=$(campaign_file)
			todo=$((ROUNDS - $(campaign_done "$file")))
			[ "$todo" -gt 0 ] || continue
			campaign_try "$file" $((todo < PER_GUEST ? todo : PER_GUEST)) || return 1
			left=1
		done
	done
}

# campaign_try FILE ROUNDS - a guest may fail, but not one after the other
campaign_try() {
	campaign_guest "$@" &
	GUEST=$!
	if wait "$GUEST"; then
		FAILED[$KERNEL]=0
	else
		FAILED[$KERNEL]=$((${FAILED[$KERNEL]:-0} + 1))
	fi
	GUEST=
	[ "${FAILED[$KERNEL]}" -ge "$CAMPAIGN_TRIES" ] || return 0
	note "$CAMPAIGN_TRIES guests of $KERNEL failed one after the other; what was done is kept:" \
		"$(campaign_done "$1") rounds in $1"
	return 1
}

# campaign_guest FILE ROUNDS - one guest, and FILE has that many rounds more; in a shell of its own
campaign_guest() {
	local file=$1 rounds=$2 seconds
	campaign_kernel
	RUN=$(temp_dir run) || die "$EXIT_INFRA" "no room in $LAB_CACHE"
	trap 'qemu_stop; rm -rf "$RUN"' EXIT
	trap 'exit 130' INT TERM HUP
	SCENARIOS=$CAMPAIGNS
	seconds=$(header "$NAME" seconds 30)
	PATHS=$(header "$NAME" paths 2) TIMEOUT=$(((120 + rounds * seconds) * ${LAB_TIME_SCALE:-1})) OUT=$RUN/home
	printf 'CAMPAIGN=%s\nROUNDS=%s\nSECONDS_A_ROUND=%s\n. /lab/campaign.sh\n' "$NAME" "$rounds" "$seconds" \
		>"$RUN/start"
	SCRIPT=$RUN/start FILES=("$CAMPAIGNS:/lab/campaigns")
	[ ! -e "$file" ] || FILES+=("$file:/root/recording")
	note "$KERNEL: $rounds rounds of $NAME"
	guest_run stream || { note "$KERNEL: these rounds do not count"; return 1; }
	campaign_keep "$file" "$rounds" "$RUN/home/recording"
}

# recoveries_in RECORDING - those that ended well; nothing if the recording is damaged, or something was lost
recoveries_in() {
	local json
	json=$("$BINARY" export --to json --end live "$1") || return 1
	grep -c '"kind":"recovery"' <<<"$json" || true
}

# campaign_keep FILE ROUNDS RECORDING - the recording takes the place of FILE, if it has what it should
campaign_keep() {
	local before=0 after
	[ ! -e "$1" ] || before=$(recoveries_in "$1") || return 1
	after=$(recoveries_in "$3") || { note "the recording is not whole: these rounds do not count"; return 1; }
	if [ $((after - before)) -ne "$2" ]; then
		note "$2 rounds, but $((after - before)) recoveries: they do not count (see $1.discarded)"
		cp "$3" "$1.discarded"
		return 1
	fi
	mkdir -p "$(dirname "$1")" && cp "$3" "$1.new" || return 1
	{ if [ -e "$1.campaign" ]; then cat "$1.campaign"; else campaign_what; fi; echo "rounds $2"; } \
		>"$1.campaign.new" || return 1
	trap '' INT TERM HUP
	mv "$1.new" "$1" && mv "$1.campaign.new" "$1.campaign"
}

# ---- a kernel of one's own ----------------------------------------------------------------

# image_release IMAGE - which kernel it is, by the boot protocol's header
image_release() {
	local at
	[ "$(od -An -c -j 514 -N 4 "$1" | tr -d ' ')" = HdrS ] || { note "$1 is no bzImage"; return 1; }
	at=$(od -An -tu2 -j 526 -N 2 "$1")
	tail -c +$((at + 513)) "$1" | head -c 128 | tr '\0' ' ' | cut -d ' ' -f 1
}

# own_release IMAGE MODULES - the directory of that very kernel's modules
own_release() {
	local release dir
	release=$(image_release "$1") || return 1
	for dir in "$2/lib/modules/$release" "$2/$release" "$2"; do
		dir=$(realpath "$dir" 2>/dev/null) && [ "${dir##*/}" = "$release" ] && [ -e "$dir/modules.order" ] &&
			echo "$dir" && return
	done
	note "$1 is Linux $release, of which there are no modules in $2 (lib/modules/$release)"
	return 1
}

# own_tree IMAGE MODULES CONFIG - path of a tree made of them, as one of a package is; without CONFIG, the one
# of the build that the modules were installed from is taken, where it is still there
own_tree() {
	local from stamp config
	from=$(own_release "$1" "$2") || return 1
	config=${3:-$from/build/.config}
	[ -n "$3" ] || [ -r "$config" ] || config=
	stamp=$({ cat "$1" "$LAB_DIR/lib/kernels.sh" ${config:+"$config"}
		find "$from" -name '*.ko*' -type f -print0 | sort -z | xargs -0 cat; } | sha256sum) || return 1
	stamp=$LAB_CACHE/own/${stamp:0:16}
	tree_complete "$stamp" || locked own own_make "$1" "$from" "$config" "$stamp" || return 1
	echo "$stamp"
}

own_make() { # IMAGE MODULES CONFIG TREE
	local work release=${2##*/}
	tree_complete "$4" && return
	need depmod modprobe xz zstd
	note "taking what guests need of ${1##*/} and the modules of $release"
	work=$(temp_dir own) && mkdir -p "$work/all/boot" "$work/all/lib/modules" "${4%/*}" &&
		cp "$1" "$work/all/boot/vmlinuz-$release" && cp -r "$2" "$work/all/lib/modules/" &&
		{ [ -z "$3" ] || cp "$3" "$work/all/boot/config-$release"; } &&
		tree_fill "$work/all" "$work/tree" && echo "${4##*/}" >"$work/tree/version" &&
		kernel_modules | sha256sum >"$work/tree/complete" && rm -rf "$4" && mv "$work/tree" "$4" &&
		rm -rf "$work" && return
	rm -rf "$work"
	note "could not make a guest's kernel of $1 and $2"
	return 1
}
