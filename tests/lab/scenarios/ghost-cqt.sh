# shellcheck shell=dash
# description: ghost write, no CCR but CQT: the retry waits for the time-based hold
# requires: kernel=patched-6.12,recovery-6.12
# paths: 0
# alone: yes
# timeout: 300
. /lab/lib.sh

# T = 3 KATO + CQT = 12 s; the target notices the loss within 2 KATO, and CQT is left for the backend.
ghost_up 6000 0 && ghost_rounds 1 drop 8000 && ghost_rounds 1 kill 6000 && ghost_down "$ROUND"
