#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Makes a table and bench.json of what the benchmarks measured, and says whether targets are met.

Exit status: 0 all are met, 1 one is missed, 3 the data is not complete.
"""
import argparse
import collections
import datetime
import json
import os
import platform
import random
import statistics
import subprocess
import sys

SCHEMA = "nvme-ccr-trace/bench/1"
MIN_PAIRS = 7
RESAMPLES = 2000

Target = collections.namedtuple("Target", "sign value")


class Incomplete(Exception):
    """Something that should have been measured is not there."""


class Result:
    """One line of the table. Without a target it is only reported."""

    def __init__(self, name, what, value, unit, target=None, **details):
        self.name, self.what, self.value, self.unit = name, what, value, unit
        self.target, self.details = target, details

    @property
    def verdict(self):
        if not self.target:
            return "reported"
        good = self.value >= self.target.value if self.target.sign == ">=" \
            else self.value < self.target.value if self.target.sign == "<" \
            else self.value <= self.target.value
        return "met" if good else "missed"

    def as_json(self):
        target = self.target and {"sign": self.target.sign, "value": self.target.value}
        return {"name": self.name, "what": self.what, "value": round(self.value, 6),
                "unit": self.unit, "target": target, "verdict": self.verdict, **self.details}


# ---- reading ------------------------------------------------------------------------

def read_guest(path):
    """Lines of `KEY WORD...` by key."""
    lines = collections.defaultdict(list)
    with open(path, encoding="utf-8") as file:
        for line in file:
            key, *words = line.split() or [""]
            lines[key].append(words)
    return lines


def read_reducer(path):
    """The runs of the speed benchmark, and the one of the memory benchmark."""
    with open(path, encoding="utf-8") as file:
        runs = [json.loads(line) for line in file]
    speed = [run for run in runs if run["bench"] == "reducer"]
    memory = [run for run in runs if run["bench"] == "reducer-memory"]
    if not speed or not memory:
        raise Incomplete(f"{path} lacks a run of the reducer")
    return speed, memory[0]


# ---- statistics ---------------------------------------------------------------------

def interval(values):
    """95 % confidence interval of the median, by bootstrap; the same data gives the same."""
    rng = random.Random(1)
    medians = sorted(statistics.median(rng.choices(values, k=len(values)))
                     for _ in range(RESAMPLES))
    return medians[RESAMPLES * 25 // 1000], medians[RESAMPLES * 975 // 1000 - 1]


def summary(values):
    low, high = interval(values)
    return {"n": len(values), "median": statistics.median(values), "min": min(values),
            "max": max(values), "ci95": [low, high], "values": values}


def pair_ratios(samples, variant):
    """Each sample of the variant, by the one without a tracer that was taken next to it."""
    rates = [(v, int(ops) / int(ns)) for _, v, ops, ns in samples]
    ratios = []
    for i, (name, rate) in enumerate(rates):
        if name != variant:
            continue
        before, after = rates[i - 1], rates[i + 1]
        base = before if before[0] == "base" else after
        if base[0] != "base":
            raise Incomplete(f"a sample of {variant} has no neighbour without a tracer")
        ratios.append(rate / base[1])
    return ratios


# ---- the benchmarks -----------------------------------------------------------------

def throughput(name, what, samples, variant, target=None):
    ratios = pair_ratios(samples, variant)
    if not ratios or target and len(ratios) < MIN_PAIRS:
        raise Incomplete(f"{name}: {len(ratios)} pairs of samples are too few")
    s = summary(ratios)
    base = [int(ops) / int(ns) * 1e9 for _, v, ops, ns in samples if v == "base"]
    return Result(name, f"{what} ({s['n']} pairs, 95 % CI {s['ci95'][0]:.3f} to {s['ci95'][1]:.3f})",
                  s["median"], "ratio", target, pairs=s, base_per_second=summary(base))


def healthy_io(counted, timed):
    return [
        throughput("io.live", "healthy I/O, with `live` / without", counted["io"], "live",
                   Target(">=", 0.99)),
        throughput("io.live.timed", "the same by the clock", timed["io"], "live"),
        throughput("io.bpftrace.cold", "the same, bpftrace on live's functions",
                   counted["io"], "cold"),
        throughput("io.bpftrace.hot", "the same, bpftrace on every command",
                   counted["io"], "hot"),
    ]


def attach(timed):
    times = {tool: [int(ns) / 1e6 for _, t, ns in timed["attach"] if t == tool]
             for tool in ("live", "bpftrace")}
    if min(len(t) for t in times.values()) < 3:
        raise Incomplete("too few measurements of the attach time")
    ours, theirs = (statistics.median(times[t]) for t in ("live", "bpftrace"))
    return [Result("attach", f"exec to attached: live {ours:.0f} ms / bpftrace {theirs:.0f} ms",
                   ours / theirs, "ratio", Target("<=", 0.5),
                   live_ms=summary(times["live"]), bpftrace_ms=summary(times["bpftrace"]))]


def reducer(speed):
    events = [run["events_per_second"] for run in speed]
    ratios = [run["events_per_second"] / run["copies_per_second"] for run in speed]
    return [
        Result("reducer", f"reducer, 1,000 controllers (median of {len(speed)} runs)",
               statistics.median(events), "events/s", Target(">=", 5e6), runs=summary(events)),
        Result("reducer.copy", "the same / a plain copy of the events",
               statistics.median(ratios), "ratio", runs=summary(ratios)),
    ]


def memory(counted, model):
    live = {when: (int(hwm), int(rss)) for when, hwm, rss in counted["memory"]}
    if set(live) != {"idle", "recovered"}:
        raise Incomplete("the memory of live was not measured")
    peak, growth = live["recovered"][0] / 1024, model["growth_kib"] / 1024
    what = f"peak of `live` {peak:.1f} + 1,000 open recoveries {growth:.1f}"
    return [
        Result("memory", what, peak + growth, "MiB", Target("<", 32), model=model),
        Result("memory.idle", "resident, `live` on a healthy host", live["idle"][1] / 1024, "MiB"),
        Result("memory.recovered", "resident, `live` after recoveries",
               live["recovered"][1] / 1024, "MiB"),
    ]


def bpf_cost(counted, ns_per_instruction):
    programs = [{"tool": tool, "name": name, "runs": int(runs),
                 "instructions": int(ns) // ns_per_instruction}
                for tool, name, runs, ns in counted["program"]]
    total = {tool: sum(p["instructions"] for p in programs if p["tool"] == tool)
             for tool in ("live", "bpftrace")}
    if not counted["recoveries"] or not all(total.values()):
        raise Incomplete("the cost of the BPF programs was not measured")
    n = int(counted["recoveries"][0][0])
    runs = sum(p["runs"] for p in programs if p["tool"] == "live")
    instructions = {tool: round(sum_ / n) for tool, sum_ in total.items()}
    return [
        Result("bpf.ratio", f"BPF instructions of {n} recoveries, live / bpftrace",
               total["live"] / total["bpftrace"], "ratio", recoveries=n, programs=programs),
        Result("bpf.recovery", f"of live, per recovery (bpftrace {instructions['bpftrace']:,})",
               total["live"] / n, "instructions"),
        Result("bpf.run", "of live, per run of a program", total["live"] / runs, "instructions"),
    ]


# ---- what comes of it ---------------------------------------------------------------

def number(value, unit):
    digits = 0 if value >= 1000 else 1 if unit == "MiB" else 3
    return f"{value:,.{digits}f}" + ("" if unit == "ratio" else " " + unit)


def print_table(results):
    rows = [("benchmark", "measured", "target", "verdict")]
    for r in results:
        target = f"{r.target.sign} {number(r.target.value, r.unit)}" if r.target else ""
        rows.append((r.what, number(r.value, r.unit), target,
                     r.verdict.upper() if r.verdict == "missed" else r.verdict))
    width = [max(len(row[i]) for row in rows) for i in range(4)]
    for row in rows:
        print(f"{row[0]:<{width[0]}}  {row[1]:>{width[1]}}  {row[2]:>{width[2]}}  {row[3]}")


def version():
    """Of the tool: `nvme-ccr-trace 0.1.0`."""
    out = subprocess.run(["build/static/nvme-ccr-trace", "--version"], check=False,
                         capture_output=True, text=True).stdout
    return out.split("\n", 1)[0]


def write_json(path, kernel, results):
    document = {
        "schema": SCHEMA,
        "tool": version(),
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "kernel": kernel,
        "machine": {"arch": platform.machine(), "cpus": os.cpu_count(),
                    "load1": round(os.getloadavg()[0], 2)},
        "results": [r.as_json() for r in results],
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)
        file.write("\n")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--ns-per-instruction", type=int, required=True)
    parser.add_argument("--json", required=True, metavar="FILE")
    parser.add_argument("reducer")
    parser.add_argument("timed")
    parser.add_argument("counted")
    return parser.parse_args()


def main():
    args = parse_arguments()
    try:
        timed, counted = read_guest(args.timed), read_guest(args.counted)
        speed, model = read_reducer(args.reducer)
        results = healthy_io(counted, timed) + attach(timed) + reducer(speed) + \
            memory(counted, model) + bpf_cost(counted, args.ns_per_instruction)
    except (Incomplete, OSError, ValueError, KeyError, IndexError) as error:
        print(f"bench: not everything could be measured: {error}", file=sys.stderr)
        return 3
    print_table(results)
    write_json(args.json, args.kernel, results)
    missed = [r for r in results if r.verdict == "missed"]
    for r in missed:
        print(f"bench: target missed: {r.name}: {r.what}: {number(r.value, r.unit)}, not "
              f"{r.target.sign} {number(r.target.value, r.unit)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
