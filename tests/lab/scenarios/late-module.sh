# shellcheck shell=dash
# description: nvme-tcp loaded after the tool is picked up, unloading works, and once more
# paths: 0
# alone: yes
# timeout: 180
. /lab/lib.sh

# How often live said that it watches a controller with the hooks of nvme-tcp attached, too:
# no kernel has 15 without them.
notices() {
	grep -c 'watching 1 .* \(1[5-9]\|2[0-9]\) of [12][0-9] hooks' "$OUT/live.err"
}

# round N NOTICES - the Nth controller was connected, when live had said so NOTICES times
round() {
	ctrl=$(ctrl_of 4420) && wait_or_say 60 "[ \$(notices) -gt $2 ]" "live to notice" || exit 1
	path_kill 4420 && live_wait $((2 * $1 - 1)) 20 && wait_state "$ctrl" live 5 || exit 1
	ctrl_delete "$ctrl" && wait_state "$ctrl" gone 10 && live_wait $((2 * $1)) 10 || exit 1
}

modprobe tcp_diag && live_start || exit 1
[ ! -d /sys/module/nvme_tcp ] || { complain "nvme-tcp is loaded too early"; exit 1; }
tcp_up 1 && round 1 0 || exit 1
# With no controller left the tool gives the module back, by itself.
wait_or_say 10 '[ "$(cat /sys/module/nvme_tcp/refcnt)" = 0 ]' "the tool to release nvme-tcp" &&
	rmmod nvme_tcp || exit 1
[ ! -d /sys/module/nvme_tcp ] || { complain "nvme-tcp is still loaded"; exit 1; }
before=$(notices)
modprobe nvme-tcp && tcp_connect 4420 &&
	wait_or_say 20 '[ "$(ctrls_live)" = 1 ]' "the controller" && round 2 "$before" && live_stop
