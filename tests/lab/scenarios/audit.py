#!/usr/bin/env python3
"""audit.py DIR [fires=RULE,...] [may=RULE,...] [judged=RULE,...] [unknown=RULE,...]: `audit` finds in the recording of a
scenario (DIR/recording) just these rules; nothing without fires=. may=: what depends on the moment.
judged=: rules that are quiet because they looked, not because they are about something else. Where the
kernel has our tracepoints, no rule but unknown= must be unable to tell. The exit status is what the findings mean,
and each is of a recovery that live told of (DIR/live.json), with evidence out of it.

KERNEL:RULE: only on kernels whose name matches (mutant-*:ccr-over-limit). reconnect-dominates goes by how
long the waits were, for how fast an emulated machine connects is chance; and long-hold by what the kernel's log (DIR/dmesg.txt) says, for the timer
of a long hold may be late by an eighth of it, and an emulated machine by more."""
import collections
import fnmatch
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
TOOL = os.environ.get("NVME_CCR_TRACE") or ROOT / "build" / "static" / "nvme-ccr-trace"
KERNEL = os.environ.get("LAB_KERNEL", "")
TRACED = KERNEL.startswith(("patched", "mutant"))
VIOLATION, LOSSY = 1, 5


def audit(recording):
    """Exit status, findings, summary."""
    done = subprocess.run([TOOL, "audit", "--format", "json", recording], capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if not lines or lines[-1]["schema"] != "nvme-ccr-trace/audit-summary/1":
        raise SystemExit(f"audit ended with {done.returncode}: {done.stderr}")
    return done.returncode, lines[:-1], lines[-1]


def rules(text):
    """Of a list of [KERNEL:]RULE those that are for this kernel."""
    for word in filter(None, text.split(",")):
        kernel, _, rule = word.rpartition(":")
        if fnmatch.fnmatch(KERNEL, kernel or "*"):
            yield rule


def status_of(findings):
    if any(f["severity"] == "violation" and not f["lossy"] for f in findings):
        return VIOLATION
    return LOSSY if any(f["lossy"] for f in findings) else 0


def late_holds(out, recs):
    """By how many seconds each hold was too long, by the kernel's log."""
    required = {r["controller"]: ((3 if r["configured"]["tbkas"] else 2) * r["configured"]["kato_ms"]
                                  + r["configured"]["cqt_ms"]) / 1e3
                for r in recs if r["configured"]["cqt_ms"]}
    began = {}
    for line in (out / "dmesg.txt").read_text().splitlines():
        found = re.match(r"\[ *([\d.]+)\] nvme (nvme\d+): (starting error recovery|Time-based recovery finished)", line)
        if not found:
            continue
        at, ctrl, what = float(found.group(1)), found.group(2), found.group(3)
        if what.startswith("starting"):
            began[ctrl] = at
        elif ctrl in began and ctrl in required:
            yield at - began[ctrl] - required[ctrl], required[ctrl]


def waits(recs):
    """Which part of each time to live was spent in waits between attempts."""
    return [r["phase_totals_ns"].get("backoff", 0) / r["time_to_live_ns"] for r in recs
            if r["kind"] == "recovery" and r["time_to_live_ns"]]


def expected(out, recs, wanted):
    """The rules that must fire, and those that may."""
    fires, may = set(rules(wanted.get("fires", ""))), set(rules(wanted.get("may", "")))
    if any(part > 0.5 for part in waits(recs)):
        fires.add("reconnect-dominates")
    for late, required in late_holds(out, recs):
        print(f"# a hold of {required:.3f} s ended {late:.3f} s late")
        if late > required / 4 + 1:
            fires.add("long-hold")
        elif late > 0.45:
            may.add("long-hold")
    return fires, may


def placed(finding, recs):
    """Whether it is of a recovery that was told, and shows a moment of it."""
    for r in recs:
        if (r["controller"], r["start_ns"]) == (finding["controller"], finding["start_ns"]):
            return any(0 <= e["at_ns"] - r["start_ns"] <= r["duration_ns"] for e in finding["evidence"])
    return False


# Whether anything of a light load had been sent when the path failed is chance.
CHANCE = "nothing is known to have reached the target"


def unable(summary, wanted):
    """Rules that should have been able to tell, and were not."""
    judged = set(rules(wanted.get("judged", "")))
    for rule in summary["rules"]:
        if rule["rule"] in judged and not rule["judged"]:
            yield f"{rule['rule']} judged no recovery"
        if rule["unknown"] and CHANCE in rule["why_unknown"]:
            continue
        if rule["unknown"] and TRACED and rule["rule"] not in rules(wanted.get("unknown", "")):
            yield f"{rule['rule']} cannot tell: {rule['why_unknown']}"


def wrong(out, wanted):
    recs = [json.loads(line) for line in (out / "live.json").read_text().splitlines()]
    status, findings, summary = audit(out / "recording")
    fired = collections.Counter(f["rule"] for f in findings)
    print(f"# audit: {dict(fired) or 'nothing'}")
    fires, may = expected(out, recs, wanted)
    for rule in sorted(fires - set(fired)):
        yield f"{rule} did not fire"
    yield from unable(summary, wanted)
    for f in findings:
        if f["rule"] not in fires | may:
            yield f"{f['rule']} fired: {f['message']}"
        if not placed(f, recs):
            yield f"{f['rule']} is of no recovery that was told: {f}"
    if not status == summary["exit_code"] == status_of(findings):
        yield f"audit ended with {status}, its findings mean {status_of(findings)}: {summary}"


def main():
    out, wanted = pathlib.Path(sys.argv[1]), dict(a.split("=", 1) for a in sys.argv[2:])
    problems = list(wrong(out, wanted))
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
