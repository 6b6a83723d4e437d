#!/usr/bin/env python3
"""boundaries.py FILE...: what agree.py found in each scenario (one difference in ns per line; "late" and
a text for one that nothing accounts for), judged together: the median of all is at most 200 us, and
late are no more than one in a hundred, or one. Of a few the median says little: emulated code is slow
when it runs for the first time."""
import os
import pathlib
import statistics
import sys

MEDIAN_US = 200
ENOUGH = 10
LATE_ONE_IN = 100


def main():
    lines = [line for name in sys.argv[1:] for line in pathlib.Path(name).read_text().splitlines()]
    late = [line for line in lines if line.startswith("late ")]
    all_us = [int(line) / 1000 for line in lines if not line.startswith("late ")]
    median = statistics.median(all_us)
    print(f"{len(all_us)} boundaries, median difference {median:.0f} us, largest {max(all_us):.0f} us, {len(late)} late")
    # A kernel that is slow by construction is judged by what it does, not by when.
    if os.environ.get("LAB_TIME_SCALE", "1") != "1":
        return 0
    bad = len(late) > max(1, len(all_us) / LATE_ONE_IN)
    if bad:
        print("\n".join(late))
    if len(all_us) >= ENOUGH and median > MEDIAN_US:
        bad = True
        print(f"the median must not be above {MEDIAN_US} us")
    return 1 if bad else 0


sys.exit(main())
