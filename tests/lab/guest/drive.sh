# shellcheck shell=dash
# Runs scenarios one after the other in one guest. Its own lines begin with @@ and tell the host
# where a scenario's output begins and ends; what belongs to which scenario in the kernel log is
# told by marks there. Nothing is done twice: a guest that cannot be made whole again is given up.
. /lab/lib.sh

mark() {
	echo "<5>lab: scenario $1 $2" >/dev/kmsg
	echo "@@$2 $1 $3"
}

# Everything that the scenario started is in its process group, and must not outlive it.
one() { # NAME SECONDS
	local status
	mark "$1" begin
	mkdir -p "/out/$1"
	# shellcheck disable=SC2016 # expanded by the inner shell
	setsid timeout "$2" sh -c 'cut -d " " -f 5 /proc/self/stat >/run/group
		OUT=/out/$1; cd /root; . "/lab/scenarios/$1.sh"' scenario "$1" 2>&1
	status=$?
	kill -KILL -- "-$(cat /run/group)" 2>/dev/null
	[ "$status" -ne 143 ] || echo "stopped after $2 s, its time"
	echo
	mark "$1" end "$status"
}

# A scenario that failed may leave its tracing instance behind, and its probes; in a bare guest, a
# target.
whole() {
	[ ! -d "$TRUTH" ] || return 1
	if [ "$LAB_PATHS" -gt 0 ]; then
		paths_heal "$LAB_PATHS"
	else
		[ -z "$(ls "$NVMET/subsystems" 2>/dev/null)" ]
	fi
}

while [ $# -gt 1 ]; do
	one "$1" "$2"
	shift 2
	[ $# -eq 0 ] || whole || { echo "@@dirty"; break; }
done

# What LAB_AT_END names has the last word; what it says to the kernel log counts as the last
# scenario's.
[ ! -r /lab/at-end.sh ] || (. /lab/at-end.sh) 2>&1
