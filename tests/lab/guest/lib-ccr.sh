# shellcheck shell=dash
# Paths whose target promises CCR and CQT, on a backend that can hold writes (ghost.c): a controller
# with a held write cannot be freed by the target, so a CCR of it stays pending until the release.
#
# KATO 2 s: everything is over T = 3 KATO + CQT after the failure at the latest.

# backend_start - a disk in memory, /dev/nbd0; $OUT/backend is its log
backend_start() {
	modprobe nbd nbds_max=1 && rm -f /run/backend && mkfifo /run/backend || return 1
	ghost serve /dev/nbd0 16 /run/backend "$OUT/backend" 2>"$OUT/backend.err" &
	wait_or_say 10 '[ "$(cat /sys/block/nbd0/size)" -gt 0 ]' "the nbd device"
}

# backend TEXT WORD - tell it TEXT, and wait until its log has WORD
backend() {
	echo "$1" >/run/backend && wait_or_say 5 "grep -q ' $2 ' '$OUT/backend'" "the backend: $1"
}

backend_has() { # COUNT WORD
	[ "$(grep -c " $2 " "$OUT/backend")" -ge "$1" ]
}

# held_write CTRL [N] - a write of the host's hangs in the target, sent by that very path; the Nth
held_write() {
	RAWCCR_TIMEOUT_MS=600000 rawccr "/dev/$1" write 1 x >>/run/held 2>&1 &
	wait_or_say 10 "backend_has ${2:-1} held" "the write of $1 to be held"
}

# ccr_paths N CQT_MS CCRL [FILE_OR_DEVICE]
ccr_paths() {
	fail_modules && tcp_modules && target_subsys s1 "${4:-/dev/shm/s1.img}" &&
		target_recovery s1 "$2" "$3" && tcp_ports "$1" && paths_ready "$1"
}

# ccr_up N CQT_MS CCRL [held] - N paths, the tool and all witnesses watch; held: see backend
ccr_up() {
	if [ $# -gt 3 ]; then
		backend_start && ccr_paths "$1" "$2" "$3" /dev/nbd0 && watch_start
	else
		ccr_paths "$1" "$2" "$3" && watch_start
	fi
}

# said CTRL TEXT - in the kernel log, since the scenario began (if this is one)
said() {
	dmesg | awk -v text="nvme $1: $2" '/lab: scenario .* begin$/ { n = 0 } index($0, text) { n++ }
		END { exit !n }'
}

# wait_said CTRL TEXT SEC
wait_said() {
	wait_or_say "$3" "said $1 '$2'" "the kernel to say of $1: $2"
}

# ccr_down [N [SEC]] - live has told of N; take down everything, for the next scenario
ccr_down() {
	watch_stop "${1:-0}" "${2:-30}" && all_down
}

# all_down - no host controller, no target, no backend
all_down() {
	local ctrl dir
	path_restore
	for ctrl in $(ctrls); do
		ctrl_delete "$ctrl" || return 1
	done
	for dir in "$NVMET"/ports/*; do
		[ -e "$dir" ] || continue
		rm -f "$dir"/subsystems/* && rmdir "$dir" || return 1
	done
	for dir in "$NVMET"/subsystems/*; do
		[ -e "$dir" ] || continue
		put 0 "$dir/namespaces/1/enable" && rmdir "$dir/namespaces/1" "$dir" || return 1
	done
	rm -f /dev/shm/s1.img
}
