# shellcheck shell=dash
# description: a deleted controller, and the next one with its number, are not mixed up
. /lab/lib.sh

watch_start && ctrl=$(ctrl_of 4421) || exit 1
ctrl_delete "$ctrl" && wait_state "$ctrl" gone 10 && live_wait 1 10 &&
	tcp_connect 4421 && wait_or_say 20 '[ "$(ctrls_live)" = 2 ]' "the new controller" || exit 1
again=$(ctrl_of 4421)
[ "$again" = "$ctrl" ] || { complain "the number was not reused: $ctrl, $again"; exit 1; }
path_kill 4421 && watch_stop 2
