# shellcheck shell=dash
# description: no other controller is LIVE: the hold
# requires: kernel=patched-6.12,recovery-6.12
# paths: 0
# timeout: 240
. /lab/lib.sh

# T = 6.5 s.
ccr_up 2 500 4 && a=$(ctrl_of 4420) && b=$(ctrl_of 4421) && port_unlink 4421 &&
	wait_state "$b" connecting 20 && path_kill 4420 && wait_said "$a" "Time-based recovery finished" 20 &&
	port_link 4421 && wait_state "$a" live 30 && wait_state "$b" live 30 && ccr_down 2
