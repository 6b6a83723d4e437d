# shellcheck shell=dash
# What the guest scripts of the benchmarks share. What they print is data for report.py:
#
#   io ROUND VARIANT OPS NS         one sample of reads; VARIANT is base, live, cold or hot; or
#                                   base, recovery-tracing or command-tracing
#   swap ROUND MODULES OPS NS       one sample of reads; MODULES is recovery or patched
#   attach REPEAT TOOL NS           from exec to "all attached"; TOOL is live or bpftrace
#   memory WHEN HWM_KIB RSS_KIB     of `live`; WHEN is idle or recovered
#   program TOOL NAME RUNS NS       of one BPF program, as the kernel accounted it; TOOL is live,
#                                   bpftrace, or a front end of `live`: tracepoint or function
#   recoveries N                    that all of them saw
#   call WAY NS ACCOUNTED_NS        of a program that does nothing, by the way it is attached
# shellcheck source=/dev/null
. /lab/lib.sh

BENCH=/bench
PATH=$PATH:$BENCH
READERS=2
WARM_MS=300
SAMPLE_MS=1000
TRACED=__BPFTRACE_NOTIFY_PROBES_ATTACHED

# Both replace the shell: call them in the background or in ( ).
bpftrace() { # SCRIPT
	exec env "LD_LIBRARY_PATH=$BENCH/lib" "$TRACED=1" "$BENCH/bpftrace" "$BENCH/$1.bt"
}

live() { # [OPTION...]
	exec nvme-ccr-trace live --format json "$@"
}

# tracer_start live|tracepoint|function|cold|hot - returns when everything is attached; sets
# TRACER_PID. `live` writes /run/NAME.json, and tracepoint and function are its front ends.
tracer_start() {
	local log=/run/$1.log text=watching
	# Not the words of the last one.
	rm -f "$log"
	case $1 in
	live) live >"/run/$1.json" 2>"$log" & ;;
	tracepoint | function) live --attach "$1" >"/run/$1.json" 2>"$log" & ;;
	*) text=$TRACED
		bpftrace "$1" >"$log" 2>&1 & ;;
	esac
	TRACER_PID=$!
	wait_or_say 120 "grep -q $text $log || ! kill -0 $TRACER_PID" "$1 to attach" &&
		grep -q "$text" "$log" && loaded "$1" && return
	complain "$1 did not attach: $(tail -n 3 "$log")"
	return 1
}

# loaded TRACER - live loads what it keeps for failures after it began to watch; one of these programs
# is attached then
loaded() {
	[ "$1" != live ] || wait_or_say 120 "labtool links | grep -q '^block_rq_error'" "live to have loaded all"
}

# tracer_stop PID - returns when it has detached and is gone. Samples lie between start and stop:
# bpftrace would forget a signal that comes right after it said that it is attached.
tracer_stop() {
	kill -INT "$1" && wait "$1"
}

# ---- reads ----

sample() { # KEY ROUND VARIANT
	local line
	line=$(benchtool reads "$(disk_of)" $READERS $WARM_MS $SAMPLE_MS) || return 1
	echo "$1 $2 $3 $line"
}

# What makes a variant of the reads, until variant_end.
variant_begin() { # VARIANT
	tracer_start "$1"
}

variant_end() { # VARIANT
	tracer_stop "$TRACER_PID"
}

# block ROUND VARIANT - two samples under it; the caller takes one without before and one after
block() {
	variant_begin "$2" && sample io "$1" "$2" && sample io "$1" "$2" && variant_end "$2" &&
		sample io "$1" base
}

# round ROUND VARIANT... - base V V base W W base ...: every sample of a variant has a neighbour
# without any tracer, on alternating sides, so that a drift cancels out
round() {
	local n=$1 variant
	shift
	sample io "$n" base || return 1
	for variant in "$@"; do
		block "$n" "$variant" || return 1
	done
}

# ---- recoveries ----

account_programs() {
	put 1 /proc/sys/kernel/bpf_stats_enabled
}

programs() { # TOOL PID
	bpfcost programs "$2" >/run/programs || return 1
	sed "s/^/program $1 /" /run/programs
}

# told N NAME... - each of them, as tracer_start knows it, told of N recoveries
told() {
	local n=$1 name
	shift
	for name in "$@"; do
		[ "$(grep -c '"kind":"recovery"' "/run/$name.json")" -ge "$n" ] || return 1
	done
}

# recover N NAMES COMMAND... - make the first path fail, until all NAMES told of N recoveries
recover() {
	local n=$1 names=$2 ctrl
	shift 2
	ctrl=$(ctrl_of 4420) && "$@" && wait_left "$ctrl" live 20 && path_restore &&
		wait_state "$ctrl" live 30 && wait_or_say 10 "told $n $names" "recovery $n"
}

# recoveries NAMES - four, two of each kind, while all NAMES watch
recoveries() {
	recover 1 "$1" path_kill 4420 && recover 2 "$1" path_drop 4420 &&
		recover 3 "$1" path_kill 4420 && recover 4 "$1" path_drop 4420
}
