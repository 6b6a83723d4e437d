# shellcheck shell=dash
# description: CCR refused, because the same reset is in progress (3Fh), and because of the limit (41h): the hold follows
# requires: kernel=patched-6.12,recovery-6.12
# paths: 0
# timeout: 240
. /lab/lib.sh

# One CCR at a time per source; T = 8 s.
ccr_up 3 2000 1 held && backend hold holding || exit 1
a=$(ctrl_of 4420) b=$(ctrl_of 4421) c=$(ctrl_of 4422)
held_write "$a" 1 && held_write "$b" 2 || exit 1
# Behind the back of the host, c is asked to reset a. Its connections drop, and the host asks b, which
# accepts and cannot finish, and then c.
rawccr "/dev/$c" reset "/dev/$a" >"$OUT/raw" && wait_said "$a" "CCR failed, switch" 20 || exit 1
# Now only c is left for b, and c is busy.
path_kill 4421 && wait_said "$b" "CCR failed, switch" 20 && backend release released || exit 1
wait_state "$a" live 30 && wait_state "$b" live 30 && ccr_down 2
