#!/usr/bin/python3
"""Write tests/fixtures/: what PyTorch makes of the training steps that gantrain takes.

Run by hand, with Debian's python3-torch and python3-numpy; the files are part of the repository.

PyTorch gets the same weights, images and latents as gantrain, because the random numbers are
written down here a second time, from the papers: Philox4x32-10 (Salmon et al. 2011), the addresses
of include/gantrain/base/rng.h, Box and Muller, Fisher and Yates. Everything after that is
PyTorch's: layers, losses, autograd, torch.optim.Adam. The expected values are float64; the same
steps in float32 say how far PyTorch is from itself, and a fixture on which it is not near, because
a gradient is all rounding, is refused.
"""

import json
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.dont_write_bytecode = True
from torch_nets import build_net, kind_of, write_tensors  # noqa: E402
from torch_optimizers import make_optimizers  # noqa: E402

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "fixtures")

# ---- random numbers: Philox4x32-10 at addresses (seed, purpose, sub, step, row, word) ------------

INIT, SHUFFLE, LATENT, LAYER = 1, 2, 3, 4  # purposes
GEN, BOTH, FAKE, SLOPE = 0, 1, 2, 3        # traces, for random layers
LAYERS_PER_TRACE, PARAMS_PER_LAYER = 128, 4


def philox(counter, key):
    """counter [.., 4] and key [2], uint32 held in uint64; returns the 4 words of every counter."""
    c0, c1, c2, c3 = (counter[..., i].astype(np.uint64) for i in range(4))
    k0, k1 = key
    low, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    for _ in range(10):
        p0, p1 = c0 * np.uint64(0xD2511F53), c2 * np.uint64(0xCD9E8D57)
        c0, c1, c2, c3 = (p1 >> shift ^ c1 ^ np.uint64(k0), p1 & low,
                          p0 >> shift ^ c3 ^ np.uint64(k1), p0 & low)
        k0, k1 = k0 + 0x9E3779B9 & 0xFFFFFFFF, k1 + 0xBB67AE85 & 0xFFFFFFFF
    return np.stack([c0, c1, c2, c3], -1)


