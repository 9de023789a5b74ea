#!/usr/bin/env python3
"""Several ranks train one GAN: the results of one process, the same bits every time, one message, one exit code.

Failures of a rank or of MPI: check_rank_faults.py.
"""

import array
import json
import math
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import time

import toy
from ranks import LONG, Job, resume_on, has_rows, job, kill, need_mpi, train, until, args

#: the build without MPI, if it exists
ALONE = pathlib.Path(toy.ROOT) / "build-self" / "gantrain"

#: changes to toy.json for nets that together need every kind of sum over ranks
NETS = {
    "plain": {},
    "batch norm": {
        "discriminator": {
            "layers": [{"kind": "dense", "units": 24}, {"kind": "batch_norm"}, {"kind": "leaky_relu"},
                       {"kind": "dense", "units": 1}]
        }
    },
    "WGAN-GP": {"objective": {"kind": "wasserstein"}, "penalty": {"kind": "wgan_gp"}},
    "dropout": {
        "generator": {"latent": 8, "layers": [{"kind": "dense", "units": 256, "activation": "leaky_relu"},
                                              {"kind": "dense", "activation": "tanh"}]},
        "discriminator": {"layers": [{"kind": "dense", "units": 256, "activation": "leaky_relu"}, {"kind": "dropout"},
                                     {"kind": "dense", "units": 192, "activation": "leaky_relu"},
                                     {"kind": "dense", "units": 1}]},
        "penalty": {"kind": "none"},
    },
    "classes": toy.CLASSES,
    "clipped": {"optimizer": {player: {"clip_norm": 0.01} for player in ("generator", "discriminator")}},
}

#: features that compute a gradient in several passes, or not every step; with SGD, which does not scale rounding errors
SGD = {"optimizer": {player: {"kind": "sgd", "lr": 0.02} for player in ("generator", "discriminator")}}
FEATURES = {
    "classes drawn for a second update of G": {**toy.CLASSES, "generator": {**toy.CLASSES["generator"], "steps": 2}},
    "lazy penalty, accumulated": {"train": {"accumulate": 2}},
    "translate": {"discriminator": {"layers": [
        {"kind": "translate"}, {"kind": "dense", "units": 192, "activation": "leaky_relu"},
        {"kind": "dense", "units": 192, "activation": "leaky_relu"}, {"kind": "dense", "units": 1}]}},
    "clamped": {"objective": {"kind": "wasserstein"}, "penalty": {"kind": "weight_clip"}},
    "feature matching": {"objective": {"kind": "feature_matching"}},
    "more steps of D, packed": {"discriminator": {"packing": 2, "steps": 3, "layers": [
        {"kind": "dense", "units": 24, "activation": "leaky_relu"}, {"kind": "dense", "units": 1}]}},
    "historical averaging": {"optimizer": {player: {"kind": "sgd", "lr": 0.02, "historical_averaging": 0.1}
                                           for player in ("generator", "discriminator")}},
}

#: gradients of nothing but rounding errors (biases before a batch norm) must not become full steps of Adam
STEADY = [word for player in ("generator", "discriminator") for word in ("--set", f"optimizer.{player}.epsilon=1e-3")]
#: a critic without a Lipschitz constraint, which diverges
WILD = {
    "generator": {}, "discriminator": {}, "penalty": {"kind": "none"}, "objective": {"kind": "wasserstein"},
    "optimizer": {player: {"kind": "sgd", "lr": 0.1} for player in ("generator", "discriminator")},
    "train": {"batch_size": 32, "recoveries": 12, "steps": 60},
    "checkpoint": {"every_steps": 10, "keep": 5},
}
TOLERANCE = 1e-5


# ---- comparing ---------------------------------------------------------------------------------------


def tensors(path):
    _, described, data = toy.read_checkpoint(path)
    found = {}
    for name, tensor in described.items():
        begin, end = tensor["data_offsets"]
        found[name] = array.array("f", data[begin:end])
    return found


def distance(one, other, prefix):
    """|a - b| / |a| of all tensors with this prefix."""
    square = size = 0.0
    for name in one:
        if name.startswith(prefix):
            square += sum((x - y) ** 2 for x, y in zip(one[name], other[name]))
            size += sum(x * x for x in one[name])
    return math.sqrt(square / size)


