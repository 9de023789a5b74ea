#!/usr/bin/env python3
"""Every allocation and every system call of a command fails: once, and from then on.

fault*.c counts the calls and makes one fail; scenes.py has the commands and their checks. To run a single
point from a failure message:  check_faults.py --command train --fault malloc:217
"""

import argparse
import concurrent.futures
import os
import pathlib
import shutil
import sys
import tempfile
import threading
import time

import scenes
import toy
from scene import CODES_OF_FILES, CODES_OF_MEMORY, LIBRARY, environment, fault, is_temporary

TIMEOUT = 20
ERRORS = ("EIO", "ENOSPC", "EDQUOT", "EACCES", "EROFS", "EMFILE", "EINTR", "ENOMEM")
PERSISTENT = ("ENOSPC", "EIO")

#: faults without any effect: interruptions, short reads and writes, unsupported hints
HARMLESS = {(f, "EINTR") for f in ("open", "read", "write", "fsync", "close", "truncate")}
HARMLESS |= {("read", "short"), ("write", "short"), ("truncate", "EOPNOTSUPP")}
#: calls that fail with one error only
PLAIN = {"malloc": "ENOMEM", "map": "ENOMEM", "thread": "EAGAIN", "process": "EAGAIN", "load": "ENOMEM",
         "limit": "EIO", "terminal": "EIO"}  # fmt: skip
OPTIONAL_CALLS = ("map", "thread", "limit", "terminal")

#: scenes of the short tier, and the approximate number of their points
SHORT = ("train", "resume", "fallback", "diverge", "sample-png", "sample-idx", "evaluate-points", "inspect",
         "report", "dry-run")  # fmt: skip
SHORT_POINTS = 400


class Report:
    """Counts written by fault.c."""

    def __init__(self, path):
        lines = pathlib.Path(path).read_text().splitlines() if os.path.exists(path) else []
        self.of = {name: int(n) for name, n in (line.split() for line in lines)}

    def __getitem__(self, name):
        return self.of.get(name, 0)

    def families(self):
        others = ("failed", "stderr_failures", "others", "blocks", "bytes", "descriptors")
        return {f: n for f, n in self.of.items() if n > 0 and f not in others}


def disturb(scene, workdir, spec, trace=False):
    """Runs the command with a fault; returns its result and the counts."""
    counts = workdir.parent / (workdir.name + ".count")
    env = environment(workdir, **fault(spec), FAULT_COUNT=str(counts))
    if trace:
        env["FAULT_TRACE"] = "1"
    result = toy.run(scene.args, workdir, timeout=TIMEOUT, env=env)
    result.family = spec.partition(":")[0]
    report = Report(counts)
    counts.unlink(missing_ok=True)
    return result, report


def count(scene, base):
    """Counts the calls of the command without a fault, and the blocks and descriptors that it leaves."""
    workdir = base / (scene.name + ".count")
    scene.copy(workdir)
    result, report = disturb(scene, workdir, "")
    shutil.rmtree(workdir)
    if result.code != 0 or report["others"]:
        sys.exit(f"{scene.name}: {result.code} {result.err}; {report['others']} calls of other threads")
    return report


def points_of(report):
    """All points of failure, as values of FAULT."""
    for family, n in report.families().items():
        once = [PLAIN[family]] if family in PLAIN else ERRORS
        for i in range(1, n + 1):
            yield from (f"{family}:{i}:{e}" for e in once)
            yield from (f"{family}:{i}+:{e}" for e in (once if family in PLAIN else PERSISTENT))
        if family not in PLAIN:
            yield f"{family}:1+:EINTR"
        if (family, "short") in HARMLESS:
            yield from (f"{family}:{i}:short" for i in range(1, n + 1))
            yield f"{family}:1+:short"
        if (family, "EOPNOTSUPP") in HARMLESS:
            yield from (f"{family}:{i}:EOPNOTSUPP" for i in range(1, n + 1))


def check_end(family, error, result, report):
    """Checks exit code and message of a command with a fault."""
    codes = CODES_OF_MEMORY if family == "malloc" else CODES_OF_FILES
    if (family, error) in HARMLESS or family in OPTIONAL_CALLS:
        codes = {0}
    if result.crashed:
        return [f"{toy.CRASHES.get(result.code, result.code)}"]
    wrong = [] if result.code in codes else [f"exit code {result.code}"]
    if result.code != 0 and not toy.error_lines(result.err) and not report["stderr_failures"]:
        wrong.append("no line of error")
    if result.code == 0 and toy.error_lines(result.err):
        wrong.append("a line of error with exit code 0")
    return wrong


