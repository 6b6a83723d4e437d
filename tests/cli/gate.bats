#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# gate: what it reads, what it writes, and its exit codes.
# shellcheck disable=SC2030,SC2031 # each test is a process of its own

bats_require_minimum_version 1.5.0

setup_file() {
	export root=$BATS_TEST_DIRNAME/../..
	export nct=${NCT:-$root/build/nvme-ccr-trace} DATA=$BATS_FILE_TMPDIR
	"$root/build/cli/make_recording" "$DATA/a.nct" 1 12
	"$root/build/cli/make_recording" "$DATA/b.nct" 2 12
	"$nct" gate "$DATA/a.nct" --save-baseline "$DATA/a.json"
	"$nct" gate "$DATA/b.nct" --save-baseline "$DATA/b.json"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export COLUMNS=200 LC_ALL=C
}

# slower FROM TO METRIC FACTOR - a baseline whose times are other ones
slower() {
	python3 - "$@" <<-'END'
		import json, sys
		d = json.load(open(sys.argv[1]))
		for r in d["recoveries"]:
		    if sys.argv[3] in r:
		        r[sys.argv[3]] = int(r[sys.argv[3]] * float(sys.argv[4]))
		json.dump(d, open(sys.argv[2], "w"))
	END
}

# same FROM TO N - N recoveries, alike but for a little
same() {
	python3 - "$@" <<-'END'
		import json, sys
		d = json.load(open(sys.argv[1]))
		d["recoveries"] = [{"fence": "ccr", "end": "live", "transport": "tcp", "controller": "nvme1",
		    "time_to_retry": 41000000 + 7919 * i % 90000, "time_to_live": 1100000000 + 3571 * i % 90000,
		    "teardown": 9000000 + 104729 * i % 50000} for i in range(int(sys.argv[3]))]
		for rule in d["audit"]:
		    rule["fired"] = 0
		json.dump(d, open(sys.argv[2], "w"))
	END
}

verdict() { # WANTED EXIT ARGUMENT...
	local wanted=$1 code=$2
	shift 2
	run --separate-stderr "$nct" gate "$@" --format json
	echo "$output" "$stderr"
	[ "$status" -eq "$code" ]
	[ "$(jq -r .verdict <<<"$output")" = "$wanted" ]
	[ "$(jq -r .exit <<<"$output")" -eq "$code" ]
}

refused() { # CODE MESSAGE ARGUMENT...
	local code=$1 message=$2
	shift 2
	run --separate-stderr "$nct" gate "$@"
	echo "$stderr"
	[ "$status" -eq "$code" ]
	[ -z "$output" ]
	[[ $stderr == *"$message"* ]]
}

@test "recordings, JSON lines and baselines of them give the same verdict, byte by byte" {
	run "$nct" gate "$DATA/a.nct" --against "$DATA/b.nct"
	[ "$status" -eq 4 ]
	echo "$output" >recordings
	"$nct" gate "$DATA/a.json" --against "$DATA/b.nct" >baseline || [ $? -eq 4 ]
	cmp recordings baseline
	for f in a b; do "$nct" export --to json "$DATA/$f.nct" >$f.lines; done
	"$nct" gate a.lines --against b.lines >lines || [ $? -eq 4 ]
	# JSON lines do not tell the kernel, nor what audit found.
	diff <(sed 's/ of 6.12.0//; /^- audit: /d' recordings) lines
	cat a.lines | "$nct" gate /dev/stdin --against b.lines >piped || [ $? -eq 4 ]
	cmp lines piped
}

@test "a baseline of a baseline is the same file" {
	"$nct" gate "$DATA/a.json" --save-baseline again.json
	cmp "$DATA/a.json" again.json
	jq -e '.schema == "nvme-ccr-trace/baseline/1" and (.recoveries | length) > 100' again.json
	[ "$(grep -c '^{"fence"' again.json)" -eq "$(jq '.recoveries | length' again.json)" ]
}

