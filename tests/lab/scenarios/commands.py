"""What the kernel's own events say of each command: commands_stop() of guest/lib-io.sh wrote them."""
import re

HOST_PATH_ERROR, HOST_ABORTED = 0x370, 0x371
SLACK = 0.05  # seconds, between a function and its trace event
RESUME = 0.5  # seconds, from LIVE to the first answer
EVENT = re.compile(r"(\d+\.\d+): nvme_(setup_cmd|complete_rq): (\w+): disk=(\w+), qid=([1-9]\d*), cmdid=(\d+)(?:.* status=(\w+))?")


def commands(path):
    """Of each read or write: time, its name, and its status or None at its start."""
    for line in path.read_text().splitlines():
        if event := EVENT.search(line):
            yield float(event[1]), event.group(3, 4, 5, 6), event[7] and int(event[7], 16)


def given_up(path):
    """Commands that were begun, and ended by the host: those that it refuses are not begun."""
    started, n = set(), 0
    for _, command, status in commands(path):
        if status is None:
            started.add(command)
        elif command in started:
            started.remove(command)
            n += status in (HOST_PATH_ERROR, HOST_ABORTED)
    return n


def dark(path, uncertain, failed):
    """The time without an answer around the moment when the path failed, at least and at most: live tells the
    last answer before by that command's start, or by the oldest one that waits, if that is later. An
    emulated machine may stand still at other times, too."""
    started, last, found, waits = {}, None, None, None
    for now, name, status in commands(path):
        if status is None:
            started[name] = now
            waits = waits or now
            continue
        start = started.pop(name, None)
        if status:
            continue
        if last and last[0] <= failed < now:
            found = (now, last[0], last[1], waits)
        last = (now, start if start is not None else now)
        waits = min(started.values(), default=None)
    until, last, start, waits = found
    return until - max(last, waits), until + uncertain - start


def compare_dark(path, recovery, blackout):
    """Of a blackout that live told: what it should have been, None if it is that. One that was not over when
    the recovery was lasted at least until then; what was held is answered right after."""
    least, most = dark(path, (blackout["uncertain_ns"] or 0) / 1e9, recovery["start_ns"] / 1e9)
    until = blackout["until_ns"] or recovery["start_ns"] + recovery["time_to_live_ns"]
    lasted = (until - blackout["since_ns"]) / 1e9
    resume = 0 if blackout["until_ns"] else RESUME
    said = (f"{recovery['controller']}: {blackout['device']} dark for {lasted:.3f} s, "
            f"by the kernel's events {least:.3f} to {most:.3f} s")
    print(f"# {said}")
    return None if least - SLACK - resume < lasted < most + SLACK else said