def check_left(scene, family, workdir, report):
    """Checks for memory, descriptors and temporary files that remain."""
    wrong = []
    if report["blocks"] > scene.calls["blocks"] and family != "map":  # OpenBLAS leaks one if it gets no buffer
        wrong.append(f"{report['blocks'] - scene.calls['blocks']} blocks of memory leaked")
    if report["descriptors"] > scene.calls["descriptors"]:
        wrong.append(f"{report['descriptors']} descriptors remain open")
    known = {p for p in scene.before if is_temporary(p)}
    left = [p for p in toy.temporaries(workdir) if str(p.relative_to(workdir)) not in known]
    if left and family != "unlink":
        wrong.append(f"temporary files remain: {[p.name for p in left]}")
    return wrong


def check_point(scene, spec, workdir, verbose=False):
    """Returns the errors after one failed call; None: the call was never made."""
    family, _, rest = spec.partition(":")
    error = rest.partition(":")[2].split(",")[0]
    if not workdir.exists():
        scene.copy(workdir)
    result, report = disturb(scene, workdir, spec, verbose)
    if verbose:
        print(result.err, f"exit {result.code}; {report.of}", file=sys.stderr)
    wrong = check_end(family, error, result, report)
    reached = wrong or report["failed"] > 0
    untouched = toy.manifest(workdir) == scene.before
    if not result.crashed:
        wrong += check_left(scene, family, workdir, report)
    if not untouched:
        wrong += scene.check_unharmed(workdir, result)
    if result.code == 0:
        wrong += scene.check_complete(workdir, result)
    elif not wrong and not untouched:  # without changes the command would just repeat
        wrong = scene.check_recovery(workdir, result)
    if wrong:
        wrong.append("stderr: " + result.err.strip()[-400:])
    if not untouched:
        shutil.rmtree(workdir)
    return wrong if reached else None


def sample(all_points, n):
    """About n evenly spaced points. Neighbours differ in their error, so the stride varies them."""
    step = max(1, len(all_points) // n)
    return [all_points[i] for i in range(step // 2, len(all_points), step)]


class Check:
    def __init__(self, args, base):
        self.args, self.base = args, base
        self.done = self.harmless = self.unreached = 0
        self.failures = []

    def run_point(self, job):
        scene, spec = job
        try:
            return scene, spec, check_point(scene, spec, self.base / f"{scene.name}.{threading.get_ident()}")
        except Exception as problem:  # an exception in a check is a failure
            return scene, spec, [f"{type(problem).__name__}: {problem}"]

    def run(self, jobs):
        with concurrent.futures.ThreadPoolExecutor(self.args.jobs) as pool:
            for scene, spec, wrong in pool.map(self.run_point, jobs):
                self.done += 1
                self.unreached += wrong is None
                if wrong:
                    self.failures.append(spec)
                    print(f"{scene.name}: --command {scene.name} --fault {spec}: " + "; ".join(wrong), flush=True)

    def scene(self, kind):
        scene = kind(self.base)
        scene.calls = count(scene, self.base)
        return scene

    def tier(self):
        wanted = [k for k in scenes.SCENES if self.args.command in (None, k.name)]
        if not self.args.long and not self.args.command:
            wanted = [k for k in wanted if k.name in SHORT]
        if not wanted:
            sys.exit(f"no such command: {self.args.command}; known: " + " ".join(k.name for k in scenes.SCENES))
        began = time.monotonic()
        for kind in wanted:
            scene = self.scene(kind)
            points = [self.args.fault] if self.args.fault else list(points_of(scene.calls))
            if not self.args.long and not self.args.fault:
                points = sample(points, SHORT_POINTS // len(wanted))
            self.run((scene, spec) for spec in points)
            if self.args.long:
                print(f"{scene.name}: {len(points)} points of {sum(scene.calls.families().values())} calls, "
                      f"{time.monotonic() - began:.0f} s", flush=True)  # fmt: skip
        return len(wanted), time.monotonic() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--long", action="store_true", help="every point of every command, not a sample")
    parser.add_argument("--command", help="only this command, such as train, sample-png")
    parser.add_argument("--fault", help="only this point, such as malloc:217 or write:12+:ENOSPC")
    parser.add_argument("--jobs", type=int, default=1, help="parallel points")
    args = parser.parse_args()
    if not os.path.exists(LIBRARY):
        toy.skip(f"no {LIBRARY}: a build with sanitizers has none")
    with tempfile.TemporaryDirectory(dir=toy.memory()) as folder:
        base = pathlib.Path(folder)
        scenes.make_stock(base)
        check = Check(args, base)
        if args.fault:
            scene = check.scene(next(k for k in scenes.SCENES if k.name == (args.command or "train")))
            wrong = check_point(scene, args.fault, base / "point", verbose=True)
            sys.exit("; ".join(wrong) if wrong else 0 if wrong == [] else "the call was never made")
        commands, seconds = check.tier()
    print(
        f"faults: {check.done} points of {commands} commands, {check.unreached} not reached, "
        f"{len(check.failures)} failures, {seconds:.0f} s"
    )
    sys.exit(1 if check.failures else 0)


if __name__ == "__main__":
    main()
