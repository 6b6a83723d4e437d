# shellcheck shell=dash
# The ghost write: see ghost.c. $OUT/backend is the disk's log; each round leaves ROUND/{app,verdict,cut}
# in $OUT. The host's check (scenarios/ghost.py) compares them with what was expected.

# ghost_up CQT_MS CCRL - two paths to a namespace whose backend can hold a write; live watches
ghost_up() {
	modprobe nbd nbds_max=1 && fail_modules && tcp_modules && mkfifo /run/ghost.arm || return 1
	ghost serve /dev/nbd0 16 /run/ghost.arm "$OUT/backend" 2>"$OUT/backend.err" &
	wait_or_say 10 '[ "$(cat /sys/block/nbd0/size)" -gt 0 ]' "the nbd device" &&
		target_subsys s1 /dev/nbd0 && target_recovery s1 "$1" "$2" || return 1
	ghost_path 4420 && ghost_path 4421 && paths_ready 2 && io_policy numa && live_start
}

ghost_path() { # PORT
	target_port "$1" tcp ipv4 127.0.0.1 "$1" && port_link "$1" && tcp_connect "$1"
}

backend_has() { # COUNT WHAT
	[ "$(grep -c " $2 " "$OUT/backend")" -ge "$1" ]
}

# The controller that has a request in flight: nvme0c1n1 is a path over nvme1.
busy_ctrl() {
	local path
	for path in $(paths_of); do
		[ "$(awk '{ print $1 + $2 }' "/sys/block/$path/inflight")" -gt 0 ] || continue
		path=${path#*c}
		echo "nvme${path%n*}"
		return
	done
	complain "no path has a request in flight"
	return 1
}

port_of() { # CTRL
	sed 's/.*trsvcid=\([0-9]*\).*/\1/' "/sys/class/nvme/$1/address"
}

# ghost_rounds COUNT CUT DELAY_MS [COMMAND] - CUT: kill, drop or none; COMMAND is given the controller once its
# path is cut; LAB_ROUNDS overrides COUNT
ghost_rounds() {
	local count=${LAB_ROUNDS:-$1}
	while [ "$count" -gt 0 ]; do
		ROUND=$((${ROUND:-0} + 1))
		ghost_round "$OUT/round$ROUND" "$2" "$3" "${4:-true}" || { complain "round $ROUND failed"; return 1; }
		count=$((count - 1))
	done
}

# ghost_round DIR CUT DELAY_MS COMMAND - a path is cut while its write is held; everything else takes its
# course, until the write has landed and the application has looked five more times
ghost_round() {
	local dir=$1 cut=$2 ctrl port reads
	mkdir -p "$dir" && echo "arm $3" >/run/ghost.arm &&
		wait_or_say 5 "backend_has $ROUND armed" "the backend to be armed" || return 1
	ghost write "$(disk_of)" "$dir/app" >"$dir/verdict" 2>&1 &
	APP_PID=$!
	wait_or_say 10 "backend_has $ROUND held" "the write to be held" && ctrl=$(busy_ctrl) &&
		port=$(port_of "$ctrl") || return 1
	echo "$cut $ctrl" >"$dir/cut"
	[ "$cut" = none ] || "path_$cut" "$port" || return 1
	"$4" "$ctrl" || return 1
	# Not before: a path that works again would let the held write complete as if nothing was.
	wait_or_say 60 "grep -q 'acked B' '$dir/app'" "the application to write B" &&
		path_restore && wait_or_say 30 "backend_has $ROUND landed" "the held write to land" || return 1
	reads=$(grep -c read "$dir/app")
	wait_or_say 30 "[ \$(grep -c read '$dir/app') -ge $((reads + 5)) ]" "the application to read" &&
		kill "$APP_PID" && wait "$APP_PID" && wait_or_say 60 '[ "$(ctrls_live)" = 2 ]' "both paths"
}

# ghost_down [RECOVERIES] - live has told of so many
ghost_down() {
	live_wait "${1:-0}" 30 && live_stop && dmesg >"$OUT/kernel.log"
}
