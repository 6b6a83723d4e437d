#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# audit: its exit status, its forms, its documents. The rules themselves: tests/unit/test_audit.c.

load sample

setup() {
	nct=${NCT:-$BATS_TEST_DIRNAME/../../build/nvme-ccr-trace}
	top=$BATS_TEST_DIRNAME/../..
	cd "$BATS_TEST_TMPDIR" || return 1
	export TZ=UTC0 COLUMNS=80 LC_ALL=C
}

# unsafe FILE - a recovery of a baseline kernel with requests in flight, failed over at once
unsafe() {
	sqlite3 "$1" <<-SQL
		PRAGMA application_id = 0x6e636374;
		PRAGMA user_version = 1;
		.read $top/tools/recording/schema.sql
		INSERT INTO session (id, first, origin, dialect, resolution_ns, start_ns, end_ns, host)
			VALUES (1, 1, 1, 1, 1, 0, 9000000000, 'db<7>&"x"');
		INSERT INTO controller (id, session, name, instance, cntlid, transport, subsystem, cqt_ms, ccr)
			VALUES (1, 1, 'nvme1', 1, 1, 'tcp', 'nqn.x:<s1>', ${2:-NULL}, ${3:-NULL});
		INSERT INTO event (id, session, ts_ns, ctrl, instance, cpu, type, a, b, c, d, e, text) VALUES
			(1, 1, 1000, 7, 1, 0, 13, 1, 2, NULL, NULL, NULL, NULL),
			(2, 1, 1000000000, 7, 1, 0, 1, 2, 3, 1, 3, NULL, 'nvme_tcp_timeout'),
			(3, 1, 1000000001, 7, 1, 0, 17, 8, 3, 5, 32768, 100, NULL),
			(4, 1, 1010000000, 7, 1, 0, 4, 1, NULL, NULL, NULL, NULL, NULL),
			(5, 1, 1020000000, 7, 1, 0, 18, 8, 0, 1015000000, 1016000000, 0, NULL),
			(6, 1, 1020000000, 7, 1, 0, 1, 3, 4, 3, 4, NULL, ''),
			(7, 1, 1030000000, 7, 1, 0, 4, 4, 1, NULL, NULL, NULL, NULL),
			(8, 1, 1100000000, 7, 1, 0, 1, 4, 2, 4, 1, NULL, '');
	SQL
}

# status N ARGUMENT... - audit exits so
status() {
	local wanted=$1 rc=0
	shift
	"$nct" audit "$@" >out 2>err || rc=$?
	echo "status $rc: $(cat out err)"
	[ "$rc" -eq "$wanted" ]
}

@test "audit --help has examples and every option" {
	status 0 --help
	for o in controller subsystem since until min-duration fence end live duration rule strict format output \
		color attach io ring help; do
		grep -q -- "--$o" out
	done
	grep -q junit out
}

@test "a violation: 1, with the moments that show it" {
	unsafe u.nct
	status 1 u.nct
	grep -q "violation early-retry" out
	grep -q "+15.0 ms .*first request released for retry" out
	grep -q "^  1 recovery: 1 violation, 0 warnings, 0 infos$" out
	grep -q "unfenced-capable cannot tell" out
	status 1 --format json u.nct
	[ "$(jq -r 'select(.rule == "early-retry").evidence[1].after_start_ns' out)" = 15000000 ]
	[ "$(jq -c 'select(.rules) | [.recoveries, .violations, .exit_code]' out)" = '[1,1,1]' ]
}

@test "what the controller could do counts, once it is known" {
	unsafe capable.nct 500 1
	status 1 --format json capable.nct
	[ "$(jq -r 'select(.rule).rule' out | sort | xargs)" = "early-retry unfenced-capable" ]
	unsafe neither.nct 0 0
	status 1 --format json neither.nct
	[ "$(jq -r 'select(.rule).rule' out | xargs)" = early-retry ]
}

@test "nothing in flight: 0; nothing told of requests: cannot tell" {
	unsafe idle.nct
	sqlite3 idle.nct "update event set a = 0 where type in (17, 18)"
	status 0 --format json idle.nct
	[ "$(jq -r '.rules[] | select(.rule == "early-retry").judged' out)" = 1 ]
	sqlite3 idle.nct "delete from event where type in (17, 18)"
	status 0 --format json idle.nct
	[ "$(jq -c '.rules[] | select(.rule == "early-retry") | [.judged, .unknown]' out)" = '[0,1]' ]
}

@test "events were lost: 5, whatever else there is" {
	unsafe lossy.nct
	sqlite3 lossy.nct "insert into event (id, session, ts_ns, ctrl, instance, cpu, type, a, b)
		values (9, 1, 1050000000, 0, -1, 0, 15, 3, 1040000000);
		update event set id = 100 where id = 8; update event set id = 101 where id = 9;
		update event set id = 102 where id = 100; update event set ts_ns = 1090000000 where id = 101"
	status 5 --format json lossy.nct
	[ "$(jq -r 'select(.rule).rule' out | sort | xargs)" = "early-retry lossy" ]
	[ "$(jq -r 'select(.rules).exit_code' out)" = 5 ]
}

