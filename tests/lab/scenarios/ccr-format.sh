# shellcheck shell=dash
# description: who formats waits for I/O that a recovery holds, with the subsystem locked, while another subsystem comes: nobody waits for ever
# requires: kernel=patched-6.12,recovery-6.12
# paths: 0
# timeout: 240
. /lab/lib.sh

ccr_up 2 3000 4 held && backend hold holding && ctrl=$(ctrl_of 4420) && held_write "$ctrl" || exit 1
# A command that changes a namespace's format freezes its queues first. nvmet knows no such command; the
# host does not know that.
RAWCCR_TIMEOUT_MS=600000 rawccr "/dev/$ctrl" admin 0x80 1 >/run/format 2>&1 &
wait_or_say 10 "grep -q freeze /proc/$!/stack" "the queues to be frozen" || exit 1
# The IDs of what is new are compared with those of all other subsystems.
tcp_up 1 s2 4430 && path_kill 4420 && wait_said "$ctrl" "attempting CCR" 20 && backend release released &&
	wait_state "$ctrl" live 60 && wait_or_say 30 "grep -q status /run/format" "the command to be answered" || exit 1
ctrl_delete "$(ctrls s2)" && rm -f /dev/shm/s2.img && ccr_down 1
