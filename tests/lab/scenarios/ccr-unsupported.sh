# shellcheck shell=dash
# description: a target without CCR, but with CQT: the hold from the start
# requires: kernel=patched-6.12,recovery-6.12
# paths: 0
# timeout: 240
. /lab/lib.sh

# T = 7 s.
ccr_up 2 1000 0 && io_start && ctrl=$(ctrl_of 4420) && path_kill 4420 &&
	wait_said "$ctrl" "Time-based recovery finished" 20 && wait_state "$ctrl" live 30 || exit 1
io_stop && ccr_down 1
