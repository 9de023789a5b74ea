"""A small training run for the checks, and functions to compare its results.

The run of toy.json takes a tenth of a second and has all kinds of state to resume: running statistics
of batch norm, a moving average of the generator, schedules, dropout, a penalty every 4th step, epochs
that end inside a batch. GANTRAIN is the program (default: build/gantrain).
"""

import argparse
import contextlib
import hashlib
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
GANTRAIN = os.environ.get("GANTRAIN", str(ROOT / "build" / "gantrain"))
CONFIG = HERE / "toy.json"

#: fields of metrics.jsonl that depend on the clock
CLOCK = ("seconds", "examples_per_s")

#: signals that always mean a bug
CRASHES = {-4: "SIGILL", -6: "SIGABRT", -7: "SIGBUS", -8: "SIGFPE", -11: "SIGSEGV"}

HUNG = "hung"

#: exit code of a skipped check, for ctest and scripts/trust.sh
SKIPPED = 77

#: changes to toy.json that make it a conditional GAN, with every layer that reads classes
CLASSES = {
    "generator": {"latent": 8, "ema": 0.9, "layers": [
        {"kind": "label", "units": 6}, {"kind": "dense", "units": 24}, {"kind": "batch_norm", "affine": False},
        "class_scale", "leaky_relu", {"kind": "dense", "activation": "tanh"}]},
    "discriminator": {"layers": [
        {"kind": "dense", "units": 24, "activation": "leaky_relu"}, "label",
        {"kind": "dense", "units": 24, "activation": "leaky_relu"},
        {"kind": "projection", "weight": "spectral_norm"}]},
}


class Result:
    """Result of a command: code (negative: a signal; HUNG), out, err, seconds."""

    def __init__(self, code, out, err, seconds):
        self.code, self.out, self.err, self.seconds = code, out, err, seconds

    @property
    def crashed(self):
        return self.code == HUNG or self.code in CRASHES


def parse(doc, **more):
    """Parses the options of a check: --long for its long tier; `more`: name=(default, help) of integers."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--long", action="store_true", help="all cases instead of a sample")
    for name, (default, text) in more.items():
        parser.add_argument("--" + name, type=int, default=default, help=text)
    return parser.parse_args()


def skip(reason):
    """Exits from a check that cannot run here."""
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def make(*command, what=None):
    """Runs a build command; returns its output, exits if it fails."""
    done = subprocess.run(list(map(str, command)), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        sys.exit(f"{what or command}: " + done.stdout.decode(errors="replace")[-3000:])
    return done.stdout.decode(errors="replace")


def build(preset):
    make("scripts/presets.sh")
    make("cmake", "--preset", preset)
    make("cmake", "--build", "--preset", preset, "--parallel", os.cpu_count())


def memory():
    """A folder in memory, for speed; None: the default folder of temporary files."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def mount(folder, options):
    """Mounts a tmpfs; returns whether that succeeded."""
    folder.mkdir(parents=True, exist_ok=True)
    return run(["-t", "tmpfs", "-o", options, "none", folder], "/", program=["mount"]).code == 0


def fill(file):
    """Writes until the file system is full."""
    try:
        with open(file, "wb", buffering=0) as out:
            while out.write(bytes(4096)):
                pass
    except OSError:
        pass


def wait_for(condition, seconds=30):
    """Waits until the condition is true; returns False after a time-out."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.002)
    return condition()


def make_data(folder, *options):
    """Creates 256 training and 64 test images of 8x8 with labels, as MNIST's four files."""
    script = ROOT / "tests" / "cli" / "make_data.py"
    subprocess.run([sys.executable, script, folder, "--side", "8", *options], check=True)


