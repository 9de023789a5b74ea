#!/usr/bin/env python3
"""Eight processes start in one run folder at once: one trains, seven exit with 9, no file is damaged.

The winner trains long enough (half a second or more) for all others to start while it holds the lock.
"""

import shutil
import subprocess
import sys
import time

import toy

PROCESSES = 8
STEPS = 5000
BUSY = 9


def start(workdir):
    return subprocess.Popen(
        [toy.GANTRAIN, *toy.train("--steps", str(STEPS), "--set", "checkpoint.every_steps=100", "--threads", "1")],
        cwd=workdir,
        env=toy.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def race(workdir, reference):
    """Runs one race; returns the errors."""
    shutil.rmtree(workdir / "run", ignore_errors=True)
    children = [start(workdir) for _ in range(PROCESSES)]
    ends = []
    for child in children:
        try:
            out, err = child.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            child.kill()
            return ["a process hung"]
        ends.append((child.returncode, err.decode()))
    codes = sorted(code for code, _ in ends)
    wrong = []
    if codes != [0] + [BUSY] * (PROCESSES - 1):
        wrong.append(f"exit codes {codes}")
    for code, err in ends:
        if code == BUSY and "another gantrain" not in err:
            wrong.append(f"unexpected message: {err}")
    if not wrong and toy.differences(reference, workdir / "run"):
        wrong += toy.differences(reference, workdir / "run")
    if toy.temporaries(workdir / "run"):
        wrong.append("temporary files remain")
    return wrong


def main():
    a = toy.parse(__doc__, races=(0, "number; default 10, with --long 200"))
    races = a.races or (200 if a.long else 10)
    with toy.temporary_workdir() as workdir:
        child = start(workdir)
        child.communicate()
        reference = (workdir / "run").rename(workdir / "reference")
        began = time.monotonic()
        for i in range(races):
            wrong = race(workdir, reference)
            if wrong:
                sys.exit(f"race {i + 1}: " + "; ".join(wrong))
    print(
        f"race: {races} races of {PROCESSES} processes: one trained, {PROCESSES - 1} ended with {BUSY}, "
        f"{races} of {races}, {time.monotonic() - began:.0f} s"
    )


if __name__ == "__main__":
    main()
