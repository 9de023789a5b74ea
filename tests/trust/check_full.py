#!/usr/bin/env python3
"""Full disks: file systems in memory of a few KiB, or of a few files, under train and sample; /dev/full.

What must be true: every command says so and ends with 6, a training goes on to its end, what was there before is
as it was, nothing half-written stands under its own name, and with room again the next save succeeds.
Needs to mount (unshare -rm); where that is not allowed only /dev/full is tested.
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


mounted = []  #: what a case that goes wrong leaves behind


class Wrong(Exception):
    pass


def check(true, what):
    if not true:
        raise Wrong(what)


def mount(folder, options):
    check(toy.mount(folder, options), f"{options}: cannot be mounted")
    mounted.append(folder)


def enlarge(folder):
    subprocess.run(["mount", "-o", "remount,size=16m,nr_inodes=1000", folder], check=True)


def unmount(folder):
    subprocess.run(["umount", folder], check=True)
    mounted.remove(folder)


def fill(folder):
    """Takes all the room there is; returns the file that has it."""
    ballast = folder / "ballast"
    toy.fill(ballast)
    return ballast


def check_failed(result, what):
    check(not result.crashed, f"{what}: {result.code}")
    check(result.code == OUTPUT, f"{what}: exit code {result.code}: {result.err}")
    check(toy.error_lines(result.err), f"{what}: no line of error")


def check_whole(place, what):
    """Every file of a run is a state of the undisturbed one, whole."""
    folder = place / "run"
    check(not toy.temporaries(folder), f"{what}: temporary files are left")
    for path, digest in toy.manifest(folder).items():
        if re.search(r"ckpt-|epoch-", path):
            good = toy.manifest(place / "good").get(path)
            check(digest == good or (good is None and is_checkpoint(folder / path)), f"{what}: {path} is damaged")
        if path == "report.html":
            check((folder / path).read_bytes().rstrip().endswith(b"</html>"), f"{what}: {path} is cut")
    if (folder / "metrics.jsonl").exists():
        good = toy.rows(place / "good")
        check(all(row in good for row in toy.rows(folder)), f"{what}: rows of metrics.jsonl")


def is_checkpoint(path):
    return toy.run(["inspect", "--checkpoint", path], path.parent).code == 0


def check_same_end(place, what):
    one, other = toy.checkpoints(place / "run")[-1:], toy.checkpoints(place / "good")[-1:]
    check(one and one[0].name == other[0].name, f"{what}: the last checkpoint is missing")
    check(toy.digest(one[0]) == toy.digest(other[0]), f"{what}: the last checkpoint is another one")


# ---- training on small file systems -----------------------------------------------------------------


def small(place, options):
    """Trains into a file system that is too small, then goes on with room."""
    mount(place / "run", options)
    result = toy.run(train(), place)
    if result.code != 0:
        check_failed(result, options)
    check_whole(place, options)
    if result.code == 0:
        check(not toy.differences(place / "good", place / "run"), f"{options}: exit 0 and other results")
    enlarge(place / "run")
    result = toy.run(train(STEPS, "--resume"), place)
    check(result.code == 0, f"{options}: with room: {result.code} {result.err}")
    check_same_end(place, options)
    check_whole(place, options)
    unmount(place / "run")


def full_later(place):
    """Full from step 8 on: what was there stays, the training is done, with room again it is complete."""
    mount(place / "run", "size=8m")
    check(toy.run(train(), place).code == 0, "could not train")
    for path in (toy.checkpoints(place / "run")[-1], place / "run" / "report.html"):
        path.unlink()
    fill(place / "run")
    before = toy.manifest(place / "run")
    result = toy.run(train(STEPS, "--resume"), place)
    check_failed(result, "full later")
    check_whole(place, "full later")
    after = toy.manifest(place / "run")
    old = [p for p in before if "ckpt-" in p or p == "config.json"]
    check(all(after.get(p) == before[p] for p in old), "full later: an older file is changed")
    (place / "run" / "ballast").unlink()
    check(toy.run(train(STEPS, "--resume"), place).code == 0, "full later: with room it does not end well")
    check_same_end(place, "full later")
    unmount(place / "run")


def freed_meanwhile(place):
    """The disk is full while it trains, then there is room: the next save succeeds."""
    mount(place / "run", "size=1m")
    errors = place / "stderr"
    words = [toy.GANTRAIN, *toy.train("--steps", "1000000000", "--set", "checkpoint.every_steps=50", "--threads", "1")]
    with open(errors, "wb") as err:
        child = subprocess.Popen(words, cwd=place, env=toy.environment(), stdout=subprocess.DEVNULL, stderr=err)
    try:
        check(toy.wait_for(lambda: toy.checkpoints(place / "run")), "freed: no checkpoint")
        ballast = fill(place / "run")
        check(toy.wait_for(lambda: b"checkpoint not written" in errors.read_bytes()), "freed: a full disk is not told")
        last = toy.checkpoints(place / "run")[-1].name
        ballast.unlink()
        check(toy.wait_for(lambda: toy.checkpoints(place / "run")[-1].name > last), "freed: no new checkpoint")
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            code = child.wait(timeout=20)
        except subprocess.TimeoutExpired:
            child.kill()
            code = toy.HUNG
    check(code == 143, f"freed: ended with {code}")
    newest = toy.checkpoints(place / "run")[-1]
    check(is_checkpoint(newest), "freed: the newest checkpoint is damaged")
    check(not toy.temporaries(place / "run"), "freed: temporary files are left")
    unmount(place / "run")


def no_pictures(place):
    """Room for one picture alone: all else is complete, and the end says what is missing."""
    mount(place / "run" / "samples", "size=4k,nr_inodes=2")
    result = toy.run(train(), place)
    check_failed(result, "no pictures")
    check("samples not written" in result.err, f"no pictures: {result.err}")
    check(len(toy.pictures(place / "run")) == 1, "no pictures: there are more than one, or none")
    check_same_end(place, "no pictures")
    check(toy.rows(place / "run") == toy.rows(place / "good"), "no pictures: rows of metrics.jsonl")
    check_whole(place, "no pictures")
    unmount(place / "run" / "samples")


# ---- samples ----------------------------------------------------------------------------------------

SAMPLES = (
    ["--out", "disk/out.png"],
    ["--out", "disk/out.idx"],
    ["--out", "disk/out.npy"],
    ["--out", "disk/look/", "--seeds", "1-4"],
    ["--out", "disk/walk.png", "--walk", "2"],
    ["--out", "here.png", "--latents-out", "disk/z.npy"],
)


def samples(place):
    mount(place / "disk", "size=64k")
    (place / "disk" / "out.png").write_text("an older file")
    before = toy.manifest(place / "disk")
    ballast = fill(place / "disk")
    for words in SAMPLES:
        result = toy.run(["sample", "--checkpoint", CHECKPOINT, *words], place)
        check_failed(result, " ".join(words))
        left = toy.manifest(place / "disk")
        left.pop("ballast")
        check(left == before, f"{words}: {left}")
    ballast.unlink()
    enlarge(place / "disk")
    for words in SAMPLES:
        result = toy.run(["sample", "--checkpoint", CHECKPOINT, *words], place)
        check(result.code == 0, f"{words}: with room: {result.err}")
    unmount(place / "disk")


# ---- /dev/full --------------------------------------------------------------------------------------


def talkers(place):
    """Commands that print results."""
    run_folder = str(place / "good")
    return (
        ["--help"], ["--version"], ["train", "--help"], ["list"], ["list", "--json"], [*train(), "--dry-run"],
        ["inspect", "--checkpoint", CHECKPOINT], ["inspect", "--run", run_folder],
        ["report", run_folder, "--out", "page.html"], train(),
        ["sample", "--checkpoint", CHECKPOINT, "--out", "s.png"],
    )  # fmt: skip


def on_full(words, place, **streams):
    """Runs with stdout or stderr on /dev/full."""
    with open("/dev/full", "wb") as full:
        mine = {name: full for name in streams}
        child = subprocess.run([toy.GANTRAIN, *words], cwd=place, env=toy.environment(), timeout=60, check=False,
                               **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **mine})  # fmt: skip
    err = (child.stderr or b"").decode()
    return toy.Result(child.returncode, child.stdout, err, 0)


def dev_full(place):
    for words in talkers(place):
        result = on_full(words, place, stdout=True)
        check_failed(result, " ".join(words))
        check("standard output: No space left on device" in result.err, f"{words}: {result.err}")
        shutil.rmtree(place / "run", ignore_errors=True)
        good = toy.run(words, place)
        shutil.rmtree(place / "run", ignore_errors=True)
        deaf = on_full(words, place, stderr=True)
        check((deaf.code, deaf.out) == (good.code, good.out), f"{words}: with stderr full: {deaf.code}")
        if "run" in words:
            check(words[-1] == "--dry-run" or not toy.differences(place / "good", place / "run"), f"{words}: results")
        shutil.rmtree(place / "run", ignore_errors=True)
        both = on_full(words, place, stdout=True, stderr=True)
        check(both.code == OUTPUT, f"{words}: with both full: {both.code}")
        shutil.rmtree(place / "run", ignore_errors=True)
    result = toy.run(["sample", "--checkpoint", CHECKPOINT, "--out", "/dev/full"], place)
    check(result.code in (2, OUTPUT) and not result.crashed, f"a sample into /dev/full: {result.code}")


# ---- all --------------------------------------------------------------------------------------------


def may_mount():
    """Whether `unshare -rm` works and gives a mount of its own."""
    words = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", tempfile.gettempdir()]
    try:
        return subprocess.run(words, capture_output=True, timeout=20, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def prepare(folder):
    """A place with data and `good`, the undisturbed run."""
    place = toy.make_place(folder)
    check(toy.run(train(), place).code == 0, "could not train")
    (place / "run").rename(place / "good")
    return place


def cases(long):
    yield "/dev/full", dev_full
    for size in ALL_SIZES if long else SIZES:
        yield f"{size} KiB", lambda place, size=size: small(place, f"size={size}k")
    for n in range(2, 41) if long else INODES:
        yield f"{n} files", lambda place, n=n: small(place, f"size=8m,nr_inodes={n}")
    yield "full later", full_later
    yield "room again meanwhile", freed_meanwhile
    yield "no pictures", no_pictures
    yield "samples", samples


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--long", action="store_true", help="more sizes")
    parser.add_argument("--mounts", action="store_true", help="this process is in a mount namespace of its own")
    args = parser.parse_args()
    if not args.mounts and may_mount():
        words = [sys.executable, os.path.abspath(__file__), "--mounts", *(["--long"] if args.long else [])]
        os.execvp("unshare", ["unshare", "-rm", *words])
    began, done, failures = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for i, (name, case) in enumerate(cases(args.long)):
            if not args.mounts and case is not dev_full:
                print("skipped: small file systems: unshare -rm may not mount here")
                break
            done += 1
            place = pathlib.Path(folder) / str(i)
            try:
                case(prepare(place))
            except Wrong as wrong:
                failures += 1
                print(f"{name}: {wrong}", flush=True)
                for at in list(mounted):
                    unmount(at)
    print(f"full: {done} file systems and devices, {failures} failures, {time.monotonic() - began:.0f} s")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
