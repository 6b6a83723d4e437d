# shellcheck shell=dash
# description: ghost write, and a reset in mid-hold: audit finds nothing, and on each broken kernel what is broken
# requires: kernel=patched-6.12,mutant-*
# paths: 0
# alone: yes
# timeout: 300
. /lab/lib.sh

# Refused, but where just that is broken.
reset() { # CTRL
	local answer=refused
	wait_said "$1" "CCR failed, switch" 10 || return 1
	echo 1 2>/dev/null >"/sys/class/nvme/$1/reset_controller" && answer=granted
	echo $answer >"$OUT/reset"
}

# T = 3 KATO + CQT = 9 s: the held write lands after half of it, and before it is over.
ghost_up 3000 0 && ghost_rounds 1 kill 6500 reset && ghost_down 1
