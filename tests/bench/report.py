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


def rates_of(samples):
    return [(variant, int(ops) / int(ns)) for _, variant, ops, ns in samples]


def pair_ratios(samples, variant, base="base"):
    """Each sample of the variant, by the one of the base that was taken next to it."""
    rates = rates_of(samples)
    ratios = []
    for i, (name, rate) in enumerate(rates):
        if name != variant:
            continue
        beside = [r for n, r in rates[max(i - 1, 0):i] + rates[i + 1:i + 2] if n == base]
        if not beside:
            raise Incomplete(f"a sample of {variant} has no neighbour of {base}")
        ratios.append(rate / beside[0])
    return ratios


def repeat_ratios(samples):
    """Each sample that follows one of its own kind, by that one: what differs by chance."""
    rates = rates_of(samples)
    return [rate / before for (name, rate), (name_before, before) in zip(rates[1:], rates)
            if name == name_before]


# ---- the benchmarks -----------------------------------------------------------------

def of_pairs(name, what, ratios, target=None, **details):
    if not ratios or target and len(ratios) < MIN_PAIRS:
        raise Incomplete(f"{name}: {len(ratios)} pairs of samples are too few")
    s = summary(ratios)
    return Result(name, f"{what} ({s['n']} pairs, 95 % CI {s['ci95'][0]:.3f} to {s['ci95'][1]:.3f})",
                  s["median"], "ratio", target, pairs=s, **details)


def throughput(name, what, samples, variant, target=None, base="base"):
    ratios = pair_ratios(samples, variant, base)
    rates = [rate * 1e9 for kind, rate in rates_of(samples) if kind == base]
    return of_pairs(name, what, ratios, target, base_per_second=summary(rates))


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


