#!/usr/bin/python3
"""Generate images from a gantrain checkpoint in PyTorch and compare them with gantrain's.

    check_pytorch.py CHECKPOINT [--gantrain build/gantrain] [--count 64]

The nets are built from the config inside the checkpoint (torch.nn.utils.spectral_norm, weight_norm
included: the arrays have their names), the weights loaded with strict names and shapes; gantrain draws the
latents. Exits 1 if a pixel differs by more than one grey level: sums in different order may round it differently.
Needs Debian's python3-torch.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch

sys.dont_write_bytecode = True
from torch_layers import reference_latents  # noqa: E402
from torch_nets import build_net, read_tensors  # noqa: E402

MAX_DIFFERENCE = 1  # grey levels


def load_generator(path):
    """The net that generates samples, its reference batch if it needs one, and its values of black
    and white."""
    tensors, metadata = read_tensors(path)
    config = json.loads(metadata["gantrain.config"])
    player = "generator_ema" if config["generator"]["ema"] > 0 else "generator"
    c, h, w = map(int, metadata["gantrain.shape"].split("x"))
    net = build_net(config["generator"]["layers"], config["generator"]["latent"], (c, h, w))
    weights = {name[len(player) + 1:]: torch.tensor(a) for name, a in tensors.items()
               if name.startswith(player + ".")}
    net.to(next(iter(weights.values())).dtype).load_state_dict(weights, strict=True)
    reference = reference_latents(net, config, np.float32)
    return player, net.eval(), reference, {"signed": (-1, 1), "unit": (0, 1)}[config["data"]["range"]]


def sample(gantrain, checkpoint, count):
    """gantrain's latents [N, Z] and grey levels [N, X]."""
    with tempfile.TemporaryDirectory() as folder:
        z, images = os.path.join(folder, "z.npy"), os.path.join(folder, "images.idx")
        subprocess.run([gantrain, "sample", "--checkpoint", checkpoint, "--count", str(count),
                        "--latents-out", z, "--out", images], check=True, stdout=subprocess.DEVNULL)
        data = open(images, "rb").read()
        return np.load(z), np.frombuffer(data[4 + 4 * data[3]:], np.uint8).reshape(count, -1)


def generate(net, reference, z, low, high):
    z, real = torch.tensor(z), next(net.parameters()).dtype
    with torch.no_grad():
        x = net(torch.cat([z, reference]).to(real))[:len(z)].double().numpy()
    return np.floor(np.clip((x - low) * 255 / (high - low), 0, 255) + 0.5).astype(np.uint8)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("checkpoint")
    parser.add_argument("--gantrain", default="build/gantrain", help="the program")
    parser.add_argument("--count", type=int, default=64, help="images")
    a = parser.parse_args()

    player, net, reference, (low, high) = load_generator(a.checkpoint)
    z, ours = sample(a.gantrain, a.checkpoint, a.count)
    theirs = generate(net, reference, z, low, high)
    if theirs.shape != ours.shape:
        sys.exit("PyTorch generates %s values, gantrain %s" % (theirs.shape, ours.shape))
    apart = np.abs(ours.astype(int) - theirs.astype(int))
    print("%s, %d images of %d values: at most %d grey levels apart, %.4f%% of the values differ"
          % (player, *ours.shape, apart.max(), 100 * (apart > 0).mean()))
    sys.exit(1 if apart.max() > MAX_DIFFERENCE else 0)


if __name__ == "__main__":
    main()
