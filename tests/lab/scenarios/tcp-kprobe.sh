# shellcheck shell=dash
# description: the last rung, kprobes alone, tells the same
. /lab/lib.sh

watch_start --attach kprobe && io_start || exit 1
path_kill 4420 && live_wait 1 20 && path_kill 4421 && live_wait 2 20 && io_stop && watch_stop 2
