#!/usr/bin/env python3
"""recorded.py DIR: the recording of a scenario (DIR/recording) is whole, its report is what live
printed in the same run (DIR/live.json) byte for byte, its derived tables are what a fresh reduction
of its events gives, and the run's kernel log and ftrace text, imported, tell the same recoveries."""
import json
import os
import pathlib
import sqlite3
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
TOOL = ROOT / "build" / "static" / "nvme-ccr-trace"
IMPORTS_AGREE = ROOT / "tests" / "import" / "agree.py"

# What a recovery has in JSON, and which column holds it.
COLUMNS = {
    "kind": "kind", "dialect": "dialect", "start": "start", "start_ns": "start_ns",
    "duration_ns": "duration_ns", "time_to_retry_ns": "time_to_retry_ns",
    "time_to_live_ns": "time_to_live_ns", "fence": "fence", "fence_reason": "fence_reason",
    "end": "ended", "end_reason": "end_reason", "end_site": "end_site", "attempts": "attempts",
    "last_status": "last_status", "lossy": "lossy",
}
CONFIGURED = {"kato_ms": "kato_ms", "reconnect_delay_ms": "reconnect_delay_ms",
              "ctrl_loss_tmo_ms": "ctrl_loss_tmo_ms", "cqt_ms": "cqt_ms", "ccr": "ccr", "tbkas": "tbkas"}
CONTROLLER = {"controller": "name", "cntlid": "cntlid", "transport": "transport", "address": "address",
              "subsystem": "subsystem"}
PHASE = ("phase", "start_ns", "duration_ns")
ATTEMPT = ("source", "start_ns", "duration_ns", "command_ns", "status", "immediate", "result", "late_ns")

# An object that is null if there is nothing to tell, and the columns of its recovery.
DISTURBANCES = {"intruder": {"at_ns": "intruder_ns", "site": "intruder_site"},
                "keep_alives": {"count": "keep_alives", "first_ns": "keep_alive_ns"}}
IN_FLIGHT = ("requests", "reads", "writes", "bytes", "oldest_ns", "partial")
IO = ("failed_over", "cancelled", "completed_late", "errors", "first_release_ns", "last_release_ns")
IO_LISTS = {"paths": ("io_path", ("controller", "bios"), "n"),
            "waited": ("io_waited", ("from_ns", "to_ns", "requests"), "from_ns"),
            "blackouts": ("blackout", ("device", "since_ns", "until_ns", "duration_ns", "uncertain_ns"), "n")}


def report(recording):
    done = subprocess.run([TOOL, "report", "--format", "json", recording], capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"report ended with {done.returncode}: {done.stderr.decode()}")
    return done.stdout


def rows(db, table, recovery, order="n"):
    return db.execute(f"select * from {table} where recovery = ? order by {order}", (recovery,)).fetchall()


def compare(who, told, row, columns):
    for key, column in columns.items():
        if told[key] != row[column]:
            yield f"{who}: {key} {told[key]}, in the tables {row[column]}"


def lists(who, ours, theirs, table, names):
    if [[o[n] for n in names] for o in ours] != [[t[n] for n in names] for t in theirs]:
        yield f"{who}: {ours}, in table {table} {[tuple(t) for t in theirs]}"


def disturbances(who, told, row):
    for name, columns in DISTURBANCES.items():
        yield from compare(who, told[name] or dict.fromkeys(columns), row, columns)


def impact(db, who, told, recovery):
    """What applications felt."""
    kept = rows(db, "io", recovery, "recovery")
    if told is None or not kept:
        if told is not None or kept:
            yield f"{who}: io {told}, in table io {[tuple(k) for k in kept]}"
        return
    yield from compare(who, told["in_flight"], kept[0], dict(zip(IN_FLIGHT, IN_FLIGHT)))
    yield from compare(who, told, kept[0], dict(zip(IO, IO)))
    for name, (table, columns, order) in IO_LISTS.items():
        yield from lists(who, told[name], rows(db, table, recovery, order), table, columns)


def derived(db, told, row):
    """What the tables say otherwise than the report of the same recovery."""
    who = f"{told['controller']} at {told['start_ns']}"
    controller = db.execute("select * from controller where id = ?", (row["controller"],)).fetchone()
    yield from compare(who, told, row, COLUMNS)
    yield from compare(who, told, controller, CONTROLLER)
    yield from compare(who, told["configured"], controller, CONFIGURED)
    yield from disturbances(who, told, row)
    for key, column in (("reason", "reason"), ("site", "site"), ("opcode", "opcode"), ("age_ns", "age_ns")):
        yield from compare(who, told["trigger"], row, {key: column})
    for table, ours, names in (("phase", told["phases"], PHASE), ("ccr_attempt", told["ccr"], ATTEMPT)):
        yield from lists(who, ours, rows(db, table, row["id"]), table, names)
    yield from impact(db, who, told["io"], row["id"])


def tables(recording, recs):
    db = sqlite3.connect(f"file:{recording}?mode=ro", uri=True)
    db.row_factory = sqlite3.Row
    whole = db.execute("pragma integrity_check").fetchone()[0]
    if whole != "ok":
        yield f"integrity_check: {whole}"
    kept = db.execute("select * from recovery order by id").fetchall()
    if len(kept) != len(recs):
        yield f"{len(kept)} recoveries in the tables, {len(recs)} told"
    for told, row in zip(recs, kept):
        yield from derived(db, told, row)


def imports(out):
    """Logs of a kernel that is slow by construction come too late to be compared."""
    if os.environ.get("LAB_TIME_SCALE", "1") != "1":
        return
    done = subprocess.run([sys.executable, IMPORTS_AGREE, TOOL, out], capture_output=True, text=True, check=False)
    if done.returncode and "not ok" in done.stdout:
        yield done.stdout


def main():
    out = pathlib.Path(sys.argv[1])
    recording, live = out / "recording", (out / "live.json").read_bytes()
    told, problems = report(recording), []
    if told != live:
        problems.append("report is not what live printed: "
                        f"{len(told.splitlines())} lines for {len(live.splitlines())}")
    problems += tables(recording, [json.loads(line) for line in told.splitlines()])
    problems += imports(out)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


sys.exit(main())
