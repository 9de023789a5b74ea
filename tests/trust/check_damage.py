#!/usr/bin/env python3
"""Flips every bit of checkpoints, IDX and .gz files, and truncates them: all damage is detected or harmless.

A C program, tests/fuzz/damage.c, opens every damaged file with the program's readers. A sample goes through the
whole program: a damaged newest checkpoint is skipped and the run ends with the same bytes, a damaged data file gives
exit code 4. The pixels of a plain IDX file have no checksum; a pixel that changed between two runs is detected by
the checksum in the checkpoint (exit code 5). Harmless bits decode to the same data, such as the time in a gzip header.
"""

import json
import pathlib
import random
import shutil
import subprocess
import sys

import toy

DAMAGE = pathlib.Path(toy.GANTRAIN).parent / "tests" / "fuzz" / "damage"
IMAGES = "train-images-idx3-ubyte"
LABELS = "train-labels-idx1-ubyte"
DATA_DAMAGED, CHECKPOINT_REFUSED = 4, 5

#: config and options; the long tier adds other nets
MODELS = {
    "toy": ("toy.json", []),
    "spectral": ("toy.json", ["--set", "discriminator.layers[0].weight=spectral_norm", "--set", "penalty=none"]),
    "points": ("points.json", ["--set", "discriminator.packing=2"]),
}


def sweep(kind, path, everything):
    """Runs damage.c on one file; returns its counts."""
    args = [DAMAGE, kind, path] + (["all"] if everything else [])
    done = subprocess.run(args, capture_output=True, text=True, timeout=3600)
    if done.returncode:
        sys.exit(f"damage {kind} {pathlib.Path(path).name}: exit {done.returncode}: {done.stdout}{done.stderr[:2000]}")
    return json.loads(done.stdout)


def sweep_checkpoints(workdir, everything):
    counts = []
    points = json.loads(toy.CONFIG.read_text()) | {"data": {"kind": "ring"}}
    (workdir / "points.json").write_text(json.dumps(points))
    for name, (config, options) in MODELS.items():
        if name != "toy" and not everything:
            break
        run = toy.run(["--config", config, "--out", "run", "--quiet", "--steps", "3", "--overwrite", *options], workdir)
        if run.code:
            sys.exit(f"{name}: exit {run.code}: {run.err}")
        counts.append(sweep("checkpoint", toy.checkpoints(workdir / "run")[-1], everything))
    return {key: sum(c[key] for c in counts) for key in counts[0]}


# ---- the whole program --------------------------------------------------------------------------------


def damages(data, rng):
    """Yields one random damage of each kind: (description, bytes)."""
    at, bit = rng.randrange(len(data)), 1 << rng.randrange(8)
    yield "a flipped bit", data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]
    yield "cut short", data[: rng.randrange(len(data))]
    yield "zeros", bytes(len(data))
    yield "zeros from an offset on", data[:at] + bytes(len(data) - at)
    yield "longer", data + rng.randbytes(rng.randrange(1, 100))
    yield "twice", data + data


def check_fallback(workdir, reference, rounds, rng):
    """A damaged newest checkpoint: the run resumes from the previous one and ends with the same bytes."""
    n = 0
    whole = toy.checkpoints(reference)[-1].read_bytes()
    for _ in range(rounds):
        for what, bad in damages(whole, rng):
            if bad == whole:
                continue
            shutil.rmtree(workdir / "run", ignore_errors=True)
            shutil.copytree(reference, workdir / "run")
            newest = toy.checkpoints(workdir / "run")[-1]
            newest.write_bytes(bad)
            inspected = toy.run(["inspect", "--checkpoint", newest], workdir)
            done = toy.run(toy.train("--resume"), workdir)
            if inspected.code != CHECKPOINT_REFUSED or not toy.error_lines(inspected.err):
                sys.exit(f"checkpoint, {what}: inspect exited with {inspected.code}: {inspected.err}")
            if done.code or "trying the checkpoint before it" not in done.err:
                sys.exit(f"checkpoint, {what}: --resume exited with {done.code}: {done.err}")
            if toy.differences(reference, workdir / "run"):
                sys.exit(f"checkpoint, {what}: {toy.differences(reference, workdir / 'run')}")
            n += 1
    return n


