#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""How fast a kernel log is imported, beside grep on the same log.

  import.py TOOL DIR     makes DIR/noise.log (100 MB), reads it RUNS times with both in turn

Prints one line for each run: import|grep BYTES SECONDS, the seconds being processor time, which
others who use the machine change less than the clock.
"""
import os
import subprocess
import sys

SIZE = 100_000_000
RUNS = 5
LINES_BETWEEN = 1000  # of other noise before the next recovery

NOISE = (
    'audit: type=1400 audit(1795365758.{0:03d}:{1}): apparmor="ALLOWED" operation="open" '
    'profile="x" name="/proc/{1}/stat" pid={0} comm="x" requested_mask="r"',
    "e1000e 0000:00:1f.6 eth0: NIC Link is Up 1000 Mbps Full Duplex, Flow Control: Rx/Tx",
    "usb 1-{0}: new high-speed USB device number {0} using xhci_hcd",
    "EXT4-fs (sda{0}): mounted filesystem with ordered data mode. Quota mode: none.",
    "nvmet: creating nvm controller {0} for subsystem nqn.2014-08.org.example:s1 for NQN x.",
)
RECOVERY = (
    "I/O tag 23 (2017) type 4 opcode 0x1 (I/O Cmd) QID 2 timeout",
    "starting error recovery",
    "attempting CCR, timeout 10000ms",
    "CCR succeeded using nvme0",
    "Reconnecting in 1 seconds...",
    "creating 2 I/O queues.",
    "mapped 2/0/0 default/read/poll queues.",
    "Successfully reconnected (attempt 1/60)",
)


def write_log(path):
    """Returns how many recoveries are in it."""
    recoveries = size = i = 0
    with open(path, "w", encoding="ascii") as f:
        while size < SIZE:
            i += 1
            text = f"[{i / 1000:12.6f}] {NOISE[i % len(NOISE)].format(i % 1000, i)}\n"
            if i % LINES_BETWEEN == 0:
                recoveries += 1
                text += "".join(f"[{i / 1000 + n / 1e5:12.6f}] nvme nvme{1 + recoveries % 64}: {w}\n"
                                for n, w in enumerate(RECOVERY))
            size += f.write(text)
    return recoveries


def timed(argv):
    """Lines on standard output, and processor time."""
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          env={**os.environ, "LC_ALL": "C"}) as p:
        lines = p.stdout.read().count(b"\n")
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode:
        raise SystemExit(f"{argv[0]} ended with status {p.returncode}")
    return lines, usage.ru_utime + usage.ru_stime


def main():
    tool, directory = sys.argv[1:]
    log = os.path.join(directory, "noise.log")
    wanted = write_log(log)
    for _ in range(RUNS):
        for name, argv in (
                ("import", [tool, "import", "--from", "dmesg", "--format", "json", log]),
                ("grep", ["grep", "-aE", "nvme nvme[0-9]+: (I/O tag|starting|attempting|CCR|"
                          "Reconnecting|creating|mapped|Successfully)", log])):
            lines, seconds = timed(argv)
            if lines != wanted * (1 if name == "import" else len(RECOVERY)):
                raise SystemExit(f"{name} found {lines} lines, not what {wanted} recoveries have")
            print(name, os.path.getsize(log), f"{seconds:.6f}")
    os.unlink(log)


main()
