# shellcheck shell=dash
# description: 30 of 32 controllers fail at once, with 2 sources of 4 credits: all of them wait for their turn
# requires: kernel=patched-6.12,recovery-6.12
# paths: 0
# timeout: 400
# alone: yes
# mem: 2048
. /lab/lib.sh

LAB_QUEUES=1
LAB_KATO=30
ccr_paths 32 0 4 && live_start || exit 1
/bin/ss -K dst 127.0.0.1 "( dport >= 4420 and dport <= 4449 )" >/dev/null
live_wait 30 200 && wait_or_say 60 "[ \$(ctrls_live) = 32 ]" "32 live controllers" && live_stop && all_down
