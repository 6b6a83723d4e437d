# shellcheck shell=dash
# What the I/O of a recovery is compared with: the block layer's own numbers, and the kernel's events of
# each command. As small a load as that keeps the events few.

# watch_io MODE [NAME] - `live --io MODE`, beside the one of live_start; tells into $OUT/NAME.json. Sets PID
watch_io() {
	local name=${2:-$1}
	nvme-ccr-trace live --io "$1" --format json >"$OUT/$name.json" 2>"$OUT/$name.err" &
	PID=$!
	wait_or_say 30 "grep -qs watching '$OUT/$name.err'" "live --io $1 to watch"
}

# io_hooks - those on the I/O path, by the kernel's list of links
io_hooks() {
	labtool links | grep -E '^(nvme_complete_rq|block_bio_remap|block_bio_complete)$' | sort -u | tr '\n' ' '
}

# inflight 'DISK...' - reads and writes of them, as the block layer counts them
inflight() {
	local disk
	for disk in $1; do cat "/sys/block/$disk/inflight"; done | awk '{ r += $1; w += $2 } END { print r, w }'
}

# commands_start / commands_stop FILE - the commands of all paths, by the kernel's own events: when
# something was answered, and how
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

# hang PORT THREADS 'DISK...' - all requests of a load of so many threads, until the path is given up
hang() {
	commands_start && path_drop "$1" &&
		wait_or_say 10 "[ \"\$(inflight '$3' | awk '{ print \$1 + \$2 }')\" = $2 ]" "all requests to hang"
}
