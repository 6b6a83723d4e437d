# shellcheck shell=dash
# description: the first source dies in mid-CCR: a second one does it
# requires: kernel=patched-6.12,recovery-6.12
# paths: 0
# timeout: 240
. /lab/lib.sh

LAB_KATO=10
ccr_up 3 0 4 held && backend hold holding || exit 1
a=$(ctrl_of 4420) && b=$(ctrl_of 4421) && held_write "$a" && path_kill 4420 &&
	wait_or_say 20 "grep -q \"ccr_try.*inst=${a#nvme} source=${b#nvme}\" $TRUTH/trace" "a CCR by $b" || exit 1
path_kill 4421 && wait_said "$a" "CCR failed with error" 20 && backend release released || exit 1
wait_said "$a" "CCR succeeded" 20 && wait_state "$a" live 30 && wait_state "$b" live 30 && ccr_down 2
