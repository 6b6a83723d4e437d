# shellcheck shell=dash
# description: a controller that is deleted in mid-recovery
. /lab/lib.sh

watch_start && ctrl=$(ctrl_of 4421) || exit 1
port_unlink 4421 && wait_state "$ctrl" connecting 10 && ctrl_delete "$ctrl" &&
	wait_state "$ctrl" gone 20 && watch_stop 1 && port_link 4421 && tcp_connect 4421
