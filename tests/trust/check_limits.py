#!/usr/bin/env python3
"""Every command under limits on memory, descriptors, stack, file size, CPU time and processes: it succeeds, or reports
the cause and exits with 6 or 7; it never hangs, crashes or leaves partial files. Without limits memory and descriptors
do not grow, and there is no network access."""

import ctypes
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import disturbed
import toy

KIB, MIB = 1 << 10, 1 << 20
TIMEOUT = 60  # seconds until a command counts as hung; without limits it takes less than one
MAX_THREADS = 64
NOT_LOADED = 127
SLOW = ("bench", "images")


class Bench:
    """A working directory with a finished run, and the commands that are limited."""

    def __init__(self, folder, long):
        self.folder, self.long = pathlib.Path(folder), long
        self.workdir = toy.make_workdir(self.folder / "workdir")
        self.run = self.workdir / "run"
        self.env = toy.environment(GANTRAIN_CACHE=str(self.folder / "cache"))
        few = ["--set", "evaluate.samples=64"]
        labels = ["--labels", "data/t10k-labels-idx1-ubyte", "--count", "64"]
        args = {
            "train": ["--config", "toy.json", "--out", "new", "--threads", "2"],
            "resume": ["--config", "toy.json", "--out", "copy", "--resume", "--steps", "60"],
            "scored": ["--config", "toy.json", "--out", "new", "--set", "evaluate.classifier=true", *few],
            "sample": ["sample", "--checkpoint", "CKPT", "--out", "out.png", "--count", "9"],
            "walk": ["sample", "--checkpoint", "CKPT", "--out", "walk.png", "--walk", "3", "--frames", "6"],
            "evaluate": ["evaluate", "--checkpoint", "CKPT", "--count", "64"],
            "images": ["evaluate", "--samples", "data/t10k-images-idx3-ubyte", "--data", "data", *labels],
            "inspect": ["inspect", "--run", "run"],
            "report": ["report", "run", "--out", "page.html"],
            "study": ["study", "--config", "toy.json", "--seeds", "1-2", "--out", "study", "--set", "train.steps=20"],
            "bench": ["bench", "--config", "toy.json", "--threads", "2", "--json"],
            "list": ["list", "--json"],
            "help": ["train", "--help"],
            "version": ["--version"],
        }
        result = toy.run(toy.train(), self.workdir)
        assert result.code == 0, result.err
        self.reference = disturbed.state(self.run)
        checkpoint = toy.checkpoints(self.run)[-1].relative_to(self.workdir)
        self.commands = {k: [checkpoint if w == "CKPT" else w for w in v] for k, v in args.items()}
        warm = toy.run(self.commands["evaluate"], self.workdir, env=self.env, timeout=TIMEOUT)  # caches its classifier
        assert warm.code == 0, warm.err

    def fresh(self):
        """Restores the working directory to the inputs of the commands."""
        for name in ("new", "copy", "study"):
            shutil.rmtree(self.workdir / name, ignore_errors=True)
        for name in ("out.png", "walk.png", "page.html"):
            (self.workdir / name).unlink(missing_ok=True)
        shutil.copytree(self.run, self.workdir / "copy")

    def limited(self, name, codes=(6, 7), **of):
        """Runs one command under limits (KIND=value, or (soft, hard)); returns the errors."""
        self.fresh()
        result = toy.run(self.commands[name], self.workdir, env=self.env, timeout=TIMEOUT, before=limits(of))
        wrong = []
        if result.code == NOT_LOADED and "error while loading shared libraries" in result.err:
            return []  # the dynamic loader failed before the program started
        if result.code not in (0, *codes):
            wrong.append(f"exit {result.code}")
        elif result.code in (6, 7) and not toy.error_lines(result.err):
            wrong.append(f"exit {result.code} without a message")
        if toy.temporaries(self.workdir):
            wrong.append("temporary files")
        if disturbed.same(self.reference, self.run):
            wrong.append("the finished run was changed")
        return [f"{name} under {of}: {line}: {result.err[-400:]!r}" for line in wrong]


def limits(of):
    def set_them():
        for kind, value in of.items():
            pair = value if isinstance(value, tuple) else (value, value)
            resource.setrlimit(getattr(resource, "RLIMIT_" + kind), pair)

    return set_them


