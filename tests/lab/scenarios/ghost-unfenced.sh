# shellcheck shell=dash
# description: ghost write, nothing fences it (stock kernel, or neither CCR nor CQT): the stale write lands last, every time
# requires: kernel=stock-6.12,patched-6.12
# paths: 0
# alone: yes
# timeout: 300
. /lab/lib.sh

ghost_up 0 0 && ghost_rounds 1 drop 6000 && ghost_rounds 1 kill 2000 && ghost_down "$ROUND"
