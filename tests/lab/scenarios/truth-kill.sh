# shellcheck shell=dash
# description: a killed connection recovers, and both witnesses (tracer, sysfs poller) saw it
# binary: none
. /lab/lib.sh

fail_modules && truth_start && poll_start "$OUT/poll" && io_start || exit 1
ctrl=$(ctrl_of 4420) || exit 1
echo "$ctrl" >"$OUT/ctrl"
mono_ns >"$OUT/killed"
path_kill 4420 && wait_or_say 20 'grep -q connect_end $TRUTH/trace' "a reconnect" &&
	wait_state "$ctrl" live 5 || exit 1
io_stop && poll_stop && truth_stop "$OUT/truth"