def check_philox():
    """The known answers of Random123 for counters and keys of zeros and of ones."""
    for fill, want in ((0, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
                       (0xFFFFFFFF, "408f276d 41c83b0e a20bc7c6 6d5451fd")):
        got = philox(np.full(4, fill, np.uint64), (fill, fill))
        assert " ".join("%08x" % w for w in got) == want, "Philox is wrong"


def words(seed, purpose, sub, step, rows, blocks):
    """[rows, blocks, 4] random words."""
    counter = np.empty((rows, blocks, 4), np.uint64)
    counter[..., 0] = np.arange(blocks)
    counter[..., 1] = np.arange(rows)[:, None]
    counter[..., 2] = step & 0xFFFFFFFF
    counter[..., 3] = (purpose << 10 | sub) << 16 | step >> 32
    return philox(counter, (seed & 0xFFFFFFFF, seed >> 32))


def uniform(address, rows, cols, real):
    """Numbers in (0, 1) from the upper 23 bits of each word."""
    w = words(*address, rows, -(-cols // 4)).reshape(rows, -1)[:, :cols]
    return ((w >> np.uint64(9)).astype(real) + real(0.5)) * real(2.0 ** -23)


def normal(address, rows, cols, real):
    """Box and Muller 1958: of four words, 0 and 2 are radii, 1 and 3 angles."""
    u = uniform(address, rows, -(-cols // 4) * 4, real).reshape(rows, -1, 2)
    radius = np.sqrt(real(-2) * np.log(u[..., 0]))
    angle = real(2 * np.pi) * u[..., 1]
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1)
    return pairs.reshape(rows, -1)[:, :cols].astype(real)


def permutation(seed, epoch, n):
    """Fisher and Yates, from the end; draw i is floor(u * (i+1)) of a 64-bit fraction u."""
    w = words(seed, SHUFFLE, 0, epoch, 1, n)[0]
    order = list(range(n))
    for i in range(n - 1, 0, -1):
        j = (int(w[i, 1]) << 32 | int(w[i, 0])) * (i + 1) >> 64
        order[i], order[j] = order[j], order[i]
    return order


def batch_indices(seed, draw, batch, n):
    places = range(draw * batch, draw * batch + batch)
    return [permutation(seed, at // n, n)[at % n] for at in places]


# ---- one GAN, in PyTorch -------------------------------------------------------------------------

class Gan:
    """The state of a run, and the step of Goodfellow et al. 2014, Algorithm 1."""

    def __init__(self, config, images, dtype):
        self.c, self.images, self.dtype = config, images, dtype
        self.real = np.float32 if dtype == torch.float32 else np.float64
        self.seed, self.batch = config["seed"], config["train"]["batch_size"]
        self.step = self.updates = 0
        size, latent = images[0].size, config["generator"]["latent"]
        self.G = self.net("generator", latent, size, 0)
        self.D = self.net("discriminator", size, size, 1)
        self.ema = config["generator"].get("ema", 0)
        self.average = [p.detach().clone() for p in self.G.parameters()]
        self.opt_g, self.opt_d = (self.adam(net, config["optimizer"][player]) for net, player
                                  in ((self.G, "generator"), (self.D, "discriminator")))

    def net(self, player, size, data_size, number):
        """Xavier weights (Glorot and Bengio 2010, eq. 16), rounded to float32; biases zero."""
        net = build_net(self.c[player]["layers"], size, data_size).to(self.dtype)
        for i, layer in enumerate(net):
            if isinstance(layer, torch.nn.Linear):
                rows, cols = layer.weight.shape
                u = uniform((self.seed, INIT, i * PARAMS_PER_LAYER, number), rows, cols, np.float32)
                w = np.float32(np.sqrt(6 / (rows + cols))) * (2 * u - 1)
                layer.weight.data = torch.tensor(w, dtype=self.dtype)
                if layer.bias is not None:
                    layer.bias.data.zero_()
        return net

    @staticmethod
    def adam(net, o):
        return torch.optim.Adam(net.parameters(), lr=o["lr"], betas=(o["beta1"], o["beta2"]),
                                eps=o["epsilon"])

    def forward(self, net, trace, x):
        """net(x) in training; dropout masks come from the addresses of this update and trace."""
        for i, layer in enumerate(net):
            if isinstance(layer, torch.nn.Dropout):
                address = (self.seed, LAYER, trace * LAYERS_PER_TRACE + i, self.updates)
                kept = uniform(address, *x.shape, self.real) > self.real(layer.p)
                x = x * torch.tensor(kept) / (1 - layer.p)
            else:
                x = layer(x)
        return x

    def draw_real(self):
        low = self.real({"signed": -1, "unit": 0}[self.c["data"]["range"]])
        index = batch_indices(self.seed, self.updates, self.batch, len(self.images))
        rows = self.images[index].reshape(self.batch, -1).astype(self.real)
        return torch.tensor(low + self.real((1 - float(low)) / 255) * rows)

    def penalty(self, x):
        """R1, Mescheder et al. 2018, eq. 9: gamma/2 times the mean of |dD/dx|^2 at real images,
        and what it weighs: taken every n-th time, n times as much."""
        kind, o = kind_of(self.c["penalty"])
        if kind == "none" or (self.updates + 1) % o["every"]:
            return torch.zeros((), dtype=self.dtype), 0
        x = x.clone().requires_grad_()
        slope, = torch.autograd.grad(self.forward(self.D, SLOPE, x).sum(), x, create_graph=True)
        return o["gamma"] / 2 * slope.pow(2).sum(1).mean(), o["every"]

    def discriminator_turn(self, stats):
        B = self.batch
        self.x = self.draw_real()
        self.z = torch.tensor(normal((self.seed, LATENT, 0, self.updates), B,
                                     self.c["generator"]["latent"], self.real))
        fakes = self.forward(self.G, GEN, self.z)
        logits = self.forward(self.D, BOTH, torch.cat([self.x, fakes.detach()]))
        label = torch.full((B, 1), 1 - self.c["objective"]["label_smoothing"], dtype=self.dtype)
        loss = (F.binary_cross_entropy_with_logits(logits[:B], label)
                + F.binary_cross_entropy_with_logits(logits[B:], torch.zeros_like(label)))
        penalty, weight = self.penalty(self.x)
        stats["d_grad_norm"] = self.descend(self.D, self.opt_d, loss + weight * penalty)
        p = torch.sigmoid(logits.detach())
        stats.update(d_loss=loss.item(), penalty=penalty.item(), d_real=p[:B].mean().item(),
                     d_fake=p[B:].mean().item(),
                     d_accuracy_real=(logits[:B] > 0).double().mean().item(),
                     d_accuracy_fake=(logits[B:] <= 0).double().mean().item())
        self.updates += 1
        return fakes

    def generator_turn(self, fakes, stats):
        self.updates -= 1  # random layers draw as in the discriminator's last update
        logits = self.forward(self.D, FAKE, fakes)
        self.updates += 1
        if kind_of(self.c["objective"])[0] == "minimax":
            loss = -F.binary_cross_entropy_with_logits(logits, torch.zeros_like(logits))
        else:
            loss = F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))
        stats["g_loss"] = loss.item()
        stats["g_grad_norm"] = self.descend(self.G, self.opt_g, loss)
        with torch.no_grad():
            for mean, p in zip(self.average, self.G.parameters()):
                mean.mul_(self.ema).add_(p, alpha=1 - self.ema)

    @staticmethod
    def descend(net, optimizer, loss):
        optimizer.zero_grad()
        loss.backward(inputs=list(net.parameters()))
        norm = sum(p.grad.double().pow(2).sum().item() for p in net.parameters()) ** 0.5
        optimizer.step()
        return norm

    def one_step(self):
        stats = {}
        for _ in range(self.c["discriminator"].get("steps", 1)):
            fakes = self.discriminator_turn(stats)
        self.generator_turn(fakes, stats)
        self.step += 1
        return stats

    @staticmethod
    def statistics(net):
        """What batch norm keeps; its count of batches is no concern of ours."""
        return {k: b for k, b in net.named_buffers() if not k.endswith("num_batches_tracked")}

    def weights(self):
        """Everything learnt or kept, under the names of a checkpoint."""
        players = {"generator.": dict(self.G.named_parameters())}
        if self.ema:
            players["generator_ema."] = dict(zip(players["generator."], self.average))
        players["discriminator."] = dict(self.D.named_parameters())
        for player, arrays in players.items():
            arrays.update(self.statistics(self.D if player == "discriminator." else self.G))
        return {player + name: a.detach().numpy().copy()
                for player, arrays in players.items() for name, a in arrays.items()}

    def state(self):
        out = self.weights()
        for player, net, opt in (("generator", self.G, self.opt_g),
                                 ("discriminator", self.D, self.opt_d)):
            for slot in ("exp_avg", "exp_avg_sq"):
                for k, p in net.named_parameters():
                    name = "optimizer.%s.%s.%s" % (player, slot, k)
                    out[name] = opt.state[p][slot].numpy().copy()
        return out


# ---- fixtures of the step ------------------------------------------------------------------------

STEPS, SHAPE, IMAGES = 3, (4, 6), 16  # 3 batches of 6 from 16 images: the last begins a new epoch
NEAR = 3e-6  # the most that PyTorch in float32 may differ from float64, of a tensor's largest value


def dense(units, activation):
    return {"kind": "dense", "units": units, "activation": activation}


LEAKY = {"kind": "leaky_relu", "slope": 0.2}
DROPOUT = {"kind": "dropout", "rate": 0.3}
G_LEAKY = [dense(8, LEAKY), dense(24, "tanh")]
D_LEAKY = [dense(8, LEAKY), dense(1, "linear")]


def case(seed, G=G_LEAKY, D=D_LEAKY, ema=0, steps=1, objective="non_saturating", smoothing=0,
         penalty="none", pixels="signed"):
    """The two players move differently, so that one optimiser cannot pass for the other."""
    return {
        "seed": seed,
        "data": {"kind": "idx", "range": pixels},
        "generator": {"latent": 6, "ema": ema, "layers": G},
        "discriminator": {"steps": steps, "layers": D},
        "objective": {"kind": objective, "label_smoothing": smoothing},
        "penalty": penalty,
        "optimizer": {
            "generator": {"kind": "adam", "lr": 0.02, "beta1": 0.5, "beta2": 0.999,
                          "epsilon": 1e-8},
            "discriminator": {"kind": "adam", "lr": 0.03, "beta1": 0.4, "beta2": 0.99,
                              "epsilon": 1e-7},
        },
        "train": {"epochs": 0, "steps": STEPS, "batch_size": 6},
    }


def r1(gamma, every):
    return {"kind": "r1", "gamma": gamma, "every": every}


CASES = {  # seeds: such that PyTorch is near itself, see NEAR
    "minimax": case(9, objective="minimax"),
    "non_saturating": case(2, ema=0.5),
    "smoothing": case(8, smoothing=0.1, steps=2),
    "r1": case(14, penalty=r1(2, 1)),
    # curved activations: R1 then needs their second derivatives
    "r1_smooth": case(5 << 40 | 21, G=[dense(8, "relu"), dense(24, "sigmoid")],
                      D=[dense(7, "softplus"), dense(6, "sigmoid"), dense(5, "tanh"),
                         dense(1, "linear")],
                      penalty=r1(2, 1), pixels="unit"),
    "dropout": case(6, G=[dense(8, LEAKY), DROPOUT, dense(24, "tanh")],
                    D=[DROPOUT, dense(8, "softplus"), DROPOUT, dense(1, "linear")],
                    penalty=r1(3, 2)),
    "batch_norm": case(4, ema=0.5, steps=2,
                       G=[{"kind": "dense", "units": 8, "bias": False}, "batch_norm", LEAKY,
                          dense(24, "tanh")]),
}


def run(config, images, dtype):
    """Everything the test compares, by name; after_N.* for the first and the last step."""
    g = Gan(config, images, dtype)
    out = {"initial." + k: v.astype(np.float32) for k, v in g.weights().items()}
    stats, xs, zs = [], [], []
    for step in range(1, STEPS + 1):
        stats.append(g.one_step())
        xs.append(g.x.numpy())
        zs.append(g.z.numpy())
        if step in (1, STEPS):
            out.update({"after_%d.%s" % (step, k): v for k, v in g.state().items()})
    out.update({"x": np.stack(xs), "z": np.stack(zs)})
    out.update({"stats." + k: np.array([s[k] for s in stats]) for k in sorted(stats[0])})
    return out


def distance(name, a, b, initial):
    """Largest difference over largest value; weights by what the steps added to them."""
    start = initial.get("initial." + name.split(".", 1)[-1], 0)
    return np.abs(a - b).max() / max(np.abs(b - start).max(), 1e-30)


def make_step(name, config):
    torch.manual_seed(config["seed"])
    images = torch.randint(0, 256, (IMAGES, *SHAPE), dtype=torch.uint8).numpy()
    exact, single = (run(config, images, dtype) for dtype in (torch.float64, torch.float32))
    apart = {k: distance(k, single[k], v, exact) for k, v in exact.items()}
    worst = max(apart, key=apart.get)
    assert apart[worst] < NEAR, "%s: PyTorch is %.1e from itself in %s: take another seed" % (
        name, apart[worst], worst)
    write_tensors(os.path.join(FIXTURES, "step_%s.safetensors" % name),
                  {"images": images, **exact}, {"config": json.dumps(config)})
    print("%-16s float32 is within %.1e of float64 (%s)" % (name, apart[worst], worst))


def main():
    torch.set_num_threads(1)
    check_philox()
    os.makedirs(FIXTURES, exist_ok=True)
    for name, config in CASES.items():
        make_step(name, config)
    make_optimizers(FIXTURES)


if __name__ == "__main__":
    main()
