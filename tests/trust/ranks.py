"""Jobs of several ranks on this machine, started by Open MPI's mpirun, with more ranks than processors if necessary."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

import toy

#: for mpirun: allow root and more ranks than processors; SIGKILL without delay
MPI = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_hwloc_base_binding_policy": "none",
    "OMPI_MCA_mpi_yield_when_idle": "1",
    "OMPI_MCA_odls_base_sigkill_timeout": "0",
    "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
    "HWLOC_HIDE_ERRORS": "2",  # where there is no /sys
}
MPIRUN = shutil.which("mpirun")
WAIT = 60

#: options of a run that trains until it is stopped
LONG = ["--steps", "100000000", "--set", "checkpoint.every_steps=1000000", "--set", "sample.every_epochs=0",
        "--set", "log.every_steps=20"]


def args(*options, out="run", config="toy.json"):
    return ["--config", config, "--out", out, "--quiet", "--threads", "1", *options]


def command(ranks):
    """The command line. ranks: (number of ranks, their arguments), or for each rank (prefix, arguments[, program])."""
    if isinstance(ranks, tuple):
        ranks = [([], ranks[1])] * ranks[0]
    line = [MPIRUN]
    for i, (before, after, *other) in enumerate(ranks):
        program = other[0] if other else toy.GANTRAIN
        line += [":"] * (i > 0) + ["-n", "1", *map(str, before), str(program), *map(str, after)]
    return line


class Job:
    """A running job; end() waits for it, and kills all its ranks after a time-out."""

    def __init__(self, workdir, ranks, before=None, **more):
        self.err = tempfile.NamedTemporaryFile()
        self.child = subprocess.Popen(
            command(ranks), cwd=workdir, env=toy.environment(**{**MPI, **more}), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=self.err, preexec_fn=before)

    def text(self):
        """stderr so far."""
        return pathlib.Path(self.err.name).read_text(errors="replace")

    def ranks(self):
        """Process ids, in order of start."""
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) == self.child.pid:
                found.append(int(path.parent.name))
        return sorted(found)

    def end(self):
        """(code or HUNG, stdout, stderr)"""
        try:
            out, _ = self.child.communicate(timeout=WAIT)
            return self.child.returncode, out.decode(), self.text()
        except subprocess.TimeoutExpired:
            for pid in self.ranks() + [self.child.pid]:
                kill(pid, signal.SIGKILL)
            out, _ = self.child.communicate()
            return toy.HUNG, out.decode(), self.text()


def kill(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def job(workdir, ranks, **more):
    return Job(workdir, ranks, **more).end()


def train(workdir, n, *options, **where):
    """The last checkpoint of a run on n ranks (0: without mpirun) that must succeed."""
    shutil.rmtree(workdir / where.get("out", "run"), ignore_errors=True)
    return resume_on(workdir, n, *options, **where)


def resume_on(workdir, n, *options, out="run", config="toy.json"):
    line = args(*options, out=out, config=config)
    if n == 0:
        result = toy.run(line, workdir)
        code, err = result.code, result.err
    else:
        code, _, err = job(workdir, (n, line))
    if code != 0:
        sys.exit(f"{n} ranks, {' '.join(options)}: exit {code}: {err}")
    return toy.checkpoints(workdir / out)[-1]


def until(condition, what, running=None):
    """Waits; fails at once if the job `running` has ended."""
    if not toy.wait_for(lambda: condition() or running and running.child.poll() is not None, WAIT) or not condition():
        sys.exit(f"time-out: waiting until {what}: {running.text() if running else ''}")


def has_rows(folder):
    path = folder / "metrics.jsonl"
    return path.exists() and path.stat().st_size > 0


def need_mpi():
    """Skips the check if there is no MPI."""
    if not MPIRUN:
        toy.skip("there is no mpirun (scripts/install-deps.sh --mpi)")
    if "MPI: none" in toy.run(["--version"], ".").out.decode():
        toy.skip("gantrain was built without MPI")
