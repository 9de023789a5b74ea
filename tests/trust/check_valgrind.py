#!/usr/bin/env python3
"""The program under valgrind: no invalid access, no use of uninitialised memory, no leak, in any command.

valgrind 3.19 does not support AVX-512, so the program uses the AVX2 kernels there, and the bits may differ from a run
outside valgrind: the run is compared with itself, resumed. Short: `list` and a few steps of training. Needs a build
without sanitizers; errors give exit code 99.
"""

import pathlib
import re
import shutil
import subprocess
import sys

import toy

FOUND = 99
HERE = pathlib.Path(__file__).resolve().parent
MEMCHECK = [
    "valgrind",
    "--quiet",
    f"--error-exitcode={FOUND}",
    "--leak-check=full",
    "--show-leak-kinds=definite,indirect,possible",
    "--errors-for-leak-kinds=definite,indirect,possible",
    f"--suppressions={HERE / 'valgrind.supp'}",
    "--num-callers=20",
]
CHECKPOINT = "run/checkpoints/ckpt-00000010.safetensors"

#: (name, arguments, expected exit codes)
SHORT = [
    ("list", ["list", "metrics"], (0,)),
    ("train", ["--config", "toy.json", "--out", "run", "--quiet", "--steps", "2", "--threads", "2"], (0,)),
]
LONG = [
    ("train", toy.train("--steps", "10", "--threads", "2"), (0,)),
    ("train points", ["--config", "points.json", "--out", "points", "--quiet"], (0,)),
    ("sample png", ["sample", "--checkpoint", CHECKPOINT, "--count", "6", "--out", "a.png"], (0,)),
    ("sample idx", ["sample", "--checkpoint", CHECKPOINT, "--count", "6", "--out", "a.idx"], (0,)),
    ("evaluate", ["evaluate", "--checkpoint", CHECKPOINT, "--count", "64"], (0,)),
    ("evaluate idx", ["evaluate", "--samples", "a.idx", "--data", "data"], (0,)),
    ("inspect", ["inspect", "--checkpoint", CHECKPOINT, "--json"], (0,)),
    ("report", ["report", "run"], (0,)),
    ("list", ["list", "--json"], (0,)),
    ("dry run", [*toy.train("--dry-run")], (0,)),
    ("no config", ["--config", "none.json"], (3,)),
    ("bad config", ["--config", "bad.json", "--out", "bad"], (3,)),
    ("bad checkpoint", ["inspect", "--checkpoint", "toy.json"], (5,)),
    ("bad option", ["--epcohs", "3"], (2,)),
]


def check(name, args, codes, workdir):
    env = toy.environment(GANTRAIN_CACHE=str(workdir / "cache"))
    done = toy.run(args, workdir, timeout=600, env=env, program=[*MEMCHECK, toy.GANTRAIN])
    reports = [l for l in done.err.splitlines() if re.match(r"==\d+==", l)]
    if done.code not in codes or reports:
        sys.exit(f"{name}: exit {done.code}\n" + "\n".join(reports[:40]) + "\n" + done.err[-1500:])


def make_files(workdir):
    """Writes more configs, one of them invalid."""
    text = '{"data": {"kind": "ring", "count": 400}, "train": {"steps": 4, "batch_size": 16}}'
    (workdir / "points.json").write_text(text)
    (workdir / "bad.json").write_text('{"train": {"epochs": "ten"}, "nope": [1, 2, {"a": null}]')


def train_classifier(workdir):
    """Trains outside valgrind, in a second instead of minutes; evaluations read it from the cache."""
    env = toy.environment(GANTRAIN_CACHE=str(workdir / "cache"))
    evaluate = ["evaluate", "--checkpoint", CHECKPOINT, "--count", "64"]
    for args in (toy.train("--steps", "10"), evaluate):
        done = toy.run(args, workdir, timeout=600, env=env)
        if done.code:
            sys.exit(f"outside valgrind: exit {done.code}: {done.err}")
    shutil.rmtree(workdir / "run")


def resume(workdir):
    """Resumes from the previous checkpoint under valgrind: the last checkpoint has the same bytes."""
    newest = toy.checkpoints(workdir / "run")[-1]
    before = toy.digest(newest)
    newest.unlink()
    check("resume", toy.train("--steps", "10", "--threads", "1", "--resume"), (0,), workdir)
    if toy.digest(newest) != before:
        sys.exit("resumed under valgrind: another checkpoint")


def main():
    a = toy.parse(__doc__)
    if not shutil.which("valgrind"):
        toy.skip("valgrind is missing (apt-get install valgrind)")
    linked = subprocess.run(["ldd", toy.GANTRAIN], capture_output=True, text=True, check=True).stdout
    if re.search(r"lib[atu]b?san", linked):
        toy.skip("a build with sanitizers")
    with toy.temporary_workdir() as workdir:
        make_files(workdir)
        plan = LONG if a.long else SHORT
        if a.long:
            train_classifier(workdir)
        for row in plan:
            check(*row, workdir)
        if a.long:
            resume(workdir)
    print(f"valgrind: {len(plan) + a.long} commands: 0 errors, 0 leaks")


if __name__ == "__main__":
    main()
