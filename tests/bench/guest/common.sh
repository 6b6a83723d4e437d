# shellcheck shell=dash
# What both guest scripts of the benchmarks share. What they print is data for report.py:
#
#   io ROUND VARIANT OPS NS         one sample of reads; VARIANT is base, live, cold or hot
#   attach REPEAT TOOL NS           from exec to "all attached"; TOOL is live or bpftrace
#   memory WHEN HWM_KIB RSS_KIB     of `live`; WHEN is idle or recovered
#   program TOOL NAME RUNS NS       of one BPF program, as the kernel accounted it
#   recoveries N                    that `live` told of
# shellcheck source=/dev/null
. /lab/lib.sh

BENCH=/bench
PATH=$PATH:$BENCH
READERS=2
WARM_MS=300
SAMPLE_MS=1000
TRACED=__BPFTRACE_NOTIFY_PROBES_ATTACHED

bpftrace() { # SCRIPT - replaces the shell: call it in the background or in ( )
	exec env "LD_LIBRARY_PATH=$BENCH/lib" "$TRACED=1" "$BENCH/bpftrace" "$BENCH/$1.bt"
}

# tracer_start live|cold|hot - returns when everything is attached; sets TRACER_PID
tracer_start() {
	local log=/run/$1.log text=$TRACED
	# Not the words of the last one.
	rm -f "$log"
	if [ "$1" = live ]; then
		nvme-ccr-trace live --format json >/run/live.json 2>"$log" &
		text=watching
	else
		bpftrace "$1" >"$log" 2>&1 &
	fi
	TRACER_PID=$!
	wait_or_say 120 "grep -q $text $log || ! kill -0 $TRACER_PID" "$1 to attach" &&
		grep -q "$text" "$log" && return
	complain "$1 did not attach: $(tail -n 3 "$log")"
	return 1
}

# tracer_stop PID - returns when it has detached and is gone. Samples lie between start and stop:
# bpftrace would forget a signal that comes right after it said that it is attached.
tracer_stop() {
	kill -INT "$1" && wait "$1"
}

sample() { # ROUND VARIANT
	local line
	line=$(benchtool reads "$DISK" $READERS $WARM_MS $SAMPLE_MS) || return 1
	echo "io $1 $2 $line"
}

# block ROUND VARIANT - two samples under it; the caller takes one without before and one after
block() {
	tracer_start "$2" && sample "$1" "$2" && sample "$1" "$2" && tracer_stop "$TRACER_PID" &&
		sample "$1" base
}

# round ROUND VARIANT... - base V V base W W base ...: every sample of a variant has a neighbour
# without any tracer, on alternating sides, so that a drift cancels out
round() {
	local n=$1 variant
	shift
	sample "$n" base || return 1
	for variant in "$@"; do
		block "$n" "$variant" || return 1
	done
}

DISK=$(disk_of)
