# shellcheck shell=dash
# The target side: subsystems, namespaces, ports. One subsystem is called by a short name, s1 ...

nqn() { # SUBSYS
	echo "$LAB_NQN:$1"
}

put() { # VALUE FILE - a write that says what it could not write where
	echo "$1" >"$2" || { complain "writing '$1' to $2 failed"; return 1; }
}

# target_subsys SUBSYS [FILE_OR_DEVICE] - with one namespace, by default on a 64 MB memory file
target_subsys() {
	local dir backing=${2:-/dev/shm/$1.img} nsid
	dir=$NVMET/subsystems/$(nqn "$1")
	mkdir "$dir" || return 1
	put 1 "$dir/attr_allow_any_host" || return 1
	# Tools show it, and without one nvmet invents another on every boot.
	put "LAB$1" "$dir/attr_serial" || return 1
	[ -e "$backing" ] || truncate -s 64M "$backing" || return 1
	# Of two subsystems in one machine, namespaces must differ.
	nsid=$dir/namespaces/1
	mkdir "$nsid" && put "$backing" "$nsid/device_path" || return 1
	[ -b "$backing" ] || put 1 "$nsid/buffered_io" || return 1
	put 1 "$nsid/enable"
}

# target_port ID TRTYPE ADRFAM TRADDR TRSVCID
target_port() {
	local dir=$NVMET/ports/$1
	mkdir "$dir" &&
		put "$2" "$dir/addr_trtype" && put "$3" "$dir/addr_adrfam" &&
		put "$4" "$dir/addr_traddr" && put "$5" "$dir/addr_trsvcid"
}

# port_link PORT [SUBSYS] / port_unlink PORT [SUBSYS] - offer the subsystem there, or stop to
port_link() {
	local name
	name=$(nqn "${2:-s1}")
	ln -s "$NVMET/subsystems/$name" "$NVMET/ports/$1/subsystems/$name" ||
		{ complain "cannot link $name to port $1"; return 1; }
}

port_unlink() {
	rm "$NVMET/ports/$1/subsystems/$(nqn "${2:-s1}")" ||
		{ complain "cannot unlink ${2:-s1} from port $1"; return 1; }
}

port_linked() {
	[ -e "$NVMET/ports/$1/subsystems/$(nqn "${2:-s1}")" ]
}

# target_recovery SUBSYS CQT_MS CCRL - what the target promises to do for a host that lost it;
# controllers reconnect when it changes. A target that knows neither is as good as told 0 0.
target_recovery() {
	local dir
	dir=$NVMET/subsystems/$(nqn "$1")
	[ -e "$dir/attr_cqt" ] || [ "$2$3" != 00 ] || return 0
	put "$2" "$dir/attr_cqt" && put "$3" "$dir/attr_ccrl"
}
