# shellcheck shell=dash
# The host side: connect, find, wait, load.

HOSTID=2b8a7e0c-5d1f-4c3a-9f60-0123456789ab

# connect_with OPTIONS - returns when the controller is there; the kernel's answer is checked
connect_with() {
	echo "$1" >/dev/nvme-fabrics ||
		{ complain "connect failed: $1; $(dmesg | tail -n 2 | tr '\n' '|')"; return 1; }
}

# host_options [SUBSYS] - what all transports have in common
host_options() {
	echo "nqn=$(nqn "${1:-s1}"),hostnqn=$LAB_NQN:host,hostid=$HOSTID,keep_alive_tmo=$LAB_KATO,reconnect_delay=$LAB_RECONNECT_DELAY,ctrl_loss_tmo=$LAB_LOSS_TMO,nr_io_queues=$LAB_QUEUES"
}

tcp_modules() {
	modprobe nvme-tcp && modprobe nvmet-tcp ||
		{ complain "this kernel has no NVMe/TCP"; return 1; }
}

# tcp_connect PORT [SUBSYS] [MORE_OPTIONS]
tcp_connect() {
	connect_with "transport=tcp,traddr=127.0.0.1,trsvcid=$1,$(host_options "${2:-s1}")${3:+,$3}"
}

# tcp_ports N [SUBSYS [FIRST_PORT]] - N ports of a subsystem that is there, N controllers
tcp_ports() {
	local port=${3:-4420} end
	end=$((port + $1))
	while [ "$port" -lt "$end" ]; do
		target_port "$port" tcp ipv4 127.0.0.1 "$port" && port_link "$port" "${2:-s1}" &&
			tcp_connect "$port" "${2:-s1}" || return 1
		port=$((port + 1))
	done
}

# tcp_up N [SUBSYS [FIRST_PORT]] - a subsystem, N ports, N controllers, all live
tcp_up() {
	tcp_modules && target_subsys "${2:-s1}" && tcp_ports "$@" && paths_ready "$1" "${2:-s1}"
}

# paths_ready N [SUBSYS] - N live controllers and the disk over them, with short timeouts
paths_ready() {
	wait_or_say 30 "[ \$(ctrls_live ${2:-s1}) -ge $1 ]" "$1 live controllers of ${2:-s1}" &&
		wait_or_say 10 "disk_of ${2:-s1} >/run/disk" "the disk of ${2:-s1}" &&
		wait_or_say 10 "[ \$(paths_of ${2:-s1} | wc -l) -ge $1 ]" "$1 paths" ||
		{ grep . /sys/class/nvme/*/state >&2; return 1; }
	io_timeout "$LAB_IO_TIMEOUT_MS" "${2:-s1}" && io_policy round-robin "${2:-s1}"
}

# ctrls [SUBSYS] - names of its controllers, one per line
ctrls() {
	local dir
	for dir in /sys/class/nvme/nvme*; do
		[ "$(cat "$dir/subsysnqn" 2>/dev/null)" = "$(nqn "${1:-s1}")" ] && echo "${dir##*/}"
	done
}

ctrls_live() {
	local ctrl live=0
	for ctrl in $(ctrls "${1:-s1}"); do
		[ "$(ctrl_state "$ctrl")" = live ] && live=$((live + 1))
	done
	echo $live
}

# ctrl_at TEXT - the controller whose address contains TEXT
ctrl_at() {
	local dir
	for dir in /sys/class/nvme/nvme*; do
		case ,$(cat "$dir/address" 2>/dev/null), in
		*"$1"*) echo "${dir##*/}"; return ;;
		esac
	done
	complain "no controller has an address with $1"
	return 1
}

# ctrl_of PORT - the controller that is connected to it
ctrl_of() {
	ctrl_at ",trsvcid=$1,"
}

ctrl_state() { # CTRL
	cat "/sys/class/nvme/$1/state" 2>/dev/null || echo gone
}

# wait_state CTRL STATE SEC - "gone" is a state too
wait_state() {
	wait_or_say "$3" "[ \"\$(ctrl_state $1)\" = $2 ]" "$1 to be $2"
}

