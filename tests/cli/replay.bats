#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# hist and export, on a recording that the recorder made of a simulated host.

setup_file() {
	export REC=$BATS_FILE_TMPDIR/host.nct
	"$BATS_TEST_DIRNAME/../../build/cli/make_recording" "$REC" 5 12
}

setup() {
	nct=${NCT:-$BATS_TEST_DIRNAME/../../build/nvme-ccr-trace}
	proto=$BATS_TEST_DIRNAME/../../tools/view
	cd "$BATS_TEST_TMPDIR" || return 1
}

# refused STATUS TEXT ARGUMENT... - exits so, says TEXT on stderr, prints nothing on stdout
refused() {
	local status_wanted=$1 text=$2 out rc=0
	shift 2
	out=$("$nct" "$@" 2>err) || rc=$?
	echo "status $rc, stdout \"$out\", stderr: $(cat err)"
	[ "$rc" -eq "$status_wanted" ]
	[ -z "$out" ]
	grep -qF -- "$text" err
}

sql() {
	sqlite3 "$REC" "$1"
}

@test "hist and export without a file, or without --to, are refused" {
	refused 2 "what to read is missing: give FILE..." hist
	refused 2 "what to read is missing: give FILE..." export --to csv
	refused 2 "what to write is missing: give --to json, csv or perfetto" export "$REC"
	refused 2 '--by "nqn": not accepted; give fence, transport, controller, or a comma list of them' hist --by nqn "$REC"
	refused 2 '--to "xml": not accepted; give json, csv or perfetto' export --to xml "$REC"
	refused 2 "--ascii takes no value" hist --ascii=1 "$REC"
}

@test "what is no recording is refused, and the output left as it was" {
	echo precious >out
	echo "no recording" >notes.txt
	refused 2 notes.txt hist notes.txt
	refused 2 notes.txt hist -o out notes.txt
	for to in json csv perfetto; do refused 2 notes.txt export --to $to -o out notes.txt; done
	refused 3 /nonexistent/x hist -o /nonexistent/x "$REC"
	[ "$(cat out)" = precious ]
}

@test "hist counts what the tables hold" {
	"$nct" hist "$REC" >text
	[ "$(sed -n '1s/ .*//p' text)" -eq "$(sql "select count(*) from recovery where kind='recovery'")" ]
	for fence in ccr ccr-immediate hold unfenced; do
		n=$(sql "select count(time_to_retry_ns) from recovery where fence='$fence'")
		[ "$n" -gt 0 ]
		sed '/^TIME TO LIVE/q' text | grep -qx "  fence $fence, n $n"
	done
}

