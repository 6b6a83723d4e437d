# shellcheck shell=dash
# What the BPF programs of a recovery cost, and what `live` keeps resident: in a guest whose clock
# counts instructions, with one CPU, as those of another one would be counted, too.
# shellcheck source=/dev/null
. /bench/common.sh

memory() { # WHEN PID
	awk -v when="$1" '/^VmHWM:/ { hwm = $2 } /^VmRSS:/ { rss = $2 }
		END { print "memory", when, hwm, rss }' "/proc/$2/status"
}

# Both tools watch at the same time, so that they are asked to account for the very same calls.
cost() {
	local live
	fail_modules && account_programs && tracer_start live || return 1
	live=$TRACER_PID
	memory idle "$live"
	tracer_start cold && io_start && recoveries live && io_stop >/dev/null || return 1
	echo "recoveries 4"
	memory recovered "$live"
	programs live "$live" && programs bpftrace "$TRACER_PID" &&
		tracer_stop "$TRACER_PID" && tracer_stop "$live"
}

cost
