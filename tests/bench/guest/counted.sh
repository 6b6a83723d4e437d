# shellcheck shell=dash
# In the guest whose clock counts instructions: what healthy I/O loses to tracers, what the BPF
# programs of a recovery cost, and what `live` keeps resident.
# shellcheck source=/dev/null
. /bench/common.sh

throughput() {
	round 1 live cold hot && round 2 live && round 3 hot cold live && round 4 live
}

memory() { # WHEN PID
	awk -v when="$1" '/^VmHWM:/ { hwm = $2 } /^VmRSS:/ { rss = $2 }
		END { print "memory", when, hwm, rss }' "/proc/$2/status"
}

programs() { # TOOL PID
	benchtool programs "$2" >/run/programs || return 1
	sed "s/^/program $1 /" /run/programs
}

told() {
	grep -c '"kind":"recovery"' /run/live.json
}

# recover N COMMAND... - make the first path fail, until `live` told of its Nth recovery
recover() {
	local n=$1 ctrl
	shift
	ctrl=$(ctrl_of 4420) && "$@" && wait_left "$ctrl" live 20 && path_restore &&
		wait_state "$ctrl" live 30 && wait_or_say 10 "[ \$(told) -ge $n ]" "recovery $n"
}

recoveries() {
	recover 1 path_kill 4420 && recover 2 path_drop 4420 && recover 3 path_kill 4420 &&
		recover 4 path_drop 4420
}

# Both tools watch at the same time, so that they are asked to account for the very same calls.
cost() {
	local live
	fail_modules && put 1 /proc/sys/kernel/bpf_stats_enabled && tracer_start live || return 1
	live=$TRACER_PID
	memory idle "$live"
	tracer_start cold && io_start && recoveries && io_stop >/dev/null || return 1
	echo "recoveries $(told)"
	memory recovered "$live"
	programs live "$live" && programs bpftrace "$TRACER_PID" &&
		tracer_stop "$TRACER_PID" && tracer_stop "$live"
}

throughput && cost
