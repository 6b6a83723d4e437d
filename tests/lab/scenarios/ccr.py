#!/usr/bin/env python3
"""ccr.py DIR [KEY=VALUE...]: what live told of each recovery (DIR/live.json) is what the kernel's log
says of it (DIR/dmesg.txt), and what was expected.

From the log, by itself: how many recoveries each controller had, each CCR attempt in its order (source
of a success, error of a failure), the hold and how long it was to be, how the retry was made safe, and
how the recovery ended. Then, over the recoveries in the order of their start:
fences=, ends=, end_reasons=, holds=: one value for all, or one for each, separated by commas; a value
may have alternatives (a|b). holds: the reason of the hold. results=, statuses=: those of the attempts
of the recovery number of= (default 0; -1: the last). recoveries=N. untold=N: so many more of a controller
are in the log, because nobody watched any more."""
import collections
import json
import os
import pathlib
import re
import sys

SUCCESS = ("ccr", "ccr-immediate")
# Without the project's tracepoints nobody tells for how long a hold is to be.
TRACED = not os.environ.get("LAB_KERNEL", "").startswith("recovery")


class Logged:
    """One recovery as the kernel's log tells it."""

    def __init__(self):
        self.attempts, self.hold_ms, self.fence, self.end = [], None, None, None

    def line(self, text):
        found = re.match(r"CCR succeeded using (\S+)", text)
        if found:
            self.attempts.append((found.group(1), 0))
            self.fence = "ccr"
        found = re.match(r"CCR failed with error (-?\d+)", text)
        if found:
            self.attempts.append((None, int(found.group(1))))
        found = re.match(r"CCR failed, switch to time-based recovery, timeout = (\d+)ms", text)
        if found:
            self.hold_ms = int(found.group(1))
        if text.startswith("Time-based recovery finished"):
            self.fence = "hold"
        if "retrying I/O at once" in text:
            self.fence = "unfenced"
        if self.end is None and text.startswith("Successfully reconnected"):
            self.end = "live"
        if self.end is None and text.startswith("Removing ctrl"):
            self.end = "removed"


def read_log(path):
    told = collections.defaultdict(list)
    for line in path.read_text().splitlines():
        found = re.search(r"\] nvme (nvme\d+): (.*)", line)
        if not found:
            continue
        ctrl, text = found.groups()
        if text.startswith("starting error recovery"):
            told[ctrl].append(Logged())
        elif told[ctrl]:
            told[ctrl][-1].line(text)
    return told


def differences(rec, log):
    """What live and the kernel's log do not agree on."""
    ours = [(a["source"], a["status"], a["result"]) for a in rec["ccr"]]
    if len(ours) != len(log.attempts):
        yield f"attempts {ours}, in the log {log.attempts}"
    else:
        for (source, status, result), (logged, error) in zip(ours, log.attempts):
            if (result == "success") != (error == 0) or (logged and source != logged):
                yield f"attempt {source} {result}, in the log {logged} {error}"
            if error and status is not None and status != error:
                yield f"status {status}, in the log {error}"
    hold = rec["hold"] and rec["hold"]["requested_ms"]
    if (rec["hold"] is None) != (log.hold_ms is None) or (hold and abs(hold - log.hold_ms) > 20):
        yield f"hold of {hold} ms, in the log {log.hold_ms}"
    if rec["hold"] and hold is None and TRACED:
        yield "a hold of unknown length"
    if (rec["fence"] in SUCCESS) != (log.fence == "ccr") or (rec["fence"] not in SUCCESS and rec["fence"] != log.fence):
        yield f"fence {rec['fence']}, in the log {log.fence}"
    if rec["end"] != log.end:
        yield f"end {rec['end']}, in the log {log.end}"


def sane(rec):
    if sum(s["duration_ns"] for s in rec["phases"]) != rec["duration_ns"]:
        yield "phases do not sum up"
    if rec["lossy"] or rec["notes"]:
        yield f"lossy {rec['lossy']}, notes {rec['notes']}"
    hold = rec["hold"]
    if hold and rec["fence"] == "hold" and hold["requested_ms"] is not None \
            and hold["actual_ns"] < (hold["requested_ms"] - 10) * 1_000_000:
        yield f"held for less than requested: {hold}"
    for a in rec["ccr"]:
        # A refusal needs no waiting, and a command cannot take longer than the attempt.
        if a["command_ns"] is not None and a["command_ns"] > a["duration_ns"]:
            yield f"command longer than the attempt: {a}"


def expected(recs, wanted):
    """What was not as the scenario wants it."""
    if "recoveries" in wanted and len(recs) != int(wanted["recoveries"]):
        yield f"{len(recs)} recoveries, expected {wanted['recoveries']}"
    for key, value in (("fences", lambda r: r["fence"]), ("ends", lambda r: r["end"]),
                       ("end_reasons", lambda r: r["end_reason"]),
                       ("holds", lambda r: r["hold"] and r["hold"]["reason"])):
        if key not in wanted:
            continue
        want, have = wanted[key].split(","), [value(r) for r in recs]
        if len(want) == 1:
            want *= len(have)
        if key == "holds" and not TRACED:
            have = [h or w for h, w in zip(have, want)]
        if len(want) != len(have) or any(str(h) not in w.split("|") for w, h in zip(want, have)):
            yield f"{key} {have}, expected {wanted[key]}"
    of = int(wanted.get("of", 0))
    for key, field in (("results", "result"), ("statuses", "status")):
        if key in wanted and recs:
            have = [str(a[field]) for a in recs[of]["ccr"]]
            want = wanted[key].split(",")
            if len(have) != len(want) or any(h not in w.split("|") for w, h in zip(want, have)):
                yield f"{key} {have}, expected {wanted[key]}"


def main():
    out, wanted = pathlib.Path(sys.argv[1]), dict(a.split("=", 1) for a in sys.argv[2:])
    recs = [json.loads(line) for line in (out / "live.json").read_text().splitlines()]
    recs = sorted((r for r in recs if r["kind"] == "recovery"), key=lambda r: r["start_ns"])
    logged, problems = read_log(out / "dmesg.txt"), list(expected(recs, wanted))
    ours = collections.defaultdict(list)
    for rec in recs:
        ours[rec["controller"]].append(rec)
        problems += [f"{rec['controller']}: {text}" for text in sane(rec)]
    for ctrl in sorted(set(ours) | {c for c in logged if logged[c]}):
        if len(ours[ctrl]) + int(wanted.get("untold", 0)) != len(logged[ctrl]):
            problems.append(f"{ctrl}: {len(ours[ctrl])} recoveries, in the log {len(logged[ctrl])}")
        for rec, log in zip(ours[ctrl], logged[ctrl]):
            problems += [f"{ctrl}: {text}" for text in differences(rec, log)]
    for rec in recs:
        print(f"# {rec['controller']}: {rec['fence']} ({rec['fence_reason']}), retry after "
              f"{(rec['time_to_retry_ns'] or 0) / 1e9:.3f} s, "
              f"{[(a['source'], a['status'], a['immediate'], a['result']) for a in rec['ccr']]}, "
              f"{rec['hold'] and (rec['hold']['requested_ms'], rec['hold']['reason'])}, {rec['end']}")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
