#!/usr/bin/env python3
"""agree.py DIR [KEY=VALUE...]: what `live --format json` told (DIR/live.json) agrees with the
kernel's own tracer (DIR/truth) and with the sysfs poller (DIR/poll) of the same run.

The phases are derived from the truth a second time here, by code that shares nothing with the tool:
the same recoveries, the same phases in the same order, the same retries, call site and end, and
boundaries that agree. A difference may be larger than OUTLIER_NS only where DIR/stalls accounts for
it: an urgent thread per CPU, which wants to run every millisecond, did not get to run for (nearly) as
long as the two differ, at that very moment. One of a scenario may be late without that, by up to
UNSEEN_NS, as the host can stop one of the two readers of the clock unseen.

The differences go to DIR/boundaries, and boundaries.py judges those of all scenarios together.

KEY=VALUE says what there must be besides: recoveries=N resets=N deletes=N reason=R site=S
end=live|removed|incomplete end_reason=R. median_us=N: the differences are judged here, by N."""
import collections
import errno
import json
import os
import pathlib
import statistics
import sys

# A kernel that is slow by construction is judged by what it does, not by when.
SLOW = os.environ.get("LAB_TIME_SCALE", "1") != "1"
OUTLIER_NS = 1_000_000_000 if SLOW else 2_000_000
UNSEEN_NS = 1_000_000_000 if SLOW else 50_000_000
LATE_NS = 500_000_000
KINDS = {"recoveries": "recovery", "resets": "reset", "deletes": "delete"}
# Their reset work tears down and connects by itself; fc's leaves that to the connect work.
CONNECTS_ITSELF = ("tcp", "rdma", "pci")


class Truth:
    """One recovery as the tracer saw it."""

    def __init__(self, ctrl, ns, site):
        self.ctrl, self.start, self.site = ctrl, ns, site
        self.spans, self.attempts, self.end = [("queue", ns)], 0, None
        self.end_ns = None
        self.failovers = []
        self.ccr, self.ccr_end = [], None
        self.kind = "reset" if site in ("nvme_sysfs_reset", "nvme_reset_ctrl_sync") else "recovery"

    def begin(self, phase, ns):
        if self.spans[-1][0] != phase or phase == "connect":
            self.spans.append((phase, ns))
        if phase == "connect":
            self.attempts += 1

    def rename(self, phase):
        self.spans[-1] = (phase, self.spans[-1][1])

    def attempt(self, ns, source):
        """A CCR attempt: the work that has begun is fencing, not tearing down."""
        if self.spans[-1][0] == "teardown":
            self.rename("ccr")
        self.ccr.append([source, ns, None, None])

    def attempted(self, ns, status):
        self.ccr[-1][2:] = ns, status
        self.ccr_end = ns

    def after_ccr(self, phase):
        """What follows begins where the last attempt has ended."""
        if self.spans[-1][0] == "ccr":
            self.spans.append((phase, self.ccr_end))

    def close(self, end, ns):
        self.end, self.end_ns = end, ns


class Reader:
    """From the tracer's lines to recoveries."""

    def __init__(self):
        self.open, self.done, self.working, self.deleted = {}, [], {}, []
        self.fencing = {}

    def state(self, ns, ctrl, old, new, site):
        rec = self.open.get(ctrl)
        if old == "LIVE" and new in ("RESETTING", "RECOVERING"):
            self.open[ctrl] = Truth(ctrl, ns, site)
            self.fencing[ctrl] = new == "RECOVERING"
        elif rec is None:
            if old == "LIVE" and new == "DELETING":
                self.deleted.append((ctrl, ns))
        elif old == "RECOVERING":
            self.fencing[ctrl] = False
            rec.after_ccr("teardown")
        elif new == "CONNECTING":
            rec.begin("connect" if self.working.get(ctrl) == "reset" else "backoff", ns)
        elif new in ("LIVE", "DELETING"):
            rec.close("live" if new == "LIVE" else "removed", ns)
            self.done.append(self.open.pop(ctrl))

    def work(self, ns, ctrl, what, transport):
        kind, _, edge = what.partition("_")
        rec = self.open.get(ctrl)
        if kind == "err" and transport == "fc":
            return  # runs before the controller leaves LIVE
        connecting = kind == "connect" or (kind == "reset" and transport in CONNECTS_ITSELF)
        self.working[ctrl] = kind if edge == "start" and connecting else None
        if rec is None:
            return
        if edge == "start":
            rec.begin("connect" if kind == "connect" else "teardown", ns)
        elif connecting and rec.spans[-1][0] == "connect":
            rec.begin("backoff", ns)
        elif kind == "err" and self.fencing.get(ctrl):
            # The work ends and the controller is not fenced: it will run again.
            if rec.spans[-1][0] == "teardown":
                rec.rename("hold")
            rec.after_ccr("hold")

    def ccr(self, ns, ctrl, what, rest):
        rec = self.open.get(ctrl)
        if rec is not None and what == "ccr_try":
            rec.attempt(ns, rest[0])
        elif rec is not None and rec.ccr:
            rec.attempted(ns, int(rest[1]))

    def read(self, path):
        for line in path.read_text().splitlines():
            ns, what, ctrl, *rest = line.split()
            if what == "state":
                self.state(int(ns), ctrl, *rest)
            elif what in ("ccr_try", "ccr_done"):
                self.ccr(int(ns), ctrl, what, rest)
            elif what == "failover" and ctrl in self.open:
                self.open[ctrl].failovers.append(int(ns))
            elif what.partition("_")[0] in ("err", "reset", "connect") and "_" in what:
                self.work(int(ns), ctrl, what, rest[0])
        return self


