# shellcheck shell=dash
# description: silent packet loss: a timeout is the trigger
. /lab/lib.sh

watch_start && io_start || exit 1
for port in 4420 4421; do
	ctrl=$(ctrl_of $port) && path_drop $port && wait_left "$ctrl" live 15 && path_restore &&
		wait_state "$ctrl" live 30 || exit 1
done
io_stop && watch_stop 2
