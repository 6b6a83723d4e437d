# shellcheck shell=dash
# description: a path falls silent under I/O; the target, which notices nothing, is told by CCR over the other path
# requires: kernel=patched-6.12,recovery-6.12,mutant-*
# paths: 0
# seconds: 40

# With this KATO a request times out first (3 s), and the target's controller is still there to be reset.
campaign_up() {
	LAB_KATO=10
	ccr_paths 2 0 4
}

campaign_round() {
	local port=$((4420 + $1 % 2)) ctrl
	ctrl=$(ctrl_of "$port") && path_mute "$port" && wait_left "$ctrl" live 20 && wait_state "$ctrl" live 20 &&
		path_restore "$port"
}
