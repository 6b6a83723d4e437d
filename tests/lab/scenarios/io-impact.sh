# shellcheck shell=dash
# description: what was in flight, where it went and how long nothing completed, as sysfs and the load saw it; no hook on the I/O path before and after
# paths: 0
# timeout: 240
. /lab/lib.sh

LAB_KATO=10 LAB_IO_TIMEOUT_MS=4000
tcp_up 2 && io_policy numa && fail_modules && live_start || exit 1
for mode in cold off; do
	watch_io $mode || exit 1
	eval "$mode=$PID"
done
nvme-ccr-trace audit --live --format json >"$OUT/audit.json" 2>"$OUT/audit.err" &
audit=$!
wait_or_say 30 "grep -qs watching '$OUT/audit.err'" "audit --live to watch" || exit 1
io_start "$(disk_of)" 8 || exit 1
io_hooks >"$OUT/hooks.before"
busy=$(for p in $(paths_of); do echo "$(awk '{ print $1 + $5 }' "/sys/block/$p/stat") $p"; done | sort -n | tail -n 1)
busy=${busy##* } ctrl=${busy#*c} ctrl=nvme${ctrl%n*}
port=$(sed 's/.*trsvcid=\([0-9]*\).*/\1/' "/sys/class/nvme/$ctrl/address")
echo "$ctrl" >"$OUT/impacted"
hang "$port" 8 "$(paths_of)" || exit 1
inflight "$(paths_of)" >"$OUT/inflight"
wait_left "$ctrl" live 20 || exit 1
wait_or_say 10 '[ "$(io_hooks | wc -w)" = 3 ]' "the hooks on the I/O path" || exit 1
path_restore && live_wait 1 60 && commands_stop "$OUT/commands" && wait_or_say 30 '[ "$(ctrls_live)" = 2 ]' "both paths" || exit 1
wait_or_say 20 '[ -z "$(io_hooks)" ]' "the hooks to be gone" && io_stop >"$OUT/load" || exit 1
for pid in "$cold" "$off"; do
	kill "$pid" && wait "$pid" || exit 1
done
kill "$audit"
wait "$audit"
echo $? >"$OUT/audit.status"
live_stop || exit 1

# again MODE NAME HOOKS - the same for another live, which begins with so many hooks on the I/O path
again() {
	wait_or_say 30 '[ "$(ctrls_live)" = 2 ]' "both paths" && watch_io "$1" "$2" &&
		wait_or_say 10 "[ \"\$(io_hooks | wc -w)\" = $3 ]" "$3 hooks on the I/O path" &&
		io_start "$(disk_of)" 8 && hang "$port" 8 "$(paths_of)" && wait_left "$ctrl" live 20 && path_restore &&
		wait_or_say 60 "grep -q '\"kind\":\"recovery\"' '$OUT/$2.json'" "live --io $1 to tell" &&
		commands_stop "$OUT/commands.$2" && io_stop >"$OUT/load.$2" && kill "$PID" && wait "$PID"
}

# Who has watched all the time knows of each bio where it went.
again always always 3 || exit 1
# Where nothing may be tried again, nothing is failed over: it fails.
put 0 /sys/module/nvme_core/parameters/max_retries && again window no-retries 0
