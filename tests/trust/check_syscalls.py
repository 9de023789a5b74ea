#!/usr/bin/env python3
"""A run is killed before each of its file system calls; resumed, it ends with the same bytes.

strace counts the calls of a name and kills at the k-th. A kill before a call is also one after the previous call,
so the kills cover all states of the files. The short tier covers the first save, one that removes an old
checkpoint, and the last one (of the many writes only the first and last two).
"""

import shutil
import sys
import time

import toy
import tracing

SAVES = 6
ARGS = toy.train("--steps", "30", "--threads", "1", "--set", "checkpoint.keep=2", "--resume")


def is_save(call):
    return call.name == "openat" and ".tmp-" in call.args and "-ckpt-" in call.args


def save_calls(calls, begin):
    """The calls of the save whose temporary file is opened at `begin`, including the rotation."""
    end = begin + 1
    others = ("metrics.jsonl", "samples", ".html")
    while end < len(calls) and not is_save(calls[end]) and not any(o in calls[end].args for o in others):
        end += 1
    return calls[begin - 2 : end]


def ends_of_writes(calls):
    """Without the writes in the middle of a file, which change only its length."""
    writes = [c for c in calls if c.name == "write"]
    return [c for c in calls if c.name != "write" or c in writes[:2] + writes[-2:]]


def chosen(calls):
    """The calls of the short tier."""
    saves = [i for i, c in enumerate(calls) if is_save(c)]
    if len(saves) != SAVES:
        sys.exit(f"syscalls: {len(saves)} saves were seen, expected {SAVES}")
    picked = []
    for i in (0, SAVES // 2, SAVES - 1):
        picked += ends_of_writes(save_calls(calls, saves[i]))
    if not any(c.name == "unlink" or c.name == "unlinkat" for c in picked):
        sys.exit("syscalls: no save removed an old checkpoint")
    return picked


def wrong_after(workdir, known):
    """Checks the files of a killed run, and of the resumed run; returns the errors."""
    run = workdir / "run"
    wrong = toy.unknown_states(run, known) if run.exists() else []
    result = toy.run(ARGS, workdir)
    if result.code != 0:
        return [*wrong, f"resume: exit {result.code}: {result.err}"]
    if toy.temporaries(run):
        wrong.append("temporary files remain")
    return wrong + toy.differences(workdir / "reference", run)


def kill_at_all(workdir, calls, known):
    kills = 0
    for call in calls:
        shutil.rmtree(workdir / "run", ignore_errors=True)
        if not tracing.killed_before(ARGS, workdir, call.name, call.k):
            sys.exit(f"syscalls: {call.name} {call.k} was not reached: {call.args[:80]}")
        kills += 1
        wrong = wrong_after(workdir, known)
        if wrong:
            sys.exit(f"syscalls: killed before {call.name} {call.k} ({call.args[:80]}): " + "; ".join(wrong))
    return kills


def main():
    a = toy.parse(__doc__)
    tracing.need()
    began = time.monotonic()
    with toy.temporary_workdir(toy.memory()) as workdir:
        calls = tracing.trace(ARGS, workdir)
        (workdir / "run").rename(workdir / "reference")
        toy.run([*ARGS[:2], "--steps", "30", "--out", "all", "--set", f"checkpoint.keep={SAVES}", "--quiet"], workdir)
        known = toy.states(workdir / "all")
        calls = calls if a.long else chosen(calls)
        kills = kill_at_all(workdir, calls, known)
    names = len({call.name for call in calls})
    seconds = time.monotonic() - began
    print(f"syscalls: {kills} kills, each before a different call ({names} names), 0 differences, {seconds:.0f} s")


if __name__ == "__main__":
    main()
