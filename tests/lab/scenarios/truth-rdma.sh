# shellcheck shell=dash
# description: soft-RoCE: an unlinked port and a lost address each recover
# transport: rdma
# binary: none
. /lab/lib.sh

truth_start && poll_start "$OUT/poll" && io_start || exit 1
ctrl=$(ctrl_of 4420) || exit 1
port_unlink 4420 && wait_left "$ctrl" live 10 && port_link 4420 &&
	wait_state "$ctrl" live 30 || exit 1
ctrl=$(ctrl_of 4421) || exit 1
rdma_addr_del 2 && wait_left "$ctrl" live 10 && rdma_addr_add 2 &&
	wait_state "$ctrl" live 30 || exit 1
io_stop && poll_stop && truth_stop "$OUT/truth"