@test "each verdict has its exit code" {
	same "$DATA/a.json" base.json 30
	verdict pass 0 base.json --against base.json
	slower base.json slow.json teardown 1.3
	verdict regression 1 base.json --against slow.json
	verdict improved 0 slow.json --against base.json
	same "$DATA/a.json" few.json 3
	verdict inconclusive 4 base.json --against few.json
	jq '.lost = 3' base.json >lossy.json
	verdict invalid 5 base.json --against lossy.json
	verdict invalid 5 lossy.json --against base.json
	verdict pass 0 base.json --against lossy.json --allow-diff lossy --allow-diff lossyy
	[[ $output == *'"lossyy: nothing of this name differs'* ]]
	jq '.cut_off = 1' lossy.json >cut.json
	refused 5 'sessions did not end cleanly (--allow-diff truncated)' cut.json --save-baseline x.json --allow-diff lossy
}

@test "the metric that became slower is the one that is named, in all formats" {
	same "$DATA/a.json" base.json 30
	slower base.json slow.json teardown 1.3
	run "$nct" gate base.json --against slow.json
	[[ $output == *"Regression"*"- fence ccr, transport tcp: teardown is slower by 2.70 ms (+30.0 %)"* ]]
	[[ $output != *"time_to_retry is"* ]]
	run "$nct" gate base.json --against slow.json --format markdown
	[ "${lines[0]}" = "### Recovery gate: regression" ]
	[[ $output == *"| teardown | 30/30 | 9.02 ms | 11.7 ms |"*"| **slower** |"* ]]
	"$nct" gate base.json --against slow.json --format junit >gate.xml || [ $? -eq 1 ]
	python3 - <<-'END'
		import xml.etree.ElementTree as e
		s = e.parse("gate.xml").getroot()
		assert s.get("failures") == "1" and s.get("errors") == "0", s.attrib
		bad = [c for c in s if len(c)]
		assert [c.get("name") for c in bad] == ["teardown"] and bad[0][0].tag == "failure"
		assert int(s.get("tests")) == len(s) == 5
	END
	"$nct" gate base.json --against slow.json --format json >gate.json || [ $? -eq 1 ]
	[ "$(jq -r '.times[] | select(.found == "worse") | .metric' gate.json)" = teardown ]
	[ "$(jq -r '.reasons | length' gate.json)" -eq 1 ]
}

@test "a violation that the baseline did not have is no pass, unless a budget says so" {
	same "$DATA/a.json" base.json 30
	jq '(.audit[] | select(.rule == "early-retry")).fired = 3' base.json >unsafe.json
	verdict inconclusive 4 base.json --against unsafe.json
	jq -e '.reasons == ["audit: early-retry 3 times in the candidate, never in the baseline: look at them with audit, or set a limit, such as --budget '"'audit.early-retry==0'"'"]
		and .audit == [{"rule": "early-retry", "severity": "violation", "baseline": 0, "candidate": 3}]' <<<"$output"
	verdict regression 1 base.json --against unsafe.json --budget audit.early-retry==0
	verdict pass 0 base.json --against unsafe.json --budget 'audit.violations<=10%'
	verdict pass 0 unsafe.json --against base.json
	verdict pass 0 unsafe.json --against unsafe.json
	[[ $stderr == *"unsafe.json is both baseline and candidate"* ]]
	# A rule that the baseline's program did not have.
	jq 'del(.audit[] | select(.rule == "early-retry"))' base.json >old.json
	verdict inconclusive 4 old.json --against unsafe.json
	[[ $output == *"the baseline does not tell"* ]]
	[ "$(jq '.audit[0].baseline' <<<"$output")" = null ]
	verdict inconclusive 4 --against old.json --budget audit.violations==0
	"$nct" gate base.json --against unsafe.json --format junit >gate.xml || [ $? -eq 4 ]
	grep -q '<testcase classname="audit" name="early-retry"><error' gate.xml
}

@test "differences that are too little to matter, and what has no counterpart, are told" {
	same "$DATA/a.json" base.json 60
	slower base.json slow.json teardown 1.03
	verdict pass 0 base.json --against slow.json
	jq -e '.times[] | select(.metric == "teardown") | .found == "minor"' <<<"$output"
	[[ $output == *"teardown is slower by 270 us (+3.0 %), p <0.0001: less than what matters"* ]]
	jq '.recoveries += (.recoveries[:20] | map(.transport = "rdma"))' base.json >more.json
	verdict inconclusive 4 base.json --against more.json
	[[ $output == *"transport rdma: time_to_retry: only the candidate has it, in 20 recoveries"* ]]
	"$nct" gate base.json --against more.json --format junit >gate.xml || [ $? -eq 4 ]
	grep -q '<testcase classname="fence ccr, transport rdma" name="time_to_retry"><error' gate.xml
	verdict pass 0 base.json --against more.json --by fence
}

