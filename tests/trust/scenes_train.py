"""Scenes of training: new, resumed, and recovering runs."""

import json
import os
import re
import shutil

import toy
from scene import Scene, environment, fault, is_page, is_temporary, run

STEPS = 12
SHORT = ["--set", "checkpoint.every_steps=4", "--set", "checkpoint.keep=2", "--threads", "2"]

#: an unconstrained critic that diverges and rolls back to an earlier checkpoint
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


def remove_temporaries(workdir):
    """Removes the temporary files of a run that could not remove files."""
    for path in toy.temporaries(workdir):
        path.unlink()


class Training(Scene):
    """`states` holds every checkpoint and picture of the run, from a run that never removes one."""

    run = "run"
    varies = False  # whether a step can have more than one state
    last = STEPS

    def __init__(self, base):
        super().__init__(base)
        workdir = base / (self.name + ".states")
        self.copy(workdir)
        shutil.rmtree(workdir / "run") if "--overwrite" in self.args else None
        args = [w for w in self.args if w != "--overwrite"]
        toy.run(args, workdir, env=environment(workdir, **fault("unlink:1+:EACCES")))
        remove_temporaries(workdir)
        kept = toy.manifest(workdir)
        self.states = {p: d for p, d in kept.items() if re.search(r"/(ckpt|epoch)-|/best", p)}
        self.states.update({p: d for p, d in self.after.items() if p in self.states})

    def check_complete(self, workdir, result, lost=""):
        now, wrong = toy.manifest(workdir), []
        for path, good in self.after.items():
            if path.endswith("report.html"):
                if not is_page(workdir / path) and not (path not in now and "report" in lost):
                    wrong.append(f"{path} is incomplete")
            elif path.endswith("metrics.jsonl"):
                phrases = ("log not written", "metrics.jsonl", "evaluated", "no memory for the eigenvalues")
                wrong += self.check_rows(workdir, any(p in lost for p in phrases))
            elif path.endswith("environment.json"):
                wrong += [] if self.is_environment(workdir, path) else [f"{path} differs from that without the fault"]
            elif now.get(path) != good and not self.is_excused(path, now, lost):
                wrong.append(f"{path} differs from the result without the fault")
        # the rotation does not count a lost checkpoint: an older one stays
        extra = [p for p in now if p not in self.after and not (lost and "/ckpt-" in p and self.is_state(workdir, p))]
        if getattr(result, "family", "") == "unlink":  # the next start removes them
            extra = [p for p in extra if not is_temporary(p)]
        return wrong + [f"{p} should not exist" for p in extra]

    def is_excused(self, path, now, lost):
        """Whether the run reported the file as missing; its last checkpoint never may be."""
        if path.endswith(f"{self.last:08d}.safetensors"):
            return "not evaluated" in lost or "best checkpoint" in lost
        if "/checkpoints/" in path or "/samples/" in path:
            not_written = now.get(path) in (None, self.before.get(path)) and os.path.basename(path) in lost
            return not_written or "evaluated" in lost or "best checkpoint" in lost
        return False

    def check_rows(self, workdir, some_lost):
        found, good = toy.rows(workdir / self.run), toy.rows(self.good / self.run)
        if found == good or (some_lost and all(row in good for row in found)):
            return []
        return ["rows of metrics.jsonl"]

    def check_unharmed(self, workdir, result):
        now, wrong = toy.manifest(workdir), []
        old = [p for p in self.before if "/ckpt-" in p and p in now]
        new = [p for p in now if "/ckpt-" in p and p not in self.before]
        for path, was in self.before.items():
            if path not in now and not ("/ckpt-" in path and len(old) + len(new) >= 2):
                wrong.append(f"{path} is missing")
            elif path in now and now[path] not in (was, self.after.get(path), self.states.get(path)):
                wrong += self.changed(workdir, path)
        for path, found in now.items():
            if path in self.before or is_temporary(path) or found in (self.after.get(path), self.states.get(path)):
                continue
            wrong += self.changed(workdir, path)
        return wrong

    def is_state(self, workdir, path):
        """Whether it is a known state, or at least valid: a run that rolls back saves some states twice."""
        if toy.digest(workdir / path) in (self.before.get(path), self.states.get(path)):
            return True
        return toy.run(["inspect", "--checkpoint", path], workdir).code == 0

    def is_environment(self, workdir, path):
        """Compares without the number of threads, which does not affect the bits."""
        facts = [json.loads((at / path).read_text()) for at in (workdir, self.good)]
        return [f.pop("threads") for f in facts][1] and facts[0] == facts[1]

    def changed(self, workdir, path):
        """Checks a file that depends on the clock or the history of the run, so its bytes may differ."""
        if path.endswith(".png") and self.varies:
            return []
        if path.endswith(".safetensors") and self.varies and self.is_state(workdir, path):
            return []
        if path.endswith("report.html"):
            return [] if is_page(workdir / path) else [f"{path} is truncated"]
        if path.endswith("metrics.jsonl"):
            return self.check_rows(workdir, True)
        if path.endswith("environment.json") and self.is_environment(workdir, path):
            return []
        return [f"{path} is not a state of the run"]

    def check_recovery(self, workdir, first):
        args = [w for w in self.args if w != "--resume"] + ["--resume"]
        result = toy.run(args, workdir, env=environment(workdir))
        if result.code != 0:
            return [f"then, without the fault: exit {result.code}: {result.err}"]
        lost = first.err if first.code not in (0, 7, 4, 3) or "not " in first.err else ""
        if lost == "" and first.code and not toy.error_lines(first.err):
            lost = "log not written report evaluated removed"  # the message was lost, too
        return self.check_complete(workdir, result, lost)


