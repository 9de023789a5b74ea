#!/usr/bin/env python3
"""One call of a checkpoint's save fails, once or for some time: what is said, what is kept, how the run ends.

strace makes the call fail: at the third of six saves, or from there on. What was saved before must be
untouched, training goes on, the next save works where it can, the message names the call and the kernel's own
words, and the exit code and the last line tell what is missing and what is not. Rows of FS.
"""

import re
import shutil
import sys
import time

import toy
import tracing

STEPS, EVERY = 30, 5
SAVES = STEPS // EVERY
HURT = 2  # the number of the save, from 0: of step 15
WORDS = toy.train("--steps", str(STEPS), "--threads", "1", "--set", f"checkpoint.keep={SAVES}")

#: row, which call of the save, its error, for ever or once, words of the message
ROWS = [
    ("FS-03", "write", "ENOSPC", False, "write failed: No space left on device"),
    ("FS-05", "write", "EDQUOT", False, "write failed: Disk quota exceeded"),
    ("FS-06 write", "write", "EIO", False, "write failed: Input/output error"),
    ("FS-06 fsync", "fsync", "EIO", False, "fsync failed: Input/output error"),
    ("FS-06 close", "close", "EIO", False, "close failed: Input/output error"),
    ("FS-06 folder", "fsync of folder", "EIO", False, "fsync of its folder failed: Input/output error"),
    ("FS-07 EXDEV", "renameat", "EXDEV", False, "rename failed: Invalid cross-device link"),
    ("FS-07 EACCES", "renameat", "EACCES", False, "rename failed: Permission denied"),
    ("FS-07 EIO", "renameat", "EIO", False, "rename failed: Input/output error"),
    ("FS-07 ENOENT", "renameat", "ENOENT", False, "rename failed: No such file or directory"),
    ("FS-18", "openat", "ENOSPC", False, "creating a temporary file beside it failed: No space left on device"),
    ("FS-18 to the end", "openat", "ENOSPC", True, "creating a temporary file beside it failed: No space left"),
    # what is no failure
    ("FS-10", "openat", "EEXIST", False, None),
    ("FS-21", "fsync of folder", "EINVAL", False, None),
    ("interrupted write", "write", "EINTR", False, None),
    ("interrupted fsync", "fsync", "EINTR", False, None),
]


def calls_of_save(calls, number):
    """{name: its call} of the save of that number: the first of each, and the last fsync, which is of the folder."""
    begins = [i for i, c in enumerate(calls) if c.name == "openat" and ".tmp-" in c.args and "-ckpt-" in c.args]
    found = {}
    for call in calls[begins[number] :]:
        if call.name == "fsync" and "renameat" in found:
            found["fsync of folder"] = call
            return found
        found.setdefault(call.name, call)
    return found


def run_hurt(place, call, error, forever):
    shutil.rmtree(place / "run", ignore_errors=True)
    when = f"{call.k}+" if forever else str(call.k)
    inject = f"inject={call.name}:error={error}:when={when}"
    command = ["strace", "-qq", "-o", "/dev/null", "-e", f"trace={call.name}", "-e", inject, toy.GANTRAIN]
    return toy.run(WORDS, place, program=command)


def wrong_with(place, result, known, row):
    _, _, _, forever, words = row
    run = place / "run"
    steps = [int(re.search(r"(\d+)", p.name).group(1)) for p in toy.checkpoints(run)]
    lost = EVERY * (HURT + 1)
    wrong = toy.strange_states(run, known)
    if toy.temporaries(run):
        wrong.append("temporary files are left")
    if words is None:
        return wrong + ([f"exit {result.code}: {result.err}"] if result.code or result.err else [])
    if result.code != 6:
        wrong.append(f"exit {result.code}")
    for want in (words, f"ckpt-{lost:08}.safetensors", "checkpoint not written"):
        if want not in result.err:
            wrong.append(f"not said: {want}")
    here = "fsync of its folder" in words  # then the file is there, perhaps not for long
    expected = [s for s in range(EVERY, STEPS + 1, EVERY) if s < lost or (not forever and s > lost) or (here and s == lost)]
    if steps != expected:
        wrong.append(f"checkpoints of steps {steps}, expected {expected}")
    end = f"--resume continues from step {lost - EVERY}" if forever else f"the state of the last step, {STEPS}, is saved"
    if end not in result.err:
        wrong.append(f"not said: {end}")
    return wrong + ([result.err] if wrong else [])


def wrong_after(place, reference):
    """The run is resumed, the disk being well again."""
    result = toy.run([*WORDS, "--resume"], place)
    wrong = [] if result.code == 0 else [f"resume: exit {result.code}: {result.err}"]
    last = f"checkpoints/ckpt-{STEPS:08}.safetensors"
    if toy.digest(place / "run" / last) != toy.digest(reference / last):
        wrong.append("another last checkpoint")
    return wrong


def slow_disk(place, calls, reference):
    """FS-17: an fsync that takes two seconds changes nothing but the time, and a signal is still answered."""
    shutil.rmtree(place / "run", ignore_errors=True)
    call = calls_of_save(calls, HURT)["fsync"]
    inject = f"inject=fsync:delay_enter=2000000:when={call.k}"
    command = ["strace", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e", inject, toy.GANTRAIN]
    result = toy.run(WORDS, place, program=command)
    wrong = [] if result.code == 0 else [f"exit {result.code}: {result.err}"]
    if result.seconds < 2:
        wrong.append("the disk was not slow")
    return wrong + toy.differences(reference, place / "run")


def main():
    toy.parse(__doc__)
    tracing.need()
    began = time.monotonic()
    with toy.temporary_place(toy.memory()) as place:
        calls = tracing.trace(WORDS, place)
        reference = (place / "run").rename(place / "reference")
        known, of_save = toy.states(reference), calls_of_save(calls, HURT)
        for row in ROWS:
            name, which, error, forever, _ = row
            result = run_hurt(place, of_save[which], error, forever)
            wrong = wrong_with(place, result, known, row) or wrong_after(place, reference)
            if wrong:
                sys.exit(f"files: {name}: " + "; ".join(wrong))
        wrong = slow_disk(place, calls, reference)
        if wrong:
            sys.exit("files: FS-17: " + "; ".join(wrong))
    seconds = time.monotonic() - began
    print(f"files: {len(ROWS) + 1} faults of a save, all as they should end, {seconds:.0f} s")


if __name__ == "__main__":
    main()
