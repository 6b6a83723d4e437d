# shellcheck shell=dash
# description: killed connections: each recovery told as the tracer saw it
. /lab/lib.sh

watch_start && io_start || exit 1
path_kill 4420 && live_wait 1 20 && path_kill 4421 && live_wait 2 20 || exit 1
io_stop && watch_stop 2