def plain(site):
    return (site or "").split(".")[0]


class Check:
    def __init__(self, out):
        self.out, self.problems, self.differences, self.late = out, [], [], {}
        stalls = out / "stalls"
        self.stalls = collections.defaultdict(list)
        for line in stalls.read_text().splitlines() if stalls.exists() else []:
            begin, end, cpu = line.split()
            self.stalls[cpu].append((int(begin), int(end)))

    def complain(self, text):
        self.problems.append(text)

    def stood_still(self, low, high):
        """How long, of that time, one of the CPUs did not run."""
        return max((sum(max(0, min(end, high) - max(begin, low)) for begin, end in gaps)
                    for gaps in self.stalls.values()), default=0)

    def boundary(self, who, truth_ns, ours_ns):
        diff = abs(truth_ns - ours_ns)
        self.differences.append(diff)
        stood = self.stood_still(min(truth_ns, ours_ns), max(truth_ns, ours_ns))
        if diff > OUTLIER_NS + stood:
            text = (f"{who} is {diff / 1e3:.0f} us from the truth, "
                    f"and no CPU stood still for more than {stood / 1e3:.0f} us of it")
            # Where one phase ends and an attempt does, it is one moment.
            self.late.setdefault(truth_ns, text)
            if len(self.late) > 1 or diff > UNSEEN_NS:
                self.complain(text)

    def sums(self, rec):
        at = rec["start_ns"]
        for span in rec["phases"]:
            if span["start_ns"] != at:
                self.complain(f"{rec['controller']}: {span['phase']} starts at {span['start_ns']}, not at {at}")
            at = span["start_ns"] + span["duration_ns"]
        if at != rec["start_ns"] + rec["duration_ns"]:
            self.complain(f"{rec['controller']}: phases do not sum up to the whole")

    def compare(self, truth, rec):
        who = f"{truth.ctrl} at {truth.start}"
        ours, theirs = [s["phase"] for s in rec["phases"]], [p for p, _ in truth.spans]
        if ours != theirs:
            self.complain(f"{who}: phases {ours}, in truth {theirs}")
            return
        for span, (phase, ns) in zip(rec["phases"], truth.spans):
            self.boundary(f"{who}: start of {phase}", ns, span["start_ns"])
        self.boundary(f"{who}: end", truth.end_ns, rec["start_ns"] + rec["duration_ns"])
        for key, want in (("kind", truth.kind), ("end", truth.end), ("attempts", truth.attempts)):
            if rec[key] != want:
                self.complain(f"{who}: {key} {rec[key]}, in truth {want}")
        self.site(who, truth, rec)
        self.attempts(who, truth, rec)
        self.retry(who, truth, rec)
        if rec["lossy"]:
            self.complain(f"{who}: lossy")

    def attempts(self, who, truth, rec):
        # A source without a credit (EBUSY) was not asked, docs/architecture.md.
        ours, theirs = rec["ccr"], [a for a in truth.ccr if a[3] != -errno.EBUSY]
        if [a["source"] for a in ours] != [source for source, *_ in theirs]:
            self.complain(f"{who}: CCR by {[a['source'] for a in ours]}, in truth {theirs}")
            return
        for told, (source, begin, end, status) in zip(ours, theirs):
            self.boundary(f"{who}: start of CCR by {source}", begin, told["start_ns"])
            self.boundary(f"{who}: end of CCR by {source}", end, told["start_ns"] + told["duration_ns"])
            if (told["result"] == "success") != (status == 0):
                self.complain(f"{who}: CCR by {source} told as {told['result']}, in truth {status}")

    def retry(self, who, truth, rec):
        """Released for retry: not before the last request was handed over, nor after the teardown."""
        over = next((ns for phase, ns in truth.spans if phase in ("backoff", "connect")), truth.end_ns)
        handed = [ns for ns in truth.failovers if ns < over]
        told = rec["time_to_retry_ns"]
        if handed and told is None:
            self.complain(f"{who}: time to retry not told, in truth {handed[-1] - truth.start}")
        elif handed:
            at = rec["start_ns"] + told
            low = handed[-1] - OUTLIER_NS - self.stood_still(at, handed[-1])
            high = over + OUTLIER_NS + self.stood_still(over, at)
            if not low <= at <= high:
                self.complain(f"{who}: released at {at}, in truth within {handed[-1]} and {over}")

    def site(self, who, truth, rec):
        """The tracer names the direct caller; where that is only a way station, ours is further out."""
        stations = ("nvme_tcp_error_recovery", "nvme_rdma_error_recovery", "nvme_reset_ctrl",
                    "nvme_reset_ctrl_sync", "nvme_fc_error_recovery")
        site = plain(rec["trigger"]["site"])
        if not site or (plain(truth.site) not in stations and site != plain(truth.site)):
            self.complain(f"{who}: trigger site {site or 'not told'}, in truth {truth.site}")

    def poller(self, recs):
        """sysfs, looked at every 20 ms, must have shown not-live in each recovery long enough for it.
        The poller notes the time before it reads, and a stall may lie between the two."""
        path = self.out / "poll"
        if not path.exists():
            return
        seen = collections.defaultdict(list)
        for line in path.read_text().splitlines():
            ns, ctrl, state = line.split()[:3]
            seen[ctrl].append((int(ns), state))
        for rec in recs:
            start, length = rec["start_ns"], rec["duration_ns"]
            if length < 500_000_000 or rec["kind"] == "delete":
                continue
            inside = [s for ns, s in seen[rec["controller"]] if start - LATE_NS <= ns <= start + length]
            if set(inside) <= {"live"}:
                self.complain(f"the poller saw {rec['controller']} {inside} while it recovered")


