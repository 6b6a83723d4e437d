# shellcheck shell=bash
# lab exec: one script in one guest.

exec_defaults() {
	KERNEL='' PATHS=2 TRANSPORT=tcp BARE='' OUT='' TIMEOUT=120 MB=1024 SCRIPT='' BINARY=yes
	ACCEL=${LAB_ACCEL:-tcg}
	FILES=() QEMU_ARGS=()
}

exec_options() {
	while [ $# -gt 0 ]; do
		case $1 in
		--bare) BARE=1; shift; continue ;;
		--no-binary) BINARY=; shift; continue ;;
		--*) [ $# -gt 1 ] || die "$EXIT_USAGE" "$1 needs a value" ;;
		esac
		case $1 in
		--kernel) KERNEL=$2 ;;
		--paths) PATHS=$2 ;;
		--transport) TRANSPORT=$2 ;;
		--file) FILES+=("$2") ;;
		--out) OUT=$2 ;;
		--timeout) TIMEOUT=$2 ;;
		--mem) MB=$2 ;;
		--accel) ACCEL=$2 ;;
		--qemu-arg) QEMU_ARGS+=("$2") ;;
		--*) die "$EXIT_USAGE" "no such option: $1 (see: lab help)" ;;
		*) [ -z "$SCRIPT" ] || die "$EXIT_USAGE" "one script only, not also $1"
			SCRIPT=$1; shift; continue ;;
		esac
		shift 2
	done
}

exec_check() {
	local value
	[ -n "$KERNEL" ] || die "$EXIT_USAGE" "--kernel is missing (see: lab kernels)"
	kernel_must_exist "$KERNEL"
	[ -n "$SCRIPT" ] || die "$EXIT_USAGE" "no script given"
	[ -r "$SCRIPT" ] || die "$EXIT_USAGE" "cannot read the script $SCRIPT"
	for value in "$PATHS" "$TIMEOUT" "$MB"; do
		[[ $value =~ ^[0-9]+$ ]] || die "$EXIT_USAGE" "not a number: $value"
	done
	[ -z "$BARE" ] || PATHS=0
	case $ACCEL in
	tcg | kvm) ;;
	*) die "$EXIT_USAGE" "--accel is tcg or kvm, not $ACCEL" ;;
	esac
	case $TRANSPORT in
	tcp | rdma | fc) ;;
	pci) [ -n "$BARE" ] || pci_devices ;;
	*) die "$EXIT_USAGE" "--transport is tcp, rdma, fc or pci, not $TRANSPORT" ;;
	esac
	[ -z "$BINARY" ] || binary_check
}

# One subsystem, one shared namespace that lives in memory, $PATHS controllers.
pci_devices() {
	local path
	QEMU_ARGS+=(-device nvme-subsys,id=lab,nqn=lab
		-blockdev null-co,node-name=lab-disk,size=67108864,read-zeroes=on)
	for ((path = 1; path <= PATHS; path++)); do
		QEMU_ARGS+=(-device "nvme,serial=LAB,subsys=lab,id=lab$path")
	done
	QEMU_ARGS+=(-device nvme-ns,drive=lab-disk,bus=lab1,shared=on)
}

binary_check() {
	BINARY=${NVME_CCR_TRACE:-$LAB_ROOT/build/static/nvme-ccr-trace}
	[ -x "$BINARY" ] || die "$EXIT_INFRA" "no binary $BINARY: build the static one first," \
		"name it in NVME_CCR_TRACE, or say --no-binary"
}

exec_main() {
	local status
	exec_defaults
	exec_options "$@"
	exec_check
	need qemu-system-x86_64 cpio tar
	kernel_ready "$KERNEL"
	ACCEL=$(accel_choose "$ACCEL")
	RUN=$(temp_dir run) || die "$EXIT_INFRA" "no room in $LAB_CACHE"
	trap 'qemu_stop; rm -rf "$RUN"' EXIT
	trap 'exit 130' INT TERM HUP
	guest_run stream
	status=$?
	return "$status"
}

