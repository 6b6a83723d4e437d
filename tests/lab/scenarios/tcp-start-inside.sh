# shellcheck shell=dash
# description: a tool that starts in mid-recovery says that it saw a part of it
. /lab/lib.sh

ctrl=$(ctrl_of 4420) && port_unlink 4420 && wait_state "$ctrl" connecting 10 && live_start &&
	port_link 4420 && wait_state "$ctrl" live 20 && live_wait 1 10 && path_kill 4421 &&
	live_wait 2 20 && port_unlink 4420 && wait_state "$ctrl" connecting 10 && live_stop &&
	port_link 4420
