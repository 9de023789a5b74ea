#!/usr/bin/python3
"""Compare `gantrain evaluate` with numpy and scipy on the same images and features.

    scripts/check_metrics.py [--data data/mnist] [--gantrain build/gantrain] [--count 10000]
                             (--checkpoint FILE | --samples FILE.idx [--labels FILE.idx])

The program writes the classifier's features and probabilities of the samples and of the test images; from
these and the images metric_reference.py computes the metrics in double. Fails if a relative difference
exceeds 1e-4. Needs python3-numpy and python3-scipy; takes about five minutes with 10,000 images of MNIST.
"""

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile

import numpy as np

sys.dont_write_bytecode = True
import metric_reference as reference  # noqa: E402
from philox import METRIC, permutation  # noqa: E402

TOLERANCE = 1e-4
STAND_IN = 3  # sub-stream, eval/metric.h


def read_idx(path):
    if not os.path.exists(path):
        path += ".gz"
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        data = file.read()
    extents = np.frombuffer(data, ">u4", data[3], 4)
    return np.frombuffer(data, np.uint8, -1, 4 + 4 * data[3]).reshape(extents)


class Program:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder

    def evaluate(self, source, name, more=()):
        """Returns the JSON, and features and probabilities in double."""
        files = [os.path.join(self.folder, "%s-%s.npy" % (name, kind))
                 for kind in ("features", "probabilities")]
        command = [self.options.gantrain, "evaluate", *source, *more, "--json", "--data",
                   self.options.data, "--features-out", files[0], "--probabilities-out", files[1]]
        out = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
        return json.loads(out), *(np.load(f).astype(np.float64) for f in files)


def images_of(o, source, found, folder):
    """The evaluated samples, as bytes."""
    if o.samples:
        return read_idx(o.samples)[:found["samples"][0]["n"]]
    path = os.path.join(folder, "samples.idx")
    subprocess.run([o.gantrain, "sample", *source, "--count", str(o.count), "--out", path],
                   check=True, stdout=subprocess.DEVNULL)
    return read_idx(path)


def expected(o, found, fake, real, images, labels):
    """The metrics by numpy and scipy; fake and real: (features, probabilities)."""
    test = read_idx(os.path.join(o.data, "t10k-images-idx3-ubyte"))
    train = read_idx(os.path.join(o.data, "train-images-idx3-ubyte"))
    test_labels = read_idx(os.path.join(o.data, "t10k-labels-idx1-ubyte"))[:len(real[0])]
    seed = found["seed"]
    train = train[permutation(seed, 0, len(train), METRIC, STAND_IN)]
    test = test[:len(real[0])]
    pixels = [a.reshape(len(a), -1) / 255 for a in (images, test, train)]
    pictures = [a.reshape(len(a), -1, *a.shape[-2:]) / 255 for a in (images, test)]
    return {**reference.of_features(fake[0], real[0], seed),
            **reference.of_probabilities(fake[1], labels, test_labels, seed),
            **reference.of_pixels(*pixels), **reference.of_images(*pictures, seed)}


def main():
    parser = argparse.ArgumentParser(description="compare gantrain evaluate with numpy and scipy")
    parser.add_argument("--gantrain", default="build/gantrain")
    parser.add_argument("--data", default="data/mnist")
    parser.add_argument("--count", type=int, default=10000)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--checkpoint")
    source.add_argument("--samples")
    parser.add_argument("--labels")
    o = parser.parse_args()
    samples = ["--checkpoint", o.checkpoint] if o.checkpoint else ["--samples", o.samples]
    labels = ["--labels", o.labels] if o.labels else []
    test = os.path.join(o.data, "t10k-images-idx3-ubyte")
    test += "" if os.path.exists(test) else ".gz"
    worst = 0
    with tempfile.TemporaryDirectory() as folder:
        program = Program(o, folder)
        found, *fake = program.evaluate(samples, "fake", ["--count", str(o.count), *labels])
        n = str(found["test_n"])
        _, *real = program.evaluate(["--samples", test], "real", ["--count", n, "--metrics", "fcd"])
        images = images_of(o, samples, found, folder)
        given = read_idx(o.labels)[:len(images)] if o.labels else None
        theirs = expected(o, found, fake, real, images, given)
    for name, ours in found["samples"][0]["metrics"].items():
        if name not in theirs:
            continue
        value, error = theirs[name]
        off = abs(ours["value"] - value) / max(abs(value), 1e-12)
        worst = max(worst, off)
        print("%-16s %14.9g  scipy %14.9g  difference %.1e" % (name, ours["value"], value, off))
    print("the largest relative difference is %.1e" % worst)
    return 0 if worst <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
