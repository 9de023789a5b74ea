"""A command to do harm to: what there is before it, and what must be true after it, whatever failed.

A scene is a folder that is made once and copied for every fault, the words of the command, and how its
results are judged.
"""

import os
import pathlib
import shutil

import toy

#: how faults may end, by what fails: memory is 7, of the rest 3 config, 4 data, 5 checkpoint, 6 output
CODES_OF_MEMORY = {0, 7}
CODES_OF_FILES = {0, 3, 4, 5, 6, 7}

#: of fault.c, for LD_PRELOAD; a build with sanitizers has none
LIBRARY = os.environ.get("GANTRAIN_FAULT", str(toy.ROOT / "build" / "tests" / "libfault.so"))


def fault(spec):
    """Variables that make calls fail; "": none."""
    return {"LD_PRELOAD": LIBRARY, **({"FAULT": spec} if spec else {})}


def environment(place, **more):
    return toy.environment(GANTRAIN_CACHE=str(pathlib.Path(place).parent / "cache"), **more)


def run(words, place, **more):
    """A command that must end well: the preparation of a scene."""
    r = toy.run(words, place, env=environment(place), **more)
    if r.code != 0:
        raise SystemExit(f"{words}: ended with {r.code}: {r.err}")
    return r


class Scene:
    """name; words of the command; files: the results, compared byte for byte when it ends with 0."""

    name, words, files = "", [], []

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
        result = toy.run(self.words, place, env=environment(place))
        result.family = first.family
        if result.code != 0:
            return [f"then, without the fault, it ended with {result.code}: {result.err}"]
        return self.complete(place, result)


def is_temporary(path):
    return pathlib.Path(path).name.startswith(".tmp-")


def is_page(path):
    """Whether a report is there to its end."""
    return path.exists() and path.read_bytes().rstrip().endswith(b"</html>")
