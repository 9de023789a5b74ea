"""Scenes of the fault checks: a command, its initial folder, and checks of its results.

A scene creates its folder once and copies it for every fault.
"""

import os
import pathlib
import shutil

import toy

#: allowed exit codes, by what fails: 7 memory, else 3 config, 4 data, 5 checkpoint, 6 output
CODES_OF_MEMORY = {0, 7}
CODES_OF_FILES = {0, 3, 4, 5, 6, 7}

#: fault.c, for LD_PRELOAD; not in builds with sanitizers
LIBRARY = os.environ.get("GANTRAIN_FAULT", str(toy.ROOT / "build" / "tests" / "libfault.so"))


def fault(spec):
    """Environment variables that make calls fail; "": none."""
    return {"LD_PRELOAD": LIBRARY, **({"FAULT": spec} if spec else {})}


def environment(workdir, **more):
    return toy.environment(GANTRAIN_CACHE=str(pathlib.Path(workdir).parent / "cache"), **more)


def run(args, workdir, **more):
    """Runs a command that must succeed, to prepare a scene."""
    r = toy.run(args, workdir, env=environment(workdir), **more)
    if r.code != 0:
        raise SystemExit(f"{args}: exit {r.code}: {r.err}")
    return r


class Scene:
    """name; args: arguments of the command; files: results, compared byte for byte after exit 0."""

    name, args, files = "", [], []

    def __init__(self, base):
        """Creates the folder base/NAME, and base/NAME.good with the results of an undisturbed command."""
        self.folder = base / self.name
        self.folder.mkdir()
        shutil.copytree(base / "stock", self.folder, symlinks=True, dirs_exist_ok=True)
        self.prepare(self.folder)
        self.before = toy.manifest(self.folder)
        self.good = base / (self.name + ".good")
        self.copy(self.good)
        self.result = run(self.args, self.good)
        self.after = toy.manifest(self.good)

    def prepare(self, workdir):
        """Changes a copy of the stock: toy.json, ring.json, wild.json, data/."""

    def copy(self, to):
        shutil.copytree(self.folder, to, symlinks=True)

    # ---- checks: each returns a list of errors -------------------------------------------------------

    def check_complete(self, workdir, result):
        """Checks the results after exit 0."""
        now = toy.manifest(workdir)
        wrong = [f"{f} differs from that without the fault" for f in self.files if now.get(f) != self.after.get(f)]
        if self.comparable_output(result.out) != self.comparable_output(self.result.out):
            wrong.append("stdout differs from the result without the fault")
        return wrong

    def comparable_output(self, out):
        return out

    def check_unharmed(self, workdir, result):
        """Checks that every file is the old one or the complete new one, after any exit code."""
        wrong = []
        now = toy.manifest(workdir)
        for path, was in self.before.items():
            if now.get(path) not in (was, self.after.get(path)):
                wrong.append(f"{path} existed before and is " + ("changed" if path in now else "removed"))
        for path, found in now.items():
            if path not in self.before and found != self.after.get(path) and not is_temporary(path):
                wrong.append(f"{path} is new, and differs from the result without the fault")
        return wrong

    def check_recovery(self, workdir, first):
        """Repeats the command without the fault; `first`: the result with the fault."""
        result = toy.run(self.args, workdir, env=environment(workdir))
        result.family = first.family
        if result.code != 0:
            return [f"then, without the fault: exit {result.code}: {result.err}"]
        return self.check_complete(workdir, result)


def is_temporary(path):
    return pathlib.Path(path).name.startswith(".tmp-")


def is_page(path):
    """Whether a report exists and is complete."""
    return path.exists() and path.read_bytes().rstrip().endswith(b"</html>")