@test "what differs besides the kernel makes it invalid, unless it is allowed" {
	same "$DATA/a.json" base.json 30
	jq '(.fingerprint[] | select(.name == "kato_ms")).values = ["2000"]' base.json >kato.json
	verdict invalid 5 base.json --against kato.json
	run "$nct" gate base.json --against kato.json
	[[ $output == *"Invalid"*"- kato_ms: 5000 against 2000"* ]]
	verdict pass 0 base.json --against kato.json --allow-diff kato_ms
	run "$nct" gate base.json --against kato.json --allow-diff kato_ms
	[[ $output == *"kato_ms: 5000 against 2000 (allowed)"* ]]
	jq '(.fingerprint[] | select(.name == "kernel")).values = ["6.99"]' base.json >kernel.json
	verdict pass 0 base.json --against kernel.json
	jq 'del(.fingerprint[] | select(.name == "kato_ms"))' base.json >silent.json
	verdict pass 0 base.json --against silent.json
}

@test "settings of the host and its kernel are recorded, and compared" {
	sqlite3 "$DATA/a.nct" ".clone x.nct" >/dev/null
	cp "$DATA/a.nct" y.nct
	sqlite3 y.nct "insert into setting values (1, 'CONFIG_HZ', '250')"
	cp y.nct z.nct
	sqlite3 z.nct "update setting set value = '1000'"
	verdict invalid 5 y.nct --against z.nct
	jq -e '.differences == [{"name": "CONFIG_HZ", "baseline": "250", "candidate": "1000", "allowed": false}]' \
		<<<"$output"
	"$nct" gate y.nct --against "$DATA/a.nct" --format json | jq -e '.differences == []' || [ $? -eq 4 ]
	# A file of an earlier program has no such table.
	sqlite3 z.nct "drop table setting"
	"$nct" gate y.nct --against z.nct --format json | jq -e '.differences == []'
}

@test "budgets: from the command line and from a file, with or without a baseline" {
	same "$DATA/a.json" base.json 30
	verdict pass 0 --against base.json --budget 'time_to_retry.p99<2s' --budget 'hold.max<=15s'
	verdict regression 1 --against base.json --budget 'time_to_retry.p99<2s' --budget 'recoveries>=31'
	[ "$(jq -c '[.budgets[].found]' <<<"$output")" = '["kept","broken"]' ]
	printf '# limits\n\ntime_to_retry.max <= 41ms # too little\n  fence.unfenced==0\n' >limits
	verdict regression 1 base.json --against base.json --budgets limits
	[ "$(jq -c '[.budgets[].found]' <<<"$output")" = '["broken","kept"]' ]
	verdict inconclusive 4 --against base.json --budget 'blackout.max<1s'
	verdict regression 1 --against "$DATA/a.nct" --budget audit.violations==0
	"$nct" export --to json "$DATA/a.nct" >a.lines
	verdict inconclusive 4 --against a.lines --budget audit.violations==0
}

@test "a blackout that was not over breaks a budget that it exceeds, and keeps none" {
	local io='.io = {"blackouts": [{"device": "nvme0n1", "since_ns": (.start_ns - 1000000000), "until_ns": null,
		"duration_ns": null}], "more_blackouts": false}' ns
	"$nct" export --to json "$DATA/a.nct" | jq -c "select(.kind == \"recovery\" and .end == \"live\") | $io" >open.lines
	ns=$(jq -s 'map(.duration_ns + 1000000000) | max' open.lines)
	verdict regression 1 --against open.lines --budget "blackout.max<${ns}ns"
	verdict inconclusive 4 --against open.lines --budget "blackout.max<=${ns}ns"
	[ "$(jq -c '.budgets[0] | [.found, .actual, .at_least]' <<<"$output")" = "[\"unknown\",$ns,true]" ]
	verdict pass 0 --against open.lines --budget "blackout.max>=${ns}ns"
	"$nct" gate open.lines --save-baseline base.json
	verdict inconclusive 4 --against base.json --budget "blackout.max<=${ns}ns"
	run -4 "$nct" gate --against base.json --budget "blackout.max<1h"
	[[ $output == *"of the candidate's blackouts: not over"* ]]
}

