#!/usr/bin/env python3
"""A generator read and run with nothing but Python's standard library.

    plain_generator.py CHECKPOINT LATENTS.npy IMAGES.idx

Opens the checkpoint as the safetensors README says, computes an image for every latent by the
textbook, and compares with the images; says "N images agree" or what does not, and fails.
"""

import ast
import json
import math
import struct
import sys

ACTIVATIONS = {
    "linear": lambda a, spec: a,
    "relu": lambda a, spec: max(a, 0.0),
    "leaky_relu": lambda a, spec: a if a > 0 else spec["slope"] * a,
    "tanh": lambda a, spec: math.tanh(a),
    "sigmoid": lambda a, spec: 1 / (1 + math.exp(-a)),
    "softplus": lambda a, spec: math.log1p(math.exp(a)),
}


def read_file(path):
    with open(path, "rb") as file:
        return file.read()


def read_checkpoint(path):
    """Tensors as flat lists with their shape, and the metadata."""
    data = read_file(path)
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, t in header.items():
        assert t["dtype"] == "F32", t
        first, end = (8 + length + at for at in t["data_offsets"])
        values = struct.unpack(f"<{(end - first) // 4}f", data[first:end])
        assert len(values) == math.prod(t["shape"]), name
        tensors[name] = (t["shape"], values)
    return tensors, metadata


def read_npy(path):
    """The rows of a float32 array of version 1.0."""
    data = read_file(path)
    assert data[:8] == b"\x93NUMPY\x01\x00"
    (length,) = struct.unpack_from("<H", data, 8)
    about = ast.literal_eval(data[10 : 10 + length].decode())
    assert about["descr"] == "<f4" and not about["fortran_order"], about
    rows, cols = about["shape"]
    values = struct.unpack(f"<{rows * cols}f", data[10 + length :])
    return [values[i * cols : (i + 1) * cols] for i in range(rows)]


def read_idx(path):
    """The items of an IDX file of unsigned bytes, flat."""
    data = read_file(path)
    zero, kind, rank = struct.unpack_from(">HBB", data)
    assert (zero, kind) == (0, 8)
    extents = struct.unpack_from(f">{rank}I", data, 4)
    size = math.prod(extents[1:])
    data = data[4 + 4 * rank :]
    assert len(data) == extents[0] * size
    return [data[i * size : (i + 1) * size] for i in range(extents[0])]


def layers_of(config):
    """One (kind, spec) a layer: an activation inside a dense layer is the layer after it."""
    for spec in config["generator"]["layers"]:
        spec = {"kind": spec} if isinstance(spec, str) else spec
        yield spec["kind"], spec
        inner = spec.get("activation", "linear")
        inner = {"kind": inner} if isinstance(inner, str) else inner
        if inner["kind"] != "linear":
            yield inner["kind"], inner


def generate(config, tensors, net, x):
    for i, (kind, spec) in enumerate(layers_of(config)):
        if kind == "dense":
            (rows, cols), weight = tensors[f"{net}.{i}.weight"]
            shape, bias = tensors[f"{net}.{i}.bias"]
            assert shape == [rows] and cols == len(x)
            row = (weight[j * cols : (j + 1) * cols] for j in range(rows))
            x = [b + sum(w * v for w, v in zip(r, x)) for r, b in zip(row, bias)]
        elif kind != "dropout":  # dropout does nothing outside training
            x = [ACTIVATIONS[kind](a, spec) for a in x]
    return x


def grey(value, low, high):
    return math.floor(min(max((value - low) * 255 / (high - low), 0), 255) + 0.5)


def main():
    checkpoint, latents, images = sys.argv[1:]
    tensors, metadata = read_checkpoint(checkpoint)
    config = json.loads(metadata["gantrain.config"])
    net = "generator_ema" if config["generator"]["ema"] > 0 else "generator"
    low, high = {"signed": (-1, 1), "unit": (0, 1)}[config["data"]["range"]]
    z, ours = read_npy(latents), read_idx(images)
    assert len(z) == len(ours) > 0
    for row, image in zip(z, ours):
        mine = [grey(value, low, high) for value in generate(config, tensors, net, row)]
        assert len(mine) == len(image)
        apart = max(abs(a - b) for a, b in zip(mine, image))
        if apart > 1:  # another order of summing may round a pixel the other way
            sys.exit(f"{apart} grey levels apart")
    levels = len(set(b"".join(ours)))
    print(f"{net}: {len(z)} images agree, {levels} grey levels in use")


if __name__ == "__main__":
    main()
