#!/usr/bin/python3
"""Write tests/fixtures/: gantrain's training steps computed by PyTorch, its metrics by numpy and
scipy.

Run by hand, with Debian's python3-torch, python3-numpy and python3-scipy; the files are part of the repository.

PyTorch gets the same weights, images and latents as gantrain, because philox.py implements the same
random numbers. All else is PyTorch's: layers, losses (torch_losses.py), autograd, torch.optim.Adam. The
expected values are float64; the same steps in float32 measure PyTorch's own rounding error, and a
fixture with a large one, whose gradient is dominated by rounding, is refused.
"""

import json
import os
import sys

import numpy as np
import torch
from torch.nn.utils.spectral_norm import SpectralNorm

sys.dont_write_bytecode = True
import philox  # noqa: E402
from metric_reference import make_metrics  # noqa: E402
from philox import (BOTH, FAKE, GEN, INIT, LATENT, PARAMS_PER_LAYER, POINTS,  # noqa: E402
                    REPARAMS, SLOPE, batch_indices, normal,
                    uniform)
from torch_cases import CASES, CLASSES, IMAGES, SHAPE, STEPS  # noqa: E402
from torch_layers import ReadsClass, reference_latents, training_pass  # noqa: E402
from torch_losses import D_LOSS, G_LOSS, PHI  # noqa: E402
from torch_nets import EqualizedLinear, build_net, kind_of, write_tensors  # noqa: E402
from torch_optimizers import make_optimizers  # noqa: E402

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "fixtures")
FIRST_ITERATIONS = 50  # power iterations of spectral_norm before training

# ---- one GAN, in PyTorch -------------------------------------------------------------------------

