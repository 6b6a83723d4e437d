# shellcheck shell=dash
# NVMe/FC over nvme-fcloop (6.12 flavours have it, 6.1 has not).
#
# Path N (1 ...): local port 0x...a00N, target port 0x...b00N, nvmet port N.
# Heals: fc_drop_write, port_unlink/port_link. del_remote_port alone never heals.

FCLOOP=/sys/class/fcloop/ctl

fc_host() { # N PREFIX - "wwnn=...,wwpn=..." of the local end; PREFIX is "" or "lp"
	echo "${2}wwnn=0x10000000000aa00$1,${2}wwpn=0x20000000000aa00$1"
}

fc_target() { # N
	echo "wwnn=0x10000000000bb00$1,wwpn=0x20000000000bb00$1"
}

fc_traddr() { # N
	echo "nn-0x10000000000bb00$1:pn-0x20000000000bb00$1"
}

fc_modules() {
	modprobe nvme-fc && modprobe nvmet-fc && modprobe nvme-fcloop ||
		{ complain "this kernel has no fcloop"; return 1; }
}

# Without roles the remote port is refused (EBADR); 0x60 is "target and discovery".
fc_link() { # N SUBSYS
	put "$(fc_host "$1" '')" $FCLOOP/add_local_port &&
		put "$(fc_target "$1")" $FCLOOP/add_target_port &&
		target_port "$1" fc fc "$(fc_traddr "$1")" none && port_link "$1" "$2" &&
		put "$(fc_target "$1"),$(fc_host "$1" lp),roles=0x60" $FCLOOP/add_remote_port
}

fc_connect() { # N [SUBSYS]
	connect_with "transport=fc,traddr=$(fc_traddr "$1"),host_traddr=nn-0x10000000000aa00$1:pn-0x20000000000aa00$1,$(host_options "${2:-s1}")"
}

# fc_up N [SUBSYS] - a subsystem, N paths (at most 9), all live
fc_up() {
	local subsys=${2:-s1} path=1
	fc_modules && target_subsys "$subsys" || return 1
	while [ "$path" -le "$1" ]; do
		fc_link "$path" "$subsys" && fc_connect "$path" "$subsys" || return 1
		path=$((path + 1))
	done
	paths_ready "$1" "$subsys"
}

# fc_ctrl N - the controller of path N
fc_ctrl() {
	ctrl_at "pn-0x20000000000bb00$1"
}

# fc_drop_write - the next write command of any path is lost
fc_drop_write() {
	put 0x01:0:1 $FCLOOP/set_cmd_drop
}