class Train(Training):
    name, args = "train", train()


class Resume(Training):
    """As after a kill between steps 8 and 12: rows, but no checkpoint, after step 8."""

    name, args = "resume", train(STEPS, "--resume")

    def prepare(self, workdir):
        toy.run(train(), workdir, env=environment(workdir, **fault("unlink:1+:EACCES")))
        remove_temporaries(workdir)
        toy.checkpoints(workdir / "run")[-1].unlink()
        toy.pictures(workdir / "run")[-1].unlink()
        (workdir / "run" / "report.html").unlink()


class Fallback(Resume):
    """The newest checkpoint is damaged, and a killed process has left a temporary file."""

    name = "fallback"

    def prepare(self, workdir):
        super().prepare(workdir)
        newest = toy.checkpoints(workdir / "run")[-1]
        newest.write_bytes(newest.read_bytes()[:-1])
        (newest.parent / f".tmp-0123456789abcdef-{newest.name}").write_text("half")

    def check_unharmed(self, workdir, result):
        return [w for w in super().check_unharmed(workdir, result) if ".tmp-" not in w]

    def check_complete(self, workdir, result, lost=""):
        """Temporary files that cannot be removed now are removed at the next start."""
        return [w for w in super().check_complete(workdir, result, lost) if ".tmp-" not in w]


class Diverge(Training):
    name, last, varies = "diverge", 30, True
    args = ["--config", "wild.json", "--out", "run", "--quiet", "--threads", "1"]

    def check_complete(self, workdir, result, lost=""):
        """Without the checkpoint to roll back to, it rolls back further and continues differently."""
        phrases = ("trying the checkpoint before it", "not written", "failed")
        if not any(p in result.err + lost for p in phrases):
            return super().check_complete(workdir, result, lost)
        found = [p for p in toy.manifest(workdir) if "/ckpt-" in p]
        wrong = [f"{p} is damaged" for p in found if not self.is_state(workdir, p)]
        return wrong + ([] if any(f"{self.last:08d}" in p for p in found) else ["its last checkpoint is missing"])

    def check_rows(self, workdir, some_lost):
        """Rows of a discarded attempt remain until the rollback."""
        return [] if some_lost and toy.rows(workdir / self.run) else super().check_rows(workdir, some_lost)


class Scored(Training):
    name, varies = "scored", True  # the checkpoint contains the best score

    def check_rows(self, workdir, some_lost):
        """Without an evaluation a row has fewer columns."""
        if not some_lost:
            return super().check_rows(workdir, some_lost)
        good = {row["step"]: row for row in toy.rows(self.good / self.run)}
        found = toy.rows(workdir / self.run)
        return [] if all(row.items() <= good[row["step"]].items() for row in found) else ["rows of metrics.jsonl"]
    args = train(STEPS, "--set", "evaluate.classifier=true", "--set", "evaluate.samples=50",
                  "--set", "evaluate.every_epochs=0")  # fmt: skip

    def prepare(self, workdir):
        run(self.args, workdir)  # the classifier is cached
        shutil.rmtree(workdir / "run")


class Overwrite(Training):
    name, args = "overwrite", train(STEPS, "--overwrite")

    def prepare(self, workdir):
        run(train(STEPS, "--seed", "8"), workdir)

    def check_unharmed(self, workdir, result):
        """The old run is removed first; afterwards every file belongs to the old or the new run."""
        now = toy.manifest(workdir)
        return [
            w
            for path, found in now.items()
            if found not in (self.before.get(path), self.after.get(path), self.states.get(path))
            and not is_temporary(path)
            for w in self.changed(workdir, path)
        ]

    def check_rows(self, workdir, some_lost):
        old = self.folder / self.run
        return super().check_rows(workdir, some_lost) if toy.rows(workdir / self.run) != toy.rows(old) else []

    def check_recovery(self, workdir, first):
        result = toy.run(self.args, workdir, env=environment(workdir))
        return [result.err] if result.code else self.check_complete(workdir, result)