def hot_hooks(window):
    io = window["io"]
    return [
        throughput("io.window", "I/O on the path that is left, `live` / without", io, "window",
                   base="lost"),
        throughput("io.window.off", "the same, `live --io off`", io, "off", base="lost"),
        throughput("io.always", "healthy I/O, `live --io always` / without", io, "always"),
        throughput("io.biolatency", "the same, biolatency / without", io, "biolatency"),
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


def trace_cmd(path, runs):
    """Our report of a recording by trace-cmd's of a trace, for as many events."""
    with open(path, encoding="utf-8") as file:
        theirs = [json.loads(line) for line in file]
    if not theirs or not theirs[0]["events"]:
        raise Incomplete(f"{path} lacks a run of trace-cmd")
    theirs = statistics.median(run["report_s"] / run["events"] for run in theirs)
    ratios = [run["report_s"] / run["events"] / theirs for run in runs]
    return Result("report.trace-cmd", f"the same, text / trace-cmd report of as many events ({theirs * 1e6:.2f} s)",
                  statistics.median(ratios), "ratio", runs=summary(ratios))


def recording(path, reports):
    with open(path, encoding="utf-8") as file:
        runs = [json.loads(line) for line in file]
    if not runs:
        raise Incomplete(f"{path} lacks a run of the recorder")
    speed = [run["events_per_second"] for run in runs]
    ratios = [run["events_per_second"] / run["inserts_per_second"] for run in runs]
    results = [
        Result("record", "recorder, with derived tables", statistics.median(speed), "events/s",
               Target(">=", 3e5), runs=summary(speed)),
        Result("record.insert", "the same / SQLite's own bulk insert of the events alone",
               statistics.median(ratios), "ratio", runs=summary(ratios)),
    ]
    for name, key in ("text", "report_s"), ("json", "report_json_s"):
        times = [run[key] for run in runs]
        results.append(Result(f"report.{name}", f"report on {runs[0]['events']:,} events, {name}",
                              statistics.median(times), "s", Target("<", 2), runs=summary(times)))
    return results + [trace_cmd(reports, runs)]


def metric_times(run, *keys):
    return [sum(m[key] for key in keys) for m in run["metrics"] if keys[-1] in m]


def check_same(ours, theirs):
    """R finds the shift as a root, to 1e-4; between two differences any number will do."""
    for mine, other in zip(ours["metrics"], theirs["metrics"]):
        for key, tolerance in (("greater", 1e-9), ("less", 1e-9), ("low", 1e-3), ("high", 1e-3),
                               ("shift", 1.001)):
            if key in other and abs(mine[key] - other[key]) > tolerance:
                raise Incomplete(f"{mine['metric']}: {key} is {mine[key]}, in R {other[key]}")


def gate_statistics(path):
    """The shift is compared for those metrics for which R was asked for it, the first ones."""
    with open(path, encoding="utf-8") as file:
        runs = [json.loads(line) for line in file]
    ours = [run for run in runs if run["bench"] == "stats"]
    theirs = [run for run in runs if run["bench"] == "stats-r"]
    if not ours or len(theirs) != 1 or not metric_times(theirs[0], "shift_s") or \
            len(metric_times(theirs[0], "test_s")) != len(ours[0]["metrics"]):
        raise Incomplete(f"{path} lacks a run of the statistics")
    check_same(ours[0], theirs[0])
    gate = [run["gate_s"] for run in ours]
    whole = [sum(metric_times(run, "sort_s", "test_s", "shift_s")) for run in ours]
    r_test, r_shift = (metric_times(theirs[0], key) for key in ("test_s", "shift_s"))
    test = [sum(metric_times(run, "sort_s", "test_s")) / sum(r_test) for run in ours]
    shift = [sum(metric_times(run, "sort_s", "shift_s")[:len(r_shift)]) / sum(r_shift)
             for run in ours]
    size = f"2 × {ours[0]['samples']:,} samples"
    return [
        Result("gate", f"gate, {len(ours[0]['metrics'])} metrics, 2 × {ours[0]['samples']:,} recoveries",
               statistics.median(gate), "s", Target("<", 1), runs=summary(gate)),
        Result("stats", f"statistics of {len(ours[0]['metrics'])} metrics, {size} each",
               statistics.median(whole), "s", runs=summary(whole)),
        Result("stats.test.r", f"Mann-Whitney alone, time / R's ({sum(r_test):.1f} s)",
               statistics.median(test), "ratio", Target("<=", 0.1), runs=summary(test)),
        Result("stats.shift.r", f"shift and interval of {len(r_shift)}, time / R's "
               f"({sum(r_shift):.1f} s)", statistics.median(shift), "ratio",
               Target("<=", 0.1), runs=summary(shift)),
    ]


def log_import(runs):
    speed = {tool: [int(size) / 1e6 / float(seconds) for size, seconds in runs[tool]]
             for tool in ("import", "grep")}
    if not all(speed.values()):
        raise Incomplete("the import of a log was not measured")
    ratios = [ours / theirs for ours, theirs in zip(speed["import"], speed["grep"])]
    return [
        Result("import", "import of a kernel log", statistics.median(speed["import"]), "MB/s",
               Target(">=", 100), runs=summary(speed["import"])),
        Result("import.grep", "the same / grep for the same lines", statistics.median(ratios),
               "ratio", runs=summary(ratios), grep=summary(speed["grep"])),
    ]


def memory(cost, model):
    live = {when: (int(hwm), int(rss)) for when, hwm, rss in cost["memory"]}
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


def disabled_tracepoints(disabled):
    swaps, io = disabled["swap"], disabled["io"]
    return [
        throughput("io.disabled", "healthy I/O, disabled tracepoints / none", swaps, "patched",
                   Target(">=", 0.99), base="recovery"),
        of_pairs("io.disabled.control", "the same, equal modules loaded again",
                 repeat_ratios(swaps)),
        throughput("io.enabled", "the same, our tracepoints traced / disabled", io,
                   "recovery-tracing"),
        throughput("io.enabled.control", "the same, every command traced / disabled", io,
                   "command-tracing"),
    ]


def accounted_programs(guest, ns_per_instruction):
    return [{"tool": tool, "name": name, "runs": int(runs),
             "instructions": int(ns) // ns_per_instruction}
            for tool, name, runs, ns in guest["program"]]


def bpf_cost(cost, ns_per_instruction):
    programs = accounted_programs(cost, ns_per_instruction)
    total = {tool: sum(p["instructions"] for p in programs if p["tool"] == tool)
             for tool in ("live", "bpftrace")}
    if not cost["recoveries"] or not all(total.values()):
        raise Incomplete("the cost of the BPF programs was not measured")
    n = int(cost["recoveries"][0][0])
    runs = sum(p["runs"] for p in programs if p["tool"] == "live")
    instructions = {tool: round(sum_ / n) for tool, sum_ in total.items()}
    return [
        Result("bpf.ratio", f"BPF instructions of {n} recoveries, live / bpftrace",
               total["live"] / total["bpftrace"], "ratio", recoveries=n, programs=programs),
        Result("bpf.recovery", f"of live, per recovery (bpftrace {instructions['bpftrace']:,})",
               total["live"] / n, "instructions"),
        Result("bpf.run", "of live, per run of a program", total["live"] / runs, "instructions"),
    ]


# What tells of the same, by tracepoints and by functions: programs' names without their prefix,
# which says how they are attached. The functions tell of a hold by the works' times alone.
STEPS = {
    "state": ("a change of state", {"nvme_ctrl_state_change", "nvme_error_detected"},
              {"state", "recovery_end"}),
    "work": ("a step of a work",
             {"nvme_err_work_start", "nvme_err_work_end", "nvme_reconnect_start",
              "nvme_reconnect_end"},
             {"tcp_err_start", "tcp_err_end", "tcp_reconnect_start", "tcp_reconnect_end",
              "tcp_result"}),
    "ccr": ("a step of CCR or a hold",
            {"nvme_ccr_start", "nvme_ccr_end", "nvme_hold_start", "nvme_hold_end"},
            {"ccr_start", "ccr_end", "ccr_command"}),
}
# Functions that have no tracepoint: `live` watches them with both front ends.
NO_TRACEPOINT = {"gone", "cancel", "failover", "anatt", "tcp_timeout", "tcp_reset_start",
                 "tcp_reset_end", "cancel_request", "keep_alive", "ccr_notice"}
WAYS = {"tp": "tp_btf", "fentry": "fentry", "fexit": "fexit", "kprobe": "kprobe",
        "kretprobe": "kretprobe"}
FRONTS = ("tracepoint", "function")


class Cost:
    """Of some programs, in instructions: what they execute, and with what it takes to call them."""

    def __init__(self, programs, calls):
        self.runs = sum(p["runs"] for p in programs)
        self.own = sum(p["instructions"] for p in programs)
        # What the kernel accounts to a program that does nothing is part of the call.
        self.all = self.own + sum(p["runs"] * (calls[p["way"]]["instructions"] -
                                               calls[p["way"]]["accounted"]) for p in programs)


def way_costs(fronts, ns_per_instruction):
    calls = {way: {"instructions": float(ns) / ns_per_instruction,
                   "accounted": float(accounted) / ns_per_instruction}
             for way, ns, accounted in fronts["call"]}
    missing = set(WAYS.values()) - set(calls)
    if missing:
        raise Incomplete(f"the cost of a call was not measured: {', '.join(sorted(missing))}")
    return calls


def front_programs(fronts, ns_per_instruction):
    """Those that ran and tell of a step, by front end and step."""
    steps = {front: {step: [] for step in STEPS} for front in FRONTS}
    for program in accounted_programs(fronts, ns_per_instruction):
        prefix, _, hook = program["name"].partition("__")
        if not program["runs"] or hook in NO_TRACEPOINT or hook.startswith("module_") or \
                prefix == "io":
            continue
        known = [step for step, (_, *hooks) in STEPS.items() if hook in hooks[0] | hooks[1]]
        if not known or prefix not in WAYS:
            raise Incomplete(f"unknown program {program['name']} of the {program['tool']} front "
                             "end; report.py must tell what it does")
        steps[program["tool"]][known[0]].append({**program, "way": WAYS[prefix]})
    return steps


def per_event(name, what, ours, theirs, events, **details):
    return Result(name, f"{what}: tp_btf {ours / events:,.0f} / function {theirs / events:,.0f} "
                  "instructions", ours / theirs, "ratio", events=events, **details)


def front_ends(fronts, ns_per_instruction):
    calls = way_costs(fronts, ns_per_instruction)
    steps = front_programs(fronts, ns_per_instruction)
    cost = {front: {step: Cost(programs, calls) for step, programs in steps[front].items()}
            for front in FRONTS}
    ours, theirs = (cost[front] for front in FRONTS)
    if not fronts["recoveries"] or not all(c.runs for c in [*ours.values(), *theirs.values()]):
        raise Incomplete("not every program of both front ends ran")
    events = sum(c.runs for c in ours.values())
    own, whole = ([sum(getattr(c, part) for c in front.values()) for front in (ours, theirs)]
                  for part in ("own", "all"))
    rows = [per_event("front.event", "each event", *own, events, programs=steps,
                      recoveries=int(fronts["recoveries"][0][0])),
            per_event("front.event.called", "the same with the calls", *whole, events)]
    rows += [per_event(f"front.{step}", what, ours[step].all, theirs[step].all, ours[step].runs)
             for step, (what, _, _) in STEPS.items()]
    call = {way: calls[way]["instructions"] for way in calls}
    rows.append(Result("front.call", f"an empty program: tp_btf {call['tp_btf']:.0f} / fentry "
                       f"{call['fentry']:.0f} instructions", call["tp_btf"] / call["fentry"],
                       "ratio", calls=calls))
    return rows


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
    parser.add_argument("--recording", required=True, metavar="FILE")
    parser.add_argument("--reports", required=True, metavar="FILE")
    parser.add_argument("--stats", required=True, metavar="FILE")
    parser.add_argument("--json", required=True, metavar="FILE")
    parser.add_argument("reducer")
    parser.add_argument("timed")
    parser.add_argument("counted")
    parser.add_argument("window")
    parser.add_argument("cost")
    parser.add_argument("disabled")
    parser.add_argument("fronts")
    parser.add_argument("log_import")
    return parser.parse_args()


def main():
    args = parse_arguments()
    try:
        timed, counted, window, cost, disabled, fronts, logs = map(
            read_guest, (args.timed, args.counted, args.window, args.cost, args.disabled,
                         args.fronts, args.log_import))
        speed, model = read_reducer(args.reducer)
        results = recording(args.recording, args.reports) + gate_statistics(args.stats) + healthy_io(counted, timed) + \
            hot_hooks(window) + attach(timed) + \
            reducer(speed) + log_import(logs) + memory(cost, model) + \
            bpf_cost(cost, args.ns_per_instruction) + \
            disabled_tracepoints(disabled) + front_ends(fronts, args.ns_per_instruction)
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
