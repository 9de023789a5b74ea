#!/usr/bin/env python3
"""One call of a checkpoint save fails, once or persistently: checks the message, the kept files and the end of the run.

strace makes the call fail: at the third of six saves, or from there on. Earlier files must be unchanged,
training continues, the next save succeeds if possible, the message has the call and the errno text, and the
exit code and the last line report what is missing. Rows of FS.
"""

import re
import shutil
import sys
import time

import toy
import tracing

STEPS, EVERY = 30, 5
SAVES = STEPS // EVERY
FAILED_SAVE = 2  # the number of the save, from 0: of step 15
ARGS = toy.train("--steps", str(STEPS), "--threads", "1", "--set", f"checkpoint.keep={SAVES}")

#: row, call of the save, its error, persistent or once, text of the message
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
    # not failures
    ("FS-10", "openat", "EEXIST", False, None),
    ("FS-21", "fsync of folder", "EINVAL", False, None),
    ("interrupted write", "write", "EINTR", False, None),
    ("interrupted fsync", "fsync", "EINTR", False, None),
]


def calls_of_save(calls, number):
    """{name: call} of the save with this number: the first call of each name, and the fsync of the folder."""
    begins = [i for i, c in enumerate(calls) if c.name == "openat" and ".tmp-" in c.args and "-ckpt-" in c.args]
    found = {}
    for call in calls[begins[number] :]:
        if call.name == "fsync" and "renameat" in found:
            found["fsync of folder"] = call
            return found
        found.setdefault(call.name, call)
    return found


def run_with_fault(workdir, call, error, forever):
    shutil.rmtree(workdir / "run", ignore_errors=True)
    when = f"{call.k}+" if forever else str(call.k)
    inject = f"inject={call.name}:error={error}:when={when}"
    command = ["strace", "-qq", "-o", "/dev/null", "-e", f"trace={call.name}", "-e", inject, toy.GANTRAIN]
    return toy.run(ARGS, workdir, program=command)


def wrong_with(workdir, result, known, row):
    _, _, _, forever, message = row
    run = workdir / "run"
    steps = [int(re.search(r"(\d+)", p.name).group(1)) for p in toy.checkpoints(run)]
    lost = EVERY * (FAILED_SAVE + 1)
    wrong = toy.unknown_states(run, known)
    if toy.temporaries(run):
        wrong.append("temporary files remain")
    if message is None:
        return wrong + ([f"exit {result.code}: {result.err}"] if result.code or result.err else [])
    if result.code != 6:
        wrong.append(f"exit {result.code}")
    for want in (message, f"ckpt-{lost:08}.safetensors", "checkpoint not written"):
        if want not in result.err:
            wrong.append(f"missing in the message: {want}")
    here = "fsync of its folder" in message  # the file exists, but is not durable
    kept = lambda s: s < lost or (not forever and s > lost) or (here and s == lost)
    expected = [s for s in range(EVERY, STEPS + 1, EVERY) if kept(s)]
    if steps != expected:
        wrong.append(f"checkpoints of steps {steps}, expected {expected}")
    end = f"--resume continues from step {lost - EVERY}" if forever else f"the state of the last step, {STEPS}, is saved"
    if end not in result.err:
        wrong.append(f"missing in the message: {end}")
    return wrong + ([result.err] if wrong else [])


def wrong_after(workdir, reference):
    """Resumes the run without the fault; returns the errors."""
    result = toy.run([*ARGS, "--resume"], workdir)
    wrong = [] if result.code == 0 else [f"resume: exit {result.code}: {result.err}"]
    last = f"checkpoints/ckpt-{STEPS:08}.safetensors"
    if toy.digest(workdir / "run" / last) != toy.digest(reference / last):
        wrong.append("another last checkpoint")
    return wrong


def slow_disk(workdir, calls, reference):
    """FS-17: an fsync that takes two seconds changes nothing but the time, and a signal is still answered."""
    shutil.rmtree(workdir / "run", ignore_errors=True)
    call = calls_of_save(calls, FAILED_SAVE)["fsync"]
    inject = f"inject=fsync:delay_enter=2000000:when={call.k}"
    command = ["strace", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e", inject, toy.GANTRAIN]
    result = toy.run(ARGS, workdir, program=command)
    wrong = [] if result.code == 0 else [f"exit {result.code}: {result.err}"]
    if result.seconds < 2:
        wrong.append("the disk was not slow")
    return wrong + toy.differences(reference, workdir / "run")


def main():
    toy.parse(__doc__)
    tracing.need()
    began = time.monotonic()
    with toy.temporary_workdir(toy.memory()) as workdir:
        calls = tracing.trace(ARGS, workdir)
        reference = (workdir / "run").rename(workdir / "reference")
        known, of_save = toy.states(reference), calls_of_save(calls, FAILED_SAVE)
        for row in ROWS:
            name, which, error, forever, _ = row
            result = run_with_fault(workdir, of_save[which], error, forever)
            wrong = wrong_with(workdir, result, known, row) or wrong_after(workdir, reference)
            if wrong:
                sys.exit(f"files: {name}: " + "; ".join(wrong))
        wrong = slow_disk(workdir, calls, reference)
        if wrong:
            sys.exit("files: FS-17: " + "; ".join(wrong))
    seconds = time.monotonic() - began
    print(f"files: {len(ROWS) + 1} faults of a save with the expected results, {seconds:.0f} s")


if __name__ == "__main__":
    main()