@test "a budget that is none is refused, and said why" {
	refused 2 'of a time there is min, max, p50, p99.9' --against "$DATA/a.nct" --budget 'hold.median<1s'
	refused 2 'the operator is one of' --against "$DATA/a.nct" --budget 'hold.max'
	refused 2 'there is no such metric' --against "$DATA/a.nct" --budget 'holds.max<1s'
	refused 2 'No such file' --against "$DATA/a.nct" --budgets nowhere
	printf '%0300d\n' 0 >limits
	refused 2 'it is too long' --against "$DATA/a.nct" --budgets limits
	printf '%300s # far to the right\n' 'recoveries >= 1' >limits
	verdict pass 0 --against "$DATA/a.nct" --budgets limits
	refused 2 'cannot be read' --against "$DATA/a.nct" --budgets .
	echo 'hold.max<=1x' >limits
	refused 2 'the limit has to be a time' --against "$DATA/a.nct" --budgets limits
}

@test "usage that cannot be meant is refused" {
	refused 2 'what to compare is missing'
	refused 2 'the candidate is missing' "$DATA/a.nct"
	refused 2 'is more than --detect 50%' "$DATA/a.nct" --against "$DATA/b.nct" --min-effect 60%
	refused 2 'without a BASELINE there has to be a --budget' --against "$DATA/a.nct"
	refused 2 '--against needs a value' "$DATA/a.nct" --against
	refused 2 '--save-baseline needs a BASELINE' --save-baseline x.json --against "$DATA/a.nct"
	refused 2 '--budget is about the candidate' "$DATA/a.nct" --save-baseline x.json --budget 'recoveries>1'
	for bad in '--alpha 0' '--alpha 0.6' '--alpha x' '--power 0.4' '--power 1' '--detect 0' '--detect -5%' \
		'--min-effect x' '--min-effect 5%,' '--min-effect 0.05' '--by fence,' '--by nqn' '--format yaml' \
		'--allow-diff='; do
		# shellcheck disable=SC2086 # two words
		refused 2 'not accepted' "$DATA/a.nct" --against "$DATA/b.nct" $bad
	done
}

@test "input that is none, damaged or cut off is told, and never passes" {
	refused 2 'there is no file' nowhere.nct --against "$DATA/b.nct"
	refused 2 'is not a recording' "$DATA/a.nct" --against /etc/passwd
	refused 2 'is not a recording' "$DATA/a.nct" --against .
	head -c 3000 "$DATA/a.json" >cut.json
	refused 5 'is cut off' cut.json --against "$DATA/b.nct"
	"$nct" export --to json "$DATA/a.nct" | head -c 9000 >cut.lines
	refused 5 'is cut off' "$DATA/a.nct" --against cut.lines
	head -c 20000 "$DATA/a.nct" >cut.nct
	refused 5 'is damaged' cut.nct --against "$DATA/b.nct"
	echo '{"schema": "other/1"}' >other.json
	refused 2 'line 1: its schema is none of' other.json --against "$DATA/b.nct"
	echo '{"schema": "nvme-ccr-trace/baseline/1"}' >empty.json
	refused 2 'is missing' empty.json --against "$DATA/b.nct"
	jq '.recoveries[3].end = "nowhere"' "$DATA/a.json" >bad.json
	refused 2 'a word that is not known' bad.json --against "$DATA/b.nct"
	jq '.recoveries[3].end = "live" | .recoveries[3].time_to_live = -1' "$DATA/a.json" >bad.json
	refused 2 'none that this program writes' bad.json --against "$DATA/b.nct"
	for schema in null 5 '[]' '{}'; do
		echo "{\"schema\": $schema}" >bad.json
		refused 2 'its schema is none of' bad.json --against "$DATA/b.nct"
	done
	for rubbish in '"x"' null '[null]' '[[]]' '{"a": null}'; do
		"$nct" export --to json "$DATA/a.nct" | head -n 1 |
			jq -c ".notes = $rubbish | .io = $rubbish | .configured = $rubbish | .kind = $rubbish" >bad.json
		refused 2 'line 1' bad.json --against "$DATA/b.nct"
	done
	for where in .recoveries .recoveries[3] .recoveries[3].fence .recoveries[3].lossy .recoveries[3].queue .fingerprint \
		.fingerprint[0] .fingerprint[0].values .audit .audit[2] .lost .resolution_ns; do
		jq "$where = \"x\"" "$DATA/a.json" >bad.json
		run "$nct" gate bad.json --against "$DATA/b.nct"
		echo "$where: $output"
		[ "$status" -eq 2 ]
	done
	jq '.recoveries[3] = 5' "$DATA/a.json" >bad.json
	refused 2 'is no object' bad.json --against "$DATA/b.nct"
	"$nct" export --to json "$DATA/a.nct" | head -n 2 >two.lines
	echo '{"schema": rubbish' >>two.lines
	jq 'del(.resolution_ns)' "$DATA/a.json" >bad.json
	refused 2 'its resolution is missing' bad.json --against "$DATA/b.nct"
	jq '.audit[0].fired = 2e18' "$DATA/a.json" >bad.json
	refused 2 'a line of its audit has no number' bad.json --against "$DATA/b.nct"
	"$nct" export --to json "$DATA/a.nct" | grep recovery/ | head -n 1 | jq -c '.io = {"blackouts": {}}' >bad.json
	refused 2 'none that this program writes' bad.json --against "$DATA/b.nct"
	printf "{'schema': 'nvme-ccr-trace/recovery/1'}" >bad.json
	refused 2 'line 1' bad.json --against "$DATA/b.nct"
	refused 2 'line 3' two.lines --against "$DATA/b.nct"
}

