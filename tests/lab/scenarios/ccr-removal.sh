# shellcheck shell=dash
# description: ctrl_loss_tmo runs out after a CCR: fenced, and removed
# requires: kernel=patched-6.12,recovery-6.12
# paths: 0
# timeout: 240
. /lab/lib.sh

LAB_LOSS_TMO=3
ccr_up 2 0 4 && io_start && ctrl=$(ctrl_of 4420) && port_unlink 4420 && wait_state "$ctrl" gone 30 || exit 1
io_stop && ccr_down 1
