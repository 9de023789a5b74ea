#!/usr/bin/python3
"""Write tests/fixtures/: what PyTorch makes of the training steps that gantrain takes.

Run by hand, with Debian's python3-torch and python3-numpy; the files are part of the repository.

PyTorch gets the same weights, images and latents as gantrain, because the random numbers are
written down a second time (philox.py). Everything after that is PyTorch's: layers, losses,
autograd, torch.optim.Adam. The expected values are float64; the same
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
from philox import (BOTH, FAKE, GEN, INIT, LATENT, PARAMS_PER_LAYER, SLOPE,  # noqa: E402
                    batch_indices, check_philox, normal, uniform)
from torch_layers import training_pass  # noqa: E402
from torch_nets import build_net, kind_of, write_tensors  # noqa: E402

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "fixtures")

# ---- one GAN, in PyTorch -------------------------------------------------------------------------

class Gan:
    """The state of a run, and the step of Goodfellow et al. 2014, Algorithm 1."""

    def __init__(self, config, images, dtype):
        self.c, self.images, self.dtype = config, images, dtype
        self.real = np.float32 if dtype == torch.float32 else np.float64
        self.seed, self.batch = config["seed"], config["train"]["batch_size"]
        self.step = self.updates = 0
        size, latent = images[0].size, config["generator"]["latent"]
        self.G = self.net("generator", latent, 0)
        self.D = self.net("discriminator", size, 1)
        self.ema = config["generator"].get("ema", 0)
        self.average = [p.detach().clone() for p in self.G.parameters()]
        self.opt_g, self.opt_d = (self.adam(net, config["optimizer"][player]) for net, player
                                  in ((self.G, "generator"), (self.D, "discriminator")))

    def net(self, player, size, number):
        """Xavier weights (Glorot and Bengio 2010, eq. 16), rounded to float32; biases zero."""
        net = build_net(self.c[player]["layers"], size, (1, *SHAPE)).to(self.dtype).train()
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
        return training_pass(net, trace, x, self)

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
UNBIASED = {"kind": "dense", "units": 8, "bias": False}  # before batch norm, which a bias cannot pass
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
                       G=[UNBIASED, "batch_norm", LEAKY, dense(24, "tanh")]),
    # real and fake batches apart; the statistics of a batch are part of the slope that R1 punishes
    "r1_batch_norm": case(29, D=[UNBIASED, "batch_norm", "tanh", UNBIASED,
                                 {"kind": "batch_norm", "epsilon": 0.1}, LEAKY,
                                 dense(1, "linear")],
                          penalty=r1(2, 1)),
    "r1_layer_norm": case(2, G=[dense(8, "linear"), "layer_norm", "gelu", dense(24, "tanh")],
                          D=[dense(7, "linear"), "layer_norm", "silu", dense(6, "gelu"),
                             {"kind": "layer_norm", "epsilon": 0.1}, dense(1, "linear")],
                          penalty=r1(2, 1)),
    "r1_units": case(6, G=[dense(8, "silu"), "pixel_norm", "prelu", dense(24, "tanh")],
                     D=[dense(7, {"kind": "elu", "alpha": 0.7}), {"kind": "prelu", "shared": False},
                        {"kind": "maxout", "units": 6, "pieces": 3}, "pixel_norm",
                        dense(5, "selu"), dense(1, "linear")],
                     penalty=r1(2, 1)),
    "r1_minibatch": case(17, D=[dense(7, "tanh"),
                                {"kind": "minibatch_discrimination", "kernels": 3, "dims": 2,
                                 "init": "xavier"},
                                dense(6, "softplus"), {"kind": "minibatch_stddev", "group": 4},
                                dense(1, "linear")],
                         penalty=r1(2, 1)),
    "augmented": case(2, D=[{"kind": "translate", "pixels": 2, "fill": -1},
                            {"kind": "gaussian_noise", "std": 0.3, "until": 5},
                            dense(8, "softplus"), dense(1, "linear")],
                      steps=2, penalty=r1(2, 2)),
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


# ---- the fixture of Adam -------------------------------------------------------------------------

PARAMETERS, MOVES, SHOWN = 64, 20, (1, 2, 20)
ADAMS = {  # lr, beta1, beta2, epsilon
    "gan": (2e-4, 0.5, 0.999, 1e-8),
    "paper": (1e-3, 0.9, 0.999, 1e-8),
    "coarse": (1e-2, 0.5, 0.9, 1e-3),
    "memoryless": (1e-2, 0, 0.99, 1e-8),
}


def adam_run(start, gradients, setting, dtype):
    lr, beta1, beta2, eps = setting
    p = torch.nn.Parameter(torch.tensor(start, dtype=dtype))
    optimizer, out = torch.optim.Adam([p], lr=lr, betas=(beta1, beta2), eps=eps), {}
    for t, g in enumerate(gradients, 1):
        p.grad = torch.tensor(g, dtype=dtype)
        optimizer.step()
        if t in SHOWN:
            out["theta_%d" % t] = p.detach().numpy().copy()
            for slot in ("exp_avg", "exp_avg_sq"):
                out["%s_%d" % (slot, t)] = optimizer.state[p][slot].numpy().copy()
    return out


def make_adam():
    """Gradients from far below epsilon to far above 1, one of them always zero."""
    torch.manual_seed(7)
    size = 10 ** torch.linspace(-11, 3, PARAMETERS)
    gradients = (torch.randn(MOVES, PARAMETERS) * size).numpy()
    gradients[:, 5] = 0
    start = (torch.randn(PARAMETERS) * 1e-3).numpy()
    arrays, configs = {"start": start, "gradients": gradients}, {}
    for name, setting in ADAMS.items():
        for dtype, label in ((torch.float32, "float"), (torch.float64, "double")):
            for key, values in adam_run(start, gradients, setting, dtype).items():
                arrays["%s.%s.%s" % (name, label, key)] = values
        player = dict(zip(("lr", "beta1", "beta2", "epsilon"), setting), kind="adam")
        configs[name] = json.dumps({"optimizer": {"generator": player}})
    write_tensors(os.path.join(FIXTURES, "adam.safetensors"), arrays, configs)


def main():
    torch.set_num_threads(1)
    check_philox()
    os.makedirs(FIXTURES, exist_ok=True)
    for name, config in CASES.items():
        make_step(name, config)
    make_adam()


if __name__ == "__main__":
    main()
