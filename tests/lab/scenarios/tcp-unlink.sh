# shellcheck shell=dash
# description: a disabled port: failed attempts are counted right
. /lab/lib.sh

watch_start && io_start || exit 1
ctrl=$(ctrl_of 4420) && port_unlink 4420 && wait_left "$ctrl" live 5 &&
	wait_or_say 20 '[ $(grep -c connect_end $TRUTH/trace) -ge 2 ]' "two failed attempts" &&
	port_link 4420 && wait_state "$ctrl" live 20 || exit 1
io_stop && watch_stop 1