def largest_distance(one, other):
    """The largest distance of both nets and of their gradients (Adam's first moments)."""
    kinds = ("generator.", "discriminator.", "optimizer.generator.exp_avg.", "optimizer.discriminator.exp_avg.")
    a, b = tensors(one), tensors(other)
    return max(distance(a, b, kind) for kind in kinds)


# ---- the checks --------------------------------------------------------------------------------------


def check_steps(workdir, everything):
    """One step with the same batch of 22 on several ranks against one process."""
    worst = 0.0
    config = json.loads(toy.CONFIG.read_text())
    for i, (name, other) in enumerate(NETS.items()):
        (workdir / "net.json").write_text(json.dumps({**config, **other}))
        options = ["--steps", "1", "--batch-size", "22", *STEADY]
        alone = train(workdir, 0, *options, out="alone", config="net.json")
        for n in (1, 2, 3, 4) if everything else (2 + i % 3,):
            found = largest_distance(alone, train(workdir, n, *options, out="ranks", config="net.json"))
            worst = max(worst, found)
            if not found < TOLERANCE:
                sys.exit(f"{name}: one step on {n} ranks is {found:.1e} away from that of one process")
    return worst


def check_features(workdir, everything):
    """Nine steps on two ranks (and three) against one process."""
    worst = 0.0
    config = json.loads(toy.CONFIG.read_text())
    for name, other in FEATURES.items():
        (workdir / "feature.json").write_text(json.dumps({**config, **SGD, **other}))
        options = ["--steps", "9", "--batch-size", "22"]
        alone = tensors(train(workdir, 0, *options, out="alone", config="feature.json"))
        for n in (2, 3) if everything else (2,):
            there = tensors(train(workdir, n, *options, out="ranks", config="feature.json"))
            found = max(distance(alone, there, kind) for kind in ("generator.", "discriminator."))
            worst = max(worst, found)
            if not found < TOLERANCE:
                sys.exit(f"{name}: nine steps on {n} ranks are {found:.1e} away from those of one process")
    return worst


def check_bits(workdir):
    """The same number of ranks gives the same bits; one rank gives those of a process without mpirun."""
    whole = train(workdir, 2, out="whole")
    if toy.digest(train(workdir, 2)) != toy.digest(whole):
        sys.exit("two ranks do not repeat their bits")
    alone = train(workdir, 0, out="alone")
    if toy.digest(train(workdir, 1)) != toy.digest(alone) or toy.differences(workdir / "alone", workdir / "run"):
        sys.exit("one rank of mpirun is not the same as no mpirun")
    if ALONE.exists():
        toy.run(args(out="self"), workdir, program=[str(ALONE)])
        if toy.differences(workdir / "alone", workdir / "self"):
            sys.exit("a build without MPI gives other bits")


def check_conditional(workdir):
    """A conditional GAN repeats its bits on the same number of ranks."""
    (workdir / "classes.json").write_text(json.dumps({**json.loads(toy.CONFIG.read_text()), **toy.CLASSES}))
    for n in (2, 3):
        first = toy.digest(train(workdir, n, config="classes.json"))
        if toy.digest(train(workdir, n, config="classes.json")) != first:
            sys.exit(f"a conditional GAN on {n} ranks does not repeat its bits")


def check_resumed(workdir):
    """A checkpoint of two ranks resumes on any number of ranks, on two with the bits of the uninterrupted run."""
    whole = toy.checkpoints(workdir / "whole")
    (workdir / "middle").mkdir()
    middle = shutil.copy(whole[-2], workdir / "middle" / whole[-2].name)
    if toy.state(train(workdir, 2, "--resume-from", middle)) != toy.state(whole[-1]):
        sys.exit("two ranks do not resume with the same bits")
    for n in (0, 3):
        far = largest_distance(whole[-1], train(workdir, n, "--resume-from", middle))
        if not far < 1e-2:
            sys.exit(f"a checkpoint of two ranks, resumed on {n}: distance {far:.1e}")