def make_workdir(folder):
    """A new folder with toy.json and data/ in it."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True)
    shutil.copy(CONFIG, folder)
    make_data(folder / "data")
    return folder


@contextlib.contextmanager
def temporary_workdir(within=None):
    """make_workdir in a temporary folder that is removed at the end."""
    with tempfile.TemporaryDirectory(dir=within) as folder:
        yield make_workdir(pathlib.Path(folder) / "workdir")


def environment(**more):
    """Environment of every command: few inherited variables, a separate cache."""
    keep = ("PATH", "HOME", "LANG", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS")
    env = {k: os.environ[k] for k in keep if k in os.environ}
    env["GANTRAIN_CACHE"] = os.environ.get("GANTRAIN_CACHE", "/nowhere/cache")
    env.update(more)
    return env


def limits(**of):
    """A function for `before` that sets resource limits by name, such as limits(NOFILE=8)."""

    def set_them():
        for name, value in of.items():
            resource.setrlimit(getattr(resource, "RLIMIT_" + name), (value, value))

    return set_them


def run(args, cwd, timeout=60, env=None, before=None, stdin=subprocess.DEVNULL, program=None):
    """Runs gantrain (or `program`, a list) to its end; HUNG after `timeout` seconds."""
    began = time.monotonic()
    child = subprocess.Popen(
        [*(program or [GANTRAIN]), *map(str, args)],
        cwd=cwd,
        env=env or environment(),
        preexec_fn=before,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        out, err = child.communicate(timeout=timeout)
        code = child.returncode
    except subprocess.TimeoutExpired:
        child.kill()
        out, err = child.communicate()
        code = HUNG
    return Result(code, out, err.decode(errors="replace"), time.monotonic() - began)


def train(*options):
    """Arguments of the toy run."""
    return ["--config", "toy.json", "--out", "run", "--quiet", *options]


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def manifest(folder):
    """{relative path: SHA-256} of all regular files; the target of links."""
    folder = pathlib.Path(folder)
    return {
        str(p.relative_to(folder)): os.readlink(p) if p.is_symlink() else digest(p)
        for p in sorted(folder.rglob("*"))
        if p.is_symlink() or p.is_file()
    }


def checkpoints(run_folder):
    """The numbered checkpoints, oldest first."""
    return sorted((pathlib.Path(run_folder) / "checkpoints").glob("ckpt-*.safetensors"))


def pictures(run_folder):
    return sorted((pathlib.Path(run_folder) / "samples").glob("epoch-*.png"))


def temporaries(folder):
    """Temporary files, as a killed process leaves."""
    return sorted(pathlib.Path(folder).rglob(".tmp-*"))


def rows(run_folder):
    """The rows of metrics.jsonl without columns that depend on the clock."""
    path = pathlib.Path(run_folder) / "metrics.jsonl"
    found = [json.loads(line) for line in path.read_text().splitlines()]
    return [{k: v for k, v in row.items() if k not in CLOCK} for row in found]


def differences(one, other):
    """Returns differences between two finished runs: last checkpoint, last picture, rows, confusion matrices."""
    found = []
    for what, files in (("checkpoint", checkpoints), ("picture", pictures)):
        a, b = files(one)[-1:], files(other)[-1:]
        if not a or not b or a[0].name != b[0].name or digest(a[0]) != digest(b[0]):
            found.append(f"last {what}: {a} {b}")
    if rows(one) != rows(other):
        found.append("rows of metrics.jsonl")
    a, b = (pathlib.Path(run) / "confusion.jsonl" for run in (one, other))
    if a.exists() != b.exists() or a.exists() and digest(a) != digest(b):
        found.append("confusion.jsonl")
    return found


def read_checkpoint(path):
    """(metadata, {name: description} of the tensors, bytes of data) of a safetensors file."""
    whole = pathlib.Path(path).read_bytes()
    length = int.from_bytes(whole[:8], "little")
    header = json.loads(whole[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    return metadata, header, whole[8 + length :]


def state(path):
    """A hash of a checkpoint without its config, which may differ in options that do not affect results."""
    metadata, tensors, data = read_checkpoint(path)
    for key in ("gantrain.config", "header_crc32"):
        metadata.pop(key, None)
    return hashlib.sha256(json.dumps([metadata, tensors]).encode() + data).hexdigest()


def states(run_folder):
    """{name: state} of the numbered checkpoints."""
    return {path.name: state(path) for path in checkpoints(run_folder)}


def unknown_states(run_folder, known):
    """Returns errors for checkpoints that differ from those of an undisturbed run, {name: state} `known`."""
    wrong = []
    for path in checkpoints(run_folder):
        try:
            if known.get(path.name) != state(path):
                wrong.append(f"{path.name}: differs from the uninterrupted run")
        except ValueError as error:
            wrong.append(f"{path.name}: damaged: {error}")
    return wrong


def error_lines(err):
    """The lines of error in the expected format."""
    return [l for l in err.splitlines() if re.match(r"gantrain: error: ", l)]
