#!/usr/bin/env python3
"""ghost.py DIR KEY=VALUE...: what became of the held write in each round.

verdict=corrupted|intact: what the application saw; and, told apart from it by the backend's own log,
that the held write landed after (before) the application's B was acknowledged.
rounds=N: at least so many; fence=X[|Y]: what live said of every recovery; recovered=yes|no: whether
the held write's controller went through one.
audited=RULE[|RULE]: what audit says of each recovery in a round that ended in corruption (default:
early-retry); in one whose recovery was fenced it says none of them.
A round in which the write landed before the path was cut proves nothing and is a failure."""
import json
import os
import pathlib
import re
import sys

import audit


def events(path):
    return [(int(ns), what, byte) for ns, what, byte, *_ in map(str.split, path.read_text().splitlines())]


FENCED = ("ccr", "ccr-immediate", "hold")


class Round:
    def __init__(self, path, backend):
        self.name = path.name
        self.number = int(re.search(r"\d+", path.name).group())
        self.verdict = (path / "verdict").read_text().strip()
        self.cut, self.ctrl = (path / "cut").read_text().split()
        self.app = events(path / "app")
        self.held = [e for e in backend if e[1] == "held"][self.number - 1]
        self.landed = [e for e in backend if e[1] == "landed"][self.number - 1]
        self.stored = [e for e in backend if e[1] == "stored" and e[2] == "B" and e[0] > self.held[0]][0]
        self.acked = {byte: ns for ns, what, byte in self.app if what == "acked"}
        # The first one may have been under way when A landed.
        self.reads = [byte for ns, what, byte in self.app if what == "read" and ns > self.landed[0]][1:]

    def problems(self, want):
        if self.verdict != want:
            yield f"the verdict is {self.verdict}, expected {want}"
        stale_last = self.landed[0] > self.stored[0]
        if stale_last != (want == "corrupted"):
            yield (f"A landed {(self.landed[0] - self.stored[0]) / 1e9:+.3f} s after B was stored, "
                   f"which is not what {want} means")
        if want == "corrupted" and not self.landed[0] > self.acked["B"]:
            yield "A landed before B was acknowledged"
        if set(self.reads) != {"A" if want == "corrupted" else "B"}:
            yield f"after A had landed, {set(self.reads)} was read"
        if any(what == "error" for _, what, _ in self.app):
            yield "the application got an error"

    def hit(self, things):
        """Those of a list that are of this round's recovery. A live connection's loss is noticed within
        seconds of the write being held."""
        return [one for one in things if one["controller"] == self.ctrl and
                self.held[0] < one["start_ns"] < self.landed[0] + 1_000_000_000]

    def audited(self, recs, findings, rules):
        """What audit should have said, and did not, or the other way round."""
        found = {f["rule"] for f in self.hit(findings)} & set(rules)
        if self.verdict == "corrupted" and not found:
            yield f"data was corrupted, and audit says nothing of {'|'.join(rules)}"
        if all(r["fence"] in FENCED for r in self.hit(recs)) and self.verdict == "intact" and found:
            yield f"audit says {found}, and all was well"

    def __str__(self):
        at = lambda ns: f"{(ns - self.held[0]) / 1e9:.3f}"
        return (f"{self.name}: {self.cut} {self.ctrl}: A held 0, A acked {at(self.acked['A'])}, "
                f"B stored {at(self.stored[0])}, A landed {at(self.landed[0])}: {self.verdict}")


def main():
    out, wanted = pathlib.Path(sys.argv[1]), dict(a.split("=", 1) for a in sys.argv[2:])
    backend = events(out / "backend")
    rounds = sorted((Round(p, backend) for p in out.glob("round*")), key=lambda r: r.number)
    problems = []
    enough = max(int(wanted["rounds"]), int(os.environ.get("LAB_ROUNDS") or 0))
    if len(rounds) < enough:
        problems.append(f"{len(rounds)} rounds, expected {enough}")
    for one in rounds:
        print(f"# {one}")
        problems += [f"{one.name}: {text}" for text in one.problems(wanted["verdict"])]
    recs = [json.loads(line) for line in (out / "live.json").read_text().splitlines()]
    for rec in recs:
        if "fence" in wanted and rec["fence"] not in wanted["fence"].split("|"):
            problems.append(f"{rec['controller']}: fence {rec['fence']}, expected {wanted['fence']}")
    _, findings, _ = audit.audit(out / "recording")
    for one in rounds:
        hit = one.hit(recs)
        told = one.audited(recs, findings, wanted.get("audited", "early-retry").split("|"))
        problems += [f"{one.name}: {text}" for text in told]
        if "recovered" in wanted and bool(hit) != (wanted["recovered"] == "yes"):
            problems.append(f"{one.name}: {len(hit)} recoveries of {one.ctrl} told")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
