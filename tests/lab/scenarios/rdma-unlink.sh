# shellcheck shell=dash
# description: nvme-rdma over soft-RoCE, a port unlinked
# transport: rdma
# requires: kernel=stock-6.12
. /lab/lib.sh

watch_start && io_start || exit 1
ctrl=$(ctrl_of 4420) && port_unlink 4420 && wait_left "$ctrl" live 10 &&
	wait_or_say 20 'grep -q connect_end $TRUTH/trace' "a failed attempt" &&
	port_link 4420 && wait_state "$ctrl" live 30 || exit 1
io_stop && watch_stop 1
