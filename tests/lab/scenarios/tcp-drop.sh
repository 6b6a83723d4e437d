# shellcheck shell=dash
# description: silent packet loss: a timeout is the trigger
. /lab/lib.sh

watch_start && io_start || exit 1
ctrl=$(ctrl_of 4420) && path_drop 4420 && wait_left "$ctrl" live 15 && path_restore &&
	wait_state "$ctrl" live 30 || exit 1
io_stop && watch_stop 1
