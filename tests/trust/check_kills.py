#!/usr/bin/env python3
"""Runs that are killed repeatedly and resumed end with the same bytes as an uninterrupted run.

SIGKILL comes after a random time between 0 and the length of a run; every fifth one is timed to hit a
save: it waits for the temporary file of a checkpoint, and then a moment. After every kill each
checkpoint must be complete and equal the state of the uninterrupted run at its step; at the end the
last checkpoint, the last picture and the rows of metrics.jsonl must be equal. A signal after the end of
a process does not count.
"""

import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import toy

STEPS = 60
AIMED = 0.2  # fraction of the kills
ENOUGH = 50  # kills, of which at least one must hit a save
LIMIT = 60  # seconds until a process counts as hung
POINTS = (
    *("--config", "points.json", "--set", "sample.rows=2", "--set", "evaluate.samples=50"),
    *("--set", "evaluate.best=modes", "--set", "evaluate.every_epochs=2"),
)
CLASSES = (
    *("--config", "classes.json", "--set", "evaluate.classifier=true", "--set", "evaluate.samples=40"),
    *("--set", "evaluate.every_epochs=1", "--set", "evaluate.best=label_agreement"),
)


#: name, threads (0: 1 to 3 in turn), checkpoints every n steps (0: every epoch), number kept, other options
VARIANTS = [
    ("1 thread", 1, 5, 3, ()),
    ("2 threads", 2, 5, 3, ()),
    ("epochs", 1, 0, 3, ()),
    *[(f"every {n}", 1 + n % 2, n, 1 + n % 3, ()) for n in range(1, 8)],
    ("points, best", 1, 6, 3, POINTS),
    ("gz", 2, 4, 3, ("--data", "gz")),
    ("classes", 0, 5, 3, CLASSES),
    ("other threads", 0, 7, 3, ()),
]


class Variant:
    """One kind of run with its reference."""

    def __init__(self, workdir, name, threads, every, keep, options):
        self.workdir, self.name, self.keep = workdir, name, keep
        self.args = [] if "--config" in options else ["--config", "toy.json"]
        self.args += ["--quiet", "--steps", str(STEPS), *options]
        self.threads, self.starts = threads, 0
        self.args += ["--set", f"checkpoint.every_steps={every}"]
        self.seconds = self.make("reference", keep)
        self.make("states", STEPS)
        self.known = toy.states(workdir / "states")

    def make(self, folder, keep):
        options = [*self.args, *self.next_threads(), "--out", folder, "--set", f"checkpoint.keep={keep}"]
        result = toy.run(options, self.workdir)
        if result.code != 0:
            sys.exit(f"{self.name}: the uninterrupted run: exit {result.code}: {result.err}")
        return result.seconds

    def next_threads(self):
        self.starts += 1
        return ["--threads", str(self.threads or self.starts % 3 + 1)]

    def start(self):
        return subprocess.Popen(
            [toy.GANTRAIN, *self.args, *self.next_threads(), "--out", "run", "--resume", "--set", f"checkpoint.keep={self.keep}"],
            cwd=self.workdir,
            env=toy.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def wrong_states(self):
        run = self.workdir / "run"
        wrong = toy.unknown_states(run, self.known)
        best = run / "checkpoints" / "best.safetensors"
        if best.exists():
            step = int(toy.read_checkpoint(best)[0]["gantrain.step"])
            data = toy.read_checkpoint(best)[2]
            kept = run / "checkpoints" / f"ckpt-{step:08}.safetensors"
            if kept.exists() and toy.read_checkpoint(kept)[2] != data:
                wrong.append("best.safetensors differs from the checkpoint of its step")
        return wrong

    def wrong_end(self):
        one, other = self.workdir / "reference", self.workdir / "run"
        wrong = self.wrong_states() + toy.differences(one, other)
        best = "checkpoints/best.safetensors"
        if (one / best).exists() and toy.digest(one / best) != toy.digest(other / best):
            wrong.append("best.safetensors")
        for picture in toy.pictures(other):
            if toy.digest(picture) != toy.digest(one / "samples" / picture.name):
                wrong.append(picture.name)
        if toy.temporaries(other):
            wrong.append("temporary files remain")
        return wrong


def wait_for_save(folder, child):
    """Waits until a checkpoint is being written or the process has ended."""
    while child.poll() is None:
        try:
            if any(name.startswith(".tmp-") for name in os.listdir(folder)):
                return
        except FileNotFoundError:
            pass


def kill_once(variant, rng):
    """Starts and kills one process; returns (killed, during a save, errors)."""
    child = variant.start()
    if rng.random() < AIMED:
        for _ in range(rng.randrange(1, 4)):
            wait_for_save(variant.workdir / "run" / "checkpoints", child)
            time.sleep(rng.uniform(0, 0.004))
    else:
        time.sleep(rng.uniform(0, variant.seconds))
    child.send_signal(signal.SIGKILL)
    try:
        err = child.communicate(timeout=LIMIT)[1].decode(errors="replace")
    except subprocess.TimeoutExpired:
        child.kill()
        return False, False, ["hung"]
    if child.returncode not in (0, -signal.SIGKILL):
        return False, False, [f"exit {child.returncode}: {err}"]
    killed = child.returncode != 0
    left = toy.temporaries(variant.workdir / "run")
    inside = any(path.parent.name == "checkpoints" for path in left)
    return killed, killed and inside, variant.wrong_states()


def kill_run(variant, rng):
    """Kills and resumes a run until it ends; returns (kills, kills during a save)."""
    shutil.rmtree(variant.workdir / "run", ignore_errors=True)
    kills = saves = 0
    while True:
        killed, inside, wrong = kill_once(variant, rng)
        kills, saves = kills + killed, saves + inside
        if not killed and not wrong:
            wrong = variant.wrong_end()
        if wrong:
            sys.exit(f"kills: {variant.name}, after {kills} kills of its run: " + "; ".join(wrong))
        if not killed:
            return kills, saves


def make_variants(folder, rows):
    workdir = toy.make_workdir(folder / "workdir")
    toy.make_data(workdir / "gz", "--gz")
    points = '{"data": {"kind": "ring", "count": 400}, "train": {"batch_size": 40}, "log": {"every_steps": 5}}'
    (workdir / "points.json").write_text(points)
    (workdir / "classes.json").write_text(json.dumps({**json.loads(toy.CONFIG.read_text()), **toy.CLASSES}))
    made = []
    for i, variant in enumerate(rows):
        own = folder / str(i)
        shutil.copytree(workdir, own)
        made.append(Variant(own, *variant))
    return made


def main():
    a = toy.parse(__doc__, kills=(0, "number; default 50, with --long 1000"), seed=(1, "of the random times"))
    wanted = a.kills or (1000 if a.long else 50)
    rng = random.Random(a.seed)
    kills = saves = runs = 0
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GANTRAIN_CACHE"] = str(pathlib.Path(folder) / "cache")  # the classifier is trained once
        variants = make_variants(pathlib.Path(folder), VARIANTS if a.long else VARIANTS[::2])
        began = time.monotonic()
        while kills < wanted:
            more, inside = kill_run(variants[runs % len(variants)], rng)
            kills, saves, runs = kills + more, saves + inside, runs + 1
    if kills >= ENOUGH and not saves:
        sys.exit(f"kills: none of {kills} kills hit the writing of a checkpoint")
    print(
        f"kills: {kills} kills over {runs} runs of {len(variants)} kinds, {saves} of them while a checkpoint "
        f"was being written, 0 differences, {time.monotonic() - began:.0f} s"
    )


if __name__ == "__main__":
    main()
