# shellcheck shell=dash
# description: a path's connections are killed under I/O; the target has no CCR, but CQT: all is held for 7 s
# requires: kernel=patched-6.12,recovery-6.12,mutant-*
# paths: 0
# seconds: 40

campaign_up() {
	ccr_paths 2 1000 0
}

campaign_round() {
	path_kill $((4420 + $1 % 2))
}
