"""The phases of a run at which signals arrive, how a run ends then, and the undisturbed run to compare with."""

import pathlib
import shutil

import disturbed
import toy

RESPONSE = 2  # seconds
ENDS = {"INT": 130, "TERM": 143, "HUP": 129, "XCPU": 143, "USR1": 0, "USR2": 0, "USR1 stop": 75}
FORCING = ("INT", "TERM", "HUP")  # a second one exits at once, but not within a second of the first

# when the signal is raised: CALL PATTERN NTH for disturb.c. The folder is probed, every step has a row, and the save
# after step 5 syncs them, so the 9th open of metrics.jsonl is after step 7, which has no regular checkpoint
BEFORE = {
    "start": "open toy.json 1",
    "load": "open train-images 1",
    "folder": "mkdir run/samples 1",
    "config": "fsync config.json 1",
}
DURING = {
    "row": "open metrics.jsonl 9",
    "sample": "write epoch-0002 1",
    "save: open": "open ckpt-00000020 1",
    "save: write": "write ckpt-00000020 1",
    "save: fsync": "fsync ckpt-00000020 1",
    "save: rename": "rename ckpt-00000020 1",
    "save: fsync of the folder": "fsync run/checkpoints 8",
    "rotation": "unlink ckpt-00000005 1",
}
AFTER = {"last save": "fsync ckpt-00000040 1", "report": "fsync report.html 3"}  # after those at the start and of the first epoch
PHASES = {**BEFORE, **DURING, **AFTER}


class Bench:
    """A working directory and the state of an undisturbed run, for both values of checkpoint.on_usr1."""

    def __init__(self, folder, long, seed=1):
        self.folder, self.long, self.seed = pathlib.Path(folder), long, seed
        self.workdir = toy.make_workdir(self.folder / "workdir")
        self.run = self.workdir / "run"
        self.preload = disturbed.build(folder)
        self.reference, self.usual, self.slow = {}, 0, 0
        for stops in (False, True):
            self.fresh()
            result = toy.run(self.args(stops), self.workdir)
            assert result.code == 0, result.err
            self.reference[stops] = disturbed.state(self.run)
            self.usual = result.seconds

    def fresh(self):
        shutil.rmtree(self.run, ignore_errors=True)

    def args(self, stops=False, *more, rows=1):
        return disturbed.train("--set", f"checkpoint.on_usr1={'stop' if stops else 'save'}", *more, rows=rows)

    def resumed(self, stops=False, *more):
        """Resumes the run to its end; returns the errors."""
        result = toy.run(self.args(stops, "--resume", *more), self.workdir)
        if result.code != 0:
            return [f"resume: exit {result.code}: {result.err}"]
        return disturbed.same(self.reference[stops], self.run)
