# shellcheck shell=dash
# description: all paths fail at once: the device is dark until the first of them is back, by the kernel's own events
# paths: 0
. /lab/lib.sh

LAB_KATO=10
tcp_up 2 && fail_modules && first=$(ctrl_of 4420) && second=$(ctrl_of 4421) || exit 1
# What the first one hands over is lost on the second one, too.
path=$(paths_of | grep "c${second#nvme}n") && put 5000 "/sys/block/$path/queue/io_timeout" && live_start && io_start "$(disk_of)" 8 && commands_start &&
	path_drop 4420 && path_drop 4421 && wait_left "$first" live 20 && wait_left "$second" live 20 &&
	wait_state "$first" connecting 60 && wait_state "$second" connecting 60 || exit 1
# Nothing is completed before the first one is back.
path_restore 4420 && live_wait 1 60 && path_restore && live_wait 2 60 || exit 1
commands_stop "$OUT/commands" && io_stop >"$OUT/load" && live_stop
