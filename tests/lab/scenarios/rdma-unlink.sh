# shellcheck shell=dash
# description: nvme-rdma over soft-RoCE, a port unlinked
# transport: rdma
# requires: kernel=stock-6.12,patched-*,recovery-*,traced-*
. /lab/lib.sh

watch_start && io_start || exit 1
for port in 4420 4421; do
	before=$(grep -c connect_end "$TRUTH/trace")
	ctrl=$(ctrl_of $port) && port_unlink $port && wait_left "$ctrl" live 10 &&
		wait_or_say 20 "[ \$(grep -c connect_end $TRUTH/trace) -gt $before ]" "a failed attempt" &&
		port_link $port && wait_state "$ctrl" live 30 || exit 1
done
io_stop && watch_stop 2