# reconnects - how many there were since boot. For a failure that heals by itself: it may be over
# before a poller, wait_left too, has looked.
reconnects() {
	dmesg | grep -c 'Successfully reconnected'
}

# wait_left CTRL STATE SEC - until it is in another state (polling can miss a short one)
wait_left() {
	wait_or_say "$3" "[ \"\$(ctrl_state $1)\" != $2 ]" "$1 to leave $2"
}

# paths_of [SUBSYS] - the hidden per-path disks, nvme0c1n1 ...
paths_of() {
	local dir path
	for dir in /sys/class/nvme-subsystem/nvme-subsys*; do
		[ "$(cat "$dir/subsysnqn")" = "$(nqn "${1:-s1}")" ] || continue
		for path in "$dir"/nvme*/nvme*c*n*; do
			[ ! -e "$path" ] || echo "${path##*/}"
		done
	done
}

# disk_of [SUBSYS] - /dev/nvmeXn1, the disk over all paths
disk_of() {
	local dir disk
	for dir in /sys/class/nvme-subsystem/nvme-subsys*; do
		[ "$(cat "$dir/subsysnqn")" = "$(nqn "${1:-s1}")" ] || continue
		disk=/dev/nvme${dir##*/nvme-subsys}n1
		[ -b "$disk" ] && echo "$disk" && return
	done
	return 1
}

# disk_of_ctrl CTRL - the disk of a controller without native multipath
disk_of_ctrl() {
	local dir
	for dir in "/sys/class/nvme/$1/$1"n*; do
		[ -b "/dev/${dir##*/}" ] && echo "${dir##*/}" && return
	done
	return 1
}

# io_timeout MS [SUBSYS]
io_timeout() {
	local path
	for path in $(paths_of "${2:-s1}"); do
		put "$1" "/sys/block/$path/queue/io_timeout" || return 1
	done
}

# io_policy numa|round-robin [SUBSYS] - round-robin keeps every path busy
io_policy() {
	local dir
	for dir in /sys/class/nvme-subsystem/nvme-subsys*; do
		[ "$(cat "$dir/subsysnqn")" = "$(nqn "${2:-s1}")" ] || continue
		put "$1" "$dir/iopolicy" || return 1
	done
}

ctrl_reset() { # CTRL - what a user's reset does; returns when it is over
	put 1 "/sys/class/nvme/$1/reset_controller"
}

ctrl_delete() { # CTRL
	put 1 "/sys/class/nvme/$1/delete_controller"
}

# host_disconnect PORT - the controller is gone when this returns
host_disconnect() {
	local ctrl
	ctrl=$(ctrl_of "$1") && ctrl_delete "$ctrl" && wait_state "$ctrl" gone 10
}

# io_start [DEVICE [THREADS]] / io_stop - a load; io_stop prints its totals. Returns when it runs.
io_start() {
	local disk=${1:-$(disk_of)} path before
	path=/sys/block/${disk##*/}/stat
	before=$(cat "$path")
	labtool io "$disk" "${2:-4}" >/run/io.log 2>&1 &
	IO_PID=$!
	# Counted on the multipath disk since 6.x only; then a look at the paths does it.
	wait_or_say 10 "[ \"\$(cat $path)\" != '$before' ] || io_seen" "the first I/O on $disk"
}

io_seen() {
	kill -0 "$IO_PID" && [ "$(cat /sys/block/nvme*c*n*/stat | awk '{ n += $1 + $5 } END { print n }')" -gt 64 ]
}

io_stop() {
	kill "$IO_PID" && wait "$IO_PID"
	cat /run/io.log
}

# poll_start FILE [MS] / poll_stop - log every change of a controller's sysfs state, with the time
poll_start() {
	labtool poll "$1" "${2:-20}" &
	POLL_PID=$!
	wait_or_say 5 "[ -s $1 ] || [ ! -d /sys/class/nvme ]" "the poller's first line"
}

poll_stop() {
	kill "$POLL_PID" && wait "$POLL_PID"
}
