# shellcheck shell=dash
# description: ghost write, CCR: the retry waits until the stale write has landed, but where it is broken on purpose
# requires: kernel=patched-6.12,recovery-6.12,mutant-early-retry
# paths: 0
# alone: yes
# timeout: 300
. /lab/lib.sh

# The target completes the CCR when the held write is over, within max(CQT, KATO).
LAB_KATO=5
ghost_up 0 4 && ghost_rounds 2 drop 6000 && ghost_rounds 1 kill 3000 && ghost_down "$ROUND"
