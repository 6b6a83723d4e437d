# shellcheck shell=dash
# description: no root, no BTF, a closed or full stdout, signals: message, exit code, partial results
. /lab/lib.sh

# What is tried here is live alone.
LIVE=live

BAD=0
flunk() {
	complain "$1"
	cat /run/stdout /run/stderr >&2
	BAD=1
}

# expect STATUS PATTERN COMMAND... - it ends with STATUS, and its output has PATTERN
expect() {
	local status=$1 pattern=$2 got
	shift 2
	"$@" >/run/stdout 2>/run/stderr
	got=$?
	[ "$got" -eq "$status" ] || flunk "$*: status $got, expected $status"
	cat /run/stdout /run/stderr | grep -Eq "$pattern" || flunk "$*: no '$pattern' in what it said"
}

closed() {
	nvme-ccr-trace live >&-
}

full() {
	nvme-ccr-trace live --format json >/dev/full
}

# interrupted SIGNAL - live is stopped while a controller recovers; it tells what it saw so far
interrupted() {
	live_start && port_unlink 4420 && wait_state "$ctrl" connecting 10 || return 1
	kill "-$1" "$LIVE_PID"
	wait "$LIVE_PID" || { complain "live ended with $? after SIG$1"; return 1; }
	cat "$OUT/live.json" "$OUT/live.err"
	port_link 4420 && wait_state "$ctrl" live 20
}

ctrl=$(ctrl_of 4420) || exit 1
expect 3 'missing CAP_SYS_ADMIN.*sudo' labtool runas 65534 nvme-ccr-trace live
expect 3 'missing CAP_SYS_ADMIN.*sudo' labtool runas 65534 nvme-ccr-trace
expect 3 'can NOT be observed' labtool runas 65534 nvme-ccr-trace doctor
expect 3 '"able":false' labtool runas 65534 nvme-ccr-trace doctor --format json

mount -t tmpfs none /sys/kernel/btf || exit 1
expect 3 'CONFIG_DEBUG_INFO_BTF=y' nvme-ccr-trace live
expect 3 'FAILED +BTF' nvme-ccr-trace doctor
umount /sys/kernel/btf

expect 3 'cannot write to standard output' closed
expect 0 'Recoveries can be observed' nvme-ccr-trace doctor
expect 0 'nvme_tcp_error_recovery_work \(fentry\)' nvme-ccr-trace doctor --attach function
[ ! -d "$TRACEFS/events/nvme/nvme_err_work_start" ] ||
	expect 0 'nvme_err_work_start \(tracepoint\)' nvme-ccr-trace doctor
expect 0 'nvme_tcp_error_recovery_work \(kprobe\)' nvme-ccr-trace doctor --attach kprobe
expect 0 '"able":true' nvme-ccr-trace doctor --format json
cp /run/stdout "$OUT/doctor.json"
expect 0 'watching 2 controllers.*' nvme-ccr-trace live --duration 100ms
expect 2 'duration' nvme-ccr-trace live --duration soon
for signal in INT TERM; do
	expect 0 '"end":"incomplete","end_reason":"observation-ended"' interrupted $signal
	[ -s "$OUT/live.json" ] || flunk "nothing was told after SIG$signal"
done

# A full disk: told once, and in the exit code. It is noticed when something is to be written.
full 2>/run/full.err &
FULL_PID=$!
wait_or_say 30 'grep -q watching /run/full.err' "live to watch" && path_kill 4420 &&
	wait_until 30 "! kill -0 $FULL_PID" || BAD=1
wait "$FULL_PID"
[ $? -eq 3 ] && grep -q 'No space left on device' /run/full.err || flunk "full: $(cat /run/full.err)"
wait_state "$ctrl" live 20 || exit 1

# Filters
before=$(reconnects)
live_start --controller nvme77 --min-duration 1h && path_kill 4420 &&
	wait_or_say 20 "[ \$(reconnects) -gt $before ]" "a reconnect" && live_stop || exit 1
[ ! -s "$OUT/live.json" ] && grep -q 'recoveries: 1 ' "$OUT/live.err" &&
	grep -q 'hidden by filters: 1' "$OUT/live.err" || flunk "filters: $(cat "$OUT/live.err")"
exit $BAD
