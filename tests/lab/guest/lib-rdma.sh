# shellcheck shell=dash
# NVMe/RDMA over soft-RoCE, all in one network namespace.
#
# Path N (1 ...) is 10.0.N.1 on dummyN/rxeN; nvmet port and service id are 4419 + N, so that ctrl_of
# and port_link/port_unlink work as with TCP.
# Heals: port unlink, address taken away and put back. Never heals: link down (the GSI queue pair
# dies with it). `rdma link delete` deletes the controller.

rdma_modules() {
	# Without them rxe finds no checksum to use.
	modprobe -a crc32_generic crc32-pclmul crc32c_generic 2>/dev/null
	modprobe rdma_rxe && modprobe nvme-rdma && modprobe nvmet-rdma ||
		{ complain "this kernel has no soft-RoCE"; return 1; }
}

rdma_link() { # N
	ip link add "dummy$1" type dummy && ip addr add "10.0.$1.1/24" dev "dummy$1" &&
		ip link set "dummy$1" up &&
		/bin/rdma link add "rxe$1" type rxe netdev "dummy$1"
}

# rdma_up N [SUBSYS] - a subsystem, N devices, ports and controllers, all live
rdma_up() {
	local subsys=${2:-s1} path=1 port
	rdma_modules && target_subsys "$subsys" || return 1
	while [ "$path" -le "$1" ]; do
		port=$((4419 + path))
		rdma_link "$path" &&
			target_port "$port" rdma ipv4 "10.0.$path.1" "$port" &&
			port_link "$port" "$subsys" &&
			connect_with "transport=rdma,traddr=10.0.$path.1,trsvcid=$port,$(host_options "$subsys")" ||
			return 1
		path=$((path + 1))
	done
	paths_ready "$1" "$subsys"
}

# rdma_addr_del N / rdma_addr_add N - the path's address goes and comes back
rdma_addr_del() {
	ip addr del "10.0.$1.1/24" dev "dummy$1"
}

rdma_addr_add() {
	ip addr add "10.0.$1.1/24" dev "dummy$1"
}
