# shellcheck shell=dash
# description: killed connections: each recovery told as the tracer saw it
. /lab/lib.sh

watch_start && io_start || exit 1
for port in 4420 4421; do
	ctrl=$(ctrl_of $port) && path_kill $port && wait_left "$ctrl" live 5 &&
		wait_state "$ctrl" live 20 || exit 1
done
io_stop && watch_stop 2
