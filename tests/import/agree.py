#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Whether what was imported agrees with what live told of the same run.

  agree.py TOOL DIR...     each DIR has live.json and dmesg.txt, or truth.raw and truth.types

Of each recovery that live told and the source covers: it is imported once, with the same outcome,
the same CCR attempts, and the same phases as far as the source knows them; boundaries differ by no
more than the slack below. The log's clock and CLOCK_MONOTONIC differ by a constant, which is taken
from the run itself. TAP on standard output.
"""
import json
import os
import statistics
import subprocess
import sys

MATCH_NS = 400_000_000    # starts further apart are not the same recovery
# The kernel is emulated: between a change of state and the line that tells of it, the guest may
# lose the processor for a while; and so between two probes of the same function (which the lab accounts for:
# tests/lab/scenarios/agree.py compares live with the tracer more closely).
SLACK_NS = {"dmesg": 400_000_000, "ftrace": 400_000_000}
LATE_NS = 1_500_000_000
SAME_RUN_S = 600          # files further apart are not of one run
KNOWN_BY_LOG = ("ccr", "hold")


def load(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.strip()]


def run(tool, source, files):
    data = b"".join(open(f, "rb").read() for f in files)
    p = subprocess.run([tool, "import", "--from", source, "--format", "json", "-"], input=data,
                       capture_output=True, check=False)
    return [json.loads(line) for line in p.stdout.splitlines()], p.returncode, p.stderr.decode()


def skew(lives, imported):
    """What the log's clock is ahead of live's: the median over all that could match."""
    diffs = []
    for r in lives:
        near = [i["start_ns"] - r["start_ns"] for i in imported
                if i["controller"] == r["controller"] and
                abs(i["start_ns"] - r["start_ns"]) < MATCH_NS]
        if near:
            diffs.append(min(near, key=abs))
    return int(statistics.median(diffs)) if diffs else 0


def find(r, imported, ahead):
    near = [i for i in imported if i["controller"] == r["controller"] and
            abs(i["start_ns"] - ahead - r["start_ns"]) < MATCH_NS]
    return min(near, key=lambda i: abs(i["start_ns"] - ahead - r["start_ns"])) if near else None


def bounds(r, phase):
    """Start and end of each span of a phase, from the start of the recovery."""
    return [(p["start_ns"] - r["start_ns"], p["start_ns"] - r["start_ns"] + p["duration_ns"])
            for p in r["phases"] if p["phase"] == phase]


def fence_of(source, r):
    """A log, and a probe of nvme_issue_wait_ccr, do not tell how a reset succeeded."""
    return "ccr" if r["fence"] == "ccr-immediate" else r["fence"]


def differences(source, live, got):
    slack = SLACK_NS[source]

    def near(what, a, b):
        if a is None or b is None:
            if a is not None or b is not None:
                yield f"{what}: {b} instead of {a}"
        elif abs(a - b) > slack:
            yield f"{what}: {b / 1e6:.1f} ms instead of {a / 1e6:.1f} ms"

    for what in ("kind", "end", "attempts", "lossy"):
        # A log has losses of its own: "callbacks suppressed".
        if what == "lossy" and source == "dmesg" and got["lossy"]:
            continue
        if live[what] != got[what]:
            yield f"{what}: {got[what]} instead of {live[what]}"
    # Null where the source does not tell which kernel it is, and nothing of fencing.
    if got["fence"] is not None and fence_of(source, live) != fence_of(source, got):
        yield f"fence: {got['fence']} instead of {live['fence']}"
    if got["last_status"] not in (None, live["last_status"]):
        yield f"last_status: {got['last_status']} instead of {live['last_status']}"
    if sum(p["duration_ns"] for p in got["phases"]) != got["duration_ns"]:
        yield "the phases do not sum up"
    if live["end"] == "live":
        # A log says so when the controller's queues are running again, a moment after.
        late = got["time_to_live_ns"] - live["time_to_live_ns"]
        if source == "ftrace" or not -slack <= late <= LATE_NS:
            yield from near("time to live", live["time_to_live_ns"], got["time_to_live_ns"])
    for phase in KNOWN_BY_LOG:
        a, b = bounds(live, phase), bounds(got, phase)
        if len(a) != len(b):
            yield f"{phase}: {len(b)} times instead of {len(a)}"
        for (from_a, to_a), (from_b, to_b) in zip(a, b):
            yield from near(phase + " begins", from_a, from_b)
            yield from near(phase + " ends", to_a, to_b)
    for phase in ("backoff", "connect"):
        if len(bounds(live, phase)) != len(bounds(got, phase)):
            yield f"{phase}: {len(bounds(got, phase))} times instead of {len(bounds(live, phase))}"
    for (from_a, _), (from_b, _) in zip(bounds(live, "backoff"), bounds(got, "backoff")):
        yield from near("backoff begins", from_a, from_b)
    ccr = [(c["source"], c["status"], c["result"]) for c in live["ccr"]]
    told = [(g["source"] or c["source"], g["status"], g["result"])
            for c, g in zip(live["ccr"], got["ccr"])]
    if len(live["ccr"]) != len(got["ccr"]) or ccr != told:
        yield f"ccr: {[(c['source'], c['status'], c['result']) for c in got['ccr']]} " \
              f"instead of {ccr}"
    if source == "ftrace":
        # The lab's probes show requests that fail over, not those that are cancelled later.
        if got["time_to_retry_ns"] and got["time_to_retry_ns"] > live["time_to_retry_ns"] + slack:
            yield from near("time to retry", live["time_to_retry_ns"], got["time_to_retry_ns"])
        # … and one caller, which may be plumbing.
        for a, b in ((live["trigger"]["site"], got["trigger"]["site"]),
                     (live["end_site"], got["end_site"])):
            if b not in (None, a):
                yield f"site: {b} instead of {a}"
    elif not same_reason(live["trigger"], got["trigger"]):
        yield f"trigger: {got['trigger']} instead of {live['trigger']}"


def same_reason(live, got):
    """Linux 6.1 logs the queue of a request that timed out, not the command: it was one of the admin queue."""
    if got["reason"] == "admin-timeout" and got["opcode"] is None:
        return live["reason"] in ("admin-timeout", "keep-alive-timeout")
    return got["reason"] in (None, live["reason"])


def comparable(r):
    """A log tells neither of resets nor of the end of a deletion, and nothing of PCIe's."""
    return r["kind"] == "recovery" and r["transport"] not in ("pcie", "loop") and not r["lossy"] \
        and r["end"] != "incomplete"


