"""Commands to do harm to: what there is before each, and what must be true after it, whatever failed.

A scene is a folder that is made once and copied for every fault, the words of the command, and how its
results are judged. `again` is what a person would do after the fault is gone.
"""

import json
import os
import pathlib
import re
import shutil

import toy

#: how faults may end, by what fails: memory is 7, of the rest 3 config, 4 data, 5 checkpoint, 6 output
CODES_OF_MEMORY = {0, 7}
CODES_OF_FILES = {0, 3, 4, 5, 6, 7}

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
    "optimizer": {"generator": {"kind": "sgd", "lr": 1}, "discriminator": {"kind": "sgd", "lr": 1}},
    "train": {"steps": 30, "batch_size": 32, "recoveries": 12},
    "sample": {"rows": 2, "cols": 4},
    "checkpoint": {"every_steps": 2, "keep": 8},
    "log": {"every_steps": 5},
}

RING = {
    "data": {"kind": "ring", "count": 500},
    "generator": {"latent": 2, "layers": [{"kind": "dense", "units": 8, "activation": "relu"}, {"kind": "dense"}]},
    "discriminator": {
        "layers": [{"kind": "dense", "units": 8, "activation": "relu"}, {"kind": "dense", "units": 1}]
    },
    "train": {"steps": 8, "batch_size": 20},
    "checkpoint": {"every_steps": 4},
    "sample": {"every_epochs": 0},
    "log": {"every_steps": 4},
    "evaluate": {"samples": 50},
}


def train(steps=STEPS, *options):
    return toy.train("--steps", str(steps), *SHORT, *options)


def run(words, place, **more):
    """A command that must end well: the preparation of a scene."""
    r = toy.run(words, place, env=environment(place), **more)
    if r.code != 0:
        raise SystemExit(f"{words}: ended with {r.code}: {r.err}")
    return r


#: of fault.c, for LD_PRELOAD; a build with sanitizers has none
LIBRARY = os.environ.get("GANTRAIN_FAULT", str(toy.ROOT / "build" / "tests" / "libfault.so"))


