# shellcheck shell=dash
# description: fcloop: a lost write and an unlinked port each recover
# transport: fc
# binary: none
. /lab/lib.sh

truth_start && poll_start "$OUT/poll" && io_start || exit 1
# Which path loses the write is up to the I/O, and the state is too short to be polled for: wait
# for the kernel's own word.
fc_drop_write && wait_or_say 15 'grep -q connect_end $TRUTH/trace' "a recovery" &&
	wait_or_say 15 '[ "$(ctrls_live)" = 2 ]' "both controllers to be live" || exit 1
ctrl=$(fc_ctrl 2) || exit 1
port_unlink 2 && wait_or_say 15 '[ $(grep -c reset_start $TRUTH/trace) -ge 2 ]' "a second one" &&
	port_link 2 && wait_or_say 15 '[ $(grep -c connect_end $TRUTH/trace) -ge 2 ]' "its end" &&
	wait_state "$ctrl" live 30 || exit 1
io_stop && poll_stop && truth_stop "$OUT/truth"
