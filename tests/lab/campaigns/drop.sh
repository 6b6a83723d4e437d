# shellcheck shell=dash
# description: a path falls silent under I/O, until its keep-alive or a request times out
# paths: 2
# seconds: 30

campaign_up() {
	:
}

campaign_round() {
	local port=$((4420 + $1 % 2)) ctrl
	ctrl=$(ctrl_of "$port") && path_mute "$port" && wait_left "$ctrl" live 20 && wait_state "$ctrl" live 20 &&
		path_restore "$port"
}
