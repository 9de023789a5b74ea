"""All commands that harm is done to; what they begin with."""

import json
import re

import toy
from scene import Scene, is_page, is_temporary, run
from scenes_train import (
    STEPS, WILD, Diverge, Fallback, Overwrite, Resume, Scored, Train, train,
)  # fmt: skip

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
        if "warning: " in result.err and page.exists() and b"Missing or damaged files" in page.read_bytes():
            return []
        if page.exists() and b"<p class=\"note\">None: " in page.read_bytes():
            return []
        return super().complete(place, result)

    def unharmed(self, place, result):
        page = place / "page.html"
        whole = is_page(page)
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
        if result.family == "malloc" or not is_page(page):
            return wrong
        return [w for w in wrong if "train.log" not in w and "report.html" not in w]

    def complete(self, place, result):
        return self.excuse(super().complete(place, result), place, result)

    def unharmed(self, place, result):
        return self.excuse(super().unharmed(place, result), place, result)


class StudyNew(Scene):
    """Nothing is there: the processes are started. How often their progress is looked at is not fixed."""

    name = "study-new"
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
