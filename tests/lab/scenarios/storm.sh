# shellcheck shell=dash
# description: 64 controllers fail together: 64 recoveries, nothing lost
# paths: 0
# alone: yes
# mem: 2048
# timeout: 400
. /lab/lib.sh

LAB_QUEUES=1
LAB_KATO=30
fail_modules && tcp_up 1 s1 4420 || exit 1
port=4421
while [ $port -lt 4484 ]; do
	target_port $port tcp ipv4 127.0.0.1 $port && port_link $port s1 && tcp_connect $port || exit 1
	port=$((port + 1))
done
wait_or_say 60 '[ "$(ctrls_live)" = 64 ]' "64 live controllers" || exit 1
live_start && poll_start "$OUT/poll" || exit 1
/bin/ss -K dst 127.0.0.1 '( dport >= 4420 and dport <= 4483 )' >/dev/null
live_wait 64 200 && live_stop && poll_stop && dmesg >"$OUT/kernel.log"
