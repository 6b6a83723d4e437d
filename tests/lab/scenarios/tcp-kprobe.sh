# shellcheck shell=dash
# description: the last rung, kprobes alone, tells the same
. /lab/lib.sh

watch_start --attach kprobe && io_start || exit 1
ctrl=$(ctrl_of 4420) && path_kill 4420 && wait_left "$ctrl" live 5 && wait_state "$ctrl" live 20 ||
	exit 1
io_stop && watch_stop 1
