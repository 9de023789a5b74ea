#!/usr/bin/env python3
"""A small data set for tests: MNIST's four IDX files, drawn by rule, the same every time.

    make_data.py DIR [--side 28] [--count 256] [--test-count 64] [--channels 1] [--gz]

Class k is a stroke through the middle, turned by k * 18 degrees, with a blob at one end. Place, width
and brightness vary from image to image.
"""

import argparse
import gzip
import math
import pathlib
import random
import struct

CLASSES = 10


def idx(extents, data):
    """The bytes of an IDX file of unsigned bytes."""
    return struct.pack(f">HBB{len(extents)}I", 0, 8, len(extents), *extents) + bytes(data)


def draw(rng, label, side):
    """One image of a class, side * side bytes."""
    angle = math.pi * label / CLASSES + 0.1 * (rng.random() - 0.5)
    dx, dy = math.cos(angle), math.sin(angle)
    x0, y0 = (0.08 * (rng.random() - 0.5) for _ in range(2))
    width = 0.1 + 0.05 * rng.random()
    light = 200 + 55 * rng.random()
    blob_x, blob_y = x0 + 0.6 * dx, y0 + 0.6 * dy
    pixels = []
    for row in range(side):
        for column in range(side):
            x, y = (2 * (c + 0.5) / side - 1 for c in (column, row))
            along = (x - x0) * dx + (y - y0) * dy
            across = abs((y - y0) * dx - (x - x0) * dy)
            past = max(0, abs(along) - 0.6)
            stroke = math.exp(-((across**2 + past**2) / width**2))
            blob = math.exp(-(((x - blob_x) ** 2 + (y - blob_y) ** 2) / (2 * width**2)))
            pixels.append(int(light * max(stroke, blob)))
    return pixels


def write(folder, prefix, count, side, channels, zipped):
    rng = random.Random(prefix)
    labels = [i % CLASSES for i in range(count)]
    images = bytearray()
    for label in labels:
        images += bytes(draw(rng, label, side) * channels)
    extents = [count] + ([channels] if channels > 1 else []) + [side, side]
    for name, data in (
        (f"{prefix}-images-idx3-ubyte", idx(extents, images)),
        (f"{prefix}-labels-idx1-ubyte", idx([count], labels)),
    ):
        if zipped:
            (folder / f"{name}.gz").write_bytes(gzip.compress(data, mtime=0))
        else:
            (folder / name).write_bytes(data)


def main():
    parser = argparse.ArgumentParser(description="write a small IDX data set")
    parser.add_argument("dir", type=pathlib.Path)
    parser.add_argument("--side", type=int, default=28, help="pixels along one side")
    parser.add_argument("--count", type=int, default=256, help="training images")
    parser.add_argument("--test-count", type=int, default=64, help="test images")
    parser.add_argument("--channels", type=int, default=1)
    parser.add_argument("--gz", action="store_true", help="write .gz files")
    a = parser.parse_args()
    a.dir.mkdir(parents=True, exist_ok=True)
    write(a.dir, "train", a.count, a.side, a.channels, a.gz)
    write(a.dir, "t10k", a.test_count, a.side, a.channels, a.gz)


if __name__ == "__main__":
    main()