@test "a damaged file: 5, but what is violated in the rest of it stays so" {
	unsafe good.nct
	unsafe bad.nct
	sqlite3 bad.nct "update event set ts_ns = -5 where id = 1"
	status 1 good.nct bad.nct
	grep -q "bad.nct is damaged" err
	sqlite3 bad.nct "delete from event where type in (17, 18)"
	status 5 bad.nct
	grep -q "not all could be read: not to be trusted" out
	status 5 --format json bad.nct
	[ "$(jq -c 'select(.rules) | [.damaged, .exit_code]' out)" = '[true,5]' ]
	status 5 --format junit bad.nct
	grep -q 'errors="2".*' out
	grep -q '<error message="not all of the input could be read' out
}

@test "--rule: only some are judged, and the exit status is theirs" {
	unsafe u.nct
	status 1 --rule early-retry u.nct
	[ "$(grep -c -E '^  [a-z-]+ +(violation|warning|info) ' out)" -eq 1 ]
	status 0 --rule short-hold,warning,info u.nct
	! grep -q "early-retry" out || false
	status 1 --rule violation --format json u.nct
	jq -es '(.[-1].rules | map(.severity) | unique) == ["violation"] and .[0].rule == "early-retry"' out
	status 1 --rule violation --format junit u.nct
	! grep -q reconnect-dominates out || false
	for bad in '' early early-retry, violations; do
		status 2 --rule "$bad" u.nct
	done
	# What says how far it can be trusted is not left out with the rules.
	sqlite3 u.nct "INSERT INTO event (id, session, ts_ns, ctrl, instance, cpu, type, a) VALUES (9, 1, 1200000000, 0, -1, 0, 15, 3)"
	status 5 --rule short-hold u.nct
}

@test "--strict: what cannot be told does not pass, and is listed" {
	unsafe idle.nct
	sqlite3 idle.nct "delete from event where type in (17, 18)"
	status 0 idle.nct
	! grep -q "cannot tell early-retry" out || false
	status 4 --strict idle.nct
	grep -q "^  cannot tell early-retry$" out
	grep -q "; not all could be told$" out
	status 4 --strict --format json idle.nct
	jq -es 'map(select(.verdict == "unknown").rule) | index("early-retry")' out
	[ "$(jq -r 'select(.rules).exit_code' out)" = 4 ]
	status 4 --strict --format junit idle.nct
	grep -q '<error message="requests were not watched' out
	status 0 --strict --rule reconnect-dominates idle.nct
	status 0 --strict --rule lossy idle.nct
	# A violation is one all the same.
	unsafe u.nct
	status 1 --strict u.nct
	# Nothing to judge is no success.
	status 4 --strict --controller nvme9 u.nct
	grep -q "; nothing could be judged$" out
	status 4 --strict --controller nvme9 --format junit u.nct
	grep -q "no recovery could be judged" out
}

@test "JSON says whether the retry was safe" {
	unsafe u.nct
	"$nct" export --to json u.nct | grep recovery/ | jq -e '.fence == "unfenced" and .retry_safe == false'
}

@test "filters choose what is judged" {
	unsafe u.nct
	status 0 --controller nvme2 --format json u.nct
	[ "$(jq .recoveries out)" = 0 ]
	status 1 --fence unfenced u.nct
}

@test "junit is well-formed, whatever a target calls itself, and counts right" {
	unsafe u.nct
	status 1 --format junit u.nct
	python3 - out <<-'PY'
		import sys, xml.etree.ElementTree as ET
		suite = ET.parse(sys.argv[1]).getroot()
		cases = suite.findall("testcase")
		assert int(suite.get("tests")) == len(cases) > 3, suite.attrib
		for kind, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
		    n = sum(c.find(kind) is not None for c in cases)
		    assert int(suite.get(attribute)) == n, (kind, n, suite.attrib)
		failed = [c for c in cases if c.find("failure") is not None]
		assert [c.get("name").split()[0] for c in failed] == ["early-retry"]
		assert failed[0].get("classname") == 'nvme1@db<7>&"x"'
		assert "nqn.x:<s1>" in failed[0].find("failure").text
	PY
}

@test "bad usage and bad input: 2, and nothing is written" {
	unsafe u.nct
	echo keep >kept
	status 2
	grep -q -- "--live" err
	status 2 --live u.nct
	status 2 --live --since 1h
	status 2 --duration 5s u.nct
	status 2 --format xml u.nct
	status 2 --output kept missing.nct
	[ "$(cat kept)" = keep ]
	status 2 --output u.nct u.nct
}

@test "every rule is in docs/audit.md, and none else" {
	unsafe u.nct
	"$nct" audit --format json u.nct >out || true
	jq -r 'select(.rules).rules[] | .rule' out | sort >rules
	sed -n 's/^## //p' "$top/docs/audit.md" | sort | diff rules -
	jq -r 'select(.rules).rules[] | .rule + " " + .severity' out | while read -r rule severity; do
		sed -n "/^## $rule\$/,/^## /p" "$top/docs/audit.md" | grep -qi "^$severity\\."
		grep -q "^| \[$rule\](#$rule) | $severity |" "$top/docs/audit.md"
		grep -q -- "\\*$rule\\*" "$top/docs/man/nvme-ccr-trace-audit.1.scd"
	done
}
