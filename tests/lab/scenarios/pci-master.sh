# shellcheck shell=dash
# description: emulated PCIe, bus mastering of one controller off
# transport: pci
# requires: kernel=stock-6.12
. /lab/lib.sh

watch_start && io_start || exit 1
pci_bus_master nvme1 off && live_wait 1 30 && wait_state nvme1 live 20 || exit 1
io_stop && watch_stop 1
