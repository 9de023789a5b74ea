"""Trainings to do harm to: new ones, resumed ones, ones that must recover while something fails."""

import json
import os
import re
import shutil

import toy
from scene import Scene, environment, fault, is_page, is_temporary, run

STEPS = 12
SHORT = ["--set", "checkpoint.every_steps=4", "--set", "checkpoint.keep=2", "--threads", "2"]

#: a critic that nothing holds: it diverges, and goes back to a checkpoint before that
WILD = {
    "data": {"kind": "idx", "dir": "data"},
    "generator": {"latent": 8, "layers": [{"kind": "dense", "units": 24, "activation": "relu"}, {"kind": "dense"}]},
    "discriminator": {
        "layers": [{"kind": "dense", "units": 24, "activation": "leaky_relu"}, {"kind": "dense", "units": 1}]
    },
    "objective": "wasserstein",
    "optimizer": {"generator": {"kind": "sgd", "lr": 0.3}, "discriminator": {"kind": "sgd", "lr": 0.3}},
    "train": {"steps": 30, "batch_size": 32, "recoveries": 12},
    "sample": {"rows": 2, "cols": 4},
    "checkpoint": {"every_steps": 2, "keep": 8},
    "log": {"every_steps": 5},
}


def train(steps=STEPS, *options):
    return toy.train("--steps", str(steps), *SHORT, *options)


def sweep(place):
    """What a run leaves that could remove nothing."""
    for path in toy.temporaries(place):
        path.unlink()


class Training(Scene):
    """Every checkpoint and picture there ever was is in `states`: of a run that never removes one."""

    run = "run"
    varies = False  # whether a step can have more than one state
    last = STEPS

    def __init__(self, base):
        super().__init__(base)
        place = base / (self.name + ".states")
        self.copy(place)
        shutil.rmtree(place / "run") if "--overwrite" in self.words else None
        words = [w for w in self.words if w != "--overwrite"]
        toy.run(words, place, env=environment(place, **fault("unlink:1+:EACCES")))
        sweep(place)
        kept = toy.manifest(place)
        self.states = {p: d for p, d in kept.items() if re.search(r"/(ckpt|epoch)-|/best", p)}
        self.states.update({p: d for p, d in self.after.items() if p in self.states})

    def complete(self, place, result, lost=""):
        now, wrong = toy.manifest(place), []
        for path, good in self.after.items():
            if path.endswith("report.html"):
                if not is_page(place / path) and not (path not in now and "report" in lost):
                    wrong.append(f"{path} is not whole")
            elif path.endswith("metrics.jsonl"):
                words = ("log not written", "metrics.jsonl", "evaluated", "no memory for the eigenvalues")
                wrong += self.check_rows(place, any(w in lost for w in words))
            elif path.endswith("environment.json"):
                wrong += [] if self.is_environment(place, path) else [f"{path} is not as without the fault"]
            elif now.get(path) != good and not self.is_excused(path, now, lost):
                wrong.append(f"{path} is not as without the fault")
        # one that was lost counts for nothing in the rotation: an older one stays in its place
        extra = [p for p in now if p not in self.after and not (lost and "/ckpt-" in p and self.is_state(place, p))]
        if getattr(result, "family", "") == "unlink":  # the next start sweeps what could not be removed
            extra = [p for p in extra if not is_temporary(p)]
        return wrong + [f"{p} should not be there" for p in extra]

    def is_excused(self, path, now, lost):
        """What the disturbed run said to be missing; its last checkpoint never is."""
        if path.endswith(f"{self.last:08d}.safetensors"):
            return "not evaluated" in lost or "best checkpoint" in lost
        if "/checkpoints/" in path or "/samples/" in path:
            not_written = now.get(path) in (None, self.before.get(path)) and os.path.basename(path) in lost
            return not_written or "evaluated" in lost or "best checkpoint" in lost
        return False

    def check_rows(self, place, some_lost):
        found, good = toy.rows(place / self.run), toy.rows(self.good / self.run)
        if found == good or (some_lost and all(row in good for row in found)):
            return []
        return ["rows of metrics.jsonl"]

    def unharmed(self, place, result):
        now, wrong = toy.manifest(place), []
        old = [p for p in self.before if "/ckpt-" in p and p in now]
        new = [p for p in now if "/ckpt-" in p and p not in self.before]
        for path, was in self.before.items():
            if path not in now and not ("/ckpt-" in path and len(old) + len(new) >= 2):
                wrong.append(f"{path} is gone")
            elif path in now and now[path] not in (was, self.after.get(path), self.states.get(path)):
                wrong += self.changed(place, path)
        for path, found in now.items():
            if path in self.before or is_temporary(path) or found in (self.after.get(path), self.states.get(path)):
                continue
            wrong += self.changed(place, path)
        return wrong

    def is_state(self, place, path):
        """Known, or at least whole: a run that goes back saves some states twice."""
        if toy.digest(place / path) in (self.before.get(path), self.states.get(path)):
            return True
        return toy.run(["inspect", "--checkpoint", path], place).code == 0

    def is_environment(self, place, path):
        """Fewer threads than asked for are no fault: the bits are the same."""
        facts = [json.loads((at / path).read_text()) for at in (place, self.good)]
        return [f.pop("threads") for f in facts][1] and facts[0] == facts[1]

    def changed(self, place, path):
        """Of files that depend on the clock or on the way: what cannot be compared byte for byte."""
        if path.endswith(".png") and self.varies:
            return []
        if path.endswith(".safetensors") and self.varies and self.is_state(place, path):
            return []
        if path.endswith("report.html"):
            return [] if is_page(place / path) else [f"{path} is cut"]
        if path.endswith("metrics.jsonl"):
            return self.check_rows(place, True)
        if path.endswith("environment.json") and self.is_environment(place, path):
            return []
        return [f"{path} is no state of the run"]

    def mended(self, place, first):
        words = [w for w in self.words if w != "--resume"] + ["--resume"]
        result = toy.run(words, place, env=environment(place))
        if result.code != 0:
            return [f"then, without the fault, it ended with {result.code}: {result.err}"]
        lost = first.err if first.code not in (0, 7, 4, 3) or "not " in first.err else ""
        if lost == "" and first.code and not toy.error_lines(first.err):
            lost = "log not written report evaluated removed"  # it could not say what
        return self.complete(place, result, lost)


