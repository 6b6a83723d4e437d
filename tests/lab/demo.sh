# shellcheck shell=dash
# What `make demo` runs in the guest: three failures of a kernel with CCR and CQT, watched by `live`.
. /lab/lib.sh
. /lab/demo.conf # COLOR, LANG, COLUMNS
export LANG COLUMNS

say() {
	printf '\n### %s\n\n' "$*"
}

# offer SUBSYS CQT CCRL PORT - a subsystem that promises so much, two paths to it, and I/O
offer() {
	target_subsys "$1" && target_recovery "$1" "$2" "$3" || return 1
	for port in "$4" $(($4 + 1)); do
		target_port "$port" tcp ipv4 127.0.0.1 "$port" && port_link "$port" "$1" &&
			tcp_connect "$port" "$1" || return 1
	done
	paths_ready 2 "$1" && io_start "$(disk_of "$1")" 1 && LOADS="$LOADS $IO_PID"
}

recovered() { # CTRL N - it is back, and live told of N recoveries in all
	wait_state "$1" live 30 &&
		wait_or_say 10 "[ \$(grep -c 'TIME TO LIVE' /run/live) -ge $2 ]" "live to tell of it"
}

LOADS=
fail_modules && tcp_modules || exit 1
LAB_KATO=5
offer s1 0 4 4420 || exit 1
LAB_KATO=2
offer s2 1000 0 4430 && offer s3 0 0 4440 || exit 1
say "nvme-ccr-trace live on $(uname -r) with our patches: three subsystems, two paths each, I/O running"
# Through a file, too, so that this script knows how far live has come.
mkfifo /run/pipe
tee /run/live </run/pipe &
TEE_PID=$!
nvme-ccr-trace live --color "$COLOR" >/run/pipe 2>/run/live.err &
LIVE_PID=$!
wait_or_say 30 'grep -q watching /run/live.err' "live to watch" || { cat /run/live.err; exit 1; }
cat /run/live.err

path=$(ctrl_of 4420)
say "1. every packet of $path is dropped in silence; its target knows CCR, and resets it for us"
path_drop 4420 && wait_said "$path" "CCR succeeded" 30 && path_restore && recovered "$path" 1 || exit 1

path=$(ctrl_of 4430)
say "2. the connection of $path is killed; its target knows no CCR, but promises to quiesce within CQT"
path_kill 4430 && recovered "$path" 2 || exit 1

path=$(ctrl_of 4440)
say "3. the connection of $path is killed; its target promises nothing: as unsafe as ever"
path_kill 4440 && recovered "$path" 3 || exit 1

say "Ctrl-C"
kill -INT "$LIVE_PID" && wait "$LIVE_PID"
status=$?
wait "$TEE_PID"
tail -n 1 /run/live.err
# shellcheck disable=SC2086 # process ids
kill $LOADS
exit $status
