# shellcheck shell=dash
# description: CCR of a controller that the target has freed already: done at once
# requires: kernel=patched-6.12,recovery-6.12
# paths: 0
# timeout: 240
. /lab/lib.sh

# The target is cut off from the host, and told so; the host has to find out by itself.
ccr_up 2 0 4 && io_start || exit 1
for port in 4420 4421; do
	ctrl=$(ctrl_of $port) && path_drop $port || exit 1
	/bin/ss -Ktn src 127.0.0.1 sport = $port >/dev/null
	wait_said "$ctrl" "CCR succeeded" 20 && path_restore && wait_state "$ctrl" live 30 || exit 1
done
io_stop && ccr_down 2
