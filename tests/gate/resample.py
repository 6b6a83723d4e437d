#!/usr/bin/env python3
"""resample.py TOOL BASELINE...: one unchanged kernel against itself. The real recoveries of each baseline
file are dealt out into two halves by chance, 200 times and more in all, and `gate` compares the halves. It
may take no more than one in twenty for a regression (--alpha 0.05), and none for invalid."""
import collections
import concurrent.futures
import json
import pathlib
import random
import subprocess
import sys
import tempfile

TIMES = 240
SEED = 20261123


def write(path, whole, recoveries):
    path.write_text(json.dumps({**whole, "recoveries": recoveries}))


def compare(tool, work, n, whole, deal):
    """The verdict on two halves."""
    half = len(deal) // 2
    one, other = work / f"{n}.a.json", work / f"{n}.b.json"
    write(one, whole, deal[:half])
    write(other, whole, deal[half:])
    done = subprocess.run([tool, "gate", one, "--against", other, "--format", "json"], capture_output=True,
                          text=True, check=False)
    verdict = json.loads(done.stdout)["verdict"] if done.stdout else f"error {done.returncode}: {done.stderr}"
    return verdict


def deals(files):
    """So many times in all, of each file in turn."""
    chance = random.Random(SEED)
    wholes = [json.loads(pathlib.Path(file).read_text()) for file in files]
    for n in range(TIMES):
        whole = wholes[n % len(wholes)]
        deal = list(whole["recoveries"])
        chance.shuffle(deal)
        yield n, whole, deal


def main():
    tool, files = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory() as work, concurrent.futures.ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(compare, tool, pathlib.Path(work), *deal) for deal in deals(files)]
        verdicts = collections.Counter(f.result() for f in futures)
    print(f"# {TIMES} comparisons of equals: {dict(verdicts)}")
    alarms = sum(n for verdict, n in verdicts.items() if verdict not in ("pass", "improved", "inconclusive"))
    return 1 if alarms > TIMES * 0.05 else 0


if __name__ == "__main__":
    sys.exit(main())
