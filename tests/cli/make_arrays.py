#!/usr/bin/env python3
"""The images and labels of an IDX folder (make_data.py) in other forms.

    make_arrays.py DIR OUT [--type f4] [--divide 255] [--layout hwc] [--big] [--fortran] [--packed]

OUT is a folder for IDX files, FILE.npy for the training images (labels to FILE-labels.npy), FILE.npz for
all four arrays, or a folder NAME.cifar for CIFAR-10's binary version. Types are NumPy's; those of labels
are i8 but for IDX (i4).
"""

import argparse
import pathlib
import struct
import zipfile

IDX_CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}
LETTERS = {"u1": "B", "b1": "B", "i1": "b", "u2": "H", "i2": "h", "i4": "i", "i8": "q", "f2": "e", "f4": "f", "f8": "d"}


class Array:
    """Values in C order."""

    def __init__(self, extents, values):
        self.extents, self.values = list(extents), list(values)

    def divided(self, by):
        return self if by == 1 else Array(self.extents, (x / by for x in self.values))

    def moved(self, order):
        """numpy.transpose."""
        steps = [1] * len(self.extents)
        for i in range(len(steps) - 1, 0, -1):
            steps[i - 1] = steps[i] * self.extents[i]
        places = [0]
        for k in order:
            places = [p + i * steps[k] for p in places for i in range(self.extents[k])]
        return Array([self.extents[k] for k in order], [self.values[p] for p in places])

    def packed(self, kind, big):
        return struct.pack((">" if big else "<") + f"{len(self.values)}{LETTERS[kind]}", *self.values)


def read_idx(path):
    data = path.read_bytes()
    extents = struct.unpack(f">{data[3]}I", data[4 : 4 + 4 * data[3]])
    return Array(extents, data[4 + 4 * data[3] :])


def idx(a, kind):
    head = struct.pack(f">HBB{len(a.extents)}I", 0, IDX_CODES[kind], len(a.extents), *a.extents)
    return head + a.packed(kind, True)


def npy(a, kind, big=False, fortran=False):
    order = "|" if kind[1] == "1" else ">" if big else "<"
    shape = "".join(f"{n}, " for n in a.extents)
    text = f"{{'descr': '{order}{kind}', 'fortran_order': {fortran}, 'shape': ({shape}), }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    if fortran:
        a = a.moved(range(len(a.extents))[::-1])
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text.encode() + a.packed(kind, big)


def arranged(a, layout):
    if layout == "hwc" and len(a.extents) == 4:
        return a.moved((0, 2, 3, 1))
    return a


def write_cifar(out, images, labels):
    out.mkdir()
    for name, part in (("data_batch_1.bin", "train"), ("test_batch.bin", "t10k")):
        size = len(images[part].values) // len(labels[part].values)
        data = bytes(images[part].values)
        rows = (bytes([label]) + data[i * size : (i + 1) * size] for i, label in enumerate(labels[part].values))
        (out / name).write_bytes(b"".join(rows))


def write(a, images, labels):
    if a.out.suffix == ".cifar":
        write_cifar(a.out, images, labels)
        return
    images = {part: arranged(x, a.layout).divided(a.divide) for part, x in images.items()}
    if a.out.suffix == ".npy":
        a.out.write_bytes(npy(images["train"], a.type, a.big, a.fortran))
        a.out.with_name(a.out.stem + "-labels.npy").write_bytes(npy(labels["train"], "i8", a.big))
    elif a.out.suffix == ".npz":
        with zipfile.ZipFile(a.out, "w", zipfile.ZIP_DEFLATED if a.packed else zipfile.ZIP_STORED) as z:
            for name, part in (("train", "train"), ("test", "t10k")):
                z.writestr(f"x_{name}.npy", npy(images[part], a.type, a.big, a.fortran))
                z.writestr(f"y_{name}.npy", npy(labels[part], "i8"))
    else:
        a.out.mkdir()
        for part in images:
            (a.out / f"{part}-images-idx3-ubyte").write_bytes(idx(images[part], a.type))
            (a.out / f"{part}-labels-idx1-ubyte").write_bytes(idx(labels[part], "i4"))


def main():
    parser = argparse.ArgumentParser(description="write an IDX data set in other forms")
    parser.add_argument("dir", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--type", default="u1", choices=LETTERS)
    parser.add_argument("--divide", type=float, default=1, help="values are divided by it")
    parser.add_argument("--layout", default="chw", choices=("chw", "hwc"))
    parser.add_argument("--big", action="store_true", help="big-endian NPY")
    parser.add_argument("--fortran", action="store_true", help="NPY in Fortran order")
    parser.add_argument("--packed", action="store_true", help="NPZ compressed")
    a = parser.parse_args()
    parts = ("train", "t10k")
    images = {part: read_idx(a.dir / f"{part}-images-idx3-ubyte") for part in parts}
    labels = {part: read_idx(a.dir / f"{part}-labels-idx1-ubyte") for part in parts}
    write(a, images, labels)


if __name__ == "__main__":
    main()