def check_data(workdir, packed, rounds, rng):
    """A damaged data file: exit code 4, or the same run if the damage is harmless."""
    n = 0
    folder = workdir / "damaged"
    name = IMAGES + (".gz" if packed else "")
    shutil.rmtree(folder, ignore_errors=True)
    toy.make_data(folder, *(["--gz"] if packed else []))
    whole = (folder / name).read_bytes()
    for _ in range(rounds):
        for what, bad in damages(whole, rng):
            if bad == whole or (not packed and bad[:16] == whole[:16] and len(bad) == len(whole)):
                continue  # pixels of a plain file: check_changed
            (folder / name).write_bytes(bad)
            args = ["--config", "toy.json", "--out", "run", "--quiet", "--overwrite", "--steps", "1"]
            done = toy.run([*args, "--data", "damaged"], workdir)
            if done.code != DATA_DAMAGED and not (packed and what == "a flipped bit" and done.code == 0):
                sys.exit(f"{name}, {what}: exited with {done.code}: {done.err}")
            if done.code and not (toy.error_lines(done.err) and name in done.err):
                sys.exit(f"{name}, {what}: no file in the message: {done.err}")
            n += 1
    return n


def check_changed(workdir, reference, rounds, rng):
    """A pixel or a label changed between two runs: exit code 5 on --resume."""
    for i in range(rounds):
        shutil.rmtree(workdir / "damaged", ignore_errors=True)
        shutil.copytree(workdir / "data", workdir / "damaged")
        path = workdir / "damaged" / IMAGES
        data = bytearray(path.read_bytes())
        data[rng.randrange(16, len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        shutil.rmtree(workdir / "run", ignore_errors=True)
        shutil.copytree(reference, workdir / "run")
        done = toy.run(toy.train("--resume", "--steps", "45", "--data", "damaged"), workdir)
        if done.code != CHECKPOINT_REFUSED or "other data" not in done.err:
            sys.exit(f"a changed pixel: exited with {done.code}: {done.err}")
    return rounds


def main():
    a = toy.parse(__doc__, rounds=(0, "repetitions of the sample; default 2, with --long 40"))
    rounds = a.rounds or (40 if a.long else 2)
    rng = random.Random(1)
    if not DAMAGE.exists():
        toy.skip(f"{DAMAGE.name} is not part of this build")
    with toy.temporary_workdir() as workdir:
        checkpoint = sweep_checkpoints(workdir, a.long)
        toy.make_data(workdir / "gz", "--gz")
        plain = sweep("images", workdir / "data" / IMAGES, a.long)
        labels = sweep("labels", workdir / "data" / LABELS, a.long)
        packed = sweep("images", workdir / "gz" / f"{IMAGES}.gz", a.long)
        toy.run([*toy.train(), "--overwrite"], workdir)
        reference = (workdir / "run").rename(workdir / "reference")
        through = check_fallback(workdir, reference, rounds, rng)
        through += check_data(workdir, False, rounds, rng) + check_data(workdir, True, rounds, rng)
        through += check_changed(workdir, reference, rounds, rng)
    for name, c in (("checkpoint", checkpoint), ("images", plain), ("labels", labels), ("images.gz", packed)):
        print(f"{name:10} {c}", file=sys.stderr)
    seen = sum(c["detected"] for c in (checkpoint, plain, labels, packed))
    print(
        f"damage: checkpoint {checkpoint['detected']:,d} of {checkpoint['detected']:,d} damages detected; "
        f"in all {seen:,d} detected, {packed['harmless']} harmless (gzip bits that decode to the same), "
        f"{plain['by_checksum'] + labels['by_checksum']:,d} pixels and labels detected by the checksum of the data, "
        f"0 missed; {through} through the program"
    )


if __name__ == "__main__":
    main()
