# shellcheck shell=dash
# description: PCIe: a controller that cannot reach memory times out, is reset and comes back
# transport: pci
# binary: none
. /lab/lib.sh

truth_start && poll_start "$OUT/poll" && io_start || exit 1
pci_bus_master nvme1 off && wait_or_say 20 'grep -q reset_end_pci $TRUTH/trace' "a reset" &&
	wait_state nvme1 live 20 || exit 1
io_stop && poll_stop && truth_stop "$OUT/truth"
