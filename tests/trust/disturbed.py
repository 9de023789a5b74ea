"""Runs with signals and failures at chosen system calls (disturb.c), and the comparison of their results."""

import functools
import os
import pathlib
import resource
import subprocess
import sys
import time

import toy

#: files that depend on the clock, or are requested by a signal
IGNORED = ("report.html", "metrics.jsonl", "samples/now.png")

BUSY = 10  # factor by which a busy machine may lengthen the wall-clock time


def build(folder):
    """Builds the library to preload; None without a compiler."""
    library = pathlib.Path(folder) / "disturb.so"
    command = ["cc", "-shared", "-fPIC", "-O1", "-o", library, toy.HERE / "disturb.c", "-ldl"]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as why:
        print(f"skipped: no preloaded library: {why}")
        return None
    return library


def preloaded(case):
    """Decorates a case that needs disturb.c: without a compiler it is skipped."""

    @functools.wraps(case)
    def checked(bench):
        return case(bench) if bench.preload else (0, [])

    return checked


def environment(library, **more):
    return toy.environment(LD_PRELOAD=str(library), **more)


def train(*options, rows=1):
    """Arguments of the toy run, with progress and a row every `rows` steps."""
    return ["--config", "toy.json", "--out", "run", "--set", f"log.every_steps={rows}", *options]


def state(run_folder):
    """All files and rows of a run that do not depend on the clock."""
    files = toy.manifest(run_folder)
    return {name: hash_ for name, hash_ in files.items() if name not in IGNORED}, toy.rows(run_folder)


def same(reference, run_folder):
    """Returns differences from the state of an undisturbed run."""
    (files, rows), (here, own) = reference, state(run_folder)
    wrong = [f"{name} differs" for name in sorted(files.keys() | here.keys()) if files.get(name) != here.get(name)]
    return wrong + (["rows of metrics.jsonl differ"] if rows != own else [])


def wait_for(path, child):
    """Waits until the file is not empty, the child has ended, or a time-out."""
    toy.wait_for(lambda: child.poll() is not None or (path.exists() and path.stat().st_size > 0))


def start(args, cwd, **how):
    """Starts gantrain as a child process with pipes."""
    return subprocess.Popen(
        [toy.GANTRAIN, *map(str, args)],
        cwd=cwd,
        env=how.pop("env", None) or toy.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **how,
    )


class Duration:
    """CPU time, which does not depend on the load of the machine, and wall-clock time."""

    def __init__(self, processor, wall):
        self.processor, self.wall = processor, wall

    def late(self, seconds):
        """Whether the CPU time, or a BUSY-th of the wall-clock time, exceeds this limit."""
        return self.processor > seconds or self.wall > BUSY * seconds

    def __str__(self):
        return f"{self.processor:.1f} s of CPU time, {self.wall:.1f} s in total"


def cpu_of(child):
    """CPU seconds of a child so far; 0 after its end."""
    try:
        fields = pathlib.Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_of_ended():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def signal_and_wait(child, number):
    """Sends a signal and waits for the end; returns (exit code, stderr, duration)."""
    began, before = time.monotonic(), cpu_of_ended() + cpu_of(child)
    child.send_signal(number)
    try:
        _, err = child.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        child.kill()
        _, err = child.communicate()
        return toy.HUNG, err.decode(), Duration(60, 60)
    return child.returncode, err.decode(), Duration(cpu_of_ended() - before, time.monotonic() - began)


def examine(name, cases, *args):
    """Runs the cases (functions that return (count, errors)); prints a summary or exits with the failures."""
    began, done, summary = time.monotonic(), 0, []
    failed = []
    for case in cases:
        n, wrong = case(*args)
        done += n
        summary.append(f"{case.__name__} {n}")
        failed += [f"{case.__name__}: {line}" for line in wrong]
        for line in wrong:
            print(f"{name}: {case.__name__}: {line}", file=sys.stderr)
    if failed:
        sys.exit(f"{name}: {len(failed)} failures")
    if not done:
        toy.skip("no case can run here")
    print(f"{name}: {done} cases, 0 failures ({', '.join(summary)}), {time.monotonic() - began:.0f} s")
