# shellcheck shell=dash
# The tool under test beside the witnesses: `live` writes $OUT/live.json, the tracer $OUT/truth, the
# sysfs poller $OUT/poll, and $OUT/stalls tells when a CPU of this emulated machine stood still.

# live_start [OPTION...] - returns when it watches. What it sees is recorded, too ($OUT/recording), unless
# $LIVE is "live".
live_start() {
	# What an earlier one said must not be taken for this one's.
	rm -f "$OUT/live.err"
	# shellcheck disable=SC2086 # words are meant
	nvme-ccr-trace ${LIVE:-record --live --output "$OUT/recording"} --format json "$@" \
		>"$OUT/live.json" 2>"$OUT/live.err" &
	LIVE_PID=$!
	wait_or_say 30 "grep -Eqs 'watching|waiting' '$OUT/live.err' || ! kill -0 $LIVE_PID" "live to be ready" &&
		kill -0 "$LIVE_PID" 2>/dev/null && return
	complain "live did not start: $(cat "$OUT/live.err")"
	return 1
}

# live_wait N SEC - until it told of N recoveries, resets and deletes
live_wait() {
	wait_or_say "$2" "[ \$(wc -l <'$OUT/live.json') -ge $1 ]" "live to tell of $1" && return
	cat "$OUT/live.err" "$OUT/live.json" >&2
	return 1
}

# live_stop - it must end well
live_stop() {
	local status
	kill -TERM "$LIVE_PID"
	wait "$LIVE_PID"
	status=$?
	[ "$status" -eq 0 ] && return
	complain "live ended with $status: $(cat "$OUT/live.err")"
	return 1
}

stalls_start() {
	labtool stalls "$OUT/stalls" 1 &
	STALLS_PID=$!
}

stalls_stop() {
	kill "$STALLS_PID" && wait "$STALLS_PID"
}

# watch_start [OPTION OF LIVE...] - tool and witnesses; the tool first, as its programs take a
# second to be loaded under emulation
watch_start() {
	fail_modules && live_start "$@" && truth_start && stalls_start && poll_start "$OUT/poll"
}

# watch_stop [N [SEC]] - after live told of N
watch_stop() {
	live_wait "${1:-0}" "${2:-20}" && live_stop && poll_stop && stalls_stop &&
		truth_stop "$OUT/truth"
}
