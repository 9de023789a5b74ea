#!/usr/bin/env python3
"""A run is killed in front of every system call it makes on files; resumed, it ends in the same bytes.

strace counts the calls of a name and kills at the k-th. A kill in front of a call is one behind the call before it,
so all k of all names are all moments that the files can tell apart. The short tier takes those of the
first save, of one that removes an old checkpoint, and of the last one (of the many writes the ends).
"""

import shutil
import sys
import time

import toy
import tracing

SAVES = 6
WORDS = toy.train("--steps", "30", "--threads", "1", "--set", "checkpoint.keep=2", "--resume")


def is_save(call):
    return call.name == "openat" and ".tmp-" in call.args and "-ckpt-" in call.args


def save_calls(calls, begin):
    """The calls of the save whose temporary file is opened at `begin`, its rotation included."""
    end = begin + 1
    others = ("metrics.jsonl", "samples", ".html")
    while end < len(calls) and not is_save(calls[end]) and not any(o in calls[end].args for o in others):
        end += 1
    return calls[begin - 2 : end]


def ends_of_writes(calls):
    """Without the writes in the middle of a file: between them nothing differs but its length."""
    writes = [c for c in calls if c.name == "write"]
    return [c for c in calls if c.name != "write" or c in writes[:2] + writes[-2:]]


def chosen(calls):
    """Those of the short tier."""
    saves = [i for i, c in enumerate(calls) if is_save(c)]
    if len(saves) != SAVES:
        sys.exit(f"syscalls: {len(saves)} saves were seen, expected {SAVES}")
    picked = []
    for i in (0, SAVES // 2, SAVES - 1):
        picked += ends_of_writes(save_calls(calls, saves[i]))
    if not any(c.name == "unlink" or c.name == "unlinkat" for c in picked):
        sys.exit("syscalls: no save removed an old checkpoint")
    return picked


def wrong_after(place, known):
    """What is wrong with the files of a killed run, and with what becomes of it."""
    run = place / "run"
    wrong = toy.strange_states(run, known) if run.exists() else []
    result = toy.run(WORDS, place)
    if result.code != 0:
        return [*wrong, f"resume: exit {result.code}: {result.err}"]
    if toy.temporaries(run):
        wrong.append("temporary files are left")
    return wrong + toy.differences(place / "reference", run)


def kill_at_all(place, calls, known):
    kills = 0
    for call in calls:
        shutil.rmtree(place / "run", ignore_errors=True)
        if not tracing.killed_before(WORDS, place, call.name, call.k):
            sys.exit(f"syscalls: {call.name} {call.k} was not reached: {call.args[:80]}")
        kills += 1
        wrong = wrong_after(place, known)
        if wrong:
            sys.exit(f"syscalls: killed before {call.name} {call.k} ({call.args[:80]}): " + "; ".join(wrong))
    return kills


def main():
    a = toy.parse(__doc__)
    tracing.need()
    began = time.monotonic()
    with toy.temporary_place(toy.memory()) as place:
        calls = tracing.trace(WORDS, place)
        (place / "run").rename(place / "reference")
        toy.run([*WORDS[:2], "--steps", "30", "--out", "all", "--set", f"checkpoint.keep={SAVES}", "--quiet"], place)
        known = toy.states(place / "all")
        calls = calls if a.long else chosen(calls)
        kills = kill_at_all(place, calls, known)
    names = len({call.name for call in calls})
    seconds = time.monotonic() - began
    print(f"syscalls: {kills} kills, each before another call ({names} names), 0 differences, {seconds:.0f} s")


if __name__ == "__main__":
    main()
