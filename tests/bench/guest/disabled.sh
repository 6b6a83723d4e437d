# shellcheck shell=dash
# In the guest whose clock counts instructions: what healthy I/O loses to tracepoints that nobody
# uses. One running kernel loads the modules of recovery-6.12 and of patched-6.12 in turn: they
# differ in the tracepoints only.
# shellcheck source=/dev/null
. /bench/common.sh

# Longer, as what was just loaded and connected is a little slower at first.
# shellcheck disable=SC2034 # common.sh uses it
WARM_MS=500
OURS="ctrl_state_change error_detected err_work_start err_work_end reconnect_start reconnect_end
	ccr_start ccr_end hold_start hold_end"
EVERY_COMMAND="setup_cmd complete_rq"
LOADED=

# modules_take recovery|patched - what modprobe finds from now on
modules_take() {
	local module to
	for module in "$BENCH/$1"/*.ko; do
		to=$(find /lib/modules -name "${module##*/}")
		[ -z "$to" ] || cp "$module" "$to" ||
			{ complain "cannot put $module in place"; return 1; }
	done
}

hosts_down() {
	local ctrl
	for ctrl in $(ctrls); do
		ctrl_delete "$ctrl" && wait_state "$ctrl" gone 10 || return 1
	done
}

target_down() {
	local port subsys
	subsys=$NVMET/subsystems/$(nqn s1)
	for port in "$NVMET"/ports/*; do
		port_unlink "${port##*/}" && rmdir "$port" || return 1
	done
	put 0 "$subsys/namespaces/1/enable" && rmdir "$subsys/namespaces/1" && rmdir "$subsys"
}

# The last reference to a controller goes a moment after its name.
modules_unload() {
	wait_or_say 10 'rmmod nvme_tcp nvmet_tcp 2>/dev/null; ! lsmod | grep -q "^nvmet*_tcp "' \
		"nvme_tcp and nvmet_tcp to be unused" &&
		rmmod nvmet nvme_fabrics nvme_core nvme_auth nvme_keyring
}

# use recovery|patched - loads these modules, in any case anew, and connects two paths
use() {
	if [ -n "$LOADED" ]; then
		hosts_down && target_down && modules_unload || return 1
	fi
	LOADED=$1
	modules_take "$1" && tcp_up 2
}

swapped() { # ROUND MODULES
	use "$2" && sample swap "$1" "$2"
}

# Each neighbours one of the other kind, and one of its own kind: the control.
swap_round() { # ROUND
	swapped "$1" recovery && swapped "$1" patched && swapped "$1" patched && swapped "$1" recovery
}

tracing() { # 0|1 VARIANT
	local events=$OURS event
	[ "$2" = recovery-tracing ] || events=$EVERY_COMMAND
	for event in $events; do
		put "$1" "/sys/kernel/tracing/events/nvme/nvme_$event/enable" || return 1
	done
}

variant_begin() { # VARIANT
	tracing 1 "$1"
}

variant_end() { # VARIANT
	tracing 0 "$1"
}

# The other control: a cost that is there must be seen.
controls() {
	use patched && round 5 recovery-tracing command-tracing command-tracing recovery-tracing
}

# The guest's first reads do not count.
use recovery && sample swap 0 recovery >/dev/null || exit 1
for n in 1 2 3 4; do
	swap_round $n || exit 1
done
controls
