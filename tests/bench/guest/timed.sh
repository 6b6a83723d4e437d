# shellcheck shell=dash
# In the guest with the ordinary clock: how long tools take to attach, and healthy I/O once more.
# shellcheck source=/dev/null
. /bench/common.sh

# attach_one REPEAT TOOL COMMAND... - COMMAND: `benchtool ready` and what it starts
attach_one() {
	local repeat=$1 tool=$2 ns
	shift 2
	ns=$("$@") && echo "attach $repeat $tool $ns"
}

attach_live() {
	attach_one "$1" live benchtool ready watching nvme-ccr-trace live
}

attach_bpftrace() {
	attach_one "$1" bpftrace benchtool ready "$TRACED" \
		env "LD_LIBRARY_PATH=$BENCH/lib" "$TRACED=1" "$BENCH/bpftrace" "$BENCH/cold.bt"
}

attach() {
	attach_live 1 && attach_bpftrace 1 && attach_bpftrace 2 && attach_live 2 &&
		attach_live 3 && attach_bpftrace 3 && attach_bpftrace 4 && attach_live 4 &&
		attach_live 5 && attach_bpftrace 5
}

throughput() {
	round 1 live && round 2 live && round 3 live && round 4 live
}

attach && throughput
