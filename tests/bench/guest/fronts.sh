# shellcheck shell=dash
# On a kernel with our tracepoints: what both front ends of `live` cost for the same recoveries, and
# what each way to attach a program costs. The guest is that of cost.sh.
# shellcheck source=/dev/null
. /bench/common.sh

BOTH="tracepoint function"

both_kill() {
	path_kill 4420 && path_kill 4421
}

# Four by CCR, the other path being its source; then two without a source, unless one of them was
# fast enough: what comes last is held.
cqt_recoveries() {
	recover 1 "$BOTH" path_kill 4420 && recover 2 "$BOTH" path_drop 4420 &&
		recover 3 "$BOTH" path_kill 4420 && recover 4 "$BOTH" path_kill 4420 &&
		recover 6 "$BOTH" both_kill
}

cost() {
	local tracepoint
	target_recovery s1 200 4 && paths_ready 2 && fail_modules && account_programs &&
		tracer_start tracepoint || return 1
	tracepoint=$TRACER_PID
	tracer_start function && io_start && cqt_recoveries && io_stop >/dev/null || return 1
	echo "recoveries 6"
	programs tracepoint "$tracepoint" && programs function "$TRACER_PID" &&
		tracer_stop "$TRACER_PID" && tracer_stop "$tracepoint"
}

# Before anything is accounted for: that is a cost, too.
calls() {
	bpfcost calls >/run/calls && sed 's/^/call /' /run/calls
}

calls && cost
