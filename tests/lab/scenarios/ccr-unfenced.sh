# shellcheck shell=dash
# description: a target with neither CCR nor CQT: retried at once, and told as unfenced
# requires: kernel=patched-6.12,recovery-6.12
# paths: 0
# timeout: 240
. /lab/lib.sh

ccr_up 2 0 0 && io_start || exit 1
path_kill 4420 && live_wait 1 20 && path_kill 4421 && live_wait 2 20 || exit 1
io_stop && ccr_down 2
