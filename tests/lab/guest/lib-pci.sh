# shellcheck shell=dash
# PCIe: QEMU's NVMe, two controllers of one subsystem.
# With --transport pci the lab gives QEMU the devices.

# The NVM subsystem is QEMU's, with a name of its own; there is only one.
nqn() {
	cat /sys/class/nvme/nvme0/subsysnqn
}

# pci_up N - wait until the N controllers are live
pci_up() {
	modprobe -q nvme
	wait_or_say 10 '[ -e /sys/class/nvme/nvme0/subsysnqn ]' "an NVMe PCI device" &&
		paths_ready "$1"
}

pci_device() { # CTRL - 0000:00:04.0
	cat "/sys/class/nvme/$1/address"
}

# pci_bus_master CTRL on|off - without it the controller cannot reach memory: its commands time out
pci_bus_master() {
	local config
	config=/sys/bus/pci/devices/$(pci_device "$1")/config
	if [ "$2" = on ]; then
		printf '\006\004' | dd of="$config" bs=1 seek=4 conv=notrunc 2>/dev/null
	else
		printf '\002\004' | dd of="$config" bs=1 seek=4 conv=notrunc 2>/dev/null
	fi
}
