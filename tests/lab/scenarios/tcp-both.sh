# shellcheck shell=dash
# description: two controllers fail at once: two recoveries, not mixed
. /lab/lib.sh

watch_start && io_start || exit 1
/bin/ss -K dst 127.0.0.1 '( dport = 4420 or dport = 4421 )' >/dev/null
wait_or_say 10 '[ $(grep -c err_start $TRUTH/trace) -ge 2 ]' "both to fail" &&
	wait_or_say 30 '[ "$(ctrls_live)" = 2 ]' "both to be live" || exit 1
io_stop && watch_stop 2
