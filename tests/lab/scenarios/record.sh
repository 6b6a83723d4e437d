# shellcheck shell=dash
# description: record --live as text; an existing recording is continued; one that was cut off by SIGKILL can be read
. /lab/lib.sh

# recording_start - a session is added to $OUT/rec; what is shown goes to $OUT/live.txt
recording_start() {
	# What the last one said must not be taken for this one's.
	rm -f "$OUT/live.err"
	nvme-ccr-trace record --live --output "$OUT/rec" >>"$OUT/live.txt" 2>"$OUT/live.err" &
	LIVE_PID=$!
	wait_or_say 30 "grep -qs watching '$OUT/live.err' || ! kill -0 $LIVE_PID" "record to be ready" &&
		kill -0 "$LIVE_PID"
}

# told N - so many recoveries were shown in full
told() {
	wait_or_say 20 "[ \$(grep -c '^-- .*LIVE again after' '$OUT/live.txt') -ge $1 ]" "$1 recoveries to be shown"
}

ctrl=$(ctrl_of 4420) || exit 1
recording_start && path_kill 4420 && told 1 && wait_state "$ctrl" live 20 && live_stop || exit 1
# A second session; no byte of it is flushed on purpose before it dies.
recording_start && path_kill 4420 && told 2 && wait_state "$ctrl" live 20 || exit 1
wait_or_say 10 "[ \$(nvme-ccr-trace report '$OUT/rec' | grep -c '^-- .*LIVE again after') -ge 2 ]" "a reader beside the recorder" || exit 1
kill -KILL "$LIVE_PID"
wait "$LIVE_PID"
nvme-ccr-trace report "$OUT/rec" >"$OUT/report.txt" || exit 1