class Gan:
    """The state of a run, and the step of Goodfellow et al. 2014, Algorithm 1."""

    def __init__(self, config, images, dtype):
        self.c, self.images, self.dtype = config, images, dtype
        self.labels = np.arange(len(images)) % CLASSES
        self.real = np.float32 if dtype == torch.float32 else np.float64
        self.seed, self.batch = config["seed"], config["train"]["batch_size"]
        self.step = self.updates = 0
        size, latent = images[0].size, config["generator"]["latent"]
        self.G = self.net("generator", latent, 0)
        self.D = self.net("discriminator", size, 1)
        self.reference = reference_latents(self.G, config, self.real)
        self.ema = config["generator"].get("ema", 0)
        self.average = [p.detach().clone() for p in self.G.parameters()]
        self.opt_g, self.opt_d = (self.adam(net, config["optimizer"][player]) for net, player
                                  in ((self.G, "generator"), (self.D, "discriminator")))

    def net(self, player, size, number):
        """In evaluation mode spectral norm updates u and v only on request, not in every pass."""
        net = build_net(self.c[player]["layers"], size, (1, *SHAPE), CLASSES).to(self.dtype).train()
        for i, layer in enumerate(net):
            if isinstance(layer, torch.nn.Linear):
                self.init(layer.eval(), i * PARAMS_PER_LAYER, number)
            if isinstance(layer, ReadsClass):
                layer.initial(lambda j, scheme, rows, cols: torch.tensor(
                    self.draw(scheme, (self.seed, INIT, i * PARAMS_PER_LAYER + j, number), rows, cols),
                    dtype=self.dtype))
        return net

    @staticmethod
    def draw(scheme, address, rows, cols):
        """Weights of an initialization, rounded to float32: Xavier's is Glorot and Bengio 2010, eq. 16."""
        if scheme == "normal":
            return normal(address, rows, cols, np.float32)
        return np.float32(np.sqrt(6 / (rows + cols))) * (2 * uniform(address, rows, cols, np.float32) - 1)

    def init(self, layer, sub, number):
        """The weights of a Linear; its biases are zero."""
        rows, cols = layer.out_features, layer.in_features
        address = (self.seed, INIT, sub, number)
        w = self.draw("normal" if isinstance(layer, EqualizedLinear) else "xavier", address, rows, cols)
        arrays = {"weight": w, "weight_orig": w, "weight_v": w, "bias": np.zeros(rows),
                  "weight_g": np.linalg.norm(w.astype(np.float64), axis=1, keepdims=True)}
        if hasattr(layer, "weight_u"):
            arrays.update(self.singular_vectors(w, (self.seed, INIT, REPARAMS + sub, number)))
        for name, values in [*layer.named_parameters(), *layer.named_buffers()]:
            values.data = torch.tensor(arrays[name].astype(np.float32), dtype=self.dtype)

    @staticmethod
    def singular_vectors(w, address):
        u = normal(address, 2, max(w.shape), np.float32)[1, :w.shape[0]].astype(np.float64)
        for _ in range(FIRST_ITERATIONS):
            v = w.T.astype(np.float64) @ u
            v /= np.linalg.norm(v)
            u = w.astype(np.float64) @ v
            u /= np.linalg.norm(u)
        return {"weight_u": u, "weight_v": v}

    @staticmethod
    def adam(net, o):
        return torch.optim.Adam(net.parameters(), lr=o["lr"], betas=(o["beta1"], o["beta2"]),
                                eps=o["epsilon"])

    def forward(self, net, trace, x):
        return training_pass(net, trace, x, self)

    def draw_real(self):
        low = self.real({"signed": -1, "unit": 0}[self.c["data"]["range"]])
        index = batch_indices(self.seed, self.updates, self.batch, len(self.images))
        self.y = torch.tensor(self.labels[index])
        rows = self.images[index].reshape(self.batch, -1).astype(self.real)
        return torch.tensor(low + self.real((1 - float(low)) / 255) * rows)

    def points(self, kind, o, x, fakes):
        """Sample points of a penalty: real, fake, interpolated, or perturbed real ones."""
        B, X = x.shape
        of_value, of_row = ((self.seed, POINTS, sub, self.updates) for sub in (0, 1))
        if kind in ("r1", "r2", "r1_r2"):
            return {"r1": [x], "r2": [fakes], "r1_r2": [x, fakes]}[kind]
        share = torch.tensor(uniform(of_row, B, 1, self.real))
        if kind == "dragan":
            cloud = torch.tensor(uniform(of_value, B, X, self.real))
            return [x + share * o["scale"] * x.std(unbiased=False) * cloud]
        return [share * x + (1 - share) * fakes]

    def penalty(self, x, fakes):
        """The sum over the sets of sample points of the mean of phi(|dD/dx|), and its weight: n times as
        large if it is computed every n-th update. Gulrajani et al. 2017, Mescheder et al. 2018 and others."""
        kind, o = kind_of(self.c["penalty"])
        total, norm = torch.zeros((), dtype=self.dtype), 0.0
        if kind in ("none", "weight_clip") or (self.updates + 1) % o["every"]:
            return total, 0, norm
        for place in self.points(kind, o, x, fakes.detach()):
            place = place.clone().requires_grad_()
            slope, = torch.autograd.grad(self.forward(self.D, SLOPE, place).sum(), place,
                                         create_graph=True)
            total = total + PHI[kind](slope.pow(2).sum(1), o).mean()
            norm = slope.norm(dim=1).mean().item()
        return total, o["every"], norm

    def d_loss(self, real, fake):
        kind, o = kind_of(self.c["objective"])
        return D_LOSS.get(kind, D_LOSS["non_saturating"])(real, fake, o)

    def g_loss(self, x, fakes):
        kind, o = kind_of(self.c["objective"])
        if kind == "feature_matching":
            hidden = self.D[:-1]
            apart = self.forward(hidden, FAKE, fakes).mean(0) - self.forward(hidden, FAKE, x).mean(0)
            return apart.pow(2).sum()
        real = self.forward(self.D, FAKE, x) if kind.startswith("relativistic") else None
        return G_LOSS[kind](real, self.forward(self.D, FAKE, fakes), o)

    def update_discriminator(self, stats):
        B = self.batch
        self.x = self.draw_real()
        self.z = torch.tensor(normal((self.seed, LATENT, 0, self.updates), B,
                                     self.c["generator"]["latent"], self.real))
        fakes = self.forward(self.G, GEN, self.z)
        logits = self.forward(self.D, BOTH, torch.cat([self.x, fakes.detach()]))
        loss = self.d_loss(logits[:B], logits[B:])
        penalty, weight, slope = self.penalty(self.x, fakes)
        stats["d_grad_norm"] = self.descend(self.D, self.opt_d, loss + weight * penalty)
        p = torch.sigmoid(logits.detach())
        if kind_of(self.c["penalty"])[0] == "weight_clip":
            with torch.no_grad():
                for w in self.D.parameters():
                    w.clamp_(-self.c["penalty"]["limit"], self.c["penalty"]["limit"])
        stats.update(d_loss=loss.item(), penalty=penalty.item(), slope=slope, d_real=p[:B].mean().item(),
                     d_fake=p[B:].mean().item(),
                     d_accuracy_real=(logits[:B] > 0).double().mean().item(),
                     d_accuracy_fake=(logits[B:] <= 0).double().mean().item())
        self.updates += 1
        return fakes

    def update_generator(self, fakes, stats):
        self.updates -= 1  # random layers draw the numbers of the discriminator's last update
        loss = self.g_loss(self.x, fakes)
        self.updates += 1
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
        for layer in net:
            for hook in layer._forward_pre_hooks.values():
                if isinstance(hook, SpectralNorm):
                    hook.compute_weight(layer, do_power_iteration=True)  # update u and v with the weight
        return norm

    def one_step(self):
        stats = {}
        for _ in range(self.c["discriminator"].get("steps", 1)):
            fakes = self.update_discriminator(stats)
        self.update_generator(fakes, stats)
        self.step += 1
        return stats

    @staticmethod
    def statistics(net):
        """Running statistics of batch norm, without its count of batches."""
        return {k: b for k, b in net.named_buffers() if not k.endswith("num_batches_tracked")}

    def weights(self):
        """All parameters and buffers, under the names of a checkpoint."""
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

NEAR = 3e-6  # maximum difference between float32 and float64 in PyTorch, relative to a tensor's largest value


def run(config, images, dtype):
    """All tensors that the test compares, by name; after_N.* for the first and the last step."""
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
    """Largest difference relative to the largest value; of weights relative to their change."""
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
                  {"images": images, "labels": (np.arange(IMAGES) % CLASSES).astype(np.uint8), **exact}
                  if name.startswith("classes") else {"images": images, **exact},
                  {"config": json.dumps(config)})
    print("%-16s float32 is within %.1e of float64 (%s)" % (name, apart[worst], worst))


def main():
    torch.set_num_threads(1)
    philox.check()
    os.makedirs(FIXTURES, exist_ok=True)
    for name, config in CASES.items():
        make_step(name, config)
    make_optimizers(FIXTURES)
    make_metrics(FIXTURES, write_tensors)


if __name__ == "__main__":
    main()