def check_refused(workdir):
    """One rank that differs: all exit with the same code and one message, which names it."""
    shutil.copytree(workdir / "data", workdir / "other")
    with open(workdir / "other" / "train-images-idx3-ubyte", "r+b") as images:
        images.seek(1000)
        images.write(b"\xff" * 64)
    same = args("--steps", "3", out="refused")
    rows = [
        (args("--steps", "4"), 10, r"rank 1 of 2: another config.*train\.steps: 4 here, 3 on rank 0"),
        (args("--steps", "3", "--seed", "8"), 10, r"rank 1 of 2: another config.*seed: 8 here, 7 on rank 0"),
        (args("--steps", "3", "--data", "other"), 10, r"rank 1 of 2: another data set.*crc32.*; there: 256"),
        (args("--steps", "3", "--data", "nowhere"), 4, r"rank 1 of 2: nowhere"),
        (args("--steps", "3", "--set", "train.nothing=1"), 2, r"rank 1 of 2: .*train\.nothing"),
        (args("--steps"), 2, r"rank 1 of 2: --steps"),
        (args("--steps", "3", "--dry-run"), 10, "the ranks do different things"),
        (["--help"], 10, "the ranks do different things"),
        (["list"], 2, "list runs in one process"),
    ]
    for other, expected, pattern in rows:
        code, out, err = job(workdir, [([], same), ([], other)])
        lines = toy.error_lines(err)
        if code != expected or len(lines) != 1 or not re.search(pattern, lines[0]) or out:
            sys.exit(f"rank 1 with {other}: exit {code}, expected {expected} and {pattern}: {err}")
        if (workdir / "refused").exists():
            sys.exit(f"rank 1 with {other}: files were written")
    code, out, err = job(workdir, (2, args("--steps", "3", "--batch-size", "1")))
    if code != 3 or len(toy.error_lines(err)) < 1 or "too few for 2 ranks" not in err:
        sys.exit(f"a batch of one on two ranks: exit {code}: {err}")
    return len(rows) + 1


def check_writers(workdir):
    """Only rank 0 reads the checkpoint, writes and prints."""
    elsewhere = workdir / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(workdir / "toy.json", elsewhere)
    shutil.copytree(workdir / "data", elsewhere / "data")
    before = toy.manifest(elsewhere)
    shutil.rmtree(workdir / "run", ignore_errors=True)
    middle = next((workdir / "middle").iterdir()).relative_to(workdir)
    same = args("--resume-from", middle)
    code, out, err = job(workdir, [([], same), (["-wdir", elsewhere], same)])
    if code != 0 or err or len(out.splitlines()) != 3 or toy.manifest(elsewhere) != before:
        sys.exit(f"another rank wrote or printed: exit {code}, {out}{err}")
    if toy.state(toy.checkpoints(workdir / "run")[-1]) != toy.state(toy.checkpoints(workdir / "whole")[-1]):
        sys.exit("data in another folder gave other bits")


def check_nonfinite(workdir):
    """If both ranks diverge they roll back together; with a broken logarithm on one rank all exit with 8."""
    config = json.loads(toy.CONFIG.read_text())
    (workdir / "wild.json").write_text(json.dumps({**config, **WILD}))
    hopeless = [f"optimizer.{player}.lr=10" for player in ("generator", "discriminator")] + ["train.recoveries=2"]
    for options, expected, times in ([], 0, None), ([w for k in hopeless for w in ("--set", k)], 8, 2):
        shutil.rmtree(workdir / "nan", ignore_errors=True)
        code, _, err = job(workdir, (2, args(*options, out="nan", config="wild.json")))
        back = err.count("rolling back from step")
        if code != expected or len(toy.error_lines(err)) != (code != 0) or back != (times or max(back, 1)):
            sys.exit(f"training that diverges: exit {code}: {err}")
    cc = shutil.which("cc")
    if not cc:
        return "one rank's NaN skipped: no C compiler"
    library = workdir / "broken.so"
    (workdir / "broken.c").write_text(
        "#include <math.h>\nstatic int calls;\n"
        "float log1pf(float x) { return ++calls > 300 ? NAN : (float)log1p((double)x); }\n")
    subprocess.run([cc, "-shared", "-fPIC", "-O1", "-o", library, workdir / "broken.c", "-lm"], check=True)
    shutil.rmtree(workdir / "nan", ignore_errors=True)
    options = args("--set", "train.recoveries=2", out="nan")
    code, _, err = job(workdir, [([], options), (["env", f"LD_PRELOAD={library}"], options)])
    if code != 8 or len(toy.error_lines(err)) != 1 or err.count("rolling back from step") != 2:
        sys.exit(f"one rank with a NaN: exit {code}: {err}")
    return "a NaN of one rank ended both"


