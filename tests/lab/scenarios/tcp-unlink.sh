# shellcheck shell=dash
# description: a disabled port: failed attempts are counted right
. /lab/lib.sh

watch_start && io_start || exit 1
# Two attempts fail, the third one succeeds.
for port in 4420 4421; do
	before=$(grep -c connect_end "$TRUTH/trace")
	ctrl=$(ctrl_of $port) && port_unlink $port && wait_left "$ctrl" live 5 &&
		wait_or_say 20 "[ \$(grep -c connect_end $TRUTH/trace) -ge $((before + 2)) ]" \
			"two failed attempts" &&
		port_link $port && wait_state "$ctrl" live 20 || exit 1
done
io_stop && watch_stop 2
