#!/usr/bin/env python3
"""recovered.py DIR EDGES COUNT: in DIR/truth, every controller that left LIVE went through EDGES
(RESETTING,CONNECTING,LIVE ...) again and again, COUNT times or more in all; those that did were
seen live in the end by the poller."""
import collections
import pathlib
import sys


def main():
    out, want, count = pathlib.Path(sys.argv[1]), sys.argv[2].split(","), int(sys.argv[3])
    changes = collections.defaultdict(list)
    for line in (out / "truth").read_text().splitlines():
        event = line.split()
        if event[1] == "state":
            changes[event[2]].append(event[4])
    final = dict(line.split()[1:3] for line in (out / "poll").read_text().splitlines())
    problems, rounds = [], 0
    for ctrl, states in changes.items():
        # A failed attempt to connect changes no state, so every round looks the same.
        whole, rest = divmod(len(states), len(want))
        if rest or states != want * whole:
            problems.append(f"{ctrl} went LIVE {' '.join(states)}, not {' '.join(want)}")
        if final.get(ctrl) != "live":
            problems.append(f"the poller saw {ctrl} {final.get(ctrl)} in the end")
        rounds += whole
    if rounds < count:
        problems.append(f"{rounds} recoveries instead of {count}")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


sys.exit(main())
