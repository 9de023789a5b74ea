"""Common code of the PyTorch scripts: safetensors files, and nets built from a config.

Debian's python3-torch and python3-numpy are enough; there is no safetensors package in Debian.
"""

import json
import struct

import numpy as np
import torch

import torch_layers as own

DTYPES = {"F32": np.float32, "F64": np.float64, "I64": np.int64, "U8": np.uint8}
NAMES = {np.dtype(numpy): name for name, numpy in DTYPES.items()}
ALIGNMENT = 64  # of the data in the file


def read_tensors(path):
    """The arrays and the metadata of a safetensors file."""
    data = open(path, "rb").read()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:start])
    metadata = header.pop("__metadata__", {})
    arrays = {}
    for name, t in header.items():
        first, end = t["data_offsets"]
        values = np.frombuffer(data[start + first:start + end], DTYPES[t["dtype"]])
        arrays[name] = values.reshape(t["shape"]).copy()
    return arrays, metadata


def write_tensors(path, arrays, metadata):
    """Deterministic: the arrays are written in the given order."""
    header, used = {"__metadata__": {"format": "pt", **metadata}}, 0
    for name, a in arrays.items():
        header[name] = {"dtype": NAMES[a.dtype], "shape": list(a.shape),
                        "data_offsets": [used, used + a.nbytes]}
        used += a.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % ALIGNMENT)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for a in arrays.values():
            file.write(a.tobytes())


def kind_of(spec):
    """A spec is an object with a kind, or the kind alone."""
    return (spec, {}) if isinstance(spec, str) else (spec["kind"], spec)


def activation(spec):
    kind, options = kind_of(spec)
    return {
        "linear": torch.nn.Identity,
        "relu": torch.nn.ReLU,
        "leaky_relu": lambda: torch.nn.LeakyReLU(options.get("slope", 0.2)),
        "tanh": torch.nn.Tanh,
        "sigmoid": torch.nn.Sigmoid,
        "softplus": lambda: torch.nn.Softplus(threshold=1e9),  # exact, without its linear approximation
        "elu": lambda: torch.nn.ELU(options.get("alpha", 1)),
        "selu": torch.nn.SELU,
        "gelu": torch.nn.GELU,
        "silu": torch.nn.SiLU,
    }[kind]()


class EqualizedLinear(torch.nn.Linear):
    """Karras et al. 2017, section 4.1: the parameter has variance 1 and is scaled at run time."""

    def __init__(self, size, units, bias, gain):
        super().__init__(size, units, bias)
        self.scale = gain * (2 / size) ** 0.5
        self.weight_orig = torch.nn.Parameter(self.weight.data)
        del self.weight

    def forward(self, x):
        return torch.nn.functional.linear(x, self.scale * self.weight_orig, self.bias)


def linear(size, units, options):
    """nn.Linear with the weight parametrization of the config; the arrays have PyTorch's names."""
    bias = options.get("bias", True)
    kind, how = kind_of(options.get("weight", "none"))
    return {
        "none": lambda: torch.nn.Linear(size, units, bias),
        "spectral_norm": lambda: torch.nn.utils.spectral_norm(
            torch.nn.Linear(size, units, bias), n_power_iterations=how.get("iterations", 5)),
        "weight_norm": lambda: torch.nn.utils.weight_norm(torch.nn.Linear(size, units, bias)),
        "equalized": lambda: EqualizedLinear(size, units, bias, how.get("gain", 1)),
    }[kind]()


def layer_of(kind, o, size, data_shape):
    """A layer that is not an activation and keeps the number of values, or None."""
    return {
        "dropout": lambda: own.Dropout(o.get("rate", 0.3)),
        "gaussian_noise": lambda: own.GaussianNoise(o.get("std", 0.1), o.get("until", 0)),
        "translate": lambda: own.Translate(o.get("pixels", 3), o.get("fill", -1), data_shape),
        "batch_norm": lambda: torch.nn.BatchNorm1d(size, eps=o.get("epsilon", 1e-5),
                                                   momentum=o.get("momentum", 0.1),
                                                   affine=o.get("affine", True)),
        "layer_norm": lambda: torch.nn.LayerNorm(size, eps=o.get("epsilon", 1e-5)),
        "virtual_batch_norm": lambda: own.VirtualBatchNorm(size, o.get("epsilon", 1e-5)),
        "pixel_norm": lambda: own.PixelNorm(o.get("epsilon", 1e-8)),
        "prelu": lambda: torch.nn.PReLU(1 if o.get("shared", True) else size,
                                        init=o.get("slope", 0.25)),
    }.get(kind, lambda: None)()


def build_net(specs, size, data_shape, classes=0):
    """The layers of a config as nn.Sequential, numbered as in a checkpoint; `size` values in."""
    layers = []
    for spec in specs:
        kind, o = kind_of(spec)
        layer = layer_of(kind, o, size, data_shape)
        if kind == "dense":
            units = o.get("units", 0) or int(np.prod(data_shape))
            layers.append(linear(size, units, o))
            size = units
            if kind_of(o.get("activation", "linear"))[0] != "linear":
                layers.append(activation(o["activation"]))
        elif kind == "maxout":
            layers.append(own.Maxout(size, o.get("units", 240), o.get("pieces", 5)))
            size = o.get("units", 240)
        elif kind == "minibatch_discrimination":
            layers.append(own.MinibatchDiscrimination(size, o.get("kernels", 48), o.get("dims", 5)))
            size += o.get("kernels", 48)
        elif kind == "label":
            layers.append(own.Label(classes, o.get("units", 0)))
            size += o.get("units", 0) or classes
        elif kind == "class_scale":
            layers.append(own.ClassScale(classes, size))
        elif kind == "projection":
            layers.append(own.Projection(classes, size))
            size = 1
        elif kind == "minibatch_stddev":
            layers.append(own.MinibatchStddev(o.get("group", 4)))
            size += 1
        else:
            layers.append(layer or activation(spec))
    return torch.nn.Sequential(*layers)
