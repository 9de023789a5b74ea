#!/usr/bin/env python3
"""Full disks: train and sample on tmpfs with a few KiB or a few inodes, and on /dev/full.

Every command reports the error and exits with 6, training continues to its end, existing files are unchanged, no
partial file has its final name, and with free space the next save succeeds. Needs to mount (unshare -rm); if that
is not allowed, only /dev/full is tested.
"""

import argparse
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import toy
from scenes_train import STEPS, train

OUTPUT = 6
#: KiB of the whole run folder; a checkpoint of the toy run has 54, the report 47
SIZES = (4, 16, 64, 96, 160, 256, 1024)
ALL_SIZES = (*range(4, 512, 12), 1024, 2048, 8192)
INODES = (3, 5, 7, 9, 12, 40)
CHECKPOINT = "good/checkpoints/ckpt-00000012.safetensors"


mounted = []  #: to unmount after a failed case


class Failure(Exception):
    pass


def check(condition, what):
    if not condition:
        raise Failure(what)


def mount(folder, options):
    check(toy.mount(folder, options), f"{options}: cannot be mounted")
    mounted.append(folder)


def enlarge(folder):
    subprocess.run(["mount", "-o", "remount,size=16m,nr_inodes=1000", folder], check=True)


def unmount(folder):
    subprocess.run(["umount", folder], check=True)
    mounted.remove(folder)


def fill(folder):
    """Fills the file system; returns the file."""
    ballast = folder / "ballast"
    toy.fill(ballast)
    return ballast


def check_failed(result, what):
    check(not result.crashed, f"{what}: {result.code}")
    check(result.code == OUTPUT, f"{what}: exit code {result.code}: {result.err}")
    check(toy.error_lines(result.err), f"{what}: no line of error")


def check_whole(workdir, what):
    """Every file of the run is complete and equals a state of the undisturbed run."""
    folder = workdir / "run"
    check(not toy.temporaries(folder), f"{what}: temporary files remain")
    for path, digest in toy.manifest(folder).items():
        if re.search(r"ckpt-|epoch-", path):
            good = toy.manifest(workdir / "good").get(path)
            check(digest == good or (good is None and is_checkpoint(folder / path)), f"{what}: {path} is damaged")
        if path == "report.html":
            check((folder / path).read_bytes().rstrip().endswith(b"</html>"), f"{what}: {path} is truncated")
    if (folder / "metrics.jsonl").exists():
        good = toy.rows(workdir / "good")
        check(all(row in good for row in toy.rows(folder)), f"{what}: rows of metrics.jsonl")


def is_checkpoint(path):
    return toy.run(["inspect", "--checkpoint", path], path.parent).code == 0


def check_same_end(workdir, what):
    one, other = toy.checkpoints(workdir / "run")[-1:], toy.checkpoints(workdir / "good")[-1:]
    check(one and one[0].name == other[0].name, f"{what}: the last checkpoint is missing")
    check(toy.digest(one[0]) == toy.digest(other[0]), f"{what}: the last checkpoint differs")


# ---- training on small file systems -----------------------------------------------------------------


def small(workdir, options):
    """Trains on a file system that is too small, then resumes with free space."""
    mount(workdir / "run", options)
    result = toy.run(train(), workdir)
    if result.code != 0:
        check_failed(result, options)
    check_whole(workdir, options)
    if result.code == 0:
        check(not toy.differences(workdir / "good", workdir / "run"), f"{options}: exit 0 and other results")
    enlarge(workdir / "run")
    result = toy.run(train(STEPS, "--resume"), workdir)
    check(result.code == 0, f"{options}: with free space: {result.code} {result.err}")
    check_same_end(workdir, options)
    check_whole(workdir, options)
    unmount(workdir / "run")


