# shellcheck shell=dash
# description: a path's connections are killed under I/O, one path after the other; the target has CCR where the kernel has
# paths: 2
# seconds: 20

campaign_up() {
	:
}

# The path is live again when the recovery is over, and the next round hits the other one.
campaign_round() {
	path_kill $((4420 + $1 % 2))
}