@test "hist --format json has the quantiles of the samples" {
	"$nct" hist --format json --by transport "$REC" >lines
	sqlite3 -json "$REC" "select c.transport as 'group', time_to_live_ns as ns from recovery r
		join controller c on c.id = r.controller where kind = 'recovery' and ns not null" >samples
	python3 - <<-'PY'
	import json
	samples = {}
	for s in json.load(open("samples")):
	    samples.setdefault(s["group"], []).append(s["ns"])
	lines = [json.loads(l) for l in open("lines")]
	lines = [l for l in lines if l["metric"] == "time_to_live"]
	assert {l["group"] for l in lines} == set(samples) and len(samples) > 1, (lines, samples)
	for l in lines:
	    v = sorted(samples[l["group"]])
	    rank = lambda q: v[max(-(-len(v) * q // 1000), 1) - 1]
	    assert l["schema"] == "nvme-ccr-trace/hist/1" and l["n"] == len(v)
	    got = [l[k + "_ns"] for k in ("min", "p50", "p90", "p99", "max")]
	    assert got == [rank(q) for q in (0, 500, 900, 990, 1000)], (got, v)
	    assert sum(b["n"] for b in l["bins"]) == len(v)
	PY
}

@test "hist fits the terminal, in Unicode or not" {
	for width in 40 80 132; do
		COLUMNS=$width LC_ALL=C.UTF-8 "$nct" hist "$REC" >wide
		[ "$(LC_ALL=C.UTF-8 wc -L <wide)" -le "$width" ]
		grep -q '█' wide
	done
	LC_ALL=C.UTF-8 "$nct" hist --ascii "$REC" >plain
	if LC_ALL=C grep -q '[^ -~]' plain; then return 1; fi
	grep -q '###' plain
}

@test "hist says so when there is nothing to count" {
	"$nct" hist --controller nvme99 "$REC" >out 2>err
	[ ! -s out ]
	grep -q "no recovery to count" err
}

@test "hist and export take the filters of report" {
	"$nct" export --to json --controller nvme1 --end live --fence ccr "$REC" >a
	"$nct" report --format json --controller nvme1 --end live --fence ccr "$REC" >b
	[ -s a ]
	cmp a b
	"$nct" hist --controller nvme1 --end live --fence ccr "$REC" >text
	[ "$(sed -n '1s/ .*//p' text)" -eq "$(wc -l <a)" ]
}

@test "export --to json is what report prints" {
	cmp <("$nct" export --to json "$REC") <("$nct" report --format json "$REC")
}

@test "export --to csv has the values of the JSON" {
	"$nct" export --to csv -o rows.csv "$REC"
	"$nct" export --to json -o lines "$REC"
	python3 - <<-'PY'
	import csv, json
	rows = list(csv.DictReader(open("rows.csv", newline="")))
	lines = [json.loads(l) for l in open("lines")]
	assert len(rows) == len(lines) > 100
	text = lambda v: "" if v is None else str(v)
	for row, o in zip(rows, lines):
	    assert None not in row and None not in row.values(), row
	    for key in ("kind", "controller", "address", "subsystem", "start", "start_ns", "duration_ns", "host",
	                "time_to_retry_ns", "time_to_live_ns", "fence", "fence_reason", "end", "attempts"):
	        assert row[key] == text(o[key]), (key, row, o)
	    for phase in ("queue", "ccr", "hold", "teardown", "backoff", "connect"):
	        assert row[phase + "_ns"] == text(o["phase_totals_ns"].get(phase)), (phase, row, o)
	    assert row["host"] == "host1.example"
	    assert row["ccr_last_result"] == text(o["ccr"][-1]["result"] if o["ccr"] else None)
	PY
}

@test "export --to perfetto is a trace that protoc decodes, with a slice for all that there is" {
	"$nct" export --to perfetto -o t.pftrace "$REC"
	protoc --decode_raw <t.pftrace >raw
	protoc --decode=perfetto.Trace -I"$proto" perfetto.proto <t.pftrace >decoded
	# Fields that our definition does not know would have a number for a name.
	if grep -E '^ *[0-9]+[:{ ]' decoded; then return 1; fi
	begins=$(grep -c TYPE_SLICE_BEGIN decoded)
	[ "$begins" -eq "$(grep -c TYPE_SLICE_END decoded)" ]
	[ "$begins" -eq "$(sql 'select (select count(*) from recovery) + (select count(*) from phase)
		+ (select count(*) from ccr_attempt) + (select count(*) from blackout)')" ]
	[ "$(grep -c TYPE_INSTANT decoded)" -eq "$(sql 'select count(time_to_retry_ns) from recovery')" ]
	# A track for each controller, and below it for each device that was dark.
	blackouts=$(grep -c 'name: "blackouts of ' decoded)
	[ "$blackouts" -gt 0 ]
	[ "$(grep -c 'parent_uuid' decoded)" -eq $((12 + blackouts)) ]
	grep -q 'process_name: "host1.example: nqn.2014-08.org.example:s2"' decoded
	grep -q 'name: "nvme11 192.0.2.12:4420"' decoded
	# The packet's own number of a track event is 11, of its time stamp 8.
	grep -qx '  11 {' raw
	[ "$(grep -cE '^  8: [0-9]+$' raw)" -eq "$(grep -c track_event decoded)" ]
}

@test "a Perfetto trace is not thrown at a terminal" {
	command -v script >/dev/null || skip "no script(1)"
	run script -qec "$nct export --to perfetto $REC" /dev/null
	[[ $output == *"give --output FILE"* ]]
}

@test "output that cannot be written exits 3" {
	refused_write() {
		local rc=0
		"$nct" "$@" >/dev/full 2>err || rc=$?
		[ "$rc" -eq 3 ]
		grep -q "No space left on device" err
	}
	refused_write hist "$REC"
	refused_write hist --format json "$REC"
	for to in json csv perfetto; do refused_write export --to $to "$REC"; done
}

@test "two recordings of two hosts are one trace, and one histogram" {
	"$BATS_TEST_DIRNAME/../../build/cli/make_recording" other.nct 9 3
	sqlite3 other.nct "update session set host = 'host2.example'"
	"$nct" export --to perfetto -o t.pftrace "$REC" other.nct
	protoc --decode=perfetto.Trace -I"$proto" perfetto.proto <t.pftrace >decoded
	grep -q 'process_name: "host2.example: ' decoded
	"$nct" hist --by controller "$REC" other.nct >text
	grep -q "controller nvme1, host host2.example, n " text
	grep -q "controller nvme1, host host1.example, n " text
}