class Train(Training):
    name, words = "train", train()


class Resume(Training):
    """As after a kill between steps 8 and 12: rows and no checkpoint after step 8."""

    name, words = "resume", train(STEPS, "--resume")

    def prepare(self, place):
        toy.run(train(), place, env=environment(place, **fault("unlink:1+:EACCES")))
        sweep(place)
        toy.checkpoints(place / "run")[-1].unlink()
        toy.pictures(place / "run")[-1].unlink()
        (place / "run" / "report.html").unlink()


class Fallback(Resume):
    """The newest checkpoint is damaged, and a killed process has left a temporary file."""

    name = "fallback"

    def prepare(self, place):
        super().prepare(place)
        newest = toy.checkpoints(place / "run")[-1]
        newest.write_bytes(newest.read_bytes()[:-1])
        (newest.parent / f".tmp-0123456789abcdef-{newest.name}").write_text("half")

    def unharmed(self, place, result):
        return [w for w in super().unharmed(place, result) if ".tmp-" not in w]

    def complete(self, place, result, lost=""):
        """What cannot be swept now is swept the next time."""
        return [w for w in super().complete(place, result, lost) if ".tmp-" not in w]


class Diverge(Training):
    name, last, varies = "diverge", 30, True
    words = ["--config", "wild.json", "--out", "run", "--quiet", "--threads", "1"]

    def complete(self, place, result, lost=""):
        """Without the checkpoint that it would have gone back to, it goes back further, and another way."""
        words = ("trying the checkpoint before it", "not written", "failed")
        if not any(w in result.err + lost for w in words):
            return super().complete(place, result, lost)
        found = [p for p in toy.manifest(place) if "/ckpt-" in p]
        wrong = [f"{p} is damaged" for p in found if not self.is_state(place, p)]
        return wrong + ([] if any(f"{self.last:08d}" in p for p in found) else ["its last checkpoint is missing"])

    def check_rows(self, place, some_lost):
        """Those of a way that was given up stand there until it is."""
        return [] if some_lost and toy.rows(place / self.run) else super().check_rows(place, some_lost)


class Scored(Training):
    name, varies = "scored", True  # the record of the best stands in the checkpoint

    def check_rows(self, place, some_lost):
        """Without an evaluation a row has fewer columns."""
        if not some_lost:
            return super().check_rows(place, some_lost)
        good = {row["step"]: row for row in toy.rows(self.good / self.run)}
        found = toy.rows(place / self.run)
        return [] if all(row.items() <= good[row["step"]].items() for row in found) else ["rows of metrics.jsonl"]
    words = train(STEPS, "--set", "evaluate.classifier=true", "--set", "evaluate.samples=50",
                  "--set", "evaluate.every_epochs=0")  # fmt: skip

    def prepare(self, place):
        run(self.words, place)  # the classifier is cached
        shutil.rmtree(place / "run")


class Overwrite(Training):
    name, words = "overwrite", train(STEPS, "--overwrite")

    def prepare(self, place):
        run(train(STEPS, "--seed", "8"), place)

    def unharmed(self, place, result):
        """What was there goes first; what is there afterwards is of the one or of the other run."""
        now = toy.manifest(place)
        return [
            w
            for path, found in now.items()
            if found not in (self.before.get(path), self.after.get(path), self.states.get(path))
            and not is_temporary(path)
            for w in self.changed(place, path)
        ]

    def check_rows(self, place, some_lost):
        old = self.folder / self.run
        return super().check_rows(place, some_lost) if toy.rows(place / self.run) != toy.rows(old) else []

    def mended(self, place, first):
        result = toy.run(self.words, place, env=environment(place))
        return [result.err] if result.code else self.complete(place, result)
