# shellcheck shell=bash
# One guest: start QEMU, watch it, say how it ended.
#
# RUN is the run's temporary directory:
#   initrd console.log stdout stderr tar qemu.log     what the names say
#   ctl      lines from the guest: "init SECONDS", "begin", "end STATUS OUT ERR TAR" (bytes)

LAB_BOOT_TIMEOUT=${LAB_BOOT_TIMEOUT:-90}
LAB_SETUP_TIMEOUT=${LAB_SETUP_TIMEOUT:-120}
# A boot that dies before init is an accident of the emulator, about 1 in 20.
BOOT_TRIES=4

# qemu_start RUN TREE ACCEL MB [QEMU_ARG...] - sets QEMU_PID
qemu_start() {
	local run=$1 tree=$2 accel=$3 mb=$4 name args=()
	shift 4
	case $accel in
	kvm) args=(-accel kvm -cpu host) ;;
	# One host thread for both virtual CPUs: with one each, a kernel that patches its own code
	# (tracing, BPF, static keys) is now and then killed by a breakpoint that was just removed.
	*) args=(-accel tcg,thread=single -cpu max) ;;
	esac
	for name in ctl:ctl out:stdout err:stderr tar:tar; do
		args+=(-chardev "file,id=${name%:*},path=$run/${name#*:}")
		args+=(-device "virtserialport,chardev=${name%:*},name=lab.${name%:*}")
	done
	# However we end, the guest does not outlive us.
	setpriv --pdeathsig KILL qemu-system-x86_64 -M q35 -smp 2 -m "$mb" -nodefaults -display none -no-reboot \
		-chardev "file,id=console,path=$run/console.log" -serial chardev:console \
		-device virtio-serial-pci "${args[@]}" -kernel "$tree/vmlinuz" \
		-initrd "$run/initrd" -append "$GUEST_CMDLINE ${LAB_CMDLINE:-}" "$@" \
		</dev/null >"$run/qemu.log" 2>&1 &
	QEMU_PID=$!
}

# The timeouts of the kernel's own watchdogs stay as they are: what they say is wanted.
GUEST_CMDLINE="console=ttyS0 panic=-1 printk.devkmsg=on log_buf_len=4M mitigations=off"

# qemu_stop - returns what QEMU returned if it had ended by itself, 0 if we ended it
qemu_stop() {
	local pid=${QEMU_PID:-}
	QEMU_PID=
	[ -n "$pid" ] || return 0
	kill "$pid" 2>/dev/null && { wait "$pid" 2>/dev/null; return 0; }
	wait "$pid" 2>/dev/null
}

ctl_line() { # RUN WORD - the rest of that line
	sed -n "s/^$2 *//p" "$1/ctl" 2>/dev/null
}

ctl_has() { # RUN WORD
	grep -q "^$2" "$1/ctl" 2>/dev/null
}

# watch RUN SECONDS WORD - 0: the guest said WORD; 1: QEMU ended; 2: time is up
watch() {
	local end=$((SECONDS + $2))
	until ctl_has "$1" "$3"; do
		kill -0 "$QEMU_PID" 2>/dev/null || { ctl_has "$1" "$3"; return; }
		[ "$SECONDS" -lt "$end" ] || return 2
		sleep 0.05
	done
}

# boot RUN QEMU_START_ARGS... - until init runs; only this is ever tried again
boot() {
	local run=$1 try
	for ((try = 1; try <= BOOT_TRIES; try++)); do
		rm -f "$run/ctl" "$run/console.log"
		qemu_start "$@"
		watch "$run" "$LAB_BOOT_TIMEOUT" init && {
			[ "$try" -eq 1 ] || note "booted on try $try"
			return 0
		}
		if ! qemu_stop; then
			note "QEMU could not run this guest"
			console_tail "$run"
			return 1
		fi
		note "boot $try of $BOOT_TRIES never reached init"
		console_tail "$run"
	done
	return 1
}

console_tail() { # RUN
	sed 's/\r$//' "$1/console.log" 2>/dev/null | tail -n "${LAB_TAIL:-25}" | sed 's/^/  | /' >&2
	sed 's/^/  qemu: /' "$1/qemu.log" >&2
}

# arrived RUN - everything that the guest sent is in the files
arrived() {
	local out err tar
	read -r _ out err tar < <(ctl_line "$1" end)
	[ "$(stat -c %s "$1/stdout")" -ge "$out" ] && [ "$(stat -c %s "$1/stderr")" -ge "$err" ] &&
		[ "$(stat -c %s "$1/tar")" -ge "$tar" ]
}

# stream RUN - pass the script's output through while it comes; ends soon after QEMU does
stream() {
	: >"$1/stdout"
	: >"$1/stderr"
	tail -c +1 -s 0.05 --pid="$QEMU_PID" -f "$1/stdout" &
	STREAM_PIDS=$!
	tail -c +1 -s 0.05 --pid="$QEMU_PID" -f "$1/stderr" >&2 &
	STREAM_PIDS+=" $!"
}

# script_watch RUN TIMEOUT - from init to the end; the exit status of the whole run
script_watch() {
	local run=$1 status
	watch "$run" "$LAB_SETUP_TIMEOUT" '\(begin\|setup-failed\)'
	status=$?
	if ctl_has "$run" setup-failed; then
		watch "$run" 30 end && wait_arrival "$run"
		note "the guest could not be set up: $(ctl_line "$run" setup-failed)"
		console_tail "$run"
		return "$EXIT_INFRA"
	fi
	if [ "$status" -eq 0 ]; then
		watch "$run" "$2" end
		status=$?
	fi
	case $status in
	0) wait_arrival "$run"; return "$(ctl_line "$run" end | cut -d ' ' -f 1)" ;;
	1) note "the guest died (panic or power off) $(run_stage "$run")"
		status=$EXIT_DIED ;;
	*) note "time is up: the guest hung, or needed more than ${2} s, $(run_stage "$run")"
		status=$EXIT_TIMEOUT ;;
	esac
	console_tail "$run"
	return "$status"
}

run_stage() {
	if ctl_has "$1" begin; then echo "while the script ran"; else echo "while setting up"; fi
}

wait_arrival() { # RUN
	local tries=0
	until arrived "$1"; do
		[ $((tries += 1)) -lt 600 ] || { note "the guest's output did not arrive in full"
			return 1; }
		sleep 0.05
	done
}
