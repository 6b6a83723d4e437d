# shellcheck shell=dash
# description: connections killed again and again, as soon as they are back: each recovery as the tracer saw it
# timeout: 300
. /lab/lib.sh

watch_start && io_start || exit 1
a=$(ctrl_of 4420) && b=$(ctrl_of 4421) || exit 1
# As soon as it is LIVE, not while it connects: that may hang until the command's timeout of 60 s.
again() { # CTRL PORT
	[ "$(ctrl_state "$1")" != live ] || /bin/ss -K dst 127.0.0.1 dport = "$2" >/dev/null
}

uptime_cs
end=$((UPTIME_CS + 10000))
while [ "$(wc -l <"$OUT/live.json")" -lt 10 ] && [ "$UPTIME_CS" -lt $end ]; do
	again "$a" 4420
	again "$b" 4421
	uptime_cs
done
wait_or_say 90 '[ "$(ctrls_live)" = 2 ]' "both to be live" || exit 1
io_stop && watch_stop 10 30
