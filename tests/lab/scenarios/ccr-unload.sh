# shellcheck shell=dash
# description: the modules can be unloaded right after a recovery, and in the middle of one
# requires: kernel=patched-6.12,recovery-6.12
# paths: 0
# timeout: 240
. /lab/lib.sh

# Is everything gone, and can everything come back? What the tool had hooked the kernel gives back a
# moment after the tool's end, when no task is inside any more.
reload() {
	wait_or_say 20 "rmmod nvme_tcp 2>/run/rmmod" "nvme-tcp to be free" && [ ! -d /sys/module/nvme_tcp ] && [ -z "$(ctrls)" ] ||
		{ complain "nvme-tcp could not be unloaded"; return 1; }
	modprobe nvme-tcp && tcp_connect 4420 && tcp_connect 4421 && paths_ready 2
}

ccr_up 2 1000 4 && io_start && ctrl=$(ctrl_of 4420) && path_kill 4420 && live_wait 1 30 && io_stop || exit 1
# The tool gives the modules back when it ends.
watch_stop 1 && reload || exit 1
ctrl=$(ctrl_of 4420) && port_unlink 4420 && wait_said "$ctrl" "CCR succeeded" 20 && rmmod nvme_tcp || exit 1
port_link 4420 && modprobe nvme-tcp && target_recovery s1 1000 0 && tcp_connect 4420 && tcp_connect 4421 && paths_ready 2 || exit 1
# In the middle of the hold: unloading waits for its end.
ctrl=$(ctrl_of 4420) && path_kill 4420 && wait_state "$ctrl" recovering 10 && rmmod nvme_tcp || exit 1
said "$ctrl" "Time-based recovery finished" || { complain "the hold was cut short"; exit 1; }
[ ! -d /sys/module/nvme_tcp ] && all_down
