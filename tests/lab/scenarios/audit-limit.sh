# shellcheck shell=dash
# description: two controllers fail, and the one source has one credit: the second waits for its turn, but where credits are not counted
# requires: kernel=patched-6.12,mutant-over-limit
# paths: 0
# timeout: 240
. /lab/lib.sh

# T = 8 s. Neither CCR can be completed before the release.
ccr_up 3 2000 1 held && backend hold holding && a=$(ctrl_of 4420) && b=$(ctrl_of 4421) &&
	held_write "$a" 1 && held_write "$b" 2 && path_kill 4420 && path_kill 4421 &&
	wait_said "$a" "attempting CCR" 20 && wait_said "$b" "attempting CCR" 20 || exit 1
case $(cat /lab/kernel) in
mutant-*) wait_or_say 20 "said $a 'CCR failed with error 321' || said $b 'CCR failed with error 321'" "a refusal" || exit 1 ;;
esac
backend release released && wait_state "$a" live 30 && wait_state "$b" live 30 && ccr_down 2
