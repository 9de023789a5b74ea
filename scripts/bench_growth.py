#!/usr/bin/env python3
"""Cost of a training step as a function of width, batch size, depth and threads.

    bench_growth.py [--gantrain build/gantrain] [--data data/mnist] [--seconds 3]

Every row is a GAN of dense layers with leaky ReLU, 100 latents and 784 pixels, timed by `gantrain
bench`; memory is the peak of a short training of the same config minus the size of the images. Prints
a Markdown table.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

WIDTHS = [128, 256, 512, 1024, 2048]
BATCHES = [32, 64, 128, 256, 512, 1024]
DEPTHS = [2, 3, 4, 6, 8]


def layers(width, depth, last):
    inside = {"kind": "dense", "units": width, "activation": "leaky_relu"}
    return [inside] * (depth - 1) + [last]


def config(data, width, batch, depth):
    return {
        "name": "growth",
        "data": {"kind": "idx", "dir": data},
        "generator": {"latent": 100,
                      "layers": layers(width, depth, {"kind": "dense", "activation": "tanh"})},
        "discriminator": {"layers": layers(width, depth, {"kind": "dense", "units": 1})},
        "train": {"steps": 5, "batch_size": batch},
        "checkpoint": {"every_steps": 1000},
    }


def bench(a, path, threads):
    out = subprocess.run([a.gantrain, "bench", "--config", path, "--threads", str(threads),
                          "--seconds", str(a.seconds), "--json"], check=True,
                         stdout=subprocess.PIPE, text=True).stdout
    return json.loads(out)


def peak_mib(a, path, folder):
    run = subprocess.Popen([a.gantrain, "--config", path, "--quiet", "--overwrite", "--out",
                            os.path.join(folder, "run")], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(run.pid, 0)
    if status != 0:
        sys.exit("bench_growth: training %s failed" % path)
    return usage.ru_maxrss / 1024


def row(a, folder, width, batch, depth, images_mib):
    path = os.path.join(folder, "growth.json")
    with open(path, "w") as f:
        json.dump(config(os.path.abspath(a.data), width, batch, depth), f)
    cells = [str(width), str(batch), str(depth)]
    results = [bench(a, path, threads) for threads in sorted({1, len(os.sched_getaffinity(0))})]
    cells.append("%.2f" % (results[0]["flops_per_step"] / batch * 1e-6))
    for b in results:
        cells += ["%.1f" % (1e6 / b["examples_per_s"]), "%.0f" % b["gflops"],
                  "%.2f" % b["utilization"]]
    cells.append("%.0f" % (peak_mib(a, path, folder) - images_mib))
    print("| " + " | ".join(cells) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--gantrain", default="build/gantrain", help="the program")
    parser.add_argument("--data", default="data/mnist", help="folder of IDX files")
    parser.add_argument("--seconds", type=int, default=3, help="of every measurement")
    a = parser.parse_args()

    images = os.path.getsize(os.path.join(a.data, "train-images-idx3-ubyte")) / 2**20
    per_thread = "µs per example | GFLOP/s | utilization"
    head = ["width", "batch", "layers", "MFLOP per example"] + [
        "%d thread%s: %s" % (n, "s" if n > 1 else "", per_thread)
        for n in sorted({1, len(os.sched_getaffinity(0))})] + ["MiB"]
    text = "| " + " | ".join(head) + " |"
    print(text)
    print("|" + "---|" * (text.count("|") - 1))
    shapes = [(w, 128, 3) for w in WIDTHS] + [(512, b, 3) for b in BATCHES if b != 128] + [
        (512, 128, d) for d in DEPTHS if d != 3]
    with tempfile.TemporaryDirectory() as folder:
        for width, batch, depth in shapes:
            row(a, folder, width, batch, depth, images)


if __name__ == "__main__":
    main()
