# shellcheck shell=dash
# description: CCR of a path that has fallen silent: the AEN tells the source when it is done
# requires: kernel=patched-6.12,recovery-6.12
# paths: 0
# timeout: 240
. /lab/lib.sh

# The target notices nothing, by KATO 10 s, so its controller is there, and it takes a moment to be freed.
LAB_KATO=10
ccr_up 2 0 4 && io_start || exit 1
for port in 4420 4421; do
	ctrl=$(ctrl_of $port) && path_drop $port && wait_said "$ctrl" "CCR succeeded" 20 && path_restore &&
		wait_state "$ctrl" live 30 || exit 1
done
io_stop && ccr_down 2