def full_later(workdir):
    """Full from step 8 on: existing files stay, training completes; with free space a resume completes the files."""
    mount(workdir / "run", "size=8m")
    check(toy.run(train(), workdir).code == 0, "could not train")
    for path in (toy.checkpoints(workdir / "run")[-1], workdir / "run" / "report.html"):
        path.unlink()
    fill(workdir / "run")
    before = toy.manifest(workdir / "run")
    result = toy.run(train(STEPS, "--resume"), workdir)
    check_failed(result, "full later")
    check_whole(workdir, "full later")
    after = toy.manifest(workdir / "run")
    old = [p for p in before if "ckpt-" in p or p == "config.json"]
    check(all(after.get(p) == before[p] for p in old), "full later: an older file is changed")
    (workdir / "run" / "ballast").unlink()
    check(toy.run(train(STEPS, "--resume"), workdir).code == 0, "full later: with free space it does not complete")
    check_same_end(workdir, "full later")
    unmount(workdir / "run")


def freed_meanwhile(workdir):
    """The disk is full during training, then has free space: the next save succeeds."""
    mount(workdir / "run", "size=1m")
    errors = workdir / "stderr"
    command = [toy.GANTRAIN, *toy.train("--steps", "1000000000", "--threads", "1", "--set", "checkpoint.every_steps=50")]
    with open(errors, "wb") as err:
        child = subprocess.Popen(command, cwd=workdir, env=toy.environment(), stdout=subprocess.DEVNULL, stderr=err)
    try:
        check(toy.wait_for(lambda: toy.checkpoints(workdir / "run")), "freed: no checkpoint")
        ballast = fill(workdir / "run")
        check(toy.wait_for(lambda: b"checkpoint not written" in errors.read_bytes()), "freed: no error message")
        last = toy.checkpoints(workdir / "run")[-1].name
        ballast.unlink()
        check(toy.wait_for(lambda: toy.checkpoints(workdir / "run")[-1].name > last), "freed: no new checkpoint")
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            code = child.wait(timeout=20)
        except subprocess.TimeoutExpired:
            child.kill()
            code = toy.HUNG
    check(code == 143, f"freed: exit {code}")
    newest = toy.checkpoints(workdir / "run")[-1]
    check(is_checkpoint(newest), "freed: the newest checkpoint is damaged")
    check(not toy.temporaries(workdir / "run"), "freed: temporary files remain")
    unmount(workdir / "run")


def no_pictures(workdir):
    """Space for only one picture: all else is complete, and the last message names the missing files."""
    mount(workdir / "run" / "samples", "size=4k,nr_inodes=2")
    result = toy.run(train(), workdir)
    check_failed(result, "no pictures")
    check("samples not written" in result.err, f"no pictures: {result.err}")
    check(len(toy.pictures(workdir / "run")) == 1, "no pictures: not exactly one picture")
    check_same_end(workdir, "no pictures")
    check(toy.rows(workdir / "run") == toy.rows(workdir / "good"), "no pictures: rows of metrics.jsonl")
    check_whole(workdir, "no pictures")
    unmount(workdir / "run" / "samples")


# ---- samples ----------------------------------------------------------------------------------------

SAMPLES = (
    ["--out", "disk/out.png"],
    ["--out", "disk/out.idx"],
    ["--out", "disk/out.npy"],
    ["--out", "disk/look/", "--seeds", "1-4"],
    ["--out", "disk/walk.png", "--walk", "2"],
    ["--out", "here.png", "--latents-out", "disk/z.npy"],
)


def samples(workdir):
    mount(workdir / "disk", "size=64k")
    (workdir / "disk" / "out.png").write_text("an older file")
    before = toy.manifest(workdir / "disk")
    ballast = fill(workdir / "disk")
    for command in SAMPLES:
        result = toy.run(["sample", "--checkpoint", CHECKPOINT, *command], workdir)
        check_failed(result, " ".join(command))
        left = toy.manifest(workdir / "disk")
        left.pop("ballast")
        check(left == before, f"{command}: {left}")
    ballast.unlink()
    enlarge(workdir / "disk")
    for command in SAMPLES:
        result = toy.run(["sample", "--checkpoint", CHECKPOINT, *command], workdir)
        check(result.code == 0, f"{command}: with free space: {result.err}")
    unmount(workdir / "disk")


# ---- /dev/full --------------------------------------------------------------------------------------


