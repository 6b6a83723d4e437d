# shellcheck shell=dash
# description: reset and delete are refused while a controller is RECOVERING, and work again afterwards
# requires: kernel=patched-6.12,recovery-6.12
# paths: 0
# timeout: 240
. /lab/lib.sh

# T = 10 s.
refused() { # ATTRIBUTE
	local status
	sh -c "echo 1 >/sys/class/nvme/$ctrl/$1" 2>/run/refused && { complain "$1 was not refused"; return 1; }
	grep -qi "busy" /run/refused || { cat /run/refused; return 1; }
	[ "$(ctrl_state "$ctrl")" = recovering ] || { complain "not recovering any more"; return 1; }
}

ccr_up 2 4000 0 && io_start && ctrl=$(ctrl_of 4420) && path_kill 4420 && wait_state "$ctrl" recovering 10 &&
	refused reset_controller && refused delete_controller && refused delete_controller || exit 1
wait_said "$ctrl" "Time-based recovery finished" 20 && wait_state "$ctrl" live 30 && live_wait 1 10 &&
	ctrl_reset "$ctrl" && wait_state "$ctrl" live 10 && live_wait 2 10 || exit 1
io_stop && ctrl_delete "$ctrl" && wait_state "$ctrl" gone 10 && ccr_down 3
