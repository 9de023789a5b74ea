#!/usr/bin/env python3
"""Every bit and every length of a checkpoint, an IDX file and a packed one: damage is seen, or does nothing.

The sweep over all damages is a C program, tests/fuzz/damage.c, which opens each damaged file with the program's
own readers. A sample of them goes through the whole program: a damaged newest checkpoint is passed over and the
run ends as if nothing had happened, a damaged file of data ends with exit code 4. The pixels of a plain IDX file
have no checksum; one that changed between two runs is seen by the checkpoint's (exit code 5).
Harmless are bits that decode to the same data, such as the time in a gzip header.
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

#: config and options; long: other nets, other tensors
MODELS = {
    "toy": ("toy.json", []),
    "spectral": ("toy.json", ["--set", "discriminator.layers[0].weight=spectral_norm", "--set", "penalty=none"]),
    "points": ("points.json", ["--set", "discriminator.packing=2"]),
}


def sweep(kind, path, everything):
    """All damages of one file; the counts."""
    words = [DAMAGE, kind, path] + (["all"] if everything else [])
    done = subprocess.run(words, capture_output=True, text=True, timeout=3600)
    if done.returncode:
        sys.exit(f"damage {kind} {pathlib.Path(path).name}: exit {done.returncode}: {done.stdout}{done.stderr[:2000]}")
    return json.loads(done.stdout)


def sweep_checkpoints(place, everything):
    counts = []
    points = json.loads(toy.CONFIG.read_text()) | {"data": {"kind": "ring"}}
    (place / "points.json").write_text(json.dumps(points))
    for name, (config, options) in MODELS.items():
        if name != "toy" and not everything:
            break
        run = toy.run(["--config", config, "--out", "run", "--quiet", "--steps", "3", "--overwrite", *options], place)
        if run.code:
            sys.exit(f"{name}: exit {run.code}: {run.err}")
        counts.append(sweep("checkpoint", toy.checkpoints(place / "run")[-1], everything))
    return {key: sum(c[key] for c in counts) for key in counts[0]}


# ---- through the whole program ------------------------------------------------------------------------


def damages(data, rng):
    """One random damage of each kind: (what, bytes)."""
    at, bit = rng.randrange(len(data)), 1 << rng.randrange(8)
    yield "a flipped bit", data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]
    yield "cut short", data[: rng.randrange(len(data))]
    yield "zeros", bytes(len(data))
    yield "zeros behind a place", data[:at] + bytes(len(data) - at)
    yield "longer", data + rng.randbytes(rng.randrange(1, 100))
    yield "twice", data + data


def check_fallback(place, reference, rounds, rng):
    """A damaged newest checkpoint: the run goes on from the one before and ends the same."""
    n = 0
    whole = toy.checkpoints(reference)[-1].read_bytes()
    for _ in range(rounds):
        for what, bad in damages(whole, rng):
            if bad == whole:
                continue
            shutil.rmtree(place / "run", ignore_errors=True)
            shutil.copytree(reference, place / "run")
            newest = toy.checkpoints(place / "run")[-1]
            newest.write_bytes(bad)
            told = toy.run(["inspect", "--checkpoint", newest], place)
            done = toy.run(toy.train("--resume"), place)
            if told.code != CHECKPOINT_REFUSED or not toy.error_lines(told.err):
                sys.exit(f"checkpoint, {what}: inspect ended with {told.code}: {told.err}")
            if done.code or "trying the checkpoint before it" not in done.err:
                sys.exit(f"checkpoint, {what}: --resume ended with {done.code}: {done.err}")
            if toy.differences(reference, place / "run"):
                sys.exit(f"checkpoint, {what}: {toy.differences(reference, place / 'run')}")
            n += 1
    return n


def check_data(place, packed, rounds, rng):
    """A damaged file of data: exit code 4, or the same run where the damage is harmless."""
    n = 0
    folder = place / "damaged"
    name = IMAGES + (".gz" if packed else "")
    shutil.rmtree(folder, ignore_errors=True)
    toy.make_data(folder, *(["--gz"] if packed else []))
    whole = (folder / name).read_bytes()
    for _ in range(rounds):
        for what, bad in damages(whole, rng):
            if bad == whole or (not packed and bad[:16] == whole[:16] and len(bad) == len(whole)):
                continue  # pixels of a plain file: check_changed
            (folder / name).write_bytes(bad)
            words = ["--config", "toy.json", "--out", "run", "--quiet", "--overwrite", "--steps", "1"]
            done = toy.run([*words, "--data", "damaged"], place)
            if done.code != DATA_DAMAGED and not (packed and what == "a flipped bit" and done.code == 0):
                sys.exit(f"{name}, {what}: ended with {done.code}: {done.err}")
            if done.code and not (toy.error_lines(done.err) and name in done.err):
                sys.exit(f"{name}, {what}: a message without the file: {done.err}")
            n += 1
    return n


def check_changed(place, reference, rounds, rng):
    """A pixel or a label that changed between two runs: exit code 5 on --resume."""
    for i in range(rounds):
        shutil.rmtree(place / "damaged", ignore_errors=True)
        shutil.copytree(place / "data", place / "damaged")
        path = place / "damaged" / IMAGES
        data = bytearray(path.read_bytes())
        data[rng.randrange(16, len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        shutil.rmtree(place / "run", ignore_errors=True)
        shutil.copytree(reference, place / "run")
        done = toy.run(toy.train("--resume", "--steps", "45", "--data", "damaged"), place)
        if done.code != CHECKPOINT_REFUSED or "other data" not in done.err:
            sys.exit(f"a changed pixel: ended with {done.code}: {done.err}")
    return rounds


def main():
    a = toy.parse(__doc__, rounds=(0, "of the sample through the program; default 2, with --long 40"))
    rounds = a.rounds or (40 if a.long else 2)
    rng = random.Random(1)
    if not DAMAGE.exists():
        toy.skip(f"{DAMAGE.name} is not built beside the tests of this build")
    with toy.temporary_place() as place:
        checkpoint = sweep_checkpoints(place, a.long)
        toy.make_data(place / "gz", "--gz")
        plain = sweep("images", place / "data" / IMAGES, a.long)
        labels = sweep("labels", place / "data" / LABELS, a.long)
        packed = sweep("images", place / "gz" / f"{IMAGES}.gz", a.long)
        toy.run([*toy.train(), "--overwrite"], place)
        reference = (place / "run").rename(place / "reference")
        through = check_fallback(place, reference, rounds, rng)
        through += check_data(place, False, rounds, rng) + check_data(place, True, rounds, rng)
        through += check_changed(place, reference, rounds, rng)
    for name, c in (("checkpoint", checkpoint), ("images", plain), ("labels", labels), ("images.gz", packed)):
        print(f"{name:10} {c}", file=sys.stderr)
    seen = sum(c["detected"] for c in (checkpoint, plain, labels, packed))
    print(
        f"damage: checkpoint {checkpoint['detected']:,d} of {checkpoint['detected']:,d} damages detected; "
        f"in all {seen:,d} detected, {packed['harmless']} harmless (gzip bits that decode to the same), "
        f"{plain['by_checksum'] + labels['by_checksum']:,d} pixels and labels left to the data's checksum, "
        f"0 missed; {through} through the program"
    )


if __name__ == "__main__":
    main()
