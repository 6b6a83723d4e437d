# shellcheck shell=dash
# Waiting for things.

complain() {
	echo "lab: $*" >&2
}

# Hundredths of a second since boot, without starting a process.
uptime_cs() {
	local up _
	read -r up _ </proc/uptime
	# The 1 keeps "08" from being read as octal.
	UPTIME_CS=$((${up%.*} * 100 + 1${up#*.} - 100))
}

# wait_until SEC 'COMMAND' - until COMMAND succeeds (tried every 50 ms), at most SEC seconds
wait_until() {
	local end
	uptime_cs
	end=$((UPTIME_CS + $1 * 100 * ${LAB_TIME_SCALE:-1}))
	until eval "$2" 2>/dev/null; do
		uptime_cs
		[ "$UPTIME_CS" -lt "$end" ] || return 1
		usleep 50000
	done
}

# wait_or_say SEC 'COMMAND' WHAT - the same, with a message about WHAT if it never happens
wait_or_say() {
	wait_until "$1" "$2" && return
	shift 1
	complain "waited in vain: ${2:-$1}"
	return 1
}

mono_ns() {
	labtool clock
}