def printing_commands(workdir):
    """Commands that print results."""
    run_folder = str(workdir / "good")
    return (
        ["--help"], ["--version"], ["train", "--help"], ["list"], ["list", "--json"], [*train(), "--dry-run"],
        ["inspect", "--checkpoint", CHECKPOINT], ["inspect", "--run", run_folder],
        ["report", run_folder, "--out", "page.html"], train(),
        ["sample", "--checkpoint", CHECKPOINT, "--out", "s.png"],
    )  # fmt: skip


def on_full(command, workdir, **streams):
    """Runs with stdout or stderr on /dev/full."""
    with open("/dev/full", "wb") as full:
        mine = {name: full for name in streams}
        child = subprocess.run([toy.GANTRAIN, *command], cwd=workdir, env=toy.environment(), timeout=60, check=False,
                               **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **mine})  # fmt: skip
    err = (child.stderr or b"").decode()
    return toy.Result(child.returncode, child.stdout, err, 0)


def dev_full(workdir):
    for command in printing_commands(workdir):
        result = on_full(command, workdir, stdout=True)
        check_failed(result, " ".join(command))
        check("standard output: No space left on device" in result.err, f"{command}: {result.err}")
        shutil.rmtree(workdir / "run", ignore_errors=True)
        good = toy.run(command, workdir)
        shutil.rmtree(workdir / "run", ignore_errors=True)
        silent = on_full(command, workdir, stderr=True)
        check((silent.code, silent.out) == (good.code, good.out), f"{command}: stderr is full: {silent.code}")
        if "run" in command:
            same = command[-1] == "--dry-run" or not toy.differences(workdir / "good", workdir / "run")
            check(same, f"{command}: results")
        shutil.rmtree(workdir / "run", ignore_errors=True)
        both = on_full(command, workdir, stdout=True, stderr=True)
        check(both.code == OUTPUT, f"{command}: both are full: {both.code}")
        shutil.rmtree(workdir / "run", ignore_errors=True)
    result = toy.run(["sample", "--checkpoint", CHECKPOINT, "--out", "/dev/full"], workdir)
    check(result.code in (2, OUTPUT) and not result.crashed, f"a sample to /dev/full: {result.code}")


# ---- all --------------------------------------------------------------------------------------------


def may_mount():
    """Whether `unshare -rm` works and allows mounts."""
    command = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", tempfile.gettempdir()]
    try:
        return subprocess.run(command, capture_output=True, timeout=20, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def prepare(folder):
    """A working directory with data and `good`, the undisturbed run."""
    workdir = toy.make_workdir(folder)
    check(toy.run(train(), workdir).code == 0, "could not train")
    (workdir / "run").rename(workdir / "good")
    return workdir


def cases(long):
    yield "/dev/full", dev_full
    for size in ALL_SIZES if long else SIZES:
        yield f"{size} KiB", lambda workdir, size=size: small(workdir, f"size={size}k")
    for n in range(2, 41) if long else INODES:
        yield f"{n} files", lambda workdir, n=n: small(workdir, f"size=8m,nr_inodes={n}")
    yield "full later", full_later
    yield "freed during training", freed_meanwhile
    yield "no pictures", no_pictures
    yield "samples", samples


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--long", action="store_true", help="more sizes")
    parser.add_argument("--mounts", action="store_true", help="this process has its own mount namespace")
    args = parser.parse_args()
    if not args.mounts and may_mount():
        command = [sys.executable, os.path.abspath(__file__), "--mounts", *(["--long"] if args.long else [])]
        os.execvp("unshare", ["unshare", "-rm", *command])
    began, done, failures = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for i, (name, case) in enumerate(cases(args.long)):
            if not args.mounts and case is not dev_full:
                print("skipped: small file systems: unshare -rm cannot mount here")
                break
            done += 1
            workdir = pathlib.Path(folder) / str(i)
            try:
                case(prepare(workdir))
            except Failure as wrong:
                failures += 1
                print(f"{name}: {wrong}", flush=True)
                for at in list(mounted):
                    unmount(at)
    print(f"full: {done} file systems and devices, {failures} failures, {time.monotonic() - began:.0f} s")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
