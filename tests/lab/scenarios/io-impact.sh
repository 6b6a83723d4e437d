# shellcheck shell=dash
# description: what was in flight, where it went and how long nothing completed, as sysfs and the load saw it; no hook on the I/O path before and after
# paths: 0
# timeout: 240
. /lab/lib.sh

# hooks - those on the I/O path, by the kernel's list of links
hooks() {
	labtool links | grep -E '^(nvme_complete_rq|block_bio_remap|block_bio_complete)$' | sort -u | tr '\n' ' '
}

# watch_io MODE - sets PID
watch_io() {
	nvme-ccr-trace live --io "$1" --format json >"$OUT/$1.json" 2>"$OUT/$1.err" &
	PID=$!
	wait_or_say 30 "grep -qs watching '$OUT/$1.err'" "live --io $1 to watch"
}

# inflight - reads and writes of all paths, as the block layer counts them
inflight() {
	cat /sys/block/nvme*c*n*/inflight | awk '{ r += $1; w += $2 } END { print r, w }'
}

# The commands of all paths, by the kernel's own events: when something was answered.
commands_start() {
	COMMANDS=$TRACEFS/instances/commands
	mkdir "$COMMANDS" && echo mono >"$COMMANDS/trace_clock" && echo 8192 >"$COMMANDS/buffer_size_kb" &&
		echo 1 >"$COMMANDS/events/nvme/nvme_setup_cmd/enable" &&
		echo 1 >"$COMMANDS/events/nvme/nvme_complete_rq/enable"
}

commands_stop() {
	echo 0 >"$COMMANDS/events/nvme/enable"
	cat "$COMMANDS"/per_cpu/cpu*/stats | awk '/^(overrun|dropped events):/ { n += $NF } END { exit n > 0 }' ||
		{ complain "commands were missed"; return 1; }
	cat "$COMMANDS/trace" >"$1" && rmdir "$COMMANDS"
}

# hang - all requests, until the path is given up: the load has 8 threads
hang() {
	commands_start && path_drop "$port" &&
		wait_or_say 10 '[ "$(inflight | awk "{ print \$1 + \$2 }")" = 8 ]' "all requests to hang"
}

LAB_KATO=10 LAB_IO_TIMEOUT_MS=4000
tcp_up 2 && io_policy numa && fail_modules && live_start || exit 1
for mode in cold off; do
	watch_io $mode || exit 1
	eval "$mode=$PID"
done
nvme-ccr-trace audit --live --format json >"$OUT/audit.json" 2>"$OUT/audit.err" &
audit=$!
wait_or_say 30 "grep -qs watching '$OUT/audit.err'" "audit --live to watch" || exit 1
io_start "$(disk_of)" 8 || exit 1
hooks >"$OUT/hooks.before"
busy=$(for p in $(paths_of); do echo "$(awk '{ print $1 + $5 }' "/sys/block/$p/stat") $p"; done | sort -n | tail -n 1)
busy=${busy##* } ctrl=${busy#*c} ctrl=nvme${ctrl%n*}
port=$(sed 's/.*trsvcid=\([0-9]*\).*/\1/' "/sys/class/nvme/$ctrl/address")
echo "$ctrl" >"$OUT/impacted"
hang || exit 1
inflight >"$OUT/inflight"
wait_left "$ctrl" live 20 || exit 1
wait_or_say 10 '[ "$(hooks | wc -w)" = 3 ]' "the hooks on the I/O path" || exit 1
path_restore && live_wait 1 60 && commands_stop "$OUT/commands" && wait_or_say 30 '[ "$(ctrls_live)" = 2 ]' "both paths" || exit 1
wait_or_say 20 '[ -z "$(hooks)" ]' "the hooks to be gone" && io_stop >"$OUT/load" || exit 1
for pid in "$cold" "$off"; do
	kill "$pid" && wait "$pid" || exit 1
done
kill "$audit"
wait "$audit"
echo $? >"$OUT/audit.status"
live_stop || exit 1

# Who has watched all the time knows of each bio where it went.
watch_io always && wait_or_say 10 '[ "$(hooks | wc -w)" = 3 ]' "the hooks on the I/O path" &&
	io_start "$(disk_of)" 8 && hang && wait_left "$ctrl" live 20 && path_restore &&
	wait_or_say 60 "grep -q '\"kind\":\"recovery\"' '$OUT/always.json'" "live --io always to tell" &&
	commands_stop "$OUT/commands.always" && io_stop >"$OUT/load.always" && kill "$PID" && wait "$PID"
