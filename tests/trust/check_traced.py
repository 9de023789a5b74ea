#!/usr/bin/env python3
"""System calls fail under strace, including calls inside libc, which check_faults.py cannot intercept.

Train, resume, sample and inspect; each call after the start of main fails once, and from there on. To run a
single point:  check_traced.py --command train --fault fsync:3:EIO
"""

import argparse
import os
import pathlib
import re
import shutil
import sys
import tempfile
import time

import check_faults
import scenes
import toy
import tracing
from scene import environment

TIMEOUT = 60

#: the family of check_faults.py of a call; without brk, which does not fail with errno
FAMILIES = {
    "openat": "open", "read": "read", "pread64": "read", "write": "write", "fsync": "fsync", "close": "close",
    "renameat": "rename", "rename": "rename", "unlinkat": "unlink", "unlink": "unlink", "mkdir": "mkdir",
    "ftruncate": "truncate", "flock": "flock", "newfstatat": "stat", "fstat": "stat", "access": "stat",
    "getdents64": "list", "lseek": "seek", "mmap": "malloc", "clone3": "thread",
}  # fmt: skip
ERRORS = {"malloc": ("ENOMEM",), "thread": ("EAGAIN",)}
ONCE = ("EIO", "ENOSPC", "EINTR")
COMMANDS = ("train", "resume", "sample-png", "inspect")
SHORT_POINTS = 120


class Traced:
    """Names of the calls of the main thread from a log of strace, in order; `first`: the first one of main."""

    def __init__(self, log):
        self.names, self.injected, self.stderr_failures, self.first = [], 0, False, 0
        main = None
        for line in pathlib.Path(log).read_text(errors="replace").splitlines():
            found = re.match(r"(\d+) +(\w+)\((\d*)", line)
            if not found:
                continue
            main = main or found[1]
            if found[1] != main:
                continue
            self.names.append(found[2])
            if not self.first and found[2] == "openat" and '"/dev/null"' in line:
                self.first = len(self.names)
            if "(INJECTED)" in line:
                self.injected += 1
                self.stderr_failures = self.stderr_failures or (found[2] == "write" and found[3] == "2")

    def __getitem__(self, name):
        """As in a report of fault.c, without memory and descriptors."""
        return {"failed": self.injected, "stderr_failures": int(self.stderr_failures)}.get(name, 0)

    def points(self):
        """NAME:N[+]:ERROR; N counts from the start of the process, including calls of the loader."""
        for name, family in FAMILIES.items():
            before = self.names[: self.first - 1].count(name)
            for n in range(before + 1, self.names.count(name) + 1):
                for error in ERRORS.get(family, ONCE):
                    yield f"{name}:{n}:{error}"
                yield f"{name}:{n}+:{ERRORS.get(family, ONCE)[0]}"


def disturb(scene, workdir, spec):
    log = workdir.parent / (workdir.name + ".log")
    command = ["strace", "-f", "-qq", "-o", str(log), "-e", "trace=" + ",".join(FAMILIES)]
    if spec:
        name, n, error = spec.split(":")
        command += ["-e", f"inject={name}:error={error}:when={n}"]
    result = toy.run(scene.args, workdir, timeout=TIMEOUT, env=environment(workdir), program=[*command, toy.GANTRAIN])
    result.family = FAMILIES[spec.split(":")[0]] if spec else ""
    return result, Traced(log)


def check_point(scene, spec, workdir):
    """Returns the errors; None: the call was never made."""
    scene.copy(workdir)
    result, traced = disturb(scene, workdir, spec)
    family, error = result.family, spec.split(":")[2]
    wrong = check_faults.check_end(family, error, result, traced)
    if not result.crashed:
        wrong += check_faults.check_left(scene, family, workdir, traced)
    wrong += scene.check_unharmed(workdir, result)
    if result.code == 0:
        wrong += scene.check_complete(workdir, result)
    elif not wrong:
        wrong = scene.check_recovery(workdir, result)
    if wrong:
        wrong.append("stderr: " + result.err.strip()[-400:])
    shutil.rmtree(workdir)
    return wrong if wrong or traced.injected else None


def run(args, base):
    scenes.make_stock(base)
    points, unreached, failures = 0, 0, 0
    for kind in (k for k in scenes.SCENES if k.name in COMMANDS and args.command in (None, k.name)):
        scene = kind(base)
        scene.calls = {"blocks": 0, "descriptors": 0}
        scene.copy(base / "count")
        all_points = [args.fault] if args.fault else list(disturb(scene, base / "count", "")[1].points())
        shutil.rmtree(base / "count")
        if not args.long and not args.fault:
            all_points = check_faults.sample(all_points, SHORT_POINTS // len(COMMANDS))
        for spec in all_points:
            wrong = check_point(scene, spec, base / "point")
            points += 1
            unreached += wrong is None
            if wrong:
                failures += 1
                print(f"{scene.name}: --command {scene.name} --fault {spec}: " + "; ".join(wrong), flush=True)
    return points, unreached, failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--long", action="store_true", help="every point, not a sample")
    parser.add_argument("--command", choices=COMMANDS, help="only this command")
    parser.add_argument("--fault", help="only this point, such as fsync:3:EIO or write:20+:ENOSPC")
    args = parser.parse_args()
    tracing.need()
    if not os.path.exists(check_faults.LIBRARY):
        toy.skip(f"no {check_faults.LIBRARY}")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=toy.memory()) as folder:
        points, unreached, failures = run(args, pathlib.Path(folder))
    print(
        f"traced: {points} points of {len(COMMANDS)} commands, {unreached} not reached, {failures} failures, "
        f"{time.monotonic() - began:.0f} s"
    )
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
