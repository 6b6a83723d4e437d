# shellcheck shell=dash
# description: ghost write, controls: a delay that is over before the host gives up harms nobody
# requires: kernel=stock-6.12,patched-6.12
# paths: 0
# alone: yes
# timeout: 300
. /lab/lib.sh

ghost_up 0 0 && ghost_rounds 1 drop 1000 && io_timeout 30000 && ghost_rounds 1 none 6000 && ghost_down $((ROUND / 2))
