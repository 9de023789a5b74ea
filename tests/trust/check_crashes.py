#!/usr/bin/env python3
"""Every state of a run after a power failure can be resumed, keeps synced checkpoints, and ends with the same bytes.

Traces two runs, a new one and one that resumes a killed run (removing temporary files, cutting rows);
crash_states.py computes the possible disk states after each call. Each state is created, resumed, and compared.
"""

import random
import re
import shutil
import sys
import time

import crash_states
import toy
import tracing

ARGS = ["--config", "toy.json", "--out", "run", "--no-progress", "--threads", "1", "--steps", "40", "--resume"]
SHORT = 70  # states of the short tier
STEP = re.compile(r"checkpoints/ckpt-(\d+)\.safetensors$")


def files_of(workdir):
    run = workdir / "run"
    found = {str(p.relative_to(workdir)): p.read_bytes() for p in sorted(run.rglob("*")) if p.is_file()}
    return found, {"", *(str(p.relative_to(workdir)) for p in [run, *run.rglob("*")] if p.is_dir())}


def traced(workdir, files, folders):
    """The file changes of a run that starts with these files."""
    calls = tracing.trace(ARGS, workdir, "-xx", "-s", "100000000", names=crash_states.NAMES)
    return crash_states.Reader("run", files, folders).read(calls)


def first_run(workdir):
    return traced(workdir, {}, {""})


def second_run(workdir):
    """Resumes a run that was killed while the checkpoint of step 20 was a temporary file."""
    shutil.rmtree(workdir / "run", ignore_errors=True)
    calls = tracing.trace(ARGS, workdir)
    named = next(c for c in calls if c.name == "renameat" and "ckpt-00000020" in c.args)
    shutil.rmtree(workdir / "run")
    tracing.killed_before(ARGS, workdir, "renameat", named.k)
    return traced(workdir, *files_of(workdir))


def make(workdir, files, folders):
    shutil.rmtree(workdir / "run", ignore_errors=True)
    for folder in sorted(folders):
        (workdir / folder).mkdir(exist_ok=True)
    for path, data in files.items():
        (workdir / path).write_bytes(data)


def newest(paths):
    """The highest step of checkpoints among paths; 0: none."""
    return max((int(m.group(1)) for m in map(STEP.search, paths) if m), default=0)


def start_step(err):
    """The step a run started from, by its messages."""
    found = re.search(r"resuming from step (\d+)|already complete at step (\d+)", err)
    return int(found.group(1) or found.group(2)) if found else 0


def wrong_after(workdir, reference, least):
    result = toy.run(ARGS, workdir)
    if result.code != 0:
        return [f"exit {result.code}: {result.err}"]
    wrong = toy.differences(reference, workdir / "run")
    if start_step(result.err) < least:
        wrong.append(f"started at step {start_step(result.err)}, step {least} was synced")
    if toy.temporaries(workdir / "run"):
        wrong.append("temporary files remain")
    return wrong


def all_states(readers):
    """Yields (run, number of changes, files, folders, least step), each tree once."""
    seen = set()
    for which, reader in enumerate(readers):
        for end in range(len(reader.ops) + 1):
            least = newest(crash_states.durable_paths(reader, end))
            for files, folders in crash_states.states_at(reader, end):
                key = (hash(frozenset(files.items())), frozenset(folders), least)
                if key not in seen:
                    seen.add(key)
                    yield which, end, files, folders, least


def main():
    a = toy.parse(__doc__, states=(0, f"maximum number; default {SHORT}, with --long all"))
    tracing.need()
    began = time.monotonic()
    with toy.temporary_workdir(toy.memory()) as workdir:
        readers = [first_run(workdir)]
        reference = (workdir / "run").rename(workdir / "reference")
        readers.append(second_run(workdir))
        states = list(all_states(readers))
        total, most = len(states), a.states or (len(states) if a.long else SHORT)
        if most < total:
            states = random.Random(1).sample(states, most)
        for which, end, files, folders, least in states:
            make(workdir, files, folders)
            wrong = wrong_after(workdir, reference, least)
            if wrong:
                sys.exit(f"crashes: run {which + 1}, after {end} changes: " + "; ".join(wrong))
    seconds = time.monotonic() - began
    print(f"crashes: {len(states)} of {total} states after a power failure, resumed with equal bytes, {seconds:.0f} s")


if __name__ == "__main__":
    main()
