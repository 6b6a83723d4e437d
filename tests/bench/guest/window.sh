# shellcheck shell=dash
# In the guest whose clock counts instructions: what I/O loses to the hooks on its path, on the path
# that is left while the other one recovers (window), and on a healthy host if they are always there,
# beside a peer that measures the latency of each request.
# shellcheck source=/dev/null
. /bench/common.sh

# hot N - so many tracepoints of the I/O path have a program
hot() {
	[ "$(labtool links | grep -cE '^(nvme_complete_rq|block_bio_|block_rq_)')" -ge "$1" ]
}

path_lost() {
	port_unlink 4421 && wait_left "$(ctrl_of 4421)" live 20
}

path_back() {
	port_link 4421 && wait_state "$(ctrl_of 4421)" live 30
}

# base: one path is lost, nobody looks. The tool has to see it being lost.
lost_block() { # ROUND VARIANT - window, off
	path_back && rm -f /run/live.log || return 1
	live --io "$2" >/run/live.json 2>/run/live.log &
	TRACER_PID=$!
	wait_or_say 120 "grep -qs watching /run/live.log" "live to attach" && path_lost || return 1
	[ "$2" != window ] || wait_or_say 60 "hot 4" "the hooks on the I/O path" || return 1
	sample io "$1" "$2" && sample io "$1" "$2" && tracer_stop "$TRACER_PID" && sample io "$1" lost
}

lost_round() { # ROUND
	sample io "$1" lost && lost_block "$1" window && lost_block "$1" off
}

variant_begin() { # VARIANT
	case $1 in
	always) live --io always >/run/live.json 2>/run/live.log &
		TRACER_PID=$!
		wait_or_say 120 "hot 4" "live to attach" ;;
	biolatency) env "LD_LIBRARY_PATH=$BENCH/lib" "$BENCH/biolatency.bin" >/run/biolatency.log 2>&1 &
		TRACER_PID=$!
		wait_or_say 120 "hot 2" "biolatency to attach" ;;
	esac
}

round 1 always biolatency && round 2 biolatency always && path_lost || exit 1
for n in 3 4 5; do
	lost_round $n || exit 1
done
