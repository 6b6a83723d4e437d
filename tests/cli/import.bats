#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Logs and traces of real recoveries (tests/data/import), and inputs that are none. Needs no kernel.

setup() {
	nct=${NCT:-$BATS_TEST_DIRNAME/../../build/nvme-ccr-trace}
	data=$BATS_TEST_DIRNAME/../data/import
	tmp=$BATS_TEST_TMPDIR
}

# fails STATUS TEXT ARGUMENT... - exits so, and says TEXT on stderr
fails() {
	local wanted=$1 text=$2 rc=0
	shift 2
	"$nct" import "$@" >"$tmp/out" 2>"$tmp/err" || rc=$?
	echo "status $rc, stderr: $(cat "$tmp/err")"
	[ "$rc" -eq "$wanted" ]
	grep -qF -- "$text" "$tmp/err"
}

# imported SOURCE - standard input as JSON, without its times
imported() {
	"$nct" import --from "$1" --format json - 2>/dev/null | without_times
}

without_times() {
	sed -E 's/"(start|host)":("[^"]*"|null)/"\1":x/g; s/"[a-z_]*_ns":[0-9]+/"ns":x/g'
}

@test "each log and trace yields the recoveries that were verified by reading it" {
	for f in "$data"/*.dmesg "$data"/*.ftrace; do
		echo "$f"
		diff "$f.json" <("$nct" import --from "${f##*.}" --format json "$f")
	done
}

@test "a recording of an import tells the same, whether read from a file or a pipe" {
	for f in "$data"/*.dmesg "$data"/*.ftrace; do
		rm -f "$tmp/r.nct"
		cat "$f" | "$nct" import --from "${f##*.}" -o "$tmp/r.nct" -
		diff "$f.json" <("$nct" report --format json "$tmp/r.nct")
	done
}

@test "all ways to keep a log yield the same recoveries" {
	local log=$data/ccr-rejected-patched.dmesg want
	want=$(imported dmesg <"$log")
	[ -n "$want" ]
	diff <(echo "$want") <(sed 's/^/<6>/' "$log" | imported dmesg)
	diff <(echo "$want") <(sed 's/^/kern  :info  : /' "$log" | imported dmesg)
	diff <(echo "$want") <(sed 's/$/\r/' "$log" | imported dmesg)
	diff <(echo "$want") <(sed 's/\] /][  T1234] /' "$log" | imported dmesg)
	diff <(echo "$want") <(sed 's/\] /] alpha kernel: /' "$log" | imported dmesg)
	diff <(echo "$want") <(sed 's/^/Nov 22 16:42:38 alpha kernel: /' "$log" | imported dmesg)
	diff <(echo "$want") <(sed 's/^/2026-11-22T16:42:38.5+00:00 alpha kernel: /' "$log" |
		imported dmesg)
	diff <(echo "$want") <(awk '{ t = substr($0, 2, 12) * 1000000; sub(/^[^]]*\] /, "")
		printf "6,%d,%.0f,-;%s\n", NR, t, $0 }' "$log" | imported dmesg)
	diff <(echo "$want") <(awk '{ t = substr($0, 2, 12) * 1000000; sub(/^[^]]*\] /, "")
		gsub(/"/, "\\\""); printf "{\"__MONOTONIC_TIMESTAMP\":\"%.0f\",\"_TRANSPORT\":\"kernel\",\"MESSAGE\":\"%s\"}\n",
			t, $0 }' "$log" | imported dmesg)
}

@test "stamps to the second: the same recoveries, and the resolution is told" {
	local log=$data/ccr-rejected-patched.dmesg
	awk '{ t = int(substr($0, 2, 12)); sub(/^[^]]*\] /, "")
		printf "Nov 22 16:%02d:%02d alpha kernel: %s\n", t / 60, t % 60, $0 }' "$log" >"$tmp/log"
	"$nct" import --from dmesg --format json "$tmp/log" >"$tmp/out"
	[ "$(grep -c '"resolution_ns":1000000000' "$tmp/out")" -eq 2 ]
	[ "$(grep -c '"host":"alpha"' "$tmp/out")" -eq 2 ]
	[ "$(grep -c '"start":null' "$tmp/out")" -eq 2 ]
	[ "$(grep -c '"fence":"hold"' "$tmp/out")" -eq 2 ]
}

@test "filters and text: one controller, with the clock of the log" {
	run "$nct" import --from dmesg --controller nvme1 "$data/ccr-rejected-patched.dmesg"
	[ "$status" -eq 0 ]
	[[ $output == *"nvme1 recovery: LIVE again"* ]]
	[[ $output != *"nvme0 recovery"* ]]
	[[ $output == *"[  133.093459]"* ]]
}

@test "text says whose recoveries they are when there are several hosts" {
	run "$nct" import --from dmesg "$data/two-hosts.dmesg"
	[ "$status" -eq 0 ]
	[ "$(grep -c "^Session 1: host alpha" <<<"$output")" -eq 1 ]
	[ "$(grep -c "^Session 2: host beta" <<<"$output")" -eq 1 ]
}

@test "a log without recoveries is a log" {
	echo "[    1.000000] usb 1-1: new device" >"$tmp/log"
	run "$nct" import --from dmesg "$tmp/log"
	[ "$status" -eq 0 ]
	[[ $output == *"0 of them about recoveries"* ]]
}

@test "what is no log: empty, without stamps, binary, a directory, missing" {
	: >"$tmp/empty"
	echo "nvme nvme0: starting error recovery" >"$tmp/plain"
	head -c 100000 "$nct" >"$tmp/binary"
	fails 2 "no line with a time stamp" --from dmesg "$tmp/empty"
	fails 2 "dmesg without --notime" --from dmesg "$tmp/plain"
	fails 2 "no line with a time stamp" --from dmesg "$tmp/binary"
	fails 2 "no event of a trace" --from ftrace "$tmp/binary"
	fails 2 "Is a directory" --from dmesg "$tmp"
	fails 2 "No such file" --from dmesg "$tmp/missing"
}

@test "what is no text yet: says how to make it text" {
	local log=$data/tcp-kill-stock.dmesg
	for c in gzip:zcat xz:xzcat zstd:zstdcat bzip2:bzcat; do
		command -v "${c%:*}" >/dev/null || continue
		"${c%:*}" -c <"$log" >"$tmp/log.z"
		fails 2 "is compressed: ${c#*:} $tmp/log.z | nvme-ccr-trace import --from dmesg -" \
			--from dmesg "$tmp/log.z"
		"${c%:*}" -c <"$log" | "$nct" import --from dmesg - 2>"$tmp/err" && false
		grep -qF "${c#*:} FILE |" "$tmp/err"
	done
	printf 'LPKSHHRH\0\0' >"$tmp/system.journal"
	fails 2 "journalctl -k -o json --file" --from dmesg "$tmp/system.journal"
	printf '\027\010Dtracing6' >"$tmp/trace.dat"
	fails 2 "trace-cmd report $tmp/trace.dat" --from ftrace "$tmp/trace.dat"
}

@test "a journal without the field that tells whose lines they are: says so" {
	echo '{"__MONOTONIC_TIMESTAMP":"1000000","MESSAGE":"nvme nvme0: starting error recovery"}' >"$tmp/log"
	fails 2 "the field _TRANSPORT is missing" --from dmesg "$tmp/log"
	echo '[    1.000000] usb 1-1: x' >>"$tmp/log"
	fails 0 "the field _TRANSPORT is missing" --from dmesg "$tmp/log"
}

@test "a log that runs backwards is not believed" {
	tac "$data/tcp-kill-stock.dmesg" >"$tmp/log"
	fails 5 "runs backwards" --from dmesg "$tmp/log"
}

@test "a recording holds everything: filters and --format are for report" {
	for o in "--controller nvme0" "--subsystem nqn.x" "--since 02:00" "--until 03:00" \
		"--min-duration 1s" "--fence hold" "--end live" "--format json"; do
		# shellcheck disable=SC2086
		fails 2 "give them to report instead" --from dmesg $o -o "$tmp/r.nct" "$data/two-hosts.dmesg"
		[ ! -e "$tmp/r.nct" ]
	done
}

@test "what cannot be imported leaves no recording behind" {
	echo "no log" >"$tmp/plain"
	fails 2 "no line with a time stamp" --from dmesg -o "$tmp/r.nct" "$tmp/plain"
	fails 2 "No such file" --from dmesg -o "$tmp/r.nct" "$tmp/missing"
	[ ! -e "$tmp/r.nct" ]
	fails 3 "" --from dmesg -o "$tmp/missing/r.nct" "$data/two-hosts.dmesg"
}

@test "usage: what to import, and from what" {
	fails 2 "--from is missing" "$data/tcp-kill-stock.dmesg"
	fails 2 "dmesg or ftrace" --from syslog x
	fails 2 "what to read is missing" --from dmesg
}

@test "a file that is no recording stays as it is" {
	echo "mine" >"$tmp/mine"
	fails 2 "$tmp/mine" --from dmesg -o "$tmp/mine" "$data/tcp-kill-stock.dmesg"
	[ "$(cat "$tmp/mine")" = mine ]
}

@test "numbers of states that nothing names are not guessed" {
	grep -v '^state' "$data/ccr-timeout-patched.ftrace" >"$tmp/trace"
	fails 5 "state NUMBER NAME" --from ftrace "$tmp/trace"
}

@test "the other inputs are read when one is bad" {
	fails 2 "No such file" --from dmesg --format json "$tmp/missing" "$data/tcp-kill-stock.dmesg"
	diff "$data/tcp-kill-stock.dmesg.json" "$tmp/out"
}

@test "standard output that cannot be written is an error" {
	rc=0
	"$nct" import --from dmesg "$data/tcp-kill-stock.dmesg" >/dev/full 2>"$tmp/err" || rc=$?
	[ "$rc" -eq 3 ]
	grep -qF "cannot write to standard output" "$tmp/err"
}

@test "a trace without the probes of CCR proves nothing about fencing" {
	local trace=$data/tcp-removal-patched.ftrace
	[ "$("$nct" import --from ftrace --format json "$trace" | jq -r 'select(.fence) | .fence' | sort -u)" = ccr ]
	grep -v -E 'ccr_try|ccr_done' "$trace" >"$tmp/without.ftrace"
	"$nct" import --from ftrace --format json "$tmp/without.ftrace" >"$tmp/out"
	[ "$(jq -r 'select(.kind == "recovery") | "\(.fence) \(.retry_safe)"' "$tmp/out" | sort -u)" = "null null" ]
	"$nct" import --from ftrace -o "$tmp/without.nct" "$tmp/without.ftrace"
	"$nct" audit --rule reset-during-fencing,no-source --format json "$tmp/without.nct" >"$tmp/out"
	[ "$(jq -c 'select(.rules) | .rules | map([.judged, .fired]) | unique' "$tmp/out")" = '[[0,0]]' ]
}
