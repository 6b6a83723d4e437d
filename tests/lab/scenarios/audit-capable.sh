# shellcheck shell=dash
# description: a target with CCR and without CQT cannot finish the reset in time: retried at once, which CCR could have made safe
# requires: kernel=patched-6.12
# paths: 0
# timeout: 240
. /lab/lib.sh

ccr_up 2 0 4 held && backend hold holding && ctrl=$(ctrl_of 4420) && held_write "$ctrl" || exit 1
path_kill 4420 && wait_said "$ctrl" "CCR failed and CQT" 20 && backend release released &&
	wait_state "$ctrl" live 30 && ccr_down 1
