# shellcheck shell=dash
# description: both controllers fail at once: nobody is left to be asked, or the one that is noticed later; never unfenced
# requires: kernel=patched-6.12,recovery-6.12
# paths: 0
# timeout: 240
. /lab/lib.sh

ccr_up 2 500 4 && io_start || exit 1
/bin/ss -K dst 127.0.0.1 "( dport = 4420 or dport = 4421 )" >/dev/null
live_wait 2 40 && wait_or_say 30 "[ \$(ctrls_live) = 2 ]" "both to be live" || exit 1
io_stop && ccr_down 2
