# shellcheck shell=dash
# description: emulated PCIe, bus mastering of one controller off, three times
# transport: pci
# requires: kernel=stock-6.12,patched-*,recovery-*,traced-*
. /lab/lib.sh

watch_start && io_start || exit 1
# The reset turns it on again.
for n in 1 2 3; do
	pci_bus_master nvme1 off && live_wait $n 30 && wait_state nvme1 live 20 || exit 1
done
io_stop && watch_stop 3
