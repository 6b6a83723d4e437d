# shellcheck shell=dash
# description: the modules can be unloaded right after a recovery, and in the middle of one
# requires: kernel=patched-6.12,recovery-6.12
# paths: 0
# timeout: 240
. /lab/lib.sh

# With lockdep every socket of nvme-tcp holds the module (sock_lock_init_class_and_name()), so a connected
# controller does. There the controllers are deleted first, as unloading does; RECOVERING ones refuse.
apart() {
	local c
	for c in $(ctrls); do
		echo 1 2>/dev/null >"/sys/class/nvme/$c/delete_controller"
	done
	[ -z "$(ctrls)" ]
}

unload() {
	[ ! -e /proc/lockdep_stats ] || wait_or_say 60 apart "all controllers to be deleted" || return 1
	rmmod nvme_tcp
}

# Is everything gone, and can everything come back? What the tool had hooked the kernel gives back a
# moment after the tool's end, when no task is inside any more.
reload() {
	wait_or_say 20 "unload 2>/run/rmmod" "nvme-tcp to be free" && [ ! -d /sys/module/nvme_tcp ] && [ -z "$(ctrls)" ] ||
		{ complain "nvme-tcp could not be unloaded: $(cat /run/rmmod)"; return 1; }
	modprobe nvme-tcp && tcp_connect 4420 && tcp_connect 4421 && paths_ready 2
}

ccr_up 2 1000 4 && io_start && ctrl=$(ctrl_of 4420) && path_kill 4420 && live_wait 1 30 && io_stop || exit 1
# The tool gives the modules back when it ends.
watch_stop 1 && reload || exit 1
ctrl=$(ctrl_of 4420) && port_unlink 4420 && wait_said "$ctrl" "CCR succeeded" 20 && unload || exit 1
port_link 4420 && modprobe nvme-tcp && target_recovery s1 1000 0 && tcp_connect 4420 && tcp_connect 4421 && paths_ready 2 || exit 1
# In the middle of the hold: unloading waits for its end.
ctrl=$(ctrl_of 4420) && path_kill 4420 && wait_state "$ctrl" recovering 10 && unload || exit 1
said "$ctrl" "Time-based recovery finished" || { complain "the hold was cut short"; exit 1; }
[ ! -d /sys/module/nvme_tcp ] && all_down