# guest_run stream|quiet - everything from the image to the log scan, by the variables above
guest_run() {
	local status splats
	initrd_make || die "$EXIT_INFRA" "could not build the guest's file system"
	if ! boot "$RUN" "$(kernel_tree "$KERNEL")" "$ACCEL" "$MB" "${QEMU_ARGS[@]}"; then
		note "$KERNEL did not boot"
		out_save
		return "$EXIT_INFRA"
	fi
	STREAM_PIDS=
	[ "$1" = quiet ] || stream "$RUN"
	script_watch "$RUN" "$TIMEOUT"
	status=$?
	qemu_stop
	# shellcheck disable=SC2086 # two process ids
	[ -z "$STREAM_PIDS" ] || wait $STREAM_PIDS
	out_save
	if [ "$1" != quiet ] && splats=$(log_splats "$RUN/out/dmesg.txt"); then
		note "the kernel log has a splat (the script's status was $status):"
		# The first one counts; what follows is mostly its echo.
		printf '%s\n' "$splats" | head -n 20 | sed 's/^/  | /' >&2
		[ "$status" -ge "$EXIT_SPLAT" ] && [ "$status" -le "$EXIT_INFRA" ] ||
			status=$EXIT_SPLAT
	fi
	return "$status"
}

initrd_make() {
	local base
	base=$(image_base "$KERNEL") || return 1
	overlay_make "$RUN/root" "$SCRIPT:/lab/script" ${BINARY:+"$BINARY:/bin/nvme-ccr-trace"} \
		"${FILES[@]}" || return 1
	printf 'LAB_PATHS=%s\nLAB_TRANSPORT=%s\nLAB_ROUNDS=%s\nLAB_TIME_SCALE=%s\nLAB_KATO=%s\n' \
		"$PATHS" "$TRANSPORT" "${LAB_ROUNDS:-}" "${LAB_TIME_SCALE:-1}" "${LAB_KATO:-2}" \
		>"$RUN/root/lab/config"
	echo "$KERNEL" >"$RUN/root/lab/kernel"
	archive "$RUN/root" "$RUN/overlay" && cat "$base" "$RUN/overlay" >"$RUN/initrd"
}

# out_save - unpack what came home, copy it to --out; without a dmesg the console must do
out_save() {
	mkdir -p "$RUN/out"
	[ ! -s "$RUN/tar" ] || tar -C "$RUN/out" --no-same-owner -xf "$RUN/tar" 2>/dev/null ||
		note "what the script left in /out came home damaged"
	sed 's/\r$//' "$RUN/console.log" >"$RUN/out/console.log" 2>/dev/null
	[ -s "$RUN/out/dmesg.txt" ] || cp "$RUN/out/console.log" "$RUN/out/dmesg.txt"
	[ -n "$OUT" ] || return 0
	mkdir -p "$OUT" && cp -R "$RUN/out/." "$OUT/" || note "could not write to $OUT"
}

# accel_choose ACCEL - KVM may exist and still not run a kernel: believe only a boot, once a day
accel_choose() {
	local probe=$LAB_CACHE/kvm-probe
	[ "$1" = kvm ] || { echo tcg; return; }
	if [ -z "$(find "$probe" -mtime -1 2>/dev/null)" ]; then
		if kvm_boots; then echo kvm >"$probe"; else echo tcg >"$probe"; fi
	fi
	[ "$(cat "$probe")" = kvm ] || note "KVM does not boot a guest here: using tcg"
	cat "$probe"
}

kvm_boots() (
	[ -w /dev/kvm ] || return 1
	RUN=$(temp_dir kvm) || return 1
	trap 'qemu_stop; rm -rf "$RUN"' EXIT
	echo true >"$RUN/script"
	SCRIPT=$RUN/script PATHS=0 TRANSPORT=tcp FILES=() BINARY='' BOOT_TRIES=1 LAB_BOOT_TIMEOUT=30
	initrd_make && boot "$RUN" "$(kernel_tree "$KERNEL")" kvm 512 2>/dev/null &&
		script_watch "$RUN" 20 2>/dev/null
)
