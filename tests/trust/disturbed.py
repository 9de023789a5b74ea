"""Runs that are disturbed at chosen system calls by disturb.c, and what must be the same afterwards."""

import functools
import os
import pathlib
import resource
import subprocess
import sys
import time

import toy

#: what differs from run to run, or was asked for by a signal
OWN = ("report.html", "metrics.jsonl", "samples/now.png")

BUSY = 10  # times as long as alone a busy machine may make something last


def build(folder):
    """The library to preload, or None where there is no compiler."""
    library = pathlib.Path(folder) / "disturb.so"
    command = ["cc", "-shared", "-fPIC", "-O1", "-o", library, toy.HERE / "disturb.c", "-ldl"]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as why:
        print(f"skipped: no preloaded library: {why}")
        return None
    return library


def preloaded(case):
    """A case that needs disturb.c; where it cannot be built there are none."""

    @functools.wraps(case)
    def tried(bench):
        return case(bench) if bench.preload else (0, [])

    return tried


def environment(library, **more):
    return toy.environment(LD_PRELOAD=str(library), **more)


def train(*options, rows=1):
    """The words of the toy run, with its talk and a row every so many steps."""
    return ["--config", "toy.json", "--out", "run", "--set", f"log.every_steps={rows}", *options]


def state(run_folder):
    """All that a run leaves but what depends on the clock."""
    files = toy.manifest(run_folder)
    return {name: hash_ for name, hash_ in files.items() if name not in OWN}, toy.rows(run_folder)


def same(reference, run_folder):
    """What differs from the state of an undisturbed run; empty: nothing."""
    (files, rows), (here, own) = reference, state(run_folder)
    wrong = [f"{name} differs" for name in sorted(files.keys() | here.keys()) if files.get(name) != here.get(name)]
    return wrong + (["rows of metrics.jsonl differ"] if rows != own else [])


def wait_for(path, child):
    """Until there is something in the file, or the child has ended, or it takes too long."""
    toy.wait_for(lambda: child.poll() is not None or (path.exists() and path.stat().st_size > 0))


def start(args, cwd, **how):
    """gantrain as a child whose stderr is read at its end."""
    return subprocess.Popen(
        [toy.GANTRAIN, *map(str, args)],
        cwd=cwd,
        env=how.pop("env", None) or toy.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **how,
    )


class Took:
    """The time until an end: of processors, which a busy machine does not lengthen, and on the wall."""

    def __init__(self, processor, wall):
        self.processor, self.wall = processor, wall

    def late(self, seconds):
        """Whether it was more than so many seconds of work, or many times as long for whatever reason."""
        return self.processor > seconds or self.wall > BUSY * seconds

    def __str__(self):
        return f"{self.processor:.1f} s of processor, {self.wall:.1f} s in all"


def processor_of(child):
    """Seconds of processor time a child has used so far; 0: it has ended."""
    try:
        fields = pathlib.Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def processor_of_the_ended():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def answer(child, number):
    """Sends the signal; (exit code, stderr, what it took until the end)."""
    began, before = time.monotonic(), processor_of_the_ended() + processor_of(child)
    child.send_signal(number)
    try:
        _, err = child.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        child.kill()
        _, err = child.communicate()
        return toy.HUNG, err.decode(), Took(60, 60)
    return child.returncode, err.decode(), Took(processor_of_the_ended() - before, time.monotonic() - began)


def examine(name, cases, *args):
    """Runs the cases (functions that return (how many, what went wrong)); ends the check with a list of failures."""
    began, done, told = time.monotonic(), 0, []
    failed = []
    for case in cases:
        n, wrong = case(*args)
        done += n
        told.append(f"{case.__name__} {n}")
        failed += [f"{case.__name__}: {line}" for line in wrong]
        for line in wrong:
            print(f"{name}: {case.__name__}: {line}", file=sys.stderr)
    if failed:
        sys.exit(f"{name}: {len(failed)} failures")
    if not done:
        toy.skip("none of the cases can be tried")
    print(f"{name}: {done} cases, 0 failures ({', '.join(told)}), {time.monotonic() - began:.0f} s")
