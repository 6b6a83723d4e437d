# shellcheck shell=dash
# description: CCR that the target cannot finish in time: given up after max(CQT, KATO), and the hold takes the rest
# requires: kernel=patched-6.12,recovery-6.12
# paths: 0
# timeout: 240
. /lab/lib.sh

# T = 9 s, of which CCR may have 3.
ccr_up 2 3000 4 held && backend hold holding && ctrl=$(ctrl_of 4420) && held_write "$ctrl" || exit 1
path_kill 4420 && wait_said "$ctrl" "CCR failed, switch" 20 && backend release released &&
	wait_state "$ctrl" live 30 && ccr_down 1