@test "nothing that is compared is overwritten, and a baseline that cannot be trusted is not saved" {
	cp "$DATA/a.json" a.json
	refused 2 'would be lost' a.json --against "$DATA/b.json" -o a.json
	refused 2 'would be lost' "$DATA/b.json" --against a.json -o a.json
	refused 2 'would be lost' "$DATA/b.json" --save-baseline a.json --against a.json
	refused 2 'name the same file' "$DATA/b.json" --save-baseline x.json --against a.json -o x.json
	refused 2 'is a recording' "$DATA/a.nct" --save-baseline "$DATA/b.nct"
	cmp a.json "$DATA/a.json"
	jq '.lost = 1' a.json >lossy.json
	refused 5 'not saved' lossy.json --save-baseline a.json
	cmp a.json "$DATA/a.json"
	jq '.recoveries = []' a.json >none.json
	refused 4 'no recovery to save' none.json --save-baseline a.json
	refused 3 'cannot write to' "$DATA/a.nct" --save-baseline /dev/full
	refused 3 'cannot write to' "$DATA/a.nct" --against "$DATA/b.nct" -o /dev/full
}

@test "what is given twice counts once; what follows --against is the candidate's" {
	run --separate-stderr "$nct" gate "$DATA/a.nct" "$DATA/a.nct" --against "$DATA/b.nct" "$DATA/b.nct" --format json
	[[ $stderr == *"is the same file as"*"is the same file as"* ]]
	n=$(jq .baseline.recoveries <<<"$output")
	run --separate-stderr "$nct" gate --against "$DATA/b.nct" "$DATA/a.json" --budget 'recoveries>=1' --format json
	[ "$(jq .candidate.recoveries <<<"$output")" -gt "$n" ]
	run --separate-stderr "$nct" gate "$DATA/a.nct" --format json --against -- "$DATA/b.nct"
	[ "$status" -eq 2 ] # "--" is a name here, as for any option with a value
}

@test "--by keeps apart what is asked for" {
	for by in fence transport controller fence,controller; do
		"$nct" gate "$DATA/a.nct" --against "$DATA/b.nct" --by "$by" --format json >by.json || [ $? -eq 4 ]
		[ "$(jq -r '[.times[].by] | unique | join(" ")' by.json)" = "$by" ]
		[ "$(jq '[.times[] | select(.metric == "queue") | .n.baseline] | add' by.json)" -eq \
			"$(jq '[.recoveries[] | select(.queue)] | length' "$DATA/a.json")" ]
	done
}
