# shellcheck shell=dash
# description: without native multipath requests are cancelled, and not failed over; they are retried on their path, or fail
# requires: kernel=stock-6.12,patched-6.12
# paths: 0
# alone: yes
# timeout: 240
. /lab/lib.sh

# outage ROUND - the path of $ctrl hangs until it is given up, and comes back
outage() {
	hang 4420 8 "$disk" && inflight "$disk" >"$OUT/inflight.$1" && wait_left "$ctrl" live 20 && path_restore &&
		live_wait "$1" 60 && wait_state "$ctrl" live 30 && commands_stop "$OUT/commands.$1" &&
		io_stop >"$OUT/load.$1"
}

LAB_KATO=10
# Where the module is loaded already this changes nothing, hence alone.
modprobe nvme-core multipath=N && grep -q N /sys/module/nvme_core/parameters/multipath ||
	{ complain "native multipath is on, and stays on"; exit 1; }
fail_modules && tcp_modules && target_subsys s1 && tcp_ports 2 &&
	wait_or_say 30 '[ "$(ctrls_live)" = 2 ]' "both controllers" && ctrl=$(ctrl_of 4420) &&
	wait_or_say 10 'disk=$(disk_of_ctrl "$ctrl")' "the disk of $ctrl" &&
	put 4000 "/sys/block/$disk/queue/io_timeout" && live_start || exit 1
echo "$ctrl" >"$OUT/impacted"
# They wait for their own path.
io_start "/dev/$disk" 8 && outage 1 || exit 1
# They fail.
put 0 /sys/module/nvme_core/parameters/max_retries && io_start "/dev/$disk" 8 && outage 2 && live_stop
