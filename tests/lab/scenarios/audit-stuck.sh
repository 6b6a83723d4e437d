# shellcheck shell=dash
# description: attempts to connect that hang: a controller is removed long after ctrl_loss_tmo
# requires: kernel=stock-6.12,patched-6.12
# paths: 0
# timeout: 240
. /lab/lib.sh

LAB_LOSS_TMO=3
tcp_up 2 && watch_start && ctrl=$(ctrl_of 4420) && path_drop 4420 && wait_state "$ctrl" gone 120 && path_restore || exit 1
watch_stop 1 && all_down
