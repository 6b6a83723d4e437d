# shellcheck shell=dash
# What `make demo` runs in the guest: three failures, watched by `live`.
. /lab/lib.sh
. /lab/demo.conf # COLOR, LANG, COLUMNS
export LANG COLUMNS

say() {
	printf '\n### %s\n\n' "$*"
}

recovered() { # CTRL N - it is back, and live told of N recoveries in all
	wait_state "$1" live 30 &&
		wait_or_say 10 "[ \$(grep -c 'TIME TO LIVE' /run/live) -ge $2 ]" "live to tell of it"
}

say "nvme-ccr-trace live on $(uname -r): two paths to one subsystem, I/O running"
fail_modules && io_start || exit 1
# Through a file, too, so that this script knows how far live has come.
mkfifo /run/pipe
tee /run/live </run/pipe &
TEE_PID=$!
nvme-ccr-trace live --color "$COLOR" >/run/pipe 2>/run/live.err &
LIVE_PID=$!
wait_or_say 30 'grep -q watching /run/live.err' "live to watch" || { cat /run/live.err; exit 1; }
cat /run/live.err

path=$(ctrl_of 4420)
say "1. the connection of $path is killed (ss -K)"
path_kill 4420 && recovered "$path" 1 || exit 1

say "2. every packet of $path is dropped in silence (nft)"
path_drop 4420 && wait_left "$path" live 15 && path_restore && recovered "$path" 2 || exit 1

say "3. the target's port of $path is disabled until two attempts have failed"
port_unlink 4420 && wait_left "$path" live 5 &&
	wait_or_say 20 '[ $(dmesg | grep -c "Failed reconnect") -ge 2 ]' "two failed attempts" &&
	port_link 4420 && recovered "$path" 3 || exit 1

say "Ctrl-C"
kill -INT "$LIVE_PID" && wait "$LIVE_PID"
status=$?
wait "$TEE_PID"
tail -n 1 /run/live.err
io_stop >/dev/null
exit $status
