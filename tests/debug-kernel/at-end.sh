# shellcheck shell=dash
# The last thing in every guest of the debug kernel: take everything apart, unload the modules and
# look for what is left. A reference that was not put shows here at the latest: as a module that
# cannot be unloaded, a removal that never ends, or memory that nobody knows of.
#
# What it says to the kernel log begins with a word that the lab takes for a splat.

bad() {
	echo "<3>BUG: at-end: $*" >/dev/kmsg
	echo "at-end: $*"
}

unload() { # MODULE... - those that are there
	local module
	for module in "$@"; do
		[ ! -d "/sys/module/$module" ] || rmmod "$module" 2>/run/rmmod ||
			bad "cannot unload $module: $(cat /run/rmmod)"
	done
}

# Fabrics controllers are deleted; those of pci go with their module. One that is RECOVERING says no.
hosts_gone() {
	local ctrl
	for ctrl in /sys/class/nvme/nvme*; do
		[ ! -w "$ctrl/delete_controller" ] || echo 1 >"$ctrl/delete_controller" 2>/dev/null &
	done
	wait
	! grep -qv pcie /sys/class/nvme/*/transport 2>/dev/null
}

host_apart() {
	wait_until 60 hosts_gone ||
		bad "controllers stay: $(grep . /sys/class/nvme/*/state)"
}

target_apart() {
	local dir
	[ -d "$NVMET" ] || return
	for dir in "$NVMET"/ports/*/subsystems/*; do
		[ ! -e "$dir" ] || rm "$dir" || bad "cannot unlink $dir"
	done
	for dir in "$NVMET"/subsystems/*/namespaces/*; do
		[ ! -d "$dir" ] || { echo 0 >"$dir/enable" && rmdir "$dir"; } || bad "cannot remove $dir"
	done
	for dir in "$NVMET"/subsystems/*/allowed_hosts/*; do
		[ ! -e "$dir" ] || rm "$dir" || bad "cannot unlink $dir"
	done
	for dir in "$NVMET"/ports/* "$NVMET"/subsystems/* "$NVMET"/hosts/*; do
		[ ! -d "$dir" ] || rmdir "$dir" || bad "cannot remove $dir"
	done
}

# A device that a process still has open would be taken for a lost reference.
nobody_left() {
	local fd pid
	for fd in /proc/[0-9]*/fd/*; do
		case $(readlink "$fd") in
		/dev/nvme* | /dev/nbd*)
			pid=${fd#/proc/}
			kill -KILL "${pid%%/*}" 2>/dev/null ;;
		esac
	done
	echo '-:lab/' >>/sys/kernel/tracing/kprobe_events 2>/dev/null
}

leaks() {
	local kmemleak=/sys/kernel/debug/kmemleak
	echo scan >$kmemleak 2>/dev/null || { bad "kmemleak has turned itself off"; return; }
	# Nothing younger than 5 s is told, and nothing that still changes between two scans.
	sleep 6
	echo scan >$kmemleak
	cat $kmemleak >/run/leaks
	[ -s /run/leaks ] || return
	# Once more: what was on its way to be freed is gone by now.
	sleep 6
	echo scan >$kmemleak
	cat $kmemleak >/run/leaks
	[ -s /run/leaks ] || return
	bad "$(grep -c '^unreferenced' /run/leaks) leaks"
	while read -r line; do
		echo "<3>kmemleak: $line" >/dev/kmsg
	done </run/leaks
}

nobody_left
host_apart
target_apart
unload nvme_fcloop nvme_loop nvme_tcp nvme_rdma nvme_fc nvme nvmet_tcp nvmet_rdma nvmet_fc nvmet \
	nvme_fabrics nvme_core nvme_auth nvme_keyring nbd
grep -q '^ *debug_locks: *1' /proc/lockdep_stats || bad "lockdep has turned itself off"
leaks
echo "<5>lab: at-end done" >/dev/kmsg