def memory():
    """A folder in memory, where a write costs nothing; None: wherever temporary files are."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def fault(spec):
    """Variables that make calls fail; "": none."""
    return {"LD_PRELOAD": LIBRARY, **({"FAULT": spec} if spec else {})}


def environment(place, **more):
    return toy.environment(GANTRAIN_CACHE=str(pathlib.Path(place).parent / "cache"), **more)


class Scene:
    """name; words of the command; files: the results, compared byte for byte when it ends with 0."""

    name, words, files = "", [], []
    again = None  # after the fault; default: the same words
    unsteady = False  # whether the number of calls may change from time to time

    def __init__(self, base):
        """Builds the folder in base/NAME and the results of an undisturbed command in base/NAME.good."""
        self.folder = base / self.name
        self.folder.mkdir()
        shutil.copytree(base / "stock", self.folder, symlinks=True, dirs_exist_ok=True)
        self.prepare(self.folder)
        self.before = toy.manifest(self.folder)
        self.good = base / (self.name + ".good")
        self.copy(self.good)
        self.result = run(self.words, self.good)
        self.after = toy.manifest(self.good)

    def prepare(self, place):
        """Changes a copy of the stock: toy.json, ring.json, wild.json, data/, nothing else."""

    def copy(self, to):
        shutil.copytree(self.folder, to, symlinks=True)

    # ---- judging: each gives a list of what is wrong ------------------------------------------------

    def complete(self, place, result):
        """After an end with 0."""
        now = toy.manifest(place)
        wrong = [f"{f} is not as without the fault" for f in self.files if now.get(f) != self.after.get(f)]
        if self.told(result.out) != self.told(self.result.out):
            wrong.append("standard output is not as without the fault")
        return wrong

    def told(self, out):
        return out

    def unharmed(self, place, result):
        """After any end: every file is an old one or a whole new one."""
        wrong = []
        now = toy.manifest(place)
        for path, was in self.before.items():
            if now.get(path) not in (was, self.after.get(path)):
                wrong.append(f"{path} was there before and is " + ("changed" if path in now else "gone"))
        for path, found in now.items():
            if path not in self.before and found != self.after.get(path) and not is_temporary(path):
                wrong.append(f"{path} is new, and not as without the fault")
        return wrong

    def mended(self, place, first):
        """After the fault is gone; `first`: how the disturbed command ended."""
        result = toy.run(self.again or self.words, place, env=environment(place))
        result.family = first.family
        if result.code != 0:
            return [f"then, without the fault, it ended with {result.code}: {result.err}"]
        return self.complete(place, result)


def is_temporary(path):
    return pathlib.Path(path).name.startswith(".tmp-")


# ---- training ---------------------------------------------------------------------------------------


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
        kept = toy.manifest(place)
        self.states = {p: d for p, d in kept.items() if re.search(r"/(ckpt|epoch)-|/best", p)}
        self.states.update({p: d for p, d in self.after.items() if p in self.states})

    def complete(self, place, result, lost=""):
        now, wrong = toy.manifest(place), []
        for path, good in self.after.items():
            if path.endswith("report.html"):
                if not (place / path).read_bytes().rstrip().endswith(b"</html>") if path in now else "report" not in lost:
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
            return [] if (place / path).read_bytes().rstrip().endswith(b"</html>") else [f"{path} is cut"]
        if path.endswith("metrics.jsonl"):
            return self.check_rows(place, True)
        if path.endswith("environment.json") and self.is_environment(place, path):
            return []
        return [f"{path} is no state of the run"]

    def mended(self, place, first):
        result = toy.run([*self.words, *([] if "--resume" in self.words else ["--resume"])], place, env=environment(place))
        if result.code != 0:
            return [f"then, without the fault, it ended with {result.code}: {result.err}"]
        lost = first.err if first.code not in (0, 7, 4, 3) or "not " in first.err else ""
        if lost == "" and first.code and not error_of(first):
            lost = "log not written report evaluated removed"  # it could not say what
        return self.complete(place, result, lost)


def error_of(result):
    return toy.error_lines(result.err)


class Train(Training):
    name, words = "train", train()


class Resume(Training):
    """As after a kill between steps 8 and 12: rows and no checkpoint after step 8."""

    name, words = "resume", train(STEPS, "--resume")

    def prepare(self, place):
        toy.run(train(), place, env=environment(place, **fault("unlink:1+:EACCES")))
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


# ---- what is done with a run ------------------------------------------------------------------------


class AfterRun(Scene):
    def prepare(self, place):
        run(train(), place)


CHECKPOINT = f"run/checkpoints/ckpt-{STEPS:08d}.safetensors"


class SamplePng(AfterRun):
    name, files = "sample-png", ["out.png", "z.npy"]
    words = ["sample", "--checkpoint", CHECKPOINT, "--count", "6", "--out", "out.png", "--latents-out", "z.npy"]

    def prepare(self, place):
        super().prepare(place)
        (place / "out.png").write_text("an older file")


class SampleIdx(AfterRun):
    name, files = "sample-idx", ["out.idx"]
    words = ["sample", "--checkpoint", CHECKPOINT, "--latents", "z.npy", "--out", "out.idx"]

    def prepare(self, place):
        super().prepare(place)
        run(["sample", "--checkpoint", CHECKPOINT, "--count", "5", "--out", "x.npy", "--latents-out", "z.npy"], place)


class SampleNpy(AfterRun):
    name, files = "sample-npy", ["out.npy"]
    words = ["sample", "--checkpoint", CHECKPOINT, "--count", "5", "--out", "out.npy"]


class SampleFolder(AfterRun):
    name, files = "sample-folder", ["look/seed-3.png", "look/seed-4.png"]
    words = ["sample", "--checkpoint", CHECKPOINT, "--seeds", "3-4", "--out", "look/"]


class SampleWalk(AfterRun):
    name, files = "sample-walk", ["walk.png"]
    words = ["sample", "--checkpoint", CHECKPOINT, "--walk", "2", "--frames", "2", "--grid", "1x2",
             "--out", "walk.png"]  # fmt: skip


class SampleNearest(AfterRun):
    name, files = "sample-nearest", ["near.png"]
    words = ["sample", "--checkpoint", CHECKPOINT, "--nearest", "2", "--count", "3", "--out", "near.png"]


class Animate(AfterRun):
    name, files = "animate", ["film.png"]
    words = ["sample", "--animate", "run", "--out", "film.png"]


class Evaluate(AfterRun):
    name, files = "evaluate", ["f.npy"]
    words = ["evaluate", "--checkpoint", CHECKPOINT, "--count", "50", "--json", "--features-out", "f.npy"]

    def prepare(self, place):
        super().prepare(place)
        run(self.words, place)
        (place / "f.npy").unlink()

    def told(self, out):
        """A cache that could not be read is made again, which is told."""
        said = json.loads(out) if out else {}
        said.pop("classifier", None)
        return said


class EvaluateFile(AfterRun):
    name = "evaluate-file"
    words = ["evaluate", "--samples", "out.idx", "--data", "data", "--metrics", "parzen,precision"]

    def prepare(self, place):
        super().prepare(place)
        run(["sample", "--checkpoint", CHECKPOINT, "--count", "30", "--out", "out.idx"], place)
        run(self.words, place)


class EvaluatePoints(Scene):
    name = "evaluate-points"
    words = ["evaluate", "--checkpoint", "run/checkpoints/ckpt-00000008.safetensors", "--count", "100"]

    def prepare(self, place):
        run(["--config", "ring.json", "--out", "run", "--quiet"], place)


class Inspect(AfterRun):
    name, words = "inspect", ["inspect", "--checkpoint", CHECKPOINT]


class InspectJson(AfterRun):
    name, words = "inspect-json", ["inspect", "--checkpoint", CHECKPOINT, "--json"]


class InspectRun(AfterRun):
    name, words = "inspect-run", ["inspect", "--run", "run"]


class Report(AfterRun):
    name, words, files = "report", ["report", "run", "--out", "page.html"], ["page.html"]

    def complete(self, place, result):
        """A part that cannot be read is left out; the page and a warning say so."""
        page = place / "page.html"
        if "warning: " in result.err and page.exists() and b"What is missing" in page.read_bytes():
            return []
        if page.exists() and b"<p class=\"note\">None: " in page.read_bytes():
            return []
        return super().complete(place, result)

    def unharmed(self, place, result):
        page = place / "page.html"
        whole = page.exists() and page.read_bytes().rstrip().endswith(b"</html>")
        return [w for w in super().unharmed(place, result) if not (whole and w.startswith("page.html is new"))]


class Compare(Report):
    name, words, files = "compare", ["report", "run", "other", "--out", "page.html"], ["page.html"]

    def prepare(self, place):
        super().prepare(place)
        (place / "run").rename(place / "other")
        run(train(8, "--seed", "3"), place)


class List(Scene):
    name, words = "list", ["list"]


class ListJson(Scene):
    name, words = "list-json", ["list", "layers", "--json"]


class Help(Scene):
    name, words = "help", ["train", "--help"]


class DryRun(Scene):
    name, words = "dry-run", [*train(), "--dry-run"]


class StudyDone(Scene):
    """All runs are there: the table and the page are made. A run whose outcome cannot be read is taken up
    again, which its log shows; the page does without what cannot be read of others."""

    name, files = "study-done", ["D/study.csv", "D/report.html"]
    words = ["study", "--config", "ring.json", "--vary", "objective=hinge,least_squares", "--seeds", "1-2",
             "--out", "D", "--quiet", "--jobs", "1"]  # fmt: skip

    def prepare(self, place):
        run(self.words, place)

    def excuse(self, wrong, place, result):
        page = place / "D" / "report.html"
        if result.family == "malloc" or not page.read_bytes().rstrip().endswith(b"</html>"):
            return wrong
        return [w for w in wrong if "train.log" not in w and "report.html" not in w]

    def complete(self, place, result):
        return self.excuse(super().complete(place, result), place, result)

    def unharmed(self, place, result):
        return self.excuse(super().unharmed(place, result), place, result)


class StudyNew(Scene):
    """Nothing is there: the processes are started. How often their progress is looked at is not fixed."""

    name, unsteady = "study-new", True
    words = [*StudyDone.words[:-1], "2"]

    def complete(self, place, result):
        found = sorted(p for p in toy.manifest(place) if not p.endswith(".log"))
        wrong = [] if found == sorted(p for p in self.after if not p.endswith(".log")) else ["other files"]
        for path in self.after:
            if path.endswith(".safetensors") and toy.manifest(place).get(path) != self.after[path]:
                wrong.append(f"{path} is not as without the fault")
        return wrong

    def unharmed(self, place, result):
        now = toy.manifest(place)
        return [f"{p} is changed" for p, was in self.before.items() if now.get(p) != was] + [
            f"{p} is not as without the fault"
            for p, found in now.items()
            if p.endswith((".safetensors", ".png")) and not is_temporary(p) and found != self.after.get(p)
            and not re.search(r"ckpt-0+4\.", p)
        ]  # fmt: skip


SCENES = [
    Train, Resume, Fallback, Diverge, Scored, Overwrite, SamplePng, SampleIdx, SampleNpy, SampleFolder, SampleWalk,
    SampleNearest, Animate, Evaluate, EvaluateFile, EvaluatePoints, Inspect, InspectJson, InspectRun, Report,
    Compare, List, ListJson, Help, DryRun, StudyDone, StudyNew,
]  # fmt: skip


def make_stock(base):
    """base/stock: what every scene begins with; the data are shared by way of a link."""
    place = toy.make_place(base / "stock")
    (place / "data").rename(base / "data")
    (place / "data").symlink_to("../data")
    (place / "wild.json").write_text(json.dumps(WILD))
    (place / "ring.json").write_text(json.dumps(RING))
