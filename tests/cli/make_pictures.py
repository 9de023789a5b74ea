#!/usr/bin/env python3
"""The training images of a folder of IDX files as PNGs, in their order.

    make_pictures.py DATA OUT [--classes] [--rgb]     OUT: a folder, or a .zip of one

--classes: a subfolder for each label. --rgb: the same grey as colour.
"""

import argparse
import io
import pathlib
import struct
import zipfile
import zlib


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width, height, depth, kind, rows, more=()):
    """A PNG from its unfiltered rows; `more` are chunks before the data."""
    packed = zlib.compress(b"".join(b"\0" + row for row in rows))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def grey(width, height, pixels, rgb=False):
    values = bytes(v for v in pixels for _ in range(3)) if rgb else bytes(pixels)
    n = width * (3 if rgb else 1)
    return png(width, height, 8, 2 if rgb else 0, [values[y * n : (y + 1) * n] for y in range(height)])


def read_idx(path):
    data = path.read_bytes()
    extents = struct.unpack_from(f">{data[3]}I", data, 4)
    return extents, data[4 + 4 * data[3] :]


def pictures(data, classes, rgb):
    """(name, file) of each image; names sort as the images are ordered, within a class."""
    (n, height, width), pixels = read_idx(data / "train-images-idx3-ubyte")
    _, labels = read_idx(data / "train-labels-idx1-ubyte")
    size = height * width
    for i in range(n):
        folder = f"{labels[i]}/" if classes else ""
        yield f"{folder}{i:05}.png", grey(width, height, pixels[i * size : (i + 1) * size], rgb)


def write_zip(path, files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(f"top/{name}", data)
    path.write_bytes(out.getvalue())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--classes", action="store_true")
    parser.add_argument("--rgb", action="store_true")
    a = parser.parse_args()
    files = pictures(a.data, a.classes, a.rgb)
    if a.out.suffix == ".zip":
        write_zip(a.out, files)
        return
    for name, data in files:
        path = a.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


if __name__ == "__main__":
    main()
