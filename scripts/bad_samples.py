#!/usr/bin/env python3
"""Writes samples with known defects as IDX files with labels, to test the metrics.

    scripts/bad_samples.py OUT [--data data/mnist] [--count 10000] [--evaluate build/gantrain]

Made from training images, except the first:

    test          the test images themselves     noise         uniform grey values
    train         copies                         one           one image, repeated
    half          classes 0 to 4 only            ten           ten images, one per class
    blurred       3 x 3 box filter, twice        shifted       up to 4 pixels in both directions

With --evaluate it prints a table of `gantrain evaluate` for each set. Plain Python.
"""

import argparse
import gzip
import json
import pathlib
import random
import struct
import subprocess

SHOWN = ("score", "fcd", "kid", "precision", "recall", "density", "coverage", "class_kl", "classes",
         "nearest_ratio", "copying", "copies", "parzen", "label_agreement")


def read_idx(path):
    path = path if path.exists() else path.with_name(path.name + ".gz")
    data = (gzip.open if path.suffix == ".gz" else open)(path, "rb").read()
    extents = struct.unpack_from(">%dI" % data[3], data, 4)
    return extents, data[4 + 4 * data[3]:]


class Images:
    """Images of a split, one bytes object each, and their labels."""

    def __init__(self, folder, prefix):
        (n, self.h, self.w), data = read_idx(folder / (prefix + "-images-idx3-ubyte"))
        size = self.h * self.w
        self.at = [data[i * size:(i + 1) * size] for i in range(n)]
        self.label = read_idx(folder / (prefix + "-labels-idx1-ubyte"))[1]


def box(image, h, w):
    """The mean of 3 x 3 pixels, 0 outside the image, first by rows, then by columns."""
    rows = [0] * (h * w)
    for y in range(h):
        line = (0, *image[y * w:(y + 1) * w], 0)
        rows[y * w:(y + 1) * w] = [line[x] + line[x + 1] + line[x + 2] for x in range(w)]
    pad = [0] * w
    rows = pad + rows + pad
    return bytes((rows[i] + rows[i + w] + rows[i + 2 * w]) // 9 for i in range(h * w))


def shift(image, h, w, dx, dy):
    out = bytearray(h * w)
    for y in range(max(0, dy), min(h, h + dy)):
        line = image[(y - dy) * w:(y - dy + 1) * w]
        out[y * w:(y + 1) * w] = (bytes(dx) + line)[:w] if dx > 0 else line[-dx:] + bytes(-dx)
    return bytes(out)


def make(test, train, n):
    """name -> [(image, label)] of n samples each"""
    rng = random.Random(1)
    h, w = train.h, train.w
    real, new = (list(zip(s.at, s.label)) for s in (train, test))
    some = [real[i % len(real)] for i in range(n)]
    half = [r for r in real if r[1] < 5]
    ten = [next(r for r in real if r[1] == c) for c in range(10)]
    return {
        "test": [new[i % len(new)] for i in range(n)],
        "train": some,
        "half": [half[i % len(half)] for i in range(n)],
        "blurred": [(box(box(i, h, w), h, w), k) for i, k in some],
        "shifted": [(shift(i, h, w, rng.randint(-4, 4), rng.randint(-4, 4)), k) for i, k in some],
        "ten": [ten[i % 10] for i in range(n)],
        "one": [real[0]] * n,
        "noise": [(rng.randbytes(h * w), rng.randrange(10)) for _ in range(n)],
    }


def evaluate(a, name):
    """Values of the metrics of a set, as text."""
    command = [a.evaluate, "evaluate", "--samples", a.out / (name + ".idx"), "--labels",
               a.out / (name + "-labels.idx"), "--data", a.data, "--json", "--metrics",
               ",".join(SHOWN)]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    found = json.loads(out)["samples"][0]["metrics"]
    return ["%.4g" % found[m]["value"] for m in SHOWN]


def table(a, names):
    rows = [("", *SHOWN)] + [(name, *evaluate(a, name)) for name in names]
    for row in rows:
        print("  ".join("%-*s" % (max(9, len(SHOWN[i - 1]) if i else 0), cell)
                        for i, cell in enumerate(row)).rstrip())


def main():
    parser = argparse.ArgumentParser(description="write samples with known defects")
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path("data/mnist"))
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--evaluate", metavar="GANTRAIN", help="print a table of its metrics")
    a = parser.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    test, train = Images(a.data, "t10k"), Images(a.data, "train")
    sets = make(test, train, a.count)
    for name, samples in sets.items():
        head = struct.pack(">4B3I", 0, 0, 8, 3, len(samples), test.h, test.w)
        (a.out / (name + ".idx")).write_bytes(head + b"".join(s[0] for s in samples))
        head = struct.pack(">4BI", 0, 0, 8, 1, len(samples))
        (a.out / (name + "-labels.idx")).write_bytes(head + bytes(s[1] for s in samples))
    if a.evaluate:
        table(a, sets)


if __name__ == "__main__":
    main()