def load(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def check_expectations(check, recs, wanted):
    for key, kind in KINDS.items():
        have = sum(r["kind"] == kind for r in recs)
        if key in wanted and have != int(wanted[key]):
            check.complain(f"{have} {key}, expected {wanted[key]}")
    for rec in recs:
        if rec["kind"] != "recovery":
            continue
        for key, value in (("reason", rec["trigger"]["reason"]), ("site", plain(rec["trigger"]["site"])),
                           ("end", rec["end"]), ("end_reason", rec["end_reason"])):
            if key in wanted and value not in wanted[key].split("|"):
                check.complain(f"{rec['controller']}: {key} {value}, expected {wanted[key]}")


def judge(check, median_us):
    """Leaves the differences to boundaries.py, or judges them by a limit of their own."""
    if not check.differences:
        return
    median = statistics.median(check.differences) / 1000
    print(f"# {len(check.differences)} boundaries, median difference {median:.0f} us, "
          f"largest {max(check.differences) / 1e3:.0f} us")
    for text in check.late.values():
        print(f"# {text}")
    if median_us is None:
        lines = [f"{diff}\n" for diff in check.differences] + [f"late {text}\n" for text in check.late.values()]
        (check.out / "boundaries").write_text("".join(lines))
    elif not SLOW and median > int(median_us):
        check.complain(f"boundaries are {median:.0f} us from the truth in the median")


def main():
    out, wanted = pathlib.Path(sys.argv[1]), dict(a.split("=", 1) for a in sys.argv[2:])
    check, recs = Check(out), load(out / "live.json")
    truth = Reader().read(out / "truth")
    for rec in recs:
        check.sums(rec)
    ours = sorted((r for r in recs if r["kind"] != "delete"), key=lambda r: (r["controller"], r["start_ns"]))
    theirs = sorted(truth.done, key=lambda t: (t.ctrl, t.start))
    if [r["controller"] for r in ours] != [t.ctrl for t in theirs]:
        check.complain(f"told {[r['controller'] for r in ours]}, in truth {[t.ctrl for t in theirs]}")
    else:
        for t, rec in zip(theirs, ours):
            check.compare(t, rec)
    deletes = [r for r in recs if r["kind"] == "delete"]
    if sorted(r["controller"] for r in deletes) != sorted(c for c, _ in truth.deleted):
        check.complain(f"deletes told {deletes}, in truth {truth.deleted}")
    check.poller(recs)
    check_expectations(check, recs, wanted)
    judge(check, wanted.get("median_us"))
    for problem in check.problems:
        print(problem)
    return 1 if check.problems else 0


if __name__ == "__main__":
    sys.exit(main())
