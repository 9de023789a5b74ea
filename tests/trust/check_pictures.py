#!/usr/bin/env python3
"""Folders and archives full of damaged pictures: each is named, or left out and counted; nothing crashes or hangs.

Good pictures of every type get one damage each: flipped bits, cuts, zeros, other formats, sizes of 30,000 x 30,000
pixels, odd names, links (dangling, to devices, out of the folder), pipes, folders. With skip_unreadable the run must
keep every good picture and count the others, for one thread and for three; without it must name the first one.
An archive of the same files gives the same data; a damaged archive is an error or trains. Memory is bounded.
"""

import json
import os
import pathlib
import random
import re
import shutil
import struct
import sys
import zipfile
import zlib

import toy

sys.path.insert(0, str(toy.ROOT / "tests" / "cli"))
from make_pictures import chunk, grey, png  # noqa: E402

SEEDS = toy.ROOT / "tests" / "fuzz" / "corpus" / "picture"
SHORT, LONG = 600, 10000
MEMORY = 3 << 30  # of address space: 64 Mi pixels of colour, twice, and the program
DATA_DAMAGED = 4
CONFIG = {
    "generator": {"latent": 2, "layers": [{"kind": "dense"}]},
    "discriminator": {"layers": [{"kind": "dense", "units": 1}]},
    "train": {"steps": 1, "batch_size": 2},
}


# ---- pictures -------------------------------------------------------------------------------------------


def random_png(rng):
    width, height = rng.randrange(1, 40), rng.randrange(1, 40)
    kind, depth = rng.choice([(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 4), (4, 8), (6, 8), (6, 16)])
    bits = width * depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]
    rows = [rng.randbytes((bits + 7) // 8) for _ in range(height)]
    more = [chunk(b"PLTE", rng.randbytes(48)), chunk(b"tRNS", rng.randbytes(9))] if kind == 3 else []
    return png(width, height, depth, kind, rows, more)


def good_pictures():
    jpegs = [path.read_bytes()[1:] for path in sorted(SEEDS.glob("jpeg-*"))]
    while True:
        yield lambda rng: random_png(rng)
        yield lambda rng: rng.choice(jpegs)


# ---- damages: (bytes, rng) -> bytes; `maybe`: the picture may still be readable ---------------------------


def flip(data, rng):
    out = bytearray(data)
    for _ in range(rng.randrange(1, 9)):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def zeros(data, rng):
    at = rng.randrange(len(data))
    return data[:at] + bytes(len(data) - at)


def shuffled(data, rng):
    a, b = sorted(rng.randrange(len(data)) for _ in range(2))
    return data[:a] + rng.randbytes(b - a) + data[b:]


def bomb(data, rng):
    """A valid PNG of 30,000 x 30,000 pixels, or a JPEG whose header says so."""
    if data[:2] == b"\xff\xd8":
        at = re.search(rb"\xff[\xc0-\xc2]\0", data).start()
        return data[: at + 5] + struct.pack(">HH", 30000, 30000) + data[at + 9 :]
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 30000, 30000, 8, 2, 0, 0, 0))
    return data[:8] + head + chunk(b"IDAT", zlib.compress(bytes(90001 * 20))) + chunk(b"IEND", b"")


MAYBE = [flip, zeros, shuffled]
CERTAIN = [
    lambda data, rng: data[: rng.randrange(len(data) - 12)],
    lambda data, rng: b"",
    lambda data, rng: b"GIF89a" + data,
    lambda data, rng: b"<!DOCTYPE html><title>404</title>",
    lambda data, rng: rng.randbytes(rng.randrange(200)),
    lambda data, rng: zlib.compress(data),
    bomb,
]
NAMES = [b"%05d.png", b"%05d.JPG", b"%05d\x1b[31m.jpeg", b"%05d\n.png", b"%05d\xff\xfe.png", b"%05d\xe2\x80\xae.jpg"]
NAMES += [b"%05d %%s%%n.png", b"-%05d.png", b"%05d" + b"x" * 200 + b".png"]


def place_special(path, rng, outside):
    """Something that is no file; returns whether it is readable all the same."""
    kind = rng.randrange(5)
    if kind == 0:
        os.symlink("/no/such/place", path)
    elif kind == 1:
        os.symlink(rng.choice(["/dev/zero", "/dev/null", "/dev/tty"]), path)
    elif kind == 2:
        os.mkfifo(path)
    elif kind == 3:
        os.mkdir(path)
    else:
        os.symlink(outside, path)
    return kind == 4


def make_folder(folder, count, rng, outside):
    """Returns the names of good files, and those of files that nobody can read."""
    folder.mkdir()
    good, bad = set(), set()
    for i, make in zip(range(count), good_pictures()):
        name = rng.choice(NAMES) % i
        path = os.fsencode(folder) + b"/" + name
        what = rng.random()
        if what < 0.08:
            (good if place_special(path, rng, outside) else bad).add(name)
            continue
        data = make(rng)
        if what < 0.25:
            good.add(name)
        elif what < 0.6:
            data = rng.choice(CERTAIN)(data, rng)
            bad.add(name)
        else:
            data = rng.choice(MAYBE)(data, rng)
        with open(path, "wb") as file:
            file.write(data)
    return good, bad


# ---- runs -----------------------------------------------------------------------------------------------


