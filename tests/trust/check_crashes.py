#!/usr/bin/env python3
"""Every state that a loss of power may leave of a run can be resumed, loses no synced checkpoint, ends the same.

Two runs are traced, one from the beginning and one that goes on from a killed run (sweeping, trimming);
crash_states.py says what a disk may hold after each of their calls. Each such folder is made, resumed, and compared.
"""

import random
import re
import shutil
import sys
import time

import crash_states
import toy
import tracing

WORDS = ["--config", "toy.json", "--out", "run", "--no-progress", "--threads", "1", "--steps", "40", "--resume"]
SHORT = 70  # states of the short tier
STEP = re.compile(r"checkpoints/ckpt-(\d+)\.safetensors$")


def files_of(place):
    run = place / "run"
    found = {str(p.relative_to(place)): p.read_bytes() for p in sorted(run.rglob("*")) if p.is_file()}
    return found, {"", *(str(p.relative_to(place)) for p in [run, *run.rglob("*")] if p.is_dir())}


def traced(place, files, folders):
    """The changes that a run makes which begins with these files."""
    calls = tracing.trace(WORDS, place, "-xx", "-s", "100000000", names=crash_states.NAMES)
    return crash_states.Reader("run", files, folders).read(calls)


def first_run(place):
    return traced(place, {}, {""})


def second_run(place):
    """One that goes on: killed while the checkpoint of step 20 had its temporary name."""
    shutil.rmtree(place / "run", ignore_errors=True)
    calls = tracing.trace(WORDS, place)
    named = next(c for c in calls if c.name == "renameat" and "ckpt-00000020" in c.args)
    shutil.rmtree(place / "run")
    tracing.killed_before(WORDS, place, "renameat", named.k)
    return traced(place, *files_of(place))


def make(place, files, folders):
    shutil.rmtree(place / "run", ignore_errors=True)
    for folder in sorted(folders):
        (place / folder).mkdir(exist_ok=True)
    for path, data in files.items():
        (place / path).write_bytes(data)


def newest(paths):
    """The highest step of checkpoints among paths; 0: none."""
    return max((int(m.group(1)) for m in map(STEP.search, paths) if m), default=0)


def step_begun(err):
    """Where a run began, by its own words."""
    found = re.search(r"resuming from step (\d+)|already complete at step (\d+)", err)
    return int(found.group(1) or found.group(2)) if found else 0


def wrong_after(place, reference, least):
    result = toy.run(WORDS, place)
    if result.code != 0:
        return [f"exit {result.code}: {result.err}"]
    wrong = toy.differences(reference, place / "run")
    if step_begun(result.err) < least:
        wrong.append(f"began at step {step_begun(result.err)}, step {least} was synced")
    if toy.temporaries(place / "run"):
        wrong.append("temporary files are left")
    return wrong


def all_states(readers):
    """(which, after how many changes, files, folders, least step), each tree once."""
    seen = set()
    for which, reader in enumerate(readers):
        for end in range(len(reader.ops) + 1):
            least = newest(crash_states.certain(reader, end))
            for files, folders in crash_states.states_at(reader, end):
                key = (hash(frozenset(files.items())), frozenset(folders), least)
                if key not in seen:
                    seen.add(key)
                    yield which, end, files, folders, least


def main():
    a = toy.parse(__doc__, states=(0, f"how many at most; default {SHORT}, with --long all"))
    tracing.need()
    began = time.monotonic()
    with toy.temporary_place(toy.memory()) as place:
        readers = [first_run(place)]
        reference = (place / "run").rename(place / "reference")
        readers.append(second_run(place))
        states = list(all_states(readers))
        total, most = len(states), a.states or (len(states) if a.long else SHORT)
        if most < total:
            states = random.Random(1).sample(states, most)
        for which, end, files, folders, least in states:
            make(place, files, folders)
            wrong = wrong_after(place, reference, least)
            if wrong:
                sys.exit(f"crashes: run {which + 1}, after {end} changes: " + "; ".join(wrong))
    seconds = time.monotonic() - began
    print(f"crashes: {len(states)} of {total} states after a loss of power, all resumed to the same end, {seconds:.0f} s")


if __name__ == "__main__":
    main()