# ---- signals and kills ---------------------------------------------------------------------------------


def check_signals(workdir, everything):
    """A signal to one rank, or to mpirun: all stop after one checkpoint with the same code. mpirun's own code is 1."""
    stop = ["--set", "checkpoint.on_usr1=stop"]
    rows = [(1, signal.SIGTERM, [], 143), (None, signal.SIGTERM, [], 1), (1, signal.SIGUSR1, stop, 75)]
    if everything:
        rows += [(0, signal.SIGINT, [], 130), (1, signal.SIGHUP, [], 129), (None, signal.SIGUSR1, stop, 75)]
    for rank, number, options, expected in rows:
        shutil.rmtree(workdir / "run", ignore_errors=True)
        sigkill = {"OMPI_MCA_odls_base_sigkill_timeout": "2"} if (rank, number) == (None, signal.SIGTERM) else {}
        running = Job(workdir, (2, args(*LONG, *options)), **sigkill)
        try:
            until(lambda: has_rows(workdir / "run"), "it trains")
            kill(running.child.pid if rank is None else running.ranks()[rank], number)
        finally:
            code, _, err = running.end()
        saved = toy.checkpoints(workdir / "run")
        if code != expected or len(saved) != 1 or err.count("stopped at step") != 1:
            sys.exit(f"{number.name} to {rank}: exit {code}, expected {expected}, {len(saved)} checkpoints: {err}")
        if toy.temporaries(workdir / "run"):
            sys.exit(f"{number.name} to {rank}: temporary files remain")
    return len(rows)


def check_kills(workdir, times):
    """A rank is killed at a random time and the job resumed: it ends with the bits of the uninterrupted run. Returns
    the number of kills until `times` of them came before the end of the run."""
    options = ["--steps", "2000", "--set", "checkpoint.every_steps=50", "--set", "checkpoint.keep=3"]
    began = time.monotonic()
    whole = toy.state(train(workdir, 2, *options, out="never"))
    seconds = time.monotonic() - began
    chance, hit, i = random.Random(1), 0, 0
    while hit < times:
        if i == 10 * times:
            sys.exit(f"of {i} kills only {hit} came before the end of the run")
        shutil.rmtree(workdir / "run", ignore_errors=True)
        running = Job(workdir, (2, args(*options, "--resume")))
        if i % 4 != 3:  # else the kill may come before the first checkpoint
            until(lambda: toy.checkpoints(workdir / "run") or running.child.poll() is not None, "a checkpoint is saved")
        time.sleep(chance.uniform(0, 0.5) * seconds)
        victims = running.ranks()
        if victims:
            kill(chance.choice(victims), signal.SIGKILL)
        code, _, err = running.end()
        if code == toy.HUNG or code == 0 and not toy.checkpoints(workdir / "run"):
            sys.exit(f"kill {i + 1}: exit {code}: {err}")
        hit, i = hit + (code != 0), i + 1
        if toy.state(resume_on(workdir, 2, *options, "--resume")) != whole:
            sys.exit(f"kill {i}: resumed, the run ends with other bits")
    return i


def main():
    a = toy.parse(__doc__)
    need_mpi()
    began = time.monotonic()
    with toy.temporary_workdir() as workdir:
        worst = max(check_steps(workdir, a.long), check_features(workdir, a.long))
        check_bits(workdir)
        check_conditional(workdir)
        check_resumed(workdir)
        refused = check_refused(workdir)
        check_writers(workdir)
        broken = check_nonfinite(workdir)
        signals = check_signals(workdir, a.long)
        times = 20 if a.long else 2
        made = check_kills(workdir, times)
    print(
        f"ranks: {len(NETS) + len(FEATURES)} nets on up to 4 ranks within {worst:.1e} of one process; "
        f"{refused} differing ranks refused; {broken}; {signals} signals; {times} of {made} kills hit a running job, "
        f"resumed with the same bits; {time.monotonic() - began:.0f} s"
    )


if __name__ == "__main__":
    main()