def sweep(bench, kind, values, **how):
    """Runs every command under each limit; the short tier runs the slow ones only under the first memory limit."""
    wrong, n = [], 0
    for i, value in enumerate(values):
        for name in bench.commands:
            if name in SLOW and not bench.long and (kind != "AS" or i > 0):
                continue
            wrong += bench.limited(name, **how, **{kind: value})
            n += 1
    return n, wrong


def some(bench, values, few):
    """All values in the long tier, `few` evenly spaced ones in the short tier."""
    values = list(values)
    return values if bench.long else [values[i * (len(values) - 1) // (few - 1)] for i in range(few)]


# ---- limits -------------------------------------------------------------------------------------------


def memory(bench):
    """RES-02, CLI-18: ulimit -v from 50 MiB to 1 GiB in 16 steps, and ulimit -d."""
    steps = [int(50 * MIB * (1024 / 50) ** (i / 15)) for i in range(16)]
    n, wrong = sweep(bench, "AS", some(bench, steps, 4))
    more, also = sweep(bench, "DATA", some(bench, steps[::3], 2))
    return n + more, wrong + also


def descriptors(bench):
    """FS-14: ulimit -n 3 to 20."""
    return sweep(bench, "NOFILE", some(bench, range(3, 21), 5))


def stack(bench):
    """RES-05: ulimit -s from 64 KiB; 256 KiB are enough for everything."""
    n, wrong = sweep(bench, "STACK", [v * KIB for v in some(bench, (64, 96, 128, 192), 2)])
    more, also = sweep(bench, "STACK", [256 * KIB, resource.RLIM_INFINITY], codes=())
    return n + more, wrong + also


def file_size(bench):
    """FS-05: ulimit -f 1 to 64 KiB."""
    return sweep(bench, "FSIZE", [v * KIB for v in some(bench, (1, 2, 4, 8, 16, 32, 48, 64), 3)])


def processor_time(bench):
    """RES-06: CPU time limit, soft only, and soft and hard as by ulimit -t: a training saves and exits 143."""
    args = ["--config", "toy.json", "--out", "new", "--steps", "100000000", "--set", "log.every_steps=100000"]
    args += ["--set", "checkpoint.every_steps=100000", "--set", "sample.every_epochs=0"]
    bench.commands["long"] = [*args, "--threads", "1", "--quiet"]
    wrong, cases = [], [(1, resource.RLIM_INFINITY), 2]
    for limit in cases:
        wrong += bench.limited("long", codes=(143,), CPU=limit)
        if not toy.checkpoints(bench.workdir / "new"):
            wrong.append(f"{limit}: no checkpoint")
    del bench.commands["long"]
    return len(cases), wrong


def threads(bench):
    """RES-04: threads cannot be created: fewer threads, one warning, the same bits."""
    if os.getuid() != 0:
        before = limits({"NPROC": 1})
    else:  # the limit does not apply to root

        def before():
            os.setgroups([])
            limits({"NPROC": 1})()
            os.setresuid(54321, 54321, 54321)

        for path in (bench.workdir, *bench.workdir.rglob("*")):
            os.chown(path, 54321, 54321)
        bench.folder.chmod(bench.folder.stat().st_mode | 0o111)
    program = shutil.copy(toy.GANTRAIN, bench.folder)  # another user may not be able to enter the build folder
    bench.fresh()
    shutil.rmtree(bench.workdir / "copy")
    (bench.workdir / "new").mkdir(mode=0o777)
    (bench.workdir / "new").chmod(0o777)
    args = ["--config", "toy.json", "--out", "new", "--threads", "8"]
    try:
        result = toy.run(args, bench.workdir, before=before, program=[program])
    except OSError as error:
        print(f"skipped: cannot start a process as another user in {tempfile.gettempdir()}: {error}")
        return 0, []
    wrong = [] if result.code == 0 else [f"exit {result.code}: {result.err}"]
    if result.err.count("warning: only 1 of 8 threads could be started") != 1:
        wrong.append(f"not one warning: {result.err}")
    if result.code == 0 and toy.differences(bench.run, bench.workdir / "new"):
        wrong.append("other bits")
    return 1, wrong


def machines(bench):
    """RES-08, 09, 13: one processor, 64 threads, no huge pages, another OpenBLAS kernel: the same bits."""

    def one_processor():
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    def no_huge_pages():
        ctypes.CDLL(None).prctl(41, 1, 0, 0, 0)  # PR_SET_THP_DISABLE

    wrong = []
    for before, args in (
        (one_processor, []),
        (one_processor, ["--threads", str(MAX_THREADS)]),
        (no_huge_pages, ["--threads", "3"]),
    ):
        bench.fresh()
        result = toy.run(["--config", "toy.json", "--out", "new", *args], bench.workdir, before=before)
        wanted = " 1 thread," if not args else f" {args[1]} threads"
        if result.code != 0 or wanted not in result.err:
            wrong.append(f"{args}: exit {result.code}: {result.err}")
        elif toy.differences(bench.run, bench.workdir / "new"):
            wrong.append(f"{args}: other bits")
    result = toy.run(["--config", "toy.json", "--out", "x", "--threads", str(MAX_THREADS + 1)], bench.workdir)
    if result.code != 2:
        wrong.append(f"{MAX_THREADS + 1} threads: exit {result.code}")
    env = {**bench.env, "OPENBLAS_CORETYPE": "Prescott", "OPENBLAS_NUM_THREADS": "-1", "OMP_NUM_THREADS": "abc"}
    result = toy.run(bench.commands["evaluate"], bench.workdir, env=env)
    if result.code != 0:
        wrong.append(f"evaluate with OPENBLAS_CORETYPE=Prescott: exit {result.code}: {result.err}")
    return 5, wrong


def huge(bench):
    """RES-07, SIG-18: too large sizes are reported before any allocation; --dry-run prints the memory needed."""
    wrong = []
    before = limits({"AS": 8 << 30})  # on machines with as much memory
    for layers, code, number in (
        (1, 7, r"not enough memory: .*[0-9.]+ GiB"),
        (12, 3, r"parameters, at most 1e\+09 are possible"),
    ):
        config = json.loads(toy.CONFIG.read_text())
        wide = [{"kind": "dense", "units": 29000}] * (layers + 1)
        config["generator"]["layers"] = wide + config["generator"]["layers"][-1:]
        (bench.workdir / "huge.json").write_text(json.dumps(config))
        result = toy.run(["--config", "huge.json", "--out", "x"], bench.workdir, before=before)
        if result.code != code or not re.search(number, result.err) or result.seconds > 5:
            wrong.append(f"exit {result.code}: {result.err}")
        if (bench.workdir / "x").exists():
            wrong.append("a folder was created")
    result = toy.run(["--config", "toy.json", "--out", "x", "--dry-run"], bench.workdir)
    if result.code != 0 or not re.search(r"^memory +[0-9.]+ MiB: ", result.err, re.M):
        wrong.append(f"--dry-run does not print the memory: {result.err}")
    return 3, wrong


# ---- no growth ------------------------------------------------------------------------------------------


def status(pid, key):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{key}:\s+(\d+)", text, re.M).group(1))


def steps_done(run):
    try:
        lines = (run / "metrics.jsonl").read_bytes()[-4000:].splitlines()
        return json.loads(lines[-1])["step"]
    except (OSError, IndexError, ValueError):
        return 0


def growth(bench):
    """RES-10, 11: the same memory after 100 epochs as after 2, the same descriptors after 1000 saves as after 20."""
    bench.fresh()
    epoch = 256 / 24
    args = ["--config", "toy.json", "--out", "new", "--quiet", "--steps", "1000000"]
    args += ["--set", "checkpoint.every_steps=1", "--set", "log.every_steps=1", "--set", "sample.every_epochs=10"]
    child = disturbed.start(args, bench.workdir)

    def fewest():
        """Descriptors between saves: the minimum of many readings."""
        least = 1 << 20
        for _ in range(500):
            least = min(least, len(os.listdir(f"/proc/{child.pid}/fd")))
            time.sleep(0.001)
        return least

    seen = []
    for steps in (2 * epoch, 100 * epoch):
        while steps_done(bench.workdir / "new") < steps and child.poll() is None:
            time.sleep(0.01)
        if child.poll() is not None:
            return 2, [f"it ended: {child.communicate()[1]}"]
        seen.append((status(child.pid, "VmRSS"), fewest()))
    code, err, _ = disturbed.signal_and_wait(child, signal.SIGTERM)
    (rss, fds), (rss_later, fds_later) = seen
    wrong = [] if code == 143 else [f"exit {code}: {err}"]
    if rss_later > rss + 1024:
        wrong.append(f"memory grew from {rss} to {rss_later} KiB")
    if fds_later != fds:
        wrong.append(f"descriptors grew from {fds} to {fds_later}")
    return 2, wrong


def calls(bench):
    """SIG-17, SECURITY: no network access, no child process; files are opened with O_CLOEXEC."""
    if subprocess.run(["strace", "-f", "true"], capture_output=True, check=False).returncode:
        print("skipped: strace does not work here")
        return 0, []
    log, wrong = bench.folder / "calls", []
    for name in ("train", "sample", "evaluate", "report"):
        bench.fresh()
        args = ["strace", "-f", "-o", log, "-e", "trace=network,process,openat", toy.GANTRAIN]
        result = toy.run(bench.commands[name], bench.workdir, env=bench.env, program=list(map(str, args)))
        lines = [line.split(None, 1)[1] for line in log.read_text().splitlines()]
        made = [line for line in lines if re.match(r"(socket|connect|bind|sendto|recvfrom|fork|vfork)\(", line)]
        made += [line for line in lines if re.match(r"clone3?\(", line) and "CLONE_THREAD" not in line]
        made += [line for line in lines[1:] if line.startswith("execve(")]
        kept = [line for line in lines if line.startswith("openat(") and "O_CLOEXEC" not in line]
        made += [line for line in kept if '"/dev/null", O_RDONLY' not in line]
        if result.code != 0 or made:
            wrong.append(f"{name}: exit {result.code}: {made[:3]}")
    return 4, wrong


# ---- missing parts of the system ------------------------------------------------------------------------


def libraries():
    """Paths of the program's shared libraries."""
    out = subprocess.run(["ldd", toy.GANTRAIN], capture_output=True, text=True, check=True).stdout
    return re.findall(r"(/\S+) \(0x", out)


def chroot(bench):
    """RES-12: all commands work without /proc and /dev."""
    root = bench.folder / "root"
    for path in (*libraries(), toy.GANTRAIN):
        to = root / path.lstrip("/")
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, to)
    inside = ["unshare", "-r", "chroot", str(root), toy.GANTRAIN]
    if subprocess.run([*inside, "--version"], capture_output=True, check=False).returncode:
        print("skipped: chroot does not work here")
        return 0, []
    shutil.copy(toy.CONFIG, root)
    shutil.copytree(bench.workdir / "data", root / "data")
    wrong, n = [], 0
    for args in (
        ["--config", "/toy.json", "--out", "/run", "--threads", "2"],
        ["sample", "--checkpoint", f"/run/checkpoints/{toy.checkpoints(bench.run)[-1].name}", "--out", "/a.png"],
        ["report", "/run"],
        ["inspect", "--run", "/run"],
        ["study", "--config", "/toy.json", "--set", "data.dir=/data", "--seeds", "1-2", "--out", "/study"],
    ):
        for closed in (False, True):
            shutil.rmtree(root / "study", ignore_errors=True)
            if args[0] == "--config":
                shutil.rmtree(root / "run", ignore_errors=True)
            program = ["sh", "-c", 'exec "$@" <&- 2>&-' if closed else 'exec "$@"', "sh", *inside]
            result = toy.run(args, "/", program=program, timeout=TIMEOUT)
            if result.code != 0:
                wrong.append(f"{args[0]}: exit {result.code}: {result.err}")
            n += 1
    if toy.differences(bench.run, root / "run"):
        wrong.append("other bits")
    return n, wrong


def main():
    a = toy.parse(__doc__)
    cases = [memory, descriptors, stack, file_size, processor_time, machines, huge, growth, calls, chroot, threads]
    with tempfile.TemporaryDirectory() as folder:
        disturbed.examine("limits", cases, Bench(folder, a.long))


if __name__ == "__main__":
    sys.exit(main())
