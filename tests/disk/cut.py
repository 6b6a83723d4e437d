#!/usr/bin/env python3
"""cut.py TOLD REPORT: every reset that was over more than a second before the last one that the guest
told of is in the report of the recording that lost its power, and none that did not happen."""
import json
import pathlib
import sys

told = [line.split() for line in pathlib.Path(sys.argv[1]).read_text().splitlines() if line.startswith("reset ")]
told = [float(line[2]) for line in told if len(line) == 3]
recs = [json.loads(line) for line in pathlib.Path(sys.argv[2]).read_text().splitlines()]
have = [r for r in recs if r["kind"] == "reset" and r["end"] == "live"]
must = sum(t < told[-1] - 1 for t in told)
print(f"# {len(told)} resets told, {must} of them more than a second before the end; {len(have)} recorded")
bad = [r for r in recs if sum(p["duration_ns"] for p in r["phases"]) != r["duration_ns"]]
# One more can be over that was not told any more.
sys.exit(not must <= len(have) <= len(told) + 1 or bool(bad) or not must)
