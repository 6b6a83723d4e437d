# shellcheck shell=dash
# description: both front ends at once, tracepoints and functions, and the text of the tracepoints: the same recoveries
# requires: kernel=patched-6.12,traced-6.12
# paths: 0
# timeout: 300
. /lab/lib.sh

# front HOW - one of them, into $OUT/HOW.json
front() {
	nvme-ccr-trace live --attach "$1" --format json >"$OUT/$1.json" 2>"$OUT/$1.err" &
	FRONT_PID=$!
	wait_or_say 30 "grep -q watching '$OUT/$1.err'" "live --attach $1"
}

told() { # N - both have told of N
	wait_or_say 40 "[ \$(wc -l <'$OUT/tracepoint.json') -ge $1 ] && [ \$(wc -l <'$OUT/function.json') -ge $1 ]" \
		"both to tell of $1"
}

ended() { # PID
	kill "$1" && wait "$1"
}

# The text of our events, as docs/tracepoints.md says; to be imported.
text_start() {
	local event
	TEXT=$TRACEFS/instances/text
	mkdir "$TEXT" && echo mono >"$TEXT/trace_clock" || return 1
	for event in "$TEXT"/events/nvme/*/enable; do
		case $event in
		*nvme_sq/* | *nvme_setup_cmd/* | *nvme_complete_rq/* | *nvme_async_event/*) ;;
		*) echo 1 >"$event" || return 1 ;;
		esac
	done
}

text_stop() {
	cat "$TEXT/trace" >"$OUT/trace.txt" && echo 0 >"$TEXT/events/nvme/enable" && rmdir "$TEXT"
}

# The traced kernel has neither CCR nor CQT.
ccrl=0 cqt=0
case $(cat /lab/kernel) in
patched*) ccrl=4 cqt=1000 ;;
esac
ccr_paths 2 0 $ccrl && stalls_start && text_start && front tracepoint || exit 1
tracepoint=$FRONT_PID
front function && io_start || exit 1
function=$FRONT_PID
# The target makes both reconnect when its promises change.
path_kill 4420 && told 1 && path_kill 4421 && told 2 && path_drop 4420 &&
	wait_left "$(ctrl_of 4420)" live 20 && path_restore && told 3 || exit 1
n=3
if [ "$cqt" -gt 0 ]; then
	target_recovery s1 $cqt 0 && told 5 && path_kill 4421 && told 6 || exit 1
	n=6
fi
port_unlink 4420 && wait_left "$(ctrl_of 4420)" live 20 && port_link 4420 && told $((n + 1)) || exit 1
io_stop && ended "$tracepoint" && ended "$function" && stalls_stop && text_stop && all_down