def surplus(everything, got, ahead):
    """What was imported from the time that live watched, and live did not tell."""
    starts = [] if any(r["lossy"] for r in everything) else [r["start_ns"] for r in everything]
    for i in got:
        at = i["start_ns"] - ahead
        if starts and min(starts) <= at <= max(starts) and i["end"] == "live" and \
                find(i, everything, -ahead) is None:
            yield f"{i['controller']} at {at / 1e9:.3f} s was not told by live"


def compare(tool, source, directory, files):
    everything = load(os.path.join(directory, "live.json"))
    lives = [r for r in everything if comparable(r)]
    imported, code, errors = run(tool, source, files)
    got = [r for r in imported if r["kind"] == "recovery"]
    if code not in (0,):
        return [f"exit status {code}: {errors.strip()}"], 0
    ahead = skew(lives, got)
    problems, matched = [], []
    for r in lives:
        i = find(r, [g for g in got if id(g) not in matched], ahead)
        if i is None:
            problems.append(f"{r['controller']} at {r['start_ns'] / 1e9:.3f} s is missing")
            continue
        matched.append(id(i))
        problems += [f"{r['controller']} at {r['start_ns'] / 1e9:.3f} s: {d}"
                     for d in differences(source, r, i)]
    return problems + list(surplus(everything, got, ahead)), len(lives)


def main():
    tool, bad, n, total = sys.argv[1], 0, 0, 0
    for directory in sys.argv[2:]:
        for source, names in (("dmesg", ["dmesg.txt"]), ("ftrace", ["truth.types", "truth.raw"])):
            files = [os.path.join(directory, name) for name in names]
            every = files + [os.path.join(directory, "live.json")]
            if not all(os.path.exists(f) for f in every):
                continue
            written = [os.path.getmtime(f) for f in every]
            if max(written) - min(written) > SAME_RUN_S:
                print(f"# {source} of {directory}: not of one run")
                continue
            n += 1
            problems, count = compare(tool, source, directory, files)
            total += count
            bad += bool(problems)
            print(f"{'not ok' if problems else 'ok'} {n} - {source} of {directory}: "
                  f"{count} recoveries")
            for p in problems:
                print("#  ", p)
    print(f"1..{n}")
    print(f"# {total} recoveries compared, {bad} of {n} files differ")
    return 1 if bad or not n else 0


sys.exit(main())
