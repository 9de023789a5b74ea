#!/usr/bin/python3
"""Compares the speed of gantrain and PyTorch: the same nets, batch, optimizer and images.

    bench_peers.py [--config configs/article.json] [--gantrain build/gantrain] [--rounds 5]

Two PyTorch loops are timed: `tutorial`, as in most tutorials (separate real and fake passes, gradients
for all parameters), and `tuned` (one pass over real and fake, the fakes reused, the discriminator frozen
in the generator's step, foreach Adam). PyTorch has its own threads and those of OpenBLAS: it runs with 1
thread, with all in OpenBLAS only, and with all in both; gantrain runs with 1 and with all. The runs
alternate, so that load on the machine affects all alike; prints medians and the ratios of the best.
Supports dense layers and activations, adam, no penalty. Needs Debian's python3-torch.
"""

import argparse
import ctypes
import json
import os
import statistics
import subprocess
import sys
import time

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits as bce

sys.dont_write_bytecode = True
from torch_nets import build_net  # noqa: E402

SECONDS = 2  # per measurement
openblas = ctypes.CDLL("libopenblas.so.0")  # the instance that torch has loaded


def resolved(gantrain, config):
    text = subprocess.run([gantrain, "--config", config, "--dry-run", "--quiet"], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    return json.loads(text)


def read_images(folder):
    path = os.path.join(folder, "train-images-idx3-ubyte")
    data = np.fromfile(path, np.uint8)
    return torch.tensor(data[16:].reshape(-1, 784))


class Peer:
    def __init__(self, c, images, tuned):
        if c["penalty"] != "none":
            sys.exit("bench_peers: configs with a penalty are not supported")
        self.images, self.tuned = images, tuned
        self.B, self.Z = c["train"]["batch_size"], c["generator"]["latent"]
        self.G = build_net(c["generator"]["layers"], self.Z, 784)
        self.D = build_net(c["discriminator"]["layers"], 784, 784)
        self.opt_g, self.opt_d = (self.adam(net, c["optimizer"][player], tuned) for net, player in
                                  ((self.G, "generator"), (self.D, "discriminator")))
        self.one, self.zero = torch.ones(self.B, 1), torch.zeros(self.B, 1)
        self.order, self.at = torch.randperm(len(images)), 0

    @staticmethod
    def adam(net, o, foreach):
        return torch.optim.Adam(net.parameters(), lr=o["lr"], betas=(o["beta1"], o["beta2"]),
                                eps=o["epsilon"], foreach=foreach)

    def real(self):
        if self.at + self.B > len(self.images):
            self.order, self.at = torch.randperm(len(self.images)), 0
        x = self.images[self.order[self.at:self.at + self.B]].float().mul_(2 / 255).sub_(1)
        self.at += self.B
        return x

    def step(self):
        x, z = self.real(), torch.randn(self.B, self.Z)
        if self.tuned:
            self.tuned_step(x, z)
        else:
            self.tutorial_step(x, z)

    def tutorial_step(self, x, z):
        self.opt_d.zero_grad()
        loss = bce(self.D(x), self.one) + bce(self.D(self.G(z).detach()), self.zero)
        loss.backward()
        self.opt_d.step()
        self.opt_g.zero_grad()
        bce(self.D(self.G(z)), self.one).backward()
        self.opt_g.step()

    def tuned_step(self, x, z):
        fake = self.G(z)
        logits = self.D(torch.cat([x, fake.detach()]))
        self.opt_d.zero_grad(set_to_none=True)
        (bce(logits[:self.B], self.one) + bce(logits[self.B:], self.zero)).backward()
        self.opt_d.step()
        for p in self.D.parameters():
            p.requires_grad_(False)
        self.opt_g.zero_grad(set_to_none=True)
        bce(self.D(fake), self.one).backward()
        self.opt_g.step()
        for p in self.D.parameters():
            p.requires_grad_(True)

    def rate(self, threads, blas_threads):
        torch.set_num_threads(threads)
        openblas.openblas_set_num_threads(blas_threads)
        for _ in range(5):
            self.step()
        began, n = time.perf_counter(), 0
        while time.perf_counter() - began < SECONDS:
            self.step()
            n += 1
        return n / (time.perf_counter() - began)


def gantrain_rate(a, threads):
    out = subprocess.run([a.gantrain, "bench", "--config", a.config, "--threads", str(threads),
                          "--seconds", str(SECONDS), "--json"], check=True,
                         stdout=subprocess.PIPE, text=True).stdout
    return json.loads(out)["steps_per_s"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--config", default="configs/article.json")
    parser.add_argument("--gantrain", default="build/gantrain", help="the program")
    parser.add_argument("--rounds", type=int, default=5)
    a = parser.parse_args()

    c = resolved(a.gantrain, a.config)
    images = read_images(c["data"]["dir"])
    peers = {name: Peer(c, images, name == "tuned") for name in ("tutorial", "tuned")}
    cores = len(os.sched_getaffinity(0))
    rates = {}
    for _ in range(a.rounds):
        for threads in sorted({1, cores}):
            rates.setdefault(("gantrain", "%d" % threads), []).append(gantrain_rate(a, threads))
        for threads, blas in sorted({(1, 1), (1, cores), (cores, cores)}):
            for name, peer in peers.items():
                label = "%d" % threads if threads == blas else "%d, OpenBLAS %d" % (threads, blas)
                rates.setdefault((name, label), []).append(peer.rate(threads, blas))
    print("%s, PyTorch %s, %d rounds; steps/s: median (slowest to fastest)"
          % (c["name"], torch.__version__, a.rounds))
    best = {}
    for (name, threads), r in sorted(rates.items()):
        m = statistics.median(r)
        best[name] = max(best.get(name, 0), m)
        print("  %-10s threads %-13s %7.1f  (%.1f to %.1f)" % (name, threads, m, min(r), max(r)))
    for name in peers:
        print("gantrain / %s, best of each: %.2f" % (name, best["gantrain"] / best[name]))


if __name__ == "__main__":
    main()
