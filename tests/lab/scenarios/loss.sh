# shellcheck shell=dash
# description: a ring buffer that is too small: the loss is counted, and shown on every recovery it touches
# paths: 0
# alone: yes
. /lab/lib.sh

tcp_up 8 && fail_modules || exit 1
# Stopped, the tool reads nothing: the ring buffer of one page fills up.
live_start --ring 4096 || exit 1
kill -STOP "$LIVE_PID"
/bin/ss -K dst 127.0.0.1 '( dport >= 4420 and dport <= 4427 )' >/dev/null
wait_or_say 30 '[ "$(dmesg | grep -c "Successfully reconnected")" -ge 8 ]' "all to be back" || exit 1
kill -CONT "$LIVE_PID"
wait_or_say 10 "grep -q 'events were lost' '$OUT/live.err'" "live to tell of the loss" && live_stop