def gantrain(workdir, data, *options):
    limit = None if "ASAN_OPTIONS" in os.environ else toy.limits(AS=MEMORY)
    env = toy.environment(GANTRAIN_CACHE=str(workdir / "cache"))
    args = ["--config", "c.json", "--data", data, "--out", "run", "--quiet", "--overwrite", "--set", "data.size=8"]
    done = toy.run([*args, "--set", "data.channels=3", *options], workdir, timeout=300, env=env, before=limit)
    if done.crashed:
        sys.exit(f"{data} {options}: {done.code}: {done.err[-2000:]}")
    if re.search(r"[\x00-\x09\x0b-\x1f\x7f]", done.err):
        sys.exit(f"{data}: control characters in a message: {done.err[-2000:]!r}")
    return done


def outcome(workdir, data, *options):
    """(samples and checksum of the data, pictures left out)."""
    done = gantrain(workdir, data, "--set", "data.skip_unreadable=true", "--set", "data.split=0", *options)
    if done.code:
        sys.exit(f"{data}: exit {done.code}: {done.err[-2000:]}")
    facts = toy.read_checkpoint(toy.checkpoints(workdir / "run")[-1])[0]
    left_out = re.search(r"(\d+) of (\d+) pictures cannot be read and are left out", done.err)
    return facts["gantrain.data"], tuple(map(int, left_out.groups())) if left_out else None


def check_folder(workdir, name, good, bad, count):
    data, left_out = outcome(workdir, name, "--threads", "1")
    samples = int(data.split()[0])
    if not left_out or left_out[1] != count or samples + left_out[0] != count:
        sys.exit(f"{name}: {samples} samples, left out {left_out}, of {count}")
    if samples < len(good) or left_out[0] < len(bad):
        sys.exit(f"{name}: {samples} samples of {len(good)} good ones, {left_out[0]} of {len(bad)} bad ones left out")
    if outcome(workdir, name, "--threads", "3") != (data, left_out):
        sys.exit(f"{name}: three threads differ from one")
    done = gantrain(workdir, name)
    if done.code != DATA_DAMAGED or len(toy.error_lines(done.err)) != 1 or f"{name}/" not in done.err:
        sys.exit(f"{name}: exit {done.code}: {done.err}")
    return data, left_out[0]


def check_alone(workdir, folder, names, rng):
    """Each of these pictures in a folder of its own, beside a good one."""
    for name in names:
        alone = workdir / "alone"
        shutil.rmtree(alone, ignore_errors=True)
        alone.mkdir()
        (alone / "0good.png").write_bytes(grey(8, 8, range(64)))
        (alone / "1good.png").write_bytes(grey(8, 8, range(64)))
        os.rename(os.fsencode(folder) + b"/" + name, os.fsencode(alone) + b"/" + name)
        done = gantrain(workdir, "alone")
        if done.code != DATA_DAMAGED or len(toy.error_lines(done.err)) != 1 or "alone/" not in done.err:
            sys.exit(f"{name!r}: exit {done.code}: {done.err}")
        os.rename(os.fsencode(alone) + b"/" + name, os.fsencode(folder) + b"/" + name)


def make_archive(folder, path):
    """The regular files of the folder; returns those that have names for an archive."""
    with zipfile.ZipFile(path, "w") as archive:
        for i, file in enumerate(sorted(folder.iterdir(), key=os.fsencode)):
            if file.is_symlink() or not file.is_file() or not os.fsencode(file.name).isascii():
                os.remove(file) if not file.is_dir() else shutil.rmtree(file)
                continue
            archive.writestr(file.name, file.read_bytes(), zipfile.ZIP_DEFLATED if i % 2 else zipfile.ZIP_STORED)


def check_archive(workdir, folder, rounds, rng):
    path = workdir / "pictures.zip"
    make_archive(folder, path)
    if outcome(workdir, path.name) != outcome(workdir, folder.name):
        sys.exit(f"{path.name}: other data than its folder")
    whole = path.read_bytes()
    for i in range(rounds):
        damage = rng.choice([flip, zeros, shuffled, lambda data, rng: data[: rng.randrange(len(data))]])
        path.write_bytes(damage(whole, rng))
        done = gantrain(workdir, path.name, "--set", "data.skip_unreadable=true", "--set", "data.split=0")
        if done.code not in (0, DATA_DAMAGED) or (done.code and path.name not in done.err):
            sys.exit(f"a damaged archive: exit {done.code}: {done.err}")


def main():
    a = toy.parse(__doc__, count=(0, "pictures; default 600, with --long 10,000"))
    count = a.count or (LONG if a.long else SHORT)
    rng = random.Random(1)
    with toy.temporary_workdir(toy.memory()) as workdir:
        (workdir / "c.json").write_text(json.dumps(CONFIG))
        outside = workdir / "outside.png"
        outside.write_bytes(grey(9, 7, range(63)))
        folder = workdir / "pictures"
        good, bad = make_folder(folder, count, rng, outside)
        data, left_out = check_folder(workdir, folder.name, good, bad, count)
        alone = sorted(bad) if a.long else rng.sample(sorted(bad), 40)
        check_alone(workdir, folder, alone, rng)
        rounds = 300 if a.long else 12
        check_archive(workdir, folder, rounds, rng)
    print(
        f"pictures: {count:,d}, of which {left_out:,d} left out and counted, all {len(good):,d} good ones kept; "
        f"{len(alone):,d} bad ones named one by one; {rounds} damaged archives; 0 crashes, 0 hangs"
    )


if __name__ == "__main__":
    main()
