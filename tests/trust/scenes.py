"""The scenes of the fault checks."""

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
    def prepare(self, workdir):
        run(train(), workdir)


CHECKPOINT = f"run/checkpoints/ckpt-{STEPS:08d}.safetensors"


class SamplePng(AfterRun):
    name, files = "sample-png", ["out.png", "z.npy"]
    args = ["sample", "--checkpoint", CHECKPOINT, "--count", "6", "--out", "out.png", "--latents-out", "z.npy"]

    def prepare(self, workdir):
        super().prepare(workdir)
        (workdir / "out.png").write_text("an older file")


class SampleIdx(AfterRun):
    name, files = "sample-idx", ["out.idx"]
    args = ["sample", "--checkpoint", CHECKPOINT, "--latents", "z.npy", "--out", "out.idx"]

    def prepare(self, workdir):
        super().prepare(workdir)
        run(["sample", "--checkpoint", CHECKPOINT, "--count", "5", "--out", "x.npy", "--latents-out", "z.npy"], workdir)


class SampleNpy(AfterRun):
    name, files = "sample-npy", ["out.npy"]
    args = ["sample", "--checkpoint", CHECKPOINT, "--count", "5", "--out", "out.npy"]


class SampleFolder(AfterRun):
    name, files = "sample-folder", ["out/seed-3.png", "out/seed-4.png"]
    args = ["sample", "--checkpoint", CHECKPOINT, "--seeds", "3-4", "--out", "out/"]


class SampleWalk(AfterRun):
    name, files = "sample-walk", ["walk.png"]
    args = ["sample", "--checkpoint", CHECKPOINT, "--walk", "2", "--frames", "2", "--grid", "1x2",
             "--out", "walk.png"]  # fmt: skip


class SampleNearest(AfterRun):
    name, files = "sample-nearest", ["near.png"]
    args = ["sample", "--checkpoint", CHECKPOINT, "--nearest", "2", "--count", "3", "--out", "near.png"]


class Animate(AfterRun):
    name, files = "animate", ["animation.png"]
    args = ["sample", "--animate", "run", "--out", "animation.png"]


class Evaluate(AfterRun):
    name, files = "evaluate", ["f.npy"]
    args = ["evaluate", "--checkpoint", CHECKPOINT, "--count", "50", "--json", "--features-out", "f.npy"]

    def prepare(self, workdir):
        super().prepare(workdir)
        run(self.args, workdir)
        (workdir / "f.npy").unlink()

    def comparable_output(self, out):
        """Without the classifier: if the cache cannot be read, it is trained again with a message."""
        result = json.loads(out) if out else {}
        result.pop("classifier", None)
        return result


class EvaluateFile(AfterRun):
    name = "evaluate-file"
    args = ["evaluate", "--samples", "out.idx", "--data", "data", "--metrics", "parzen,precision"]

    def prepare(self, workdir):
        super().prepare(workdir)
        run(["sample", "--checkpoint", CHECKPOINT, "--count", "30", "--out", "out.idx"], workdir)
        run(self.args, workdir)


class EvaluatePoints(Scene):
    name = "evaluate-points"
    args = ["evaluate", "--checkpoint", "run/checkpoints/ckpt-00000008.safetensors", "--count", "100"]

    def prepare(self, workdir):
        run(["--config", "ring.json", "--out", "run", "--quiet"], workdir)


class Inspect(AfterRun):
    name, args = "inspect", ["inspect", "--checkpoint", CHECKPOINT]


class InspectJson(AfterRun):
    name, args = "inspect-json", ["inspect", "--checkpoint", CHECKPOINT, "--json"]


class InspectRun(AfterRun):
    name, args = "inspect-run", ["inspect", "--run", "run"]


class Report(AfterRun):
    name, args, files = "report", ["report", "run", "--out", "page.html"], ["page.html"]

    def check_complete(self, workdir, result):
        """A part that cannot be read is omitted, with a note in the page and a warning."""
        page = workdir / "page.html"
        if "warning: " in result.err and page.exists() and b"Missing or damaged files" in page.read_bytes():
            return []
        if page.exists() and b"<p class=\"note\">None: " in page.read_bytes():
            return []
        return super().check_complete(workdir, result)

    def check_unharmed(self, workdir, result):
        page = workdir / "page.html"
        whole = is_page(page)
        return [w for w in super().check_unharmed(workdir, result) if not (whole and w.startswith("page.html is new"))]


class Compare(Report):
    name, args, files = "compare", ["report", "run", "other", "--out", "page.html"], ["page.html"]

    def prepare(self, workdir):
        super().prepare(workdir)
        (workdir / "run").rename(workdir / "other")
        run(train(8, "--seed", "3"), workdir)


class List(Scene):
    name, args = "list", ["list"]


class ListJson(Scene):
    name, args = "list-json", ["list", "layers", "--json"]


class Help(Scene):
    name, args = "help", ["train", "--help"]


class DryRun(Scene):
    name, args = "dry-run", [*train(), "--dry-run"]


class StudyDone(Scene):
    """All runs exist: the table and the page are written. A run whose result cannot be read is resumed, which
    changes its log; the page omits what cannot be read of other runs."""

    name, files = "study-done", ["D/study.csv", "D/report.html"]
    args = ["study", "--config", "ring.json", "--vary", "objective=hinge,least_squares", "--seeds", "1-2",
             "--out", "D", "--quiet", "--jobs", "1"]  # fmt: skip

    def prepare(self, workdir):
        run(self.args, workdir)

    def excuse(self, wrong, workdir, result):
        page = workdir / "D" / "report.html"
        if result.family == "malloc" or not is_page(page):
            return wrong
        return [w for w in wrong if "train.log" not in w and "report.html" not in w]

    def check_complete(self, workdir, result):
        return self.excuse(super().check_complete(workdir, result), workdir, result)

    def check_unharmed(self, workdir, result):
        return self.excuse(super().check_unharmed(workdir, result), workdir, result)


class StudyNew(Scene):
    """No run exists: the processes are started. The number of progress polls is not deterministic."""

    name = "study-new"
    args = [*StudyDone.args[:-1], "2"]

    def check_complete(self, workdir, result):
        found = sorted(p for p in toy.manifest(workdir) if not p.endswith(".log"))
        wrong = [] if found == sorted(p for p in self.after if not p.endswith(".log")) else ["other files"]
        for path in self.after:
            if path.endswith(".safetensors") and toy.manifest(workdir).get(path) != self.after[path]:
                wrong.append(f"{path} differs from the result without the fault")
        return wrong

    def check_unharmed(self, workdir, result):
        now = toy.manifest(workdir)
        return [f"{p} is changed" for p, was in self.before.items() if now.get(p) != was] + [
            f"{p} differs from the result without the fault"
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
    """Creates base/stock, the start of every scene, with a link to the data."""
    workdir = toy.make_workdir(base / "stock")
    (workdir / "data").rename(base / "data")
    (workdir / "data").symlink_to("../data")
    (workdir / "wild.json").write_text(json.dumps(WILD))
    (workdir / "ring.json").write_text(json.dumps(RING))
